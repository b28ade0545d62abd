//! Expiry of an API credential: what was told of it, three days before and when it came.

use crate::id::CredentialId;
use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Whoever is away for a weekend still reads it in time.
pub const BEFORE_MS: i64 = 3 * 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Soon,
    Over,
}

/// What was told of one API credential, or of a person's ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub id: CredentialId,
    pub stage: Stage,
    /// When it expires: a ticket may be stated anew, and then that is told too.
    pub expires_at: Timestamp,
    /// So many of its orders are open, which an expiry does not end.
    pub open: u32,
}

/// Writes, never judges: the latest of each.
pub fn apply(known: &mut Vec<Told>, told: &Told) {
    known.retain(|one| one.id != told.id);
    known.push(*told);
}
