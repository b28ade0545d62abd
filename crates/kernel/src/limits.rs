//! Limits: what a level states, and what holds where nothing is stated.

use crate::dead_man;
use crate::digest::Digest;
use crate::instrument::AssetClass;
use crate::money::{Amount, Leverage, Quantity};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub const COLLAR_BPS: u32 = 300;
pub const FOREX_COLLAR_BPS: u32 = 100;
/// A collar is never wider than the price itself.
pub const WHOLE_BPS: u32 = 10_000;
pub const QUOTE_AGE_MS: i64 = 5_000;
pub const MESSAGES_PER_SECOND: u32 = 10;
pub const ORDERS_PER_SECOND: u32 = 5;
pub const OPEN_ORDERS: u32 = 20;
pub const DAY_COUNT: u32 = 200;
pub const REPEATED_FILLS: u32 = 20;

/// A figure that no level can state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange {
    pub limit: &'static str,
    pub least: u32,
    pub most: u32,
}

/// What one level states; a level that states nothing does not bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_quantity: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collar_bps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_orders: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_per_second: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders_per_second: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated_fills: Option<u32>,
    /// Above this value an order waits for an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_above: Option<Amount>,
    /// Above this one the approval takes a device-bound key, or two approvers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_above: Option<Amount>,
    /// An account that loses more than this in a day is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_loss: Option<Amount>,
    /// A program that sends nothing for longer has its orders cancelled that could add risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_man_seconds: Option<u32>,
    /// The most that may be held of one instrument, long or short, with all that is open on that side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_quantity: Option<Quantity>,
    /// The most that the account may come to hold, as so many times its net value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leverage: Option<Leverage>,
    /// The most of its net value that margin may come to take, in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_use_bps: Option<u32>,
    /// An order that would bring the account above this waits for an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_leverage_above: Option<Leverage>,
}

impl Limits {
    pub const NONE: Self = Self {
        order_value: None,
        order_quantity: None,
        collar_bps: None,
        day_value: None,
        day_count: None,
        open_orders: None,
        open_value: None,
        messages_per_second: None,
        orders_per_second: None,
        repeated_fills: None,
        approve_above: None,
        top_above: None,
        day_loss: None,
        dead_man_seconds: None,
        position_quantity: None,
        leverage: None,
        margin_use_bps: None,
        approve_leverage_above: None,
    };

    /// By which whoever has read them says what they have read.
    pub fn digest(&self) -> Digest {
        let Self { order_value, order_quantity, collar_bps, day_value, day_count, open_orders, .. } = *self;
        let Self {
            open_value,
            messages_per_second,
            orders_per_second,
            repeated_fills,
            approve_above,
            top_above,
            day_loss,
            dead_man_seconds,
            position_quantity,
            leverage,
            margin_use_bps,
            approve_leverage_above,
            ..
        } = *self;
        let units = |value: Option<Amount>| value.map(Amount::units);
        let count = |value: Option<u32>| value.map(i128::from);
        let each = [
            units(order_value),
            order_quantity.map(|value| i128::from(value.units())),
            count(collar_bps),
            units(day_value),
            count(day_count),
            count(open_orders),
            units(open_value),
            count(messages_per_second),
            count(orders_per_second),
            count(repeated_fills),
            units(approve_above),
        ];
        // Not stated is something else than nothing.
        let bytes = each.map(|value| value.map_or([0; 17], stated_bytes));
        let mut parts: Vec<&[u8]> = bytes.iter().map(|bytes| bytes.as_slice()).collect();
        // Older than this one, a digest is of those before it: what was asked over it stands.
        let top = units(top_above).map(stated_bytes);
        parts.extend(top.as_ref().map(|bytes| bytes.as_slice()));
        let loss = units(day_loss).map(stated_bytes);
        if let Some(loss) = &loss {
            parts.extend([b"day_loss".as_slice(), loss.as_slice()]);
        }
        let silence = count(dead_man_seconds).map(stated_bytes);
        if let Some(silence) = &silence {
            parts.extend([b"dead_man_seconds".as_slice(), silence.as_slice()]);
        }
        let position = position_quantity.map(|value| stated_bytes(i128::from(value.units())));
        if let Some(position) = &position {
            parts.extend([b"position_quantity".as_slice(), position.as_slice()]);
        }
        let times = |value: Option<Leverage>| value.map(|value| stated_bytes(i128::from(value.units())));
        let later = [
            (b"leverage".as_slice(), times(leverage)),
            (b"margin_use_bps", count(margin_use_bps).map(stated_bytes)),
            (b"approve_leverage_above", times(approve_leverage_above)),
        ];
        for (name, bytes) in &later {
            if let Some(bytes) = bytes {
                parts.extend([*name, bytes.as_slice()]);
            }
        }
        Digest::of(&parts)
    }

