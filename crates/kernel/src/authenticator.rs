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
    /// A phone number, in the sealed row: restricted (NI-13).
    Sms,
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
    /// Good for looking, on a device that was confirmed before, and for nothing else (NI-13).
    pub restricted: bool,
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
            Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => false,
        }
    }

    /// A key that cannot be copied to another device.
    pub const fn is_device_bound(&self) -> bool {
        match &self.kind {
            Kind::Passkey(passkey) => !passkey.backup_eligible,
            Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => false,
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
        let plain = |factor| Worth { factor, phishing_resistant: false, suspect: false, restricted: false };
        let worth = |factor| Ok(plain(factor));
        match (&self.kind, evidence.proof) {
            (Kind::Passkey(_), Proof::Assertion { user_verified: false, .. }) => Err(Refusal::NotVerified),
            // What cannot be copied has no copy: no true authenticator says so.
            (Kind::Passkey(passkey), Proof::Assertion { backed_up: true, .. }) if !passkey.backup_eligible => {
                Err(Refusal::EvidenceStale)
            }
            (Kind::Passkey(passkey), Proof::Assertion { sign_count, .. }) => {
                let suspect = passkey.fell_back(sign_count);
                Ok(Worth { phishing_resistant: true, suspect, ..plain(Factor::Both) })
            }
            (Kind::Password, Proof::Password) => worth(Factor::Knowledge),
            (Kind::Totp { step: used }, Proof::Totp { step }) if used.is_none_or(|used| step > used) => {
                worth(Factor::Possession)
            }
            (Kind::RecoveryCodes { left }, Proof::RecoveryCode { index }) if left.contains(&index) => {
                worth(Factor::Recovery)
            }
            (Kind::Sms, Proof::SmsCode) => Ok(Worth { restricted: true, ..plain(Factor::Possession) }),
            (Kind::Passkey(_) | Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms, _) => {
                Err(Refusal::EvidenceStale)
            }
        }
    }

    /// What to write down of a proof that was taken.
    pub fn used(&self, evidence: &Evidence, now: Timestamp) -> Vec<Event> {
        let used = Event::Used { id: self.id, at: now, proof: evidence.proof };
        self.counted_back(evidence).into_iter().chain([used]).collect()
    }

    /// What to write down of a key that was perhaps copied, whether its proof was taken or not.
    pub fn counted_back(&self, evidence: &Evidence) -> Option<Event> {
        let (Kind::Passkey(passkey), Proof::Assertion { sign_count, .. }) = (&self.kind, evidence.proof) else {
            return None;
        };
        let (stored, shown) = (passkey.sign_count, sign_count);
        passkey.fell_back(shown).then_some(Event::CounterFellBack { id: self.id, stored, shown })
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
        (Kind::Totp { step: used }, Proof::Totp { step }) => *used = Some(used.map_or(step, |used| used.max(step))),
        (Kind::RecoveryCodes { left }, Proof::RecoveryCode { index }) => left.retain(|one| *one != index),
        (Kind::Passkey(_) | Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms, _) => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn of(kind: Kind) -> Authenticator {
        Authenticator {
            id: AuthenticatorId::new(1, 1),
            user: UserId::new(1, 1),
            kind,
            state: State::Active,
            revision: 3,
            sealed_sha256: None,
            bound_at: NOW,
            used_at: NOW,
        }
    }
    fn key(backup_eligible: bool, sign_count: u32) -> Authenticator {
        of(Kind::Passkey(Passkey {
            credential_id: "c".into(),
            public_key: "k".into(),
            aaguid: String::new(),
            backup_eligible,
            backed_up: false,
            sign_count,
        }))
    }
    fn shown(proof: Proof) -> Evidence {
        Evidence { authenticator: AuthenticatorId::new(1, 1), revision: 3, at: NOW, proof }
    }
    fn assertion(user_verified: bool, backed_up: bool, sign_count: u32) -> Evidence {
        shown(Proof::Assertion { challenge: Digest::plain(b"c"), user_verified, backed_up, sign_count })
    }
    fn factor(one: &Authenticator, evidence: &Evidence) -> Result<Factor, Refusal> {
        one.check(evidence, NOW).map(|worth| worth.factor)
    }

    #[test]
    fn only_a_passkey_holds_both_factors_and_cannot_be_phished() {
        let totp = of(Kind::Totp { step: None });
        let codes = of(Kind::RecoveryCodes { left: [1].into() });
        let cases = [
            (key(true, 0), assertion(true, false, 0), Factor::Both, true),
            (of(Kind::Password), shown(Proof::Password), Factor::Knowledge, false),
            (totp, shown(Proof::Totp { step: 1 }), Factor::Possession, false),
            (codes, shown(Proof::RecoveryCode { index: 1 }), Factor::Recovery, false),
            (of(Kind::Sms), shown(Proof::SmsCode), Factor::Possession, false),
        ];
        for (n, (one, own, factor, phishing_resistant)) in cases.iter().enumerate() {
            // The last one, by SMS, is restricted (NI-13).
            let (restricted, phishing_resistant) = (n == 4, *phishing_resistant);
            let worth = Worth { factor: *factor, phishing_resistant, suspect: false, restricted };
            assert_eq!(one.check(own, NOW), Ok(worth));
            assert_eq!(one.is_passkey(), n == 0);
            for (m, (_, other, _, _)) in cases.iter().enumerate() {
                if n != m {
                    assert_eq!(one.check(other, NOW), Err(Refusal::EvidenceStale), "proof {m} of authenticator {n}");
                }
            }
        }
    }

    #[test]
    fn presence_without_verification_is_not_taken_wa_20() {
        assert_eq!(factor(&key(true, 0), &assertion(false, false, 0)), Err(Refusal::NotVerified));
    }

    #[test]
    fn a_key_that_cannot_be_copied_has_no_copy_wa_21() {
        assert_eq!(factor(&key(false, 0), &assertion(true, true, 1)), Err(Refusal::EvidenceStale));
        assert_eq!(factor(&key(true, 0), &assertion(true, true, 1)), Ok(Factor::Both));
    }

    #[test]
    fn evidence_of_another_state_of_the_authenticator_is_stale() {
        for revision in [2, 4] {
            let evidence = Evidence { revision, ..shown(Proof::Password) };
            assert_eq!(factor(&of(Kind::Password), &evidence), Err(Refusal::EvidenceStale));
        }
        let fresh = crate::evidence::FRESH_MS;
        for (at, taken) in [(NOW.minus_ms(fresh - 1), true), (NOW.minus_ms(fresh), false), (NOW.plus_ms(1), false)] {
            let evidence = Evidence { at, ..shown(Proof::Password) };
            assert_eq!(factor(&of(Kind::Password), &evidence).is_ok(), taken);
        }
    }

    #[test]
    fn what_is_disabled_or_removed_proves_nothing_and_stays_on_record_ni_10_ni_20() {
        let (id, at, proof) = (AuthenticatorId::new(1, 1), NOW, Proof::Password);
        for (event, refusal) in
            [(Event::Disabled { id }, Refusal::Disabled), (Event::Removed { id }, Refusal::NotFound)]
        {
            let mut known = [of(Kind::Password)].to_vec();
            apply(&mut known, &Event::Disabled { id: AuthenticatorId::new(1, 9) });
            assert_eq!(factor(known.first().unwrap(), &shown(proof)), Ok(Factor::Knowledge));
            apply(&mut known, &event);
            // Nothing that is told later brings it back.
            apply(&mut known, &Event::Used { id, at, proof });
            assert_eq!(known.len(), 1);
            assert_eq!(factor(known.first().unwrap(), &shown(proof)), Err(refusal));
        }
    }

    /// WA-09: only where one of the counters is not zero, and only what cannot be copied.
    #[test]
    fn a_counter_that_does_not_rise_makes_a_bound_key_suspect_and_a_synced_one_not() {
        for (eligible, stored, told, suspect) in [
            (false, 0, 0, false),
            (false, 0, 1, false),
            (false, 5, 6, false),
            (false, 5, 5, true),
            (false, 5, 4, true),
            (false, 5, 0, true),
            (true, 5, 5, false),
            (true, 5, 0, false),
        ] {
            let (one, evidence) = (key(eligible, stored), assertion(true, false, told));
            assert_eq!(one.check(&evidence, NOW).unwrap().suspect, suspect, "{eligible} {stored} {told}");
            let fell = Event::CounterFellBack { id: one.id, stored, shown: told };
            assert_eq!(one.counted_back(&evidence), suspect.then_some(fell.clone()));
            assert_eq!(one.used(&evidence, NOW).contains(&fell), suspect);
        }
    }

    #[test]
    fn the_counter_of_a_key_only_rises() {
        let mut known = [key(false, 5)].to_vec();
        for (told, kept) in [(9, 9), (2, 9)] {
            let proof = assertion(true, false, told).proof;
            apply(&mut known, &Event::Used { id: AuthenticatorId::new(1, 1), at: NOW, proof });
            assert!(matches!(&known.first().unwrap().kind, Kind::Passkey(one) if one.sign_count == kept));
        }
    }

    #[test]
    fn a_step_and_all_before_it_are_used_once() {
        let mut known = [of(Kind::Totp { step: None })].to_vec();
        let (id, at) = (AuthenticatorId::new(1, 1), NOW);
        let taken =
            |known: &[Authenticator], step| factor(known.first().unwrap(), &shown(Proof::Totp { step })).is_ok();
        assert!(taken(&known, 7));
        // Told out of order, the latest still counts.
        for step in [7, 6] {
            apply(&mut known, &Event::Used { id, at, proof: Proof::Totp { step } });
        }
        assert_eq!([6, 7, 8].map(|step| taken(&known, step)), [false, false, true]);
    }

    #[test]
    fn a_recovery_code_is_used_once_ni_24() {
        let mut known = [of(Kind::RecoveryCodes { left: [0, 1].into() })].to_vec();
        let (id, at) = (AuthenticatorId::new(1, 1), NOW);
        let taken = |known: &[Authenticator], index| {
            factor(known.first().unwrap(), &shown(Proof::RecoveryCode { index })).is_ok()
        };
        assert_eq!([0, 1, 2].map(|index| taken(&known, index)), [true, true, false]);
        apply(&mut known, &Event::Used { id, at, proof: Proof::RecoveryCode { index: 0 } });
        assert_eq!([0, 1].map(|index| taken(&known, index)), [false, true]);
    }
}
