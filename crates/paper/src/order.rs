//! Order: what was asked, and how far it has come.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::event::Execution;
use crate::reason::Reason;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Buy,
    Sell,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    Market,
    Limit { limit: Decimal },
    Stop { stop: Decimal },
    StopLimit { stop: Decimal, limit: Decimal },
}

impl Kind {
    /// The price beyond which it never fills.
    pub fn limit(&self) -> Option<Decimal> {
        match self {
            Kind::Limit { limit } | Kind::StopLimit { limit, .. } => Some(*limit),
            Kind::Market | Kind::Stop { .. } => None,
        }
    }

    /// The price that wakes it.
    pub fn stop(&self) -> Option<Decimal> {
        match self {
            Kind::Stop { stop } | Kind::StopLimit { stop, .. } => Some(*stop),
            Kind::Market | Kind::Limit { .. } => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tif {
    /// Until the end of the instrument's trading day.
    Day,
    /// Until cancelled.
    Gtc,
    /// What does not fill at once is cancelled.
    Ioc,
}

/// What was asked. Two orders are the same when all fields are equal as values (`1.0` is `1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The idempotency key: one order of this broker, for ever.
    pub reference: String,
    pub account: String,
    pub con_id: u32,
    pub side: Side,
    pub quantity: Decimal,
    pub kind: Kind,
    pub tif: Tif,
    /// The client's own word, kept and shown (TWS: orderRef).
    pub label: String,
    /// Kept and shown only: this broker has no session outside regular hours to fill it in.
    pub outside_hours: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Open; a stop waits for its price.
    Working,
    /// Open; a stop whose price was seen, and which now acts like the order behind it.
    Triggered,
    Filled,
    Cancelled,
    Rejected,
    Expired,
}

impl Status {
    pub fn is_open(self) -> bool {
        match self {
            Status::Working | Status::Triggered => true,
            Status::Filled | Status::Cancelled | Status::Rejected | Status::Expired => false,
        }
    }
}

/// An order and how far it has come. Once ended it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderState {
    pub order: Order,
    /// What was submitted, if it was replaced since: the same submission may come again.
    submitted: Option<Order>,
    pub perm_id: i64,
    pub status: Status,
    pub filled: Decimal,
    /// Quantity times price over all fills.
    pub filled_value: Decimal,
    /// Number of fills.
    pub fills: u32,
    pub last_fill_at: Option<i64>,
    pub placed_at: i64,
    /// When a DAY order ends by itself.
    pub expires_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub reason: Option<Reason>,
}

impl OrderState {
    pub(crate) fn placed(order: Order, perm_id: i64, expires_at: Option<i64>, at: i64) -> Self {
        OrderState {
            order,
            submitted: None,
            perm_id,
            status: Status::Working,
            filled: Decimal::ZERO,
            filled_value: Decimal::ZERO,
            fills: 0,
            last_fill_at: None,
            placed_at: at,
            expires_at,
            ended_at: None,
            reason: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.status.is_open()
    }

    /// What was submitted, whatever it was replaced by.
    pub fn submitted(&self) -> &Order {
        self.submitted.as_ref().unwrap_or(&self.order)
    }

    pub fn remaining(&self) -> Decimal {
        self.order.quantity.checked_sub(self.filled).unwrap_or(Decimal::ZERO)
    }

    /// Average price of the fills to eight places; zero before the first.
    pub fn average_price(&self) -> Decimal {
        self.filled_value.checked_div(self.filled).map_or(Decimal::ZERO, |price| price.round_dp(8).normalize())
    }

    /// A stop that still waits for its price.
    pub(crate) fn waits_for_stop(&self) -> bool {
        self.status == Status::Working && self.order.kind.stop().is_some()
    }

    /// The state after one more fill; `None` if the figures overflow.
    pub(crate) fn after_fill(&self, execution: &Execution) -> Option<Self> {
        let value = execution.quantity.checked_mul(execution.price)?;
        let mut after = self.clone();
        after.filled = self.filled.checked_add(execution.quantity)?;
        after.filled_value = self.filled_value.checked_add(value)?;
        after.fills = self.fills.checked_add(1)?;
        after.last_fill_at = Some(execution.at);
        if after.filled >= self.order.quantity {
            after.end(Status::Filled, None, execution.at);
        }
        Some(after)
    }

    pub(crate) fn end(&mut self, status: Status, reason: Option<Reason>, at: i64) {
        self.status = status;
        self.reason = reason;
        self.ended_at = Some(at);
    }

    /// A replaced stop waits again; what is filled stays filled.
    pub(crate) fn replace(&mut self, order: Order, expires_at: Option<i64>) {
        let before = std::mem::replace(&mut self.order, order);
        self.submitted.get_or_insert(before);
        self.expires_at = expires_at;
        self.status = Status::Working;
    }
}
