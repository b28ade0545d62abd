//! Reports of the venue: facts. They are never refused; what is known already is not recorded twice.

use crate::command::Report;
use crate::event::Event;
use crate::state::State;
use crate::working::{self, Status};
use alloc::vec::Vec;

pub(super) fn report(state: &State, report: &Report) -> Vec<Event> {
    let orders = &state.book.orders;
    let event = match report {
        Report::Acknowledged { id, venue_ref } => orders
            .get(id)
            .filter(|order| order.status != Status::Acknowledged || order.venue_ref.as_ref() != Some(venue_ref))
            .map(|_| working::Event::Acknowledged { id: *id, venue_ref: venue_ref.clone() }),
        Report::Replaced { id } => {
            orders.get(id).filter(|order| order.replacing.is_some()).map(|_| working::Event::Replaced { id: *id })
        }
        Report::ReplaceRejected { id, text } => orders
            .get(id)
            .filter(|order| order.replacing.is_some())
            .map(|_| working::Event::ReplaceRejected { id: *id, text: text.clone() }),
        Report::CancelRejected { id, text } => {
            orders.get(id).map(|_| working::Event::CancelRejected { id: *id, text: text.clone() })
        }
        Report::Filled(execution) => (!state.book.knows_execution(&execution.exec_id))
            .then(|| working::Event::Filled { execution: execution.clone() }),
        Report::Commissioned(commission) => state
            .book
            .day
            .executions
            .iter()
            .any(|known| known.execution.exec_id == commission.exec_id && known.commission.is_none())
            .then(|| working::Event::Commissioned { commission: commission.clone() }),
        Report::Ended { id, how, text } => {
            orders.get(id).map(|_| working::Event::Ended { id: *id, how: *how, text: text.clone() })
        }
        Report::Unknown { id } => orders
            .get(id)
            .filter(|order| order.status == Status::Admitted)
            .map(|_| working::Event::MarkedUnknown { id: *id }),
    };
    event.map(Event::Order).into_iter().collect()
}
