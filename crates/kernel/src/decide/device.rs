//! Decisions on devices, sessions and authenticators that are there: confirm, end, revoke, bind.

use crate::actor::Actor;
use crate::authenticator::{self, Kind};
use crate::decide::incident::stopped;
use crate::decide::person;
use crate::decide::signed;
use crate::device::{self, Code, Device, How};
use crate::digest::Digest;
use crate::event;
use crate::given::Given;
use crate::id::{AuthenticatorId, DeviceId, SessionId, UserId};
use crate::incident::{Suspect, Why};
use crate::people::{self, Confirm, Event, NewAuthenticator, People, Refusal};
use crate::session::{self, Ending};
use crate::state::State;
use crate::time::Timestamp;
use crate::user;
use crate::{api_credential, evidence::Proof};
use alloc::vec;
use alloc::vec::Vec;

/// What a tap on a confirmed device signs.
pub fn request(device: &Device) -> Digest {
    let (id, user) = (device.id.bits().to_be_bytes(), device.user.bits().to_be_bytes());
    Digest::of(&[b"portreeve/device/v1", &id, &user, device.label.as_bytes()])
}

pub(super) fn offer_code(people: &People, actor: &Actor, sha256: Digest, given: &Given) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotProven) };
    people.signed_in(session, given.now)?.device.may_vouch()?;
    let expires_at = given.now.plus_ms(device::CODE_LIFETIME_MS);
    Ok(vec![Event::Device(device::Event::CodeOffered(Code { user, sha256, expires_at }))])
}

pub(super) fn confirm(
    people: &People,
    actor: &Actor,
    id: DeviceId,
    by: &Confirm,
    replaces: Option<DeviceId>,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotProven) };
    let now = given.now;
    let asking = people.living(session, now)?;
    let device = people.device(id)?;
    if device.user != user {
        return Err(device::Refusal::NotFound.into());
    }
    if device.state != device::State::Pending {
        return Err(device::Refusal::NotFound.into());
    }
    let mut events = Vec::new();
    let how = match by {
        Confirm::Tap(signature) => {
            // Not by itself: on another one, that was confirmed before.
            let other = people.signed_in(session, now)?.device;
            other.may_vouch()?;
            let known = signed::check(people, user, signature, (&request(device), &device.sha256), now)?;
            events.extend(known.used(&signature.evidence, now).into_iter().map(Event::Authenticator));
            How::Tap { on: other.id }
        }
        Confirm::Code(_) | Confirm::RecoveryCode(_) if asking.device.id != id => {
            return Err(device::Refusal::NotFound.into());
        }
        Confirm::Code(sha256) => {
            let fits = |code: &&Code| code.user == user && code.sha256 == *sha256 && now < code.expires_at;
            people.codes.iter().find(fits).ok_or(device::Refusal::CodeVoid)?;
            How::Code
        }
        Confirm::RecoveryCode(evidence) => {
            let known = people.authenticator(evidence.authenticator)?;
            let Proof::RecoveryCode { .. } = evidence.proof else { return Err(Refusal::FactorMissing) };
            if known.user != user {
                return Err(Refusal::NotProven);
            }
            known.check(evidence, now)?;
            events.extend(known.used(evidence, now).into_iter().map(Event::Authenticator));
            How::RecoveryCode
        }
    };
    if !device.shared {
        events.extend(make_room(people, user, replaces, given)?);
    }
    let until = if device.shared { end_of_session(people, id, now)? } else { now.plus_ms(device::TRUST_MS) };
    events.push(Event::Device(device::Event::Confirmed { id, how, since: now, until }));
    Ok(events)
}

/// Somebody else's device is confirmed for the session that waits on it; without one, for nothing.
fn end_of_session(people: &People, device: DeviceId, now: Timestamp) -> Result<Timestamp, Refusal> {
    let waits = |one: &&session::Session| one.device == device && people.living(one.id, now).is_ok();
    let session = people.sessions.iter().find(waits).ok_or(device::Refusal::NotFound)?;
    Ok(session.expires_at())
}

/// Five places: the sixth takes that of one that is named.
pub(super) fn make_room(
    people: &People,
    user: UserId,
    replaces: Option<DeviceId>,
    given: &Given,
) -> Result<Option<Event>, Refusal> {
    let places: Vec<DeviceId> = device::places(&people.devices, user, given.now).map(|one| one.id).collect();
    if places.len() < device::MAX_TRUSTED {
        return Ok(None);
    }
    let id = replaces.filter(|id| places.contains(id)).ok_or(device::Refusal::TooMany)?;
    Ok(Some(Event::Device(device::Event::Revoked { id, not_me: false })))
}

/// One's own; an owner's reach is all.
fn reach<'a>(people: &'a People, actor: &Actor, of: UserId, given: &Given) -> Result<Option<&'a user::User>, Refusal> {
    let Actor::User { user, session } = *actor else { return Ok(None) };
    let signed = people.living(session, given.now)?;
    if of == user {
        return Ok(Some(signed.user));
    }
    if people.signed_in(session, given.now)?.user.role.may_move() {
        return Ok(Some(signed.user));
    }
    Err(Refusal::RoleMissing { role: signed.user.role })
}

pub(super) fn end(people: &People, actor: &Actor, id: SessionId, given: &Given) -> Result<Vec<Event>, Refusal> {
    let of = people.living(id, given.now)?.user.id;
    reach(people, actor, of, given)?;
    let own = matches!(actor, Actor::User { session, .. } if *session == id);
    if !own && let Actor::User { session, .. } = actor {
        // From a device that waits to be confirmed nobody else is put out.
        people.signed_in(*session, given.now)?;
    }
    let why = if own { Ending::LoggedOut } else { Ending::Ended };
    Ok(vec![Event::Session(session::Event::Ended { id, why })])
}

