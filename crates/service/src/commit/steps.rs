//! The steps of the commit thread: one batch, one transaction, and an answer to everyone who waits, whatever happens.

use super::broken::Broken;
use super::{Done, Failed, Job, Reserve, Room, Shared, hold};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;
use store::{Append, Receipt, Refused, Store, StoreError};

/// Most appends of one transaction.
const BATCH: usize = 256;

type Landed = Result<Receipt, Failed>;

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
    pub(super) fn over(shared: Arc<Shared>, store: Box<dyn Store>, reserve: Reserve) -> Self {
        Self { shared, store, reserve }
    }

    /// True when there is something to do, false when all is done and closed.
    pub(super) fn wait(&self) -> bool {
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
            self.guarded(read);
        }
        something
    }

    fn write(&mut self, appends: &[Append], rooms: &[Room], dones: Vec<Done>) {
        if appends.is_empty() {
            return;
        }
        let begun = Instant::now();
        let results = match catch_unwind(AssertUnwindSafe(|| self.results(appends, rooms))) {
            Ok(results) => results,
            Err(_) => {
                tracing::error!("the store has panicked: nothing is read or written until the next start");
                self.store = Box::new(Broken);
                Vec::new()
            }
        };
        let whole = results.len() == appends.len() && !results.iter().any(|one| matches!(one, Err(Failed::Store(_))));
        self.shared.tally.written(appends.len(), begun.elapsed(), whole);
        let mut results = results.into_iter();
        for done in dones {
            let result = results.next().unwrap_or_else(|| Err(Failed::Store("the store gave no answer".to_owned())));
            self.guarded(|store| done(store, result));
        }
    }

    /// A panic of one who waits is not one of the others: they are told all the same.
    fn guarded(&mut self, tell: impl FnOnce(&mut dyn Store)) {
        let store = self.store.as_mut();
        if catch_unwind(AssertUnwindSafe(|| tell(store))).is_err() {
            tracing::error!("a panic on the commit thread; it goes on");
        }
    }

    fn results(&mut self, appends: &[Append], rooms: &[Room]) -> Vec<Landed> {
        match self.store.append(appends) {
            Ok(results) => results.into_iter().map(|result| result.or_else(refused)).collect(),
            Err(StoreError::Full) if rooms.contains(&Room::Reserve) && self.give_reserve() => {
                self.write_reserved(appends, rooms)
            }
            Err(error) => self.all_after_trouble(appends, &error),
        }
    }

    fn give_reserve(&mut self) -> bool {
        self.shared.reserved.store(false, Ordering::Release);
        (self.reserve)()
    }

    /// The disk is full: the space that was kept goes to what takes risk away, and to nothing else.
    fn write_reserved(&mut self, appends: &[Append], rooms: &[Room]) -> Vec<Landed> {
        let each = || appends.iter().zip(rooms);
        let kept: Vec<Append> =
            each().filter(|(_, room)| **room == Room::Reserve).map(|(append, _)| append.clone()).collect();
        let written = self.store.append(&kept);
        let mut written = match written {
            Ok(results) => results.into_iter().map(|result| result.or_else(refused)).collect::<Vec<_>>(),
            Err(error) => self.all_after_trouble(&kept, &error),
        }
        .into_iter();
        let full = || Failed::Store(StoreError::Full.to_string());
        let result = |room: &Room| match room {
            Room::Reserve => written.next().unwrap_or_else(|| Err(full())),
            Room::Ordinary => Err(full()),
        };
        rooms.iter().map(result).collect()
    }

    /// The store failed and may have written all the same: the append's own id tells. A store that cannot answer for one
    /// is not asked for the others: each question may take as long as a connection does.
    fn all_after_trouble(&mut self, appends: &[Append], error: &StoreError) -> Vec<Landed> {
        let mut answers = true;
        let mut landed = |append: &Append| {
            match if answers { self.store.outcome(&append.id) } else { Ok(None) } {
                Ok(Some(receipt)) => return Ok(receipt),
                Ok(None) => {}
                Err(_) => answers = false,
            }
            Err(Failed::Store(error.to_string()))
        };
        appends.iter().map(&mut landed).collect()
    }
}

fn refused(refused: Refused) -> Landed {
    match refused {
        Refused::Conflict { .. } => Err(Failed::Conflict),
        Refused::DuplicateAppend { receipt } => Ok(receipt),
        other => Err(Failed::Store(other.to_string())),
    }
}

/// Who still waits is told that nothing will come.
impl Drop for Steps {
    fn drop(&mut self) {
        let mut queue = hold(&self.shared.queue);
        queue.ended = true;
        let jobs = std::mem::take(&mut queue.jobs);
        drop(queue);
        for job in jobs {
            if let Job::Append(_, _, done) = job
                && !std::thread::panicking()
            {
                self.guarded(|store| done(store, Err(Failed::Store("the commit thread has ended".to_owned()))));
            }
        }
    }
}
