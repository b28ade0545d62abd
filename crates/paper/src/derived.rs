//! Derived: the index future and the option chain, by the calendar. Numbers are made of month, strike and right, so
//! that they are never given twice; the calendar ends with the year 2035.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use crate::calendar::{Calendar, date, third_friday};
use crate::instrument::{Class, Instrument, by_id};
use crate::option::{Right, YEAR_MS, intrinsic, premium};
use crate::table::listed;

/// What a future or an option is besides its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivative {
    /// One contract is its price times this.
    pub multiplier: Decimal,
    /// The contract id of what it is on.
    pub under: u32,
    /// Its last day, as the number `yyyymmdd`, and its last moment.
    pub expiry: u32,
    pub expires_ms: i64,
    /// From when on it can be traded.
    listed_ms: i64,
    pub option: Option<Struck>,
}

/// The strike, counted in ticks of what it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Struck {
    pub right: Right,
    pub ticks: i64,
}

/// A made-up index of a hundred shares. It is not traded; its number is before those of its futures.
static INDEX: Instrument = listed(
    9_200_000,
    ("PRX", Class::Stock, "PORTREEVE 100 INDEX"),
    ("PAPER", "USD", Calendar::NewYork),
    (20_000, 25, 2),
);
const FIRST: u32 = INDEX.con_id;
const FIRST_OPTION: u32 = 9_300_000;
const SPY: u32 = 9_000_010;
const YEARS: std::ops::RangeInclusive<i64> = 2026..=2035;
/// What a future costs more than its index for each year to go, in hundredths.
const CARRY: i64 = 4;
/// From 550 to 630 in steps of 5: what is looked for lies within, since prices stay within 5 % of 590.
const STRIKES: std::ops::RangeInclusive<i64> = 110..=126;
const STEP: i64 = 5;
/// So many months before it expires a contract comes, as the one expires that makes room for it: there are always four
/// futures, and options of three months.
const FUTURE_MONTHS: i64 = 12;
const OPTION_MONTHS: i64 = 3;

static DERIVED: LazyLock<Vec<Instrument>> = LazyLock::new(|| {
    let months = || YEARS.flat_map(|year| (1..=12).map(move |month| (year, month)));
    let futures = months().filter(|(_, month)| month % 3 == 0).map(|(year, month)| future(year, month));
    let options = months().flat_map(|(year, month)| {
        let strikes = STRIKES.map(|step| step * STEP);
        strikes.flat_map(move |strike| [Right::Call, Right::Put].map(|right| option((year, month), strike, right)))
    });
    futures.chain(options.flatten()).collect()
});

/// The month as a number, counted from January of the first year.
fn ordinal(year: i64, month: i64) -> u32 {
    u32::try_from((year - YEARS.start()) * 12 + month - 1).unwrap_or(0)
}

fn future(year: i64, month: i64) -> Instrument {
    let (derivative, contract) = dated(year, month, (INDEX.con_id, 50), None);
    let letter = match month {
        3 => 'H',
        6 => 'M',
        9 => 'U',
        _ => 'Z',
    };
    Instrument {
        con_id: FIRST + 1 + ordinal(year, month),
        local_symbol: format!("PRX{letter}{}", year % 10).leak(),
        class: Class::Future,
        exchange: "PAPER",
        long_name: format!("PORTREEVE 100 FUTURE {contract}").leak(),
        derivative: Some(derivative),
        ..INDEX.clone()
    }
}

/// `None` only where what it is on is in no table.
fn option((year, month): (i64, i64), strike: i64, right: Right) -> Option<Instrument> {
    let under = by_id(SPY)?;
    let (letter, place) = match right {
        Right::Call => ('C', 0),
        Right::Put => ('P', 1),
    };
    let ticks = strike * 100;
    let (derivative, _) = dated(year, month, (SPY, 100), Some(Struck { right, ticks }));
    let step = u32::try_from(strike / STEP - STRIKES.start()).unwrap_or(0);
    let worth = intrinsic(under.base_ticks, ticks, right).max(1);
    let named = format!("SPY   {:06}{letter}{:08}", derivative.expiry % 1_000_000, strike * 1_000);
    Some(Instrument {
        con_id: FIRST_OPTION + ordinal(year, month) * 100 + step * 2 + place,
        local_symbol: named.leak(),
        class: Class::Option,
        primary_exchange: "",
        base_ticks: worth,
        base_price: under.min_tick.checked_mul(Decimal::from(worth)).unwrap_or(under.min_tick),
        derivative: Some(derivative),
        ..under.clone()
    })
}

fn dated(year: i64, month: i64, (under, multiplier): (u32, u32), option: Option<Struck>) -> (Derivative, String) {
    let day = third_friday(year, month);
    let (_, _, of_month) = date(day);
    let expiry = u32::try_from(year * 10_000 + month * 100 + of_month).unwrap_or(0);
    let months = if option.is_some() { OPTION_MONTHS } else { FUTURE_MONTHS };
    let from = year * 12 + month - 1 - months;
    let closes = |day| Calendar::NewYork.closes(day);
    let (expires_ms, listed_ms) = (closes(day), closes(third_friday(from.div_euclid(12), from.rem_euclid(12) + 1)));
    let derivative = Derivative { multiplier: multiplier.into(), under, expiry, expires_ms, listed_ms, option };
    (derivative, format!("{year:04}{month:02}"))
}

