//! The kernel from outside: everything goes through `decide` on a state that events made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod boundaries;
mod oracle;
mod people;
mod properties;
mod walks;
mod watch;
mod world;
