//! Push: a device that is told by its browser's push service, turned on by a signature on that device; and what it is told.

use crate::device::MAX_TRUSTED;
use crate::digest::Digest;
use crate::id::{DeviceId, UserId};
use crate::notice::Kind;
use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Of one user; the next one takes the place of the oldest.
pub const MAX_PER_USER: usize = MAX_TRUSTED;
/// A name of DNS, and a port.
const LONGEST_HOST: usize = 253 + 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    pub user: UserId,
    pub device: DeviceId,
    /// Of the sealed row that holds where to, and the keys.
    pub sha256: Digest,
    pub since: Timestamp,
}

/// Where the push service has said that there is nobody: the device is told so when it looks, until it is turned on anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    pub user: UserId,
    pub device: DeviceId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Asked,
    /// The push service has said that there is nobody any more.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    On(Push),
    Off { user: UserId, device: DeviceId, why: Why },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotOn,
    /// It is turned on at the device itself.
    OtherDevice,
    /// Somebody else's computer.
    SharedDevice,
    /// The push service that would be signed for is none that can be written down.
    NotAHost,
}

/// All that a push says: the push service, and whoever sees a locked screen, learn no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    Approval,
    Security,
    Alert,
    Fill,
}

impl Hint {
    pub const ALL: [Self; 4] = [Self::Approval, Self::Security, Self::Alert, Self::Fill];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Security => "security",
            Self::Alert => "alert",
            Self::Fill => "fill",
        }
    }

    /// `None`: a phone does not ring for it.
    pub const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::ApprovalAsked | Kind::ApprovalsUnanswered | Kind::ChangeAsked => Some(Self::Approval),
            // Whoever answered knows; and of five questions there would be ten pushes (CB-10).
            Kind::ApprovalSettled => None,
            // Most end at midnight, and nothing can be signed for it.
            Kind::CredentialExpiring | Kind::CredentialExpired => None,
            Kind::Fill => Some(Self::Fill),
            Kind::ProgramRefused | Kind::ProgramSilent | Kind::OrderUnknown | Kind::Alert | Kind::DayLoss => {
                Some(Self::Alert)
            }
            Kind::SignIn
            | Kind::NewDevice
            | Kind::DeviceConfirmed
            | Kind::DeviceRevoked
            | Kind::AuthenticatorBound
            | Kind::AuthenticatorRemoved
            | Kind::AuthenticatorDisabled
            | Kind::AuthenticatorCopied
            | Kind::LoggedOutEverywhere
            | Kind::UserEnrolled
            | Kind::EmailChanged
            | Kind::NoticesChanged
            | Kind::KillSwitchEngaged
            | Kind::KillSwitchReleased
            | Kind::CredentialCreated
            | Kind::CredentialRotated
            | Kind::CredentialSuspended
            | Kind::CredentialResumed
            | Kind::CredentialRevoked
            | Kind::LimitsRaised
            | Kind::UserInvited
            | Kind::UserRemoved => Some(Self::Security),
        }
    }
}

pub fn on(pushes: &[Push], device: DeviceId) -> Option<&Push> {
    pushes.iter().find(|one| one.device == device)
}

/// The host of a push service as it is signed: nothing in it can be read as other words.
pub fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':');
    (1..=LONGEST_HOST).contains(&text.len()) && text.chars().all(plain)
}

/// A device that is gone is told nothing any more.
pub fn forget(pushes: &mut Vec<Push>, device: DeviceId) {
    pushes.retain(|one| one.device != device);
}

/// Writes, never judges.
pub fn apply(pushes: &mut Vec<Push>, gone: &mut Vec<Gone>, event: &Event) {
    match event {
        Event::On(push) => {
            gone.retain(|one| one.device != push.device);
            forget(pushes, push.device);
            if pushes.iter().filter(|one| one.user == push.user).count() >= MAX_PER_USER
                && let Some(oldest) = pushes.iter().position(|one| one.user == push.user)
            {
                pushes.remove(oldest);
            }
            pushes.push(*push);
        }
        Event::Off { user, device, why } => {
            forget(pushes, *device);
            gone.retain(|one| one.device != *device);
            if *why == Why::Gone {
                if gone.iter().filter(|one| one.user == *user).count() >= MAX_PER_USER
                    && let Some(oldest) = gone.iter().position(|one| one.user == *user)
                {
                    gone.remove(oldest);
                }
                gone.push(Gone { user: *user, device: *device });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(user: u128, device: u128) -> Push {
        let (user, device) = (UserId::new(1, user), DeviceId::new(1, device));
        Push { user, device, sha256: Digest::plain(b"row"), since: Timestamp(0) }
    }

    #[test]
    fn a_device_has_one_place_and_of_a_user_five_are_told() {
        let (mut pushes, mut gone) = (Vec::new(), Vec::new());
        apply(&mut pushes, &mut gone, &Event::On(push(2, 90)));
        for n in (0..8).chain([7]) {
            apply(&mut pushes, &mut gone, &Event::On(push(1, n)));
        }
        let told: Vec<_> = pushes.iter().map(|one| one.device).collect();
        assert_eq!(told, [90, 3, 4, 5, 6, 7].map(|n| DeviceId::new(1, n)));
        let off = Event::Off { user: UserId::new(1, 1), device: DeviceId::new(1, 5), why: Why::Gone };
        apply(&mut pushes, &mut gone, &off);
        assert_eq!(on(&pushes, DeviceId::new(1, 5)), None);
        assert_eq!(pushes.len(), 5);
    }

    #[test]
    fn that_a_push_service_ended_it_is_remembered_until_it_is_turned_on_or_off_by_a_person() {
        let (mut pushes, mut gone) = (Vec::new(), Vec::new());
        let (user, device) = (UserId::new(1, 1), DeviceId::new(1, 5));
        let over = |device| Event::Off { user, device, why: Why::Gone };
        for then in [Event::On(push(1, 5)), Event::Off { user, device, why: Why::Asked }] {
            apply(&mut pushes, &mut gone, &over(device));
            assert_eq!(gone, [Gone { user, device }]);
            apply(&mut pushes, &mut gone, &then);
            assert_eq!(gone, []);
        }
        for n in 0..20 {
            apply(&mut pushes, &mut gone, &over(DeviceId::new(1, n)));
        }
        assert_eq!(gone.len(), MAX_PER_USER);
    }

    #[test]
    fn a_host_is_written_in_letters_that_say_nothing_else() {
        for text in ["fcm.googleapis.com", "wns2-par02p.notify.windows.com", "localhost:8443"] {
            assert!(is_host(text), "{text}");
        }
        for text in ["", "a.example\nTurn it off", "a.example b", "A.example", "a.example/x", "\u{440}ush.example"] {
            assert!(!is_host(text), "{text}");
        }
        assert!(!is_host(&"a".repeat(LONGEST_HOST + 1)));
    }

    #[test]
    fn what_is_security_rings_and_an_answer_does_not_cb_10() {
        assert_eq!(Hint::of(Kind::NewDevice), Some(Hint::Security));
        assert_eq!(Hint::of(Kind::ApprovalAsked), Some(Hint::Approval));
        assert_eq!(Hint::of(Kind::ApprovalSettled), None);
    }
}
