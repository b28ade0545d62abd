//! The keyring: the master key of today and those before it; they wrap data keys and nothing else.

use super::data_key::DataKey;
use super::envelope::{self, Kind};
use super::secret_key::{BYTES, KeyId, SecretKey};
use super::{Unsealable, Why};
use crate::base64url;
use crate::random::NoRandomness;
use aws_lc_rs::aead::RandomizedNonceKey;
use std::fmt;
use zeroize::Zeroizing;

/// More keys than this were never rotated out.
const MOST: usize = 16;
/// The row name that errors give for a data key.
const ROW: &str = "the data key";

pub struct Keyring {
    current: Master,
    older: Vec<Master>,
}

struct Master {
    id: KeyId,
    key: SecretKey,
    wrapping: RandomizedNonceKey,
}

/// What is wrong with a list of master keys; never what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    #[error("there is no key in it")]
    Empty,
    #[error("there are more than {MOST} keys in it: drop those that no data key is wrapped under any more")]
    TooMany,
    #[error("key {0} in it is not 32 bytes as base64url without padding (43 characters)")]
    NotAKey(usize),
    #[error("key {0} in it is no random key: all its bytes are the same")]
    Guessable(usize),
    #[error("key {0} in it stands there twice")]
    Twice(usize),
    #[error("the cipher refused to work")]
    Cipher,
}

impl Keyring {
    /// The first key is the current one.
    pub fn new(keys: &[SecretKey]) -> Result<Self, BadKeys> {
        if keys.len() > MOST {
            return Err(BadKeys::TooMany);
        }
        let mut masters: Vec<Master> = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let [first, rest @ ..] = key.bytes();
            if rest.iter().all(|byte| byte == first) {
                return Err(BadKeys::Guessable(index + 1));
            }
            let master = Master::new(key.clone()).map_err(|_| BadKeys::Cipher)?;
            if masters.iter().any(|other| other.id == master.id) {
                return Err(BadKeys::Twice(index + 1));
            }
            masters.push(master);
        }
        let mut masters = masters.into_iter();
        let current = masters.next().ok_or(BadKeys::Empty)?;
        Ok(Self { current, older: masters.collect() })
    }

    /// Keys between blanks or line ends, the current one first; what follows a `#` on its line is a remark.
    pub fn parse(text: &str) -> Result<Self, BadKeys> {
        let mut keys = Vec::new();
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or(line));
        for (index, word) in lines.flat_map(str::split_ascii_whitespace).take(MOST + 1).enumerate() {
            let bytes = Zeroizing::new(base64url::decode(word, BYTES).ok_or(BadKeys::NotAKey(index + 1))?);
            let bytes: [u8; BYTES] = bytes.as_slice().try_into().map_err(|_| BadKeys::NotAKey(index + 1))?;
            keys.push(SecretKey::from_bytes(Zeroizing::new(bytes)));
        }
        Self::new(&keys)
    }

    /// What `parse` reads.
    pub fn text(&self) -> Zeroizing<String> {
        let remark = "# Portreeve's master keys; the first is the current one. Keep a copy apart from the data.\n";
        let keys = 1 + self.older.len();
        let mut text = Zeroizing::new(String::with_capacity(remark.len() + keys * 44));
        text.push_str(remark);
        for master in std::iter::once(&self.current).chain(&self.older) {
            text.push_str(&Zeroizing::new(base64url::encode(master.key.bytes())));
            text.push('\n');
        }
        text
    }

    /// With a new current key; the old ones stay, so that what they wrapped still opens.
    pub fn renewed(&self) -> Result<Self, NotRenewed> {
        let old = std::iter::once(&self.current).chain(&self.older).map(|master| master.key.clone());
        let keys: Vec<SecretKey> = std::iter::once(SecretKey::random()?).chain(old).collect();
        Ok(Self::new(&keys)?)
    }

    /// Without the old keys: for when every data key was rotated to the current one.
    pub fn only_current(&self) -> Result<Self, BadKeys> {
        Self::new(std::slice::from_ref(&self.current.key))
    }

    pub fn current(&self) -> KeyId {
        self.current.id
    }
    pub fn older(&self) -> impl Iterator<Item = KeyId> {
        self.older.iter().map(|master| master.id)
    }

    /// A new data key for that owner, and the bytes to keep of it.
    pub fn new_data_key(&self, owner: &str) -> Result<(DataKey, Vec<u8>), NotMade> {
        let refused = |why| Unsealable::new(owner, ROW, why);
        let key = DataKey::new(owner, SecretKey::random()?).map_err(refused)?;
        let wrapped = self.wrap(&key)?;
        Ok((key, wrapped))
    }

    /// Version, kind, id of the master key, nonce, wrapped key, tag.
    fn wrap(&self, key: &DataKey) -> Result<Vec<u8>, Unsealable> {
        let owner = key.owner();
        let mut out = Kind::DataKey.header().to_vec();
        out.extend(self.current.id.0);
        envelope::seal(&self.current.wrapping, (Kind::DataKey, owner, ""), key.secret().bytes(), &mut out)
            .map_err(|why| Unsealable::new(owner, ROW, why))?;
        Ok(out)
    }

    pub fn unwrap(&self, owner: &str, wrapped: &[u8]) -> Result<DataKey, Unsealable> {
        let refused = |why| Unsealable::new(owner, ROW, why);
        let (id, body) = split(wrapped).ok_or_else(|| refused(Why::Malformed))?;
        let mut masters = std::iter::once(&self.current).chain(&self.older);
        let master = masters.find(|master| master.id == id).ok_or_else(|| refused(Why::UnknownKey(id)))?;
        let plain = envelope::open(&master.wrapping, (Kind::DataKey, owner, ""), body).map_err(refused)?;
        let bytes: [u8; BYTES] = plain.as_slice().try_into().map_err(|_| refused(Why::Malformed))?;
        DataKey::new(owner, SecretKey::from_bytes(Zeroizing::new(bytes))).map_err(refused)
    }

    /// The same data key wrapped under the current master key; `None` when it already is.
    pub fn rotate(&self, owner: &str, wrapped: &[u8]) -> Result<Option<Vec<u8>>, Unsealable> {
        let key = self.unwrap(owner, wrapped)?;
        match split(wrapped) {
            Some((id, _)) if id == self.current.id => Ok(None),
            _ => self.wrap(&key).map(Some),
        }
    }
}

/// Why a new data key was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error(transparent)]
    Unsealable(#[from] Unsealable),
}

/// Why the keyring has no new current key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRenewed {
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("the keyring: {0}")]
    BadKeys(#[from] BadKeys),
}

fn split(wrapped: &[u8]) -> Option<(KeyId, &[u8])> {
    let (id, body) = wrapped.strip_prefix(&Kind::DataKey.header())?.split_first_chunk::<8>()?;
    Some((KeyId(*id), body))
}

impl Master {
    fn new(key: SecretKey) -> Result<Self, Why> {
        Ok(Self { id: key.id()?, wrapping: key.derive("portreeve/wrap/v1")?.cipher()?, key })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let older: Vec<KeyId> = self.older().collect();
        f.debug_struct("Keyring").field("current", &self.current.id).field("older", &older).finish_non_exhaustive()
    }
}
