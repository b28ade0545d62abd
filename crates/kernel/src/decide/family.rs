//! Families: a parent that waits here for its children, when they are whole, and what ends with what.

use crate::api_credential::ApiCredential;
use crate::event::Event;
use crate::given::Given;
use crate::group;
use crate::order::{Side, Terms};
use crate::refusal::{Family, Refusal};
use crate::resting::PARKED_MS;
use crate::state::State;
use crate::time::Timestamp;
use crate::working::{self, Ended, Order, Status};
use alloc::string::String;
use alloc::vec::Vec;

/// The parent that a new order names: parked here, with nothing refused of its family, and such that the order can
/// only close what it opens. `None` for an order that names none.
pub(super) fn parent<'a>(
    state: &'a State,
    credential: &ApiCredential,
    client_id: i32,
    terms: &Terms,
    given: &Given,
) -> Result<Option<&'a Order>, Refusal> {
    let Some(number) = terms.ties.parent else { return Ok(None) };
    if terms.ties.group.is_some() {
        return Err(Family::GroupOfItsOwn.into());
    }
    let client_ref = crate::order::ClientRef { client_id, order_id: number };
    let waits =
        |order: &&Order| order.status == Status::Parked && order.parent().is_none() && !is_over(order, given.now);
    let parent = state.book.own(credential.id, client_ref).filter(waits).ok_or(Family::ParentNotWaiting)?;
    if parent.broken {
        return Err(Family::Broken.into());
    }
    if closes(state, credential, parent, terms) { Ok(Some(parent)) } else { Err(Family::DoesNotClose.into()) }
}

pub(super) fn is_over(order: &Order, now: Timestamp) -> bool {
    now >= order.since.plus_ms(PARKED_MS)
}

/// The other side of the same, no more of it, and its parent opens or adds: then both together leave the position
/// between where it is and where the parent alone would take it.
fn closes(state: &State, credential: &ApiCredential, parent: &Order, terms: &Terms) -> bool {
    let opened = &parent.terms;
    let same = opened.account == terms.account && opened.instrument == terms.instrument;
    let (part, net) = state.book.position(terms.account, terms.instrument.contract_id, credential.id);
    let own = if credential.allowances.close_any { net } else { part };
    let adds = match opened.side {
        Side::Buy => !own.is_negative() && !net.is_negative(),
        Side::Sell => !own.is_positive() && !net.is_positive(),
    };
    same && adds && opened.side == terms.side.opposite() && terms.order_qty <= opened.order_qty
}

/// Whether a change leaves the family what it was: no child larger than its parent.
pub(super) fn fits(state: &State, order: &Order, terms: &Terms) -> bool {
    let groups = &state.book.groups;
    let as_child = order.parent().is_none_or(|parent| {
        let bound = group::shared(groups, order).map(|(_, group)| group.bound(state.book.orders.get(&parent)));
        bound.is_some_and(|bound| terms.order_qty <= bound)
    });
    let children = groups.get(&crate::ties::Key::Family(order.id));
    let as_parent = children.is_none_or(|children| {
        let largest = children.members(&state.book.orders).map(|child| {
            child.replacing.as_ref().map_or(child.terms.order_qty, |new| new.terms.order_qty.max(child.terms.order_qty))
        });
        largest.max().is_none_or(|largest| largest <= terms.order_qty)
    });
    as_child && as_parent
}

/// The last part has come: all of it is sent, the parent first.
pub(super) fn released(state: &State, parent: &Order) -> Vec<Event> {
    let waiting = parked_children(state, parent);
    let released = core::iter::once(parent).chain(waiting);
    released.map(|order| Event::Order(working::Event::Released { id: order.id })).collect()
}

pub(super) fn parked_children<'a>(state: &'a State, parent: &Order) -> impl Iterator<Item = &'a Order> {
    let id = parent.id;
    let its = move |order: &&Order| order.parent() == Some(id) && order.status == Status::Parked;
    state.book.orders.values().filter(its)
}

/// Those that have waited too long, each with what is parked behind it.
pub(super) fn overdue(state: &State, now: Timestamp) -> Vec<Event> {
    let over = |order: &Order| order.status == Status::Parked && is_over(order, now);
    let parked = |parent| state.book.orders.get(&parent).is_some_and(over);
    let orders = state.book.orders.values();
    let due =
        orders.filter(|order| over(order) || order.status == Status::Parked && order.parent().is_some_and(parked));
    due.map(|order| Event::Order(working::Event::Ended { id: order.id, how: Ended::Incomplete, text: String::new() }))
        .collect()
}
