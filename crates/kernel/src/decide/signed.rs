//! Decisions that rest on a person's signature: held orders, and what releases a kill switch.

use crate::actor::Actor;
use crate::approval::{self, Verdict};
use crate::authenticator::{self, Authenticator};
use crate::change::{self, Asked, Change};
use crate::command::Command;
use crate::decide::place;
use crate::digest::Digest;
use crate::event::Event;
use crate::evidence::Proof;
use crate::given::Given;
use crate::id::{ApprovalId, AuthenticatorId, UserId};
use crate::kill_switch::{self, Level};
use crate::people::{self, People};
use crate::refusal::Refusal;
use crate::signature::{self, Signature};
use crate::state::State;
use crate::time::Timestamp;
use alloc::vec;
use alloc::vec::Vec;

/// Whether `user` has signed this request; says with which authenticator.
pub(super) fn check<'a>(
    people: &'a People,
    user: UserId,
    signature: &Signature,
    (request, nonce): (&Digest, &Digest),
    now: Timestamp,
) -> Result<&'a Authenticator, people::Refusal> {
    let known = people.authenticator(signature.evidence.authenticator)?;
    if known.user != user {
        return Err(people::Refusal::NotProven);
    }
    let worth = known.check(&signature.evidence, now)?;
    let Proof::Assertion { challenge, .. } = signature.evidence.proof else {
        return Err(people::Refusal::FactorMissing);
    };
    if challenge != signature::challenge(request, &signature.shown.display, nonce) {
        return Err(authenticator::Refusal::WrongChallenge.into());
    }
    // A key that was perhaps copied signs nothing (WA-09).
    if worth.suspect { Err(authenticator::Refusal::EvidenceStale.into()) } else { Ok(known) }
}

/// What to record of a signature or a step-up that was not taken because the key was perhaps copied (WA-09).
pub(super) fn copied(state: &State, actor: &Actor, command: &Command, now: Timestamp) -> Option<Event> {
    let Actor::User { user, session } = *actor else { return None };
    let people = &state.customer.people;
    people.living(session, now).ok().filter(|signed| signed.user.id == user)?;
    let shown = if let Command::Grant { signature, .. }
    | Command::SignChange { signature, .. }
    | Command::People(people::Command::ConfirmDevice { by: people::Confirm::Tap(signature), .. }) =
        command
    {
        core::slice::from_ref(&signature.evidence)
    } else if let Command::People(people::Command::StepUp { evidence, .. }) = command {
        evidence.as_slice()
    } else {
        return None;
    };
    shown.iter().find_map(|evidence| {
        let known = people.authenticator(evidence.authenticator).ok().filter(|one| one.user == user)?;
        known.check(evidence, now).ok()?;
        Some(Event::People(people::Event::Authenticator(known.counted_back(evidence)?)))
    })
}

/// A held order: the signature is over its canonical form, the words that were shown, and the nonce.
pub(super) fn grant(
    state: &State,
    actor: &Actor,
    id: ApprovalId,
    signature: &Signature,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotYours) };
    let people = &state.customer.people;
    let role = people.signed_in(session, given.now)?.user.role;
    if !role.may_trade() {
        return Err(people::Refusal::RoleMissing { role }.into());
    }
    let approval = approval::answerable(&state.book.pending, id, *actor, given.now)?;
    let over = (&approval.request, &approval.nonce);
    let known = check(people, user, signature, over, given.now)?;
    let (authenticator, shown) = (known.id, signature.shown.clone());
    let mut events = used(known, signature, given.now);
    events.push(Event::Approval(approval::Event::Signed { id, user, authenticator, shown }));
    events.extend(place::answer(state, *actor, id, Verdict::Grant, given)?);
    Ok(events)
}

/// Its counter moves with every signature, or a copy of the key would not be noticed (WA-09).
fn used(known: &Authenticator, signature: &Signature, now: Timestamp) -> Vec<Event> {
    let used = known.used(&signature.evidence, now).into_iter();
    used.map(|event| Event::People(people::Event::Authenticator(event))).collect()
}

