//! `portreeve journal`: verify, tail, export, checkpoint.

use super::client::Client;
use super::say::{line, moment, text, value};
use super::{Common, Done, End, verify};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// How often a tail that follows looks again.
const STEP: Duration = Duration::from_millis(300);

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Check every event, link and the tree; needs no server
    Verify(verify::Verify),
    /// The last events
    Tail {
        /// Go on with new ones as they come
        #[arg(long)]
        follow: bool,
        /// How many to begin with
        #[arg(long, default_value_t = 20, value_name = "N")]
        last: u64,
    },
    /// Every event, one JSON document a line; needs no server
    Export {
        /// Write to a file instead
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// A signed checkpoint, to be kept somewhere else
    Checkpoint {
        /// Write to a file instead
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    match verb {
        Verb::Verify(asked) => verify::verify(common, &asked),
        Verb::Export { out } => verify::export(common, out.as_deref()),
        Verb::Tail { follow, last } => tail(common, follow, last),
        Verb::Checkpoint { out } => checkpoint(common, out),
    }
}

fn tail(common: &Common, follow: bool, last: u64) -> Done {
    let client = Client::new(common)?;
    let mut answer = client.get(&format!("/v1/journal/tail?last={last}"))?;
    if common.json && !follow {
        value(&answer);
        return Ok(());
    }
    let mut next = 0;
    loop {
        let events = answer.as_array().map_or(&[][..], Vec::as_slice);
        for event in events {
            next = event.get("position").and_then(Value::as_u64).unwrap_or(next).saturating_add(1);
            told(common, event);
        }
        if !follow {
            return Ok(());
        }
        if events.is_empty() {
            std::thread::sleep(STEP);
        }
        answer = client.get(&format!("/v1/journal/tail?from={next}"))?;
    }
}

fn told(common: &Common, event: &Value) {
    if common.json {
        return line(&event.to_string());
    }
    let (position, at, tag) = (text(event, "position"), moment(event, "at"), text(event, "tag"));
    let body = event.pointer("/body/event").or_else(|| event.get("body")).map(Value::to_string).unwrap_or_default();
    line(&format!("{position:>6}  {at}  {tag:26}  {body}"));
}

fn checkpoint(common: &Common, out: Option<PathBuf>) -> Done {
    let answer = Client::new(common)?.get("/v1/journal/checkpoint")?;
    let note = text(&answer, "note");
    match out {
        Some(path) => {
            std::fs::write(&path, &note).map_err(|why| End::Failed(format!("{}: {why}", path.display())))?;
            if common.json {
                value(&answer);
            } else {
                line(&format!("{} events, signed: {}", text(&answer, "size"), path.display()));
            }
        }
        None if common.json => value(&answer),
        None => line(note.trim_end_matches('\n')),
    }
    Ok(())
}
