//! Dossier: what the journal holds of one order, approval or period, in files that anybody checks offline.
//!
//! Nothing here reads a clock, a disk or a database: bytes come in, bytes and findings go out.
#![forbid(unsafe_code)]

pub mod approval;
pub mod archive;
pub mod build;
pub mod choose;
pub mod concerns;
pub mod contents;
pub mod gather;
pub mod line;
mod pretty;
mod subject;
pub mod verify;

pub use approval::{ApprovalFile, NotValid};
pub use build::{Chosen, Earlier, NotMade, build, seal};
pub use choose::{Choosing, NotChosen};
pub use concerns::Concerns;
pub use contents::Contents;
pub use gather::{Ungathered, approval_file, signed_ones};
pub use line::Line;
pub use subject::Subject;
pub use verify::{Broken, Known, Verified, verify};

/// The files of a dossier, by name.
pub type Files = std::collections::BTreeMap<String, Vec<u8>>;
