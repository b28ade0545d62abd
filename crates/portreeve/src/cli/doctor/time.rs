//! The clock: whether the system keeps it right, as far as it says so without asking anybody else.

use super::{Found, State, found};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Made by systemd-timesyncd when it has set the clock.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_EACH: Duration = Duration::from_millis(20);

pub(super) fn kept() -> Found {
    judged(
        Path::new(SYNCHRONIZED).exists(),
        asked("timedatectl", &["show", "--property=NTPSynchronized", "--value"], PATIENCE).as_deref(),
    )
}

fn judged(set: bool, told: Option<&str>) -> Found {
    let what = "time";
    match told.map(str::trim) {
        Some("yes") => found(what, State::Good, "the system says that its clock is kept right"),
        _ if set => found(what, State::Good, "the system's time service has set its clock"),
        Some("no") => {
            let told =
                "the system says that its clock is kept by nobody: turn its time service on (timedatectl set-ntp true)";
            found(what, State::Look, told)
        }
        _ => found(
            what,
            State::Look,
            "the system does not say whether its clock is kept right: look at its time service",
        ),
    }
}

/// What a program of this machine prints, if it ends well and in time.
fn asked(program: &str, words: &[&str], patience: Duration) -> Option<String> {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let mut text = String::new();
                child.stdout.take()?.take(1_024).read_to_string(&mut text).ok()?;
                return status.success().then_some(text);
            }
            Ok(None) if begun.elapsed() < patience => std::thread::sleep(LOOK_EACH),
            Ok(None) | Err(_) => {
                drop(child.kill());
                drop(child.wait());
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_its_clock_is_told_and_silence_is_no_yes() {
        assert_eq!(judged(false, Some("yes\n")).state, State::Good);
        assert_eq!(judged(true, None).state, State::Good);
        for (set, told) in [(false, Some("no\n")), (false, None), (false, Some("perhaps"))] {
            assert_eq!(judged(set, told).state, State::Look, "{told:?}");
        }
    }

    #[test]
    fn a_program_that_is_missing_fails_or_hangs_says_nothing() {
        let minute = Duration::from_secs(60);
        assert_eq!(asked("echo", &["yes"], minute).as_deref(), Some("yes\n"));
        assert_eq!(asked("no-such-program-here", &[], minute), None);
        assert_eq!(asked("false", &[], minute), None);
        assert_eq!(asked("sleep", &["60"], LOOK_EACH), None);
    }
}
