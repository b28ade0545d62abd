//! The HTTP API over a real socket, on a real node with the paper broker; the tests are laid out as its routes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod approvals;
mod canaries;
mod credentials;
mod door;
mod incidents;
mod journal;
mod kill;
mod limits;
mod orders;
mod requests;
mod words;
mod world;
