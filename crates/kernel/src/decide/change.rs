//! Decisions on changes that widen authority: what is asked for, who may sign it where, and what a signature does.

use super::{authority, invitation, push, signed};
use crate::account::Environment;
use crate::actor::Actor;
use crate::api_credential;
use crate::approval;
use crate::authenticator::Authenticator;
use crate::change::{self, Asked, Change};
use crate::command::Command;
use crate::customer::{Customer, over_restricted, over_stated};
use crate::digest::Digest;
use crate::event::Event;
use crate::given::Given;
use crate::id::{AccountId, ApprovalId, AuthenticatorId, CredentialId, SessionId, UserId};
use crate::kill_switch::Level;
use crate::people::{self, Signed};
use crate::refusal::Refusal;
use crate::signature::Signature;
use crate::state::State;
use crate::ticket::Stated;
use crate::time::Timestamp;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// The change that a command comes to which takes a signature, over what was read or stands now. `None` for one that takes none,
/// or that no signature allows.
pub fn change_of(state: &State, command: &Command) -> Option<Change> {
    let customer = &state.customer;
    match command {
        Command::Release { level } => Some(Change::Release { level: *level }),
        Command::SetAccountLimits { id, limits, read } => {
            let stated = customer.account(*id).ok()?.limits;
            let over = read.unwrap_or_else(|| stated.digest());
            let change = Change::AccountLimits { id: *id, limits: *limits, over };
            (!limits.no_wider_than(&stated)).then_some(change)
        }
        Command::SetRestricted { id, restricted } => {
            let old = &customer.account(*id).ok()?.restricted;
            let change = Change::Restricted { id: *id, restricted: restricted.clone(), over: over_restricted(old) };
            (!old.iter().all(|one| restricted.contains(one))).then_some(change)
        }
        Command::SetCredentialLimits { id, limits, read } => {
            let stated = customer.credential(*id).ok()?.limits;
            let over = read.unwrap_or_else(|| stated.digest());
            let change = Change::CredentialLimits { id: *id, limits: *limits, over };
            (!limits.no_wider_than(&stated)).then_some(change)
        }
        Command::SetTicket { id, stated, read } => of_ticket(customer, *id, stated, *read),
        Command::ResumeCredential { id } => Some(Change::Resume { id: *id }),
        Command::CreateCredential(new) if any_live(customer, &new.accounts) => {
            Some(Change::Credential(Box::new(new.clone())))
        }
        // Alone an owner could otherwise put out everybody who would see what they do next.
        Command::People(people::Command::RemoveUser { id }) => {
            customer.people.user(*id).filter(|one| one.role.may_move()).map(|one| Change::RemoveOwner { id: one.id })
        }
        Command::CreateCredential(_)
        | Command::OpenCustomer { .. }
        | Command::OpenAccount { .. }
        | Command::RotateCredential { .. }
        | Command::SuspendCredential { .. }
        | Command::RevokeCredential { .. }
        | Command::UseCredential { .. }
        | Command::Rearm { .. }
        | Command::Engage { .. }
        | Command::Place { .. }
        | Command::OpenTicket
        | Command::PlaceAtTicket { .. }
        | Command::Decline { .. }
        | Command::Cancel { .. }
        | Command::CancelAll
        | Command::CancelOrder { .. }
        | Command::Answer { .. }
        | Command::Grant { .. }
        | Command::AskChange(_)
        | Command::SignChange { .. }
        | Command::MissSignature { .. }
        | Command::OpenIncident { .. }
        | Command::CloseIncident { .. }
        | Command::Mark { .. }
        | Command::Silence { .. }
        | Command::TellExpiries
        | Command::Restore(_)
        | Command::Watch
        | Command::AnswerAlert { .. }
        | Command::People(_)
        | Command::Expire
        | Command::Enforce { .. }
        | Command::Disconnected { .. }
        | Command::Connection(_)
        | Command::Report(_) => None,
    }
}

fn of_ticket(customer: &Customer, id: CredentialId, stated: &Stated, read: Option<Digest>) -> Option<Change> {
    let old = Stated::of(customer.credential(id).ok()?);
    let (stated, over) = (Box::new(stated.clone()), read.unwrap_or_else(|| over_stated(&old)));
    (!stated.no_wider_than(&old)).then_some(Change::Ticket { id, stated, over })
}

fn any_live(customer: &Customer, accounts: &[AccountId]) -> bool {
    let live = |id: &AccountId| customer.account(*id).is_ok_and(|one| one.environment == Environment::Live);
    accounts.iter().any(live)
}

