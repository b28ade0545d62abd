//! A security key in software: it makes a passkey and signs with it, in the JSON that a browser would send.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::sync::Arc;
use vault::base64url::encode;

/// User present, user verified; with a new credential also: its data follows.
const PRESENT_AND_VERIFIED: u8 = 0b0000_0101;
const ATTESTED: u8 = 0b0100_0000;

/// Its copies are those of a passkey that is synced: none of them counts.
#[derive(Clone, Debug)]
pub struct Authenticator {
    key: Arc<EcdsaKeyPair>,
    id: [u8; 16],
    user: String,
    origin: String,
}

fn word<'a>(options: &'a Value, path: &str) -> &'a str {
    options.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} in {options}"))
}

impl Authenticator {
    /// What is made of the options of a registration, and the answer to it.
    pub fn create(origin: &str, options: &Value) -> (Self, Value) {
        let key = Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap());
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id).unwrap();
        let user = word(options, "/user/id").to_owned();
        let made = Self { key, id, user, origin: origin.to_owned() };
        let client_data = made.client_data("webauthn.create", word(options, "/challenge"));
        let data = made.data(word(options, "/rp/id"), true);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        let id = encode(&made.id);
        let response = json!({ "clientDataJSON": encode(&client_data), "attestationObject": encode(&object) });
        let answer = json!({ "id": id, "rawId": id, "type": "public-key", "response": response });
        (made, answer)
    }

    /// The answer to the options of an assertion.
    pub fn get(&self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", word(options, "/challenge"));
        let data = self.data(word(options, "/rpId"), false);
        let mut message = data.clone();
        message.extend(digest(&SHA256, &client_data).as_ref());
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        let id = encode(&self.id);
        let response = json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()),
            "userHandle": self.user,
        });
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response })
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn data(&self, party: &str, made: bool) -> Vec<u8> {
        let mut data = digest(&SHA256, party.as_bytes()).as_ref().to_vec();
        data.push(PRESENT_AND_VERIFIED | if made { ATTESTED } else { 0 });
        data.extend([0; 4]);
        if made {
            data.extend([0; 16]);
            data.extend([0, 16]);
            data.extend(self.id);
            // COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}; the point is 4, x, y.
            let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
            data.extend(b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20");
            data.extend(x);
            data.extend(b"\x22\x58\x20");
            data.extend(y);
        }
        data
    }
}
