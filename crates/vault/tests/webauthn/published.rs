//! The test vectors of WebAuthn Level 3 section 16, made again from the rule that the section states (HKDF-SHA-256 of
//! one input key, RFC 6979 nonces, two Mersenne primes) and pinned by the SHA-256 of the published bytes.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use num_bigint::BigUint;
use p256::ecdsa::signature::Signer;
use vault::webauthn::Algorithm;

use super::forge::{BE, BS, attestation_object, base64url, cose_ec, cose_ed25519, cose_rsa, sha256};

pub const UP: u8 = 0x01;
pub const UV: u8 = 0x04;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embedded {
    No,
    CrossOrigin,
    TopOrigin,
}

/// One example of the section: how it is made, and what was published.
pub struct Example {
    pub info: &'static str,
    /// None for Ed448, which is not offered (decision 0008).
    pub algorithm: Option<Algorithm>,
    pub challenge_length: usize,
    pub embedded: Embedded,
    pub credential_length: usize,
    /// Values for an attestation certificate, which stand between the two ceremonies.
    pub certificate_values: u8,
    /// SHA-256 of client data and attestation object; of client data and authenticator data where others attest.
    pub registration: &'static str,
    /// SHA-256 of authenticator data, client data and signature.
    pub authentication: &'static str,
}

impl Example {
    const fn p256(
        info: &'static str,
        certificate_values: u8,
        registration: &'static str,
        authentication: &'static str,
    ) -> Example {
        Example {
            info,
            algorithm: Some(Algorithm::Es256),
            challenge_length: 32,
            embedded: Embedded::No,
            credential_length: 32,
            certificate_values,
            registration,
            authentication,
        }
    }
}

pub const EXAMPLES: [Example; 15] = [
    Example::p256(
        "none.ES256",
        0,
        "ca116797d5733da69f40faafb9b8db9f3b9bf01aef951e4092f366a00199a57c",
        "51f88ba36a5fc7dac2c8448f78d26e018ac7bd09ee414d79572026fd014a36f4",
    ),
    Example::p256(
        "packed-self.ES256",
        0,
        "fd0d89d617360cd0de376a18b8416a646bffc223d671fdfa3225d3eb86193628",
        "f04d30c37e47d62e1a8272ea42aa62d80d32ff4fab955209a3bcb2827bb7fa42",
    ),
    Example {
        embedded: Embedded::CrossOrigin,
        ..Example::p256(
            "none.ES256.crossOrigin",
            0,
            "2326afe295be7a996ee6b96eecb95b6e68d871bfb1ed50259614cfd0aaac4000",
            "c2616949905872d0d015ca2426ea09e1bd2151f29e1f2fff09e0d8123ddaafda",
        )
    },
    Example {
        embedded: Embedded::TopOrigin,
        ..Example::p256(
            "none.ES256.topOrigin",
            0,
            "4c9d95e4521ed0b6b6e2afaa37f308143151ebbde039550ee36b07b03bb6b248",
            "03eb72cf96829fbebe01544b878143e4a52424b50c59492844f8bbd695d03a91",
        )
    },
    Example {
        credential_length: 1023,
        ..Example::p256(
            "none.ES256.long-credential-id",
            0,
            "cd55eafcd226de9025858c83e98edf5f7a2a22218c1e031a4a918c10faa01ba5",
            "b64abc4ec62f630444f7dd61d72f9fe5e0907c9bdf53d47010f6035b97f30c69",
        )
    },
    Example::p256(
        "packed.ES256",
        2,
        "766594f4b65270d9082363ce57d39342a87f443e01d9070e5fe39701bc2c75ff",
        "bb6a9fc3c6c91e151d58e7d4eb7c66adb2969ca751624128c4b250ab81d00cc9",
    ),
    Example {
        algorithm: Some(Algorithm::Es384),
        ..Example::p256(
            "packed.ES384",
            2,
            "ad85d4f45824b4506912f80da1f42a723d48c1ffe6d8e04d581d4b27b68ca0cf",
            "1f7529eb0c282a3c134d2544b77040376955f87e875608779e4a28b6592f3099",
        )
    },
    Example {
        algorithm: Some(Algorithm::Es512),
        challenge_length: 128,
        ..Example::p256(
            "packed.ES512",
            2,
            "39a65561d6f00211c9389a096511bc58bd909c40e37c8fa20b887e42c7acebe2",
            "f7464773c3a98813cab4daaa149b0decdb79e87b5e30b8d36e690daa2eccff91",
        )
    },
    Example {
        algorithm: Some(Algorithm::Rs256),
        ..Example::p256(
            "packed.RS256",
            2,
            "ce0248afecbe3276b17cb4dd37b233cf2a1fd7615dbb0eb852d046a8f66e0481",
            "1c07a27751cbd730daf24a542b9bd6b9be3152f4361666b99945f007fac3dab6",
        )
    },
    Example {
        algorithm: Some(Algorithm::EdDsa),
        ..Example::p256(
            "packed.EdDSA",
            2,
            "0ef6665f460a08c40033d88b846ec7cb106ee7ec2ab5f2f354eae5a4b5c991dd",
            "045bb6ab03480f53d54fcdd9acf0ee7833647e72fcfb4bcb70fdfead58ebd8c0",
        )
    },
    Example {
        algorithm: None,
        ..Example::p256(
            "packed.Ed448",
            2,
            "4a1ff06af362b682ffcbcac07b9fa3fbc68ff977f5332e687b69b5aec00b0ed9",
            "54fb5a2f9fbe798fe71c9d331308ba36def7e547479ce0c924b1fd04e90ecbc6",
        )
    },
    Example::p256(
        "tpm.ES256",
        2,
        "68cbf6a1f9a61798f514aeb288809624f9d6c5b2fab77d749fbb842e75ac83bb",
        "cfabb9ddc42230b56fdaeedfc46b0912c2a735603055d7258c10399f85997e59",
    ),
    Example::p256(
        "android-key.ES256",
        1,
        "2c704666321e9ac749da89d65c497deadae74b775912d51f8ea3a93d489cbddf",
        "046d5d284a8ebc6100975bf018b247e6e122e039844831b640ebc05f2191116b",
    ),
    Example::p256(
        "apple.ES256",
        1,
        "70fe323acefc1edbb10af862bdf72405709fb11bd295c3e63c89bdaac204b762",
        "ce00e186354261e7c4a0f0ff5abcd5877a4775524f11463240fb5420d33fdddf",
    ),
    Example::p256(
        "fido-u2f.ES256",
        2,
        "648be3a448af174ff163057c17a62345ee31b4d9d744287d1a7b46aede79ffbb",
        "03a8b0381fff9b7b700849078429048f8639dccf61e43ed391fa5ad1bb8896d0",
    ),
];

