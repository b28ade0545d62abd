//! Group commit: one thread owns the store; what waits while it syncs shares the next sync.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use store::{Append, Receipt, Refused, Store, StoreError};

/// Most appends of one transaction.
const BATCH: usize = 256;
/// Waiting appends beyond which new orders are turned away. What restricts or reports always gets in.
const WAITING: usize = 8_192;

#[derive(Clone, Debug)]
pub enum Failed {
    /// Decided on a state that has moved meanwhile: decide again.
    Conflict,
    /// Not written, or nobody can say: it must be treated as not written, after a fresh look.
    Store(String),
}

pub type Done = Box<dyn FnOnce(&mut dyn Store, Result<Receipt, Failed>) + Send>;
type Read = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// Which disk space an append may use: the reserve is kept for what takes risk away, and for facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Ordinary,
    Reserve,
}

enum Job {
    Append(Append, Room, Done),
    Read(Read),
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
}

/// Called when the disk is full, to give back the space kept for this; true if there was some.
pub type Reserve = Box<dyn FnMut() -> bool + Send>;

#[derive(Clone)]
pub struct Commit {
    shared: Arc<Shared>,
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("waiting", &hold(&self.shared.queue).jobs.len()).finish()
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Commit {
    /// The thread ends when `close` is called and all that waits is written.
    pub fn start(store: Box<dyn Store>, reserve: Reserve) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (commit, mut steps) = Self::stepped(store, reserve);
        let thread = std::thread::Builder::new().name("commit".into()).spawn(move || {
            // Only a matter of speed: where the kernel does not take it, a sync waits for a tick.
            store::short_slice();
            while steps.wait() {
                steps.step();
            }
        })?;
        Ok((commit, thread))
    }

    /// For whoever wants to choose when each batch is written.
    pub fn stepped(store: Box<dyn Store>, reserve: Reserve) -> (Self, Steps) {
        let shared = Arc::new(Shared::default());
        let steps = Steps { shared: Arc::clone(&shared), store, reserve };
        (Self { shared }, steps)
    }

    pub fn has_room(&self) -> bool {
        hold(&self.shared.queue).jobs.len() < WAITING
    }

    /// Order is kept: what is pushed first is written first, or fails first.
    pub fn append(&self, append: Append, room: Room, done: Done) {
        self.push(Job::Append(append, room, done));
    }

    pub fn read(&self, read: Read) {
        self.push(Job::Read(read));
    }

    pub fn close(&self) {
        hold(&self.shared.queue).closed = true;
        self.shared.arrived.notify_all();
    }

    fn push(&self, job: Job) {
        hold(&self.shared.queue).jobs.push_back(job);
        self.shared.arrived.notify_one();
    }
}

/// Owns the store; each step writes one batch.
pub struct Steps {
    shared: Arc<Shared>,
    store: Box<dyn Store>,
    reserve: Reserve,
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps").finish_non_exhaustive()
    }
}

impl Steps {
    /// True when there is something to do, false when all is done and closed.
    fn wait(&self) -> bool {
        let mut queue = hold(&self.shared.queue);
        while queue.jobs.is_empty() {
            if queue.closed {
                return false;
            }
            queue = self.shared.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Writes what waits, up to a batch or the next read; false when nothing waited.
    pub fn step(&mut self) -> bool {
        let (mut appends, mut rooms, mut dones) = (Vec::new(), Vec::new(), Vec::new());
        let mut read = None;
        let mut queue = hold(&self.shared.queue);
        while appends.len() < BATCH && read.is_none() {
            match queue.jobs.pop_front() {
                Some(Job::Append(append, room, done)) => {
                    appends.push(append);
                    rooms.push(room);
                    dones.push(done);
                }
                Some(Job::Read(job)) => read = Some(job),
                None => break,
            }
        }
        drop(queue);
        let something = !appends.is_empty() || read.is_some();
        self.write(&appends, &rooms, dones);
        if let Some(read) = read {
            read(self.store.as_mut());
        }
        something
    }

    fn write(&mut self, appends: &[Append], rooms: &[Room], dones: Vec<Done>) {
        if appends.is_empty() {
            return;
        }
        let results: Vec<Result<Receipt, Failed>> = match self.store.append(appends) {
            Ok(results) => results.into_iter().map(|result| result.or_else(refused)).collect(),
            Err(StoreError::Full) if rooms.contains(&Room::Reserve) && (self.reserve)() => {
                self.write_reserved(appends, rooms)
            }
            Err(error) => appends.iter().map(|append| self.after_trouble(append, &error)).collect(),
        };
        for (done, result) in dones.into_iter().zip(results) {
            done(self.store.as_mut(), result);
        }
    }

    /// The disk is full: the space that was kept goes to what takes risk away, and to nothing else.
    fn write_reserved(&mut self, appends: &[Append], rooms: &[Room]) -> Vec<Result<Receipt, Failed>> {
        let each = || appends.iter().zip(rooms);
        let kept: Vec<Append> =
            each().filter(|(_, room)| **room == Room::Reserve).map(|(append, _)| append.clone()).collect();
        let written = self.store.append(&kept);
        let mut written = match written {
            Ok(results) => results.into_iter().map(|result| result.or_else(refused)).collect::<Vec<_>>(),
            Err(error) => kept.iter().map(|append| self.after_trouble(append, &error)).collect(),
        }
        .into_iter();
        let full = || Failed::Store(StoreError::Full.to_string());
        let result = |room: &Room| match room {
            Room::Reserve => written.next().unwrap_or_else(|| Err(full())),
            Room::Ordinary => Err(full()),
        };
        rooms.iter().map(result).collect()
    }

    /// The store failed and may have written all the same: the append's own id tells.
    fn after_trouble(&mut self, append: &Append, error: &StoreError) -> Result<Receipt, Failed> {
        match self.store.outcome(&append.id) {
            Ok(Some(receipt)) => Ok(receipt),
            Ok(None) | Err(_) => Err(Failed::Store(error.to_string())),
        }
    }
}

fn refused(refused: Refused) -> Result<Receipt, Failed> {
    match refused {
        Refused::Conflict { .. } => Err(Failed::Conflict),
        Refused::DuplicateAppend { receipt } => Ok(receipt),
        other => Err(Failed::Store(other.to_string())),
    }
}
