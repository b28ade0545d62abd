//! Pairing: a link shown to somebody who is signed in, by which one phone of theirs comes in, once.

use crate::digest::Digest;
use crate::id::{DeviceId, SessionId, UserId};
use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub const LIFETIME_MS: i64 = 10 * 60_000;

/// The latest of each user is kept, so that they see what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    pub user: UserId,
    /// Where it is shown: it lives no longer than this session.
    pub session: SessionId,
    /// Of the code in the link.
    pub sha256: Digest,
    /// Whose place the phone takes, where all are taken.
    pub replaces: Option<DeviceId>,
    pub expires_at: Timestamp,
    /// The phone that came in by it: it is used.
    pub device: Option<DeviceId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The user's link before it is void.
    Offered(Pairing),
    Used {
        user: UserId,
        device: DeviceId,
    },
}

impl Pairing {
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.device.is_none() && now < self.expires_at
    }
}

/// Of this user's links those that nobody has used.
pub fn void(pairings: &mut Vec<Pairing>, user: Option<UserId>) {
    pairings.retain(|one| Some(one.user) != user || one.device.is_some());
}

/// Writes, never judges.
pub fn apply(pairings: &mut Vec<Pairing>, event: &Event) {
    match event {
        Event::Offered(pairing) => {
            pairings.retain(|one| one.user != pairing.user);
            pairings.push(*pairing);
        }
        Event::Used { user, device } => {
            pairings.iter_mut().filter(|one| one.user == *user).for_each(|one| one.device = Some(*device));
        }
    }
}
