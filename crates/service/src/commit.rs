//! Group commit: one thread owns the store; what waits while it syncs shares the next sync.

mod broken;
mod readers;
mod steps;

pub use readers::Look;
pub use steps::Steps;

use crate::tally::Tally;
use readers::Readers;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use store::contract::Reserve as Kept;
use store::{Append, InTurn, Receipt, Store};

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
    /// What waits is still written, then the thread ends.
    closed: bool,
    /// Nobody takes jobs any more: what comes now is turned away at once.
    ended: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
    /// The space kept in reserve is there, as far as is known.
    reserved: AtomicBool,
    /// The thread has been asked to set it aside and has not answered yet.
    reserving: AtomicBool,
    tally: Tally,
}

/// Called when the disk is full, to give back the space kept for this; true if there was some.
pub type Reserve = Box<dyn FnMut() -> bool + Send>;

#[derive(Clone)]
pub struct Commit {
    shared: Arc<Shared>,
    /// None where the store has no reader, or the test chooses when each step is done.
    readers: Option<Readers>,
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
    pub fn start(mut store: Box<dyn Store>, reserve: Reserve) -> std::io::Result<(Self, JoinHandle<()>)> {
        let reader = store.reader().map_err(std::io::Error::other)?;
        let (mut commit, mut steps) = Self::stepped(store, reserve);
        commit.readers = reader.map(Readers::start).transpose()?;
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
        let steps = Steps::over(Arc::clone(&shared), store, reserve);
        (Self { shared, readers: None }, steps)
    }

    /// What is counted for whoever watches the process.
    pub fn tally(&self) -> &Tally {
        &self.shared.tally
    }

    pub fn has_room(&self) -> bool {
        hold(&self.shared.queue).jobs.len() < WAITING
    }

    /// Order is kept: what is pushed first is written first, or fails first. False when the thread has ended: nothing
    /// is written and `done` is never called.
    #[must_use]
    pub fn append(&self, append: Append, room: Room, done: Done) -> bool {
        self.push(Job::Append(append, room, done))
    }

    /// When the thread has ended, `read` is dropped, and with it whatever it would have answered on.
    pub fn read(&self, read: Read) {
        self.push(Job::Read(read));
    }

    /// Reads what is durable without holding up any append. When too many wait it is dropped, as with `read`.
    pub fn look(&self, look: Look) {
        match &self.readers {
            Some(readers) => drop(readers.look(look)),
            None => self.read(Box::new(move |store| look(&mut InTurn(store)))),
        }
    }

    /// Like `read`; false when it will never be called.
    pub(crate) fn surely_read(&self, read: Read) -> bool {
        self.push(Job::Read(read))
    }

    pub fn close(&self) {
        hold(&self.shared.queue).closed = true;
        self.shared.arrived.notify_all();
    }

    /// Whether the space for the brakes was given away, or could never be set aside.
    pub fn lacks_reserve(&self) -> bool {
        !self.shared.reserved.load(Ordering::Acquire)
    }

    /// Sets the space aside again, if the disk has it; asked as often as one likes, it is tried once at a time.
    pub fn keep_reserve(&self) {
        if self.shared.reserving.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        self.read(Box::new(move |store| {
            match store.keep_reserve() {
                Ok(kept) => {
                    match kept {
                        Kept::Kept => tracing::info!("space is kept in reserve for kills, cancels and reports"),
                        Kept::None => {
                            tracing::info!("this journal's store keeps no space in reserve for a kill switch")
                        }
                    }
                    // Nothing more is to be had: it is not asked again.
                    shared.reserved.store(true, Ordering::Release);
                }
                Err(error) => {
                    tracing::warn!(%error, "no space is kept in reserve for a kill switch; it is tried again")
                }
            }
            shared.reserving.store(false, Ordering::Release);
        }));
    }

    fn push(&self, job: Job) -> bool {
        let mut queue = hold(&self.shared.queue);
        if queue.ended {
            return false;
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.arrived.notify_one();
        true
    }
}
