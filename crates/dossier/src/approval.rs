//! Approval file: one signed approval with everything its signature rests on. It is checked without a journal.

use crate::pretty;
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::change::Change;
use kernel::device;
use kernel::digest::Digest;
use kernel::id::{ApprovalId, AuthenticatorId, DeviceId, OrderId, UserId};
use kernel::order::Terms;
use kernel::signature;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use vault::base64url;
use vault::webauthn::{BadOrigin, BadPublicKey, Expected, NotProven, Presented, PublicKey, RelyingParty, Stored};

pub const FORMAT: &str = "portreeve/approval/v1";
/// Longest file that is read. What a browser signs with is a few kilobytes.
pub const MAX_BYTES: usize = 256 * 1024;
const MOST_CREDENTIAL_ID: usize = 1023;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalFile {
    pub format: String,
    pub id: ApprovalId,
    pub request: Request,
    pub asked: Asked,
    pub shown: Shown,
    pub key: Key,
    pub signed: Signed,
    pub settled: Settled,
    /// Where it took two approvers: what the other of them signed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Box<First>>,
}

/// One of two signatures over the same request, in words that were shown to another person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    pub shown: Shown,
    pub key: Key,
    pub signed: Signed,
}

/// What the signature commits to: the thing itself, the bytes its digest is over (in hexadecimal), the digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    Order {
        id: OrderId,
        terms: Terms,
        bytes: String,
        digest: Digest,
    },
    /// As its event has it: kinds that come later need nothing new here.
    Change {
        change: Change,
        bytes: String,
        digest: Digest,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub at: Timestamp,
    pub by: Actor,
    pub expires_at: Timestamp,
    pub nonce: Digest,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on: Option<DeviceId>,
    /// It takes a device-bound key, or two approvers.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub top: bool,
}

/// The words to the letter, and what the browser made of them, base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    pub display: String,
    pub challenge: Digest,
    pub client_data: String,
    pub authenticator_data: String,
    pub signature: String,
}

/// As it was bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub authenticator: AuthenticatorId,
    pub credential_id: String,
    pub public_key: String,
    pub algorithm: String,
    pub backup_eligible: bool,
    pub bound_at: Timestamp,
    /// Of one that took two approvers or such a key: its user, the first owner, was enrolled with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub enrolled: bool,
}

