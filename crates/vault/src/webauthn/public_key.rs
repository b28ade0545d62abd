//! A credential's public key: five algorithms, one spelling for each key, and the one place that checks a signature.

use core::fmt;
use core::str::FromStr;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};

use super::cbor::{Item, Reader};
use crate::base64url;

/// RSA up to 4096 bits: larger keys would only make a check slow.
const MOST_MODULUS: usize = 512;
const LEAST_MODULUS: usize = 256;
const MOST_EXPONENT: usize = 4;
const MOST_KEY: usize = 600;

/// What a key signs with; it belongs to the key's record and never to what is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (COSE -7).
    Es256,
    /// Ed25519 (COSE -8).
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (COSE -257).
    Rs256,
    /// ECDSA on P-384 with SHA-384 (COSE -35).
    Es384,
    /// ECDSA on P-521 with SHA-512 (COSE -36).
    Es512,
}

impl Algorithm {
    /// WA-06, in the order they are offered. Why not Ed448: decision 0008.
    pub const OFFERED: [Algorithm; 5] =
        [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Es384, Algorithm::Es512];

    pub fn cose(self) -> i64 {
        match self {
            Algorithm::Es256 => -7,
            Algorithm::EdDsa => -8,
            Algorithm::Rs256 => -257,
            Algorithm::Es384 => -35,
            Algorithm::Es512 => -36,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Algorithm::Es256 => "es256",
            Algorithm::EdDsa => "eddsa",
            Algorithm::Rs256 => "rs256",
            Algorithm::Es384 => "es384",
            Algorithm::Es512 => "es512",
        }
    }

    fn verifier(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Algorithm::Es256 => &ECDSA_P256_SHA256_ASN1,
            Algorithm::EdDsa => &ED25519,
            Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Es384 => &ECDSA_P384_SHA384_ASN1,
            Algorithm::Es512 => &ECDSA_P521_SHA512_ASN1,
        }
    }

    /// COSE's number of the one curve that goes with it, and the bytes of a coordinate.
    fn curve(self) -> Option<(u64, usize)> {
        match self {
            Algorithm::Es256 => Some((1, 32)),
            Algorithm::Es384 => Some((2, 48)),
            Algorithm::Es512 => Some((3, 66)),
            Algorithm::EdDsa | Algorithm::Rs256 => None,
        }
    }
}

/// These are not a public key of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPublicKey {
    #[error("a public key is written as `es256:` or another algorithm, and its bytes in base64url")]
    Spelling,
    #[error("the algorithm was not offered")]
    Algorithm,
    #[error("the bytes are not a valid key of that algorithm")]
    Key,
}

/// ECDSA: the uncompressed point. Ed25519: its 32 bytes. RSA: the DER of PKCS #1's RSAPublicKey.
/// Text form `es256:<base64url>`: one text for one key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl PublicKey {
    pub fn new(algorithm: Algorithm, bytes: Vec<u8>) -> Result<PublicKey, BadPublicKey> {
        let shaped = match algorithm {
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => {
                let length = algorithm.curve().map(|(_, coordinate)| 1 + 2 * coordinate);
                length == Some(bytes.len()) && bytes.first() == Some(&4)
            }
            Algorithm::EdDsa => bytes.len() == 32 && !of_small_order(&bytes),
            Algorithm::Rs256 => rsa_numbers(&bytes).is_some_and(|(n, e)| rsa_der(n, e).as_ref() == Some(&bytes)),
        };
        if !shaped || ParsedPublicKey::new(algorithm.verifier(), &bytes).is_err() {
            return Err(BadPublicKey::Key);
        }
        Ok(PublicKey { algorithm, bytes })
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Does this signature over these bytes hold? Nothing else is asked.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm.verifier(), &self.bytes).verify(message, signature).is_ok()
    }

    /// The COSE_Key that stands next in the attested credential data.
    pub(super) fn read_cose(reader: &mut Reader<'_>) -> Result<PublicKey, BadCose> {
        let members = Members::read(reader).ok_or(BadCose::Malformed)?;
        let offered = |algorithm: &Algorithm| Some(algorithm.cose()) == members.algorithm;
        let algorithm = Algorithm::OFFERED.into_iter().find(offered).ok_or(BadCose::NotOffered)?;
        let bytes = match (algorithm, members.kind, members.first, members.second, members.third) {
            (_, Some(2), Some(Item::Unsigned(curve)), Some(Item::Bytes(x)), Some(Item::Bytes(y))) => {
                // Each coordinate has its full length: two that only add up would be another point.
                if algorithm.curve() != Some((curve, x.len())) {
                    return Err(BadCose::Key);
                }
                [&[4], x, y].concat()
            }
            (Algorithm::EdDsa, Some(1), Some(Item::Unsigned(6)), Some(Item::Bytes(x)), None) => x.to_vec(),
            (Algorithm::Rs256, Some(3), Some(Item::Bytes(n)), Some(Item::Bytes(e)), None) => {
                rsa_der(n, e).ok_or(BadCose::Key)?
            }
            _ => return Err(BadCose::Key),
        };
        PublicKey::new(algorithm, bytes).map_err(|_| BadCose::Key)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.algorithm.word(), base64url::encode(&self.bytes))
    }
}

