//! Fuzzing: every test that lays noise over what is read from outside, each for as long as it is said.
//!
//! In the tests each has seconds, or some thousand inputs. They are found in the source, so none is forgotten.

use crate::workspace::Workspace;
use crate::{child, say};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const MARK: &str = "bolero::check!";
/// Beside the time of the noise itself: to build, and for the tests that share a name.
const BESIDE: Duration = Duration::from_secs(3_600);
/// No number of inputs ends one before its time.
const NO_END: &str = "1000000000000";

pub fn run(seconds: u64) -> ExitCode {
    match Workspace::find().and_then(|workspace| all(&workspace, seconds)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say::aside(&why);
            ExitCode::FAILURE
        }
    }
}

fn all(workspace: &Workspace, seconds: u64) -> Result<(), String> {
    let found = harnesses(&workspace.root.join("crates"))?;
    let count: usize = found.values().map(Vec::len).sum();
    say::line(format!("{count} tests with noise in {} crates, {seconds} s for each", found.len()));
    let mut failed = Vec::new();
    for (name, tests) in &found {
        let mut list = workspace.cargo(&["test", "-p", name, "--tests", "--", "--list"]);
        let missing = unlisted(tests, &child::text(&mut list, BESIDE)?);
        if !missing.is_empty() {
            failed.push(format!("{name}: no test is named {}", missing.join(", ")));
            continue;
        }
        let mut test = workspace.cargo(&["test", "--no-fail-fast", "-p", name, "--tests", "--"]);
        test.args(tests);
        test.env("BOLERO_RANDOM_TEST_TIME_MS", (seconds * 1_000).to_string()).env("BOLERO_RANDOM_ITERATIONS", NO_END);
        let time = Duration::from_secs(seconds * tests.len() as u64);
        if let Err(why) = child::run(&mut test, BESIDE + time) {
            failed.push(format!("{name}: {why}"));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

/// Of each crate the names of its tests with noise.
fn harnesses(crates: &Path) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut found = BTreeMap::new();
    let listed = |at: &Path| std::fs::read_dir(at).map_err(|why| format!("{}: {why}", at.display()));
    for one in listed(crates)?.flatten() {
        let mut tests = Vec::new();
        let mut waiting = vec![one.path()];
        while let Some(at) = waiting.pop() {
            if at.is_dir() {
                waiting.extend(listed(&at)?.flatten().map(|inner| inner.path()));
            } else if at.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&at).map_err(|why| format!("{}: {why}", at.display()))?;
                tests.extend(named(&text).map_err(|why| format!("{}: {why}", at.display()))?);
            }
        }
        if !tests.is_empty() {
            tests.sort();
            found.insert(one.file_name().to_string_lossy().into_owned(), tests);
        }
    }
    Ok(found)
}

/// The functions in which noise is asked for.
fn named(text: &str) -> Result<Vec<String>, String> {
    let name = |at: usize| {
        let before = text.get(..at)?;
        let last = before.rfind("\nfn ").max(before.rfind(" fn "))?;
        Some(before.get(last..)?.strip_prefix([' ', '\n'])?.strip_prefix("fn ")?.split_once('(')?.0.to_owned())
    };
    text.match_indices(MARK).map(|(at, _)| name(at).ok_or_else(|| format!("{MARK} stands in no function"))).collect()
}

/// Names that no line of `--list` ends with: they would filter everything out, and be counted as run.
fn unlisted(tests: &[String], listed: &str) -> Vec<String> {
    let known: Vec<&str> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    let is_known = |name: &str| known.iter().any(|path| path.rsplit("::").next() == Some(name));
    tests.iter().filter(|name| !is_known(name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_with_noise_is_found_by_its_function() {
        let text =
            "use x;\n\n#[test]\nfn first() {\n}\n\n#[test]\nfn second() {\n    bolero::check!().for_each();\n}\n";
        assert_eq!(named(text), Ok(vec!["second".to_owned()]));
        let inner = "mod tests {\n    #[test]\n    fn inner() {\n        bolero::check!();\n    }\n}\n";
        assert_eq!(named(inner), Ok(vec!["inner".to_owned()]));
        let both =
            format!("fn value(n: u8) {{}}\n\npub fn pair() {{}}\n\n{inner}\nfn later() {{ bolero::check!(); }}\n");
        assert_eq!(named(&both), Ok(vec!["inner".to_owned(), "later".to_owned()]));
        assert!(named("bolero::check!()").is_err());
    }

    #[test]
    fn a_name_that_is_no_test_is_noticed() {
        let names = ["value".to_owned(), "inner".to_owned()];
        assert_eq!(unlisted(&names, "base64::tests::inner: test\na::b: test\n\n2 tests, 0 benchmarks\n"), ["value"]);
        assert_eq!(unlisted(&names, "value: test\nvalue_of: test\ninner: test\n").len(), 0);
    }

    #[test]
    fn frames_events_the_journal_and_the_configuration_are_among_them() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
        let found = harnesses(&crates).unwrap_or_default();
        for (name, least) in
            [("tws", 5), ("service", 2), ("journal", 6), ("portreeve", 1), ("dossier", 3), ("vault", 13)]
        {
            assert!(found.get(name).is_some_and(|tests| tests.len() >= least), "{name}: {:?}", found.get(name));
        }
    }
}
