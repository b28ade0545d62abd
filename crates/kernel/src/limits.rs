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
