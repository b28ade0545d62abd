//! A signature by a registered credential, for sign-in and approval alike: one way to check it.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use super::authenticator_data::{AuthenticatorData, MOST_CREDENTIAL_ID};
use super::client_data;
use super::public_key::PublicKey;
use super::refusal::NotProven;
use super::relying_party::RelyingParty;
use super::sealed::hash;
use crate::base64url;

const MOST_RESPONSE: usize = 32 * 1024;
const MOST_CLIENT_DATA: usize = 8 * 1024;
const MOST_AUTHENTICATOR_DATA: usize = 4 * 1024;
const MOST_SIGNATURE: usize = 512;
const MOST_USER_HANDLE: usize = 64;

/// What was asked of the browser. An empty list lets the authenticator choose, and then it must name the user. Ours
/// always ask with 32 bytes; others ask with more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected<const CHALLENGE: usize = 32> {
    pub challenge: [u8; CHALLENGE],
    /// Hashes of the credentials that were named.
    pub allow: Vec<[u8; 32]>,
}

/// What is known of the credential: its record, found by the presented id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored<'a> {
    pub credential_id: &'a [u8],
    pub user_handle: &'a [u8; 16],
    pub public_key: &'a PublicKey,
    pub backup_eligible: bool,
}

/// What holds once a signature was checked. What a sign count means is a rule, and not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    pub user_verified: bool,
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub sign_count: u32,
}

/// What a browser brought back. Its serde form (base64url texts) can be kept, and checked again without any of us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PresentedText", into = "PresentedText")]
pub struct Presented {
    credential_id: Vec<u8>,
    user_handle: Option<Vec<u8>>,
    authenticator_data: Vec<u8>,
    client_data: Vec<u8>,
    signature: Vec<u8>,
}

impl Presented {
    /// Reads the JSON of a browser's `PublicKeyCredential.toJSON()` after `get()`.
    pub fn parse(json: &[u8]) -> Result<Presented, NotProven> {
        if json.len() > MOST_RESPONSE {
            return Err(NotProven::Malformed("too long"));
        }
        let wire: Wire = from_object(json)?;
        if wire.kind != "public-key" {
            return Err(NotProven::Malformed("not a public-key credential"));
        }
        if wire.id != wire.raw_id {
            return Err(NotProven::Malformed("two credential ids"));
        }
        Presented::try_from(PresentedText {
            credential_id: wire.id,
            // Some authenticators that hold no user handle give an empty one.
            user_handle: wire.response.user_handle.filter(|handle| !handle.is_empty()),
            authenticator_data: wire.response.authenticator_data,
            client_data: wire.response.client_data,
            signature: wire.response.signature,
        })
    }

    pub fn credential_id(&self) -> &[u8] {
        &self.credential_id
    }

    pub fn user_handle(&self) -> Option<&[u8]> {
        self.user_handle.as_deref()
    }

    pub fn authenticator_data(&self) -> &[u8] {
        &self.authenticator_data
    }

    /// The exact bytes of the client data.
    pub fn client_data(&self) -> &[u8] {
        &self.client_data
    }

    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

/// Checks everything but the sign count (WA-01 to WA-08, WA-11). User verification is always required. Needs no
/// clock and no state, so that a kept approval can be checked years later.
pub fn verify<const CHALLENGE: usize>(
    party: &RelyingParty,
    expected: &Expected<CHALLENGE>,
    stored: &Stored<'_>,
    presented: &Presented,
) -> Result<Proven, NotProven> {
    let asked_for = expected.allow.is_empty() || expected.allow.contains(&hash(&presented.credential_id));
    if !asked_for || stored.credential_id != presented.credential_id {
        return Err(NotProven::NotAllowed);
    }
    // WA-07: a handle must match; where we named no credential it is what names the user.
    let same_user = match &presented.user_handle {
        Some(handle) => handle == stored.user_handle,
        None => !expected.allow.is_empty(),
    };
    if !same_user {
        return Err(NotProven::WrongUser);
    }
    client_data::check(&presented.client_data, client_data::GET, &expected.challenge, party)?;
    let data = AuthenticatorData::parse(&presented.authenticator_data)?;
    data.check(party)?;
    if data.attested.is_some() {
        return Err(NotProven::Malformed("authenticator data"));
    }
    if data.backup_eligible() != stored.backup_eligible {
        return Err(NotProven::BackupEligibilityChanged);
    }
    let message = signed_bytes(&presented.authenticator_data, &presented.client_data);
    if !stored.public_key.signed(&message, &presented.signature) {
        return Err(NotProven::BadSignature);
    }
    Ok(Proven {
        user_verified: true,
        backup_eligible: data.backup_eligible(),
        backed_up: data.backed_up(),
        sign_count: data.sign_count,
    })
}

/// WA-08.
pub(super) fn signed_bytes(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, digest::digest(&digest::SHA256, client_data).as_ref()].concat()
}

/// A JSON object, and nothing that serde would read in its place.
pub(super) fn from_object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, NotProven> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(NotProven::Malformed("not a JSON object"));
    }
    serde_json::from_slice(json).map_err(|_| NotProven::Malformed("not a credential's JSON"))
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    #[serde(rename = "rawId")]
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: WireResponse,
}

#[derive(Deserialize)]
struct WireResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "authenticatorData")]
    authenticator_data: String,
    signature: String,
    #[serde(rename = "userHandle")]
    user_handle: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PresentedText {
    credential_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_handle: Option<String>,
    authenticator_data: String,
    client_data: String,
    signature: String,
}

impl TryFrom<PresentedText> for Presented {
    type Error = NotProven;

    fn try_from(text: PresentedText) -> Result<Presented, NotProven> {
        let bytes = |name: &'static str, text: &str, most: usize| match base64url::decode(text, most) {
            Some(bytes) if !bytes.is_empty() => Ok(bytes),
            _ => Err(NotProven::Malformed(name)),
        };
        let handle = text.user_handle.map(|handle| bytes("user handle", &handle, MOST_USER_HANDLE)).transpose()?;
        Ok(Presented {
            credential_id: bytes("credential id", &text.credential_id, MOST_CREDENTIAL_ID)?,
            user_handle: handle,
            authenticator_data: bytes("authenticator data", &text.authenticator_data, MOST_AUTHENTICATOR_DATA)?,
            client_data: bytes("client data", &text.client_data, MOST_CLIENT_DATA)?,
            signature: bytes("signature", &text.signature, MOST_SIGNATURE)?,
        })
    }
}

impl From<Presented> for PresentedText {
    fn from(presented: Presented) -> PresentedText {
        PresentedText {
            credential_id: base64url::encode(&presented.credential_id),
            user_handle: presented.user_handle.as_deref().map(base64url::encode),
            authenticator_data: base64url::encode(&presented.authenticator_data),
            client_data: base64url::encode(&presented.client_data),
            signature: base64url::encode(&presented.signature),
        }
    }
}