impl FromStr for PublicKey {
    type Err = BadPublicKey;

    fn from_str(text: &str) -> Result<PublicKey, BadPublicKey> {
        let (word, key) = text.split_once(':').ok_or(BadPublicKey::Spelling)?;
        let algorithm =
            Algorithm::OFFERED.into_iter().find(|known| known.word() == word).ok_or(BadPublicKey::Algorithm)?;
        PublicKey::new(algorithm, base64url::decode(key, MOST_KEY).ok_or(BadPublicKey::Spelling)?)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadCose {
    Malformed,
    NotOffered,
    Key,
}

/// The members of a COSE_Key that our algorithms use: labels 1, 3, -1, -2, -3.
#[derive(Default)]
struct Members<'a> {
    kind: Option<i64>,
    algorithm: Option<i64>,
    first: Option<Item<'a>>,
    second: Option<Item<'a>>,
    third: Option<Item<'a>>,
}

impl<'a> Members<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Members<'a>> {
        let mut members = Members::default();
        for _ in 0..reader.map()? {
            // A label that is there twice would let two readers see two keys.
            let doubled = match reader.integer()? {
                1 => members.kind.replace(reader.integer()?).is_some(),
                3 => members.algorithm.replace(reader.integer()?).is_some(),
                -1 => members.first.replace(reader.item()?).is_some(),
                -2 => members.second.replace(reader.item()?).is_some(),
                -3 => members.third.replace(reader.item()?).is_some(),
                _ => {
                    reader.skip()?;
                    false
                }
            };
            if doubled {
                return None;
            }
        }
        Some(members)
    }
}

/// Keys whose signatures hold for more messages than were signed: the point's order divides 8. The sign bit is
/// ignored, and so are the two spellings of 0 and 1 beyond the field's prime.
fn of_small_order(key: &[u8]) -> bool {
    const ORDER_8: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let Some((last, [first, middle @ ..])) = key.split_last() else { return true };
    let last = last & 0x7f;
    let all = |byte: u8| middle.iter().all(|other| *other == byte);
    let low = all(0) && last == 0 && *first <= 1;
    let high = all(0xff) && last == 0x7f && *first >= 0xec;
    let eighth = |point: &[u8; 32]| point.split_last() == Some((&last, key.get(..31).unwrap_or_default()));
    low || high || ORDER_8.iter().any(eighth)
}

/// SEQUENCE { INTEGER n, INTEGER e } of two positive numbers without leading zeros, n of 2048 to 4096 bits.
fn rsa_der(n: &[u8], e: &[u8]) -> Option<Vec<u8>> {
    let fits = (LEAST_MODULUS..=MOST_MODULUS).contains(&n.len()) && (1..=MOST_EXPONENT).contains(&e.len());
    if !fits || n.first() == Some(&0) || e.first() == Some(&0) {
        return None;
    }
    let mut numbers = Vec::with_capacity(MOST_KEY);
    for number in [n, e] {
        let sign = usize::from(number.first().is_some_and(|byte| byte & 0x80 != 0));
        numbers.push(0x02);
        der_length(&mut numbers, number.len() + sign)?;
        numbers.resize(numbers.len() + sign, 0);
        numbers.extend_from_slice(number);
    }
    let mut der = vec![0x30];
    der_length(&mut der, numbers.len())?;
    der.append(&mut numbers);
    Some(der)
}

fn der_length(out: &mut Vec<u8>, length: usize) -> Option<()> {
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    match (high, low) {
        (0, 0..=0x7f) => out.push(low),
        (0, _) => out.extend_from_slice(&[0x81, low]),
        _ => out.extend_from_slice(&[0x82, high, low]),
    }
    Some(())
}

/// Reads just so much that writing the numbers again shows whether the spelling was the one.
fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inner, []) = der_value(der, 0x30)? else { return None };
    let (n, rest) = der_value(inner, 0x02)?;
    let (e, []) = der_value(rest, 0x02)? else { return None };
    Some((n.strip_prefix(&[0]).unwrap_or(n), e.strip_prefix(&[0]).unwrap_or(e)))
}

fn der_value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [first, length @ 0..=0x7f, rest @ ..] if *first == tag => (usize::from(*length), rest),
        [first, 0x81, length, rest @ ..] if *first == tag => (usize::from(*length), rest),
        [first, 0x82, high, low, rest @ ..] if *first == tag => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}
