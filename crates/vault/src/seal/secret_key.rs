//! A secret key: 32 bytes, the keys derived from it, and the id by which it is named.

use super::Why;
use crate::random::{self, NoRandomness};
use aws_lc_rs::aead::{AES_256_GCM_SIV, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use std::fmt;
use zeroize::Zeroizing;

pub(super) const BYTES: usize = 32;
const SALT: &[u8] = b"portreeve/keys/v1";

#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; BYTES]>);

impl SecretKey {
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self(random::bytes()?))
    }
    pub fn from_bytes(bytes: Zeroizing<[u8; BYTES]>) -> Self {
        Self(bytes)
    }
    pub(crate) fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// A key for one purpose (HKDF-SHA-256); from it neither this key nor that of another purpose can be found.
    pub(crate) fn derive(&self, purpose: &str) -> Result<Self, Why> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let info = [purpose.as_bytes()];
        let prk = Salt::new(HKDF_SHA256, SALT).extract(self.0.as_slice());
        let okm = prk.expand(&info, Length).map_err(|_| Why::Cipher)?;
        okm.fill(bytes.as_mut_slice()).map_err(|_| Why::Cipher)?;
        Ok(Self(bytes))
    }

    pub(crate) fn cipher(&self) -> Result<RandomizedNonceKey, Why> {
        RandomizedNonceKey::new(&AES_256_GCM_SIV, self.0.as_slice()).map_err(|_| Why::Cipher)
    }

    /// Derived from the key itself, so that it needs no book of its own.
    pub(crate) fn id(&self) -> Result<KeyId, Why> {
        let derived = self.derive("portreeve/key-id/v1")?;
        let (id, _) = derived.0.split_first_chunk::<8>().ok_or(Why::Cipher)?;
        Ok(KeyId(*id))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        BYTES
    }
}

/// Names a key without telling anything of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(crate) [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}
impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
