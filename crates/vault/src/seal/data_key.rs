//! The data key of one owner: it seals the owner's rows, and other keys are derived from it.

use super::envelope::{self, Kind};
use super::secret_key::SecretKey;
use super::{Unsealable, Why};
use aws_lc_rs::aead::RandomizedNonceKey;
use std::fmt;
use zeroize::Zeroizing;

/// Kept only wrapped (see `Keyring`). The same through every rotation of the master key.
pub struct DataKey {
    owner: String,
    key: SecretKey,
    cipher: RandomizedNonceKey,
}

impl DataKey {
    pub(super) fn new(owner: &str, key: SecretKey) -> Result<Self, Why> {
        let cipher = key.derive("portreeve/rows/v1")?.cipher()?;
        Ok(Self { owner: owner.to_owned(), key, cipher })
    }
    pub(super) fn secret(&self) -> &SecretKey {
        &self.key
    }
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The bytes to keep for the row of that name: version, kind, nonce, cipher text, tag.
    pub fn seal(&self, row: &str, plain: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let header = Kind::Row.header();
        let mut out = Vec::with_capacity(header.len() + envelope::OVERHEAD + plain.len());
        out.extend(header);
        match envelope::seal(&self.cipher, (Kind::Row, &self.owner, row), plain, &mut out) {
            Ok(()) => Ok(out),
            Err(why) => Err(Unsealable::new(&self.owner, row, why)),
        }
    }

    pub fn open(&self, row: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let refused = |why| Unsealable::new(&self.owner, row, why);
        let body = sealed.strip_prefix(&Kind::Row.header()).ok_or_else(|| refused(Why::Malformed))?;
        envelope::open(&self.cipher, (Kind::Row, &self.owner, row), body).map_err(refused)
    }

    /// A key for one purpose of this owner, such as its blind index.
    pub(crate) fn derive(&self, purpose: &str) -> Result<SecretKey, Unsealable> {
        self.key.derive(purpose).map_err(|why| Unsealable::new(&self.owner, purpose, why))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").field("owner", &self.owner).finish_non_exhaustive()
    }
}
