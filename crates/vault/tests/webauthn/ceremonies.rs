//! What a browser is handed, and that each ceremony is good for one answer in time.

use vault::webauthn::{Asked, Ceremonies, CeremonyId, NotProven, Purpose, Refused};

use super::forge::{CREDENTIAL, HANDLE, base64url, portal};

const FIVE_MINUTES: i64 = 300_000;

fn asked(purpose: Purpose) -> Asked<'static> {
    Asked { purpose, allow: &[], conditional: false }
}

/// WA-06, WA-30, WA-32.
#[test]
fn a_registration_asks_for_a_discoverable_verified_credential_without_attestation() {
    let (_, options) =
        Ceremonies::new().begin_registration(&portal(), &HANDLE, "maya", &[CREDENTIAL.to_vec()], 0).unwrap();
    let options = &options["publicKey"];
    assert_eq!(options["rp"]["id"], "portal.example");
    assert_eq!(options["user"]["id"], base64url(&HANDLE));
    assert_eq!(options["user"]["name"], "maya");
    let algorithms: Vec<i64> =
        options["pubKeyCredParams"].as_array().unwrap().iter().map(|one| one["alg"].as_i64().unwrap()).collect();
    assert_eq!(algorithms, [-7, -8, -257]);
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["timeout"], FIVE_MINUTES);
    assert_eq!(options["excludeCredentials"][0]["id"], base64url(&CREDENTIAL));
}

#[test]
fn a_sign_in_offers_the_users_own_choice_or_autofill() {
    let ceremonies = Ceremonies::new();
    let (_, options) = ceremonies.begin_assertion(&portal(), &asked(Purpose::SignIn), 0).unwrap();
    assert_eq!(options["publicKey"]["rpId"], "portal.example");
    assert_eq!(options["publicKey"]["userVerification"], "required");
    assert_eq!(options["publicKey"]["allowCredentials"], serde_json::json!([]));
    assert!(options.get("mediation").is_none());
    let conditional = Asked { conditional: true, ..asked(Purpose::SignIn) };
    let (_, options) = ceremonies.begin_assertion(&portal(), &conditional, 0).unwrap();
    assert_eq!(options["mediation"], "conditional");
}

/// WA-02.
#[test]
fn each_challenge_is_new_except_the_one_that_commits_to_an_approval() {
    let ceremonies = Ceremonies::new();
    let challenge = |purpose| {
        let (id, options) = ceremonies.begin_assertion(&portal(), &asked(purpose), 0).unwrap();
        let expected = ceremonies.take_assertion(&id, purpose, 1).unwrap();
        assert_eq!(options["publicKey"]["challenge"], base64url(&expected.challenge));
        expected.challenge
    };
    assert_ne!(challenge(Purpose::SignIn), challenge(Purpose::SignIn));
    assert_ne!(challenge(Purpose::StepUp), challenge(Purpose::StepUp));
    assert_eq!(challenge(Purpose::Approval([9; 32])), [9; 32]);
}

#[test]
fn a_ceremony_is_over_at_the_first_answer_and_after_five_minutes() {
    let ceremonies = Ceremonies::new();
    let begin = || ceremonies.begin_assertion(&portal(), &asked(Purpose::SignIn), 1_000).unwrap().0;
    let id = begin();
    assert!(ceremonies.take_assertion(&id, Purpose::SignIn, 1_000 + FIVE_MINUTES - 1).is_ok());
    assert_eq!(ceremonies.take_assertion(&id, Purpose::SignIn, 1_001), Err(NotProven::Unknown));
    let late = begin();
    assert_eq!(ceremonies.take_assertion(&late, Purpose::SignIn, 1_000 + FIVE_MINUTES), Err(NotProven::Expired));
    let (registration, _) = ceremonies.begin_registration(&portal(), &HANDLE, "maya", &[], 0).unwrap();
    let malformed = NotProven::Malformed("not a JSON object");
    assert_eq!(ceremonies.finish_registration(&portal(), &registration, b"", 1), Err(malformed));
    let again = ceremonies.finish_registration(&portal(), &registration, b"", 1);
    assert_eq!(again, Err(NotProven::Unknown), "the failed answer was the only one");
}

#[test]
fn what_was_asked_for_one_purpose_is_never_taken_for_another() {
    let purposes = [Purpose::SignIn, Purpose::StepUp, Purpose::Approval([1; 32]), Purpose::Approval([2; 32])];
    for begun in purposes {
        for taken in purposes {
            let ceremonies = Ceremonies::new();
            let (id, _) = ceremonies.begin_assertion(&portal(), &asked(begun), 0).unwrap();
            assert_eq!(ceremonies.take_assertion(&id, taken, 1).is_ok(), begun == taken, "{begun:?} {taken:?}");
        }
    }
}

#[test]
fn many_strangers_crowd_out_neither_an_approval_nor_a_registration() {
    let ceremonies = Ceremonies::new();
    let sign_in = |now| ceremonies.begin_assertion(&portal(), &asked(Purpose::SignIn), now).map(|(id, _)| id);
    let first = sign_in(0).unwrap();
    for _ in 1..4096 {
        sign_in(1).unwrap();
    }
    assert_eq!(sign_in(2), Err(Refused::Full));
    assert!(ceremonies.begin_assertion(&portal(), &asked(Purpose::Approval([1; 32])), 2).is_ok());
    assert!(ceremonies.begin_registration(&portal(), &HANDLE, "maya", &[], 2).is_ok());
    assert!(sign_in(FIVE_MINUTES).is_ok(), "the first has expired and makes room");
    assert_eq!(ceremonies.take_assertion(&first, Purpose::SignIn, 3), Err(NotProven::Unknown));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let ceremonies = Ceremonies::new();
    let one = [CREDENTIAL.to_vec()];
    let conditional = Asked { purpose: Purpose::SignIn, allow: &one, conditional: true };
    assert_eq!(ceremonies.begin_assertion(&portal(), &conditional, 0), Err(Refused::Conditional));
    for list in [vec![vec![1]; 65], vec![Vec::new()], vec![vec![1; 1024]]] {
        let asked = Asked { purpose: Purpose::StepUp, allow: &list, conditional: false };
        assert_eq!(ceremonies.begin_assertion(&portal(), &asked, 0), Err(Refused::CredentialList));
        let registration = ceremonies.begin_registration(&portal(), &HANDLE, "maya", &list, 0);
        assert_eq!(registration, Err(Refused::CredentialList));
    }
    for name in ["", &"x".repeat(257)] {
        assert_eq!(ceremonies.begin_registration(&portal(), &HANDLE, name, &[], 0), Err(Refused::UserName));
    }
    assert_eq!("x".parse::<CeremonyId>(), Err(NotProven::Unknown));
}
