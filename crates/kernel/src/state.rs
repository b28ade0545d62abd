//! State: the fold of a customer's streams and the firm's.

use crate::book::{self, Book};
use crate::customer::{self, Customer};
use crate::event::{Aggregate, Event, Recorded};
use crate::firm::{self, Firm};
use crate::{account, api_credential, approval, kill_switch, meter};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub customer: Customer,
    pub book: Book,
    pub firm: Firm,
}

/// Writes, never judges.
pub fn apply(state: &mut State, recorded: &Recorded) {
    match &recorded.event {
        Event::Customer(event) => customer::apply(&mut state.customer, event),
        Event::Account(event) => account::apply(&mut state.customer.accounts, event),
        Event::Credential(event) => api_credential::apply(&mut state.customer.credentials, event),
        Event::KillSwitch(event) => match recorded.event.aggregate() {
            Aggregate::Firm => firm::apply(&mut state.firm, event),
            Aggregate::Customer | Aggregate::Book => kill_switch::apply(&mut state.customer.kills, event),
        },
        Event::Approval(event) => approval::apply(&mut state.book.pending, event),
        Event::Order(event) => book::apply(&mut state.book, event, recorded.at),
        Event::Meter(meter::Event::Rearmed { credential }) => {
            if let Some(meter) = state.book.by_credential.get_mut(credential) {
                meter.rearm();
            }
        }
        // For whoever reads the journal: no decision looks back at it.
        Event::Connection(_) => {}
    }
}
