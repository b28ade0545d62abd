//! Actor: on whose behalf a command comes; recorded with every event.

use crate::id::CredentialId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A program, through its API credential.
    Credential(CredentialId),
    /// Someone at the machine itself, through the local socket, before an owner is enrolled.
    Local { uid: u32 },
    /// A report of the venue: a fact, never refused.
    Venue,
    /// A rule of this house: an expiry, an enforcement of a kill switch, a start of the node.
    House,
}
