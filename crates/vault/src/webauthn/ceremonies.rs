//! Beginning and ending a ceremony: the options that a browser is handed, and what its answer will be held to.

use serde_json::{Value, json};

use super::assertion::Expected;
use super::authenticator_data::MOST_CREDENTIAL_ID;
use super::pending::{CeremonyId, LIVES_MS, Pending};
use super::public_key::Algorithm;
use super::refusal::{NotProven, Refused};
use super::registration::{ExpectedRegistration, Registered, register};
use super::relying_party::RelyingParty;
use crate::base64url;

const MOST_CREDENTIALS: usize = 64;
const MOST_NAME: usize = 256;

/// What a signature is for. One that was asked for one purpose is never taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Asked of anyone, so it has a store of its own and crowds out nobody else.
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

/// All ceremonies under way. They live in memory: who is cut off begins again.
#[derive(Debug)]
pub struct Ceremonies {
    registrations: Pending<ExpectedRegistration>,
    sign_ins: Pending<(Purpose, Expected)>,
    others: Pending<(Purpose, Expected)>,
}

impl Default for Ceremonies {
    fn default() -> Ceremonies {
        Ceremonies::new()
    }
}

impl Ceremonies {
    pub fn new() -> Ceremonies {
        Ceremonies { registrations: Pending::new(1024), sign_ins: Pending::new(4096), others: Pending::new(1024) }
    }

    /// Returns what `navigator.credentials.create()` is called with, in its JSON form (WA-06, WA-30, WA-32).
    pub fn begin_registration(
        &self,
        party: &RelyingParty,
        user_handle: &[u8; 16],
        user_name: &str,
        exclude: &[Vec<u8>],
        now_ms: i64,
    ) -> Result<(CeremonyId, Value), Refused> {
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
        let expected = ExpectedRegistration { challenge, user_handle: *user_handle, exclude: exclude.to_vec() };
        Ok((self.registrations.put(expected, now_ms)?, options))
    }

    /// Takes the JSON of `PublicKeyCredential.toJSON()`.
    pub fn finish_registration(
        &self,
        party: &RelyingParty,
        id: &CeremonyId,
        response: &[u8],
        now_ms: i64,
    ) -> Result<Registered, NotProven> {
        let expected = self.registrations.take(id, now_ms)?;
        register(party, &expected, response)
    }

    /// Returns what `navigator.credentials.get()` is called with, in its JSON form.
    pub fn begin_assertion(
        &self,
        party: &RelyingParty,
        asked: &Asked<'_>,
        now_ms: i64,
    ) -> Result<(CeremonyId, Value), Refused> {
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
        let expected = (asked.purpose, Expected { challenge, allow: asked.allow.to_vec() });
        Ok((self.store(asked.purpose).put(expected, now_ms)?, options))
    }

    /// What the response is held to by `verify`. The ceremony is over, whatever comes of it.
    pub fn take_assertion(&self, id: &CeremonyId, purpose: Purpose, now_ms: i64) -> Result<Expected, NotProven> {
        let (begun_for, expected) = self.store(purpose).take(id, now_ms)?;
        if begun_for == purpose { Ok(expected) } else { Err(NotProven::WrongPurpose) }
    }

    fn store(&self, purpose: Purpose) -> &Pending<(Purpose, Expected)> {
        match purpose {
            Purpose::SignIn => &self.sign_ins,
            Purpose::StepUp | Purpose::Approval(_) => &self.others,
        }
    }
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
