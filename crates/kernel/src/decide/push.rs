//! Deciding on push: turned on at the device itself by its user's signature, turned off at once.

use crate::actor::Actor;
use crate::device::Device;
use crate::digest::Digest;
use crate::event::Event;
use crate::id::{DeviceId, SessionId};
use crate::people::{self, People, Signed};
use crate::push::{self, Push, Refusal, Why};
use crate::time::Timestamp;
use alloc::vec::Vec;

/// Whoever asks for it and whoever signs it: the device's own user, on it, whatever their role.
pub(super) fn own(
    people: &People,
    session: SessionId,
    device: DeviceId,
    now: Timestamp,
) -> Result<Signed<'_>, people::Refusal> {
    let signed = people.signed_in(session, now)?;
    if signed.device.id != device {
        return Err(Refusal::OtherDevice.into());
    }
    if signed.device.shared {
        return Err(Refusal::SharedDevice.into());
    }
    Ok(signed)
}

/// Nobody signs for a push service that the words do not name.
pub(super) fn named(host: &str) -> Result<(), people::Refusal> {
    if push::is_host(host) { Ok(()) } else { Err(Refusal::NotAHost.into()) }
}

pub(super) fn turned_on(device: &Device, sha256: Digest, now: Timestamp) -> Result<Event, people::Refusal> {
    device.trusted(now)?;
    let push = Push { user: device.user, device: device.id, sha256, since: now };
    Ok(Event::People(people::Event::Push(push::Event::On(push))))
}

pub(super) fn turn_off(
    people: &People,
    actor: &Actor,
    device: DeviceId,
    only: Option<&Digest>,
) -> Result<Vec<people::Event>, people::Refusal> {
    let same = |push: &&Push| only.is_none_or(|sha256| push.sha256 == *sha256);
    let known = push::on(&people.pushes, device).filter(same).ok_or(Refusal::NotOn)?;
    let why = match actor {
        Actor::House => Why::Gone,
        Actor::User { user, .. } if *user == known.user => Why::Asked,
        // Of another's device nobody is told whether it is on.
        Actor::User { .. } => return Err(Refusal::NotOn.into()),
        Actor::Visitor | Actor::Local { .. } | Actor::Credential(_) | Actor::Venue => {
            return Err(people::Refusal::NotProven);
        }
    };
    Ok([people::Event::Push(push::Event::Off { user: known.user, device, why })].into())
}
