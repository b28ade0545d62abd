//! Change: what widens authority, asked for by a person and signed before it happens.
//!
//! Kept: those that wait. One that was signed is in the journal, with what it did.

use crate::canonical;
use crate::digest::Digest;
use crate::id::{AccountId, ApprovalId, CredentialId, DeviceId, SessionId, UserId};
use crate::instrument::Selector;
use crate::kill_switch::Level;
use crate::limits::Limits;
use crate::new_credential::NewCredential;
use crate::signature::Shown;
use crate::ticket::Stated;
use crate::time::Timestamp;
use crate::user::Role;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub const LIFETIME_MS: i64 = 10 * 60_000;
pub const MAX_PENDING: usize = 10;
/// Of one person; the next one voids the oldest.
pub const MAX_PENDING_PER_USER: usize = 2;
/// Alone, an owner releases what stops everything only after this long, and with a second authenticator.
pub const ALONE_AFTER_MS: i64 = 60 * 60_000;

/// `over` is what stood when it was asked: over anything else it is void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Release {
        level: Level,
    },
    AccountLimits {
        id: AccountId,
        limits: Limits,
        over: Digest,
    },
    /// What was restricted may be traded.
    Restricted {
        id: AccountId,
        restricted: Vec<Selector>,
        over: Digest,
    },
    CredentialLimits {
        id: CredentialId,
        limits: Limits,
        over: Digest,
    },
    Ticket {
        id: CredentialId,
        stated: Box<Stated>,
        over: Digest,
    },
    Resume {
        id: CredentialId,
    },
    /// A credential that trades on a live account.
    Credential(Box<NewCredential>),
    /// The device is told by push, at what the sealed row says.
    Push {
        device: DeviceId,
        sha256: Digest,
        /// Of the push service, for the words. The row says it too; what was signed before it was said has none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        host: String,
    },
    /// Somebody may come in as a user of this role.
    Invite {
        role: Role,
        label: String,
    },
    /// Whoever may sign for everybody is one no more.
    RemoveOwner {
        id: UserId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub change: Change,
    pub nonce: Digest,
    pub user: UserId,
    pub session: SessionId,
    /// The device it was asked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
    /// Signatures that were brought for it and are none.
    #[serde(skip)]
    pub missed: u8,
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
    /// What this user brought as a signature is none.
    Missed {
        id: ApprovalId,
        user: UserId,
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
            Self::Release { level: Level::Credential(_) | Level::Account(_) }
            | Self::AccountLimits { .. }
            | Self::Restricted { .. }
            | Self::CredentialLimits { .. }
            | Self::Ticket { .. }
            | Self::Resume { .. }
            | Self::Credential(_)
            | Self::Push { .. }
            | Self::Invite { .. }
            | Self::RemoveOwner { .. } => false,
        }
    }

    /// Whether it is a person's own, whatever their role; all others are an owner's.
    pub const fn is_ones_own(&self) -> bool {
        matches!(self, Self::Push { .. })
    }

    /// What the signature commits to besides the words that are shown.
    pub fn digest(&self) -> Digest {
        Digest::plain(&self.canonical())
    }

    /// The bytes of it, for whoever checks a signature later.
    pub fn canonical(&self) -> Vec<u8> {
        canonical::bytes("portreeve/change/v1", self)
    }

    /// Whether both are about the same thing: only one question about it waits.
    pub fn same_subject(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Release { level: one }, Self::Release { level: two }) => one == two,
            (Self::AccountLimits { id: one, .. }, Self::AccountLimits { id: two, .. })
            | (Self::Restricted { id: one, .. }, Self::Restricted { id: two, .. }) => one == two,
            (Self::CredentialLimits { id: one, .. }, Self::CredentialLimits { id: two, .. })
            | (Self::Ticket { id: one, .. }, Self::Ticket { id: two, .. })
            | (Self::Resume { id: one }, Self::Resume { id: two }) => one == two,
            (Self::Credential(one), Self::Credential(two)) => one.name == two.name,
            (Self::Push { device: one, .. }, Self::Push { device: two, .. }) => one == two,
            (Self::Invite { label: one, .. }, Self::Invite { label: two, .. }) => one == two,
            (Self::RemoveOwner { id: one }, Self::RemoveOwner { id: two }) => one == two,
            (
                Self::Release { .. }
                | Self::AccountLimits { .. }
                | Self::Restricted { .. }
                | Self::CredentialLimits { .. }
                | Self::Ticket { .. }
                | Self::Resume { .. }
                | Self::Credential(_)
                | Self::Push { .. }
                | Self::Invite { .. }
                | Self::RemoveOwner { .. },
                _,
            ) => false,
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
            pending.insert(*id, asked.clone());
        }
        Event::Signed { id, .. } | Event::Dropped { id } => {
            pending.remove(id);
        }
        Event::Missed { id, .. } => {
            if let Some(asked) = pending.get_mut(id) {
                asked.missed = asked.missed.saturating_add(1);
            }
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
        let asked = Asked { change, nonce, user, session, device: None, asked_at: at, expires_at, missed: 0 };
        let mut pending = Pending::new();
        assert_eq!(signable(&pending, id, at), Err(Refusal::NotPending));
        apply(&mut pending, &Event::Asked { id, asked: asked.clone() });
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
