//! The binary: configuration, wiring, command line.
#![forbid(unsafe_code)]

mod carriers;
mod cli;
mod control;
mod firststart;
mod paper_process;
mod portal_door;
mod serve;

fn main() -> std::process::ExitCode {
    cli::run()
}
