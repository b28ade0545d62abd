//! A software authenticator of others, driven through the JSON that a browser exchanges: enrol, sign in, approve.

use core::future::Future;
use core::pin::Pin;

use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData, DefaultClientDataWithExtra};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};
use url::Url;
use vault::webauthn::{Asked, Ceremonies, NotProven, Presented, Proven, Purpose, Registered, RelyingParty, Stored};

use super::forge::{HANDLE, ORIGIN, portal};

/// The browser that all of it happens in.
const BY: &[u8] = b"this browser";

/// A person who is there; and who proves it to the device, or does not.
struct Person {
    verifies: bool,
}

impl UserValidationMethod for Person {
    type PasskeyItem = Passkey;

    fn check_user<'hint, 'me, 'future>(
        &'me self,
        _hint: UiHint<'hint, Passkey>,
        _presence: bool,
        _verification: bool,
    ) -> Pin<Box<dyn Future<Output = Result<UserCheck, Ctap2Error>> + Send + 'future>>
    where
        'me: 'future,
        'hint: 'future,
    {
        Box::pin(async { Ok(UserCheck { presence: true, verification: self.verifies }) })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn device(passkey: Option<Passkey>, verifies: bool) -> Authenticator<Option<Passkey>, Person, RustCryptoBackend> {
    Authenticator::new(Aaguid::new_empty(), passkey, Person { verifies }, RustCryptoBackend)
}

/// `navigator.credentials.create()`, through JSON both ways.
fn create(origin: &str, options: &Value) -> (Vec<u8>, Passkey) {
    let options: CredentialCreationOptions = serde_json::from_value(options.clone()).unwrap();
    let mut browser = Client::new(device(None, true)).allows_insecure_localhost(true);
    let made = wait(browser.register(&Url::parse(origin).unwrap(), options, DefaultClientData)).unwrap();
    let passkey = browser.authenticator().store().clone().unwrap();
    (serde_json::to_vec(&made).unwrap(), passkey)
}

/// `navigator.credentials.get()`, through JSON both ways; `extra` is added to the client data.
fn get(passkey: &Passkey, origin: &str, options: &Value, verifies: bool, extra: Value) -> Vec<u8> {
    let options: CredentialRequestOptions = serde_json::from_value(options.clone()).unwrap();
    let mut browser = Client::new(device(Some(passkey.clone()), verifies)).allows_insecure_localhost(true);
    let origin = Url::parse(origin).unwrap();
    let made = wait(browser.authenticate(&origin, options, DefaultClientDataWithExtra(extra))).unwrap();
    serde_json::to_vec(&made).unwrap()
}

struct Enrolled {
    party: RelyingParty,
    ceremonies: Ceremonies,
    passkey: Passkey,
    registered: Registered,
}

fn enrol(party: RelyingParty, origin: &str) -> Enrolled {
    let ceremonies = Ceremonies::new().unwrap();
    let (id, options) = ceremonies.begin_registration(&party, BY, (&HANDLE, "maya"), &[], 0).unwrap();
    let (response, passkey) = create(origin, &options);
    let registered = ceremonies.finish_registration(&party, BY, &id, &response, 1).unwrap();
    Enrolled { party, ceremonies, passkey, registered }
}

impl Enrolled {
    /// One whole ceremony; `alter` may change what the browser is told.
    fn sign(&self, purpose: Purpose, origin: &str, alter: fn(&mut Value)) -> Result<Proven, NotProven> {
        self.sign_with(purpose, origin, alter, true, json!({}))
    }

    fn sign_with(
        &self,
        purpose: Purpose,
        origin: &str,
        alter: fn(&mut Value),
        verifies: bool,
        extra: Value,
    ) -> Result<Proven, NotProven> {
        let allow = [self.registered.credential_id.clone()];
        let allow = if purpose == Purpose::SignIn { &[][..] } else { &allow };
        let asked = Asked { purpose, allow, conditional: purpose == Purpose::SignIn };
        let (id, mut options) = self.ceremonies.begin_assertion(&self.party, BY, &asked, 0).unwrap();
        alter(&mut options);
        let response = get(&self.passkey, origin, &options, verifies, extra);
        let begun = self.ceremonies.open(BY, &id, purpose, 1)?;
        self.ceremonies.finish(&self.party, &begun, &self.stored(), &Presented::parse(&response)?, 1)
    }

    fn stored(&self) -> Stored<'_> {
        Stored {
            credential_id: &self.registered.credential_id,
            user_handle: &HANDLE,
            public_key: &self.registered.public_key,
            backup_eligible: self.registered.backup_eligible,
        }
    }
}

fn unchanged(_: &mut Value) {}

