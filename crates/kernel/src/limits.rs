//! Limits: what a level states, what is allowed by name, and what holds where nothing is stated.

use crate::money::{Amount, Quantity};
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
}

impl Limits {
    /// Whether nothing may be done under these that was not allowed under `old`. What a missing figure means depends
    /// on the level; where that is not the same for all, it counts as wider.
    pub fn no_wider_than(&self, old: &Self) -> bool {
        stated(self.order_value, old.order_value)
            && stated(self.day_value, old.day_value)
            && bound(self.order_quantity, old.order_quantity)
            && bound(self.open_value, old.open_value)
            && bound(self.approve_above, old.approve_above)
            && figure(self.collar_bps, old.collar_bps, FOREX_COLLAR_BPS)
            && figure(self.day_count, old.day_count, DAY_COUNT)
            && figure(self.open_orders, old.open_orders, OPEN_ORDERS)
            && figure(self.messages_per_second, old.messages_per_second, MESSAGES_PER_SECOND)
            && figure(self.orders_per_second, old.orders_per_second, ORDERS_PER_SECOND)
            && figure(self.repeated_fills, old.repeated_fills, REPEATED_FILLS)
    }
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

/// What is allowed by name; all off unless stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowances {
    pub market: bool,
    pub stop: bool,
    pub short_sale: bool,
    pub outside_hours: bool,
    /// May close what another credential opened.
    pub close_any: bool,
}
