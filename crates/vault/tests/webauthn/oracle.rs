//! The same responses to us and to webauthn-rs, another implementation: the same verdict, or a named reason why not.

use serde_json::{Value, json};
use url::Url;
use vault::webauthn::register;
use webauthn_rs::prelude::{
    Passkey, PasskeyAuthentication, PasskeyRegistration, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::forge::{
    Assertion, BE, CHALLENGE, ED, Key, ORIGIN, Registration, attestation_object, base64url, check_as, expected, portal,
    sha256,
};

struct Oracle {
    webauthn: Webauthn,
    passkey: Passkey,
    eligible: bool,
    key: Key,
}

fn webauthn() -> Webauthn {
    WebauthnBuilder::new("portal.example", &Url::parse(ORIGIN).unwrap()).unwrap().build().unwrap()
}

/// Its ceremony, made to expect our challenge.
fn registration_state(webauthn: &Webauthn) -> PasskeyRegistration {
    let (_, state) = webauthn.start_passkey_registration(Uuid::nil(), "maya", "maya", None).unwrap();
    let mut state = serde_json::to_value(state).unwrap();
    state["rs"]["challenge"] = json!(base64url(&CHALLENGE));
    serde_json::from_value(state).unwrap()
}

impl Oracle {
    fn new(key: Key, eligible: bool) -> Oracle {
        let webauthn = webauthn();
        let mut registration = Registration::honest(&key);
        registration.flags |= if eligible { BE } else { 0 };
        let json = serde_json::from_slice(&registration.json()).unwrap();
        let mut passkey = webauthn.finish_passkey_registration(&json, &registration_state(&webauthn)).unwrap();
        // What a sign count means is none of our verdict.
        let mut kept = serde_json::to_value(&passkey).unwrap();
        kept["cred"]["counter"] = json!(0);
        passkey = serde_json::from_value(kept).unwrap();
        Oracle { webauthn, passkey, eligible, key }
    }

    /// WA-05 is stricter than its default, so it is told not to let a credential become eligible.
    fn state(&self) -> PasskeyAuthentication {
        let (_, state) = self.webauthn.start_passkey_authentication(std::slice::from_ref(&self.passkey)).unwrap();
        let mut state = serde_json::to_value(state).unwrap();
        state["ast"]["challenge"] = json!(base64url(&CHALLENGE));
        state["ast"]["allow_backup_eligible_upgrade"] = Value::Bool(false);
        serde_json::from_value(state).unwrap()
    }

    /// Ours, theirs.
    fn both(&self, json: &[u8]) -> (bool, bool) {
        let ours = check_as(&expected(), &self.key.public(), self.eligible, json).is_ok();
        let theirs = serde_json::from_slice(json)
            .is_ok_and(|response| self.webauthn.finish_passkey_authentication(&response, &self.state()).is_ok());
        (ours, theirs)
    }

    /// How many were compared and how many both accept; a difference names itself.
    fn agree(&self, cases: &[(String, Vec<u8>)]) -> (usize, usize) {
        let verdicts: Vec<_> = cases.iter().map(|(name, json)| (name, self.both(json))).collect();
        let differ: Vec<_> = verdicts.iter().filter(|(_, (ours, theirs))| ours != theirs).collect();
        assert!(differ.is_empty(), "(ours, theirs): {differ:?}");
        (cases.len(), verdicts.iter().filter(|(_, (ours, _))| *ours).count())
    }
}

fn case(name: impl Into<String>, json: Vec<u8>) -> (String, Vec<u8>) {
    (name.into(), json)
}

#[test]
fn we_agree_on_every_combination_of_flags() {
    for eligible in [false, true] {
        let oracle = Oracle::new(Key::p256(), eligible);
        let mut cases = Vec::new();
        for flags in 0..=0xff_u8 {
            let mut assertion = Assertion { flags, ..Assertion::honest() };
            if flags & ED != 0 {
                assertion.behind = vec![0xa0];
            }
            cases.push(case(format!("flags {flags:02x}"), assertion.signed(&oracle.key)));
        }
        let (compared, accepted) = oracle.agree(&cases);
        assert_eq!(compared, 256);
        // Present, verified, eligible as before, no credential; the reserved bits, extensions, and what is backed up vary.
        assert_eq!(accepted, if eligible { 16 } else { 8 });
    }
}

#[test]
fn we_agree_on_every_altered_byte_signed_or_not() {
    for key in [Key::p256(), Key::rsa()] {
        let oracle = Oracle::new(key, false);
        let honest = Assertion::honest();
        let (data, client) = (honest.data(), honest.client.bytes());
        let signature = oracle.key.sign(&[&data[..], &sha256(&client)].concat());
        let mut cases = vec![case("honest", honest.json(&data, &client, &signature))];
        for at in 0..data.len() {
            let mut altered = data.clone();
            altered[at] ^= 0x02;
            cases.push(case(format!("data {at}"), honest.json(&altered, &client, &signature)));
            cases.push(case(format!("data {at} signed"), honest.signed_over(&oracle.key, &altered, &client)));
        }
        for at in 0..client.len() {
            let mut altered = client.clone();
            altered[at] ^= 0x01;
            cases.push(case(format!("client {at}"), honest.json(&data, &altered, &signature)));
            cases.push(case(
                format!("client {at} {} signed", String::from_utf8_lossy(&altered)),
                honest.signed_over(&oracle.key, &data, &altered),
            ));
        }
        for at in 0..signature.len() {
            let mut altered = signature.clone();
            altered[at] ^= 0x04;
            cases.push(case(format!("signature {at}"), honest.json(&data, &client, &altered)));
        }
        let (compared, accepted) = oracle.agree(&cases);
        assert!(compared > 300 && accepted > 1, "{compared} {accepted}");
    }
}

/// What a browser may say, each signed.
fn client_texts() -> Vec<String> {
    let challenge = base64url(&CHALLENGE);
    let base = |origin: &str, more: &str| {
        format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}"{more}}}"#)
    };
    let mut texts: Vec<String> = [
        ORIGIN,
        "https://portal.example:443",
        "https://portal.example:8443",
        "http://portal.example",
        "https://x.portal.example",
        "https://evilportal.example",
        "https://portal.example.evil.test",
        "https://evil.test",
        "null",
        "",
    ]
    .iter()
    .map(|origin| base(origin, ""))
    .collect();
    for more in [
        r#","crossOrigin":false"#,
        r#","crossOrigin":true"#,
        r#","future":[{"a":null}]"#,
        r#","origin":"https://evil.test""#,
        r#","crossOrigin":"no""#,
        r#","topOrigin":"https://evil.test""#,
    ] {
        texts.push(base(ORIGIN, more));
    }
    texts.push(base(ORIGIN, "").replace("webauthn.get", "webauthn.create"));
    texts.push(base(ORIGIN, "").replace(&challenge, &base64url(&[1; 32])));
    texts.push(base(ORIGIN, "").replace(&challenge, ""));
    texts.push(base(ORIGIN, "") + "x");
    texts
}