/// Ends every session of the user; its programs only if that is wanted too.
pub(super) fn log_out_everywhere(
    state: &State,
    actor: &Actor,
    user: UserId,
    suspend: bool,
    given: &Given,
) -> Result<Vec<event::Event>, Refusal> {
    let people = &state.customer.people;
    people.user(user).ok_or(Refusal::NotProven)?;
    let asking = reach(people, actor, user, given)?;
    if suspend && let Some(role) = asking.map(|one| one.role).filter(|role| !role.may_trade()) {
        return Err(Refusal::RoleMissing { role });
    }
    let out = user::Event::LoggedOutEverywhere { id: user, at: given.now };
    let mut events = vec![event::Event::People(Event::User(out))];
    if suspend {
        events.extend(suspend_all(state));
    }
    Ok(events)
}

pub(super) fn suspend_all(state: &State) -> impl Iterator<Item = event::Event> {
    let active = state.customer.credentials.iter().filter(|one| one.state == api_credential::State::Active);
    active.map(|one| event::Event::Credential(api_credential::Event::Suspended { id: one.id }))
}

/// A device that was lost, or was never the user's: its sessions are dead, the others show an authenticator again.
pub(super) fn revoke(
    state: &State,
    actor: &Actor,
    id: DeviceId,
    not_me: bool,
    given: &Given,
) -> Result<Vec<event::Event>, Refusal> {
    let people = &state.customer.people;
    let device = people.device(id)?;
    let asking = reach(people, actor, device.user, given)?;
    if device.state == device::State::Revoked {
        return Err(device::Refusal::Revoked.into());
    }
    if let Actor::User { session, .. } = *actor {
        people.living(session, given.now)?.device.may_unbind(device, given.now)?;
    }
    let mut events = vec![event::Event::People(Event::Device(device::Event::Revoked { id, not_me }))];
    let own = |session: SessionId| matches!(actor, Actor::User { session: own, .. } if *own == session);
    let others = people.sessions.iter().filter(|one| one.user == device.user && one.device != id);
    for session in others.filter(|one| people.living(one.id, given.now).is_ok()) {
        let change = match not_me && !own(session.id) {
            true => session::Event::Ended { id: session.id, why: Ending::Ended },
            false => session::Event::Lowered { id: session.id },
        };
        events.push(event::Event::People(Event::Session(change)));
    }
    if not_me {
        events.extend(made_on(people, device).map(event::Event::People));
    }
    // Whoever may not stop programs does not stop them this way either.
    if not_me && asking.is_none_or(|one| one.role.may_trade()) {
        let (suspect, why) = (Suspect::User(device.user), Why::NotMe { approval: None });
        events.extend(stopped(state, suspect, why, given));
    }
    Ok(events)
}

/// The passkey that came with it is as little the user's as the device; but the last one stays.
fn made_on(people: &People, device: &Device) -> Option<Event> {
    let own = || people.active(device.user).filter(|one| one.is_passkey());
    let made = own().find(|one| Some(one.id) == device.made)?.id;
    own().any(|one| one.id != made).then_some(Event::Authenticator(authenticator::Event::Removed { id: made }))
}

pub(super) fn bind(
    people: &People,
    actor: &Actor,
    new: &NewAuthenticator,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, .. } = *actor else { return Err(Refusal::NotProven) };
    Ok(bound(people, user, new, given)?.1)
}

pub(super) fn bound(
    people: &People,
    user: UserId,
    new: &NewAuthenticator,
    given: &Given,
) -> Result<(AuthenticatorId, Vec<Event>), Refusal> {
    if people.active(user).count() >= authenticator::MAX_PER_USER {
        return Err(authenticator::Refusal::TooMany.into());
    }
    let mut events = Vec::new();
    match &new.kind {
        Kind::Passkey(_) => person::untaken(people, &new.kind)?,
        // One of these at a time: the new one takes the place of the old.
        Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => {
            let kind = core::mem::discriminant(&new.kind);
            let old = people.active(user).filter(|one| core::mem::discriminant(&one.kind) == kind);
            events.extend(old.map(|one| Event::Authenticator(authenticator::Event::Removed { id: one.id })));
        }
    }
    let bound = person::authenticator(user, new, given);
    let id = bound.id;
    events.push(Event::Authenticator(authenticator::Event::Bound(bound)));
    Ok((id, events))
}

pub(super) fn remove(people: &People, actor: &Actor, id: AuthenticatorId) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, .. } = *actor else { return Err(Refusal::NotProven) };
    let known = people.authenticator(id)?;
    if known.user != user || known.state == authenticator::State::Removed {
        return Err(authenticator::Refusal::NotFound.into());
    }
    let alone = known.is_passkey() && people.active(user).filter(|one| one.is_passkey() && one.id != id).count() == 0;
    if alone {
        return Err(authenticator::Refusal::LastOne.into());
    }
    let mut events = vec![Event::Authenticator(authenticator::Event::Removed { id })];
    // What was opened with it ends with it (NI-23), but for the session that says so.
    let own = |session: SessionId| matches!(actor, Actor::User { session: own, .. } if *own == session);
    let opened = people.sessions.iter().filter(|one| one.authenticator == id && !own(one.id));
    events.extend(opened.map(|one| Event::Session(session::Event::Ended { id: one.id, why: Ending::Ended })));
    Ok(events)
}

pub(super) fn disable(people: &People, id: AuthenticatorId) -> Result<Vec<Event>, people::Refusal> {
    let known = people.authenticator(id)?;
    let active = known.state == authenticator::State::Active;
    Ok(active.then_some(Event::Authenticator(authenticator::Event::Disabled { id })).into_iter().collect())
}
