//! Tests of the journal from the outside, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod suite {
    mod canonical;
    mod checkpoint;
    mod shapes;
    mod tree;
    mod verify;
}
