//! Seal: that what is sealed at rest is under another master key now. The keys are outside the journal.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Master keys go by ids that tell nothing of them.
    Rotated { to: String, from: Vec<String>, data_keys: u32 },
}
