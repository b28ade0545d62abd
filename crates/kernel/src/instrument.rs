//! Instrument: what is traded, as the venue's own contract record says, never as a program claims.

use crate::money::Currency;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetClass {
    Stock,
    Etf,
    Forex,
}

impl AssetClass {
    pub const ALL: [Self; 3] = [Self::Stock, Self::Etf, Self::Forex];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Etf => "etf",
            Self::Forex => "forex",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    pub contract_id: i64,
    pub symbol: String,
    pub class: AssetClass,
    pub currency: Currency,
}

/// One entry of an allow-list: a class, a symbol with its currency, or one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    Class(AssetClass),
    Symbol { symbol: String, currency: Currency },
    Contract(i64),
}

impl Selector {
    #[inline]
    pub fn covers(&self, instrument: &Instrument) -> bool {
        match self {
            Self::Class(class) => *class == instrument.class,
            Self::Symbol { symbol, currency } => *symbol == instrument.symbol && *currency == instrument.currency,
            Self::Contract(id) => *id == instrument.contract_id,
        }
    }

    /// `stock`, `etf`, `forex`, `AAPL/USD`, or `#265598`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(class) = AssetClass::ALL.into_iter().find(|class| class.as_str() == text) {
            return Some(Self::Class(class));
        }
        if let Some(id) = text.strip_prefix('#') {
            return id.parse().ok().filter(|id| *id > 0).map(Self::Contract);
        }
        let (symbol, currency) = text.rsplit_once('/')?;
        // What stands between two entries of a list is part of none: the words of a list are read in one way only.
        let letter = |b: u8| b.is_ascii_graphic() && b != b',' && b != b';';
        let plain = !symbol.is_empty() && symbol.len() <= 16 && symbol.bytes().all(letter);
        let currency = Currency::parse(currency).ok()?;
        plain.then(|| Self::Symbol { symbol: symbol.into(), currency })
    }

    pub fn text(&self) -> String {
        match self {
            Self::Class(class) => class.as_str().into(),
            Self::Symbol { symbol, currency } => alloc::format!("{symbol}/{currency}"),
            Self::Contract(id) => alloc::format!("#{id}"),
        }
    }
}

/// What a list says of whole classes, for those who ask often; and whether it says more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    whole: u8,
    pub more: bool,
}

impl Classes {
    pub const NONE: Self = Self { whole: 0, more: false };

    pub fn of(list: &[Selector]) -> Self {
        let mut classes = Self::default();
        for selector in list {
            match selector {
                Selector::Class(class) => classes.whole |= 1 << (*class as u8),
                Selector::Symbol { .. } | Selector::Contract(_) => classes.more = true,
            }
        }
        classes
    }
    #[inline]
    pub const fn cover(self, class: AssetClass) -> bool {
        self.whole & (1 << (class as u8)) != 0
    }
}

/// An empty list allows nothing: absent means none.
#[inline]
pub fn allowed(list: &[Selector], instrument: &Instrument) -> bool {
    list.iter().any(|selector| selector.covers(instrument))
}

/// The spelling in which a list is shown and stored in a record.
pub fn texts(list: &[Selector]) -> Vec<String> {
    list.iter().map(Selector::text).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn apple() -> Instrument {
        Instrument {
            contract_id: 265_598,
            symbol: "AAPL".into(),
            class: AssetClass::Stock,
            currency: Currency::parse("USD").unwrap(),
        }
    }

    #[test]
    fn an_entry_of_a_list_does_not_read_like_two() {
        for text in ["A,etf,B/USD", "A;B/USD", ",/USD"] {
            assert_eq!(Selector::parse(text), None, "{text}");
        }
        assert!(Selector::parse("BRK.B/USD").is_some());
    }

    #[test]
    fn an_empty_list_allows_nothing() {
        assert!(!allowed(&[], &apple()));
    }

    #[test]
    fn a_selector_covers_by_class_symbol_or_contract() {
        for (text, covers) in [
            ("stock", true),
            ("etf", false),
            ("AAPL/USD", true),
            ("AAPL/EUR", false),
            ("AAP/USD", false),
            ("#265598", true),
            ("#265599", false),
        ] {
            let selector = Selector::parse(text).unwrap();
            assert_eq!(selector.covers(&apple()), covers, "{text}");
            assert_eq!(selector.text(), text);
        }
    }

    #[test]
    fn a_selector_that_names_nothing_is_refused() {
        for text in ["", "stocks", "#", "#-1", "#0", "/USD", "AAPL/usd", "AAPL"] {
            assert_eq!(Selector::parse(text), None, "{text}");
        }
    }
}
