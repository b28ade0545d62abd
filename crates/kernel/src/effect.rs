//! Effects: what an event makes the venue do; data, a pure function of the event.

use crate::digest::Digest;
use crate::event::Event;
use crate::id::OrderId;
use crate::order::Terms;
use crate::state::State;
use crate::ties::{Fills, Key};
use crate::working::{self, Order};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Written to the outbox in the event's own transaction, told to the venue once it is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Submit {
        id: OrderId,
        account: String,
        terms: Terms,
        #[serde(default, skip_serializing_if = "Tied::is_none")]
        tied: Tied,
    },
    Replace {
        id: OrderId,
        account: String,
        terms: Terms,
        #[serde(default, skip_serializing_if = "Tied::is_none")]
        tied: Tied,
    },
    Cancel {
        id: OrderId,
    },
}

/// To which others it is bound at the venue, in names that are ours: those of programs may mean another's there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tied {
    pub parent: Option<OrderId>,
    /// The venue keeps it until the last part of its family is there.
    pub parked: bool,
    pub group: Option<(String, Fills)>,
}

impl Tied {
    pub const fn is_none(&self) -> bool {
        self.parent.is_none() && !self.parked && self.group.is_none()
    }

    fn of(order: &Order, parked: bool) -> Self {
        let group = match (&order.group, &order.terms.ties.group) {
            (Some(Key::Family(parent)), _) => Some((alloc::format!("{parent}"), Fills::ReduceBlocked)),
            (Some(Key::Named(credential, name)), Some(group)) => {
                let name = Digest::of(&[b"portreeve/group/v1", &credential.bits().to_be_bytes(), name.as_bytes()]);
                Some((alloc::format!("{name}").chars().take(32).collect(), group.fills))
            }
            (Some(Key::Named(..)) | None, _) => None,
        };
        Self { parent: order.parent(), parked, group }
    }
}

impl Effect {
    pub const fn order(&self) -> OrderId {
        match self {
            Self::Submit { id, .. } | Self::Replace { id, .. } | Self::Cancel { id } => *id,
        }
    }
    /// Cancels go before all that waits.
    pub const fn is_cancel(&self) -> bool {
        match self {
            Self::Cancel { .. } => true,
            Self::Submit { .. } | Self::Replace { .. } => false,
        }
    }
}

/// An open order as it stands at the venue, for whoever has to know it again after a restart.
pub fn standing(state: &State, order: &Order) -> Option<Effect> {
    let account = state.customer.account(order.terms.account).ok()?.number.clone();
    Some(Effect::Submit { id: order.id, account, terms: order.terms.clone(), tied: Tied::of(order, false) })
}

/// `state` already holds the event.
pub fn of(state: &State, event: &Event) -> Option<Effect> {
    let Event::Order(event) = event else {
        return None;
    };
    let number = |terms: &Terms| state.customer.account(terms.account).map(|account| account.number.clone()).ok();
    let submit = |id: OrderId, terms: &Terms| {
        let tied = state.book.orders.get(&id).map(|order| Tied::of(order, terms.ties.parked)).unwrap_or_default();
        Some(Effect::Submit { id, account: number(terms)?, terms: terms.clone(), tied })
    };
    match event {
        working::Event::Admitted { ask: working::Ask { id, terms, .. }, .. } if !terms.ties.parked => {
            submit(*id, terms)
        }
        working::Event::Admitted { .. } => None,
        working::Event::Released { id } => submit(*id, &state.book.orders.get(id)?.terms),
        working::Event::ReplaceAdmitted { id, terms, .. } => {
            let tied = state.book.orders.get(id).map(|order| Tied::of(order, false)).unwrap_or_default();
            Some(Effect::Replace { id: *id, account: number(terms)?, terms: terms.clone(), tied })
        }
        working::Event::CancelRequested { id } => Some(Effect::Cancel { id: *id }),
        working::Event::Held { .. }
        | working::Event::Refused { .. }
        | working::Event::Declined { .. }
        | working::Event::ReplaceRefused { .. }
        | working::Event::Acknowledged { .. }
        | working::Event::Replaced { .. }
        | working::Event::ReplaceRejected { .. }
        | working::Event::CancelRejected { .. }
        | working::Event::Filled { .. }
        | working::Event::Commissioned { .. }
        | working::Event::Ended { .. }
        | working::Event::MarkedUnknown { .. }
        | working::Event::PositionTold { .. } => None,
    }
}
