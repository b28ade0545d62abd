//! Reads a journal from its first event and says at which one it breaks.

use crate::canonical::{self, CanonicalError};
use crate::link::{self, Entry};
use crate::{Checkpoint, Frontier, Hash, tree};
use core::fmt;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One event as it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Place in the whole journal, from 0.
    pub position: u64,
    pub stream: &'a str,
    /// Place in its stream, from 1.
    pub version: u64,
    pub tag: &'a str,
    pub at: i64,
    pub link: Hash,
    pub body: &'a [u8],
}

/// The first event at which a journal does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {position} ({stream} version {version}): {what}")]
pub struct Broken {
    pub position: u64,
    pub stream: String,
    pub version: u64,
    pub what: What,
}

/// What does not hold there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// An event is missing, doubled or out of place.
    Position { expected: u64 },
    /// The stream lacks an event, or has it twice.
    Version { expected: u64 },
    /// The event, or the one before it in the stream, is not what was written.
    Link,
    /// The body is not canonical JSON.
    Body(CanonicalError),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Position { expected } => write!(f, "event {expected} should stand here"),
            What::Version { expected } => {
                write!(f, "version {expected} of the stream should come next")
            }
            What::Link => f.write_str("the hash link does not match: the event was altered"),
            What::Body(error) => write!(f, "the body is not canonical: {error}"),
        }
    }
}

/// Walks over the records in order. Its memory grows with the number of streams, not of events.
#[derive(Debug, Clone, Default)]
pub struct Verifier {
    streams: HashMap<String, (u64, Hash)>,
    frontier: Frontier,
    watched: BTreeSet<u64>,
    roots: BTreeMap<u64, Hash>,
}

impl Verifier {
    pub fn new() -> Verifier {
        Verifier::default()
    }

    /// Also remembers the roots at these sizes, to be compared with older checkpoints.
    pub fn watching(sizes: &[u64]) -> Verifier {
        let watched: BTreeSet<u64> = sizes.iter().copied().collect();
        let mut roots = BTreeMap::new();
        if watched.contains(&0) {
            roots.insert(0, tree::empty_root());
        }
        Verifier { watched, roots, ..Verifier::default() }
    }

    /// How many records held so far.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The next record. After a `Broken` the verifier stays where it was.
    pub fn record(&mut self, record: &Record<'_>) -> Result<(), Broken> {
        self.next(record, || canonical::validate(record.body))
    }

    /// The next record, but for the form of its body. Only for a caller who compares the body with the canonical
    /// bytes of what was read from it: that proves its form, and to prove it twice is half the work again.
    pub fn record_of_compared(&mut self, record: &Record<'_>) -> Result<(), Broken> {
        self.next(record, || Ok(()))
    }

    fn next(&mut self, record: &Record<'_>, form: impl FnOnce() -> Result<(), CanonicalError>) -> Result<(), Broken> {
        let broken = |what| {
            Err(Broken { position: record.position, stream: record.stream.to_owned(), version: record.version, what })
        };
        let place = self.frontier.size();
        if record.position != place {
            return broken(What::Position { expected: place });
        }
        let known = self.streams.get_mut(record.stream);
        let (last, prev) = known.as_deref().copied().unwrap_or((0, link::GENESIS));
        let expected = last.saturating_add(1);
        if record.version != expected {
            return broken(What::Version { expected });
        }
        if let Err(error) = form() {
            return broken(What::Body(error));
        }
        let entry =
            Entry { stream: record.stream, version: record.version, tag: record.tag, at: record.at, body: record.body };
        let link = link::next(&prev, &entry);
        if link != record.link {
            return broken(What::Link);
        }
        match known {
            Some(known) => *known = (record.version, link),
            None => {
                self.streams.insert(record.stream.to_owned(), (record.version, link));
            }
        }
        self.frontier.push(tree::leaf(&link));
        let size = self.frontier.size();
        if self.watched.contains(&size) {
            self.roots.insert(size, self.frontier.root());
        }
        Ok(())
    }

    /// No record is left: what the journal amounts to.
    pub fn finish(mut self) -> Verified {
        let (size, root) = (self.frontier.size(), self.frontier.root());
        self.roots.insert(size, root);
        let streams = self.streams.len() as u64;
        Verified { size, root, streams, frontier: self.frontier, roots: self.roots }
    }
}

/// A journal all of whose records hold. Whether it is the true one, checkpoints tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub size: u64,
    pub root: Hash,
    pub streams: u64,
    pub frontier: Frontier,
    roots: BTreeMap<u64, Hash>,
}

/// How a journal differs from a checkpoint that was kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("the journal has {size} events, the checkpoint {claimed}: its end was cut off")]
    Shorter { size: u64, claimed: u64 },
    #[error("the first {size} events are not those of the checkpoint: root {found}, not {claimed}")]
    Root { size: u64, found: Hash, claimed: Hash },
    #[error("the root at size {size} was not remembered: watch that size while verifying")]
    NotWatched { size: u64 },
}

impl Verified {
    /// The journal, or its beginning, is the one of the checkpoint.
    pub fn compare(&self, checkpoint: &Checkpoint) -> Result<(), Mismatch> {
        let (size, claimed) = (checkpoint.size, checkpoint.root);
        if size > self.size {
            return Err(Mismatch::Shorter { size: self.size, claimed: size });
        }
        match self.roots.get(&size) {
            None => Err(Mismatch::NotWatched { size }),
            Some(found) if *found == claimed => Ok(()),
            Some(found) => Err(Mismatch::Root { size, found: *found, claimed }),
        }
    }
}
