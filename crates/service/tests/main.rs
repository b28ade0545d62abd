//! The runtime, stepped: every interleaving of deciding, writing, sending and crashing is chosen by the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod away;
mod checkpoints;
mod day_loss;
mod durability;
mod ending;
mod expiries;
mod firm;
mod full_disk;
mod golden;
mod holdings;
mod kill_race;
mod leverage;
mod notices;
mod reading;
mod recovery;
mod reports;
mod reserve;
mod restore;
mod rotation;
mod signing;
mod silence;
mod sources;
mod ticket;
mod told;
mod traces;
mod venue;
mod venue_down;
mod world;
