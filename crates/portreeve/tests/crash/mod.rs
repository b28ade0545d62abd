//! Crashes: the gate killed without warning under load, in front of a broker that lives on; and a disk that fails.
// What a run caught, and on which disk, is its result.
#![allow(clippy::print_stdout)]

mod check;
mod disk;
mod kills;
mod load;
mod process;
pub mod program;
mod record;
mod server;
mod wire;
