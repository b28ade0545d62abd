//! Encryption for a browser: RFC 8291 over RFC 8188, one record, padded to one size whatever it says.

use super::subscription::{POINT_BYTES, Subscription};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use zeroize::Zeroizing;

/// With its delimiter: nobody tells one kind of message from another by its length.
const PADDED: usize = 160;
const RECORD: u32 = 4_096;
const SALT_BYTES: usize = 16;
/// RFC 8188: this record is the last one.
const LAST: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it could not be encrypted")]
pub struct NotEncrypted;

impl From<Unspecified> for NotEncrypted {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// The body of a request: a key and a salt of its own each time.
pub(crate) fn encrypt(to: &Subscription, plain: &[u8]) -> Result<Vec<u8>, NotEncrypted> {
    let mut salt = [0; SALT_BYTES];
    aws_lc_rs::rand::fill(&mut salt)?;
    let key = PrivateKey::generate(&ECDH_P256)?;
    if plain.len() >= PADDED {
        return Err(NotEncrypted);
    }
    let mut padded = plain.to_vec();
    padded.push(LAST);
    padded.resize(PADDED, 0);
    sealed(to, &key, &salt, padded)
}

fn sealed(
    to: &Subscription,
    key: &PrivateKey,
    salt: &[u8; SALT_BYTES],
    mut record: Vec<u8>,
) -> Result<Vec<u8>, NotEncrypted> {
    let own = key.compute_public_key()?;
    let own: [u8; POINT_BYTES] = own.as_ref().try_into().map_err(|_| NotEncrypted)?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, to.p256dh().as_slice());
    let shared = agree(key, theirs, NotEncrypted, |secret| {
        let info = [b"WebPush: info\0".as_slice(), to.p256dh(), &own];
        expanded::<32>(&Salt::new(HKDF_SHA256, to.auth()).extract(secret), &info)
    })?;
    let derived = Salt::new(HKDF_SHA256, salt).extract(shared.as_slice());
    let content_key = expanded::<16>(&derived, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = expanded::<12>(&derived, &[b"Content-Encoding: nonce\0"])?;
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, content_key.as_slice())?);
    cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut record)?;
    let length = u8::try_from(own.len()).map_err(|_| NotEncrypted)?;
    Ok([salt.as_slice(), &RECORD.to_be_bytes(), &[length], &own, &record].concat())
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn expanded<const N: usize>(from: &Prk, info: &[&[u8]]) -> Result<Zeroizing<[u8; N]>, NotEncrypted> {
    let mut out = Zeroizing::new([0; N]);
    from.expand(info, Bytes(N))?.fill(out.as_mut_slice())?;
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::push::Hosts;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    fn browser() -> Subscription {
        let point = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let hosts = Hosts::parse(&["push.example.net".to_owned()]).unwrap();
        let endpoint = "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV";
        Subscription::parse(endpoint, point, "BTBZMqHH6r4Tts7J_aSIgg", &hosts).unwrap()
    }

    /// RFC 8291, section 5: both keys, the salt and every byte of the body.
    #[test]
    fn the_standards_own_example_comes_out_to_the_byte() {
        let private = BASE64.decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap();
        let key = PrivateKey::from_private_key(&ECDH_P256, &private).unwrap();
        let salt = BASE64.decode("DGv6ra1nlYgDCS1FRnbzlw").unwrap().try_into().unwrap();
        let record = b"When I grow up, I want to be a watermelon\x02".to_vec();
        let body = sealed(&browser(), &key, &salt, record).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzA\
                        C8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(BASE64.encode(body), expected);
    }

    #[test]
    fn whatever_it_says_it_has_one_length_and_never_the_same_bytes() {
        let bodies = [b"".as_slice(), b"short", &[7; PADDED - 1]].map(|plain| encrypt(&browser(), plain).unwrap());
        assert!(bodies.iter().all(|body| body.len() == 16 + 4 + 1 + 65 + PADDED + 16));
        assert_ne!(encrypt(&browser(), b"short"), encrypt(&browser(), b"short"));
        assert_eq!(encrypt(&browser(), &[7; PADDED]), Err(NotEncrypted));
    }
}
