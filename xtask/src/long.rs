//! Long runs that are no part of the test command: the soak, and the benchmarks.

use crate::workspace::Workspace;
use crate::{child, say, tools};
use std::process::{Command, ExitCode};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
/// Instructions are counted as the difference of two runs, so that the start of the process does not count.
const FEW: u64 = 1_000;
const MANY: u64 = 11_000;

/// 1,000,000 steps beside the second guard, and 200 kills.
pub fn soak() -> ExitCode {
    done(Workspace::find().and_then(|workspace| {
        let mut oracle = workspace.cargo(&["test", "--release", "-p", "kernel", "--test", "main", "oracle"]);
        child::run(oracle.env("PORTREEVE_ORACLE_STEPS", "1000000"), HOUR)?;
        let mut crash = workspace.cargo(&["test", "-p", "portreeve", "--test", "main", "crash"]);
        child::run(crash.args(["--", "--nocapture"]).env("PORTREEVE_CRASH_KILLS", "200"), HOUR)
    }))
}

/// The guard's nanoseconds, allocations and instructions, and durable orders a second in process.
pub fn bench() -> ExitCode {
    done(Workspace::find().and_then(|workspace| {
        child::run(&mut workspace.cargo(&["build", "--release", "-p", "benches"]), HOUR)?;
        let program = |name: &str| workspace.target.join("release").join(name);
        child::run(&mut Command::new(program("guard")), HOUR)?;
        tools::valgrind()?;
        let counted = instructions(&program("guard"), MANY)?.saturating_sub(instructions(&program("guard"), FEW)?);
        say::line(format!("guard decision, 1 credential: {} instructions", counted / (MANY - FEW)));
        child::run(&mut Command::new(program("durable")), HOUR)
    }))
}

fn done(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say::aside(&why);
            ExitCode::FAILURE
        }
    }
}

fn instructions(program: &std::path::Path, decisions: u64) -> Result<u64, String> {
    let file = std::env::temp_dir().join(format!("portreeve-callgrind-{}", std::process::id()));
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", file.display()));
    child::run(command.arg(program).arg(decisions.to_string()), HOUR)?;
    let text = std::fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
    let _ = std::fs::remove_file(&file);
    total(&text).ok_or_else(|| "the instruction counter names no total".to_owned())
}

fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_what_the_counter_writes() {
        assert_eq!(total("events: Ir\nsummary: 1499055\n"), Some(1_499_055));
        assert_eq!(total("events: Ir\n\ntotals: 12\n"), Some(12));
        assert_eq!(total("events: Ir\n"), None);
    }
}
