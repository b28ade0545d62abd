//! `cargo xtask test`: every check in order, then a table of step, result and seconds.

use crate::workspace::Workspace;
use crate::{api, browser, child, clients, failures, newcomer, say, tidy, tools};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Tools,
    Fmt,
    Tidy,
    Deny,
    Clippy,
    Tests,
    Build,
    Clients,
    Api,
    Browser,
    Newcomer,
}

/// The tests of a crowd at the doors.
const CROWD: &str = "crowd::";

const ORDER: [Step; 11] = [
    Step::Tools,
    Step::Fmt,
    Step::Tidy,
    Step::Deny,
    Step::Clippy,
    Step::Tests,
    Step::Build,
    Step::Clients,
    Step::Api,
    Step::Browser,
    Step::Newcomer,
];

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Step::Tools => "tools",
            Step::Fmt => "fmt",
            Step::Tidy => "tidy",
            Step::Deny => "deny",
            Step::Clippy => "clippy",
            Step::Tests => "tests",
            Step::Build => "build",
            Step::Clients => "clients",
            Step::Api => "api",
            Step::Browser => "browser",
            Step::Newcomer => "newcomer",
        }
    }

    pub fn named(name: &str) -> Option<Step> {
        ORDER.into_iter().find(|step| step.name() == name)
    }

    /// What must have passed before this step can say anything.
    fn needs(self) -> &'static [Step] {
        match self {
            Step::Clients | Step::Api | Step::Browser | Step::Newcomer => &[Step::Tools, Step::Build],
            // Notices are sent to a real SMTP server; the journal is kept in a real PostgreSQL.
            Step::Tests => &[Step::Tools],
            Step::Tools | Step::Fmt | Step::Tidy | Step::Deny | Step::Clippy | Step::Build => &[],
        }
    }

    fn run(self, workspace: &Workspace) -> Result<(), String> {
        let cargo = |arguments: &[&str], minutes: u64| {
            child::run(&mut workspace.cargo(arguments), Duration::from_secs(minutes * 60))
        };
        match self {
            Step::Tools => tools::install(workspace),
            Step::Fmt => cargo(&["fmt", "--all", "--check"], 5),
            Step::Tidy => tidy::run(workspace),
            Step::Deny => deny(workspace),
            Step::Clippy => cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], 20),
            Step::Tests => {
                // By itself: what its tests alone depend on turns on features of serde_json (objects that keep their
                // order) that nothing we ship has, and that the others must not be tested with.
                let tests = |arguments: &[&str], minutes: u64| {
                    failures::run(&mut workspace.cargo(arguments), Duration::from_secs(minutes * 60)).err()
                };
                let all = ["test", "--workspace", "--exclude", "vault", "--no-fail-fast"];
                let others = tests(&[&all[..], &["--", "--skip", CROWD]].concat(), 40);
                let vault = tests(&["test", "--package", "vault", "--no-fail-fast"], 20);
                // By itself too: it compares times, and others' tests would be measured with it.
                let crowd = tests(&[&all[..], &["--test", "main", "--", CROWD, "--show-output"]].concat(), 20);
                let failed: Vec<String> = [others, vault, crowd].into_iter().flatten().collect();
                if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
            }
            Step::Build => cargo(&["build", "--release", "-p", "portreeve"], 20),
            Step::Clients => clients::run(workspace),
            Step::Api => api::run(workspace),
            Step::Browser => browser::run(workspace),
            Step::Newcomer => newcomer::run(workspace),
        }
    }
}

/// Licences, bans and sources. Advisories live in a database that is not among the package registries.
fn deny(workspace: &Workspace) -> Result<(), String> {
    let mut check = Command::new(tools::deny(workspace)?);
    check.current_dir(&workspace.root).args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    child::run(&mut check, Duration::from_secs(5 * 60))
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

impl Outcome {
    fn why(&self) -> Option<&str> {
        match self {
            Outcome::Passed => None,
            Outcome::Failed(why) | Outcome::Skipped(why) => Some(why),
        }
    }
}

#[derive(Debug)]
struct Row {
    step: Step,
    outcome: Outcome,
    seconds: u64,
}

/// Runs all steps, or one with what it needs. A failed step does not stop those that stand alone.
pub fn run(only: Option<Step>) -> ExitCode {
    let workspace = match Workspace::find() {
        Ok(workspace) => workspace,
        Err(why) => {
            say::aside(&why);
            return ExitCode::FAILURE;
        }
    };
    let wanted = |step: &Step| only.is_none_or(|one| one == *step || one.needs().contains(step));
    let mut rows: Vec<Row> = Vec::new();
    for step in ORDER.into_iter().filter(wanted) {
        say::line(format!("\n== {} ==", step.name()));
        let began = Instant::now();
        let outcome = match unmet(step, &rows) {
            Some(why) => Outcome::Skipped(why),
            None => match step.run(&workspace) {
                Ok(()) => Outcome::Passed,
                Err(why) => Outcome::Failed(why),
            },
        };
        if let Some(why) = outcome.why() {
            say::line(format!("{}: {why}", step.name()));
        }
        rows.push(Row { step, outcome, seconds: began.elapsed().as_secs() });
    }
    say::line(table(&rows));
    if rows.iter().all(|row| row.outcome == Outcome::Passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn unmet(step: Step, done: &[Row]) -> Option<String> {
    let passed = |need: &Step| done.iter().any(|row| row.step == *need && row.outcome == Outcome::Passed);
    let missing = step.needs().iter().find(|need| !passed(need))?;
    Some(format!("{} did not pass", missing.name()))
}

fn table(rows: &[Row]) -> String {
    let mut text = format!("\n{:<10}{:<10}{:>8}", "step", "result", "seconds");
    for row in rows {
        let result = match row.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed(_) => "FAILED",
            Outcome::Skipped(_) => "skipped",
        };
        text.push_str(&format!("\n{:<10}{result:<10}{:>8}", row.step.name(), row.seconds));
    }
    // Once more, where a long log is looked at first.
    for row in rows {
        if let Some(why) = row.outcome.why() {
            text.push_str(&format!("\n{}: {why}", row.step.name()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(step: Step, outcome: Outcome) -> Row {
        Row { step, outcome, seconds: 7 }
    }

    #[test]
    fn every_step_is_found_by_its_name() {
        for step in ORDER {
            assert_eq!(Step::named(step.name()), Some(step));
        }
        assert_eq!(Step::named("everything"), None);
    }

    #[test]
    fn the_clients_wait_for_tools_and_build() {
        let built = [row(Step::Tools, Outcome::Passed), row(Step::Build, Outcome::Passed)];
        assert_eq!(unmet(Step::Clients, &built), None);
        let broken = [row(Step::Tools, Outcome::Passed), row(Step::Build, Outcome::Failed("x".into()))];
        assert_eq!(unmet(Step::Clients, &broken), Some("build did not pass".into()));
        assert_eq!(unmet(Step::Clippy, &broken), None);
    }

    #[test]
    fn the_table_tells_failed_from_passed_and_skipped() {
        let text = table(&[
            row(Step::Fmt, Outcome::Passed),
            row(Step::Build, Outcome::Failed("no".into())),
            row(Step::Clients, Outcome::Skipped("build did not pass".into())),
        ]);
        let lines: Vec<&str> = text.trim().lines().collect();
        assert_eq!(
            lines,
            [
                "step      result     seconds",
                "fmt       passed           7",
                "build     FAILED           7",
                "clients   skipped          7",
                "build: no",
                "clients: build did not pass",
            ]
        );
    }
}