/// Whether real money is behind it: then whoever asked signs it on another device.
fn is_live(customer: &Customer, change: &Change) -> bool {
    let of_credential = |id: CredentialId| match customer.credential(id) {
        // A ticket trades on every account.
        Ok(one) if one.holder.is_some() => customer.is_live(),
        Ok(one) => any_live(customer, &one.accounts),
        Err(_) => false,
    };
    match change {
        // A release has a rule of its own: below the customer at once, above it an hour and a second authenticator.
        // So has push, which is one's own.
        Change::Release { .. } | Change::Push { .. } => false,
        Change::AccountLimits { id, .. } | Change::Restricted { id, .. } => any_live(customer, &[*id]),
        Change::CredentialLimits { id, .. } | Change::Ticket { id, .. } | Change::Resume { id } => of_credential(*id),
        Change::Credential(new) => any_live(customer, &new.accounts),
        // Whoever comes in sees every account, and may answer for it; so did whoever goes.
        Change::Invite { .. } | Change::RemoveOwner { .. } => customer.is_live(),
    }
}

/// What it does, over what it was asked over; why not, where something moved meanwhile.
fn carried_out(state: &State, change: &Change, asked_by: UserId, given: &Given) -> Result<Vec<Event>, Refusal> {
    if !state.customer.stands(change) {
        return Err(Refusal::ChangedMeanwhile);
    }
    let done = match change {
        Change::RemoveOwner { id } => return Ok(invitation::remove_owner(state, *id)?),
        Change::Release { level } => authority::release(state, *level),
        Change::AccountLimits { id, limits, .. } => authority::set_account_limits(state, *id, *limits, None),
        Change::Restricted { id, restricted, .. } => authority::set_restricted(state, *id, restricted),
        Change::CredentialLimits { id, limits, .. } => authority::set_limits(state, *id, *limits, None),
        Change::Ticket { id, stated, .. } => authority::set_ticket(state, *id, (stated, None), given),
        Change::Resume { id } => {
            let one = state.customer.credential(*id)?;
            let rests = one.state != api_credential::State::Active || one.dormant(given.now);
            if rests { authority::resume(state, *id) } else { Err(Refusal::ChangedMeanwhile) }
        }
        Change::Credential(new) => authority::create(state, new, given),
        Change::Push { device, sha256, host } => {
            let people = &state.customer.people;
            push::named(host)?;
            Ok(push::turned_on(people.device(*device).map_err(people::Refusal::from)?, *sha256, given.now)?)
        }
        Change::Invite { role, label } => {
            Ok(invitation::made(&state.customer.people, (*role, label), asked_by, given)?)
        }
    };
    Ok(vec![done?])
}

pub(super) fn ask(state: &State, actor: &Actor, change: &Change, given: &Given) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotYours) };
    let signed = whose(state, session, change, given.now)?;
    // What cannot be done is not asked about.
    carried_out(state, change, user, given)?;
    let waiting = |asked: &Asked| given.now < asked.expires_at;
    let all = state.customer.changes.iter().filter(|(_, asked)| waiting(asked));
    let (same, other): (Vec<_>, Vec<_>) = all.partition(|(_, asked)| asked.change.same_subject(change));
    // One question about one thing, and two of one person: the ones before are void.
    let own: Vec<ApprovalId> = other.iter().filter(|(_, asked)| asked.user == user).map(|(id, _)| **id).collect();
    let oldest = own.iter().take((own.len() + 1).saturating_sub(change::MAX_PENDING_PER_USER)).copied();
    let void: Vec<ApprovalId> = same.iter().map(|(id, _)| **id).chain(oldest).collect();
    // What is one's own keeps nobody else from asking.
    let kept = |(id, asked): &&(&ApprovalId, &Asked)| !void.contains(id) && !asked.change.is_ones_own();
    if !change.is_ones_own() && other.iter().filter(kept).count() >= change::MAX_PENDING {
        return Err(change::Refusal::TooManyPending.into());
    }
    let [first, second] = given.dice;
    let asked = Asked {
        change: change.clone(),
        nonce: Digest::of(&[b"portreeve/nonce/v1", &first.to_be_bytes(), &second.to_be_bytes()]),
        user,
        session,
        device: Some(signed.device.id),
        asked_at: given.now,
        expires_at: given.now.plus_ms(change::LIFETIME_MS),
        missed: 0,
    };
    let mut events: Vec<Event> = void.into_iter().flat_map(drop).collect();
    events.push(Event::Change(change::Event::Asked { id: ApprovalId::new(given.now.0, second), asked }));
    Ok(events)
}

