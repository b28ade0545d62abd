//! Sealed: the data keys of the firm and of each customer, and the rows that only they open.
//!
//! A row is named by the hash of its bytes, which is what the event says: what was swapped or altered is not found.

use crate::commit::{Commit, Failed, Room};
use kernel::digest::Digest;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Append, SealedChange};
use tokio::sync::oneshot;
use vault::index::IndexKey;
use vault::network::NetworkKey;
use vault::password::Pepper;
use vault::seal::{DataKey, Keyring};
use zeroize::Zeroizing;

/// Holds no events: the rows with the wrapped data keys are written under its name.
const STREAM: &str = "keys";
/// The name of the row in which an owner's data key is.
pub const KEY: &str = "key";
const FIRM: &str = "firm";

#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    #[error("{0}")]
    Unsealable(#[from] vault::seal::Unsealable),
    #[error("no data key could be made: {0}")]
    NotMade(String),
    #[error("sealed rows cannot be read or written: {0}")]
    Store(String),
    /// The event names a row that is not there: erased, or lost.
    #[error("{what} of {owner} is not there")]
    Missing { owner: String, what: &'static str },
}

pub struct Sealed {
    commit: Commit,
    keyring: Keyring,
    index: IndexKey,
    networks: NetworkKey,
    pepper: Pepper,
    keys: Mutex<BTreeMap<String, Arc<DataKey>>>,
    /// One key is made at a time: two for one owner, and what the first has sealed would be lost.
    making: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").finish_non_exhaustive()
    }
}

impl Sealed {
    /// Fails where the keyring does not open what is there: better no start than a second set of keys.
    pub async fn open(commit: Commit, keyring: Keyring) -> Result<Arc<Self>, SealedError> {
        let firm = data_key(&commit, &keyring, FIRM).await?;
        let (index, networks, pepper) = (IndexKey::of(&firm)?, NetworkKey::of(&firm)?, Pepper::of(&firm)?);
        let keys = Mutex::new(BTreeMap::from([(FIRM.to_owned(), firm)]));
        Ok(Arc::new(Self { commit, keyring, index, networks, pepper, keys, making: tokio::sync::Mutex::new(()) }))
    }

    /// Whether nothing was ever sealed here.
    pub fn is_empty(store: &mut dyn store::Store) -> Result<bool, store::StoreError> {
        Ok(store.sealed(FIRM, KEY)?.is_none())
    }

    /// Names are looked up by what this makes of them.
    pub const fn index(&self) -> &IndexKey {
        &self.index
    }

    /// Networks are written down as what this makes of them.
    pub const fn networks(&self) -> &NetworkKey {
        &self.networks
    }

    /// Passwords are keyed with this before they are hashed.
    pub const fn pepper(&self) -> &Pepper {
        &self.pepper
    }

    /// Of a customer's stream; made when it is first needed.
    pub async fn data_key(&self, owner: &str) -> Result<Arc<DataKey>, SealedError> {
        let known = self.hold().get(owner).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let _one = self.making.lock().await;
        let key = data_key(&self.commit, &self.keyring, owner).await?;
        Ok(Arc::clone(self.hold().entry(owner.to_owned()).or_insert(key)))
    }

    /// The row to write with the event that names it, and the hash by which it does.
    pub async fn seal(
        &self,
        owner: &str,
        what: &'static str,
        plain: &[u8],
    ) -> Result<(SealedChange, Digest), SealedError> {
        let bytes = self.data_key(owner).await?.seal(what, plain)?;
        let sha256 = Digest::plain(&bytes);
        Ok((SealedChange::Put { owner: owner.to_owned(), name: sha256.to_string(), bytes }, sha256))
    }

    pub async fn unseal(
        &self,
        owner: &str,
        what: &'static str,
        sha256: &Digest,
    ) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        let bytes = row(&self.commit, owner, &sha256.to_string()).await?;
        let missing = || SealedError::Missing { owner: owner.to_owned(), what };
        let bytes = bytes.filter(|bytes| Digest::plain(bytes) == *sha256).ok_or_else(missing)?;
        Ok(self.data_key(owner).await?.open(what, &bytes)?)
    }

    /// What the firm has one of: made when it is first asked for. Wrapped anew with the firm's data key, whose it is.
    pub async fn firms<E: std::fmt::Display>(
        &self,
        what: &'static str,
        make: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, E>,
    ) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        let key = self.data_key(FIRM).await?;
        let _one = self.making.lock().await;
        if let Some(bytes) = row(&self.commit, FIRM, what).await? {
            return Ok(key.open(what, &bytes)?);
        }
        let plain = make().map_err(|error| SealedError::NotMade(error.to_string()))?;
        put(&self.commit, FIRM, what, key.seal(what, &plain)?).await?;
        Ok(plain)
    }

    fn hold(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<DataKey>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn data_key(commit: &Commit, keyring: &Keyring, owner: &str) -> Result<Arc<DataKey>, SealedError> {
    if let Some(wrapped) = row(commit, owner, KEY).await? {
        return Ok(Arc::new(keyring.unwrap(owner, &wrapped)?));
    }
    let (_, wrapped) = keyring.new_data_key(owner).map_err(|error| SealedError::NotMade(error.to_string()))?;
    put(commit, owner, KEY, wrapped.clone()).await?;
    Ok(Arc::new(keyring.unwrap(owner, &wrapped)?))
}

async fn row(commit: &Commit, owner: &str, name: &str) -> Result<Option<Vec<u8>>, SealedError> {
    let (reply, answer) = oneshot::channel();
    let (owner, name) = (owner.to_owned(), name.to_owned());
    commit.read(Box::new(move |store| drop(reply.send(store.sealed(&owner, &name)))));
    let read = answer.await.map_err(|_| SealedError::Store("the commit thread has ended".to_owned()))?;
    read.map_err(|error| SealedError::Store(error.to_string()))
}

async fn put(commit: &Commit, owner: &str, name: &str, bytes: Vec<u8>) -> Result<(), SealedError> {
    let dice = crate::clock::dice().map_err(|error| SealedError::Store(error.to_string()))?;
    let change = SealedChange::Put { owner: owner.to_owned(), name: name.to_owned(), bytes };
    let append =
        Append { id: dice.to_be_bytes(), stream: STREAM.to_owned(), sealed: vec![change], ..Append::default() };
    let (reply, answer) = oneshot::channel();
    let done =
        Box::new(move |_: &mut dyn store::Store, result: Result<store::Receipt, Failed>| drop(reply.send(result)));
    if !commit.append(append, Room::Ordinary, done) {
        return Err(SealedError::Store("the commit thread has ended".to_owned()));
    }
    match answer.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(Failed::Store(why))) => Err(SealedError::Store(why)),
        Ok(Err(Failed::Conflict)) => Err(SealedError::Store("others write it at once".to_owned())),
        Err(_) => Err(SealedError::Store("the commit thread has ended".to_owned())),
    }
}
