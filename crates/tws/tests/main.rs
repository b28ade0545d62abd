//! Tests of the protocol as a whole: real clients' bytes, strictness, round trips, and noise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod captured;
mod golden;
mod noise;
mod orders;
mod protobuf;
mod protobuf_strict;
mod responses;
mod stream;
mod strict;
