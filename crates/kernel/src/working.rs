//! Working orders: those held, admitted or at the venue, until they end.

use crate::id::{AccountId, ApprovalId, CredentialId, OrderId};
use crate::meter::Charge;
use crate::money::{Amount, Currency, Price, Quantity};
use crate::order::{ClientRef, Kind, Side, Terms};
use crate::reason::Reason;
use crate::ties::Key;
use crate::time::Timestamp;
use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// `Admitted` means: recorded, perhaps sent. `Unknown` means: sent perhaps, and the venue does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Held,
    /// Admitted, and kept here until its family is whole.
    Parked,
    Admitted,
    Acknowledged,
    Unknown,
}

/// A change on its way to the venue: both the old and the new terms may still trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacing {
    pub terms: Terms,
    pub value: Amount,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub credential: CredentialId,
    pub client_ref: ClientRef,
    pub terms: Terms,
    pub status: Status,
    pub charge: Charge,
    pub approval: Option<ApprovalId>,
    pub replacing: Option<Replacing>,
    pub cancel_requested: bool,
    pub venue_ref: Option<String>,
    pub filled: Quantity,
    /// What the fills cost, in the instrument's currency.
    pub paid: Amount,
    pub since: Timestamp,
    /// Which of its credential's orders it counts with.
    pub group: Option<Key>,
    /// A part of its family was refused: it is never sent.
    pub broken: bool,
}

impl Order {
    /// The order whose fills it closes.
    pub const fn parent(&self) -> Option<OrderId> {
        match &self.group {
            Some(Key::Family(parent)) => Some(*parent),
            Some(Key::Named(..)) | None => None,
        }
    }
    /// What it is for: while it is changed, by the larger of its terms.
    pub fn whole(&self) -> Quantity {
        self.replacing.as_ref().map_or(self.terms.order_qty, |new| new.terms.order_qty.max(self.terms.order_qty))
    }
    pub fn remaining(&self) -> Quantity {
        self.whole().saturating_sub(self.filled)
    }
    pub fn value(&self) -> Amount {
        self.replacing.as_ref().map_or(self.charge.value, |new| new.value.max(self.charge.value))
    }
    /// Mean price of what is filled; zero while nothing is.
    pub fn average_price(&self) -> Price {
        let units = i128::from(self.filled.units());
        let mean = self.paid.units().checked_div(units).unwrap_or(0);
        Price::from_units(i64::try_from(mean).unwrap_or(i64::MAX))
    }
    /// Whether its terms, or those it is changing to, could trade with a price on the other side.
    pub fn could_trade_with(&self, side: Side, price: Option<Price>) -> bool {
        let touches = |terms: &Terms| {
            // A stop that rests has no price in the market yet.
            let resting = match terms.kind {
                Kind::Limit { price } => Some(price),
                Kind::Market => None,
                Kind::Stop { .. }
                | Kind::StopLimit { .. }
                | Kind::TrailingStop { .. }
                | Kind::TrailingStopLimit { .. } => return false,
            };
            match (resting, price) {
                (Some(resting), Some(price)) => match side {
                    Side::Buy => price >= resting,
                    Side::Sell => price <= resting,
                },
                (None, _) | (_, None) => true,
            }
        };
        self.terms.side == side.opposite()
            && (touches(&self.terms) || self.replacing.as_ref().is_some_and(|new| touches(&new.terms)))
    }
}

/// A fill, as the venue reports it. One of an order we do not know still moves the position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    pub exec_id: String,
    pub order: Option<OrderId>,
    pub account: AccountId,
    pub contract_id: i64,
    pub side: Side,
    pub quantity: Quantity,
    pub price: Price,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commission {
    pub exec_id: String,
    pub amount: Amount,
    pub currency: Currency,
    pub realized: Option<Amount>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Filled,
    Cancelled,
    Rejected,
    Expired,
    ApprovalRefused,
    /// Granted, and refused by the guard of that moment.
    RefusedWhenGranted,
    ApprovalTimedOut,
    /// Admitted, never sent: a kill switch came between.
    Voided,
    /// Never sent: the rest of its family did not come, or was refused.
    Incomplete,
}

/// Who asked, under which number, for what: the same in a hold, an admission and a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    pub id: OrderId,
    pub credential: CredentialId,
    pub client_ref: ClientRef,
    pub terms: Terms,
}

pub type Orders = BTreeMap<OrderId, Order>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Held {
        ask: Ask,
        charge: Charge,
        approval: ApprovalId,
        market: crate::given::Market,
    },
    Admitted {
        ask: Ask,
        charge: Charge,
        approval: Option<ApprovalId>,
        market: crate::given::Market,
        /// What the guard would have refused it for, in observe mode.
        observed: Option<Reason>,
    },
    Refused {
        ask: Ask,
        reason: Reason,
    },
    /// Asked for in words that no order can be made of: refused before the guard could look at it.
    Declined {
        credential: CredentialId,
        client_ref: ClientRef,
        reason: Reason,
    },
    ReplaceAdmitted {
        id: OrderId,
        terms: Terms,
        charge: Charge,
        market: crate::given::Market,
    },
    ReplaceRefused {
        id: OrderId,
        reason: Reason,
    },
    /// Its family is whole: it is sent.
    Released {
        id: OrderId,
    },
    CancelRequested {
        id: OrderId,
    },
    Acknowledged {
        id: OrderId,
        venue_ref: String,
    },
    Replaced {
        id: OrderId,
    },
    ReplaceRejected {
        id: OrderId,
        text: String,
    },
    CancelRejected {
        id: OrderId,
        text: String,
    },
    Filled {
        execution: Execution,
    },
    Commissioned {
        commission: Commission,
    },
    Ended {
        id: OrderId,
        how: Ended,
        text: String,
    },
    MarkedUnknown {
        id: OrderId,
    },
    /// So much is held by the venue's word, and what was traded here does not explain it: it was held before, traded
    /// elsewhere, or moved.
    PositionTold {
        account: AccountId,
        contract_id: i64,
        net: Quantity,
        /// By what was known here.
        was: Quantity,
    },
}

impl Event {
    /// The order that it is about. Of a fill it may be none of ours.
    pub const fn order(&self) -> Option<OrderId> {
        match self {
            Self::Held { ask, .. } | Self::Admitted { ask, .. } | Self::Refused { ask, .. } => Some(ask.id),
            Self::ReplaceAdmitted { id, .. }
            | Self::ReplaceRefused { id, .. }
            | Self::Released { id }
            | Self::CancelRequested { id }
            | Self::Acknowledged { id, .. }
            | Self::Replaced { id }
            | Self::ReplaceRejected { id, .. }
            | Self::CancelRejected { id, .. }
            | Self::Ended { id, .. }
            | Self::MarkedUnknown { id } => Some(*id),
            Self::Filled { execution } => execution.order,
            Self::Commissioned { .. } | Self::Declined { .. } | Self::PositionTold { .. } => None,
        }
    }
}
