//! Prove: from what a browser brings back to evidence: which passkey, whose, and that it signed what was asked.

use crate::page::part::Ask;
use crate::person::Person;
use crate::world::{Shared, World};
use kernel::authenticator::{Authenticator, Kind, Passkey};
use kernel::digest::Digest;
use kernel::evidence::{Evidence, Proof};
use kernel::id::{AuthenticatorId, CustomerId, UserId};
use kernel::people::NewAuthenticator;
use kernel::signature::Shown;
use serde::Deserialize;
use serde_json::Value;
use service::actor::CustomerActor;
use service::actor::lookups::PASSKEY;
use std::sync::Arc;
use vault::webauthn::{Asked, Begun, Presented, PublicKey, Purpose, Registered, Stored};

/// Of a passkey, in bytes (WA-06).
const LONGEST_ID: usize = 1_023;

/// Why a proof was not taken; told in no more words than these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotProven;

/// What a form carries of a signature by a passkey.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    pub ceremony: String,
    pub response: String,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signed")
    }
}

/// Whose passkey it is.
#[derive(Debug)]
pub struct Found {
    pub actor: Arc<CustomerActor>,
    pub user: UserId,
    pub evidence: Evidence,
    pub shown: Presented,
}

/// Who alone may answer a ceremony that was begun for a session.
pub fn by_session(person: &Person) -> [u8; 16] {
    person.session.bits().to_be_bytes()
}

/// Asks the session's own user for a signature by one of these passkeys; without any there is nothing to ask.
pub fn ask(world: &World, person: &Person, purpose: Purpose, allow: &[Vec<u8>]) -> Option<Ask> {
    if allow.is_empty() {
        return None;
    }
    let asked = Asked { purpose, allow, conditional: false };
    world.ceremonies.begin_assertion(&world.party, &by_session(person), &asked, world.now().0).ok().map(asking)
}

/// As a page carries it.
pub fn asking((ceremony, options): (String, Value)) -> Ask {
    Ask { ceremony, options: options.to_string() }
}

/// The answer of a ceremony that anyone may have begun, in this browser or by this link: the passkey names its user.
pub async fn anyone(world: &Shared, by: &[u8], ceremony: &str, response: &str) -> Result<Found, NotProven> {
    let (begun, presented) = opened(world, by, (ceremony, response), Purpose::SignIn)?;
    let key = base64(presented.credential_id());
    let row = world.node.with_store(move |store| store.lookup(PASSKEY, &key)).await;
    let row = row.ok().and_then(Result::ok).flatten().ok_or(NotProven)?;
    let mut parts = row.split('/');
    let (Some(customer), Some(user), Some(id), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(NotProven);
    };
    let customer = CustomerId::parse(customer).map_err(|_| NotProven)?;
    let (user, id) = (UserId::parse(user).map_err(|_| NotProven)?, AuthenticatorId::parse(id).map_err(|_| NotProven)?);
    let actor = world.customer(customer).ok_or(NotProven)?;
    let evidence = checked(world, &actor, (user, id), &begun, &presented)?;
    Ok(Found { actor, user, evidence, shown: presented })
}

/// The answer of a ceremony that was begun for this session's user.
pub fn own(world: &Shared, person: &Person, answer: (&str, &str), purpose: Purpose) -> Result<Found, NotProven> {
    let (actor, user) = (&person.actor, person.user);
    let (begun, presented) = opened(world, &by_session(person), answer, purpose)?;
    let key = base64(presented.credential_id());
    let named = |one: &&Authenticator| matches!(&one.kind, Kind::Passkey(known) if known.credential_id == key);
    let id = actor.read(|state| state.customer.people.active(user).find(named).map(|one| one.id)).ok_or(NotProven)?;
    let evidence = checked(world, actor, (user, id), &begun, &presented)?;
    Ok(Found { actor: Arc::clone(actor), user, evidence, shown: presented })
}

fn opened(
    world: &World,
    by: &[u8],
    (ceremony, response): (&str, &str),
    purpose: Purpose,
) -> Result<(Begun, Presented), NotProven> {
    let begun = world.ceremonies.open(by, ceremony, purpose, world.now().0).map_err(|_| NotProven)?;
    let presented = Presented::parse(response.as_bytes()).map_err(|_| NotProven)?;
    Ok((begun, presented))
}

