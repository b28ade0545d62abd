//! What a store is: batched append with compare-and-swap, and the reads that go with it.

use crate::{Refused, StoreError};
use journal::{Frontier, Hash};
use std::cmp::Ordering;

/// Most streams that one decision may witness.
pub const MAX_WITNESSES: usize = 3;
/// Longest name of a stream, a tag, a kind, a venue, an owner.
pub const MAX_NAME: usize = 200;
/// Longest key or value of a lookup, id of an outbox row.
pub const MAX_KEY: usize = 1024;

/// One decision's worth of writing: all of it happens or none.
///
/// Order within one append: lookups, sealed rows and outbox changes as they stand in their lists.
/// An append without events is allowed: it changes rows under the same compare-and-swap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Append {
    /// Chosen by the caller, never used twice: looked up when the outcome is unknown. Ids that
    /// grow with time keep a batch to few pages of the index: random ones halve the throughput.
    pub id: [u8; 16],
    pub stream: String,
    /// Version of the stream that was decided on; 0 for a new stream.
    pub expected: u64,
    pub events: Vec<NewEvent>,
    /// Streams that were read and must not have moved; at most three.
    pub witnesses: Vec<(String, u64)>,
    pub lookups: Vec<LookupChange>,
    pub sealed: Vec<SealedChange>,
    pub outbox: Vec<OutboxChange>,
    /// None leaves the stream's wake-up as it is, `Some(None)` clears it.
    pub wakeup: Option<Option<i64>>,
}

/// An event that has no position yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub tag: String,
    pub at: i64,
    /// Canonical JSON (`journal::canonical`); anything else is refused.
    pub body: Vec<u8>,
}

/// (kind, key) is unique in the whole store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupChange {
    Put {
        kind: String,
        key: String,
        value: String,
    },
    /// Of a missing lookup: nothing happens.
    Remove {
        kind: String,
        key: String,
    },
}

/// Secret or personal bytes beside the journal; the event holds their hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedChange {
    Put {
        owner: String,
        name: String,
        bytes: Vec<u8>,
    },
    /// Of a missing row: nothing happens.
    Remove {
        owner: String,
        name: String,
    },
}

/// Effects that wait to be carried out, in the order of their writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxChange {
    /// An id that waits already refuses the append.
    Put { id: String, venue: String, body: Vec<u8> },
    /// Takes the row to carry it out. A row that is gone (taken or voided) refuses the append, so
    /// nothing can be sent twice or after it was voided.
    Done { id: String },
    /// These must not be carried out any more; missing ones are passed over.
    Void { ids: Vec<String> },
    /// All rows that appends to this stream have put.
    VoidStream { stream: String },
}

/// What an append came to. `first_position` is that of its first event (with no event: the size of
/// the journal at that moment), `version` the stream's version afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    pub first_position: u64,
    pub version: u64,
}

/// An event as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub position: u64,
    pub stream: String,
    pub version: u64,
    pub tag: String,
    pub at: i64,
    pub body: Vec<u8>,
    pub link: Hash,
}

impl StoredEvent {
    /// For `journal::Verifier`.
    pub fn record(&self) -> journal::Record<'_> {
        journal::Record {
            position: self.position,
            stream: &self.stream,
            version: self.version,
            tag: &self.tag,
            at: self.at,
            link: self.link,
            body: &self.body,
        }
    }
}

/// How long the journal is, and the root of its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub root: Hash,
}

/// An effect that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: String,
    pub venue: String,
    /// The stream whose append put it.
    pub stream: String,
    pub body: Vec<u8>,
}

/// A folded state, to be loaded instead of the events up to `version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub version: u64,
    /// Version of the fold that made it; another one is of no use.
    pub apply_version: u32,
    pub body: Vec<u8>,
}