/// The future or option with this number, whether it is there now or not.
pub(crate) fn find(con_id: u32) -> Option<&'static Instrument> {
    if con_id <= FIRST {
        return None;
    }
    let at = DERIVED.binary_search_by_key(&con_id, |each| each.con_id).ok()?;
    DERIVED.get(at)
}

/// Every future and option that can be traded at a moment.
pub fn all_listed(now_ms: i64) -> impl Iterator<Item = &'static Instrument> {
    DERIVED.iter().filter(move |each| each.is_listed(now_ms))
}

/// What it is on: an instrument, or the index.
pub(crate) fn under(derivative: &Derivative) -> Option<&'static Instrument> {
    if derivative.under == INDEX.con_id { Some(&INDEX) } else { by_id(derivative.under) }
}

impl Derivative {
    pub fn has_expired(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_ms
    }

    pub(crate) fn is_listed(&self, now_ms: i64) -> bool {
        self.listed_ms <= now_ms && !self.has_expired(now_ms)
    }

    /// The middle of its price in its own ticks, from the middle of what it is on in the ticks of that.
    pub(crate) fn ticks(&self, under: &Instrument, middle: i64, at_ms: i64) -> i64 {
        let left = self.expires_ms.saturating_sub(at_ms).max(0);
        match self.option {
            Some(Struck { right, ticks }) => premium(middle, ticks, left, right),
            // Left is less than eleven years: this stays far inside of 64 bits.
            None => middle + under.base_ticks * CARRY * (left / 1_000) / (YEAR_MS / 1_000) / 100,
        }
    }

    /// What it is worth at its last moment, when what it is on stands there.
    pub(crate) fn settles(&self, under: &Instrument, last: Decimal) -> Option<Decimal> {
        let Some(struck) = self.option else { return Some(last) };
        let strike = struck.strike(under)?;
        let worth = match struck.right {
            Right::Call => last.checked_sub(strike)?,
            Right::Put => strike.checked_sub(last)?,
        };
        Some(worth.max(Decimal::ZERO))
    }
}

impl Struck {
    pub fn strike(&self, under: &Instrument) -> Option<Decimal> {
        under.min_tick.checked_mul(self.ticks.into()).map(|strike| strike.normalize())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::calendar::day_of;
    use std::collections::BTreeSet;

    const DAY_MS: i64 = 86_400_000;

    fn noon(year: i64, month: i64, day: i64) -> i64 {
        day_of(year, month, day) * DAY_MS + DAY_MS / 2
    }

    #[test]
    fn numbers_and_names_are_unique_and_in_order() {
        let ids: Vec<u32> = DERIVED.iter().map(|each| each.con_id).collect();
        assert!(ids.is_sorted_by(|one, other| one < other) && ids[0] > FIRST);
        let names: BTreeSet<&str> = DERIVED.iter().map(|each| each.local_symbol).collect();
        assert_eq!(names.len(), ids.len());
        assert_eq!(ids.len(), 40 + 120 * 34);
        for each in DERIVED.iter() {
            assert_eq!(by_id(each.con_id), Some(each));
            assert_eq!(each.min_tick * Decimal::from(each.base_ticks), each.base_price);
        }
    }

    #[test]
    fn the_next_four_futures_and_three_months_of_options_are_there() {
        let now = noon(2026, 11, 23);
        let listed: Vec<&Instrument> = all_listed(now).collect();
        let of = |class| listed.iter().filter(move |each| each.class == class).map(|each| each.local_symbol);
        assert_eq!(of(Class::Future).collect::<Vec<_>>(), ["PRXZ6", "PRXH7", "PRXM7", "PRXU7"]);
        assert_eq!(of(Class::Option).count(), 3 * 34);
        assert!(of(Class::Option).any(|name| name == "SPY   261218C00590000"));
        // Until the close of its last day, in New York.
        let last = day_of(2026, 12, 18) * DAY_MS + 21 * 3_600_000;
        let (first, fifth) = (find(9_200_012).unwrap(), find(9_200_024).unwrap());
        assert_eq!(first.derivative.as_ref().unwrap().expires_ms, last);
        assert!(first.is_listed(last - 1) && !first.is_listed(last));
        assert!(fifth.is_listed(last) && !fifth.is_listed(last - 1), "as one goes another comes");
    }

    #[test]
    fn on_every_day_there_are_as_many() {
        for hours in 0..8 * 365 * 24 / 7 {
            let now = noon(2026, 11, 23) + hours * 7 * 3_600_000;
            let count = |class| all_listed(now).filter(|each| each.class == class).count();
            assert_eq!((count(Class::Future), count(Class::Option)), (4, 3 * 34), "after {hours} x 7 hours");
        }
    }
}
