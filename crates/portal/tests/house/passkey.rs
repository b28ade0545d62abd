//! A browser with a passkey of its own: what a page asks for is answered as `passkey.js` does, without any script.

use super::{Answer, House, ORIGIN};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use vault::base64url::encode;

/// Present and verified; and with a new credential.
const VERIFIED: u8 = 0x05;
const ATTESTED: u8 = 0x40;

/// A key that signs whatever it is asked, and the user it was made for. It does not count.
pub struct Passkey {
    key: EcdsaKeyPair,
    id: [u8; 16],
    handle: String,
}

fn client(kind: &str, options: &Value) -> Vec<u8> {
    let challenge = &options["publicKey"]["challenge"];
    json!({ "type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": false }).to_string().into_bytes()
}

fn data(flags: u8, behind: &[u8]) -> Vec<u8> {
    let site = digest(&SHA256, b"localhost");
    [site.as_ref(), &[flags], &[0; 4], behind].concat()
}

fn credential(id: &[u8], response: Value) -> String {
    json!({ "id": encode(id), "rawId": encode(id), "type": "public-key", "clientExtensionResults": {}, "response": response })
        .to_string()
}

/// What a form with a passkey carries.
pub struct Asked {
    pub ceremony: String,
    pub options: String,
}

/// The first form with a passkey on the page.
pub fn asked(page: &Answer) -> Asked {
    let one = |open: &str| page.between(open, "\"").into_iter().next().unwrap_or_else(|| panic!("{}", page.body));
    Asked { ceremony: one("name=\"ceremony\" value=\""), options: one("data-options=\"").replace("&quot;", "\"") }
}

pub fn signed(passkey: &Passkey, asked: &Asked) -> String {
    let options: Value = serde_json::from_str(&asked.options).unwrap();
    let (client, data) = (client("webauthn.get", &options), data(VERIFIED, &[]));
    let message = [&data[..], digest(&SHA256, &client).as_ref()].concat();
    let signature = passkey.key.sign(&SystemRandom::new(), &message).unwrap();
    credential(
        &passkey.id,
        json!({
            "clientDataJSON": encode(&client),
            "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()),
            "userHandle": passkey.handle,
        }),
    )
}

pub fn created(asked: &Asked) -> (String, Passkey) {
    let options: Value = serde_json::from_str(&asked.options).unwrap();
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let mut id = [0; 16];
    getrandom::fill(&mut id).unwrap();
    let point = key.public_key().as_ref();
    // COSE: an ES256 key on P-256, with its two coordinates.
    let cose =
        [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &point[1..33], b"\x22\x58\x20", &point[33..]].concat();
    let attested = [&[0; 16][..], &[0, 16], &id, &cose].concat();
    let data = data(VERIFIED | ATTESTED, &attested);
    let length = u8::try_from(data.len()).unwrap();
    let object = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[length][..], &data].concat();
    let client = client("webauthn.create", &options);
    let handle = options["publicKey"]["user"]["id"].as_str().unwrap().to_owned();
    let response = json!({ "clientDataJSON": encode(&client), "attestationObject": encode(&object), "transports": [] });
    (credential(&id, response), Passkey { key, id, handle })
}

impl House {
    /// The first owner, by the link, as a browser does it: their cookies and their passkey.
    pub async fn by_link(&self, name: &str) -> (String, Passkey) {
        let actor = self.node.open_customer("a customer").await.unwrap();
        let link = vault::token::Token::random().unwrap();
        let offer = kernel::people::Command::OfferEnrolment { sha256: link.sha256() };
        let offer = kernel::command::Command::People(offer);
        service::node::answer(actor.submit(kernel::actor::Actor::House, offer)).await.unwrap();
        self.comes_by(link.text().as_str(), name).await
    }

    /// By a link that an owner has handed over, from this machine or another.
    pub async fn comes_by(&self, token: &str, name: &str) -> (String, Passkey) {
        let (done, passkey) = self.tries(0, token, name).await;
        assert_eq!(done.status, 303, "{}", done.body);
        (done.cookies(), passkey)
    }

    pub async fn tries(&self, from: u8, token: &str, name: &str) -> (Answer, Passkey) {
        let path = format!("/enrol/{token}");
        let asked = asked(&self.get_from(from, &path, "").await);
        let (response, passkey) = created(&asked);
        let fields = [("name", name), ("ceremony", &asked.ceremony), ("response", &response)];
        (self.post(from, &path, &fields, "").await, passkey)
    }
}
