//! Rotation of the master key: every data key is wrapped anew, no row is touched. The server is stopped meanwhile.
//!
//! One step at a time, each whole or not at all; after every one of them the key that is in place opens everything.

use crate::actor::FIRM;
use crate::codec;
use crate::sealed::{KEY, Sealed};
use kernel::actor::Actor;
use kernel::event::{Event, Recorded, VERSION};
use kernel::id::CorrelationId;
use kernel::seal;
use kernel::time::Timestamp;
use std::path::PathBuf;
use store::{Append, SealedChange, Store, StoreError};
use vault::seal::{Found, Keyring, NoKey, NotRenewed, Places, Unkept, Unsealable};

#[derive(Debug, thiserror::Error)]
pub enum NotRotated {
    #[error("nothing is sealed in this data directory yet")]
    NothingSealed,
    #[error("{0}")]
    NoKey(#[from] NoKey),
    /// Before anything was changed.
    #[error("the sealing key that was found does not open what is there: {0}")]
    DoesNotOpen(#[from] Unsealable),
    #[error("the sealing key comes from {0}, which can only be read here")]
    Elsewhere(String),
    #[error("two keys are in place already: the newer one has to take over before there is a third")]
    Underway,
    #[error("the sealing key is in the data directory: it needs no other file")]
    OwnFile,
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the change was not taken: {0}")]
    NotTaken(String),
    #[error("{}: {why}", .path.display())]
    File { path: PathBuf, why: Unkept },
    #[error("{0}")]
    NotRenewed(#[from] NotRenewed),
}

/// What was done, for whoever watches; the last is followed by nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The old key waits in this file until a start has read everything with the new one.
    KeptAside(PathBuf),
    /// The file in the data directory holds the new key, and the old one after it.
    BothInPlace,
    /// So many data keys were wrapped anew.
    Wrapped(u32),
    /// Nothing needs the old key; where the file is ours, it is gone from it.
    OldDropped,
}

/// Who asks, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub by: Actor,
    pub at: Timestamp,
    pub dice: u128,
}

#[derive(Debug)]
pub struct Rotation {
    /// The file to write, where it is ours.
    file: Option<PathBuf>,
    /// `None` where an earlier rotation had come so far already.
    old: Option<Keyring>,
    ring: Keyring,
    asked: Asked,
    next: Next,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    KeepAside,
    PutBoth,
    Wrap,
    Drop,
    Nothing,
}

/// Each data key there is, opened once: what fails names whose it is.
pub fn opens_all(store: &mut dyn Store, keyring: &Keyring) -> Result<(), NotRotated> {
    for owner in store.sealed_owners(KEY)? {
        if let Some(wrapped) = store.sealed(&owner, KEY)? {
            keyring.unwrap(&owner, &wrapped)?;
        }
    }
    Ok(())
}

impl Rotation {
    /// Changes nothing. A rotation that was interrupted is gone on with.
    pub fn begin(store: &mut dyn Store, places: &Places, asked: Asked) -> Result<Self, NotRotated> {
        let (ring, found) = in_place(store, places)?;
        let underway = ring.older().next().is_some();
        match found {
            Found::DataDirectory(path) | Found::Made(path) if underway => {
                Ok(Self { file: Some(path), old: None, ring, asked, next: Next::Wrap })
            }
            Found::DataDirectory(path) | Found::Made(path) => {
                let new = ring.renewed()?;
                Ok(Self { file: Some(path), old: Some(ring), ring: new, asked, next: Next::KeepAside })
            }
            Found::Environment | Found::File(_) | Found::Credential(_) if underway => {
                Ok(Self { file: None, old: None, ring, asked, next: Next::Wrap })
            }
            Found::Environment | Found::File(_) | Found::Credential(_) => Err(NotRotated::Elsewhere(words(&found))),
        }
    }

    /// `None` when all is done.
    pub fn step(&mut self, store: &mut dyn Store) -> Result<Option<Step>, NotRotated> {
        let (done, next) = match self.next {
            Next::KeepAside => (self.keep_aside()?, Next::PutBoth),
            Next::PutBoth => {
                self.put(&self.ring)?;
                (Step::BothInPlace, Next::Wrap)
            }
            Next::Wrap => (Step::Wrapped(self.wrap(store)?), Next::Drop),
            Next::Drop => {
                let alone = self.ring.only_current().map_err(NotRenewed::from)?;
                // Read again, with nothing but the new key, before the old one goes.
                opens_all(store, &alone)?;
                self.put(&alone)?;
                (Step::OldDropped, Next::Nothing)
            }
            Next::Nothing => return Ok(None),
        };
        self.next = next;
        Ok(Some(done))
    }

