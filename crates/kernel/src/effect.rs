//! Effects: what an event makes the venue do; data, a pure function of the event.

use crate::event::Event;
use crate::id::OrderId;
use crate::order::Terms;
use crate::state::State;
use crate::working;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Written to the outbox in the event's own transaction, told to the venue once it is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Submit { id: OrderId, account: String, terms: Terms },
    Replace { id: OrderId, account: String, terms: Terms },
    Cancel { id: OrderId },
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

/// `state` already holds the event.
pub fn of(state: &State, event: &Event) -> Option<Effect> {
    let Event::Order(event) = event else {
        return None;
    };
    let number = |terms: &Terms| state.customer.account(terms.account).map(|account| account.number.clone()).ok();
    match event {
        working::Event::Admitted { ask, .. } => {
            Some(Effect::Submit { id: ask.id, account: number(&ask.terms)?, terms: ask.terms.clone() })
        }
        working::Event::ReplaceAdmitted { id, terms, .. } => {
            Some(Effect::Replace { id: *id, account: number(terms)?, terms: terms.clone() })
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
        | working::Event::MarkedUnknown { .. } => None,
    }
}