#[test]
fn a_passkey_is_enrolled_and_then_signs_in_steps_up_and_approves() {
    let enrolled = enrol(portal(), ORIGIN);
    assert_eq!(enrolled.registered.user_handle, HANDLE);
    assert!(enrolled.registered.user_verified);
    for purpose in [Purpose::SignIn, Purpose::StepUp, Purpose::Approval([3; 32])] {
        let proven = enrolled.sign(purpose, ORIGIN, unchanged).unwrap();
        assert!(proven.user_verified);
        assert_eq!(proven.backup_eligible, enrolled.registered.backup_eligible);
    }
}

#[test]
fn on_localhost_over_http_it_works_the_same() {
    let origin = "http://localhost:4180";
    let party = RelyingParty::new("localhost", "Portreeve", &[origin.to_owned()]).unwrap();
    let enrolled = enrol(party, origin);
    assert!(enrolled.sign(Purpose::SignIn, origin, unchanged).is_ok());
    let other = enrolled.sign(Purpose::SignIn, "http://localhost:4181", unchanged);
    assert_eq!(other, Err(NotProven::WrongOrigin));
}

/// A browser lets a subdomain use the passkey; only the exact list keeps it out (WA-03).
#[test]
fn a_subdomain_that_the_browser_allows_is_refused_by_us() {
    let enrolled = enrol(portal(), ORIGIN);
    let result = enrolled.sign(Purpose::SignIn, "https://blog.portal.example", unchanged);
    assert_eq!(result, Err(NotProven::WrongOrigin));
    let port = enrolled.sign(Purpose::SignIn, "https://portal.example:8443", unchanged);
    assert_eq!(port, Err(NotProven::WrongOrigin));
}

#[test]
fn a_page_that_asks_for_less_verification_gets_nothing() {
    let enrolled = enrol(portal(), ORIGIN);
    let discouraged = |options: &mut Value| options["publicKey"]["userVerification"] = json!("discouraged");
    let result = enrolled.sign_with(Purpose::SignIn, ORIGIN, discouraged, false, json!({}));
    assert_eq!(result, Err(NotProven::NotVerified));
}

#[test]
fn a_page_inside_another_page_gets_nothing_and_new_members_do_no_harm() {
    let enrolled = enrol(portal(), ORIGIN);
    let framed = json!({ "topOrigin": "https://evil.test" });
    let result = enrolled.sign_with(Purpose::SignIn, ORIGIN, unchanged, true, framed);
    assert_eq!(result, Err(NotProven::CrossOrigin));
    let future = json!({ "future": { "member": [1, 2, 3] } });
    assert!(enrolled.sign_with(Purpose::SignIn, ORIGIN, unchanged, true, future).is_ok());
}

#[test]
fn a_signature_over_another_challenge_gets_nothing() {
    let enrolled = enrol(portal(), ORIGIN);
    let swapped = |options: &mut Value| options["publicKey"]["challenge"] = json!("A".repeat(43));
    for purpose in [Purpose::SignIn, Purpose::Approval([3; 32])] {
        assert_eq!(enrolled.sign(purpose, ORIGIN, swapped), Err(NotProven::WrongChallenge));
    }
}

#[test]
fn a_replayed_response_meets_no_ceremony_and_no_other_ones_challenge() {
    let enrolled = enrol(portal(), ORIGIN);
    let asked = Asked { purpose: Purpose::SignIn, allow: &[], conditional: false };
    let begin = || enrolled.ceremonies.begin_assertion(&enrolled.party, BY, &asked, 0).unwrap();
    let (id, options) = begin();
    let response = Presented::parse(&get(&enrolled.passkey, ORIGIN, &options, true, json!({}))).unwrap();
    let finish = |id: &str| {
        let begun = enrolled.ceremonies.open(BY, id, Purpose::SignIn, 1)?;
        enrolled.ceremonies.finish(&enrolled.party, &begun, &enrolled.stored(), &response, 1)
    };
    assert!(finish(&id).is_ok());
    assert_eq!(finish(&id), Err(NotProven::Used));
    assert_eq!(finish(&begin().0), Err(NotProven::WrongChallenge));
}

#[test]
fn a_registration_cannot_be_replayed_for_another_ceremony() {
    let (party, ceremonies) = (portal(), Ceremonies::new().unwrap());
    let begin = || ceremonies.begin_registration(&party, BY, (&HANDLE, "maya"), &[], 0).unwrap();
    let (id, options) = begin();
    let (response, _) = create(ORIGIN, &options);
    assert!(ceremonies.finish_registration(&party, BY, &id, &response, 1).is_ok());
    assert_eq!(ceremonies.finish_registration(&party, BY, &id, &response, 2), Err(NotProven::Used));
    let (other, _) = begin();
    assert_eq!(ceremonies.finish_registration(&party, BY, &other, &response, 3), Err(NotProven::WrongChallenge));
}
