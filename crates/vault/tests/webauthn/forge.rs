//! An authenticator and a browser that say whatever a test wants, and sign it.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
pub use passkey_types::encoding::base64url;
use serde_json::json;
use vault::webauthn::{
    Algorithm, Expected, ExpectedRegistration, NotProven, Presented, Proven, PublicKey, RelyingParty, Stored, named,
    verify,
};

pub const CHALLENGE: [u8; 32] = [0x5a; 32];
pub const HANDLE: [u8; 16] = *b"user-handle-0001";
pub const CREDENTIAL: [u8; 20] = *b"a credential's id 01";
pub const ORIGIN: &str = "https://portal.example";

/// The flags of an honest device-bound key: user present and verified.
pub const UP_UV: u8 = 0x05;
pub const BE: u8 = 0x08;
pub const BS: u8 = 0x10;
pub const AT: u8 = 0x40;
pub const ED: u8 = 0x80;

pub fn portal() -> RelyingParty {
    RelyingParty::new("portal.example", "Portreeve", &[ORIGIN.to_owned()]).unwrap()
}

pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

pub enum Key {
    Ec(Algorithm, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub fn p256() -> Key {
        Key::Ec(Algorithm::Es256, EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    pub fn p384() -> Key {
        Key::Ec(Algorithm::Es384, EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap())
    }

    pub fn p521() -> Key {
        Key::Ec(Algorithm::Es512, EcdsaKeyPair::generate(&ECDSA_P521_SHA512_ASN1_SIGNING).unwrap())
    }

    pub fn ed25519() -> Key {
        Key::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    pub fn rsa() -> Key {
        Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub fn of_each_algorithm() -> [Key; 5] {
        let keys = [Key::p256(), Key::ed25519(), Key::rsa(), Key::p384(), Key::p521()];
        assert_eq!(keys.each_ref().map(|key| key.public().algorithm()), Algorithm::OFFERED);
        keys
    }

    pub fn public(&self) -> PublicKey {
        let (algorithm, bytes) = match self {
            Key::Ec(algorithm, pair) => (*algorithm, pair.public_key().as_ref()),
            Key::Ed25519(pair) => (Algorithm::EdDsa, pair.public_key().as_ref()),
            Key::Rsa(pair) => (Algorithm::Rs256, pair.public_key().as_ref()),
        };
        PublicKey::new(algorithm, bytes.to_vec()).unwrap()
    }

    pub fn cose(&self) -> Vec<u8> {
        match self {
            Key::Ec(algorithm, pair) => cose_ec(*algorithm, pair.public_key().as_ref()),
            Key::Ed25519(pair) => cose_ed25519(pair.public_key().as_ref()),
            Key::Rsa(pair) => {
                // SEQUENCE and INTEGER heads with a leading zero, 256 bytes, then the exponent.
                cose_rsa(&pair.public_key().as_ref()[9..265], &[1, 0, 1])
            }
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Key::Ec(_, pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// Of an uncompressed point.
pub fn cose_ec(algorithm: Algorithm, point: &[u8]) -> Vec<u8> {
    let (algorithm, curve): (&[u8], u8) = match algorithm {
        Algorithm::Es256 => (&[0x26], 1),
        Algorithm::Es384 => (&[0x38, 34], 2),
        Algorithm::Es512 => (&[0x38, 35], 3),
        Algorithm::EdDsa | Algorithm::Rs256 => panic!("{algorithm:?} has no point of two coordinates"),
    };
    let (x, y) = point[1..].split_at(point.len() / 2);
    let length = u8::try_from(x.len()).unwrap();
    [&[0xa5, 1, 2, 3][..], algorithm, &[0x20, curve, 0x21, 0x58, length], x, &[0x22, 0x58, length], y].concat()
}

pub fn cose_ed25519(x: &[u8]) -> Vec<u8> {
    [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32][..], x].concat()
}

pub fn cose_rsa(n: &[u8], e: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(n.len()).unwrap().to_be_bytes();
    let e_head = 0x40 | u8::try_from(e.len()).unwrap();
    [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, high, low][..], n, &[0x21, e_head], e].concat()
}

/// What the browser says; `more` is written behind the known members.
#[derive(Clone)]
pub struct Client {
    pub kind: &'static str,
    pub challenge: [u8; 32],
    pub origin: String,
    pub more: String,
}

impl Client {
    pub fn honest(kind: &'static str) -> Client {
        let more = r#","crossOrigin":false"#.to_owned();
        Client { kind, challenge: CHALLENGE, origin: ORIGIN.to_owned(), more }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let Client { kind, origin, more, .. } = self;
        let challenge = base64url(&self.challenge);
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}"{more}}}"#).into_bytes()
    }
}

/// One assertion, honest until a test changes it.
#[derive(Clone)]
pub struct Assertion {
    pub client: Client,
    pub rp_id: &'static str,
    pub flags: u8,
    pub count: u32,
    /// What follows the sign count.
    pub behind: Vec<u8>,
    pub credential: Vec<u8>,
    pub handle: Option<Vec<u8>>,
}

impl Assertion {
    pub fn honest() -> Assertion {
        Assertion {
            client: Client::honest("webauthn.get"),
            rp_id: "portal.example",
            flags: UP_UV,
            count: 0,
            behind: Vec::new(),
            credential: CREDENTIAL.to_vec(),
            handle: Some(HANDLE.to_vec()),
        }
    }

    pub fn data(&self) -> Vec<u8> {
        [&sha256(self.rp_id.as_bytes())[..], &[self.flags], &self.count.to_be_bytes(), &self.behind].concat()
    }

    /// As a browser would hand it over, signed with the key.
    pub fn signed(&self, key: &Key) -> Vec<u8> {
        self.signed_over(key, &self.data(), &self.client.bytes())
    }

    pub fn signed_over(&self, key: &Key, data: &[u8], client: &[u8]) -> Vec<u8> {
        self.json(data, client, &key.sign(&[data, &sha256(client)].concat()))
    }

    pub fn json(&self, data: &[u8], client: &[u8], signature: &[u8]) -> Vec<u8> {
        let id = base64url(&self.credential);
        let response = json!({
            "clientDataJSON": base64url(client),
            "authenticatorData": base64url(data),
            "signature": base64url(signature),
            "userHandle": self.handle.as_deref().map(base64url),
        });
        let all = json!({ "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": response });
        serde_json::to_vec(&all).unwrap()
    }
}

pub fn expected() -> Expected {
    Expected { challenge: CHALLENGE, allow: named(&[CREDENTIAL.to_vec()]) }
}

/// Reads and checks, as a device-bound credential of the one user.
pub fn check(key: &PublicKey, json: &[u8]) -> Result<Proven, NotProven> {
    check_as(&expected(), key, false, json)
}

pub fn check_as(expected: &Expected, key: &PublicKey, eligible: bool, json: &[u8]) -> Result<Proven, NotProven> {
    let stored =
        Stored { credential_id: &CREDENTIAL, user_handle: &HANDLE, public_key: key, backup_eligible: eligible };
    verify(&portal(), expected, &stored, &Presented::parse(json)?)
}

/// One registration, honest until a test changes it.
#[derive(Clone)]
pub struct Registration {
    pub client: Client,
    pub rp_id: &'static str,
    pub flags: u8,
    pub credential: Vec<u8>,
    pub cose: Vec<u8>,
    /// What follows the key.
    pub behind: Vec<u8>,
    /// Format and attestation statement, as CBOR of the map.
    pub format: &'static str,
    pub statement: Vec<u8>,
}

impl Registration {
    pub fn honest(key: &Key) -> Registration {
        Registration {
            client: Client::honest("webauthn.create"),
            rp_id: "portal.example",
            flags: UP_UV | AT,
            credential: CREDENTIAL.to_vec(),
            cose: key.cose(),
            behind: Vec::new(),
            format: "none",
            statement: vec![0xa0],
        }
    }

    pub fn expected() -> ExpectedRegistration {
        ExpectedRegistration { challenge: CHALLENGE, user_handle: HANDLE, exclude: Vec::new() }
    }

    pub fn data(&self) -> Vec<u8> {
        let hash = sha256(self.rp_id.as_bytes());
        let length = u16::try_from(self.credential.len()).unwrap().to_be_bytes();
        let attested = [&[0xaa; 16][..], &length, &self.credential, &self.cose].concat();
        [&hash[..], &[self.flags], &7u32.to_be_bytes(), &attested, &self.behind].concat()
    }

    pub fn json(&self) -> Vec<u8> {
        self.json_of(&attestation_object(self.format, &self.statement, &self.data()), &self.client.bytes())
    }

    pub fn json_of(&self, object: &[u8], client: &[u8]) -> Vec<u8> {
        let id = base64url(&self.credential);
        let response = json!({
            "clientDataJSON": base64url(client),
            "attestationObject": base64url(object),
            "transports": ["usb", "internal", "usb", "Not A Hint"],
        });
        let all = json!({ "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": response });
        serde_json::to_vec(&all).unwrap()
    }
}

/// The map of three, in the order authenticators write it.
pub fn attestation_object(format: &str, statement: &[u8], data: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(data.len()).unwrap().to_be_bytes();
    let head: &[u8] = if high == 0 { &[0x58, low] } else { &[0x59, high, low] };
    let format_head = 0x60 | u8::try_from(format.len()).unwrap();
    [b"\xa3\x63fmt", &[format_head][..], format.as_bytes(), b"\x67attStmt", statement, b"\x68authData", head, data]
        .concat()
}
