//! Event: what the broker is asked, what it needs to know, and what has happened.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::Hours;
use crate::market::Market;
use crate::order::{Order, Side};
use crate::reason::Reason;

/// What the broker is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    OpenAccount {
        number: String,
        base_currency: String,
    },
    /// Not idempotent: it has no key. Whoever sends it sees to it that it is sent once.
    Deposit {
        account: String,
        currency: String,
        amount: Decimal,
    },
    Submit(Order),
    Replace {
        reference: String,
        order: Order,
    },
    Cancel {
        reference: String,
    },
    /// Time has passed: fill, trigger and expire what is due.
    Tick,
}

/// What the decision may know besides the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given<'a> {
    /// Milliseconds since 1970. A time before the last event counts as the time of that event.
    pub now_ms: i64,
    pub market: Market<'a>,
    pub hours: Hours,
}

/// One fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// Made of the order's perm id and the number of the fill: unique in this broker, for ever.
    pub exec_id: String,
    pub reference: String,
    pub account: String,
    pub con_id: u32,
    pub side: Side,
    pub quantity: Decimal,
    pub price: Decimal,
    pub commission: Decimal,
    pub commission_currency: String,
    /// What a fill that closed (part of) a position earned after commission, in its currency.
    pub realized_pnl: Option<Decimal>,
    pub at: i64,
}

/// What has happened. Tags and fields are for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    AccountOpened {
        number: String,
        base_currency: String,
        at: i64,
    },
    AccountRejected {
        number: String,
        reason: Reason,
        at: i64,
    },
    Deposited {
        account: String,
        currency: String,
        amount: Decimal,
        at: i64,
    },
    DepositRejected {
        account: String,
        currency: String,
        reason: Reason,
        at: i64,
    },
    Accepted {
        order: Order,
        perm_id: i64,
        expires_at: Option<i64>,
        at: i64,
    },
    Rejected {
        order: Order,
        perm_id: i64,
        reason: Reason,
        at: i64,
    },
    /// A different order came with a known reference; the known one is as it was.
    DuplicateReference {
        reference: String,
        at: i64,
    },
    Triggered {
        reference: String,
        /// The bid or ask that did it.
        price: Decimal,
        at: i64,
    },
    /// The last part of its family has come: it is in the market.
    Released {
        reference: String,
        at: i64,
    },
    /// Another of its group has filled as much instead.
    Reduced {
        reference: String,
        by: Decimal,
        at: i64,
    },
    /// A trailing stop has followed the market to here.
    Trailed {
        reference: String,
        stop: Decimal,
        at: i64,
    },
    Filled {
        execution: Execution,
    },
    Replaced {
        order: Order,
        expires_at: Option<i64>,
        at: i64,
    },
    ReplaceRejected {
        reference: String,
        reason: Reason,
        at: i64,
    },
    Cancelled {
        reference: String,
        /// Absent where the owner asked for it.
        reason: Option<Reason>,
        at: i64,
    },
    CancelRejected {
        reference: String,
        reason: Reason,
        at: i64,
    },
    Expired {
        reference: String,
        at: i64,
    },
    /// It has less than its positions take to be kept, from now on.
    MarginCalled {
        account: String,
        at: i64,
    },
    /// It has enough again.
    MarginMet {
        account: String,
        at: i64,
    },
}

impl Event {
    pub fn at(&self) -> i64 {
        match self {
            Event::AccountOpened { at, .. }
            | Event::AccountRejected { at, .. }
            | Event::Deposited { at, .. }
            | Event::DepositRejected { at, .. }
            | Event::Accepted { at, .. }
            | Event::Rejected { at, .. }
            | Event::DuplicateReference { at, .. }
            | Event::Triggered { at, .. }
            | Event::Trailed { at, .. }
            | Event::Released { at, .. }
            | Event::Reduced { at, .. }
            | Event::Replaced { at, .. }
            | Event::ReplaceRejected { at, .. }
            | Event::Cancelled { at, .. }
            | Event::CancelRejected { at, .. }
            | Event::Expired { at, .. }
            | Event::MarginCalled { at, .. }
            | Event::MarginMet { at, .. } => *at,
            Event::Filled { execution } => execution.at,
        }
    }

    /// The order it is about.
    pub fn reference(&self) -> Option<&str> {
        match self {
            Event::AccountOpened { .. }
            | Event::AccountRejected { .. }
            | Event::Deposited { .. }
            | Event::DepositRejected { .. }
            | Event::MarginCalled { .. }
            | Event::MarginMet { .. } => None,
            Event::Accepted { order, .. } | Event::Rejected { order, .. } | Event::Replaced { order, .. } => {
                Some(&order.reference)
            }
            Event::Filled { execution } => Some(&execution.reference),
            Event::DuplicateReference { reference, .. }
            | Event::Triggered { reference, .. }
            | Event::Trailed { reference, .. }
            | Event::Released { reference, .. }
            | Event::Reduced { reference, .. }
            | Event::ReplaceRejected { reference, .. }
            | Event::Cancelled { reference, .. }
            | Event::CancelRejected { reference, .. }
            | Event::Expired { reference, .. } => Some(reference),
        }
    }
}
