//! Terms: what an order asks for, as a person would say it.

use super::figures::money;
use kernel::money::Price;
use kernel::order::{Kind, Terms, Trail};

/// As a person would say it.
pub fn terms_text(terms: &Terms) -> String {
    let what = format!("{} {} {}", terms.side.as_str(), money(&terms.order_qty.to_string()), terms.instrument.name());
    let currency = terms.instrument.currency;
    let told = |price: Price| money(&price.to_string());
    match terms.kind {
        Kind::Market => format!("{what} at market"),
        Kind::Limit { price } => format!("{what} at {} {currency} or better", told(price)),
        Kind::Stop { stop_px } => format!("{what} when {} {currency} is touched", told(stop_px)),
        Kind::StopLimit { stop_px, price } => {
            format!("{what} at {} {currency} or better, when {} is touched", told(price), told(stop_px))
        }
        Kind::TrailingStop { trail, stop_px } => {
            format!("{what} when the market turns by {}{}", far(trail, terms), from(stop_px.map(told)))
        }
        Kind::TrailingStopLimit { trail, stop_px, offset } => format!(
            "{what} when the market turns by {}{}, no further than {} {currency} beyond that",
            far(trail, terms),
            from(stop_px.map(told)),
            told(offset)
        ),
    }
}

/// How far it follows behind.
fn far(trail: Trail, terms: &Terms) -> String {
    match trail {
        Trail::Amount(amount) => format!("{} {}", money(&amount.to_string()), terms.instrument.currency),
        Trail::Percent(percent) => format!("{percent} %"),
    }
}

fn from(stop: Option<String>) -> String {
    stop.map_or_else(String::new, |stop| format!(", from {stop} on"))
}
