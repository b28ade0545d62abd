//! Hasher: Argon2id in a bounded pool that refuses rather than queues.

mod memory;

use crate::password::{Cost, Password, Pepper, Phc};
use crate::random::{self, NoRandomness};
use memory::Memory;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// How many may wait for each thread before the next is refused.
pub const WAITING: usize = 8;
/// About what a hash of the least cost takes; only used to say when to come back.
const LEAST_COST_MS: u64 = 25;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unhashed {
    #[error("too many sign-ins at once: come back in {retry_after_ms} ms")]
    Busy { retry_after_ms: u64 },
    #[error("the stored hash was made under another pepper than this installation has")]
    OtherPepper,
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("the hash could not be computed")]
    Broken,
    #[error("the hasher has stopped")]
    Stopped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `rehash`: hash the password anew, now that it is known, and keep that.
    Right {
        rehash: bool,
    },
    Wrong,
}

/// How many threads, at which cost, with which pepper.
#[derive(Clone, Debug)]
pub struct Settings {
    pub threads: NonZeroUsize,
    pub cost: Cost,
    pub pepper: Option<Pepper>,
}

impl Settings {
    /// Half of the cores, so that trading goes on while people sign in.
    pub fn of_machine(pepper: Option<Pepper>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN);
        Self { threads, cost: Cost::LEAST, pepper }
    }
}

/// Its threads end when it is dropped.
pub struct Hasher {
    queue: SyncSender<Job>,
    bench: Arc<Bench>,
    retry_after_ms: u64,
}

/// What all threads share.
struct Bench {
    cost: Cost,
    pepper: Option<Pepper>,
    /// Stands in for the hash of a user who has none or does not exist; no password opens it.
    pretence: Phc,
    hashes: AtomicU64,
}

enum Job {
    Make { password: Password, answer: oneshot::Sender<Result<Phc, Unhashed>> },
    Check { phc: Option<Phc>, password: Password, answer: oneshot::Sender<Result<Verdict, Unhashed>> },
}

#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("a thread for hashing passwords: {0}")]
    Thread(#[from] std::io::Error),
}

impl Hasher {
    pub fn start(settings: Settings) -> Result<Self, NotStarted> {
        let threads = settings.threads;
        let (hasher, jobs) = Self::queue(settings)?;
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads.get() {
            let (bench, jobs) = (Arc::clone(&hasher.bench), Arc::clone(&jobs));
            std::thread::Builder::new().name("hasher".into()).spawn(move || work(&bench, &jobs))?;
        }
        Ok(hasher)
    }

    fn queue(settings: Settings) -> Result<(Self, Receiver<Job>), NotStarted> {
        let Settings { threads, cost, pepper } = settings;
        let (queue, jobs) = sync_channel(threads.get().saturating_mul(WAITING));
        let pretence =
            Phc { cost, pepper: pepper.as_ref().map(Pepper::id), salt: *random::bytes()?, output: random::bytes()? };
        let work = u64::from(cost.memory_kib()) * u64::from(cost.passes());
        let least = u64::from(Cost::LEAST.memory_kib()) * u64::from(Cost::LEAST.passes());
        let retry_after_ms = LEAST_COST_MS * (WAITING as u64) * work.div_ceil(least);
        let bench = Arc::new(Bench { cost, pepper, pretence, hashes: AtomicU64::new(0) });
        Ok((Self { queue, bench, retry_after_ms }, jobs))
    }

    /// The hash to keep of a new password.
    pub async fn hash(&self, password: Password) -> Result<Phc, Unhashed> {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Make { password, answer })?;
        answered.await.unwrap_or(Err(Unhashed::Stopped))
    }

    /// Exactly one hash, whether there is such a user or not, so that the work does not tell (ASVS 6.3.8). Without a
    /// stored hash the verdict is always `Wrong`.
    pub async fn verify_or_pretend(&self, phc: Option<&Phc>, password: Password) -> Result<Verdict, Unhashed> {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Check { phc: phc.cloned(), password, answer })?;
        answered.await.unwrap_or(Err(Unhashed::Stopped))
    }

    /// How many hashes were computed since the start.
    pub fn hashes(&self) -> u64 {
        self.bench.hashes.load(Ordering::Relaxed)
    }

    fn submit(&self, job: Job) -> Result<(), Unhashed> {
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Unhashed::Busy { retry_after_ms: self.retry_after_ms },
            TrySendError::Disconnected(_) => Unhashed::Stopped,
        })
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("cost", &self.bench.cost).field("hashes", &self.hashes()).finish_non_exhaustive()
    }
}

