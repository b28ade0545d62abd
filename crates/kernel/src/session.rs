//! Session: a user on a device, with what it may do and for how long.

use crate::digest::Digest;
use crate::evidence::{Assurance, Capability};
use crate::id::{AuthenticatorId, DeviceId, SessionId, UserId};
use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// That a session is in use is written down this often: the idle limit may come this much early, never late.
pub const SEEN_EVERY_MS: i64 = MINUTE_MS;
/// Live ones of one user; the oldest gives way.
pub const MAX_PER_USER: usize = 20;

/// Where a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interface {
    Portal,
    Mobile,
    Desktop,
    Api,
}

/// How long a session of an interface lasts, and the windows that a proof opens in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    pub idle_ms: i64,
    pub absolute_ms: i64,
    pub trade_ms: i64,
    pub move_ms: i64,
}

impl Interface {
    pub const ALL: [Self; 4] = [Self::Portal, Self::Mobile, Self::Desktop, Self::Api];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Mobile => "mobile",
            Self::Desktop => "desktop",
            Self::Api => "api",
        }
    }

    /// `None`: no person has a session there.
    pub const fn lifetimes(self, shared: bool) -> Option<Lifetimes> {
        let mut lifetimes = match self {
            Self::Portal => Lifetimes {
                idle_ms: 15 * MINUTE_MS,
                absolute_ms: 12 * HOUR_MS,
                trade_ms: 15 * MINUTE_MS,
                move_ms: 5 * MINUTE_MS,
            },
            // Each act there is signed by itself: no window stays open.
            Self::Mobile => Lifetimes { idle_ms: 5 * MINUTE_MS, absolute_ms: 12 * HOUR_MS, trade_ms: 0, move_ms: 0 },
            Self::Desktop => {
                Lifetimes { idle_ms: HOUR_MS, absolute_ms: 24 * HOUR_MS, trade_ms: 8 * HOUR_MS, move_ms: 5 * MINUTE_MS }
            }
            Self::Api => return None,
        };
        if shared {
            lifetimes.absolute_ms = 10 * MINUTE_MS;
        }
        Some(lifetimes)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub device: DeviceId,
    pub interface: Interface,
    /// Of the secret that the browser keeps.
    pub sha256: Digest,
    /// What it was opened with.
    pub authenticator: AuthenticatorId,
    pub assurance: Assurance,
    pub shared: bool,
    pub began_at: Timestamp,
    pub seen_at: Timestamp,
    pub trade_until: Timestamp,
    pub move_until: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Begun(Session),
    Seen {
        id: SessionId,
        at: Timestamp,
    },
    SteppedUp {
        id: SessionId,
        authenticator: AuthenticatorId,
        trade_until: Timestamp,
        move_until: Timestamp,
    },
    /// Back to *view*, until an authenticator is shown again.
    Lowered {
        id: SessionId,
    },
    Ended {
        id: SessionId,
        why: Ending,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    LoggedOut,
    /// From another session of the user.
    Ended,
    /// Too many at once: the oldest.
    GaveWay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Unknown,
    Idle,
    Expired,
    LoggedOutEverywhere,
    /// A window that was never opened, or has closed: show an authenticator again.
    StepUp {
        needs: Capability,
    },
    InterfaceNotBuilt,
}

impl Session {
    pub fn expires_at(&self) -> Timestamp {
        self.interface.lifetimes(self.shared).map_or(self.began_at, |long| self.began_at.plus_ms(long.absolute_ms))
    }

    /// Read from the record and the clock, at every request.
    pub fn alive(&self, logged_out_at: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
        let lifetimes = self.interface.lifetimes(self.shared).ok_or(Refusal::Unknown)?;
        if logged_out_at.is_some_and(|at| self.began_at <= at) {
            return Err(Refusal::LoggedOutEverywhere);
        }
        if now >= self.expires_at() {
            return Err(Refusal::Expired);
        }
        if now.since(self.seen_at) >= lifetimes.idle_ms {
            return Err(Refusal::Idle);
        }
        Ok(())
    }

    pub fn capability(&self, now: Timestamp) -> Capability {
        if now < self.move_until {
            Capability::Move
        } else if now < self.trade_until {
            Capability::Trade
        } else {
            Capability::View
        }
    }

    pub fn may(&self, needs: Capability, now: Timestamp) -> Result<(), Refusal> {
        if self.capability(now) >= needs { Ok(()) } else { Err(Refusal::StepUp { needs }) }
    }
}

/// The windows that a proof opens now: *trade* by two factors, *move* only by what cannot be phished.
pub fn windows(lifetimes: Lifetimes, assurance: Assurance, resistant: bool, now: Timestamp) -> (Timestamp, Timestamp) {
    let open = |opens: bool, ms: i64| if opens { now.plus_ms(ms) } else { now };
    let two_factors = assurance >= Assurance::Aal2;
    (open(two_factors, lifetimes.trade_ms), open(two_factors && resistant, lifetimes.move_ms))
}

/// Writes, never judges.
pub fn apply(sessions: &mut Vec<Session>, event: &Event) {
    let mut each = |id: SessionId, change: &dyn Fn(&mut Session)| {
        sessions.iter_mut().filter(|one| one.id == id).for_each(change);
    };
    match event {
        Event::Seen { id, at } => each(*id, &|one| one.seen_at = *at),
        Event::SteppedUp { id, trade_until, move_until, .. } => each(*id, &|one| {
            one.trade_until = one.trade_until.max(*trade_until);
            one.move_until = one.move_until.max(*move_until);
        }),
        Event::Lowered { id } => each(*id, &|one| (one.trade_until, one.move_until) = (one.began_at, one.began_at)),
        Event::Ended { id, .. } => sessions.retain(|one| one.id != *id),
        Event::Begun(session) => {
            // Those that are over by the clock alone leave nothing behind.
            sessions.retain(|one| one.expires_at() > session.began_at);
            sessions.push(*session);
        }
    }
}
