//! Device: a browser, phone, desktop install or server from which a user signs in.

use crate::digest::Digest;
use crate::id::{AuthenticatorId, DeviceId, UserId};
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
/// Of what it says it is; the rest is not kept.
pub const MAX_LABEL: usize = 100;
const KEPT_GONE: usize = 20;

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
    /// The passkey that was made on it when it was paired: it goes with a device that was never the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<AuthenticatorId>,
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
    /// By the link that was shown on another one.
    Pairing {
        on: DeviceId,
    },
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
    /// The link to pair a phone by: wrong, used, too old, or shown by whoever is out now.
    PairingVoid,
    /// A phone comes in once it was paired.
    NotPaired,
    /// It is the one that shows the link: that pairs another.
    PairsItself,
    /// It was bound less than a day ago.
    TooNewToMove,
    /// Somebody else's: it vouches for no other device.
    Shared,
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
    /// One of the five.
    pub fn takes_a_place(&self, now: Timestamp) -> bool {
        !self.shared && self.trusted(now).is_ok()
    }
    /// Whether it may unbind `other`: a new one, which may be a thief's, none that was there before it.
    pub fn may_unbind(&self, other: &Self, now: Timestamp) -> Result<(), Refusal> {
        let before = other.id != self.id && other.state != State::Pending && other.bound_at <= self.bound_at;
        if before { self.may_move(now) } else { Ok(()) }
    }
    /// Whether another device is confirmed on this one.
    pub const fn may_vouch(&self) -> Result<(), Refusal> {
        if self.shared { Err(Refusal::Shared) } else { Ok(()) }
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
    devices.iter().filter(move |one| one.user == user && one.takes_a_place(now))
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
        Event::Revoked { id, .. } => {
            each(*id, &|one| one.state = State::Revoked);
            // It may have been the one that showed the code.
            let user = devices.iter().find(|one| one.id == *id).map(|one| one.user);
            codes.retain(|code| Some(code.user) != user);
        }
        Event::Bound(device) => {
            devices.push(device.clone());
            // Those that are gone, by a word or by time, stay to be shown for a while; the journal keeps them all.
            let gone = |one: &Device| one.state != State::Pending && one.trusted(device.bound_at).is_err();
            if devices.iter().filter(|one| gone(one)).count() > KEPT_GONE
                && let Some(oldest) = devices.iter().position(gone)
            {
                devices.remove(oldest);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const THEN: Timestamp = Timestamp(1_790_000_000_000);

    fn of(n: u128, state: State) -> Device {
        Device {
            id: DeviceId::new(1, n),
            user: UserId::new(1, 1),
            sha256: Digest::plain(b"d"),
            label: String::new(),
            state,
            shared: false,
            first: false,
            made: None,
            bound_at: THEN,
            used_at: THEN,
        }
    }
    fn validated(n: u128) -> Device {
        of(n, State::Validated { since: THEN, until: THEN.plus_ms(TRUST_MS) })
    }

    #[test]
    fn trust_ends_after_ninety_days_or_thirty_unused() {
        let used = |days: i64| Device { used_at: THEN.plus_ms(days * DAY_MS), ..validated(1) };
        for (device, ends) in [(used(80), 90 * DAY_MS), (used(0), 30 * DAY_MS), (used(20), 50 * DAY_MS)] {
            assert_eq!(device.trusted(THEN.plus_ms(ends - 1)), Ok(()));
            assert_eq!(device.trusted(THEN.plus_ms(ends)), Err(Refusal::TrustExpired));
        }
        assert_eq!(of(1, State::Pending).trusted(THEN), Err(Refusal::Pending));
        assert_eq!(of(1, State::Revoked).trusted(THEN), Err(Refusal::Revoked));
    }

    #[test]
    fn a_device_moves_a_day_after_it_was_confirmed_and_the_first_at_once() {
        for (ms, may) in [(0, false), (DAY_MS - 1, false), (DAY_MS, true)] {
            let now = THEN.plus_ms(ms);
            let expected = if may { Ok(()) } else { Err(Refusal::TooNewToMove) };
            assert_eq!(validated(1).may_move(now), expected, "{ms}");
            assert_eq!(Device { first: true, ..validated(1) }.may_move(now), Ok(()));
        }
        // Being the first is no trust.
        let first = Device { first: true, ..of(1, State::Pending) };
        assert_eq!(first.may_move(THEN), Err(Refusal::Pending));
        let expired = Device { first: true, ..validated(1) };
        assert_eq!(expired.may_move(THEN.plus_ms(30 * DAY_MS)), Err(Refusal::TrustExpired));
    }

    #[test]
    fn a_shared_device_vouches_for_no_other() {
        assert_eq!(validated(1).may_vouch(), Ok(()));
        assert_eq!(Device { shared: true, ..validated(1) }.may_vouch(), Err(Refusal::Shared));
    }

    #[test]
    fn a_place_is_taken_by_what_is_trusted_and_ones_own() {
        let user = UserId::new(1, 1);
        let devices = [
            validated(1),
            Device { shared: true, ..validated(2) },
            of(3, State::Pending),
            of(4, State::Revoked),
            Device { user: UserId::new(1, 2), ..validated(5) },
            Device { used_at: THEN.minus_ms(UNUSED_MS), ..validated(6) },
        ];
        let found: Vec<DeviceId> = places(&devices, user, THEN).map(|one| one.id).collect();
        assert_eq!(found, [DeviceId::new(1, 1)]);
    }

    fn offered(n: u128, user: u128) -> Event {
        let sha256 = Digest::of(&[&n.to_be_bytes()]);
        Event::CodeOffered(Code { user: UserId::new(1, user), sha256, expires_at: THEN })
    }

    #[test]
    fn a_code_is_void_once_it_was_typed_replaced_or_a_device_of_its_user_is_gone_ni_22() {
        let id = DeviceId::new(1, 1);
        let (since, until) = (THEN, THEN);
        for (event, left) in [
            (offered(3, 1), 2),
            (Event::Confirmed { id, how: How::Code, since, until }, 1),
            (Event::Confirmed { id, how: How::RecoveryCode, since, until }, 2),
            (Event::Revoked { id, not_me: false }, 1),
            (Event::Revoked { id: DeviceId::new(1, 9), not_me: false }, 2),
        ] {
            let (mut devices, mut codes) = ([of(1, State::Pending)].to_vec(), Vec::new());
            for one in [offered(1, 1), offered(2, 2), event] {
                apply(&mut devices, &mut codes, &one);
            }
            assert_eq!(codes.len(), left);
            assert!(codes.iter().any(|code| code.user == UserId::new(1, 2)), "another user's code is gone");
        }
    }

    #[test]
    fn of_those_that_are_gone_twenty_are_kept_and_none_that_is_trusted_or_waits_is_lost() {
        let (mut devices, mut codes) = ([validated(1), of(2, State::Pending)].to_vec(), Vec::new());
        for n in 3..60 {
            let gone = if n % 2 == 0 {
                of(n, State::Revoked)
            } else {
                Device { used_at: THEN.minus_ms(UNUSED_MS), ..validated(n) }
            };
            apply(&mut devices, &mut codes, &Event::Bound(gone));
        }
        assert_eq!(devices.len(), 2 + KEPT_GONE);
        assert_eq!(devices.first().unwrap().id, DeviceId::new(1, 1));
        assert!(devices.iter().any(|one| one.state == State::Pending));
    }
}
