//! The binary: configuration, wiring, command line.
#![forbid(unsafe_code)]

mod carriers;
mod checkpoint_file;
mod checkpoints;
mod cli;
mod control;
mod firststart;
mod journal_place;
mod last_checkpoint;
mod metrics;
mod opening;
mod paper_process;
mod portal_door;
mod prices;
mod serve;
mod signing_key;
mod traces;
mod upstream;
mod upstream_check;

fn main() -> std::process::ExitCode {
    cli::run()
}
