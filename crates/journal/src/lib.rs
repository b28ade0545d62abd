//! Merkle log of canonical events: an auditor can check a journal with this crate alone.
//!
//! `canonical` fixes the bytes of an event, `link` chains the events of a stream, `tree` and
//! `proof` are the RFC 6962 log over those links, `note` and `checkpoint` sign its head in C2SP
//! form, `prover` makes proofs while leaves pass by, `verify` reads a whole journal and says at which event it breaks.
#![forbid(unsafe_code)]

mod base64;
pub mod canonical;
pub mod checkpoint;
mod hash;
pub mod link;
pub mod note;
pub mod proof;
pub mod prover;
pub mod tree;
pub mod verify;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use hash::{Hash, NotAHash};
pub use note::{NoteError, PublicKey, SigningKey};
pub use prover::{Proofs, Prover};
pub use tree::Frontier;
pub use verify::{Broken, Mismatch, Record, Verified, Verifier, What};
