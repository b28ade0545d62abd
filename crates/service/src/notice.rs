//! Notices: what became durable, told to the doors in the order of the journal.

use kernel::event::{Event, Recorded};
use kernel::id::{CustomerId, OrderId};
use kernel::state::State;
use kernel::working::{self, Order};

#[derive(Clone, Debug)]
pub struct Notice {
    pub customer: CustomerId,
    pub recorded: Recorded,
    /// The order it is about, as it stands after the event (or stood when it ended).
    pub order: Option<Order>,
}

pub fn order_id(event: &Event) -> Option<OrderId> {
    let Event::Order(event) = event else { return None };
    match event {
        working::Event::Held { ask, .. }
        | working::Event::Admitted { ask, .. }
        | working::Event::Refused { ask, .. } => Some(ask.id),
        working::Event::ReplaceAdmitted { id, .. }
        | working::Event::ReplaceRefused { id, .. }
        | working::Event::CancelRequested { id }
        | working::Event::Acknowledged { id, .. }
        | working::Event::Replaced { id }
        | working::Event::ReplaceRejected { id, .. }
        | working::Event::CancelRejected { id, .. }
        | working::Event::Ended { id, .. }
        | working::Event::MarkedUnknown { id } => Some(*id),
        working::Event::Filled { execution } => execution.order,
        working::Event::Commissioned { .. } | working::Event::Declined { .. } => None,
    }
}

/// The order after the event; an ended one is found in the day's record.
pub fn order_after(state: &State, event: &Event) -> Option<Order> {
    if let Event::Order(working::Event::Commissioned { commission }) = event {
        let known = state.book.day.executions.iter().rev().find(|e| e.execution.exec_id == commission.exec_id)?;
        return known.order.clone();
    }
    let id = order_id(event)?;
    let open = state.book.orders.get(&id);
    let ended = || state.book.day.ended.iter().rev().map(|(order, _)| order).find(|order| order.id == id);
    open.or_else(ended).cloned()
}
