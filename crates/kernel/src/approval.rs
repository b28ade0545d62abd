//! Approval: a named person's answer to exactly what will happen, given elsewhere than it was asked.
//!
//! Kept: pending approvals only. A settled one is in the journal.

use crate::actor::Actor;
use crate::device::{self, Device};
use crate::digest::Digest;
use crate::id::{ApprovalId, AuthenticatorId, CredentialId, DeviceId, OrderId, SessionId, UserId};
use crate::leverage::Raised;
use crate::signature::Shown;
use crate::time::Timestamp;
use alloc::collections::BTreeMap;
use serde::{Deserialize, Serialize};

pub const ORDER_LIFETIME_MS: i64 = 120_000;
pub const MAX_PENDING_PER_REQUESTER: usize = 2;
pub const MAX_PENDING: usize = 10;
/// So many signatures that are none, and it is refused (WS-02, PSD2 RTS 4(3)(b)).
pub const MOST_MISSED: u8 = 5;

/// What was asked, by whom, and what the answer must commit to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub order: OrderId,
    pub request: Digest,
    pub nonce: Digest,
    pub requester: CredentialId,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
    /// Of a person's order: the device it was asked on, which never answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_on: Option<DeviceId>,
    /// Of a person's order: it was asked for only to close.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub closes: bool,
    /// Signatures that were brought for it and are none.
    #[serde(skip)]
    pub missed: u8,
    /// It takes a device-bound key, or two approvers.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub top: bool,
    /// It would raise the account's leverage above what is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<Raised>,
    /// The first of two has signed; whether that still counts is judged when the second does.
    #[serde(skip)]
    pub first: Option<First>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First {
    pub user: UserId,
    pub authenticator: AuthenticatorId,
    pub session: SessionId,
}

pub type Pending = BTreeMap<ApprovalId, Approval>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Grant,
    Refuse,
    /// Nobody answered in time: that refuses.
    TimeOut,
    /// The order was changed or cancelled meanwhile: that voids.
    Void,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Requested {
        id: ApprovalId,
        approval: Approval,
    },
    /// What `Settled` rests on: anyone can check it later. Where it takes two, the first of them waits for the other.
    Signed {
        id: ApprovalId,
        user: UserId,
        authenticator: AuthenticatorId,
        shown: Shown,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<SessionId>,
    },
    Settled {
        id: ApprovalId,
        verdict: Verdict,
        by: Actor,
    },
    /// What this user brought as a signature is none.
    Missed {
        id: ApprovalId,
        user: UserId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    TooManyPending,
    NotPending,
    OwnRequest,
    /// A person's order is granted on another device than it was asked on, one that was trusted before.
    OtherDevice,
    /// The same person is not the second one.
    SignedAlready,
    /// There is neither a device-bound key nor a second approver.
    OutOfReach,
    /// One approver, and not with a device-bound key.
    TakesTwo,
}

/// Places are kept for people: programs that ask again and again do not keep a person's own order out.
pub fn may_request(pending: &Pending, requester: CredentialId, asked_on: Option<DeviceId>) -> Result<(), Refusal> {
    let (others, most) = match asked_on {
        Some(_) => (pending.len(), MAX_PENDING),
        None => {
            (pending.values().filter(|one| one.asked_on.is_none()).count(), MAX_PENDING - MAX_PENDING_PER_REQUESTER)
        }
    };
    let by_requester = pending.values().filter(|approval| approval.requester == requester).count();
    if by_requester >= MAX_PENDING_PER_REQUESTER || others >= most {
        return Err(Refusal::TooManyPending);
    }
    Ok(())
}

/// The approval that `by` may answer at `now`: pending, in time, and not one's own.
pub fn answerable(pending: &Pending, id: ApprovalId, by: Actor, now: Timestamp) -> Result<&Approval, Refusal> {
    let approval = pending.get(&id).filter(|approval| now < approval.expires_at).ok_or(Refusal::NotPending)?;
    match by {
        Actor::Local { .. } | Actor::User { .. } => Ok(approval),
        Actor::Credential(_) | Actor::Visitor | Actor::Venue | Actor::House => Err(Refusal::OwnRequest),
    }
}

