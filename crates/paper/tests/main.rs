//! The paper broker from outside: what a venue that sends it commands sees.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;
mod call;
mod conserved;
mod derived;
mod families;
mod histories;
mod hours;
mod margin;
mod orders;
mod rules;
mod types;
mod words;
