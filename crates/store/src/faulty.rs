//! A memory store that can fail, crash and lose what was not synced.

use crate::contract::{Append, Head, OutboxRow, Reader, Receipt, Reserve, Snapshot, Store, StoredEvent};
use crate::{MemoryStore, Refused, StoreError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happens to the next append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It fails and leaves nothing.
    Before(StoreError),
    /// It is written and synced, and fails all the same: the caller cannot know.
    After(StoreError),
    /// It is written, the sync fails: a crash loses it, `outcome` or a later append syncs it.
    Unsynced(StoreError),
    /// The store panics, before anything is written.
    Panic,
}

/// A handle; clones share the store, so that a test keeps one and the server has another.
#[derive(Debug, Clone)]
pub struct FaultyStore {
    shared: Arc<Mutex<Shared>>,
    /// Handles of a process that crashed are dead.
    life: u64,
}

#[derive(Debug, Default)]
struct Shared {
    /// What the running process sees.
    live: MemoryStore,
    /// What a crash leaves.
    disk: MemoryStore,
    unsynced: Vec<Write>,
    faults: VecDeque<Fault>,
    skip_sync: bool,
    away: bool,
    life: u64,
    syncs: u64,
    /// How often space was to be set aside, and whether there is none.
    reserves: u64,
    no_space: bool,
}

#[derive(Debug)]
enum Write {
    Batch(Vec<Append>),
    Snapshot(String, Snapshot),
    Lease { name: String, holder: String, now: i64, until: i64 },
}

impl Shared {
    /// Deterministic, so that the disk repeats exactly what the live store did.
    fn sync(&mut self) -> Result<(), StoreError> {
        self.syncs += 1;
        for write in self.unsynced.drain(..) {
            match write {
                Write::Batch(batch) => self.disk.append(&batch).map(|_| ())?,
                Write::Snapshot(stream, snapshot) => self.disk.put_snapshot(&stream, &snapshot)?,
                Write::Lease { name, holder, now, until } => {
                    self.disk.lease(&name, &holder, now, until).map(|_| ())?;
                }
            }
        }
        Ok(())
    }

    fn wrote(&mut self, write: Write) -> Result<(), StoreError> {
        self.unsynced.push(write);
        if self.skip_sync { Ok(()) } else { self.sync() }
    }
}

impl Default for FaultyStore {
    fn default() -> FaultyStore {
        FaultyStore::new()
    }
}

impl FaultyStore {
    pub fn new() -> FaultyStore {
        FaultyStore { shared: Arc::default(), life: 0 }
    }

    fn any(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> Result<MutexGuard<'_, Shared>, StoreError> {
        let shared = self.any();
        if shared.life == self.life {
            Ok(shared)
        } else {
            Err(StoreError::Io { what: "the process of this handle has crashed".to_owned() })
        }
    }

    fn there(&self) -> Result<MutexGuard<'_, Shared>, StoreError> {
        let shared = self.alive()?;
        if shared.away { Err(StoreError::Io { what: "it does not answer".to_owned() }) } else { Ok(shared) }
    }

    /// The following appends fail so, one after the other.
    pub fn fail_next(&self, fault: Fault) {
        self.any().faults.push_back(fault);
    }

    /// While set, an append returns without a sync: a server that relies on it loses on a crash.
    pub fn skip_sync(&self, skip: bool) {
        self.any().skip_sync = skip;
    }

    /// While set, nothing can be read and nobody can say what came of an append.
    pub fn away(&self, away: bool) {
        self.any().away = away;
    }

    /// Makes durable what was written.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.any().sync()
    }

    /// The power fails: what was not synced is lost, all handles are dead but the one returned,
    /// and no fault is pending.
    pub fn crash(&self) -> FaultyStore {
        let mut shared = self.any();
        shared.unsynced.clear();
        shared.faults.clear();
        shared.live = shared.disk.clone();
        shared.life += 1;
        FaultyStore { shared: Arc::clone(&self.shared), life: shared.life }
    }

    /// The receipt of an append that a crash at this moment would leave: a venue that is reached
    /// before this is `Some` was reached too early.
    pub fn durable(&self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        self.any().disk.outcome(id)
    }

    /// How many events a crash at this moment would leave.
    pub fn durable_size(&self) -> Result<u64, StoreError> {
        Ok(self.any().disk.head()?.size)
    }

    /// While set, there is no space that could be set aside.
    pub fn no_space(&self, none: bool) {
        self.any().no_space = none;
    }

    /// How often space was to be set aside.
    pub fn reserves(&self) -> u64 {
        self.any().reserves
    }

    /// How many writes wait for a sync.
    pub fn unsynced(&self) -> usize {
        self.any().unsynced.len()
    }

    /// How many syncs there were.
    pub fn syncs(&self) -> u64 {
        self.any().syncs
    }
}

