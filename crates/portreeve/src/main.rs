//! The binary: configuration, wiring, command line.
#![forbid(unsafe_code)]

mod firststart;
mod serve;

use std::process::ExitCode;

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).cloned();
    let options = serve::Options {
        data: value("--data").unwrap_or_else(|| "portreeve-data".to_owned()).into(),
        port: value("--tws").and_then(|addr| addr.rsplit(':').next()?.parse().ok()).unwrap_or(4100),
        venue: serve::VenueChoice::Paper,
        seed: value("--seed").and_then(|seed| seed.parse().ok()),
        hours: paper::Hours::AroundTheClock,
    };
    let Ok(runtime) = tokio::runtime::Runtime::new() else { return ExitCode::FAILURE };
    match runtime.block_on(serve::run(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "portreeve cannot go on");
            ExitCode::FAILURE
        }
    }
}