/// One thread: takes jobs until the hasher is gone. Who no longer waits for an answer is passed over.
fn work(bench: &Bench, jobs: &Mutex<Receiver<Job>>) {
    let mut memory = Memory::default();
    loop {
        // One thread waits for the next job, the others for their turn to wait.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(Job::Make { password, answer }) if !answer.is_closed() => {
                let _ = answer.send(bench.make(&mut memory, &password));
            }
            Ok(Job::Check { phc, password, answer }) if !answer.is_closed() => {
                let _ = answer.send(bench.check(&mut memory, phc.as_ref(), &password));
            }
            Ok(_abandoned) => {}
            Err(_gone) => return,
        }
    }
}

impl Bench {
    fn make(&self, memory: &mut Memory, password: &Password) -> Result<Phc, Unhashed> {
        let mut phc = Phc {
            cost: self.cost,
            pepper: self.pepper.as_ref().map(Pepper::id),
            salt: *random::bytes()?,
            output: Zeroizing::default(),
        };
        phc.output = self.hash(memory, &phc, password)?;
        Ok(phc)
    }

    fn check(&self, memory: &mut Memory, stored: Option<&Phc>, password: &Password) -> Result<Verdict, Unhashed> {
        let own = self.pepper.as_ref().map(Pepper::id);
        let usable = stored.filter(|phc| phc.pepper.is_none() || phc.pepper == own);
        let phc = usable.unwrap_or(&self.pretence);
        let output = self.hash(memory, phc, password)?;
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(output.as_slice(), phc.output.as_slice());
        match (usable, stored) {
            (None, Some(_)) => Err(Unhashed::OtherPepper),
            (Some(phc), _) if same.is_ok() => Ok(Verdict::Right { rehash: phc.needs_rehash(self.cost, own) }),
            _ => Ok(Verdict::Wrong),
        }
    }

    fn hash(&self, memory: &mut Memory, phc: &Phc, password: &Password) -> Result<Zeroizing<[u8; 32]>, Unhashed> {
        let peppered = match (&self.pepper, phc.pepper) {
            (Some(pepper), Some(_)) => Some(pepper.apply(password.bytes())),
            _ => None,
        };
        let input = peppered.as_ref().map_or(password.bytes(), |bytes| bytes.as_slice());
        self.hashes.fetch_add(1, Ordering::Relaxed);
        memory.hash(phc.cost, &phc.salt, input).ok_or(Unhashed::Broken)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn job() -> (Job, oneshot::Receiver<Result<Phc, Unhashed>>) {
        let (answer, answered) = oneshot::channel();
        (Job::Make { password: Password::offered("a fine long password").unwrap(), answer }, answered)
    }

    #[test]
    fn a_full_pool_refuses_at_once_and_says_when_to_come_back() {
        let threads = NonZeroUsize::new(2).unwrap();
        let (hasher, jobs) = Hasher::queue(Settings { threads, cost: Cost::LEAST, pepper: None }).unwrap();
        let waiting: Vec<_> = (0..16).map(|_| job()).map(|(job, answer)| (hasher.submit(job), answer)).collect();
        assert!(waiting.iter().all(|(sent, _)| sent.is_ok()));
        assert_eq!(hasher.submit(job().0), Err(Unhashed::Busy { retry_after_ms: 200 }));
        drop(jobs.recv().unwrap());
        assert_eq!(hasher.submit(job().0), Ok(()));
        drop(jobs);
        assert_eq!(hasher.submit(job().0), Err(Unhashed::Stopped));
    }

    #[test]
    fn who_no_longer_waits_costs_no_hash() {
        let settings = Settings { threads: NonZeroUsize::MIN, cost: Cost::LEAST, pepper: None };
        let (hasher, jobs) = Hasher::queue(settings).unwrap();
        let (gone, waiting) = (job(), job());
        drop(gone.1);
        hasher.submit(gone.0).unwrap();
        hasher.submit(waiting.0).unwrap();
        let Hasher { queue, bench, .. } = hasher;
        drop(queue);
        work(&bench, &Mutex::new(jobs));
        assert!(waiting.1.blocking_recv().unwrap().is_ok());
        assert_eq!(bench.hashes.load(Ordering::Relaxed), 1);
    }
}
