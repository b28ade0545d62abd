//! `portreeve journal`: verify, tail, export, copy, checkpoint.

use super::client::Client;
use super::say::{line, text, value};
use super::tell::Teller;
use super::{Common, Done, End, PLACE, journal_copy, verify};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// How often a tail that follows looks again.
const STEP: Duration = Duration::from_millis(300);

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Check every event, link and the tree; needs no server
    Verify(verify::Verify),
    /// The last events, in words; with --json one document a line
    ///
    /// In words the paper broker's own books are left out: they repeat what the gate tells of the same orders.
    Tail {
        /// Go on with new ones as they come
        #[arg(long)]
        follow: bool,
        /// How many to begin with
        #[arg(long, default_value_t = 20, value_name = "N")]
        last: usize,
    },
    /// Every event, one JSON document a line; needs no server
    Export {
        /// Write to a file instead
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The whole journal to another place: a data directory, or a PostgreSQL; needs no server
    Copy(journal_copy::Copy),
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
        Verb::Copy(asked) => journal_copy::run(common, &asked),
        Verb::Tail { follow, last } => tail(common, follow, last),
        Verb::Checkpoint { out } => checkpoint(common, out),
    }
}

fn tail(common: &Common, follow: bool, last: usize) -> Done {
    let client = Client::new(common)?;
    let (events, mut next) = latest(&client, last, |event| common.json || is_ours(event))?;
    let mut teller = Teller::default();
    let mut told = |event: &Value| if common.json { line(&event.to_string()) } else { teller.tell(event) };
    events.iter().for_each(&mut told);
    if !follow {
        return Ok(());
    }
    loop {
        let (events, reached) = from(&client, next)?;
        next = reached;
        events.iter().filter(|event| common.json || is_ours(event)).for_each(&mut told);
        if events.is_empty() {
            std::thread::sleep(STEP);
        }
    }
}

/// The last so many that are wanted: further and further back, as long as there are too few.
fn latest(client: &Client, last: usize, wanted: impl Fn(&Value) -> bool) -> Result<(Vec<Value>, u64), End> {
    let size = client.get("/v1/journal/head")?.get("size").and_then(Value::as_u64).unwrap_or_default();
    let mut back = u64::try_from(last).unwrap_or(u64::MAX);
    loop {
        let start = size.saturating_sub(back);
        let (mut events, next) = from(client, start)?;
        events.retain(&wanted);
        if start == 0 || events.len() >= last {
            return Ok((events.split_off(events.len().saturating_sub(last)), next));
        }
        back = back.saturating_mul(2);
    }
}

/// Every event from a position on, and the position after them.
fn from(client: &Client, start: u64) -> Result<(Vec<Value>, u64), End> {
    let (mut all, mut next) = (Vec::new(), start);
    loop {
        let answer = client.get(&format!("/v1/journal/tail?from={next}"))?;
        let Value::Array(page) = answer else { return Ok((all, next)) };
        let last = page.last().and_then(|event| event.get("position")).and_then(Value::as_u64);
        let Some(last) = last else { return Ok((all, next)) };
        next = last.saturating_add(1);
        all.extend(page);
    }
}

/// The paper broker keeps books of its own in the same journal.
fn is_ours(event: &Value) -> bool {
    event.get("stream").and_then(Value::as_str) != Some("paper")
}

fn checkpoint(common: &Common, out: Option<PathBuf>) -> Done {
    let answer = Client::new(common)?.get("/v1/journal/checkpoint")?;
    let note = text(&answer, "note");
    match out {
        Some(path) => {
            std::fs::write(&path, &note).map_err(|why| End::failed(format!("{}: {why}", path.display()), PLACE))?;
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
