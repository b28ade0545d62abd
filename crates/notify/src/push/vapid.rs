//! VAPID (RFC 8292): by which a push service knows that a message is from the server that the browser has subscribed to.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::time::Timestamp;
use serde_json::json;
use std::fmt;
use zeroize::Zeroizing;

/// The standard allows a day; clocks differ.
const LIFETIME_MS: i64 = 12 * 3_600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key for push cannot be made or used")]
pub struct NoKey;

pub struct VapidKey {
    pair: EcdsaKeyPair,
    public: String,
}

impl VapidKey {
    /// A new one, as it is kept: sealed, and never said.
    pub fn generate() -> Result<Zeroizing<Vec<u8>>, NoKey> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Ok(Zeroizing::new(made.map_err(|_| NoKey)?.as_ref().to_vec()))
    }

    pub fn read(kept: &[u8]) -> Result<Self, NoKey> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, kept).map_err(|_| NoKey)?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        Ok(Self { pair, public })
    }

    /// As a browser wants it, in base64url.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The header `authorization`: good for one push service, for half a day.
    pub(crate) fn authorization(&self, audience: &str, contact: &str, now: Timestamp) -> Result<String, NoKey> {
        let until = now.plus_ms(LIFETIME_MS).0.div_euclid(1_000);
        let (head, claims) =
            (json!({ "typ": "JWT", "alg": "ES256" }), json!({ "aud": audience, "exp": until, "sub": contact }));
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let said = format!("{}.{}", encode(&head), encode(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), said.as_bytes()).map_err(|_| NoKey)?;
        Ok(format!("vapid t={said}.{}, k={}", URL_SAFE_NO_PAD.encode(signature.as_ref()), self.public))
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn a_token_says_for_whom_it_is_until_when_and_from_whom_and_is_signed() {
        let key = VapidKey::read(&VapidKey::generate().unwrap()).unwrap();
        let now = Timestamp(1_795_000_000_999);
        let header = key.authorization("https://fcm.googleapis.com", "mailto:ops@trade.example", now).unwrap();
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!((public, public.len()), (key.public(), 87));
        let (said, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let verifier = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(public));
        assert!(verifier.verify(said.as_bytes(), &decode(signature)).is_ok());
        let claims: serde_json::Value = serde_json::from_slice(&decode(said.split_once('.').unwrap().1)).unwrap();
        assert_eq!(claims["aud"], "https://fcm.googleapis.com");
        assert_eq!(claims["sub"], "mailto:ops@trade.example");
        assert_eq!(claims["exp"], 1_795_000_000 + 12 * 3_600);
    }

    #[test]
    fn what_is_no_key_is_refused_and_a_key_shows_nothing() {
        assert_eq!(VapidKey::read(b"none").unwrap_err(), NoKey);
        let kept = VapidKey::generate().unwrap();
        assert_eq!(format!("{:?}", VapidKey::read(&kept).unwrap()), "VapidKey");
        assert_ne!(*kept, *VapidKey::generate().unwrap());
    }
}
