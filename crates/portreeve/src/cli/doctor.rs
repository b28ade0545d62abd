//! `portreeve doctor`: what a person should look at, found before it is missed: directory, disk, keys, journal, clock, server, and
//! what is configured.

mod configured;
mod disk;
mod journal;
mod reach;
mod time;

use super::layout::{Row, table};
use super::say::{Refusal, value};
use super::serving::Serve;
use super::{Common, Done, End, places, verify};
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use vault::seal::Places;

#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// As to `serve`: what is said here is looked at, too
    #[command(flatten)]
    serve: Serve,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    /// Nothing is broken; somebody should know.
    Look,
    Wrong,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Look => "look",
            Self::Wrong => "wrong",
        }
    }
}

#[derive(Debug)]
struct Found {
    what: &'static str,
    state: State,
    told: String,
}

fn found(what: &'static str, state: State, told: impl Into<String>) -> Found {
    Found { what, state, told: told.into() }
}

pub(crate) fn run(common: &Common, asked: Doctor) -> Done {
    let said = asked.serve.says_something();
    let options = asked.serve.settled(common)?;
    // The configuration may name the data directory.
    let common = &Common { data: Some(places::data_or(common, Some(options.data.clone()))?), json: common.json };
    let data = options.data.as_path();
    let mut all = vec![directory(data), signing(data), sealing(data)];
    if data.is_dir() {
        all.extend(disk::all(data));
    }
    let (journal, size) = journal::all(data);
    all.extend(journal);
    all.push(time::kept());
    let (server, served) = reach::server(common);
    all.extend(server);
    if said || !served {
        all.extend(reach::ports(&options, served));
    }
    all.extend(reach::upstream(&options));
    all.extend(configured::all(&options));
    all.extend(options.outside.as_ref().and_then(|outside| journal::outside(data, outside, size, served)));
    if !said {
        all.push(found(
            "configuration",
            State::Look,
            "none was said: with --config FILE what it names is looked at, too",
        ));
    }
    tell(common, &all)
}

fn tell(common: &Common, all: &[Found]) -> Done {
    let rows: Vec<Value> =
        all.iter().map(|one| json!({ "what": one.what, "state": one.state.word(), "told": one.told })).collect();
    let wrong: Vec<&Found> = all.iter().filter(|one| one.state == State::Wrong).collect();
    if common.json && wrong.is_empty() {
        value(&json!({ "sound": true, "checks": rows }));
    }
    if !common.json {
        let row = |one: &Found| Row {
            cells: vec![one.what.to_owned(), one.state.word().to_owned()],
            below: vec![one.told.clone()],
        };
        table(&["WHAT", "STATE"], &all.iter().map(row).collect::<Vec<_>>());
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = wrong.iter().map(|one| one.what).collect();
    let text = format!("something is wrong with the {}", names.join(", the "));
    let remedy = "Put right what is told as wrong, and ask again.".to_owned();
    let refusal = Refusal { text, remedy, ..Refusal::own("not_done", &[]) };
    Err(End::from(refusal.with("sound", false).with("checks", rows)))
}

/// Nobody else may read it: the journal tells everything that was ever done.
fn directory(data: &Path) -> Found {
    let what = "data directory";
    let metadata = match std::fs::metadata(data) {
        Ok(metadata) => metadata,
        Err(why) => return found(what, State::Wrong, format!("{}: {why}", data.display())),
    };
    let (mode, owner) = (metadata.mode() & 0o777, metadata.uid());
    if owner != crate::serve::own_uid() {
        return found(what, State::Wrong, format!("{} belongs to the user with id {owner}", data.display()));
    }
    match mode & 0o077 {
        0 => found(what, State::Good, format!("{}, for its owner only", data.display())),
        _ => found(what, State::Wrong, format!("{} is open to others (mode {mode:o}): chmod 700", data.display())),
    }
}

fn signing(data: &Path) -> Found {
    let what = "signing key";
    match verify::signing_key(data) {
        Err(why) => found(what, State::Wrong, why),
        Ok(key) => match others(&data.join("journal.key")) {
            Some(why) => found(what, State::Wrong, why),
            None => found(what, State::Good, format!("{}: compare it with the one you keep", key.public().vkey())),
        },
    }
}

/// Whether it can be opened; what it opens is known at a start.
fn sealing(data: &Path) -> Found {
    let what = "sealing key";
    let opened = Places::of_process(None, data).and_then(|places| places.open(false).map(|(_, found)| found.is_ours()));
    match opened {
        Err(why) => found(what, State::Wrong, why.to_string()),
        Ok(false) => found(what, State::Good, "from the environment or a systemd credential"),
        Ok(true) => match others(&data.join("seal.key")) {
            Some(why) => found(what, State::Wrong, why),
            None => found(what, State::Good, "in the data directory: keep a copy of it somewhere else"),
        },
    }
}

/// Whether a file can be read by others.
fn others(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).map(|metadata| metadata.mode() & 0o777).ok()?;
    (mode & 0o077 != 0).then(|| format!("{} is open to others (mode {mode:o}): chmod 600", path.display()))
}
