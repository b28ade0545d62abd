//! Actor: on whose behalf a command comes; recorded with every event.

use crate::id::{CredentialId, SessionId, UserId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A program, through its API credential.
    Credential(CredentialId),
    /// A person who is signed in.
    User { user: UserId, session: SessionId },
    /// Someone at a door who is not signed in yet.
    Visitor,
    /// Someone at the machine itself, through the local socket. Once an owner is enrolled it only restricts.
    Local { uid: u32 },
    /// A report of the venue: a fact, never refused.
    Venue,
    /// A rule of this house: an expiry, an enforcement of a kill switch, a start of the node.
    House,
}