pub(super) fn ask_release(state: &State, actor: &Actor, level: Level, given: &Given) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotYours) };
    let role = state.customer.people.signed_in(session, given.now)?.user.role;
    if !role.may_move() {
        return Err(people::Refusal::RoleMissing { role }.into());
    }
    kill_switch::release(engaged(state, level), level)?;
    // One question about one switch: the one before is void.
    let change = Change::Release { level };
    let before = state.customer.changes.iter().filter(|(_, one)| one.change == change).map(|(id, _)| *id);
    let mut events: Vec<Event> = before.flat_map(drop).collect();
    let waiting = state.customer.changes.values().filter(|one| given.now < one.expires_at && one.change != change);
    if waiting.count() >= change::MAX_PENDING {
        return Err(change::Refusal::TooManyPending.into());
    }
    let [first, second] = given.dice;
    let asked = Asked {
        change,
        nonce: Digest::of(&[b"portreeve/nonce/v1", &first.to_be_bytes(), &second.to_be_bytes()]),
        user,
        session,
        asked_at: given.now,
        expires_at: given.now.plus_ms(change::LIFETIME_MS),
    };
    events.push(Event::Change(change::Event::Asked { id: ApprovalId::new(given.now.0, second), asked }));
    Ok(events)
}

/// A no to a change, by whoever may say one: it is not asked any more.
pub(super) fn answer(actor: &Actor, id: ApprovalId) -> Result<Vec<Event>, Refusal> {
    match actor {
        Actor::User { .. } | Actor::Local { .. } => Ok(drop(id)),
        Actor::Credential(_) | Actor::Visitor | Actor::Venue | Actor::House => {
            Err(approval::Refusal::OwnRequest.into())
        }
    }
}

fn drop(id: ApprovalId) -> Vec<Event> {
    vec![Event::Change(change::Event::Dropped { id })]
}

fn engaged(state: &State, level: Level) -> &[kill_switch::Engaged] {
    match level {
        Level::Firm => &state.firm.kills,
        Level::Credential(_) | Level::Account(_) | Level::Customer => &state.customer.kills,
    }
}

pub(super) fn sign(
    state: &State,
    actor: &Actor,
    id: ApprovalId,
    signature: &Signature,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotYours) };
    let people = &state.customer.people;
    let signed = people.signed_in(session, given.now)?;
    if !signed.user.role.may_move() {
        return Err(people::Refusal::RoleMissing { role: signed.user.role }.into());
    }
    signed.device.may_move(given.now).map_err(people::Refusal::from)?;
    let asked = change::signable(&state.customer.changes, id, given.now)?;
    let known = check(people, user, signature, (&asked.change.digest(), &asked.nonce), given.now)?;
    let Change::Release { level } = asked.change;
    let released = kill_switch::release(engaged(state, level), level)?;
    if asked.change.takes_two() && user == asked.user {
        alone(state, signed.session.authenticator, level, known, given)?;
    }
    let shown = signature.shown.clone();
    let signed = Event::Change(change::Event::Signed { id, change: asked.change, user, shown });
    let mut events = used(known, signature, given.now);
    events.extend([signed, Event::KillSwitch(released)]);
    Ok(events)
}

fn since(state: &State, level: Level) -> Option<Timestamp> {
    engaged(state, level).iter().find(|one| one.level == level).map(|one| one.at)
}

/// From when on whoever has asked for a change may sign it alone, where that is not at once. For pages that say so.
pub fn alone_from(state: &State, change: Change) -> Option<Timestamp> {
    let Change::Release { level } = change;
    since(state, level).filter(|_| change.takes_two()).map(|at| at.plus_ms(change::ALONE_AFTER_MS))
}

/// Nobody else has asked: what stops everything stays on for an hour, and takes a second authenticator.
fn alone(
    state: &State,
    signed_in_with: AuthenticatorId,
    level: Level,
    signed_with: &Authenticator,
    given: &Given,
) -> Result<(), Refusal> {
    let since = since(state, level);
    // One that was bound a moment ago is no second one.
    let at = since.unwrap_or(given.now).max(signed_with.bound_at).plus_ms(change::ALONE_AFTER_MS);
    if given.now < at {
        return Err(change::Refusal::AloneTooSoon { at }.into());
    }
    if signed_with.id == signed_in_with {
        return Err(change::Refusal::SecondAuthenticator.into());
    }
    Ok(())
}