    /// Whether each figure is one that can be held.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let (least, most) = (dead_man::LEAST_SECONDS, dead_man::MOST_SECONDS);
        match self.dead_man_seconds {
            Some(seconds) if !(least..=most).contains(&seconds) => {
                Err(OutOfRange { limit: "dead_man_seconds", least, most })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether anything is stated of what an account may bear, for which its figures are needed.
    pub const fn levered(&self) -> bool {
        self.leverage.is_some() || self.margin_use_bps.is_some() || self.approve_leverage_above.is_some()
    }

    /// Above this value an order waits, for whatever it then takes.
    pub fn held_above(&self) -> Option<Amount> {
        self.approve_above.into_iter().chain(self.top_above).min()
    }

    /// Whether nothing may be done under these that was not allowed under `old`. What a missing figure means depends
    /// on the level; where that is not the same for all, it counts as wider.
    pub fn no_wider_than(&self, old: &Self) -> bool {
        stated(self.order_value, old.order_value)
            && stated(self.day_value, old.day_value)
            && bound(self.order_quantity, old.order_quantity)
            && bound(self.open_value, old.open_value)
            && bound(self.approve_above, old.approve_above)
            && bound(self.top_above, old.top_above)
            && bound(self.day_loss, old.day_loss)
            && bound(self.dead_man_seconds, old.dead_man_seconds)
            && bound(self.position_quantity, old.position_quantity)
            && bound(self.leverage, old.leverage)
            && bound(self.margin_use_bps, old.margin_use_bps)
            && bound(self.approve_leverage_above, old.approve_leverage_above)
            && figure(self.collar_bps, old.collar_bps, FOREX_COLLAR_BPS)
            && figure(self.day_count, old.day_count, DAY_COUNT)
            && figure(self.open_orders, old.open_orders, OPEN_ORDERS)
            && figure(self.messages_per_second, old.messages_per_second, MESSAGES_PER_SECOND)
            && figure(self.orders_per_second, old.orders_per_second, ORDERS_PER_SECOND)
            && figure(self.repeated_fills, old.repeated_fills, REPEATED_FILLS)
    }
}

fn stated_bytes(value: i128) -> [u8; 17] {
    let mut bytes = [1; 17];
    if let Some(rest) = bytes.get_mut(1..) {
        rest.copy_from_slice(&value.to_be_bytes());
    }
    bytes
}

/// Missing means none on one level and no bound on another: only a figure that goes down surely narrows.
fn stated(new: Option<Amount>, old: Option<Amount>) -> bool {
    new == old || matches!((new, old), (Some(new), Some(old)) if new <= old)
}

/// Missing means no bound.
fn bound<T: PartialOrd>(new: Option<T>, old: Option<T>) -> bool {
    match (new, old) {
        (Some(new), Some(old)) => new <= old,
        (_, None) => true,
        (None, Some(_)) => false,
    }
}

/// Missing means a default.
fn figure(new: Option<u32>, old: Option<u32>, default: u32) -> bool {
    match (new, old) {
        (Some(new), Some(old)) => new <= old,
        (None, None) => true,
        (Some(new), None) => new <= default,
        (None, Some(_)) => false,
    }
}

/// Where no collar is stated.
#[inline]
pub const fn default_collar(class: AssetClass) -> u32 {
    match class {
        AssetClass::Forex => FOREX_COLLAR_BPS,
        AssetClass::Stock | AssetClass::Etf | AssetClass::Future | AssetClass::Option => COLLAR_BPS,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NONE: Limits = Limits::NONE;
    type Set = fn(&mut Limits, Option<u32>);

    fn amount(n: Option<u32>) -> Option<Amount> {
        n.map(|n| Amount::parse(&alloc::format!("{n}")).unwrap())
    }

    /// Each limit, and which figures it may be given where none was stated.
    const EACH: [(Set, Option<u32>); 18] = [
        (|limits, n| limits.order_value = amount(n), Some(0)),
        (|limits, n| limits.day_value = amount(n), Some(0)),
        (|limits, n| limits.order_quantity = n.map(|n| Quantity::from_units(i64::from(n))), None),
        (|limits, n| limits.open_value = amount(n), None),
        (|limits, n| limits.approve_above = amount(n), None),
        (|limits, n| limits.top_above = amount(n), None),
        (|limits, n| limits.day_loss = amount(n), None),
        (|limits, n| limits.dead_man_seconds = n, None),
        (|limits, n| limits.position_quantity = n.map(|n| Quantity::from_units(i64::from(n))), None),
        (|limits, n| limits.leverage = n.map(|n| Leverage::from_units(i64::from(n))), None),
        (|limits, n| limits.margin_use_bps = n, None),
        (|limits, n| limits.approve_leverage_above = n.map(|n| Leverage::from_units(i64::from(n))), None),
        (|limits, n| limits.collar_bps = n, Some(FOREX_COLLAR_BPS)),
        (|limits, n| limits.day_count = n, Some(DAY_COUNT)),
        (|limits, n| limits.open_orders = n, Some(OPEN_ORDERS)),
        (|limits, n| limits.messages_per_second = n, Some(MESSAGES_PER_SECOND)),
        (|limits, n| limits.orders_per_second = n, Some(ORDERS_PER_SECOND)),
        (|limits, n| limits.repeated_fills = n, Some(REPEATED_FILLS)),
    ];

    fn with(set: Set, n: Option<u32>) -> Limits {
        let mut limits = NONE;
        set(&mut limits, n);
        limits
    }

    #[test]
    fn a_figure_that_goes_down_or_stays_narrows_and_one_that_goes_up_or_away_widens() {
        for (n, (set, _)) in EACH.into_iter().enumerate() {
            for (new, narrow) in [(Some(49), true), (Some(50), true), (Some(51), false), (None, false)] {
                assert_eq!(with(set, new).no_wider_than(&with(set, Some(50))), narrow, "limit {n}, {new:?}");
            }
        }
        assert!(NONE.no_wider_than(&NONE));
    }

    #[test]
    fn where_nothing_was_stated_a_figure_narrows_only_what_held_without_it() {
        for (n, (set, most)) in EACH.into_iter().enumerate() {
            let narrow = |figure| with(set, Some(figure)).no_wider_than(&NONE);
            match most {
                // Nothing stated allows nothing: any figure widens.
                Some(0) => assert!(!narrow(0) && !narrow(1), "limit {n}"),
                Some(most) => assert!(narrow(most) && !narrow(most + 1), "limit {n}"),
                None => assert!(narrow(u32::MAX), "limit {n}"),
            }
        }
    }

    #[test]
    fn each_limit_is_in_the_digest_by_itself() {
        let all: alloc::collections::BTreeSet<Digest> =
            EACH.into_iter().map(|(set, _)| with(set, Some(7)).digest()).chain([NONE.digest()]).collect();
        assert_eq!(all.len(), EACH.len() + 1);
    }

    #[test]
    fn one_limit_that_widens_widens_all() {
        for (n, (set, _)) in EACH.into_iter().enumerate() {
            let mut old = NONE;
            EACH.into_iter().for_each(|(set, _)| set(&mut old, Some(50)));
            let mut new = NONE;
            EACH.into_iter().for_each(|(set, _)| set(&mut new, Some(40)));
            assert!(new.no_wider_than(&old));
            set(&mut new, Some(51));
            assert!(!new.no_wider_than(&old), "limit {n}");
        }
    }
}
