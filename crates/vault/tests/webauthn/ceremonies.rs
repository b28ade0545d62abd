//! What a browser is handed, and that each ceremony is good for one answer in time.

use vault::webauthn::{Asked, Ceremonies, NotProven, Presented, Proven, Purpose, Refused, Stored, named};

use super::forge::{Assertion, CREDENTIAL, HANDLE, Key, Registration, base64url, portal};

/// The browser that all of it happens in.
const BY: &[u8] = b"this browser";
const FIVE_MINUTES: i64 = 300_000;

fn from_base64url(text: &str) -> Vec<u8> {
    vault::base64url::decode(text, 64).unwrap()
}

fn asked(purpose: Purpose) -> Asked<'static> {
    Asked { purpose, allow: &[], conditional: false }
}

/// WA-06, WA-30, WA-32.
#[test]
fn a_registration_asks_for_a_discoverable_verified_credential_without_attestation() {
    let (_, options) = Ceremonies::new()
        .unwrap()
        .begin_registration(&portal(), BY, (&HANDLE, "maya"), &[CREDENTIAL.to_vec()], 0)
        .unwrap();
    let options = &options["publicKey"];
    assert_eq!(options["rp"]["id"], "portal.example");
    assert_eq!(options["user"]["id"], base64url(&HANDLE));
    assert_eq!(options["user"]["name"], "maya");
    let algorithms: Vec<i64> =
        options["pubKeyCredParams"].as_array().unwrap().iter().map(|one| one["alg"].as_i64().unwrap()).collect();
    assert_eq!(algorithms, [-7, -8, -257, -35, -36]);
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["timeout"], FIVE_MINUTES);
    assert_eq!(options["excludeCredentials"][0]["id"], base64url(&CREDENTIAL));
}

#[test]
fn a_sign_in_offers_the_users_own_choice_or_autofill() {
    let ceremonies = Ceremonies::new().unwrap();
    let (_, options) = ceremonies.begin_assertion(&portal(), BY, &asked(Purpose::SignIn), 0).unwrap();
    assert_eq!(options["publicKey"]["rpId"], "portal.example");
    assert_eq!(options["publicKey"]["userVerification"], "required");
    assert_eq!(options["publicKey"]["allowCredentials"], serde_json::json!([]));
    assert!(options.get("mediation").is_none());
    let conditional = Asked { conditional: true, ..asked(Purpose::SignIn) };
    let (_, options) = ceremonies.begin_assertion(&portal(), BY, &conditional, 0).unwrap();
    assert_eq!(options["mediation"], "conditional");
}

/// WA-02.
#[test]
fn each_challenge_is_new_except_the_one_that_commits_to_an_approval() {
    let ceremonies = Ceremonies::new().unwrap();
    let challenge = |purpose| {
        let (id, options) = ceremonies.begin_assertion(&portal(), BY, &asked(purpose), 0).unwrap();
        let begun = ceremonies.open(BY, &id, purpose, 1).unwrap();
        assert_eq!(options["publicKey"]["challenge"], base64url(begun.challenge()));
        *begun.challenge()
    };
    assert_ne!(challenge(Purpose::SignIn), challenge(Purpose::SignIn));
    assert_ne!(challenge(Purpose::StepUp), challenge(Purpose::StepUp));
    assert_eq!(challenge(Purpose::Approval([9; 32])), [9; 32]);
}

/// Signed by one key, where that of another may be registered.
fn signed(ceremonies: &Ceremonies, (key, known): (&Key, &Key), id: &str, now_ms: i64) -> Result<Proven, NotProven> {
    let begun = ceremonies.open(BY, id, Purpose::SignIn, now_ms)?;
    let mut assertion = Assertion::honest();
    assertion.client.challenge = *begun.challenge();
    let presented = Presented::parse(&assertion.signed(key)).unwrap();
    let public_key = known.public();
    let stored =
        Stored { credential_id: &CREDENTIAL, user_handle: &HANDLE, public_key: &public_key, backup_eligible: false };
    ceremonies.finish(&portal(), &begun, &stored, &presented, now_ms)
}

/// WA-02.
#[test]
fn a_ceremony_is_over_at_the_first_valid_answer_and_after_five_minutes() {
    let (ceremonies, key) = (Ceremonies::new().unwrap(), Key::p256());
    let begin = || ceremonies.begin_assertion(&portal(), BY, &asked(Purpose::SignIn), 1_000).unwrap().0;
    let sign = |id: &str, at: i64| signed(&ceremonies, (&key, &key), id, at);
    let id = begin();
    assert!(sign(&id, 1_000 + FIVE_MINUTES - 1).is_ok());
    assert_eq!(sign(&id, 1_000 + FIVE_MINUTES - 1), Err(NotProven::Used));
    let late = begin();
    assert_eq!(sign(&late, 1_000 + FIVE_MINUTES), Err(NotProven::Expired));
    // What proves nothing takes nothing either: nobody ends a ceremony of others by answering wrong.
    let tried = begin();
    assert_eq!(signed(&ceremonies, (&Key::p256(), &key), &tried, 1_001).map(|_| ()), Err(NotProven::BadSignature));
    assert!(sign(&tried, 1_001).is_ok());
}