/// Whether the device is another one than it was asked on, and was trusted before: what a person asks for on one
/// device is never granted there, nor on one that was let in for it.
pub fn elsewhere(asked_on: DeviceId, asked_at: Timestamp, device: &Device) -> Result<(), Refusal> {
    if device.id == asked_on { Err(Refusal::OtherDevice) } else { bound_before(asked_at, device) }
}

/// A device of one's own, that was there before there was anything to answer.
pub fn bound_before(asked_at: Timestamp, device: &Device) -> Result<(), Refusal> {
    let before = matches!(device.state, device::State::Validated { since, .. } if since <= asked_at);
    if before && !device.shared { Ok(()) } else { Err(Refusal::OtherDevice) }
}

/// Writes, never judges.
pub fn apply(pending: &mut Pending, event: &Event) {
    match event {
        Event::Requested { id, approval } => {
            pending.insert(*id, approval.clone());
        }
        Event::Missed { id, .. } => {
            if let Some(approval) = pending.get_mut(id) {
                approval.missed = approval.missed.saturating_add(1);
            }
        }
        Event::Signed { id, user, authenticator, session, .. } => {
            let first = session.map(|session| First { user: *user, authenticator: *authenticator, session });
            pending.entry(*id).and_modify(|one| one.first = first);
        }
        Event::Settled { id, .. } => {
            pending.remove(id);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asked(by: u128) -> Approval {
        Approval {
            order: OrderId::new(1, 1),
            request: Digest::of(&[]),
            nonce: Digest::of(&[]),
            requester: CredentialId::new(1, by),
            asked_at: Timestamp(0),
            expires_at: Timestamp(ORDER_LIFETIME_MS),
            asked_on: None,
            closes: false,
            missed: 0,
            top: false,
            raised: None,
            first: None,
        }
    }

    fn pending(requesters: &[u128]) -> Pending {
        let mut pending = Pending::new();
        for (n, by) in requesters.iter().enumerate() {
            apply(&mut pending, &Event::Requested { id: ApprovalId::new(1, n as u128), approval: asked(*by) });
        }
        pending
    }

    #[test]
    fn a_requester_has_two_places_and_all_have_ten() {
        let me = CredentialId::new(1, 1);
        let device = Some(DeviceId::new(1, 1));
        assert_eq!(may_request(&pending(&[1]), me, None), Ok(()));
        assert_eq!(may_request(&pending(&[1, 1]), me, None), Err(Refusal::TooManyPending));
        assert_eq!(may_request(&pending(&[1, 1]), me, device), Err(Refusal::TooManyPending));
        assert_eq!(may_request(&pending(&[2; 7]), me, None), Ok(()));
        assert_eq!(may_request(&pending(&[2; 8]), me, None), Err(Refusal::TooManyPending));
        // Two places are a person's own, whatever programs ask for.
        assert_eq!(may_request(&pending(&[2; 9]), me, device), Ok(()));
        assert_eq!(may_request(&pending(&[2; 10]), me, device), Err(Refusal::TooManyPending));
    }

    #[test]
    fn it_is_answered_in_time_once_and_never_by_a_program() {
        let mut waiting = pending(&[1]);
        let id = *waiting.keys().next().unwrap();
        let (local, last) = (Actor::Local { uid: 0 }, Timestamp(ORDER_LIFETIME_MS - 1));
        assert!(answerable(&waiting, id, local, last).is_ok());
        assert_eq!(answerable(&waiting, id, local, last.plus_ms(1)), Err(Refusal::NotPending));
        for program in [Actor::Credential(CredentialId::new(1, 9)), Actor::House, Actor::Venue] {
            assert_eq!(answerable(&waiting, id, program, last), Err(Refusal::OwnRequest));
        }
        apply(&mut waiting, &Event::Settled { id, verdict: Verdict::Grant, by: local });
        assert_eq!(answerable(&waiting, id, local, last), Err(Refusal::NotPending));
    }
}
