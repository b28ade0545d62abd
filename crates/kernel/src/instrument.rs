//! Instrument: what is traded, as the venue's own contract record says, never as a program claims.

use crate::money::{Currency, Price, Quantity};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetClass {
    Stock,
    Etf,
    Forex,
    Future,
    Option,
}

impl AssetClass {
    pub const ALL: [Self; 5] = [Self::Stock, Self::Etf, Self::Forex, Self::Future, Self::Option];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Etf => "etf",
            Self::Forex => "forex",
            Self::Future => "future",
            Self::Option => "option",
        }
    }

    /// It expires, and stands for more than one of what it is on.
    #[inline]
    pub const fn is_derived(self) -> bool {
        match self {
            Self::Stock | Self::Etf | Self::Forex => false,
            Self::Future | Self::Option => true,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    pub contract_id: i64,
    /// Of a future or an option: of what it is on.
    pub symbol: String,
    pub class: AssetClass,
    pub currency: Currency,
    /// Of a future or an option, and of nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derivative: Option<Derivative>,
}

/// What a future or an option is besides its symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derivative {
    /// What one contract stands for: its price times this is what it costs, or is worth.
    pub multiplier: Quantity,
    /// The last day, as the number `yyyymmdd`.
    pub expiry: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<Struck>,
}

/// What an option entitles to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Struck {
    pub right: Right,
    pub strike: Price,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    Call,
    Put,
}

impl Right {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Put => "put",
        }
    }
}

impl Instrument {
    /// What it is called by people: an option or a future by more than its symbol.
    pub fn name(&self) -> String {
        match self.derivative {
            None => self.symbol.clone(),
            Some(Derivative { expiry, option: None, .. }) => alloc::format!("{} future {expiry}", self.symbol),
            Some(Derivative { expiry, option: Some(struck), .. }) => {
                alloc::format!("{} {} {} {expiry}", self.symbol, struck.strike, struck.right.as_str())
            }
        }
    }
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
            // Who may trade a share may not trade its options by that.
            Self::Symbol { .. } => !instrument.class.is_derived() && self.restricts(instrument),
            Self::Contract(id) => *id == instrument.contract_id,
        }
    }

    /// As an entry of a list of what may not be traded: with a symbol goes all that is on it.
    pub fn restricts(&self, instrument: &Instrument) -> bool {
        match self {
            Self::Symbol { symbol, currency } => *symbol == instrument.symbol && *currency == instrument.currency,
            Self::Class(_) | Self::Contract(_) => self.covers(instrument),
        }
    }

    /// `stock`, `etf`, `forex`, `future`, `option`, `AAPL/USD`, or `#265598`.
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

/// An empty list restricts nothing.
pub fn restricted(list: &[Selector], instrument: &Instrument) -> bool {
    list.iter().any(|selector| selector.restricts(instrument))
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
            derivative: None,
        }
    }

    fn on_apple(class: AssetClass) -> Instrument {
        let multiplier = Quantity::parse("100").unwrap();
        let struck = Struck { right: Right::Call, strike: Price::parse("230").unwrap() };
        let option = (class == AssetClass::Option).then_some(struck);
        let derivative = Some(Derivative { multiplier, expiry: 20_261_218, option });
        Instrument { contract_id: 7, class, derivative, ..apple() }
    }

    #[test]
    fn who_may_trade_a_symbol_may_not_trade_what_is_on_it_by_that() {
        for class in [AssetClass::Future, AssetClass::Option] {
            for (text, covers, restricts) in
                [("AAPL/USD", false, true), ("stock", false, false), ("#7", true, true), (class.as_str(), true, true)]
            {
                let selector = Selector::parse(text).unwrap();
                assert_eq!(selector.covers(&on_apple(class)), covers, "{text}");
                assert_eq!(selector.restricts(&on_apple(class)), restricts, "{text}");
            }
        }
        assert_eq!(on_apple(AssetClass::Option).name(), "AAPL 230 call 20261218");
        assert_eq!(on_apple(AssetClass::Future).name(), "AAPL future 20261218");
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
            assert_eq!(selector.restricts(&apple()), covers, "{text}");
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