fn checked(
    world: &World,
    actor: &CustomerActor,
    (user, id): (UserId, AuthenticatorId),
    begun: &Begun,
    presented: &Presented,
) -> Result<Evidence, NotProven> {
    let known = actor.read(|state| state.customer.people.authenticator(id).cloned()).map_err(|_| NotProven)?;
    let Kind::Passkey(passkey) = &known.kind else { return Err(NotProven) };
    if known.user != user {
        return Err(NotProven);
    }
    let public_key: PublicKey = passkey.public_key.parse().map_err(|_| NotProven)?;
    let stored = Stored {
        credential_id: presented.credential_id(),
        user_handle: &user.bits().to_be_bytes(),
        public_key: &public_key,
        backup_eligible: passkey.backup_eligible,
    };
    let finished = world.ceremonies.finish(&world.party, begun, &stored, presented, world.now().0);
    let proven = finished.map_err(|why| {
        tracing::info!(%user, authenticator = %id, %why, "a passkey was not taken");
        NotProven
    })?;
    let proof = Proof::Assertion {
        challenge: Digest::from_bytes(*begun.challenge()),
        user_verified: proven.user_verified,
        backed_up: proven.backed_up,
        sign_count: proven.sign_count,
    };
    Ok(Evidence { authenticator: id, revision: known.revision, at: actor.now(), proof })
}

/// What is kept of a signature over what was shown.
pub fn shown(display: &str, presented: &Presented) -> Shown {
    Shown {
        display: display.to_owned(),
        client_data: base64(presented.client_data()),
        authenticator_data: base64(presented.authenticator_data()),
        signature: base64(presented.signature()),
    }
}

/// The answer of a registration, as the record of a new authenticator, and whom it was begun for.
pub fn registered(
    world: &World,
    by: &[u8],
    ceremony: &str,
    response: &str,
) -> Result<(UserId, NewAuthenticator), NotProven> {
    let now = world.now().0;
    let made = world.ceremonies.finish_registration(&world.party, by, ceremony, response.as_bytes(), now);
    let made: Registered = made.map_err(|why| {
        tracing::info!(%why, "a new passkey was not taken");
        NotProven
    })?;
    let passkey = Passkey {
        credential_id: base64(&made.credential_id),
        public_key: made.public_key.to_string(),
        aaguid: made.aaguid.iter().map(|byte| format!("{byte:02x}")).collect(),
        backup_eligible: made.backup_eligible,
        backed_up: made.backed_up,
        sign_count: made.sign_count,
    };
    let user = UserId::from_bits(u128::from_be_bytes(made.user_handle));
    Ok((user, NewAuthenticator { kind: Kind::Passkey(passkey), sealed_sha256: None }))
}

/// The ids of the passkeys that may answer for a user.
pub fn passkeys(actor: &CustomerActor, user: UserId) -> Vec<Vec<u8>> {
    those(actor, user, |_| true)
}

/// Of those, the ones that cannot be copied.
pub fn device_bound(actor: &CustomerActor, user: UserId) -> Vec<Vec<u8>> {
    those(actor, user, Authenticator::is_device_bound)
}

fn those(actor: &CustomerActor, user: UserId, fits: impl Fn(&Authenticator) -> bool) -> Vec<Vec<u8>> {
    actor.read(|state| {
        let ids = state.customer.people.active(user).filter(|one| fits(one)).filter_map(|one| match &one.kind {
            Kind::Passkey(passkey) => vault::base64url::decode(&passkey.credential_id, LONGEST_ID),
            Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => None,
        });
        ids.collect()
    })
}

/// The passkey that this session was opened with, where it was one.
pub fn signed_in_with(person: &Person) -> Option<Vec<u8>> {
    let now = person.actor.now();
    person.actor.read(|state| {
        let people = &state.customer.people;
        let opened = people.signed_in(person.session, now).ok()?.session.authenticator;
        match &people.authenticator(opened).ok()?.kind {
            Kind::Passkey(passkey) => vault::base64url::decode(&passkey.credential_id, LONGEST_ID),
            Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => None,
        }
    })
}

fn base64(bytes: &[u8]) -> String {
    vault::base64url::encode(bytes)
}
