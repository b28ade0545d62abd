//! One-time codes: recovery codes and device codes, kept as hashes.

use crate::crockford;
use crate::random::{self, NoRandomness};
use crate::seal::{DataKey, Unsealable};
use crate::token;
use aws_lc_rs::hmac;
use kernel::digest::Digest;
use std::fmt;
use zeroize::Zeroizing;

/// How many recovery codes a user saves at a time.
pub const RECOVERY_CODES: usize = 10;
/// 120 bits: at least the 64 of NI-24, and the 112 from which a plain keyed hash is enough (ASVS 6.5.2).
const RECOVERY_BYTES: usize = 15;
/// 40 bits, with the device's identifier (NI-22).
const DEVICE_BYTES: usize = 5;
/// NI-22, NI-11: at most ten minutes.
pub const DEVICE_CODE_LIFE_MS: i64 = 600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    #[error("this is not how such a code looks")]
    Malformed,
    #[error("not one of the codes")]
    Wrong,
    #[error("the code is older than ten minutes")]
    Expired,
}

/// The key under which codes are hashed: who reads the hashes alone cannot try codes against them, not even short ones.
pub struct CodeKey(hmac::Key);

impl CodeKey {
    /// From the data key of the codes' owner, so that erasing the owner makes the hashes meaningless.
    pub fn of(owner: &DataKey) -> Result<Self, Unsealable> {
        let key = owner.derive("portreeve/code-key/v1")?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, key.bytes())))
    }

    /// Bound to its purpose and to whom it is for, each preceded by its length.
    fn hash(&self, purpose: &[u8], bound_to: &str, code: &[u8]) -> Digest {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [purpose, bound_to.as_bytes(), code] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        Digest::of(&[b"portreeve/code/v1", context.sign().as_ref()])
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey")
    }
}

/// A code that a user saves for the day when all else is lost. Shown once; kept is its hash.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<[u8; RECOVERY_BYTES]>);

impl RecoveryCode {
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self(random::bytes()?))
    }
    /// A whole set of new ones.
    pub fn set() -> Result<Vec<Self>, NoRandomness> {
        (0..RECOVERY_CODES).map(|_| Self::random()).collect()
    }
    /// Six groups of four.
    pub fn text(&self) -> Zeroizing<String> {
        crockford::grouped(self.0.as_slice())
    }
    /// In any case, with any blanks and hyphens, wide letters, O for 0, I and L for 1.
    pub fn parse(typed: &str) -> Result<Self, NotProven> {
        crockford::parse(typed).map(Self).ok_or(NotProven::Malformed)
    }
    /// What is kept; `user` is the id of the user whose code it is.
    pub fn hash(&self, key: &CodeKey, user: &str) -> Digest {
        key.hash(b"recovery", user, self.0.as_slice())
    }
    /// Which of the kept hashes is this code's? All are compared, so the time tells nothing.
    pub fn find(&self, key: &CodeKey, user: &str, kept: &[Digest]) -> Result<usize, NotProven> {
        let hash = self.hash(key, user);
        let hit = |found, (index, kept): (usize, &Digest)| if token::same(&hash, kept) { Some(index) } else { found };
        kept.iter().enumerate().fold(None, hit).ok_or(NotProven::Wrong)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}

/// A code shown on a bound device and typed on a new one, once, within ten minutes; never sent by e-mail.
#[derive(Clone)]
pub struct DeviceCode(Zeroizing<[u8; DEVICE_BYTES]>);

/// What is kept of a device code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptDeviceCode {
    pub hash: Digest,
    pub issued_at_ms: i64,
}

impl DeviceCode {
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self(random::bytes()?))
    }
    /// Two groups of four.
    pub fn text(&self) -> Zeroizing<String> {
        crockford::grouped(self.0.as_slice())
    }
    pub fn parse(typed: &str) -> Result<Self, NotProven> {
        crockford::parse(typed).map(Self).ok_or(NotProven::Malformed)
    }
    /// What is kept; `device` is the id of the pending device, the identifier that NI-22 asks for.
    pub fn kept(&self, key: &CodeKey, device: &str, now_ms: i64) -> KeptDeviceCode {
        KeptDeviceCode { hash: key.hash(b"device", device, self.0.as_slice()), issued_at_ms: now_ms }
    }
    /// Is it the code that was issued for this device, in its time? Compared first, so that the time tells nothing.
    pub fn check(&self, key: &CodeKey, device: &str, kept: &KeptDeviceCode, now_ms: i64) -> Result<(), NotProven> {
        let right = token::same(&key.hash(b"device", device, self.0.as_slice()), &kept.hash);
        let age = now_ms.saturating_sub(kept.issued_at_ms);
        if !right {
            Err(NotProven::Wrong)
        } else if age >= DEVICE_CODE_LIFE_MS {
            Err(NotProven::Expired)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceCode")
    }
}
