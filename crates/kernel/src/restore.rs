//! Restore: the journal is a copy of what it was at some moment; what came after that, nobody here knows.

use crate::digest::Digest;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What the journal was copied back from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Events in it, and the root of their tree: a checkpoint of more events than this is of the line that was lost.
    pub size: u64,
    pub root: Digest,
    pub made_at: Timestamp,
}

/// One for each stream that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Once for all: it is on record, and nothing that increases risk is admitted until a person releases that.
    Firm(Backup),
    /// Nobody who was signed in is, and nothing that was offered or asked for opens anything.
    Customer {
        /// All API credentials too: for whoever knows that one of them was revoked since.
        suspend: bool,
    },
    /// What waited for a person ends, and a cancel that may have been told is not told again.
    Book,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Restored(Backup),
}

/// As it stands: kept also when orders are admitted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    pub at: Timestamp,
    pub made_at: Timestamp,
}
