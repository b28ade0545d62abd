//! Expiries: of an API credential that is told three days before, and when it has come.

use super::things::{credential, now};
use kernel::actor::Actor;
use kernel::api_credential;
use kernel::event::Event;
use kernel::expiry::{Stage, Told};

pub fn all() -> Vec<(Actor, Event)> {
    let soon = Told { id: credential(), stage: Stage::Soon, expires_at: now(), open: 0 };
    [soon, Told { stage: Stage::Over, open: 3, ..soon }]
        .into_iter()
        .map(|told| (Actor::House, Event::Credential(api_credential::Event::Expiry(told))))
        .collect()
}
