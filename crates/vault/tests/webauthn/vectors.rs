//! What WebAuthn Level 3 section 16 publishes is read as published, and judged by its flags.

use vault::webauthn::{
    Expected, ExpectedRegistration, NotProven, Presented, Proven, PublicKey, Registered, RelyingParty, Stored, named,
    register, verify,
};

use super::forge::{Assertion, BE, HANDLE, Key, Registration, attestation_object, sha256};
use super::published::{EXAMPLES, Embedded, Example, Made, UV, make};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn party() -> RelyingParty {
    RelyingParty::new("example.org", "Section 16", &["https://example.org".to_owned()]).unwrap()
}

/// What must come of these flags and this client data, when all else holds.
fn verdict(example: &Example, flags: u8) -> Result<(), NotProven> {
    match (example.embedded, flags & UV) {
        (Embedded::CrossOrigin | Embedded::TopOrigin, _) => Err(NotProven::CrossOrigin),
        (Embedded::No, 0) => Err(NotProven::NotVerified),
        (Embedded::No, _) => Ok(()),
    }
}

/// Those with an algorithm that is offered.
fn offered() -> impl Iterator<Item = &'static Example> {
    EXAMPLES.iter().filter(|example| example.algorithm.is_some())
}

/// The object is handed over with what the browser said; one example asks with 128 bytes.
fn registered(made: &Made, object: &[u8]) -> Result<Registered, NotProven> {
    let id = Registration { credential: made.credential.clone(), ..Registration::honest(&Key::p256()) };
    let json = id.json_of(object, &made.create_client);
    match made.create_challenge.len() {
        32 => register(&party(), &expected_registration::<32>(made), &json),
        _ => register(&party(), &expected_registration::<128>(made), &json),
    }
}

fn expected_registration<const CHALLENGE: usize>(made: &Made) -> ExpectedRegistration<CHALLENGE> {
    let challenge = made.create_challenge.clone().try_into().unwrap();
    ExpectedRegistration { challenge, user_handle: HANDLE, exclude: Vec::new() }
}

#[test]
fn the_vectors_are_those_that_were_published() {
    for example in &EXAMPLES {
        let made = make(example);
        let attested_by_others = example.certificate_values > 0;
        let second = if attested_by_others { &made.create_data } else { &made.object };
        let registration = sha256(&[&made.create_client[..], second].concat());
        assert_eq!(hex(&registration), example.registration, "{} registration", example.info);
        let authentication = sha256(&[&made.get_data[..], &made.get_client, &made.signature].concat());
        assert_eq!(hex(&authentication), example.authentication, "{} authentication", example.info);
    }
    assert_eq!(offered().count(), 14, "all but Ed448");
}

#[test]
fn each_registration_is_judged_by_its_flags_and_its_embedding_alone() {
    let mut proven = 0;
    for example in offered() {
        let made = make(example);
        let result = registered(&made, &made.object);
        assert_eq!(
            result.as_ref().map(|_| ()).map_err(|why| *why),
            verdict(example, made.create_data[32]),
            "{}",
            example.info
        );
        if let Ok(registered) = result {
            proven += 1;
            assert_eq!(registered.credential_id, made.credential);
            assert_eq!(registered.public_key, public_key(example, &made));
            assert_eq!(registered.backup_eligible, made.create_data[32] & BE != 0);
        }
    }
    assert_eq!(proven, 6, "self-attested, packed, ES512, RSA, TPM, Android");
}

/// Decision 0008: the fifteenth vector is refused by name, verified or not, before its flags are looked at.
#[test]
fn the_published_ed448_key_is_refused_by_name() {
    let example = EXAMPLES.iter().find(|example| example.info == "packed.Ed448").unwrap();
    let made = make(example);
    assert_eq!(registered(&made, &made.object), Err(NotProven::AlgorithmNotOffered));
    let mut data = made.create_data.clone();
    data[32] |= UV;
    let verified = attestation_object("none", &[0xa0], &data);
    assert_eq!(registered(&made, &verified), Err(NotProven::AlgorithmNotOffered));
}

/// As registered, had the user been verified: the same bytes with that one flag set.
fn public_key(example: &Example, made: &Made) -> PublicKey {
    let mut data = made.create_data.clone();
    data[32] |= UV;
    let client = Registration::honest(&Key::p256()).client;
    let honest = Registration { credential: made.credential.clone(), ..Registration::honest(&Key::p256()) };
    let expected = Registration::expected();
    let client_data = String::from_utf8(client.bytes()).unwrap().replace("portal.example", "example.org");
    let json = honest.json_of(&attestation_object("none", &[0xa0], &data), client_data.as_bytes());
    let key = register(&party(), &expected, &json).unwrap().public_key;
    assert_eq!(Some(key.algorithm()), example.algorithm);
    key
}

fn judged<const CHALLENGE: usize>(made: &Made, key: &PublicKey, signature: &[u8]) -> Result<Proven, NotProven> {
    let expected: Expected<CHALLENGE> = Expected {
        challenge: made.get_challenge.clone().try_into().unwrap(),
        allow: named(std::slice::from_ref(&made.credential)),
    };
    let stored = Stored {
        credential_id: &made.credential,
        user_handle: &HANDLE,
        public_key: key,
        backup_eligible: made.create_data[32] & BE != 0,
    };
    let assertion = Assertion { credential: made.credential.clone(), ..Assertion::honest() };
    let json = assertion.json(&made.get_data, &made.get_client, signature);
    verify(&party(), &expected, &stored, &Presented::parse(&json).unwrap())
}

/// Every published signature holds; whether it is enough is for the flags and the embedding to say.
#[test]
fn each_published_signature_holds_and_no_altered_one_does() {
    let mut proven = 0;
    for example in offered() {
        let made = make(example);
        let key = public_key(example, &made);
        let message = [&made.get_data[..], &sha256(&made.get_client)].concat();
        assert!(key.signed(&message, &made.signature), "{}", example.info);
        let judge = |signature: &[u8]| match made.get_challenge.len() {
            32 => judged::<32>(&made, &key, signature).map(|_| ()),
            _ => judged::<128>(&made, &key, signature).map(|_| ()),
        };
        assert_eq!(judge(&made.signature), verdict(example, made.get_data[32]), "{}", example.info);
        for at in 0..made.signature.len() {
            let mut altered = made.signature.clone();
            altered[at] ^= 0x10;
            assert!(!key.signed(&message, &altered), "{} byte {at}", example.info);
            assert!(judge(&altered).is_err());
        }
        proven += u32::from(judge(&made.signature).is_ok());
    }
    assert_eq!(proven, 4, "the long credential id, packed, ES384, TPM");
}
