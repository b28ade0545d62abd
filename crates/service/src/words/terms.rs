//! Terms: what an order asks for, as a person would say it.

use super::figures::money;
use kernel::money::Price;
use kernel::order::{Kind, Terms};

/// As a person would say it.
pub fn terms_text(terms: &Terms) -> String {
    let what = format!("{} {} {}", terms.side.as_str(), money(&terms.order_qty.to_string()), terms.instrument.symbol);
    let currency = terms.instrument.currency;
    let told = |price: Price| money(&price.to_string());
    match terms.kind {
        Kind::Market => format!("{what} at market"),
        Kind::Limit { price } => format!("{what} at {} {currency} or better", told(price)),
        Kind::Stop { stop_px } => format!("{what} when {} {currency} is touched", told(stop_px)),
        Kind::StopLimit { stop_px, price } => {
            format!("{what} at {} {currency} or better, when {} is touched", told(price), told(stop_px))
        }
    }
}
