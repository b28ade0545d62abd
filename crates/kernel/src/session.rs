//! Session: a user on a device, with what it may do and for how long.

use crate::digest::Digest;
use crate::evidence::{Assurance, Capability};
use crate::id::{AuthenticatorId, DeviceId, SessionId, UserId};
use crate::network::Network;
use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// That a session is in use is written down this often: the idle limit may come this much early, never late.
pub const SEEN_EVERY_MS: i64 = MINUTE_MS;
/// So many changes of a session's network are written down at once, and one a minute after that.
const CHANGES_AT_ONCE: u8 = 8;
const CHANGE_EVERY_MS: i64 = MINUTE_MS;
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
    /// Where it is used from, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// How often that has changed, and when last.
    #[serde(skip)]
    pub changed: (u8, Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Begun(Session),
    Seen {
        id: SessionId,
        at: Timestamp,
    },
    /// It is used from another network than before. That alone does not keep it alive.
    NetworkChanged {
        id: SessionId,
        network: Network,
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

    /// Whether that is another network than before, and is to be written down now.
    pub fn changes_to(&self, network: Network, now: Timestamp) -> bool {
        let (times, last) = self.changed;
        self.network != Some(network) && (times < CHANGES_AT_ONCE || now.since(last) >= CHANGE_EVERY_MS)
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
        Event::NetworkChanged { id, network, at } => each(*id, &|one| {
            (one.network, one.changed) = (Some(*network), (one.changed.0.saturating_add(1), *at));
        }),
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const BEGAN: Timestamp = Timestamp(1_000_000);

    fn of(interface: Interface, shared: bool) -> Session {
        Session {
            id: SessionId::new(1, 1),
            user: UserId::new(1, 1),
            device: DeviceId::new(1, 1),
            interface,
            sha256: Digest::plain(b"s"),
            authenticator: AuthenticatorId::new(1, 1),
            assurance: Assurance::Aal2,
            shared,
            began_at: BEGAN,
            seen_at: BEGAN,
            trade_until: BEGAN,
            move_until: BEGAN,
            network: None,
            changed: Default::default(),
        }
    }

    /// Minutes, as the rules page has them: idle, absolute, trade window, move window.
    const RULES: [(Interface, [i64; 4]); 3] = [
        (Interface::Portal, [15, 720, 15, 5]),
        (Interface::Mobile, [5, 720, 0, 0]),
        (Interface::Desktop, [60, 1_440, 480, 5]),
    ];

    #[test]
    fn a_session_is_idle_and_over_to_the_millisecond() {
        for (interface, [idle, absolute, _, _]) in RULES {
            for (shared, absolute) in [(false, absolute), (true, 10)] {
                let session = of(interface, shared);
                let idle_at = BEGAN.plus_ms(idle * 60_000);
                let first = idle.min(absolute) * 60_000;
                assert_eq!(session.alive(None, BEGAN.plus_ms(first - 1)), Ok(()), "{interface:?}");
                if idle < absolute {
                    assert_eq!(session.alive(None, idle_at), Err(Refusal::Idle));
                }
                // In use all the time, it ends all the same.
                let last = BEGAN.plus_ms(absolute * 60_000);
                let used = Session { seen_at: last.minus_ms(1), ..session };
                assert_eq!(used.alive(None, last.minus_ms(1)), Ok(()));
                assert_eq!(used.alive(None, last), Err(Refusal::Expired), "{interface:?} {shared}");
            }
        }
    }

    #[test]
    fn no_person_has_a_session_on_the_api() {
        assert_eq!(Interface::Api.lifetimes(false), None);
        assert_eq!(of(Interface::Api, false).alive(None, BEGAN), Err(Refusal::Unknown));
    }

    #[test]
    fn logging_out_everywhere_ends_what_began_no_later() {
        let session = of(Interface::Portal, false);
        assert_eq!(session.alive(Some(BEGAN.minus_ms(1)), BEGAN), Ok(()));
        assert_eq!(session.alive(Some(BEGAN), BEGAN), Err(Refusal::LoggedOutEverywhere));
    }

    #[test]
    fn two_factors_open_trade_and_only_what_cannot_be_phished_opens_move() {
        for (interface, [_, _, trade, moves]) in RULES {
            let lifetimes = interface.lifetimes(false).unwrap();
            let at = |minutes: i64| BEGAN.plus_ms(minutes * 60_000);
            assert_eq!(windows(lifetimes, Assurance::Aal2, true, BEGAN), (at(trade), at(moves)), "{interface:?}");
            assert_eq!(windows(lifetimes, Assurance::Aal2, false, BEGAN), (at(trade), BEGAN));
            assert_eq!(windows(lifetimes, Assurance::Aal1, true, BEGAN), (BEGAN, BEGAN));
        }
    }

    #[test]
    fn a_window_closes_at_its_last_millisecond_and_each_holds_those_below() {
        let (trade_until, move_until) = (BEGAN.plus_ms(20), BEGAN.plus_ms(10));
        let session = Session { trade_until, move_until, ..of(Interface::Portal, false) };
        for (ms, capability) in
            [(9, Capability::Move), (10, Capability::Trade), (19, Capability::Trade), (20, Capability::View)]
        {
            let now = BEGAN.plus_ms(ms);
            assert_eq!(session.capability(now), capability, "{ms}");
            for needs in Capability::ALL {
                let expected = if needs <= capability { Ok(()) } else { Err(Refusal::StepUp { needs }) };
                assert_eq!(session.may(needs, now), expected);
            }
        }
        // Move holds trade, though its own window has closed.
        let odd = Session { trade_until: BEGAN, ..session };
        assert_eq!(odd.may(Capability::Trade, BEGAN), Ok(()));
    }

    #[test]
    fn a_step_up_never_shortens_a_window_and_lowering_closes_both() {
        let mut sessions = Vec::new();
        apply(&mut sessions, &Event::Begun(of(Interface::Portal, false)));
        let (id, authenticator) = (SessionId::new(1, 1), AuthenticatorId::new(1, 2));
        let up = |t, m| {
            let (trade_until, move_until) = (Timestamp(t), Timestamp(m));
            Event::SteppedUp { id, authenticator, trade_until, move_until }
        };
        apply(&mut sessions, &up(2_000_000, 3_000_000));
        apply(&mut sessions, &up(1_500_000, 1_000_000));
        let windows = |sessions: &[Session]| sessions.first().map(|one| (one.trade_until.0, one.move_until.0));
        assert_eq!(windows(&sessions), Some((2_000_000, 3_000_000)));
        apply(&mut sessions, &Event::Lowered { id: SessionId::new(1, 9) });
        assert_eq!(windows(&sessions), Some((2_000_000, 3_000_000)), "another session was lowered");
        apply(&mut sessions, &Event::Lowered { id });
        assert_eq!(windows(&sessions), Some((BEGAN.0, BEGAN.0)));
        apply(&mut sessions, &Event::Ended { id, why: Ending::LoggedOut });
        assert_eq!(sessions, []);
    }

    #[test]
    fn eight_changes_of_network_are_written_down_at_once_and_then_one_a_minute() {
        let network = |n: u64| Network { tag: crate::network::Tag::new(n), country: None };
        let mut sessions = Vec::new();
        apply(&mut sessions, &Event::Begun(of(Interface::Portal, false)));
        let id = SessionId::new(1, 1);
        let mut written = Vec::new();
        for second in 0..200u64 {
            let at = BEGAN.plus_ms(i64::try_from(second).unwrap() * 1_000);
            let other = network(second % 2);
            if sessions.first().unwrap().changes_to(other, at) {
                apply(&mut sessions, &Event::NetworkChanged { id, network: other, at });
                written.push(second);
            }
            assert!(!sessions.first().unwrap().changes_to(other, at), "the same network is no change");
        }
        assert_eq!(written, [0, 1, 2, 3, 4, 5, 6, 7, 68, 129, 190]);
        assert_eq!(sessions.first().unwrap().seen_at, BEGAN, "a network keeps no session alive");
    }

    #[test]
    fn a_session_that_begins_clears_away_those_that_time_has_ended() {
        let mut sessions = Vec::new();
        let begun = |n, began_at| {
            Event::Begun(Session {
                id: SessionId::new(1, n),
                began_at,
                seen_at: began_at,
                ..of(Interface::Portal, false)
            })
        };
        apply(&mut sessions, &begun(1, BEGAN));
        apply(&mut sessions, &begun(2, BEGAN.plus_ms(12 * HOUR_MS - 1)));
        assert_eq!(sessions.len(), 2);
        apply(&mut sessions, &begun(3, BEGAN.plus_ms(12 * HOUR_MS)));
        assert_eq!(sessions.len(), 2);
    }
}
