//! A whole journal copied from one store into another, then compared with it, row by row.

use crate::StoreError;
use crate::contract::{Frozen, Head, OutboxRow, Snapshot, StoredEvent};
use journal::{Frontier, Verifier, tree};

/// Events or rows that are on their way at once.
const PAGE: usize = 1_000;

/// What a store holds beside the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Receipt,
    Stream,
    Lookup,
    Sealed,
    Outbox,
    Snapshot,
    Lease,
}

pub const KINDS: [Kind; 7] =
    [Kind::Receipt, Kind::Stream, Kind::Lookup, Kind::Sealed, Kind::Outbox, Kind::Snapshot, Kind::Lease];

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Receipt => "receipts",
            Kind::Stream => "streams",
            Kind::Lookup => "lookups",
            Kind::Sealed => "sealed rows",
            Kind::Outbox => "effects that wait",
            Kind::Snapshot => "snapshots",
            Kind::Lease => "leases",
        }
    }
}

/// One of them, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Receipt { id: Vec<u8>, first_position: i64, version: i64 },
    Stream { name: String, version: i64, link: Vec<u8>, wakeup: Option<i64> },
    Lookup { kind: String, key: String, value: String },
    Sealed { owner: String, name: String, bytes: Vec<u8> },
    Outbox { number: i64, row: OutboxRow },
    Snapshot { stream: String, snapshot: Snapshot },
    Lease { name: String, holder: String, until: i64 },
}

/// What is copied from: a reader that holds a moment.
pub trait Source: Frozen {
    /// Rows of a kind, in the order of their keys, after one of them.
    fn rows(&mut self, kind: Kind, after: Option<&Row>, limit: usize) -> Result<Vec<Row>, StoreError>;
}

/// What is copied into. Between `begin` and `release` nobody can open it, also after a crash.
pub trait Target {
    /// `NotEmpty` where there is anything at all.
    fn begin(&mut self) -> Result<(), StoreError>;
    fn put_events(&mut self, events: &[StoredEvent]) -> Result<(), StoreError>;
    /// All of one kind.
    fn put_rows(&mut self, kind: Kind, rows: &[Row]) -> Result<(), StoreError>;
    /// Everything is there; it has a head now.
    fn finish(&mut self, frontier: &Frontier) -> Result<(), StoreError>;
    /// From now on it may be opened.
    fn release(&mut self) -> Result<(), StoreError>;
}

/// Copies everything; the events are verified on their way.
pub fn copy(from: &mut dyn Source, into: &mut dyn Target) -> Result<Head, StoreError> {
    let head = fill(from, into)?;
    into.release()?;
    Ok(head)
}

/// The same, and nobody opens it before its `release`: for whoever compares it first.
pub fn fill(from: &mut dyn Source, into: &mut dyn Target) -> Result<Head, StoreError> {
    let head = from.freeze()?;
    copy_moment(from, &head, into)?;
    Ok(head)
}

/// The same, of the moment that `from` holds already: it may be written meanwhile. Its `release` is the caller's, too.
pub fn copy_moment(from: &mut dyn Source, head: &Head, into: &mut dyn Target) -> Result<(), StoreError> {
    from.check_head()?;
    into.begin()?;
    let (mut verifier, mut frontier) = (Verifier::new(), Frontier::new());
    loop {
        let events = from.tail(frontier.size(), PAGE)?;
        if events.is_empty() {
            break;
        }
        for event in &events {
            verifier.record(&event.record()).map_err(|broken| corrupt(broken.to_string()))?;
            frontier.push(tree::leaf(&event.link));
        }
        into.put_events(&events)?;
    }
    if (frontier.size(), frontier.root()) != (head.size, head.root) {
        return Err(corrupt("the events give another head than the one that is stated".to_owned()));
    }
    for kind in KINDS {
        let mut last = None;
        loop {
            let rows = from.rows(kind, last.as_ref(), PAGE)?;
            let Some(end) = rows.last().cloned() else { break };
            into.put_rows(kind, &rows)?;
            last = Some(end);
        }
    }
    into.finish(&frontier)
}

/// What was found the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Same {
    pub head: Head,
    pub rows: Vec<(Kind, u64)>,
}

/// Reads both from their beginning to their end. The first difference is told as damage of the copy.
pub fn compare(original: &mut dyn Source, copied: &mut dyn Source) -> Result<Same, StoreError> {
    let head = original.freeze()?;
    compare_moment(original, head, copied)
}

/// The same, of the moment that `original` holds already.
pub fn compare_moment(original: &mut dyn Source, head: Head, copied: &mut dyn Source) -> Result<Same, StoreError> {
    let other = copied.freeze()?;
    copied.check_head()?;
    if head != other {
        return Err(corrupt("the copy has another head".to_owned()));
    }
    let mut next = 0;
    loop {
        let events = original.tail(next, PAGE)?;
        if events != copied.tail(next, PAGE)? {
            return Err(corrupt(format!("the copy has other events after {next}")));
        }
        let Some(last) = events.last() else { break };
        next = last.position.saturating_add(1);
    }
    let mut rows = Vec::new();
    for kind in KINDS {
        let (mut count, mut last) = (0_u64, None);
        loop {
            let page = original.rows(kind, last.as_ref(), PAGE)?;
            if page != copied.rows(kind, last.as_ref(), PAGE)? {
                return Err(corrupt(format!("the copy has other {}", kind.name())));
            }
            let Some(end) = page.last().cloned() else { break };
            count = count.saturating_add(page.len() as u64);
            last = Some(end);
        }
        rows.push((kind, count));
    }
    Ok(Same { head, rows })
}

pub(crate) fn corrupt(what: String) -> StoreError {
    StoreError::Corrupt { what }
}

/// A row where another kind was asked for; it cannot be.
pub(crate) fn misplaced() -> StoreError {
    StoreError::Other { what: "a row of another kind".to_owned() }
}
