//! Authenticator: what a user proves with, and what each proof of it is worth.

use crate::digest::Digest;
use crate::evidence::{Evidence, Proof};
use crate::id::{AuthenticatorId, UserId};
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub const MAX_PER_USER: usize = 20;
pub const RECOVERY_CODES: u8 = 10;

/// A passkey or a security key: everything of it is public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Base64url, as browsers name it.
    pub credential_id: String,
    /// Algorithm and key, in the vault's text form.
    pub public_key: String,
    pub aaguid: String,
    /// May be copied between devices (WebAuthn BE): never changes.
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub sign_count: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Passkey(Passkey),
    Password,
    Totp {
        /// The last time step that was used.
        step: Option<i64>,
    },
    RecoveryCodes {
        /// Those that were not used yet.
        left: Vec<u8>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Active,
    /// After too many failures in a row: bind another, this one does not come back (NI-10).
    Disabled,
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticator {
    pub id: AuthenticatorId,
    pub user: UserId,
    pub kind: Kind,
    pub state: State,
    pub revision: u32,
    /// Of the sealed row that holds its secret, where it has one.
    pub sealed_sha256: Option<Digest>,
    pub bound_at: Timestamp,
    pub used_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Bound(Authenticator),
    Used {
        id: AuthenticatorId,
        at: Timestamp,
        proof: Proof,
    },
    /// The counter of a key that cannot be copied went back: perhaps it was copied (WA-09).
    CounterFellBack {
        id: AuthenticatorId,
        stored: u32,
        shown: u32,
    },
    Disabled {
        id: AuthenticatorId,
    },
    Removed {
        id: AuthenticatorId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    Disabled,
    /// Too old, of an earlier state of the authenticator, or used before.
    EvidenceStale,
    /// Present, but not verified by PIN or biometrics (WA-20).
    NotVerified,
    /// The challenge that was signed is another one.
    WrongChallenge,
    TooMany,
    /// The only one that signs in by itself is kept.
    LastOne,
    CredentialTaken,
}

/// What one good proof shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    pub factor: Factor,
    /// Bound to the origin, so that no other site can pass it on.
    pub phishing_resistant: bool,
    /// It should be shown again, by another authenticator, before anything is opened by it.
    pub suspect: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// Two factors in one: the key and what unlocks it.
    Both,
    Knowledge,
    Possession,
    Recovery,
}

impl Authenticator {
    /// Signs in alone, and cannot be phished.
    pub const fn is_passkey(&self) -> bool {
        match self.kind {
            Kind::Passkey(_) => true,
            Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } => false,
        }
    }

    pub fn check(&self, evidence: &Evidence, now: Timestamp) -> Result<Worth, Refusal> {
        match self.state {
            State::Active => {}
            State::Disabled => return Err(Refusal::Disabled),
            State::Removed => return Err(Refusal::NotFound),
        }
        if evidence.revision != self.revision || !evidence.is_fresh(now) {
            return Err(Refusal::EvidenceStale);
        }
        let worth = |factor| Ok(Worth { factor, phishing_resistant: false, suspect: false });
        match (&self.kind, evidence.proof) {
            (Kind::Passkey(_), Proof::Assertion { user_verified: false, .. }) => Err(Refusal::NotVerified),
            (Kind::Passkey(passkey), Proof::Assertion { sign_count, .. }) => {
                Ok(Worth { factor: Factor::Both, phishing_resistant: true, suspect: passkey.fell_back(sign_count) })
            }
            (Kind::Password, Proof::Password) => worth(Factor::Knowledge),
            (Kind::Totp { step: used }, Proof::Totp { step }) if used.is_none_or(|used| step > used) => {
                worth(Factor::Possession)
            }
            (Kind::RecoveryCodes { left }, Proof::RecoveryCode { index }) if left.contains(&index) => {
                worth(Factor::Recovery)
            }
            (Kind::Passkey(_) | Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. }, _) => {
                Err(Refusal::EvidenceStale)
            }
        }
    }

    /// What to write down of a proof that was taken.
    pub fn used(&self, evidence: &Evidence, now: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        if let (Kind::Passkey(passkey), Proof::Assertion { sign_count, .. }) = (&self.kind, evidence.proof)
            && passkey.fell_back(sign_count)
        {
            events.push(Event::CounterFellBack { id: self.id, stored: passkey.sign_count, shown: sign_count });
        }
        events.push(Event::Used { id: self.id, at: now, proof: evidence.proof });
        events
    }
}

impl Passkey {
    /// Only for what cannot be copied, and only where it counts at all: a risk signal, not proof.
    const fn fell_back(&self, shown: u32) -> bool {
        !self.backup_eligible && (self.sign_count != 0 || shown != 0) && shown <= self.sign_count
    }
}

/// Writes, never judges.
pub fn apply(known: &mut Vec<Authenticator>, event: &Event) {
    let mut each = |id: AuthenticatorId, change: &dyn Fn(&mut Authenticator)| {
        known.iter_mut().filter(|one| one.id == id).for_each(change);
    };
    match event {
        Event::Used { id, at, proof } => each(*id, &|one| {
            one.used_at = *at;
            mark(&mut one.kind, *proof);
        }),
        Event::CounterFellBack { .. } => {}
        Event::Disabled { id } => each(*id, &|one| one.state = State::Disabled),
        // It stays on record (NI-20).
        Event::Removed { id } => each(*id, &|one| one.state = State::Removed),
        Event::Bound(authenticator) => known.push(authenticator.clone()),
    }
}

fn mark(kind: &mut Kind, proof: Proof) {
    match (kind, proof) {
        (Kind::Passkey(passkey), Proof::Assertion { backed_up, sign_count, .. }) => {
            passkey.backed_up = backed_up;
            passkey.sign_count = passkey.sign_count.max(sign_count);
        }
        (Kind::Totp { step: used }, Proof::Totp { step }) => *used = Some(step),
        (Kind::RecoveryCodes { left }, Proof::RecoveryCode { index }) => left.retain(|one| *one != index),
        (Kind::Passkey(_) | Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. }, _) => {}
    }
}
