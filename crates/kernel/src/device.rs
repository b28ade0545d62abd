//! Device: a browser, phone, desktop install or server from which a user signs in.

use crate::digest::Digest;
use crate::id::{DeviceId, UserId};
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
pub const MAX_TRUSTED: usize = 5;
pub const TRUST_MS: i64 = 90 * DAY_MS;
pub const UNUSED_MS: i64 = 30 * DAY_MS;
/// A new device cannot *move* before.
pub const MOVE_AFTER_MS: i64 = DAY_MS;
pub const CODE_LIFETIME_MS: i64 = 10 * 60_000;
/// Unconfirmed ones a user may have; the oldest give way.
pub const MAX_PENDING: usize = 5;
const KEPT_REVOKED: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Known, and nothing may be done from it before it is confirmed.
    Pending,
    Validated {
        since: Timestamp,
        until: Timestamp,
    },
    Revoked,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub id: DeviceId,
    pub user: UserId,
    /// Of the secret that the device keeps.
    pub sha256: Digest,
    /// What it says it is, in plain words.
    pub label: String,
    pub state: State,
    /// Somebody else's: confirmed for one session, never trusted.
    pub shared: bool,
    /// The first of its user may do everything at once.
    pub first: bool,
    pub bound_at: Timestamp,
    pub used_at: Timestamp,
}

/// Shown on a confirmed device, typed on the new one; once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    pub user: UserId,
    pub sha256: Digest,
    pub expires_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Bound(Device),
    /// The user's code before it is void.
    CodeOffered(Code),
    Confirmed {
        id: DeviceId,
        how: How,
        since: Timestamp,
        until: Timestamp,
    },
    /// Signed in from again.
    Used {
        id: DeviceId,
        at: Timestamp,
    },
    Revoked {
        id: DeviceId,
        /// The user says it was somebody else.
        not_me: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Enrolment,
    /// A signature on a device that was confirmed before.
    Tap {
        on: DeviceId,
    },
    Code,
    RecoveryCode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    Pending,
    Revoked,
    /// Its trust has run out, or it was not used for too long.
    TrustExpired,
    /// The sixth: one of the others has to go first.
    TooMany,
    CodeVoid,
    /// It was bound less than a day ago.
    TooNewToMove,
}

impl Device {
    /// Whether it is trusted at `now`.
    pub fn trusted(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.state {
            State::Pending => Err(Refusal::Pending),
            State::Revoked => Err(Refusal::Revoked),
            State::Validated { until, .. } if now >= until || now.since(self.used_at) >= UNUSED_MS => {
                Err(Refusal::TrustExpired)
            }
            State::Validated { .. } => Ok(()),
        }
    }
    pub fn may_move(&self, now: Timestamp) -> Result<(), Refusal> {
        self.trusted(now)?;
        match self.state {
            State::Validated { since, .. } if self.first || now.since(since) >= MOVE_AFTER_MS => Ok(()),
            State::Validated { .. } | State::Pending | State::Revoked => Err(Refusal::TooNewToMove),
        }
    }
}

/// Those of a user that take one of the five places.
pub fn places(devices: &[Device], user: UserId, now: Timestamp) -> impl Iterator<Item = &Device> {
    devices.iter().filter(move |one| one.user == user && !one.shared && one.trusted(now).is_ok())
}

/// Writes, never judges.
pub fn apply(devices: &mut Vec<Device>, codes: &mut Vec<Code>, event: &Event) {
    let mut each = |id: DeviceId, change: &dyn Fn(&mut Device)| {
        devices.iter_mut().filter(|one| one.id == id).for_each(change);
    };
    match event {
        Event::CodeOffered(code) => {
            codes.retain(|one| one.user != code.user);
            codes.push(*code);
        }
        Event::Confirmed { id, since, until, how } => {
            each(*id, &|one| one.state = State::Validated { since: *since, until: *until });
            if *how == How::Code {
                let user = devices.iter().find(|one| one.id == *id).map(|one| one.user);
                codes.retain(|code| Some(code.user) != user);
            }
        }
        Event::Used { id, at } => each(*id, &|one| one.used_at = *at),
        Event::Revoked { id, .. } => each(*id, &|one| one.state = State::Revoked),
        Event::Bound(device) => {
            devices.push(device.clone());
            // Those that are gone stay to be shown for a while; the journal keeps them all.
            let gone = |one: &Device| one.state == State::Revoked;
            if devices.iter().filter(|one| gone(one)).count() > KEPT_REVOKED
                && let Some(oldest) = devices.iter().position(gone)
            {
                devices.remove(oldest);
            }
        }
    }
}
