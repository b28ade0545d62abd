//! Decisions that only take away: cancels, expiries, and carrying out kill switches. No limit blocks them.

use crate::actor::Actor;
use crate::approval::{self, Verdict};
use crate::decide::family;
use crate::event::Event;
use crate::given::Given;
use crate::id::{ApprovalId, CredentialId, OrderId};
use crate::kill_switch::{self, Resting};
use crate::order::ClientRef;
use crate::reason::Reason;
use crate::refusal::{self, Refusal};
use crate::resting;
use crate::scope::Scope;
use crate::state::State;
use crate::time::Timestamp;
use crate::working::{self, Ended, Order, Status};
use alloc::string::String;
use alloc::vec::Vec;

fn ended(id: OrderId, how: Ended) -> Event {
    Event::Order(working::Event::Ended { id, how, text: String::new() })
}

fn settled(id: ApprovalId, verdict: Verdict) -> Event {
    Event::Approval(approval::Event::Settled { id, verdict, by: Actor::House })
}

/// A held order ends at once; one at the venue is asked back; one asked back already needs nothing more.
pub(super) fn cancel_one(order: &Order) -> Vec<Event> {
    match (order.status, order.cancel_requested) {
        (Status::Held, _) => {
            let voided = order.approval.map(|id| settled(id, Verdict::Void));
            voided.into_iter().chain([ended(order.id, Ended::Cancelled)]).collect()
        }
        // It was never sent.
        (Status::Parked, _) => [ended(order.id, Ended::Cancelled)].into(),
        (Status::Admitted | Status::Acknowledged | Status::Unknown, false) => {
            [Event::Order(working::Event::CancelRequested { id: order.id })].into()
        }
        (Status::Admitted | Status::Acknowledged | Status::Unknown, true) => Vec::new(),
    }
}

/// With a parent that was never sent end its children, which were not either; at the venue they end with it there.
fn cancel_with_children(state: &State, order: &Order) -> Vec<Event> {
    let children = family::parked_children(state, order).filter(|_| order.status == Status::Parked);
    children.chain([order]).flat_map(cancel_one).collect()
}

fn may_cancel(state: &State, actor: &Actor, given: &Given) -> Result<CredentialId, Refusal> {
    let Actor::Credential(id) = actor else {
        return Err(Refusal::NotYours);
    };
    state.customer.program(*id)?.may(Scope::OrderCancel, given.now)?;
    Ok(*id)
}

pub(super) fn cancel(
    state: &State,
    actor: &Actor,
    client_ref: ClientRef,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let credential = may_cancel(state, actor, given)?;
    let own = |order: &&Order| order.credential == credential && order.client_ref == client_ref;
    let order = state.book.orders.values().find(own).ok_or(Refusal::Order(refusal::Order::NotOpen))?;
    Ok(cancel_with_children(state, order))
}

/// Nothing to decide: the no is the door's, and this is its record.
pub(super) fn decline(
    state: &State,
    actor: &Actor,
    client_ref: ClientRef,
    reason: &Reason,
) -> Result<Vec<Event>, Refusal> {
    let Actor::Credential(credential) = *actor else { return Err(Refusal::NotYours) };
    state.customer.credential(credential)?;
    Ok([Event::Order(working::Event::Declined { credential, client_ref, reason: reason.clone() })].into())
}

pub(super) fn cancel_all(state: &State, actor: &Actor, given: &Given) -> Result<Vec<Event>, Refusal> {
    let credential = may_cancel(state, actor, given)?;
    let own = state.book.orders.values().filter(|order| order.credential == credential);
    Ok(own.flat_map(cancel_one).collect())
}

pub(super) fn cancel_order(state: &State, id: OrderId) -> Result<Vec<Event>, Refusal> {
    let order = state.book.orders.get(&id).ok_or(Refusal::Order(refusal::Order::NotOpen))?;
    Ok(cancel_with_children(state, order))
}

/// Time-out refuses.
pub(super) fn expire(state: &State, now: Timestamp) -> Vec<Event> {
    let due = state.book.pending.iter().filter(|(_, approval)| now >= approval.expires_at);
    let held =
        due.flat_map(|(id, approval)| [settled(*id, Verdict::TimeOut), ended(approval.order, Ended::ApprovalTimedOut)]);
    held.chain(family::overdue(state, now)).collect()
}

/// Idempotent: what is stopped and could increase risk is cancelled, what was never sent ends here.
pub(super) fn enforce(state: &State, voided: &[OrderId]) -> Vec<Event> {
    let stopped = |order: &Order| {
        // Each switch by itself: one that cancels all must not hide behind one that keeps.
        let engaged = state.customer.kills.iter().chain(&state.firm.kills);
        let mut on = engaged.filter_map(|switch| {
            kill_switch::stops(core::slice::from_ref(switch), order.credential, order.terms.account)
        });
        let Some(first) = on.next() else { return false };
        let all = first.resting == Resting::CancelAll || on.any(|switch| switch.resting == Resting::CancelAll);
        let closes_any = state.customer.credential(order.credential).is_ok_and(|c| c.allowances.close_any);
        // What was not sent yet is not sent.
        let waits = order.status == Status::Parked;
        all || waits || !resting::only_reduces(&state.book, order, closes_any)
    };
    let mut events = Vec::new();
    for order in state.book.orders.values() {
        if voided.contains(&order.id) && matches!(order.status, Status::Admitted | Status::Parked) {
            events.push(ended(order.id, Ended::Voided));
        } else if stopped(order) {
            events.extend(cancel_one(order));
        }
    }
    events
}

/// The crash of a node counts: then every client id of the credential is meant.
pub(super) fn disconnected(state: &State, credential: CredentialId, client_id: Option<i32>) -> Vec<Event> {
    let wanted = state.customer.credential(credential).is_ok_and(|credential| credential.cancel_on_disconnect);
    // Nobody is there any more to make a family whole.
    let left = |order: &&Order| {
        (wanted || order.status == Status::Parked)
            && order.credential == credential
            && client_id.is_none_or(|client_id| order.client_ref.client_id == client_id)
    };
    state.book.orders.values().filter(left).flat_map(cancel_one).collect()
}
