//! Bounds: what a credential or an account states, as the guard reads it at every order.
//!
//! Narrow and without gaps, the defaults filled in once, when the record changes: a million customers
//! who each trade now and then are cold, and every record the guard would have to visit costs a wait.

use crate::account::Account;
use crate::allowances::Allowances;
use crate::api_credential::ApiCredential;
use crate::instrument::Classes;
use crate::limits::{
    DAY_COUNT, Limits, MESSAGES_PER_SECOND, OPEN_ORDERS, ORDERS_PER_SECOND, REPEATED_FILLS, WHOLE_BPS,
};
use crate::money::{Amount, Quantity};

/// Less than any value: a credential that states no limit of value may trade nothing.
pub const NOTHING: Amount = Amount::from_units(-1);
/// No count, rate or collar comes near it: the level does not bind.
pub const UNBOUND: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(16))]
pub struct Bounds {
    /// Whether anything is stated: what states nothing need not be read further.
    pub bind: bool,
    pub allowances: Allowances,
    pub collar_bps: u32,
    pub order_value: Amount,
    pub day_value: Amount,
    pub open_value: Amount,
    /// Above this value an order waits for an approval.
    pub approve_above: Amount,
    pub order_quantity: Quantity,
    pub day_count: u32,
    pub open_orders: u32,
    pub messages: u32,
    pub orders: u32,
    pub repeated_fills: u32,
    /// Of a credential: what it may trade. Of an account: what is restricted there. Last, where it fits beside them.
    pub listed: Classes,
    /// Whether a position is limited: how far is in the record, which no other order has to visit.
    pub sized: bool,
    /// Whether it is limited what the account may bear: the same.
    pub levered: bool,
}

impl Bounds {
    /// Of what has no record: nothing may be traded.
    pub const CLOSED: Self = Self {
        order_value: NOTHING,
        day_value: NOTHING,
        open_value: NOTHING,
        approve_above: NOTHING,
        order_quantity: Quantity::ZERO,
        collar_bps: 0,
        day_count: 0,
        open_orders: 0,
        messages: 0,
        orders: 0,
        repeated_fills: 0,
        bind: true,
        allowances: Allowances::NONE,
        listed: Classes::NONE,
        sized: false,
        levered: false,
    };

    /// Of what states nothing and is nobody's default.
    pub const OPEN: Self = Self {
        bind: false,
        order_value: Amount::MAX,
        day_value: Amount::MAX,
        open_value: Amount::MAX,
        approve_above: Amount::MAX,
        order_quantity: Quantity::MAX,
        collar_bps: UNBOUND,
        day_count: UNBOUND,
        open_orders: UNBOUND,
        messages: UNBOUND,
        orders: UNBOUND,
        repeated_fills: UNBOUND,
        ..Self::CLOSED
    };

    /// Where nothing is stated the defaults bind.
    pub fn of_credential(credential: &ApiCredential) -> Self {
        let limits = &credential.limits;
        Self {
            order_value: limits.order_value.unwrap_or(NOTHING),
            day_value: limits.day_value.unwrap_or(NOTHING),
            day_count: limits.day_count.unwrap_or(DAY_COUNT),
            open_orders: limits.open_orders.unwrap_or(OPEN_ORDERS),
            messages: limits.messages_per_second.unwrap_or(MESSAGES_PER_SECOND),
            orders: limits.orders_per_second.unwrap_or(ORDERS_PER_SECOND),
            repeated_fills: limits.repeated_fills.unwrap_or(REPEATED_FILLS),
            bind: true,
            allowances: credential.allowances,
            listed: Classes::of(&credential.instruments),
            ..Self::stated(limits)
        }
    }

    /// An account that states nothing does not bind.
    pub fn of_account(account: &Account) -> Self {
        Self { listed: Classes::of(&account.restricted), ..Self::stated(&account.limits) }
    }

    fn stated(limits: &Limits) -> Self {
        Self {
            bind: *limits != Limits::default(),
            order_value: limits.order_value.unwrap_or(Amount::MAX),
            day_value: limits.day_value.unwrap_or(Amount::MAX),
            open_value: limits.open_value.unwrap_or(Amount::MAX),
            approve_above: limits.held_above().unwrap_or(Amount::MAX),
            order_quantity: limits.order_quantity.unwrap_or(Quantity::MAX),
            // A collar is never wider than the price itself.
            collar_bps: limits.collar_bps.map_or(UNBOUND, |bps| bps.min(WHOLE_BPS)),
            day_count: limits.day_count.unwrap_or(UNBOUND),
            open_orders: limits.open_orders.unwrap_or(UNBOUND),
            messages: limits.messages_per_second.unwrap_or(UNBOUND),
            orders: limits.orders_per_second.unwrap_or(UNBOUND),
            repeated_fills: limits.repeated_fills.unwrap_or(UNBOUND),
            sized: limits.position_quantity.is_some(),
            levered: limits.levered(),
            ..Self::OPEN
        }
    }

    /// All that a credential states for itself taken away; rates, and what it is to be asked about, stay.
    pub const fn observing(self) -> Self {
        let all = Allowances::ALL;
        let (messages, orders, repeated_fills) = (self.messages, self.orders, self.repeated_fills);
        let (bind, approve_above, collar_bps) = (true, self.approve_above, self.collar_bps);
        Self { bind, allowances: all, approve_above, collar_bps, messages, orders, repeated_fills, ..Self::OPEN }
    }
}
