//! The one transaction: events, journal leaves, lookups, sealed rows, outbox and wake-ups.
//!
//! `contract` says what a store is; `sqlite`, `postgres`, `memory` and `faulty` are stores. One conformance
//! suite holds all of them to it.
#![deny(unsafe_code)]

mod admit;
pub mod contract;
pub mod copy;
pub mod error;
pub mod faulty;
pub mod memory;
pub mod postgres;
mod slice;
pub mod sqlite;

pub use contract::{
    Append, Head, InTurn, LookupChange, NewEvent, OutboxChange, OutboxRow, Reader, Receipt, SealedChange, Snapshot,
    Store, StoredEvent,
};
pub use error::{Malformed, Refused, StoreError};
pub use faulty::{Fault, FaultyStore};
pub use memory::MemoryStore;
pub use postgres::{PostgresPlace, PostgresReader, PostgresStore};
pub use slice::short_slice;
pub use sqlite::{SqliteReader, SqliteStore};
