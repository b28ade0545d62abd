//! Long runs that are no part of the test command: the soak, the month of two bots, and the benchmarks.

use crate::workspace::Workspace;
use crate::{child, say, tools};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
/// All of them together are done in less than ten minutes; only a machine that stands still needs this.
const PART: Duration = Duration::from_secs(900);
const ASK: Duration = Duration::from_secs(30);
/// Instructions are counted as the difference of two runs, so that the start of the process does not count.
const FEW: u64 = 1_000;
const MANY: u64 = 11_000;
/// Of an order that is admitted, with the question that is put together for it.
const BUDGET: u64 = 375;

/// 1,000,000 steps beside the second guard, 200 kills of the process, 1,000,000 of the kill switch, 1,000 incidents,
/// 10,000 connections that misbehave, 10,000 histories behind an upstream that drops, delays, repeats and lies.
pub fn soak() -> ExitCode {
    done(Workspace::find().and_then(|workspace| {
        let mut oracle = workspace.cargo(&["test", "--release", "-p", "kernel", "--test", "main", "oracle"]);
        child::run(oracle.env("PORTREEVE_ORACLE_STEPS", "1000000"), HOUR)?;
        let mut crash = workspace.cargo(&["test", "-p", "portreeve", "--test", "main", "crash"]);
        child::run(crash.args(["--", "--nocapture"]).env("PORTREEVE_CRASH_KILLS", "200"), HOUR)?;
        let mut races = workspace.cargo(&["test", "--release", "-p", "service", "--test", "main", "kill_race"]);
        child::run(races.args(["--", "--nocapture"]).env("PORTREEVE_KILL_RACES", "1000000"), HOUR)?;
        let mut contained = workspace.cargo(&["test", "--release", "-p", "portal", "--test", "main", "contained"]);
        child::run(contained.args(["--", "--nocapture"]).env("PORTREEVE_CONTAINED", "1000"), HOUR)?;
        let mut crowd = workspace.cargo(&["test", "-p", "portreeve", "--test", "main", "crowd"]);
        child::run(crowd.args(["--", "--nocapture"]).env("PORTREEVE_CROWD", "10000"), HOUR)?;
        let mut nasty = workspace.cargo(&["test", "--release", "-p", "gateway", "--test", "main", "nasty"]);
        child::run(nasty.args(["--", "--nocapture"]).env("PORTREEVE_NASTY_HISTORIES", "10000"), HOUR)
    }))
}

/// The test command plays three days of it.
pub fn month() -> ExitCode {
    done(Workspace::find().and_then(|workspace| {
        let mut month = workspace.cargo(&["test", "-p", "gateway", "--test", "main", "month"]);
        child::run(month.args(["--", "--nocapture"]).env("PORTREEVE_MONTH", "1"), HOUR)
    }))
}

/// One part of the benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The guard's nanoseconds, allocations and instructions.
    Guard,
    /// From a program to the venue: straight, through a raw copy, and through the gate.
    Path,
    /// Durable records a second in process.
    Durable,
    /// Verified events a second of a journal that is read again.
    Replay,
    /// Sessions, pages, passkeys and passwords a second at the portal.
    People,
    /// What four programs leave in memory after a day, beside a fresh start on their journal.
    Day,
    /// How long a start with many customers takes, and what each takes of memory.
    Start,
}

impl Part {
    const ALL: [Part; 7] = [Part::Guard, Part::Path, Part::Durable, Part::Replay, Part::People, Part::Day, Part::Start];

    pub fn named(name: &str) -> Option<Part> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Part::Guard => "guard",
            Part::Path => "path",
            Part::Durable => "durable",
            Part::Replay => "replay",
            Part::People => "people",
            Part::Day => "day",
            Part::Start => "start",
        }
    }

    fn run(self, programs: &Path) -> Result<(), String> {
        say::line(format!("\n# {}", self.name()));
        let program = programs.join(self.name());
        match self {
            Part::Guard => guard(&program),
            Part::Path => path(&program),
            Part::Durable | Part::Replay | Part::People | Part::Day | Part::Start => {
                child::run(&mut Command::new(&program), PART)
            }
        }
    }
}

/// With a million customers it is memory that is waited for: once as the system gives it, once in large pages.
fn guard(program: &Path) -> Result<(), String> {
    child::run(&mut Command::new(program), PART)?;
    say::line("\n## memory in large pages (GLIBC_TUNABLES=glibc.malloc.hugetlb=1)");
    child::run(Command::new(program).env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"), PART)?;
    tools::valgrind()?;
    let counted = instructions(program, MANY)?.saturating_sub(instructions(program, FEW)?) / (MANY - FEW);
    say::line(format!("guard decision, 1 credential: {counted} instructions, of a budget of {BUDGET}"));
    if counted > BUDGET { Err("the guard has grown above its budget of instructions".to_owned()) } else { Ok(()) }
}

/// Where a message is woken, on its own core or the other, is worth more than the whole gate: so once with all
/// processes on one core, and once as the scheduler likes.
fn path(program: &Path) -> Result<(), String> {
    tools::haproxy()?;
    if child::text(Command::new("taskset").arg("--version"), ASK).is_ok() {
        say::line("\n## all processes on one core");
        child::run(Command::new("taskset").args(["-c", "0"]).arg(program).arg("latency"), PART)?;
    } else {
        say::line("\nno taskset here: nothing is measured with all processes on one core");
    }
    say::line("\n## on all cores");
    child::run(&mut Command::new(program), PART)
}

/// All of them, or one.
pub fn bench(only: Option<Part>) -> ExitCode {
    done(Workspace::find().and_then(|workspace| {
        child::run(&mut workspace.cargo(&["build", "--release", "-p", "benches", "-p", "portreeve"]), HOUR)?;
        let commit = child::text(Command::new("git").args(["rev-parse", "--short", "HEAD"]), ASK);
        say::line(format!("commit {}", commit.unwrap_or_else(|_| "unknown".to_owned()).trim()));
        let parts = only.map_or(Part::ALL.to_vec(), |part| vec![part]);
        parts.into_iter().try_for_each(|part| part.run(&workspace.target.join("release")))
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

fn instructions(program: &Path, decisions: u64) -> Result<u64, String> {
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
    fn every_part_is_found_by_its_name_and_nothing_else_is() {
        assert!(Part::ALL.into_iter().all(|part| Part::named(part.name()) == Some(part)));
        assert_eq!(Part::named("all"), None);
    }

    #[test]
    fn the_total_is_read_from_what_the_counter_writes() {
        assert_eq!(total("events: Ir\nsummary: 1499055\n"), Some(1_499_055));
        assert_eq!(total("events: Ir\n\ntotals: 12\n"), Some(12));
        assert_eq!(total("events: Ir\n"), None);
    }
}