fn owner(state: &State, session: SessionId, now: Timestamp) -> Result<Signed<'_>, Refusal> {
    let signed = state.customer.people.signed_in(session, now)?;
    let role = signed.user.role;
    if role.may_move() { Ok(signed) } else { Err(people::Refusal::RoleMissing { role }.into()) }
}

/// Whoever may ask for it and sign it: an owner, or where it is one's own, that one.
fn whose<'a>(state: &'a State, session: SessionId, change: &Change, now: Timestamp) -> Result<Signed<'a>, Refusal> {
    if let Change::Push { device, .. } = change {
        return Ok(push::own(&state.customer.people, session, *device, now)?);
    }
    owner(state, session, now)
}

/// The same of a signature, on a device that is old enough for what it does.
fn signer<'a>(state: &'a State, session: SessionId, change: &Change, now: Timestamp) -> Result<Signed<'a>, Refusal> {
    let signed = whose(state, session, change, now)?;
    if !change.is_ones_own() {
        signed.device.may_move(now).map_err(people::Refusal::from)?;
    }
    Ok(signed)
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

pub(super) fn drop(id: ApprovalId) -> Vec<Event> {
    vec![Event::Change(change::Event::Dropped { id })]
}

pub(super) fn missed(state: &State, actor: &Actor, id: ApprovalId, given: &Given) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotYours) };
    state.customer.people.signed_in(session, given.now)?;
    let asked = change::signable(&state.customer.changes, id, given.now)?;
    whose(state, session, &asked.change, given.now)?;
    let mut events = vec![Event::Change(change::Event::Missed { id, user })];
    if asked.missed.saturating_add(1) >= approval::MOST_MISSED {
        events.extend(drop(id));
    }
    Ok(events)
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
    people.signed_in(session, given.now)?;
    let asked = change::signable(&state.customer.changes, id, given.now)?;
    let signed = signer(state, session, &asked.change, given.now)?;
    may_sign_here(state, asked, &signed)?;
    let known = signed::check(people, user, signature, (&asked.change.digest(), &asked.nonce), given.now)?;
    let done = carried_out(state, &asked.change, asked.user, given)?;
    if let Change::Release { level } = asked.change
        && asked.change.takes_two()
        && user == asked.user
    {
        alone(state, signed.session.authenticator, level, known, given)?;
    }
    let (change, shown) = (asked.change.clone(), signature.shown.clone());
    let mut events = signed::used(known, signature, given.now);
    events.push(Event::Change(change::Event::Signed { id, change, user, shown }));
    // Of whoever is removed the question goes too, unless it is this one.
    events.extend(done.into_iter().filter(|one| *one != Event::Change(change::Event::Dropped { id })));
    Ok(events)
}

/// Of live money: by another person, or on another device than it was asked on that was trusted before it was asked.
fn may_sign_here(state: &State, asked: &Asked, signed: &Signed<'_>) -> Result<(), Refusal> {
    if asked.user != signed.user.id || !is_live(&state.customer, &asked.change) {
        return Ok(());
    }
    match asked.device {
        Some(device) => Ok(approval::elsewhere(device, asked.asked_at, signed.device)?),
        None => Err(approval::Refusal::OtherDevice.into()),
    }
}

/// Whether whoever asks may ask for a change at all. For pages that say so beforehand.
pub fn may_ask(state: &State, actor: &Actor, now: Timestamp) -> Result<(), Refusal> {
    let Actor::User { session, .. } = *actor else { return Err(Refusal::NotYours) };
    owner(state, session, now).map(|_| ())
}

/// Whether whoever asks may sign it here, were the signature good. For pages that say so beforehand.
pub fn may_sign(state: &State, actor: &Actor, id: ApprovalId, now: Timestamp) -> Result<(), Refusal> {
    let Actor::User { session, .. } = *actor else { return Err(Refusal::NotYours) };
    let asked = change::signable(&state.customer.changes, id, now)?;
    let signed = signer(state, session, &asked.change, now)?;
    may_sign_here(state, asked, &signed)
}

fn since(state: &State, level: Level) -> Option<Timestamp> {
    let engaged = match level {
        Level::Firm => &state.firm.kills,
        Level::Credential(_) | Level::Account(_) | Level::Customer => &state.customer.kills,
    };
    engaged.iter().find(|one| one.level == level).map(|one| one.at)
}

/// From when on whoever has asked for a change may sign it alone, where that is not at once. For pages that say so.
pub fn alone_from(state: &State, change: &Change) -> Option<Timestamp> {
    let Change::Release { level } = change else { return None };
    since(state, *level).filter(|_| change.takes_two()).map(|at| at.plus_ms(change::ALONE_AFTER_MS))
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