/// The section's values, one after the other: each takes the next salt.
struct Values {
    info: &'static str,
    next: u8,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Values {
    fn take(&mut self, length: usize) -> Vec<u8> {
        let mut value = vec![0; length];
        let key = Salt::new(HKDF_SHA256, &[self.next]).extract(b"WebAuthn test vectors");
        key.expand(&[self.info.as_bytes()], Length(length)).unwrap().fill(&mut value).unwrap();
        self.next += 1;
        value
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    /// The browser's part: sometimes a member nobody knows comes with it.
    fn client_data(&mut self, kind: &str, challenge: &[u8], embedded: Embedded) -> Vec<u8> {
        let (cross, top) = match embedded {
            Embedded::No => (false, ""),
            Embedded::CrossOrigin => (true, ""),
            Embedded::TopOrigin => (true, r#","topOrigin":"https://example.com""#),
        };
        let extra = if self.byte() & 1 == 1 {
            let random = base64url(&self.take(16));
            let text = "clientDataJSON may be extended with additional fields in the future, such as this:";
            format!(r#","extraData":"{text} {random}""#)
        } else {
            String::new()
        };
        let challenge = base64url(challenge);
        let front = format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"https://example.org""#);
        format!(r#"{front},"crossOrigin":{cross}{top}{extra}}}"#).into_bytes()
    }
}

enum Signing {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Ed25519(Ed25519KeyPair),
    /// The modulus and the private exponent.
    Rsa(BigUint, BigUint),
    /// Nothing here computes it: key and signature are as published.
    Ed448,
}

const ED448_KEY: &str = "8051ef4f94670b5abf17da2e9558ba6eba94eb8704363915b4d666de287ad329de9f1f075211aba602dc6e7a5e52\
    b15a8ee1c984a9f8887380";
const ED448_SIGNATURE: &str = "071db921430e13ca1a607eedb96cbd30fd63946a06e731217cad6fd82ba3b930d482308a2c101752a2518c\
    ff70918d4a20f29bd2eda4f45a80bba6c4ad85b10fb721b1849725b7dbef315d5fb101c6dab890b06d94a8b52a74b5848f68e6152af24867b7\
    555d2b22b8955cbff5c87de73b00";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

impl Signing {
    fn new(algorithm: Option<Algorithm>, values: &mut Values) -> Signing {
        let Some(algorithm) = algorithm else {
            values.take(57);
            return Signing::Ed448;
        };
        match algorithm {
            Algorithm::Es256 => Signing::P256(p256::ecdsa::SigningKey::from_slice(&values.take(32)).unwrap()),
            Algorithm::Es384 => Signing::P384(p384::ecdsa::SigningKey::from_slice(&values.take(48)).unwrap()),
            Algorithm::Es512 => {
                let scalar = [vec![0], values.take(65)].concat();
                Signing::P521(p521::ecdsa::SigningKey::from_slice(&scalar).unwrap())
            }
            Algorithm::EdDsa => Signing::Ed25519(Ed25519KeyPair::from_seed_unchecked(&values.take(32)).unwrap()),
            Algorithm::Rs256 => {
                let one = BigUint::from(1u8);
                let [p, q] = [1279u32, 2203].map(|power| BigUint::from(2u8).pow(power) - &one);
                let exponent = BigUint::from(65537u32).modinv(&((&p - &one) * (&q - &one))).unwrap();
                Signing::Rsa(p * q, exponent)
            }
        }
    }

    fn cose(&self) -> Vec<u8> {
        match self {
            Signing::P256(key) => cose_ec(Algorithm::Es256, key.verifying_key().to_sec1_point(false).as_bytes()),
            Signing::P384(key) => cose_ec(Algorithm::Es384, key.verifying_key().to_sec1_point(false).as_bytes()),
            Signing::P521(key) => cose_ec(Algorithm::Es512, key.verifying_key().to_sec1_point(false).as_bytes()),
            Signing::Ed448 => [&[0xa4, 1, 1, 3, 0x38, 52, 0x20, 7, 0x21, 0x58, 57][..], &unhex(ED448_KEY)].concat(),
            Signing::Ed25519(pair) => cose_ed25519(pair.public_key().as_ref()),
            Signing::Rsa(modulus, _) => cose_rsa(&modulus.to_bytes_be(), &[1, 0, 1]),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Signing::P256(key) => Signer::<p256::ecdsa::Signature>::sign(key, message).to_der().as_bytes().to_vec(),
            Signing::P384(key) => Signer::<p384::ecdsa::Signature>::sign(key, message).to_der().as_bytes().to_vec(),
            Signing::P521(key) => Signer::<p521::ecdsa::Signature>::sign(key, message).to_der().as_bytes().to_vec(),
            Signing::Ed448 => unhex(ED448_SIGNATURE),
            Signing::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Signing::Rsa(modulus, exponent) => {
                let length = modulus.to_bytes_be().len();
                let digest_info = [
                    &b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"[..],
                    &sha256(message),
                ]
                .concat();
                let padding = vec![0xff; length - 3 - digest_info.len()];
                let block = [&[0, 1][..], &padding, &[0], &digest_info].concat();
                let signed = BigUint::from_bytes_be(&block).modpow(exponent, modulus).to_bytes_be();
                [vec![0; length - signed.len()], signed].concat()
            }
        }
    }
}

/// Both ceremonies of an example, made again.
pub struct Made {
    pub create_challenge: Vec<u8>,
    pub create_client: Vec<u8>,
    /// With the attested credential.
    pub create_data: Vec<u8>,
    pub object: Vec<u8>,
    pub credential: Vec<u8>,
    pub get_challenge: Vec<u8>,
    pub get_client: Vec<u8>,
    pub get_data: Vec<u8>,
    pub signature: Vec<u8>,
}

pub fn make(example: &Example) -> Made {
    let mut values = Values { info: example.info, next: 0 };
    let create_challenge = values.take(example.challenge_length);
    let key = Signing::new(example.algorithm, &mut values);
    let create_client = values.client_data("webauthn.create", &create_challenge, example.embedded);
    let aaguid = values.take(16);
    let credential = values.take(example.credential_length);
    // U2F keys know none of these flags, and no value is taken for them.
    let u2f = example.info == "fido-u2f.ES256";
    let flags = if u2f { 0 } else { values.byte() };
    let possible = match (u2f, flags & BE) {
        (true, _) => 0,
        (false, 0) => UV,
        (false, _) => UV | BE | BS,
    };
    let hash = sha256(b"example.org");
    let length = u16::try_from(credential.len()).unwrap().to_be_bytes();
    let flags = UP | 0x40 | (flags & possible);
    let create_data = [&hash[..], &[flags, 0, 0, 0, 0], &aaguid, &length, &credential, &key.cose()].concat();
    let object = if example.info == "packed-self.ES256" {
        let signature = key.sign(&[&create_data[..], &sha256(&create_client)].concat());
        let head = u8::try_from(signature.len()).unwrap();
        let statement = [b"\xa2\x63alg\x26\x63sig\x58", &[head][..], &signature].concat();
        attestation_object("packed", &statement, &create_data)
    } else {
        attestation_object("none", &[0xa0], &create_data)
    };
    values.next += example.certificate_values;
    let get_challenge = values.take(example.challenge_length);
    let get_client = values.client_data("webauthn.get", &get_challenge, example.embedded);
    let get_flags = UP | (flags & BE) | (values.byte() & possible & (UV | BS));
    let get_data = [&hash[..], &[get_flags, 0, 0, 0, 0]].concat();
    let signature = key.sign(&[&get_data[..], &sha256(&get_client)].concat());
    Made {
        create_challenge,
        create_client,
        create_data,
        object,
        credential,
        get_challenge,
        get_client,
        get_data,
        signature,
    }
}
