//! Why a store did not do what was asked: one append refused, or the store itself in trouble.

use crate::Receipt;
use journal::canonical::CanonicalError;

/// Why one append was not taken. The others of its batch are not touched by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{stream} is at version {found}, not {expected}")]
    Conflict { stream: String, expected: u64, found: u64 },
    #[error("{kind} {key:?} is taken")]
    DuplicateLookup { kind: String, key: String },
    #[error("outbox row {id:?} waits already")]
    DuplicateOutbox { id: String },
    #[error("outbox row {id:?} is gone: taken or voided")]
    GoneFromOutbox { id: String },
    #[error("this append happened already, at position {}", receipt.first_position)]
    DuplicateAppend { receipt: Receipt },
    #[error("malformed append: {0}")]
    Malformed(#[from] Malformed),
}

/// What no store takes, whatever it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("{0}: empty, too long or with a control character")]
    Name(&'static str),
    #[error("more than three witnesses")]
    Witnesses,
    #[error("event {index}: {error}")]
    Body { index: usize, error: CanonicalError },
}

/// Trouble of the store: nothing more can be said about single appends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("no space left for the journal")]
    Full,
    #[error("the data directory cannot be written")]
    ReadOnly,
    #[error("the journal is busy")]
    Busy,
    #[error("another process writes this data directory (lock file {path})")]
    InUse { path: String },
    #[error("another node writes this journal ({place})")]
    Held { place: String },
    #[error("another node has taken this journal over: this one writes no more")]
    Overtaken,
    #[error(
        "the database came back without what it had confirmed ({known} events are known here, it has {found}): \
         this node writes no more, docs/operations.md says what to do"
    )]
    Forgotten { known: u64, found: u64 },
    #[error("this database cannot hold a journal: {what}")]
    Unfit { what: String },
    #[error("there is a journal already where this one is to be copied: a copy goes into an empty place")]
    NotEmpty,
    #[error("a copy into this journal was not finished: empty it and copy again")]
    HalfCopied,
    #[error("the journal is damaged: {what}")]
    Corrupt { what: String },
    #[error("the journal was written by a newer version (schema {schema})")]
    Newer { schema: u64 },
    #[error("there is no journal at {path}")]
    Missing { path: String },
    #[error("a snapshot of version {version} of a stream that is at {found}")]
    SnapshotAhead { version: u64, found: u64 },
    #[error("input or output failed: {what}")]
    Io { what: String },
    #[error("the store failed: {what}")]
    Other { what: String },
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => StoreError::ReadOnly,
            _ => StoreError::Io { what: error.to_string() },
        }
    }
}
