//! The instruments of both guards: the places of a list to the oracle, records of a venue to the kernel.

use super::house::{CALL, FUTURE, MULTIPLIERS, STRIKE};
use super::table::small;
use crate::world::{apple, currency, euro};
use kernel::instrument::{AssetClass, Derivative, Instrument, Right, Selector, Struck};
use kernel::money::{Price, Quantity};

pub(super) fn papers() -> [Instrument; 5] {
    let fund = Instrument {
        contract_id: 3,
        symbol: "FUND".into(),
        class: AssetClass::Etf,
        currency: currency("EUR"),
        derivative: None,
    };
    let derived = |paper: usize, option| {
        let multiplier = Quantity::from_units(small(MULTIPLIERS[paper]));
        Some(Derivative { multiplier, expiry: 20_270_115, option })
    };
    let (class, derivative) = (AssetClass::Future, derived(FUTURE, None));
    let future = Instrument { contract_id: 4, symbol: "IDX".into(), class, derivative, ..apple() };
    let struck = Struck { right: Right::Call, strike: Price::from_units(small(STRIKE)) };
    let (class, derivative) = (AssetClass::Option, derived(CALL, Some(struck)));
    let call = Instrument { contract_id: 5, class, derivative, ..fund.clone() };
    [apple(), fund, euro(), future, call]
}

pub(super) fn selector(paper: usize) -> Selector {
    match paper {
        0 => Selector::Class(AssetClass::Stock),
        1 => Selector::Symbol { symbol: "FUND".into(), currency: currency("EUR") },
        FUTURE => Selector::Class(AssetClass::Future),
        CALL => Selector::Class(AssetClass::Option),
        _ => Selector::Contract(2),
    }
}