impl Reader for FaultyStore {
    fn head(&mut self) -> Result<Head, StoreError> {
        Store::head(self)
    }
    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        Store::tail(self, from_position, limit)
    }
}

impl Store for FaultyStore {
    fn reader(&mut self) -> Result<Option<Box<dyn Reader>>, StoreError> {
        Ok(Some(Box::new(self.clone())))
    }

    fn append(&mut self, batch: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError> {
        let mut shared = self.alive()?;
        let fault = shared.faults.pop_front();
        match fault {
            Some(Fault::Before(error)) => return Err(error),
            Some(Fault::Panic) => std::panic::resume_unwind(Box::new("the store panics, as it was told to")),
            Some(Fault::After(_) | Fault::Unsynced(_)) | None => {}
        }
        let answers = shared.live.append(batch)?;
        let unsynced = matches!(fault, Some(Fault::Unsynced(_)));
        if unsynced {
            shared.unsynced.push(Write::Batch(batch.to_vec()));
        } else if answers.iter().any(Result::is_ok) {
            shared.wrote(Write::Batch(batch.to_vec()))?;
        }
        match fault {
            Some(Fault::After(error) | Fault::Unsynced(error)) => Err(error),
            Some(Fault::Before(_) | Fault::Panic) | None => Ok(answers),
        }
    }

    fn outcome(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        let mut shared = self.there()?;
        // An answer must survive a crash, so what is still unsynced is synced first.
        if !shared.skip_sync && !shared.unsynced.is_empty() {
            shared.sync()?;
        }
        shared.live.outcome(id)
    }

    fn load(&mut self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.there()?.live.load(stream, after_version, limit)
    }

    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.alive()?.live.tail(from_position, limit)
    }

    fn streams(&mut self, prefix: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.alive()?.live.streams(prefix)
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        self.alive()?.live.head()
    }

    fn lookup(&mut self, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
        self.alive()?.live.lookup(kind, key)
    }

    fn lookups(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.alive()?.live.lookups(kind)
    }

    fn sealed(&mut self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.alive()?.live.sealed(owner, name)
    }

    fn sealed_owners(&mut self, name: &str) -> Result<Vec<String>, StoreError> {
        self.alive()?.live.sealed_owners(name)
    }

    fn outbox(&mut self, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
        self.alive()?.live.outbox(venue)
    }

    fn due(&mut self, now: i64, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
        self.alive()?.live.due(now, limit)
    }

    fn next_wakeup(&mut self) -> Result<Option<i64>, StoreError> {
        self.alive()?.live.next_wakeup()
    }

    fn snapshot(&mut self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        self.alive()?.live.snapshot(stream)
    }

    fn put_snapshot(&mut self, stream: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        let mut shared = self.alive()?;
        shared.live.put_snapshot(stream, snapshot)?;
        shared.wrote(Write::Snapshot(stream.to_owned(), snapshot.clone()))
    }

    fn lease(&mut self, name: &str, holder: &str, now: i64, until: i64) -> Result<bool, StoreError> {
        let mut shared = self.alive()?;
        let taken = shared.live.lease(name, holder, now, until)?;
        if taken {
            let (name, holder) = (name.to_owned(), holder.to_owned());
            shared.wrote(Write::Lease { name, holder, now, until })?;
        }
        Ok(taken)
    }

    fn keep_reserve(&mut self) -> Result<Reserve, StoreError> {
        let mut shared = self.alive()?;
        shared.reserves += 1;
        if shared.no_space { Err(StoreError::Full) } else { Ok(Reserve::Kept) }
    }
}
