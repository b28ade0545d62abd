//! Instrument: what can be traded here, with a contract id that is its own for ever.

use rust_decimal::Decimal;

use crate::calendar::Calendar;
use crate::derived::{self, Derivative};
use crate::table::TABLE;

/// The currencies in which cash is held; each is convertible into each other one.
pub const CURRENCIES: [&str; 4] = ["EUR", "GBP", "JPY", "USD"];

/// What kind of thing an instrument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Stock,
    Etf,
    Forex,
    /// On an index: settled in cash.
    Future,
    /// On a fund: settled in cash.
    Option,
}

/// One tradable instrument. Prices and sizes of orders must lie on `min_tick` and `size_increment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    pub con_id: u32,
    /// For a currency pair this is the currency that is bought: `EUR` of `EUR.USD`.
    pub symbol: &'static str,
    /// Same as the symbol, except for a currency pair: `EUR.USD`.
    pub local_symbol: &'static str,
    pub class: Class,
    /// Where an order is sent: `SMART`, or `IDEALPRO` for a currency pair.
    pub exchange: &'static str,
    pub primary_exchange: &'static str,
    pub currency: &'static str,
    pub min_tick: Decimal,
    pub size_increment: Decimal,
    pub long_name: &'static str,
    pub calendar: Calendar,
    /// Name of the calendar's zone in the tz database.
    pub time_zone: &'static str,
    /// Regular hours in words, in the time zone.
    pub hours: &'static str,
    /// The price around which the quotes move; a multiple of the tick.
    pub base_price: Decimal,
    /// The base price counted in ticks: quotes are computed in these.
    pub base_ticks: i64,
    /// Of a future or an option.
    pub derivative: Option<Derivative>,
}

impl Instrument {
    /// The security type that TWS clients use.
    pub fn sec_type(&self) -> &'static str {
        match self.class {
            Class::Stock | Class::Etf => "STK",
            Class::Forex => "CASH",
            Class::Future => "FUT",
            Class::Option => "OPT",
        }
    }

    /// A currency pair moves two cash balances and leaves no position.
    pub fn is_forex(&self) -> bool {
        self.class == Class::Forex
    }

    /// What one of it is, times its price.
    pub fn multiplier(&self) -> Decimal {
        self.derivative.as_ref().map_or(Decimal::ONE, |derivative| derivative.multiplier)
    }

    /// Whether it can be traded at a moment at all.
    pub fn is_listed(&self, now_ms: i64) -> bool {
        self.derivative.as_ref().is_none_or(|derivative| derivative.is_listed(now_ms))
    }

    /// Whether what is held of it is only worth money now.
    pub fn has_expired(&self, now_ms: i64) -> bool {
        self.derivative.as_ref().is_some_and(|derivative| derivative.has_expired(now_ms))
    }

    /// Its prices stand still after its last moment.
    pub(crate) fn until(&self, now_ms: i64) -> i64 {
        self.derivative.as_ref().map_or(now_ms, |derivative| now_ms.min(derivative.expires_ms))
    }
}

/// Every instrument that does not expire, in the order of the table.
pub fn all() -> &'static [Instrument] {
    &TABLE
}

/// The instrument with this contract id.
pub fn by_id(con_id: u32) -> Option<&'static Instrument> {
    TABLE.iter().find(|each| each.con_id == con_id).or_else(|| derived::find(con_id))
}

/// Instruments that fit and do not expire; an empty text fits everything. An exchange fits when it is the routing
/// or the primary one; a symbol fits when it is the symbol or the local symbol.
pub fn find(symbol: &str, sec_type: &str, currency: &str, exchange: &str) -> Vec<&'static Instrument> {
    let fits = |wanted: &str, one: &str, other: &str| wanted.is_empty() || wanted == one || wanted == other;
    TABLE
        .iter()
        .filter(|each| {
            fits(symbol, each.symbol, each.local_symbol)
                && fits(sec_type, each.sec_type(), each.sec_type())
                && fits(currency, each.currency, each.currency)
                && fits(exchange, each.exchange, each.primary_exchange)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn contract_ids_are_positive_and_unique() {
        let ids: BTreeSet<u32> = all().iter().map(|each| each.con_id).collect();
        assert_eq!(ids.len(), all().len());
        assert!(!ids.contains(&0));
        assert!(all().len() >= 24);
    }

    #[test]
    fn base_prices_lie_on_the_tick_grid() {
        for each in all() {
            assert_eq!(each.min_tick * Decimal::from(each.base_ticks), each.base_price);
            assert!(CURRENCIES.contains(&each.currency), "{}", each.symbol);
        }
    }

    #[test]
    fn a_stock_is_found_by_the_words_of_tws() {
        let found = find("AAPL", "STK", "USD", "SMART");
        assert_eq!(found.iter().map(|each| each.con_id).collect::<Vec<_>>(), [265_598]);
        assert_eq!(find("AAPL", "", "", "NASDAQ").len(), 1);
        assert!(find("AAPL", "OPT", "USD", "SMART").is_empty());
        assert!(find("NOSUCH", "STK", "USD", "SMART").is_empty());
    }

    #[test]
    fn a_pair_is_found_by_symbol_and_currency_or_local_symbol() {
        assert_eq!(find("EUR", "CASH", "USD", "IDEALPRO").len(), 1);
        assert_eq!(find("EUR", "CASH", "", "").len(), 2);
        assert_eq!(find("USD.JPY", "CASH", "", "IDEALPRO").len(), 1);
    }
}
