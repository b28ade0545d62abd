//! What a program's silence cancels: its open orders that could add risk, and nothing else of anybody.

use super::restrict::cancel_one;
use crate::customer::Customer;
use crate::dead_man::{self, Reached, is_over, shortest};
use crate::event::Event;
use crate::id::CredentialId;
use crate::resting;
use crate::state::State;
use crate::working::{Order, Status};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// The client ids whose open orders rest on signs of life.
pub fn minded(state: &State) -> BTreeSet<(CredentialId, i32)> {
    let customer = &state.customer;
    let stated = customer.programs().any(|one| one.limits.dead_man_seconds.is_some())
        || customer.accounts.iter().any(|one| one.limits.dead_man_seconds.is_some());
    if !stated {
        return BTreeSet::new();
    }
    let timed = state.book.orders.values().filter(|order| seconds(customer, order).is_some());
    timed.map(|order| (order.credential, order.client_ref.client_id)).collect()
}

/// A person at a ticket sends no signs of life; whatever else became of an API credential, its timer goes on.
fn seconds(customer: &Customer, order: &Order) -> Option<u32> {
    let credential = customer.program(order.credential).ok()?;
    let account = customer.account(order.terms.account).ok().and_then(|one| one.limits.dead_man_seconds);
    shortest(credential.limits.dead_man_seconds, account)
}

/// The orders that a silence of so long ends, each with its timer.
fn left(
    state: &State,
    (credential, client_id): (CredentialId, i32),
    silent_ms: i64,
) -> impl Iterator<Item = (&Order, u32)> {
    let closes_any = state.customer.credential(credential).is_ok_and(|one| one.allowances.close_any);
    let own = move |order: &&Order| order.credential == credential && order.client_ref.client_id == client_id;
    let timed = state.book.orders.values().filter(own).filter(|order| !order.cancel_requested);
    let timed = timed.filter_map(|order| Some((order, seconds(&state.customer, order)?)));
    timed.filter(move |(order, seconds)| {
        let adds = order.status == Status::Parked || !resting::only_reduces(&state.book, order, closes_any);
        is_over(*seconds, silent_ms) && adds
    })
}

/// What is to be recorded of a silence of so long, if anything is to go.
pub fn silence_due(state: &State, whose: (CredentialId, i32), silent_ms: i64) -> Option<Reached> {
    let shortest = left(state, whose, silent_ms).map(|(_, seconds)| seconds).min()?;
    let orders = u32::try_from(left(state, whose, silent_ms).count()).unwrap_or(u32::MAX);
    Some(Reached { credential: whose.0, client_id: whose.1, silent_ms, seconds: shortest, orders })
}

/// The program may go on when it is back: what it places then is minded again.
pub(super) fn silence(state: &State, whose: (CredentialId, i32), silent_ms: i64) -> Vec<Event> {
    let Some(reached) = silence_due(state, whose, silent_ms) else { return Vec::new() };
    let told = Event::DeadMan(dead_man::Event::Reached(reached));
    let cancels = left(state, whose, silent_ms).flat_map(|(order, _)| cancel_one(order));
    core::iter::once(told).chain(cancels).collect()
}