#[test]
fn what_was_asked_for_one_purpose_or_by_one_browser_is_never_taken_for_another() {
    let purposes = [Purpose::SignIn, Purpose::StepUp, Purpose::Approval([1; 32]), Purpose::Approval([2; 32])];
    let ceremonies = Ceremonies::new().unwrap();
    let (registration, _) = ceremonies.begin_registration(&portal(), BY, (&HANDLE, "maya"), &[], 0).unwrap();
    for begun in purposes {
        let (id, _) = ceremonies.begin_assertion(&portal(), BY, &asked(begun), 0).unwrap();
        for taken in purposes {
            assert_eq!(ceremonies.open(BY, &id, taken, 1).is_ok(), begun == taken, "{begun:?} {taken:?}");
            assert!(ceremonies.open(b"another browser", &id, taken, 1).is_err());
            assert!(ceremonies.open(BY, &registration, taken, 1).is_err());
        }
        let made = ceremonies.finish_registration(&portal(), BY, &id, b"{}", 1);
        assert_eq!(made, Err(NotProven::Unknown), "{begun:?}");
    }
    let elsewhere = ceremonies.finish_registration(&portal(), b"another link", &registration, b"{}", 1);
    assert_eq!(elsewhere, Err(NotProven::Unknown));
    // Another process, another key.
    let (id, _) = ceremonies.begin_assertion(&portal(), BY, &asked(Purpose::SignIn), 0).unwrap();
    assert!(Ceremonies::new().unwrap().open(BY, &id, Purpose::SignIn, 1).is_err());
}

/// Reading the sign-in page cost memory once: whoever read it often enough kept everybody out.
#[test]
fn however_often_strangers_begin_or_answer_wrong_everybody_else_still_signs_in() {
    let (ceremonies, key) = (Ceremonies::new().unwrap(), Key::p256());
    let begin = || ceremonies.begin_assertion(&portal(), BY, &asked(Purpose::SignIn), 0).unwrap().0;
    let first = begin();
    let begun: Vec<String> = (0..20_000).map(|_| begin()).collect();
    assert!(begun.iter().all(|id| ceremonies.open(BY, id, Purpose::SignIn, 1).is_ok()));
    let (stranger, wrong) = (Key::p256(), begin());
    for _ in 0..200 {
        assert!(signed(&ceremonies, (&stranger, &key), &wrong, 1).is_err());
    }
    assert!(signed(&ceremonies, (&key, &key), &first, 2).is_ok());
    assert!(signed(&ceremonies, (&key, &key), &begin(), 2).is_ok());
}

#[test]
fn a_registration_that_proves_nothing_may_be_tried_again_and_one_that_does_may_not() {
    let ceremonies = Ceremonies::new().unwrap();
    let (id, options) = ceremonies.begin_registration(&portal(), BY, (&HANDLE, "maya"), &[], 0).unwrap();
    let finish = |response: &[u8]| ceremonies.finish_registration(&portal(), BY, &id, response, 1);
    assert_eq!(finish(b""), Err(NotProven::Malformed("not a JSON object")));
    let challenge = options["publicKey"]["challenge"].as_str().unwrap();
    let mut registration = Registration::honest(&Key::p256());
    registration.client.challenge = from_base64url(challenge).try_into().unwrap();
    let response = registration.json();
    assert!(finish(&response).is_ok());
    assert_eq!(finish(&response), Err(NotProven::Used));
}

#[test]
fn a_ceremony_fits_into_a_form_whatever_it_names() {
    let ceremonies = Ceremonies::new().unwrap();
    let allow = vec![vec![7; 1_023]; 64];
    let asked = Asked { purpose: Purpose::StepUp, allow: &allow, conditional: false };
    let (id, _) = ceremonies.begin_assertion(&portal(), BY, &asked, 0).unwrap();
    assert!(id.len() < 3_000, "{}", id.len());
    assert!(ceremonies.open(BY, &id, Purpose::StepUp, 1).is_ok());
    assert_eq!(named(&allow).len(), 64);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let ceremonies = Ceremonies::new().unwrap();
    let one = [CREDENTIAL.to_vec()];
    let conditional = Asked { purpose: Purpose::SignIn, allow: &one, conditional: true };
    assert_eq!(ceremonies.begin_assertion(&portal(), BY, &conditional, 0), Err(Refused::Conditional));
    for list in [vec![vec![1]; 65], vec![Vec::new()], vec![vec![1; 1024]]] {
        let asked = Asked { purpose: Purpose::StepUp, allow: &list, conditional: false };
        assert_eq!(ceremonies.begin_assertion(&portal(), BY, &asked, 0), Err(Refused::CredentialList));
        let registration = ceremonies.begin_registration(&portal(), BY, (&HANDLE, "maya"), &list, 0);
        assert_eq!(registration, Err(Refused::CredentialList));
    }
    for name in ["", &"x".repeat(257)] {
        assert_eq!(ceremonies.begin_registration(&portal(), BY, (&HANDLE, name), &[], 0), Err(Refused::UserName));
    }
    assert!(matches!(ceremonies.open(BY, "x", Purpose::SignIn, 0), Err(NotProven::Unknown)));
}
