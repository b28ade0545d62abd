//! Reports of the venue: facts. They are never refused; what is known already is not recorded twice.

use crate::book::Book;
use crate::command::Report;
use crate::event::Event;
use crate::money::Quantity;
use crate::state::State;
use crate::working::{self, Execution, Order, Status};
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
        // A fill of nothing, or of less, is none.
        Report::Filled(execution) => (execution.quantity.is_positive()
            && !state.book.knows_execution(&execution.exec_id))
        .then(|| working::Event::Filled { execution: attributed(&state.book, execution) }),
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
        Report::PositionTold { account, contract_id, net, was } => {
            let known = state.book.positions.get(&(*account, *contract_id)).map_or(Quantity::ZERO, |known| known.net);
            let (account, contract_id, net, was) = (*account, *contract_id, *net, *was);
            // What was looked at before has moved meanwhile: it is looked at again.
            (known == was && net != was && state.customer.account(account).is_ok())
                .then_some(working::Event::PositionTold { account, contract_id, net, was })
        }
    };
    event.map(Event::Order).into_iter().collect()
}

/// A fill that the order it names cannot have had is a fact all the same, and moves the position: but of that order
/// it says nothing, which stays open and charged until the venue ends it.
fn attributed(book: &Book, told: &Execution) -> Execution {
    let could_be = |order: &Order| {
        let terms = &order.terms;
        (terms.account, terms.instrument.contract_id, terms.side) == (told.account, told.contract_id, told.side)
            && told.quantity <= order.remaining()
    };
    let named = told.order.and_then(|id| book.order_of_day(id));
    let order = told.order.filter(|_| named.is_none_or(could_be));
    Execution { order, ..told.clone() }
}
