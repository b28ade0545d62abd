//! Approval files and dossiers of a journal that the tests write themselves, signed by a key of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod approvals;
mod archive;
mod dossiers;
mod house;
mod two;
