//! A new credential: what the browser brings back after `create()`, checked and taken apart (WA-01 to WA-06, WA-12).

use serde::Deserialize;

use super::assertion::{from_object, signed_bytes};
use super::authenticator_data::{Attested, AuthenticatorData};
use super::cbor::Reader;
use super::client_data;
use super::public_key::PublicKey;
use super::refusal::NotProven;
use super::relying_party::RelyingParty;
use super::sealed::hash;
use crate::base64url;

const MOST_RESPONSE: usize = 128 * 1024;
const MOST_CLIENT_DATA: usize = 8 * 1024;
const MOST_ATTESTATION: usize = 32 * 1024;
const MOST_TRANSPORTS: usize = 8;
const MOST_TRANSPORT: usize = 32;

/// What was asked of the browser, for whom, and which of the user's credentials are registered already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRegistration<const CHALLENGE: usize = 32> {
    pub challenge: [u8; CHALLENGE],
    pub user_handle: [u8; 16],
    /// Hashes of their ids.
    pub exclude: Vec<[u8; 32]>,
}

/// A new credential's record. That no other user holds this id is for the caller to check, where all are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Of the user whom the ceremony was begun for.
    pub user_handle: [u8; 16],
    pub credential_id: Vec<u8>,
    pub public_key: PublicKey,
    pub sign_count: u32,
    pub user_verified: bool,
    pub backup_eligible: bool,
    pub backed_up: bool,
    /// Which model it says it is; nobody attests it.
    pub aaguid: [u8; 16],
    pub transports: Vec<String>,
}

/// Checks the JSON of a browser's `PublicKeyCredential.toJSON()` after `create()`. User verification is required.
pub fn register<const CHALLENGE: usize>(
    party: &RelyingParty,
    expected: &ExpectedRegistration<CHALLENGE>,
    json: &[u8],
) -> Result<Registered, NotProven> {
    if json.len() > MOST_RESPONSE {
        return Err(NotProven::Malformed("too long"));
    }
    let wire: Wire = from_object(json)?;
    if wire.kind != "public-key" {
        return Err(NotProven::Malformed("not a public-key credential"));
    }
    let client_data =
        base64url::decode(&wire.response.client_data, MOST_CLIENT_DATA).ok_or(NotProven::Malformed("client data"))?;
    client_data::check(&client_data, client_data::CREATE, &expected.challenge, party)?;
    let object = base64url::decode(&wire.response.attestation_object, MOST_ATTESTATION)
        .ok_or(NotProven::Malformed("attestation object"))?;
    let object = AttestationObject::read(&object).ok_or(NotProven::Malformed("attestation object"))?;
    let data = AuthenticatorData::parse(object.authenticator_data)?;
    data.check(party)?;
    let (backup_eligible, backed_up) = (data.backup_eligible(), data.backed_up());
    let Attested { aaguid, credential_id, public_key } =
        data.attested.ok_or(NotProven::Malformed("no attested credential"))?;
    if wire.id != base64url::encode(&credential_id) || wire.raw_id != wire.id {
        return Err(NotProven::Malformed("two credential ids"));
    }
    if expected.exclude.contains(&hash(&credential_id)) {
        return Err(NotProven::AlreadyRegistered);
    }
    object.check_statement(&public_key, &client_data)?;
    Ok(Registered {
        user_handle: expected.user_handle,
        credential_id,
        public_key,
        sign_count: data.sign_count,
        user_verified: true,
        backup_eligible,
        backed_up,
        aaguid,
        transports: transports(wire.response.transports),
    })
}

/// Hints for later, kept as given when they look like hints.
fn transports(given: Option<Vec<String>>) -> Vec<String> {
    let hint = |text: &String| {
        let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        !text.is_empty() && text.len() <= MOST_TRANSPORT && plain
    };
    let mut kept: Vec<String> = given.unwrap_or_default().into_iter().filter(hint).take(MOST_TRANSPORTS).collect();
    kept.sort();
    kept.dedup();
    kept
}

struct AttestationObject<'a> {
    format: &'a str,
    statement: &'a [u8],
    authenticator_data: &'a [u8],
}

impl<'a> AttestationObject<'a> {
    /// One map to the exact end, each member once.
    fn read(bytes: &'a [u8]) -> Option<AttestationObject<'a>> {
        let mut reader = Reader::new(bytes);
        let (mut format, mut statement, mut data) = (None, None, None);
        for _ in 0..reader.map()? {
            let doubled = match reader.text()? {
                "fmt" => format.replace(reader.text()?).is_some(),
                "authData" => data.replace(reader.bytes()?).is_some(),
                "attStmt" => {
                    let before = reader.rest();
                    reader.skip()?;
                    let length = before.len().checked_sub(reader.rest().len())?;
                    statement.replace(before.get(..length)?).is_some()
                }
                _ => {
                    reader.skip()?;
                    false
                }
            };
            if doubled {
                return None;
            }
        }
        if !reader.rest().is_empty() {
            return None;
        }
        Some(AttestationObject { format: format?, statement: statement?, authenticator_data: data? })
    }

    /// None is asked for (WA-22). A key's signature by itself must hold where it comes all the same; what a maker
    /// or a company says is neither trusted nor kept, so it is not read.
    fn check_statement(&self, key: &PublicKey, client_data: &[u8]) -> Result<(), NotProven> {
        const MALFORMED: NotProven = NotProven::Malformed("attestation statement");
        let mut reader = Reader::new(self.statement);
        let members = reader.map().ok_or(MALFORMED)?;
        if self.format == "none" && members != 0 {
            return Err(MALFORMED);
        }
        if self.format != "packed" {
            return Ok(());
        }
        let packed = Packed::read(&mut reader, members).ok_or(MALFORMED)?;
        if packed.certified {
            return Ok(());
        }
        let signature = packed.signature.ok_or(MALFORMED)?;
        if packed.algorithm != Some(key.algorithm().cose()) {
            return Err(MALFORMED);
        }
        let holds = key.signed(&signed_bytes(self.authenticator_data, client_data), signature);
        if holds { Ok(()) } else { Err(NotProven::BadSignature) }
    }
}

/// What a `packed` statement says. With a certificate it is signed by others than the key itself.
#[derive(Default)]
struct Packed<'a> {
    algorithm: Option<i64>,
    signature: Option<&'a [u8]>,
    certified: bool,
}

impl<'a> Packed<'a> {
    fn read(reader: &mut Reader<'a>, members: u64) -> Option<Packed<'a>> {
        let mut packed = Packed::default();
        for _ in 0..members {
            match reader.text()? {
                "alg" => packed.algorithm = Some(reader.integer()?),
                "sig" => packed.signature = Some(reader.bytes()?),
                "x5c" => {
                    reader.skip()?;
                    packed.certified = true;
                }
                _ => reader.skip()?,
            }
        }
        Some(packed)
    }
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
    #[serde(rename = "attestationObject")]
    attestation_object: String,
    transports: Option<Vec<String>>,
}
