//! Tests of the stores from the outside, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod suite {
    mod cluster;
    mod conformance;
    mod conformance_rows;
    mod copying;
    mod disk;
    mod faulty;
    mod fixture;
    mod full;
    mod model;
    mod postgres;
    mod postgres_back;
    mod postgres_cut;
    mod postgres_writers;
    mod wire;
}
