//! What the benchmarks share: a customer with a trading credential, floors, rounds, a sink for orders, a visitor of the portal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::float_arithmetic)]

pub mod authenticator;
pub mod floor;
pub mod house;
pub mod live;
pub mod process;
pub mod program;
pub mod rounds;
pub mod rows;
pub mod sink;
pub mod storm;
pub mod trader;
pub mod visitor;
pub mod world;

use std::time::Duration;

/// The middle of what was measured.
pub fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// The middle ratio of rounds that were run in pairs.
pub fn median_ratio(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_unstable_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Machine, load and time: every figure is printed beside these.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{} x{cores}, Linux {}, load {}", model.trim_start_matches([' ', '\t', ':']), kernel.trim(), load.trim())
}
