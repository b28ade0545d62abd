//! The workshop's command line: `cargo xtask test`, `cargo xtask tidy` and their like.
#![forbid(unsafe_code)]

mod api;
mod browser;
mod child;
mod chromium;
mod clients;
mod detection;
mod failures;
mod fuzz;
mod long;
mod matrix;
mod mutants;
mod newcomer;
mod ports;
mod say;
mod server;
mod test;
mod tidy;
mod tools;
mod upstream;
mod venv;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <command>

  test [--only STEP]   install what is missing, then every check; STEP is one of
                       tools, fmt, tidy, deny, clippy, tests, build,
                       clients, api, browser, newcomer
  tidy                 the house rules: floors, sizes, words, captions, habits
  mutants [--only CONTROL]
                       plants faults in the guard, one at a time: the tests must catch each
  soak                 200 kills -9, 1,000,000 steps of the second guard, 1,000,000 races of a kill switch,
                       10,000 connections that misbehave, 10,000 histories of an upstream that lies
  month                two bots on one account for 21 trading days on a clock that is turned, in front of a TWS that
                       restarts every night: the figures of docs/cookbook.md
  fuzz SECONDS         every reader of outside bytes on noise, each for so long
  detection            what the detector finds in a made population, on seeds that it was not tuned on
  bench [PART]         figures beside the floors of the same run; PART is one of
                       guard, path, durable, replay, people, day, start";

/// Usage errors and commands that do not exist yet answer 2, as the product's own command line does.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test::run(None),
        ["test", "--only", step] => match test::Step::named(step) {
            Some(step) => test::run(Some(step)),
            None => refuse(&format!("there is no step `{step}`\n\n{USAGE}")),
        },
        ["tidy"] => tidy_alone(),
        ["mutants"] => mutants::run(None),
        ["mutants", "--only", control] => mutants::run(Some(control)),
        ["soak"] => long::soak(),
        ["month"] => long::month(),
        ["fuzz", seconds] => match seconds.parse() {
            Ok(seconds) => fuzz::run(seconds),
            Err(_) => refuse(&format!("{seconds:?} is no number of seconds\n\n{USAGE}")),
        },
        ["detection"] => detection::run(),
        ["bench"] => long::bench(None),
        ["bench", part] => match long::Part::named(part) {
            Some(part) => long::bench(Some(part)),
            None => refuse(&format!("there is no benchmark `{part}`\n\n{USAGE}")),
        },
        ["help" | "--help" | "-h"] => {
            say::line(USAGE);
            ExitCode::SUCCESS
        }
        _ => refuse(USAGE),
    }
}

fn tidy_alone() -> ExitCode {
    match workspace::Workspace::find().and_then(|workspace| tidy::run(&workspace)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say::aside(&why);
            ExitCode::FAILURE
        }
    }
}

fn refuse(why: &str) -> ExitCode {
    say::aside(why);
    ExitCode::from(USAGE_ERROR)
}
