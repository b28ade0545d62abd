//! Sealing: secrets and personal data at rest, under a key that can live elsewhere and be rotated.
//!
//! Two levels. A master key of the keyring wraps one data key for each owner (`customer/<id>`, `firm`); the data key
//! seals that owner's rows. Rotation wraps the data keys anew and touches no row; erasing an owner is deleting the
//! wrapped data key. Owner and row name are bound to every sealed byte, so nothing opens in another's place.
//! What is not noticed: an older sealing of the very same row put back. Where that matters, the row's name carries its
//! revision, or an event its hash.

mod aside;
mod data_key;
mod envelope;
mod keyring;
mod place;
mod secret_key;

pub use aside::{Forgotten, aside, forget_aside, hand_over, keep_aside};
pub use data_key::DataKey;
pub use keyring::{BadKeys, Keyring, NotMade, NotRenewed};
pub use place::{Found, NoKey, Places, Unkept, replace, sweep};
pub use secret_key::{KeyId, SecretKey};

/// Longer plain texts are refused: what is sealed are secrets and addresses, not documents.
pub const LONGEST: usize = 1 << 20;

/// Why a row or a data key could not be sealed or opened. It names the place and nothing of what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{row} of {owner}: {why}")]
pub struct Unsealable {
    pub owner: String,
    pub row: String,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("not in a format that this version writes")]
    Malformed,
    #[error("wrapped under master key {0}, which is not in the keyring")]
    UnknownKey(KeyId),
    #[error("altered, or sealed for another owner, another row or under another key")]
    NotAuthentic,
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    #[error("the cipher refused to work")]
    Cipher,
}

impl Unsealable {
    fn new(owner: &str, row: &str, why: Why) -> Self {
        Self { owner: owner.to_owned(), row: row.to_owned(), why }
    }
}
