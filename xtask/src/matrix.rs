//! What the clients reported, read line by line, and the matrix of check by client.

use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    /// And why, in the client's words: a log is often read from its end, far from where it was said.
    Failed(String),
}

/// One client's run: `PASS name`, `FAIL name: why`, and at the end `N passed, N failed`.
#[derive(Debug)]
pub struct Report {
    client: String,
    checks: Vec<(String, Verdict)>,
    summed: Option<String>,
    troubles: Vec<String>,
}

impl Report {
    pub fn new(client: &str) -> Report {
        Report { client: client.to_owned(), checks: Vec::new(), summed: None, troubles: Vec::new() }
    }

    pub fn broken(client: &str, why: &str) -> Report {
        let mut report = Report::new(client);
        report.trouble(why);
        report
    }

    pub fn trouble(&mut self, why: &str) {
        self.troubles.push(why.to_owned());
    }

    pub fn read(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("PASS ") {
            self.checks.push((name.trim().to_owned(), Verdict::Passed));
        } else if let Some(rest) = line.strip_prefix("FAIL ") {
            let (name, why) = rest.split_once(": ").unwrap_or((rest, "no reason given"));
            self.checks.push((name.trim().to_owned(), Verdict::Failed(why.to_owned())));
        } else if line.contains(" passed, ") && line.ends_with(" failed") {
            self.summed = Some(line.trim().to_owned());
        }
    }

    /// A script that died on the way must not look like one that had little to say.
    pub fn close(&mut self, ended_well: bool) {
        let passed = self.checks.iter().filter(|(_, verdict)| *verdict == Verdict::Passed).count();
        let failed = self.checks.len().saturating_sub(passed);
        let expected = format!("{passed} passed, {failed} failed");
        if self.summed.as_deref() != Some(expected.as_str()) {
            let found = self.summed.clone().unwrap_or_else(|| "no sum".to_owned());
            self.trouble(&format!("its lines say `{expected}`, its last line says `{found}`"));
        } else if self.checks.is_empty() {
            self.trouble("it checked nothing");
        } else if !ended_well && failed == 0 {
            self.trouble("it ended with an error though every check passed");
        }
    }

    /// What went wrong in this run alone.
    pub fn faults(&self) -> Vec<String> {
        let failed = self.checks.iter().filter_map(|(check, verdict)| match verdict {
            Verdict::Failed(why) => Some(failed(&self.client, check, why)),
            Verdict::Passed => None,
        });
        failed.chain(self.troubles.iter().map(|why| format!("{}: {why}", self.client))).collect()
    }

    fn verdict(&self, check: &str) -> Option<&Verdict> {
        self.checks.iter().find(|(name, _)| name == check).map(|(_, verdict)| verdict)
    }
}

fn failed(client: &str, check: &str, why: &str) -> String {
    format!("{client}: {check} failed: {why}")
}

/// All checks in the order in which they were first seen.
fn all_checks(reports: &[Report]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    reports
        .iter()
        .flat_map(|report| &report.checks)
        .map(|(name, _)| name.as_str())
        .filter(|name| seen.insert(*name))
        .collect()
}

pub fn table(reports: &[Report]) -> String {
    let checks = all_checks(reports);
    let width = checks.iter().map(|name| name.len()).max().unwrap_or(0).max("check".len());
    let mut text = format!("\n{:<width$}", "check");
    for report in reports {
        text.push_str(&format!("  {:>1$}", report.client, report.client.len().max(7)));
    }
    for check in &checks {
        text.push_str(&format!("\n{check:<width$}"));
        for report in reports {
            let cell = match report.verdict(check) {
                Some(Verdict::Passed) => "pass",
                Some(Verdict::Failed(_)) => "FAIL",
                None => "not run",
            };
            text.push_str(&format!("  {cell:>0$}", report.client.len().max(7)));
        }
    }
    text
}