impl Key {
    /// It cannot be copied, and was not made for this: as the kernel takes it, as far as the file tells.
    pub fn is_enough(&self, asked_at: Timestamp) -> bool {
        let old = self.bound_at.plus_ms(device::MOVE_AFTER_MS) <= asked_at;
        !self.backup_eligible && self.bound_at <= asked_at && (old || self.enrolled)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    pub at: Timestamp,
    pub by: UserId,
    pub rp_id: String,
    pub origin: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    pub at: Timestamp,
    pub by: Actor,
    pub verdict: Verdict,
}

/// Why a file is no valid approval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotValid {
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("it says more than this program understands, or says it otherwise, from byte {at} on")]
    Spelling { at: usize },
    #[error("its format is not {FORMAT}")]
    Format,
    #[error("the {0} of the request is not that of what is asked for")]
    Request(&'static str),
    #[error("the challenge is not that of the request, the words and the nonce")]
    Challenge,
    #[error("the public key: {0}")]
    PublicKey(#[from] BadPublicKey),
    #[error("the algorithm is not that of the public key")]
    Algorithm,
    #[error("the credential id is not base64url")]
    CredentialId,
    #[error("the origin: {0}")]
    Origin(#[from] BadOrigin),
    #[error("the signature: {0}")]
    Signature(#[from] NotProven),
    #[error("it was not signed between the question and its end")]
    Time,
    #[error("it takes a device-bound key or two approvers, and has neither")]
    TakesTwo,
}

impl ApprovalFile {
    /// The one spelling of it.
    pub fn text(&self) -> Result<String, NotValid> {
        pretty::text(self).map_err(|error| NotValid::Unreadable(error.to_string()))
    }

    /// Reads that spelling and no other. Nothing is checked yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotValid> {
        if bytes.len() > MAX_BYTES {
            return Err(NotValid::TooLarge);
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|error| NotValid::Unreadable(error.to_string()))?;
        let text = file.text()?;
        if text.as_bytes() == bytes {
            return Ok(file);
        }
        let at = text.bytes().zip(bytes).take_while(|(ours, theirs)| ours == *theirs).count();
        Err(NotValid::Spelling { at })
    }

    /// Everything that the file itself can show.
    pub fn check(&self) -> Result<(), NotValid> {
        if self.format != FORMAT {
            return Err(NotValid::Format);
        }
        let digest = self.request.check()?;
        let in_time = |signed: &Signed| self.asked.at <= signed.at && signed.at < self.asked.expires_at;
        let over = (&digest, &self.asked.nonce);
        check_signature(over, &self.shown, &self.key, &self.signed)?;
        if let Some(first) = &self.first {
            check_signature(over, &first.shown, &first.key, &first.signed)?;
            if !in_time(&first.signed) || first.signed.at > self.signed.at {
                return Err(NotValid::Time);
            }
        }
        if !in_time(&self.signed) || self.signed.at > self.settled.at {
            return Err(NotValid::Time);
        }
        if self.asked.top && self.settled.verdict == Verdict::Grant { self.check_two() } else { Ok(()) }
    }

    /// Two people, each with a key of their own; or one whose key cannot be copied.
    fn check_two(&self) -> Result<(), NotValid> {
        let another = |first: &First| {
            first.signed.by != self.signed.by
                && first.key.authenticator != self.key.authenticator
                && first.key.public_key != self.key.public_key
        };
        let enough = self.key.is_enough(self.asked.at) || self.first.as_deref().is_some_and(another);
        if enough { Ok(()) } else { Err(NotValid::TakesTwo) }
    }
}

fn check_signature(
    (request, nonce): (&Digest, &Digest),
    shown: &Shown,
    key: &Key,
    signed: &Signed,
) -> Result<(), NotValid> {
    let challenge = signature::challenge(request, &shown.display, nonce);
    if challenge != shown.challenge {
        return Err(NotValid::Challenge);
    }
    let public: PublicKey = key.public_key.parse()?;
    if key.public_key.split(':').next() != Some(&key.algorithm) {
        return Err(NotValid::Algorithm);
    }
    let party = RelyingParty::new(&signed.rp_id, "", std::slice::from_ref(&signed.origin))?;
    let id = base64url::decode(&key.credential_id, MOST_CREDENTIAL_ID).ok_or(NotValid::CredentialId)?;
    let presented = shown.presented(&key.credential_id)?;
    // The key is named, so the browser's handle of the user, which is not kept, is not needed.
    let allow = vault::webauthn::named(std::slice::from_ref(&id));
    let stored =
        Stored { credential_id: &id, user_handle: &[0; 16], public_key: &public, backup_eligible: key.backup_eligible };
    let expected = Expected { challenge: *challenge.bytes(), allow };
    vault::webauthn::verify(&party, &expected, &stored, &presented)?;
    Ok(())
}

impl Shown {
    fn presented(&self, credential_id: &str) -> Result<Presented, NotValid> {
        let parts = serde_json::json!({
            "credential_id": credential_id,
            "authenticator_data": self.authenticator_data,
            "client_data": self.client_data,
            "signature": self.signature,
        });
        serde_json::from_value(parts).map_err(|error| NotValid::Unreadable(error.to_string()))
    }
}

impl Request {
    pub fn of_order(id: OrderId, terms: Terms) -> Self {
        let canonical = Digest::framed(&[terms.canonical().as_bytes()]);
        Self::Order { id, terms, bytes: hex(&canonical), digest: Digest::plain(&canonical) }
    }

    pub fn of_change(change: Change) -> Self {
        let canonical = change.canonical();
        Self::Change { change, bytes: hex(&canonical), digest: Digest::plain(&canonical) }
    }

    pub const fn digest(&self) -> &Digest {
        match self {
            Self::Order { digest, .. } | Self::Change { digest, .. } => digest,
        }
    }

    /// Worked out anew: the digest that was to be signed.
    fn check(&self) -> Result<Digest, NotValid> {
        let (anew, bytes) = match self {
            Self::Order { id, terms, bytes, .. } => (Self::of_order(*id, terms.clone()), bytes),
            Self::Change { change, bytes, .. } => (Self::of_change(change.clone()), bytes),
        };
        let (Self::Order { bytes: own, .. } | Self::Change { bytes: own, .. }) = &anew;
        if own != bytes {
            return Err(NotValid::Request("bytes"));
        }
        if anew.digest() == self.digest() { Ok(*anew.digest()) } else { Err(NotValid::Request("digest")) }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
