//! What `cargo test` said of the tests that failed: kept, so that the end of a long log names them.

use crate::{child, say};
use std::process::Command;
use std::time::Duration;

/// As many lines are kept: a run in which everything fails is read from its beginning.
const KEPT: usize = 80;
/// As long a line is kept.
const LENGTH: usize = 400;

/// Runs the tests, with their output where ours goes. The failure says which tests failed, and their last words.
pub fn run(command: &mut Command, limit: Duration) -> Result<(), String> {
    shown(command, limit, |line| say::line(line))
}

fn shown(command: &mut Command, limit: Duration, show: impl Fn(&str)) -> Result<(), String> {
    let mut heard = Failures::default();
    let ended = child::all_lines(command, limit, |line| {
        show(line);
        heard.line(line);
    });
    ended.map_err(|why| std::iter::once(why).chain(heard.kept).collect::<Vec<_>>().join("\n  "))
}

#[derive(Debug, Default)]
struct Failures {
    /// Between `failures:` and the result of a program of tests.
    within: bool,
    kept: Vec<String>,
}

impl Failures {
    fn line(&mut self, line: &str) {
        match line {
            "failures:" => self.within = true,
            "successes:" => self.within = false,
            _ if line.starts_with("test result:") => self.within = false,
            // Cargo's own: what did not build, and what was ended by a signal.
            _ if line.starts_with("error") || line.contains("(signal: ") => self.keep(line),
            _ if self.within && !line.trim().is_empty() => self.keep(line),
            _ => {}
        }
    }

    fn keep(&mut self, line: &str) {
        if self.kept.len() < KEPT {
            self.kept.push(line.chars().take(LENGTH).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_that_failed_are_named_with_their_words_and_the_others_are_not() {
        let told = "running 3 tests\ntest a ... ok\ntest b ... FAILED\n\nsuccesses:\n\n---- a stdout ----\nfine\n\n\
                    failures:\n\n---- b stdout ----\nthread 'b' panicked at x.rs:1:1:\nno\n\nfailures:\n    b\n\n\
                    test result: FAILED. 1 passed\n     Running tests/main.rs\nerror: test failed, to rerun pass `-p x`";
        let mut heard = Failures::default();
        told.lines().for_each(|line| heard.line(line));
        let expected = [
            "---- b stdout ----",
            "thread 'b' panicked at x.rs:1:1:",
            "no",
            "    b",
            "error: test failed, to rerun pass `-p x`",
        ];
        assert_eq!(heard.kept, expected);
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let mut heard = Failures::default();
        heard.line("failures:");
        (0..1_000).for_each(|_| heard.line(&"x".repeat(1_000)));
        assert_eq!(heard.kept.len(), KEPT);
        assert!(heard.kept.iter().all(|line| line.len() == LENGTH));
    }

    #[test]
    fn a_run_that_fails_says_what_it_heard() {
        let mut failing = Command::new("sh");
        failing.args(["-c", "echo failures:; echo why; exit 101"]);
        // Not shown: whoever runs this test listens for the same words.
        let said = shown(&mut failing, Duration::from_secs(10), |_| {}).err();
        assert!(said.as_ref().is_some_and(|said| said.ends_with("\n  why")), "{said:?}");
    }
}
