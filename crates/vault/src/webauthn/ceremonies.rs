//! Beginning and ending a ceremony: the options that a browser is handed, and what its answer will be held to.

use serde_json::{Value, json};

use super::assertion::{Expected, Presented, Proven, Stored, verify};
use super::authenticator_data::MOST_CREDENTIAL_ID;
use super::public_key::Algorithm;
use super::refusal::{NotProven, Refused};
use super::registration::{ExpectedRegistration, Registered, register};
use super::relying_party::RelyingParty;
use super::sealed::{self, Ceremony, Kind, LIVES_MS, MOST_CREDENTIALS, Sealer};
use super::used::Used;
use crate::base64url;

const MOST_NAME: usize = 256;

/// What a signature is for. One that was asked for one purpose is never taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Asked of anyone.
    SignIn,
    StepUp,
    /// Over the challenge that commits to what will happen.
    Approval([u8; 32]),
}

/// What to ask of the browser for a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    pub purpose: Purpose,
    /// Ids of the credentials that may sign; empty lets the authenticator choose.
    pub allow: &'a [Vec<u8>],
    /// Offered within the page's own name field (passkey autofill).
    pub conditional: bool,
}

/// All ceremonies. Those under way are kept by the browsers, sealed; here is only what was answered: strangers fill nothing.
#[derive(Debug)]
pub struct Ceremonies {
    sealer: Sealer,
    used: Used,
}

/// A ceremony that was opened for its answer, and can be finished once.
#[derive(Debug)]
pub struct Begun {
    id: [u8; 16],
    ends_ms: i64,
    expected: Expected,
}

impl Ceremonies {
    pub fn new() -> Result<Ceremonies, Refused> {
        Ok(Ceremonies { sealer: Sealer::new()?, used: Used::default() })
    }

    /// Returns what `navigator.credentials.create()` is called with, in its JSON form (WA-06, WA-30, WA-32).
    /// `by` is who alone may answer it: a browser, a session, a link.
    pub fn begin_registration(
        &self,
        party: &RelyingParty,
        by: &[u8],
        (user_handle, user_name): (&[u8; 16], &str),
        exclude: &[Vec<u8>],
        now_ms: i64,
    ) -> Result<(String, Value), Refused> {
        if user_name.is_empty() || user_name.len() > MOST_NAME {
            return Err(Refused::UserName);
        }
        let excluded = descriptors(exclude)?;
        let challenge = random_challenge()?;
        let offered: Vec<Value> = Algorithm::OFFERED
            .iter()
            .map(|algorithm| json!({ "type": "public-key", "alg": algorithm.cose() }))
            .collect();
        let options = json!({ "publicKey": {
            "rp": { "id": party.id(), "name": party.name() },
            "user": { "id": base64url::encode(user_handle), "name": user_name, "displayName": user_name },
            "challenge": base64url::encode(&challenge),
            "pubKeyCredParams": offered,
            "timeout": LIVES_MS,
            "excludeCredentials": excluded,
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "none",
        }});
        let ceremony = Ceremony { user_handle: *user_handle, ..ceremony(challenge, exclude, now_ms)? };
        Ok((self.sealer.seal(Kind::Registration, by, &ceremony)?, options))
    }

    /// Takes the JSON of `PublicKeyCredential.toJSON()`.
    pub fn finish_registration(
        &self,
        party: &RelyingParty,
        by: &[u8],
        ceremony: &str,
        response: &[u8],
        now_ms: i64,
    ) -> Result<Registered, NotProven> {
        let Ceremony { ends_ms, id, challenge, user_handle, credentials } =
            self.sealer.open(Kind::Registration, by, ceremony, now_ms)?;
        let expected = ExpectedRegistration { challenge, user_handle, exclude: credentials };
        let made = register(party, &expected, response)?;
        self.used.take(sealed::hash(&user_handle), id, ends_ms, now_ms)?;
        Ok(made)
    }

    /// Returns what `navigator.credentials.get()` is called with, in its JSON form.
    pub fn begin_assertion(
        &self,
        party: &RelyingParty,
        by: &[u8],
        asked: &Asked<'_>,
        now_ms: i64,
    ) -> Result<(String, Value), Refused> {
        if asked.conditional && !asked.allow.is_empty() {
            return Err(Refused::Conditional);
        }
        let allowed = descriptors(asked.allow)?;
        let challenge = match asked.purpose {
            Purpose::Approval(challenge) => challenge,
            Purpose::SignIn | Purpose::StepUp => random_challenge()?,
        };
        let mut options = json!({ "publicKey": {
            "challenge": base64url::encode(&challenge),
            "timeout": LIVES_MS,
            "rpId": party.id(),
            "allowCredentials": allowed,
            "userVerification": "required",
        }});
        if let (true, Value::Object(members)) = (asked.conditional, &mut options) {
            members.insert("mediation".to_owned(), Value::from("conditional"));
        }
        let ceremony = ceremony(challenge, asked.allow, now_ms)?;
        Ok((self.sealer.seal(Kind::Assertion(asked.purpose), by, &ceremony)?, options))
    }

    /// Opens one that was begun for this purpose, by whoever answers it, and is not over.
    pub fn open(&self, by: &[u8], ceremony: &str, purpose: Purpose, now_ms: i64) -> Result<Begun, NotProven> {
        let Ceremony { ends_ms, id, challenge, credentials, .. } =
            self.sealer.open(Kind::Assertion(purpose), by, ceremony, now_ms)?;
        Ok(Begun { id, ends_ms, expected: Expected { challenge, allow: credentials } })
    }

    /// Checks the signature, and takes the ceremony where it holds: the same answer again proves nothing.
    pub fn finish(
        &self,
        party: &RelyingParty,
        begun: &Begun,
        stored: &Stored<'_>,
        presented: &Presented,
        now_ms: i64,
    ) -> Result<Proven, NotProven> {
        let proven = verify(party, &begun.expected, stored, presented)?;
        self.used.take(sealed::hash(stored.credential_id), begun.id, begun.ends_ms, now_ms)?;
        Ok(proven)
    }
}

impl Begun {
    pub const fn challenge(&self) -> &[u8; 32] {
        &self.expected.challenge
    }
}

fn ceremony(challenge: [u8; 32], credentials: &[Vec<u8>], now_ms: i64) -> Result<Ceremony, Refused> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| Refused::NoRandomness)?;
    let ends_ms = now_ms.saturating_add(LIVES_MS);
    Ok(Ceremony { ends_ms, id, challenge, user_handle: [0; 16], credentials: sealed::named(credentials) })
}

fn random_challenge() -> Result<[u8; 32], Refused> {
    let mut challenge = [0; 32];
    getrandom::fill(&mut challenge).map_err(|_| Refused::NoRandomness)?;
    Ok(challenge)
}

fn descriptors(ids: &[Vec<u8>]) -> Result<Vec<Value>, Refused> {
    let fits = |id: &Vec<u8>| !id.is_empty() && id.len() <= MOST_CREDENTIAL_ID;
    if ids.len() > MOST_CREDENTIALS || !ids.iter().all(fits) {
        return Err(Refused::CredentialList);
    }
    Ok(ids.iter().map(|id| json!({ "type": "public-key", "id": base64url::encode(id) })).collect())
}
