//! The real binary, in a data directory of its own: how it answers, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backup;
mod begins;
mod checkpoints;
#[path = "../../store/tests/suite/cluster.rs"]
mod cluster;
mod config;
mod console;
mod crash;
mod crowd;
mod doctor;
mod dossier;
mod golden;
#[allow(dead_code)]
#[path = "../../dossier/tests/house.rs"]
mod house;
mod journal;
#[path = "../../notify/tests/lines.rs"]
mod lines;
mod metrics;
mod mistakes;
mod notices;
mod postgres;
mod seal;
mod served;
mod taken;
mod tls;
mod traces;
mod upstream;
mod upstream_check;
mod verbs;
