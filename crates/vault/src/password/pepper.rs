//! The pepper: a password is keyed before it is hashed, with a key that is not kept beside the hashes (NI-05).

use crate::seal::{DataKey, KeyId, Unsealable, Why};
use aws_lc_rs::hmac;
use std::fmt;
use zeroize::Zeroizing;

#[derive(Clone)]
pub struct Pepper {
    id: KeyId,
    key: hmac::Key,
}

impl Pepper {
    /// From the firm's data key, so that it outlives every master key.
    pub fn of(firm: &DataKey) -> Result<Self, Unsealable> {
        let key = firm.derive("portreeve/pepper/v1")?;
        let cipher = |why: Why| Unsealable { owner: firm.owner().to_owned(), row: "the pepper".to_owned(), why };
        Ok(Self { id: key.id().map_err(cipher)?, key: hmac::Key::new(hmac::HMAC_SHA256, key.bytes()) })
    }
    pub fn id(&self) -> KeyId {
        self.id
    }
    pub(crate) fn apply(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(hmac::sign(&self.key, password).as_ref().to_vec())
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({})", self.id)
    }
}
