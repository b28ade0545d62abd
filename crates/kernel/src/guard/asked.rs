//! Asked: what the guard is asked of one order, and what it says.

use crate::bounds::Bounds;
use crate::exposure::Exposure;
use crate::given::Market;
use crate::leverage::{self, Strain};
use crate::meter::Meter;
use crate::money::{Amount, Price, Quantity};
use crate::order::{Side, Terms};
use crate::ticket::{CloseOnly, Ticket};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub terms: &'a Terms,
    pub limits: &'a Bounds,
    pub instrument_allowed: bool,
    pub restricted: bool,
    pub meter: &'a Meter,
    /// `None` where nothing is open and nothing is held, and nobody states what may be held or what the account may bear.
    /// Lies beside the question: most orders carry none, and the guard copies what it is asked.
    pub exposures: Option<&'a Exposures<'a>>,
    pub account_limits: &'a Bounds,
    pub account_meter: &'a Meter,
    pub killed: bool,
    /// `None`: it is a program's.
    pub ticket: Option<Ticket>,
    /// What was charged and filled already, when this changes a working order.
    pub replaces: Option<Replaced>,
    pub approved: bool,
    /// It closes no more than what its parent opens, whatever the position is now.
    pub closes_parent: bool,
    /// The credential's own collar values the order and does not bound it.
    pub observing: bool,
    pub market: &'a Market,
    pub now: Timestamp,
}

/// What the order adds to, seen from its credential and from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposures<'a> {
    pub own: Exposure,
    pub account: Exposure,
    /// The most that the credential, and the account, may hold of the instrument.
    pub positions: (Quantity, Quantity),
    /// To close here would leave an option naked that was written: it reduces nothing.
    pub uncovers: bool,
    /// `None` where neither states anything of what the account may bear.
    pub strain: Option<Strain<'a>>,
}

impl Exposures<'_> {
    /// Of who has nothing, and states nothing of what may be held.
    pub const NONE: Self = Self {
        own: Exposure::NONE,
        account: Exposure::NONE,
        positions: (Quantity::MAX, Quantity::MAX),
        uncovers: false,
        strain: None,
    };

    /// Whether an order can only bring the credential's part and the account's net towards zero.
    #[inline]
    pub fn reduces(&self, side: Side, quantity: Quantity) -> bool {
        !self.uncovers && self.towards_zero(side, quantity)
    }

    /// The same, whatever it covers.
    #[inline]
    pub fn towards_zero(&self, side: Side, quantity: Quantity) -> bool {
        self.own.reduces(side, quantity) && self.account.reduces(side, quantity)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    pub value: Amount,
    pub filled: Quantity,
}

/// What the order counts, in the account's base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// Unknown only for an order that reduces a position, without a quote.
    pub value: Amount,
    /// What is added to the day: all of it, or what a change adds.
    pub added: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Admit(Worth),
    Hold(Worth),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    KillSwitch,
    CloseOnly {
        why: CloseOnly,
    },
    /// One of the two, of an order that would close what covers an option that was written.
    Uncovers,
    RepeatedExecution,
    MessageRate {
        per_second: u32,
    },
    OrderRate {
        per_second: u32,
    },
    InstrumentNotAllowed,
    InstrumentRestricted,
    OrderTypeNotAllowed,
    NotYoursToClose {
        own: Quantity,
    },
    ShortSale {
        position: Quantity,
    },
    OptionWriting {
        position: Quantity,
    },
    OutsideHours,
    NoClose,
    OrderQuantity {
        limit: Quantity,
    },
    PositionQuantity {
        position: Quantity,
        limit: Quantity,
    },
    NoFreshQuote,
    PriceCollar {
        bound: Price,
    },
    OrderValueNotStated,
    OrderValue {
        value: Amount,
        limit: Amount,
    },
    DayValueNotStated,
    DayValue {
        used: Amount,
        value: Amount,
        limit: Amount,
    },
    DayCount {
        limit: u32,
    },
    OpenOrders {
        limit: u32,
    },
    OpenValue {
        used: Amount,
        value: Amount,
        limit: Amount,
    },
    Strained {
        why: leverage::Refusal,
    },
    Duplicate,
    CrossesOwnOrder,
    TooLarge,
    BelowFilled {
        filled: Quantity,
    },
}