/// The contract. Everything else in the house reads and writes through it.
///
/// When `append` fails with a `StoreError`, whether the batch happened is unknown: `outcome` of
/// each append id tells. If that fails too, it stays unknown.
pub trait Store: Send {
    /// ONE transaction and one sync for the whole batch. Order is kept, a later append sees the
    /// earlier ones, a refused one leaves nothing and does not disturb the others. On return
    /// everything accepted is durable.
    fn append(&mut self, batch: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError>;

    /// Receipt of the append with this id, if it happened.
    fn outcome(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError>;

    /// Events of a stream after a version, in order.
    fn load(&mut self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError>;

    /// Events of all streams that begin so, after a place (a stream and a version of it), ordered by stream and version:
    /// many streams in one pass.
    fn sweep(&mut self, prefix: &str, after: (&str, u64), limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let mut all = Vec::new();
        for (stream, _) in self.streams(prefix)? {
            let version = match stream.as_str().cmp(after.0) {
                Ordering::Less => continue,
                Ordering::Equal => after.1,
                Ordering::Greater => 0,
            };
            all.extend(self.load(&stream, version, limit - all.len())?);
            if all.len() >= limit {
                break;
            }
        }
        Ok(all)
    }

    /// Events of all streams from a position on. Positions are given at commit and are contiguous:
    /// whoever has read up to n has missed nothing before n.
    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError>;

    /// Names that begin so, and their versions, ordered by name.
    fn streams(&mut self, prefix: &str) -> Result<Vec<(String, u64)>, StoreError>;

    fn head(&mut self) -> Result<Head, StoreError>;

    fn lookup(&mut self, kind: &str, key: &str) -> Result<Option<String>, StoreError>;

    /// (key, value), ordered by key.
    fn lookups(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError>;

    fn sealed(&mut self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Whose sealed row of that name there is, in order.
    fn sealed_owners(&mut self, name: &str) -> Result<Vec<String>, StoreError>;

    /// Waiting rows in the order of their writing; of one venue or of all.
    fn outbox(&mut self, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError>;

    /// Streams whose wake-up is not later than `now`, the earliest first.
    fn due(&mut self, now: i64, limit: usize) -> Result<Vec<(String, i64)>, StoreError>;

    fn next_wakeup(&mut self) -> Result<Option<i64>, StoreError>;

    fn snapshot(&mut self, stream: &str) -> Result<Option<Snapshot>, StoreError>;

    /// Replaces the stream's snapshot. One of a version that the stream has not reached is refused.
    fn put_snapshot(&mut self, stream: &str, snapshot: &Snapshot) -> Result<(), StoreError>;

    /// Takes or renews the named lease. False while another holder has it beyond `now`.
    fn lease(&mut self, name: &str, holder: &str, now: i64, until: i64) -> Result<bool, StoreError>;

    /// A way of its own to read, which no append waits for. `None` where there is only the store itself: then whoever
    /// reads takes their turn with the appends.
    fn reader(&mut self) -> Result<Option<Box<dyn Reader>>, StoreError> {
        Ok(None)
    }

    /// Sets space aside (again) that kills, cancels and reports get when the disk is full. `Full` while there is not
    /// enough.
    fn keep_reserve(&mut self) -> Result<Reserve, StoreError> {
        Ok(Reserve::None)
    }
}

/// What a store says of space for the brakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserve {
    Kept,
    /// It has no disk of its own to keep it on.
    None,
}

/// Reads what is durable, beside the writer: whoever was told that something was appended finds it here.
pub trait Reader: Send {
    fn head(&mut self) -> Result<Head, StoreError>;

    /// As `Store::tail`.
    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError>;
}

/// A reader that can hold a moment: for whoever verifies or exports.
pub trait Frozen: Reader {
    /// From now on every read sees the journal of this moment, whatever is appended meanwhile.
    fn freeze(&mut self) -> Result<Head, StoreError>;

    /// The head counts as many events as there are.
    fn check_head(&mut self) -> Result<(), StoreError>;

    /// What the head is the size and the root of: it says where events were put into another order.
    fn frontier(&mut self) -> Result<Frontier, StoreError>;
}

/// The first text that comes after all that begin so; none where nothing does.
pub(crate) fn end_of(prefix: &str) -> Option<String> {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        // The next there is: between two halves of the range is a gap.
        if let Some(next) = (last..).nth(1) {
            end.push(next);
            return Some(end.into_iter().collect());
        }
    }
    None
}

/// The store itself, for whoever takes their turn with the appends.
pub struct InTurn<'a>(pub &'a mut dyn Store);

impl std::fmt::Debug for InTurn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InTurn")
    }
}

impl Reader for InTurn<'_> {
    fn head(&mut self) -> Result<Head, StoreError> {
        self.0.head()
    }
    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.0.tail(from_position, limit)
    }
}
