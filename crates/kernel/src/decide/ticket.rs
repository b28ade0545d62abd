//! Decisions on a person's own orders: placed at their ticket, guarded like a program's.

use crate::actor::Actor;
use crate::api_credential::ApiCredential;
use crate::approval::{self, Approval};
use crate::bounds::Bounds;
use crate::command::Command;
use crate::decide::place::{Trader, new_order};
use crate::decide::question::{Asking, Who, question};
use crate::decide::top;
use crate::event::Event;
use crate::given::Given;
use crate::guard;
use crate::id::{ApprovalId, CredentialId, DeviceId, FormId, UserId};
use crate::meter::Meter;
use crate::order::{ClientRef, Terms};
use crate::people;
use crate::refusal::Refusal;
use crate::standing::Row;
use crate::state::State;
use crate::ticket::{CloseOnly, close_only, open, order_id};
use crate::time::Timestamp;
use crate::working::Ask;
use crate::{ticket, working};
use alloc::vec::Vec;

/// Orders of a ticket are counted by it; the number is for people, and chosen here.
const CLIENT: i32 = 0;

/// The record and its holder, where this is a person's ticket.
pub(super) fn of(state: &State, id: CredentialId) -> Option<(&ApiCredential, UserId)> {
    let record = state.customer.credential(id).ok()?;
    record.holder.map(|holder| (record, holder))
}

/// Where a person asks, and whether only to close.
pub(super) struct Asked {
    on: Option<DeviceId>,
    closes: bool,
}

impl Asked {
    pub const fn of(approval: &Approval) -> Self {
        Self { on: approval.asked_on, closes: approval.closes }
    }
}

/// Whoever holds it may place, on every account. A device that is not trusted any more asks for nothing.
pub(super) fn trader<'a>(
    state: &'a State,
    (record, holder): (&'a ApiCredential, UserId),
    asked: &Asked,
    terms: &Terms,
    given: &Given,
) -> Result<Trader<'a>, Refusal> {
    let people = &state.customer.people;
    let role = people.user(holder).map(|user| user.role).ok_or(people::Refusal::NotProven)?;
    if !role.may_place() {
        return Err(people::Refusal::RoleMissing { role }.into());
    }
    if let Some(device) = asked.on {
        let trusted = people.device(device).and_then(|device| device.trusted(given.now));
        trusted.map_err(people::Refusal::from)?;
    }
    let account = state.customer.account(terms.account)?;
    terms.check()?;
    let close_only = close_only(record, given.now).or(asked.closes.then_some(CloseOnly::Asked));
    let ticket = Some(guard::Ticket { close_only });
    Ok(Trader { credential: record, account, ticket, asked_on: asked.on, closes: asked.closes })
}

/// An order of the ticket that whoever asks holds, and of no other.
pub(super) fn place(
    state: &State,
    actor: &Actor,
    (form, closes): (FormId, bool),
    terms: &Terms,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotYours) };
    let record = state.customer.ticket(user).ok_or(ticket::Refusal::NotOpen)?;
    let ask = ask(state, record.id, form, terms);
    state.book.sent.fresh(form, ask.id, given.now)?;
    let device = state.customer.people.signed_in(session, given.now)?.device.id;
    let trader = trader(state, (record, user), &Asked { on: Some(device), closes }, terms, given)?;
    new_order(state, &trader, ask, None, given)
}

fn ask(state: &State, ticket: CredentialId, form: FormId, terms: &Terms) -> Ask {
    let next = state.book.highest_reference(ticket, CLIENT).saturating_add(1);
    let client_ref = ClientRef { client_id: CLIENT, order_id: next };
    Ask { id: order_id(ticket, form), credential: ticket, client_ref, terms: terms.clone() }
}

/// What to record of a no: whoever may place was refused this order, and its form sends no other.
pub(super) fn refused(
    state: &State,
    actor: &Actor,
    command: &Command,
    refusal: &Refusal,
    given: &Given,
) -> Option<Event> {
    let (Command::PlaceAtTicket { form, terms, .. }, Actor::User { user, .. }) = (command, actor) else { return None };
    super::allowed(state, actor, command, given.now).ok()?;
    if matches!(refusal, Refusal::Ticket(_)) {
        return None;
    }
    let ask = ask(state, state.customer.ticket(*user)?.id, *form, terms);
    Some(Event::Order(working::Event::Refused { ask, reason: refusal.reason() }))
}

/// What a person asks for on one device is granted on another; a no takes only risk away, and is said anywhere.
pub(super) fn elsewhere(state: &State, actor: &Actor, approval: &Approval, now: Timestamp) -> Result<(), Refusal> {
    let (Actor::User { session, .. }, Some(asked_on)) = (actor, approval.asked_on) else { return Ok(()) };
    let device = state.customer.people.signed_in(*session, now)?.device;
    Ok(approval::elsewhere(asked_on, approval.asked_at, device)?)
}

/// Whether `actor` may grant this one at all, by who asked and where: for pages that say why it is locked.
pub fn may_grant(state: &State, actor: &Actor, id: ApprovalId, now: Timestamp) -> Result<(), Refusal> {
    let approval = approval::answerable(&state.book.pending, id, *actor, now)?;
    elsewhere(state, actor, approval, now)?;
    match actor {
        Actor::User { session, .. } => top::may(state, approval, &state.customer.people.signed_in(*session, now)?, now),
        Actor::Local { .. } | Actor::Credential(_) | Actor::Visitor | Actor::Venue | Actor::House => Ok(()),
    }
}

/// What the guard would say of this order now; nothing is decided. Of whoever has not opened a ticket yet as of one
/// that was just opened.
pub fn preview(
    state: &State,
    user: UserId,
    (terms, closes): (&Terms, bool),
    given: &Given,
) -> Result<guard::Verdict, Refusal> {
    if given.venue_lost {
        return Err(Refusal::Order(crate::refusal::Order::VenueLost));
    }
    let fresh;
    let record = match state.customer.ticket(user) {
        Some(record) => record,
        None => {
            fresh = open(CredentialId::new(0, 0), user, given.now);
            &fresh
        }
    };
    let Trader { ticket, .. } = trader(state, (record, user), &Asked { on: None, closes }, terms, given)?;
    let row = Row { id: record.id, bounds: Bounds::of_credential(record), meter: Meter::NEW, quiet: None };
    let known = state.standing.credentials.get(record.id);
    let credential = known.unwrap_or(&row);
    let account = Some(state.standing.accounts.get(terms.account).ok_or(crate::account::Refusal::NotFound)?);
    let (market, now) = (&given.market, given.now);
    let (replaces, changes, approved) = (None, None, false);
    let (group, closes_parent) = (None, false);
    let who = Who { credential, account };
    let asking = Asking { terms, replaces, changes, approved, ticket, group, closes_parent, market, now };
    Ok(guard::decide(&question(state, &who, &asking, &mut None))?)
}
