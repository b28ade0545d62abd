//! Signatures: whether one is good for what it is shown for, and the held orders that it grants.

use crate::actor::Actor;
use crate::approval::{self, Verdict};
use crate::authenticator::{self, Authenticator};
use crate::command::Command;
use crate::decide::place;
use crate::decide::top::{self, Weight};
use crate::digest::Digest;
use crate::event::Event;
use crate::evidence::Proof;
use crate::given::Given;
use crate::id::{ApprovalId, UserId};
use crate::people::{self, People};
use crate::refusal::Refusal;
use crate::signature::{self, Signature};
use crate::state::State;
use crate::time::Timestamp;
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
    } else if let Command::People(people::Command::StepUp { evidence: shown, .. })
    | Command::AnswerAlert { mine: true, shown, .. } = command
    {
        shown.as_slice()
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
    let signed_in = people.signed_in(session, given.now)?;
    let role = signed_in.user.role;
    if !role.may_trade() {
        return Err(people::Refusal::RoleMissing { role }.into());
    }
    let approval = approval::answerable(&state.book.pending, id, *actor, given.now)?;
    let over = (&approval.request, &approval.nonce);
    let known = check(people, user, signature, over, given.now)?;
    let weight = top::weight(state, approval, &signed_in, known, given.now)?;
    let (authenticator, shown, session) = (known.id, signature.shown.clone(), Some(session));
    let mut events = used(known, signature, given.now);
    events.push(Event::Approval(approval::Event::Signed { id, user, authenticator, shown, session }));
    if !approval.top || weight == Weight::Top {
        events.extend(place::answer(state, *actor, id, (Verdict::Grant, weight), given)?);
    }
    Ok(events)
}

/// What was brought as a signature for this order is none; after a few of them it is refused.
pub(super) fn missed(state: &State, actor: &Actor, id: ApprovalId, given: &Given) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotYours) };
    let role = state.customer.people.signed_in(session, given.now)?.user.role;
    if !role.may_trade() {
        return Err(people::Refusal::RoleMissing { role }.into());
    }
    let approval = approval::answerable(&state.book.pending, id, *actor, given.now)?;
    let mut events = alloc::vec![Event::Approval(approval::Event::Missed { id, user })];
    if approval.missed.saturating_add(1) >= approval::MOST_MISSED {
        events.extend(place::answer(state, *actor, id, (Verdict::Refuse, Weight::One), given)?);
    }
    Ok(events)
}

/// Its counter moves with every signature, or a copy of the key would not be noticed (WA-09).
pub(super) fn used(known: &Authenticator, signature: &Signature, now: Timestamp) -> Vec<Event> {
    let used = known.used(&signature.evidence, now).into_iter();
    used.map(|event| Event::People(people::Event::Authenticator(event))).collect()
}