/// Where we refuse what they accept, and why.
const STRICTER: [(&str, &str); 3] = [
    ("https://portal.example:443", "no browser writes the usual port, and our list is compared as text (WA-03)"),
    (r#""crossOrigin":true"#, "they look at it when a credential is registered, and not when it signs"),
    (r#""topOrigin":""#, "they do not know this member"),
];

#[test]
fn we_agree_on_what_a_browser_may_say_except_where_we_are_stricter() {
    let oracle = Oracle::new(Key::p256(), false);
    let mut stricter = 0;
    for text in client_texts() {
        let honest = Assertion::honest();
        let (ours, theirs) = oracle.both(&honest.signed_over(&oracle.key, &honest.data(), text.as_bytes()));
        let known = STRICTER.iter().any(|(part, _)| text.contains(part));
        assert_eq!((ours, theirs), if known { (false, true) } else { (theirs, theirs) }, "{text}");
        stricter += usize::from(known);
    }
    assert_eq!(stricter, STRICTER.len());
}

/// Their default lets a device-bound credential become a synced one; ours never does (WA-05).
#[test]
fn left_to_its_default_the_oracle_lets_eligibility_appear() {
    let oracle = Oracle::new(Key::p256(), false);
    let assertion = Assertion { flags: Assertion::honest().flags | BE, ..Assertion::honest() };
    let json = assertion.signed(&oracle.key);
    assert_eq!(oracle.both(&json), (false, false));
    let mut state = serde_json::to_value(oracle.state()).unwrap();
    state["ast"]["allow_backup_eligible_upgrade"] = Value::Bool(true);
    let state = serde_json::from_value(state).unwrap();
    assert!(oracle.webauthn.finish_passkey_authentication(&serde_json::from_slice(&json).unwrap(), &state).is_ok());
}

/// Why registration is ours and not theirs: WA-06 offers -8, and they take no such key.
#[test]
fn the_oracle_knows_no_ed25519() {
    let registration = Registration::honest(&Key::ed25519());
    assert!(register(&portal(), &Registration::expected(), &registration.json()).is_ok());
    let webauthn = webauthn();
    let mut state = serde_json::to_value(registration_state(&webauthn)).unwrap();
    state["rs"]["credential_algorithms"] = json!(["ES256", "EDDSA", "RS256"]);
    let state = serde_json::from_value(state).unwrap();
    let response = serde_json::from_slice(&registration.json()).unwrap();
    let refusal = webauthn.finish_passkey_registration(&response, &state).unwrap_err();
    assert!(matches!(refusal, WebauthnError::SshPublicKeyEDUnsupported), "{refusal:?}");
}

#[test]
fn we_agree_on_registrations() {
    let webauthn = webauthn();
    let key = Key::p256();
    let honest = Registration::honest(&key);
    let (data, client) = (honest.data(), honest.client.bytes());
    let mut cases = vec![case("honest", honest.json())];
    for at in 0..data.len() {
        for mask in [0x01, 0x08, 0x10, 0x04] {
            let mut altered = data.clone();
            altered[at] ^= mask;
            let object = attestation_object("none", &[0xa0], &altered);
            // The id outside follows the one inside: that they may differ, as theirs lets them, is no difference here.
            let outside = Registration { credential: altered[55..75].to_vec(), ..honest.clone() };
            cases.push(case(format!("data {at} {mask:02x}"), outside.json_of(&object, &client)));
        }
    }
    for at in 0..client.len() {
        let mut altered = client.clone();
        altered[at] ^= 0x01;
        let object = attestation_object("none", &[0xa0], &data);
        let name = format!("client {at} {}", String::from_utf8_lossy(&altered));
        cases.push(case(name, honest.json_of(&object, &altered)));
    }
    let mut differ = Vec::new();
    for (name, json) in &cases {
        let ours = register(&portal(), &Registration::expected(), json).is_ok();
        let theirs = serde_json::from_slice(json)
            .is_ok_and(|json| webauthn.finish_passkey_registration(&json, &registration_state(&webauthn)).is_ok());
        if ours != theirs {
            differ.push((name, ours, theirs));
        }
    }
    assert!(cases.len() > 500);
    assert!(differ.is_empty(), "(ours, theirs): {differ:#?}");
}