/// Runs that have little in common: each with its own checks under it.
pub fn list(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        let sum = report.summed.as_deref().unwrap_or("no sum");
        text.push_str(&format!("\n{} ({sum})", report.client));
        for (check, verdict) in &report.checks {
            let cell = if *verdict == Verdict::Passed { "pass" } else { "FAIL" };
            text.push_str(&format!("\n  {cell}  {check}"));
        }
    }
    text
}

/// The driver of the Rust clients knows shares only: what else is traded is checked with the others.
fn is_beyond(client: &str, check: &str) -> bool {
    check == "futures and options" && client.trim_start_matches("up-").starts_with("rust-")
}

/// Everything that keeps the matrix from being whole: failures, checks a client left out, troubles.
pub fn faults(reports: &[Report]) -> Vec<String> {
    let mut faults = Vec::new();
    for report in reports {
        for check in all_checks(reports) {
            match report.verdict(check) {
                Some(Verdict::Passed) => {}
                Some(Verdict::Failed(why)) => faults.push(failed(&report.client, check, why)),
                None if is_beyond(&report.client, check) => {}
                None => faults.push(format!("{}: {check} was not run", report.client)),
            }
        }
        faults.extend(report.troubles.iter().map(|why| format!("{}: {why}", report.client)));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(client: &str, lines: &[&str]) -> Report {
        let mut report = Report::new(client);
        for line in lines {
            report.read(line);
        }
        report.close(true);
        report
    }

    #[test]
    fn a_whole_matrix_has_no_fault() {
        let lines = ["PASS connect", "noise", "PASS cancel", "2 passed, 0 failed"];
        let reports = [report("a", &lines), report("b", &lines)];
        assert_eq!(faults(&reports), Vec::<String>::new());
        let text = table(&reports);
        assert_eq!(text.matches("pass").count(), 4);
    }

    #[test]
    fn a_failed_check_and_one_left_out_are_faults() {
        let reports = [
            report("a", &["PASS connect", "FAIL cancel: no answer: 5 s", "1 passed, 1 failed"]),
            report("b", &["PASS connect", "1 passed, 0 failed"]),
        ];
        assert_eq!(faults(&reports), ["a: cancel failed: no answer: 5 s", "b: cancel was not run"]);
        assert!(table(&reports).contains("not run"));
    }

    #[test]
    fn what_a_driver_does_not_know_is_no_fault_of_its_client_alone() {
        let lines = ["PASS connect", "PASS futures and options", "2 passed, 0 failed"];
        let short = ["PASS connect", "1 passed, 0 failed"];
        let found = faults(&[report("ib_async", &lines), report("up-rust-5.5", &short), report("ibapi", &short)]);
        assert_eq!(found, ["ibapi: futures and options was not run"]);
    }

    #[test]
    fn a_run_of_its_own_is_whole_when_each_of_its_checks_passed() {
        let good = report("a", &["PASS enrol", "1 passed, 0 failed"]);
        let bad = report("b", &["PASS enrol", "FAIL kill: no banner", "1 passed, 1 failed"]);
        assert_eq!(good.faults(), Vec::<String>::new());
        assert_eq!(bad.faults(), ["b: kill failed: no banner"]);
        let text = list(&[good, bad, Report::broken("c", "no server")]);
        assert!(text.contains("  FAIL  kill") && text.contains("c (no sum)"), "{text}");
    }

    #[test]
    fn a_script_that_stopped_halfway_or_checked_nothing_is_a_fault() {
        assert_eq!(faults(&[report("a", &["PASS connect"])]).len(), 1);
        assert_eq!(faults(&[report("a", &["0 passed, 0 failed"])]).len(), 1);
        assert_eq!(faults(&[report("a", &["PASS connect", "2 passed, 0 failed"])]).len(), 1);
        assert_eq!(faults(&[Report::broken("a", "serve ended at once")]).len(), 1);
    }
}
