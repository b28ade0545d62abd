//! `portreeve upstream`: what a TWS or IB Gateway answers, before anything is traded through it.

use super::config::Venue;
use super::{Common, Done, End, PLACE, say};
use crate::upstream_check::{self, Outcome, Step};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Ask a TWS or IB Gateway on a paper login everything that the gate needs, and write down what it answers
    Check(Check),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// tws://127.0.0.1:PORT
    #[arg(long, value_name = "VENUE", default_value = "tws://127.0.0.1:4002")]
    venue: Venue,
    /// A stock in dollars of which one share is bid for, far below the market, and cancelled
    #[arg(long, value_name = "SYMBOL", default_value = "AAPL")]
    symbol: String,
    /// A new file for the report: it names no account, no balance, no order, and may be shared
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(common: &Common, Verb::Check(check): Verb) -> Done {
    let Venue::Tws(address) = check.venue else {
        return Err(End::Usage("the paper broker inside needs no check: say tws://127.0.0.1:PORT".to_owned()));
    };
    let plain = (1..=16).contains(&check.symbol.len()) && check.symbol.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain {
        return Err(End::Usage("a symbol has 1 to 16 letters and digits".to_owned()));
    }
    let steps = upstream_check::run(address, &check.symbol);
    if let Some(out) = &check.out {
        write(out, &steps)?;
    }
    if common.json {
        say::value(&document(&steps));
    } else {
        lines(&steps).iter().for_each(|line| say::line(line));
    }
    let failed = steps.iter().filter(|step| step.outcome == Outcome::Failed).count();
    if failed == 0 {
        return Ok(());
    }
    Err(End::failed(
        format!("{failed} of {} steps failed", steps.len()),
        "Look at each of them, and at docs/upstream.md.",
    ))
}

fn document(steps: &[Step]) -> serde_json::Value {
    json!({ "portreeve": env!("CARGO_PKG_VERSION"), "steps": steps })
}

fn lines(steps: &[Step]) -> Vec<String> {
    let line = |step: &Step| {
        let ms = step.ms.map_or_else(String::new, |ms| format!(" ({ms} ms)"));
        format!("{:<17} {:<10} {}{ms}", step.step, step.outcome.as_str(), step.said)
    };
    steps.iter().map(line).collect()
}

/// Nothing that is there is written over.
fn write(out: &PathBuf, steps: &[Step]) -> Done {
    use std::io::Write;
    let unwritten = |why: std::io::Error| End::failed(format!("{}: {why}", out.display()), PLACE);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(out).map_err(unwritten)?;
    let text = serde_json::to_string_pretty(&document(steps)).unwrap_or_default();
    file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(unwritten)
}
