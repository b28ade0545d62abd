//! Decisions on pairing: the link is shown in the *move* window, and lets one phone in: its passkey, its device, a session.

use crate::actor::Actor;
use crate::authenticator::Kind;
use crate::decide::device::{bound, make_room};
use crate::decide::person::{Opened, fresh_device, oldest_session, prove};
use crate::device::{self, Device};
use crate::digest::Digest;
use crate::evidence::Assurance;
use crate::given::Given;
use crate::id::{AuthenticatorId, DeviceId};
use crate::pairing::{self, Pairing};
use crate::people::{Event, Pair, PairBy, People, Refusal};
use crate::session::{self, Interface};
use crate::user;
use alloc::vec;
use alloc::vec::Vec;

/// Whose place the phone takes is said here, on a trusted device, and not on the phone.
pub(super) fn offer(
    people: &People,
    actor: &Actor,
    sha256: Digest,
    replaces: Option<DeviceId>,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotProven) };
    let here = people.signed_in(session, given.now)?.device;
    here.may_vouch()?;
    // From here one sees what comes of it: it is not the one that goes.
    let replaces = replaces.filter(|id| *id != here.id);
    make_room(people, user, replaces, given)?;
    let expires_at = given.now.plus_ms(pairing::LIFETIME_MS);
    let offered = Pairing { user, session, sha256, replaces, expires_at, device: None };
    Ok(vec![Event::Pairing(pairing::Event::Offered(offered))])
}

/// The code is looked at first: without it nothing else is told.
pub(super) fn pair(people: &People, asked: &Pair, given: &Given) -> Result<Vec<Event>, Refusal> {
    let now = given.now;
    let link = people.pairing(&asked.code, now)?;
    let user = people.user(link.user).ok_or(device::Refusal::PairingVoid)?;
    let shown_on = people.living(link.session, now)?.device.id;
    let former = former(people, link, asked.known);
    if former.is_some_and(|one| one.id == shown_on) {
        return Err(device::Refusal::PairsItself.into());
    }
    let (opened, made, mut events) = match &asked.by {
        PairBy::Made(new) => {
            if !matches!(new.kind, Kind::Passkey(_)) {
                return Err(Refusal::FactorMissing);
            }
            let (id, events) = bound(people, user.id, new, given)?;
            (by_passkey(user, id), Some(id), events)
        }
        PairBy::Shown(evidence) => {
            let (opened, events) = prove(people, user.id, core::slice::from_ref(evidence), given)?;
            // One that was perhaps copied brings in no device (WA-09).
            if !opened.by_a_passkey_alone() {
                return Err(Refusal::FactorMissing);
            }
            (opened, None, events)
        }
    };
    let mut gone: Vec<Event> = former.map(|one| revoked(one.id)).into_iter().collect();
    // Its place is free then.
    if !former.is_some_and(|one| one.takes_a_place(now)) {
        gone.extend(make_room(people, user.id, link.replaces, given)?);
    }
    let mut phone = fresh_device(user.id, &asked.device, false, given);
    phone.made = made;
    let (id, since, until) = (phone.id, now, now.plus_ms(device::TRUST_MS));
    let how = device::How::Pairing { on: shown_on };
    events.push(Event::Device(device::Event::Bound(phone)));
    events.push(Event::Device(device::Event::Confirmed { id, how, since, until }));
    events.push(Event::Pairing(pairing::Event::Used { user: user.id, device: id }));
    // After the link was used: what goes voids those that are open.
    events.extend(gone);
    events.extend(oldest_session(people, user.id, given));
    let session = opened.session(id, Interface::Mobile, false, asked.session, given)?;
    events.push(Event::Session(session::Event::Begun(session)));
    Ok(events)
}

/// A browser is one device: what it was before goes, with its sessions, or whoever asks in one and signs in the other
/// would have signed on another device.
fn former<'a>(people: &'a People, link: &Pairing, known: Option<(DeviceId, Digest)>) -> Option<&'a Device> {
    let (id, sha256) = known?;
    let own = |one: &&Device| one.user == link.user && one.sha256 == sha256 && one.state != device::State::Revoked;
    people.device(id).ok().filter(own)
}

fn revoked(id: DeviceId) -> Event {
    Event::Device(device::Event::Revoked { id, not_me: false })
}

fn by_passkey(user: &user::User, authenticator: AuthenticatorId) -> Opened {
    let assurance = Assurance::Aal2;
    Opened { user: user.id, authenticator, assurance, windows: true, resistant: true, restricted: false }
}