    pub fn to(&self) -> String {
        self.ring.current().to_string()
    }
    pub fn from(&self) -> Vec<String> {
        self.ring.older().map(|id| id.to_string()).collect()
    }
    /// Whether the old key was ours to drop.
    pub const fn own_file(&self) -> bool {
        self.file.is_some()
    }

    fn keep_aside(&self) -> Result<Step, NotRotated> {
        let (Some(path), Some(old)) = (&self.file, &self.old) else { return Err(NotRotated::Underway) };
        let kept = vault::seal::keep_aside(path, old);
        kept.map(Step::KeptAside).map_err(|why| NotRotated::File { path: path.clone(), why })
    }

    fn put(&self, keyring: &Keyring) -> Result<(), NotRotated> {
        let Some(path) = &self.file else { return Ok(()) };
        vault::seal::replace(path, keyring).map_err(|why| NotRotated::File { path: path.clone(), why })
    }

    /// All of them and the event that says so, or nothing. Those that are under the new key already stay as they are.
    fn wrap(&self, store: &mut dyn Store) -> Result<u32, NotRotated> {
        let mut sealed = Vec::new();
        for owner in store.sealed_owners(KEY)? {
            let Some(wrapped) = store.sealed(&owner, KEY)? else { continue };
            if let Some(bytes) = self.ring.rotate(&owner, &wrapped)? {
                sealed.push(SealedChange::Put { owner, name: KEY.to_owned(), bytes });
            }
        }
        let data_keys = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
        if data_keys == 0 {
            return Ok(0);
        }
        let Asked { by, at, dice } = self.asked;
        let event = Event::Seal(seal::Event::Rotated { to: self.to(), from: self.from(), data_keys });
        let recorded = Recorded { at, actor: by, correlation: CorrelationId::new(at.0, dice), event, v: VERSION };
        let event = codec::encode(&recorded).map_err(|error| NotRotated::NotTaken(error.to_string()))?;
        let known = store.streams(FIRM)?.into_iter().find(|(name, _)| name == FIRM);
        let append = Append {
            id: dice.to_be_bytes(),
            stream: FIRM.to_owned(),
            expected: known.map_or(0, |(_, version)| version),
            events: vec![event],
            sealed,
            ..Append::default()
        };
        match store.append(&[append])?.pop() {
            Some(Ok(_)) => Ok(data_keys),
            Some(Err(refused)) => Err(NotRotated::NotTaken(refused.to_string())),
            None => Err(NotRotated::NotTaken("the store gave no answer".to_owned())),
        }
    }
}

/// The next value for a place that can only be read: a new key and, after it, the one of today. Into a new file.
pub fn hand_over(store: &mut dyn Store, places: &Places, out: &std::path::Path) -> Result<Keyring, NotRotated> {
    let (ring, found) = in_place(store, places)?;
    match found {
        Found::DataDirectory(_) | Found::Made(_) => return Err(NotRotated::OwnFile),
        Found::Environment | Found::File(_) | Found::Credential(_) => {}
    }
    if ring.older().next().is_some() {
        return Err(NotRotated::Underway);
    }
    let new = ring.renewed()?;
    vault::seal::hand_over(out, &new).map_err(|why| NotRotated::File { path: out.to_owned(), why })?;
    Ok(new)
}

/// The keyring as a start would find it, and that it opens everything.
fn in_place(store: &mut dyn Store, places: &Places) -> Result<(Keyring, Found), NotRotated> {
    if Sealed::is_empty(store)? {
        return Err(NotRotated::NothingSealed);
    }
    let (ring, found) = places.open(false)?;
    opens_all(store, &ring)?;
    Ok((ring, found))
}

fn words(found: &Found) -> String {
    match found {
        Found::Environment => "the environment (PORTREEVE_SEALING_KEY)".to_owned(),
        Found::File(path) => format!("the file {}", path.display()),
        Found::Credential(path) => format!("systemd's credential ({})", path.display()),
        Found::DataDirectory(path) | Found::Made(path) => path.display().to_string(),
    }
}
