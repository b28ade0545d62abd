//! One of every event by which a phone is paired.

use super::people::{authenticator, device, person, session, user};
use super::things::*;
use kernel::actor::Actor;
use kernel::change::{self, Asked, Change};
use kernel::device::{self, Device, How};
use kernel::event::Event;
use kernel::id::DeviceId;
use kernel::pairing::{self, Pairing};
use kernel::people::Event as People;

pub fn all() -> Vec<(Actor, Event)> {
    let (user, phone, since) = (user(), DeviceId::new(now().0, 17), now());
    let expires_at = now().plus_ms(pairing::LIFETIME_MS);
    let offered = |replaces| {
        let (session, sha256) = (session(), digest("pairing"));
        People::Pairing(pairing::Event::Offered(Pairing { user, session, sha256, replaces, expires_at, device: None }))
    };
    let bound = Device {
        id: phone,
        user,
        sha256: digest("phone"),
        label: "Chrome on Android".to_owned(),
        state: device::State::Pending,
        shared: false,
        first: false,
        made: Some(authenticator()),
        bound_at: since,
        used_at: since,
    };
    let (how, until) = (How::Pairing { on: device() }, since.plus_ms(device::TRUST_MS));
    let all = [
        (person(), offered(None)),
        (person(), offered(Some(device()))),
        (Actor::Visitor, People::Device(device::Event::Bound(bound))),
        (Actor::Visitor, People::Device(device::Event::Confirmed { id: phone, how, since, until })),
        (Actor::Visitor, People::Pairing(pairing::Event::Used { user, device: phone })),
    ];
    all.into_iter().map(|(actor, event)| (actor, Event::People(event))).collect()
}

/// Added later: since then the words that are signed name the push service.
pub fn push_with_its_host() -> (Actor, Event) {
    let (sha256, host) = (digest("where to"), "push.example".to_owned());
    let asked = Asked {
        change: Change::Push { device: device(), sha256, host },
        nonce: digest("nonce"),
        user: user(),
        session: session(),
        device: Some(device()),
        asked_at: now(),
        expires_at: now().plus_ms(change::LIFETIME_MS),
        missed: 0,
    };
    (person(), Event::Change(change::Event::Asked { id: approval(), asked }))
}
