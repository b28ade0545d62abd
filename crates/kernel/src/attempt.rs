//! Attempt: a sign-in as a user that failed, for the detector; the throttle counts in its own streams (`source`).

use crate::id::UserId;
use crate::network::Network;
use serde::{Deserialize, Serialize};

/// Nothing of what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    pub user: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// In a browser that is a confirmed device of theirs.
    pub known: bool,
    /// The password was right; what comes after it was not.
    pub second: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Failed(Failed),
}
