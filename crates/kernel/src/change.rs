//! Change: what widens authority, asked for by a person and signed before it happens.

use crate::digest::Digest;
use crate::id::{AccountId, ApprovalId, CredentialId, SessionId, UserId};
use crate::kill_switch::Level;
use crate::signature::Shown;
use crate::time::Timestamp;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub const LIFETIME_MS: i64 = 10 * 60_000;
pub const MAX_PENDING: usize = 10;
/// Alone, an owner releases what stops everything only after this long, and with a second authenticator.
pub const ALONE_AFTER_MS: i64 = 60 * 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Release { level: Level },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub change: Change,
    pub nonce: Digest,
    pub user: UserId,
    pub session: SessionId,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
}

pub type Pending = BTreeMap<ApprovalId, Asked>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Asked {
        id: ApprovalId,
        asked: Asked,
    },
    /// Signed, and done by what follows it.
    Signed {
        id: ApprovalId,
        change: Change,
        user: UserId,
        shown: Shown,
    },
    Dropped {
        id: ApprovalId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotPending,
    TooManyPending,
    /// One person alone: not before `at`, and not with the authenticator that signed in.
    AloneTooSoon {
        at: Timestamp,
    },
    SecondAuthenticator,
}

impl Change {
    /// What stops everything: one person alone waits, and signs with a second authenticator.
    pub const fn takes_two(&self) -> bool {
        match self {
            Self::Release { level: Level::Customer | Level::Firm } => true,
            Self::Release { level: Level::Credential(_) | Level::Account(_) } => false,
        }
    }

    /// What the signature commits to besides the words that are shown.
    pub fn digest(&self) -> Digest {
        Digest::plain(&self.canonical())
    }

    /// The bytes of it, for whoever checks a signature later.
    pub fn canonical(&self) -> Vec<u8> {
        let of = |kind: &[u8], id: u128| Digest::framed(&[b"portreeve/change/v1", b"release", kind, &id.to_be_bytes()]);
        let credential = |id: CredentialId| of(b"credential", id.bits());
        let account = |id: AccountId| of(b"account", id.bits());
        match self {
            Self::Release { level: Level::Credential(id) } => credential(*id),
            Self::Release { level: Level::Account(id) } => account(*id),
            Self::Release { level: Level::Customer } => of(b"customer", 0),
            Self::Release { level: Level::Firm } => of(b"firm", 0),
        }
    }
}

/// The change that may be signed at `now`.
pub fn signable(pending: &Pending, id: ApprovalId, now: Timestamp) -> Result<&Asked, Refusal> {
    pending.get(&id).filter(|asked| now < asked.expires_at).ok_or(Refusal::NotPending)
}

/// Writes, never judges.
pub fn apply(pending: &mut Pending, event: &Event) {
    match event {
        Event::Asked { id, asked } => {
            // What nobody signed in time leaves nothing behind.
            pending.retain(|_, one| one.expires_at > asked.asked_at);
            pending.insert(*id, *asked);
        }
        Event::Signed { id, .. } | Event::Dropped { id } => {
            pending.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_signed_within_ten_minutes_and_once() {
        let (id, at) = (ApprovalId::new(1, 1), Timestamp(0));
        let change = Change::Release { level: Level::Customer };
        let (user, session) = (UserId::new(1, 1), SessionId::new(1, 1));
        let (nonce, expires_at) = (Digest::plain(b"n"), at.plus_ms(LIFETIME_MS));
        let asked = Asked { change, nonce, user, session, asked_at: at, expires_at };
        let mut pending = Pending::new();
        assert_eq!(signable(&pending, id, at), Err(Refusal::NotPending));
        apply(&mut pending, &Event::Asked { id, asked });
        assert_eq!(signable(&pending, id, Timestamp(LIFETIME_MS - 1)), Ok(&asked));
        assert_eq!(signable(&pending, id, Timestamp(LIFETIME_MS)), Err(Refusal::NotPending));
        // The next one that is asked for clears it away.
        let late = Asked { asked_at: Timestamp(LIFETIME_MS), expires_at: Timestamp(2 * LIFETIME_MS), ..asked };
        apply(&mut pending, &Event::Asked { id: ApprovalId::new(1, 2), asked: late });
        assert_eq!(pending.len(), 1);
        apply(&mut pending, &Event::Dropped { id: ApprovalId::new(1, 2) });
        assert_eq!(pending.len(), 0);
    }

    #[test]
    fn every_level_is_another_change() {
        let levels = [
            Level::Credential(CredentialId::new(1, 1)),
            Level::Credential(CredentialId::new(1, 2)),
            Level::Account(AccountId::new(1, 1)),
            Level::Account(AccountId::new(1, 2)),
            Level::Customer,
            Level::Firm,
        ];
        let digests = levels.map(|level| Change::Release { level }.digest());
        for (n, one) in digests.iter().enumerate() {
            assert!(digests.iter().skip(n + 1).all(|other| other != one));
        }
    }
}
