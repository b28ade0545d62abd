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
    Limit {
        limit: Decimal,
    },
    Stop {
        stop: Decimal,
    },
    StopLimit {
        stop: Decimal,
        limit: Decimal,
    },
    /// A stop that follows the bid (of a sale) or the ask at a distance, and never goes back.
    Trail {
        by: Trail,
        stop: Option<Decimal>,
    },
    /// The same; once it is touched it is a limit order, so far beyond the stop.
    TrailLimit {
        by: Trail,
        stop: Option<Decimal>,
        offset: Decimal,
    },
}

/// How far behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trail {
    Amount(Decimal),
    /// Hundredths of the price.
    Percent(Decimal),
}

impl Trail {
    pub(crate) fn from(self, price: Decimal) -> Option<Decimal> {
        match self {
            Trail::Amount(amount) => Some(amount),
            Trail::Percent(percent) => price.checked_mul(percent)?.checked_div(Decimal::ONE_HUNDRED),
        }
    }
}

impl Kind {
    /// The price beyond which it never fills, as it was asked.
    pub fn limit(&self) -> Option<Decimal> {
        match self {
            Kind::Limit { limit } | Kind::StopLimit { limit, .. } => Some(*limit),
            Kind::Market | Kind::Stop { .. } | Kind::Trail { .. } | Kind::TrailLimit { .. } => None,
        }
    }

    /// The price that wakes it, as it was asked.
    pub fn stop(&self) -> Option<Decimal> {
        match self {
            Kind::Stop { stop } | Kind::StopLimit { stop, .. } => Some(*stop),
            Kind::Trail { stop, .. } | Kind::TrailLimit { stop, .. } => *stop,
            Kind::Market | Kind::Limit { .. } => None,
        }
    }

    /// How it follows, and how far beyond its stop it still fills.
    pub fn trail(&self) -> Option<(Trail, Option<Decimal>)> {
        match self {
            Kind::Trail { by, .. } => Some((*by, None)),
            Kind::TrailLimit { by, offset, .. } => Some((*by, Some(*offset))),
            Kind::Market | Kind::Limit { .. } | Kind::Stop { .. } | Kind::StopLimit { .. } => None,
        }
    }

    /// It waits for a price before it acts.
    pub fn is_stop(&self) -> bool {
        !matches!(self, Kind::Market | Kind::Limit { .. })
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
    /// At once and whole, or not at all.
    Fok,
    /// In the auction that ends the trading day, whole, or not at all.
    Close,
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
    /// The order whose fills it closes, by its reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// It waits for the last part of its family.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
}

/// Orders of one account of which a fill of one cancels or reduces the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    /// Not reduced by as much, but cancelled.
    pub cancels: bool,
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

impl Order {
    /// The broker's own, which nobody asked for: at the market, and what does not trade at once is nothing.
    pub(crate) fn by_the_broker(label: &str, perm_id: i64, account: &str, con_id: u32, step: (Side, Decimal)) -> Self {
        let (side, quantity) = step;
        Self {
            reference: format!("{label} {perm_id}"),
            account: account.to_owned(),
            con_id,
            side,
            quantity,
            kind: Kind::Market,
            tif: Tif::Ioc,
            label: label.to_owned(),
            outside_hours: false,
            parent: None,
            parked: false,
            group: None,
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
    /// Where a trailing stop stands now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailed_to: Option<Decimal>,
    /// It still waits for the last part of its family.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
    /// Of its quantity, what others of its group have filled instead.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub given_up: Decimal,
}

/// Further away from us: above for a purchase, below for a sale.
pub(crate) fn beyond(side: Side, price: Decimal, by: Decimal) -> Option<Decimal> {
    match side {
        Side::Buy => price.checked_add(by),
        Side::Sell => price.checked_sub(by),
    }
}

impl OrderState {
    pub(crate) fn placed(order: Order, perm_id: i64, expires_at: Option<i64>, at: i64) -> Self {
        OrderState {
            parked: order.parked,
            given_up: Decimal::ZERO,
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
            trailed_to: None,
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
        let given = self.filled.checked_add(self.given_up);
        given.and_then(|given| self.order.quantity.checked_sub(given)).unwrap_or(Decimal::ZERO).max(Decimal::ZERO)
    }

    /// Average price of the fills to eight places; zero before the first.
    pub fn average_price(&self) -> Decimal {
        self.filled_value.checked_div(self.filled).map_or(Decimal::ZERO, |price| price.round_dp(8).normalize())
    }

    /// A stop that still waits for its price.
    pub(crate) fn waits_for_stop(&self) -> bool {
        self.status == Status::Working && self.order.kind.is_stop()
    }

    /// The price that wakes it now.
    pub fn stop(&self) -> Option<Decimal> {
        self.trailed_to.or(self.order.kind.stop())
    }

    /// The price beyond which it does not fill now.
    pub fn limit(&self) -> Option<Decimal> {
        let Some((_, Some(offset))) = self.order.kind.trail() else { return self.order.kind.limit() };
        beyond(self.order.side, self.stop()?, offset)
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

    pub(crate) fn is_child_of(&self, parent: &OrderState) -> bool {
        self.order.parent.as_deref() == Some(parent.order.reference.as_str())
    }

    /// Whether a fill of one bears on the other.
    pub(crate) fn is_grouped_with(&self, other: &OrderState) -> bool {
        let name = |state: &OrderState| state.order.group.as_ref().map(|group| group.name.clone());
        name(self).is_some()
            && name(self) == name(other)
            && self.order.account == other.order.account
            && self.order.reference != other.order.reference
    }

    pub(crate) fn give_up(&mut self, by: Decimal) {
        self.given_up = self.given_up.checked_add(by).unwrap_or(self.order.quantity);
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
        self.trailed_to = None;
        self.parked = self.order.parked;
    }
}
