//! `portreeve doctor`: what a person should look at, found before it is missed: directory, keys, journal, server.

use super::client::Client;
use super::layout::{Row, table};
use super::say::{Refusal, text, value};
use super::status::venue;
use super::{Common, Done, End, places, verify};
use crate::journal_place::JournalPlace;
use serde_json::{Value, json};
use service::{Clock, SystemClock};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use vault::seal::Places;

/// How far the journal may be ahead of the clock: one of the two is wrong then.
const AHEAD_MS: i64 = 5_000;
/// A server signs one each minute.
const STALE_S: u64 = 10 * 60;

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

pub(crate) fn run(common: &Common) -> Done {
    let data = places::data(common)?;
    let mut all = vec![directory(&data), signing(&data), sealing(&data)];
    all.extend(journal(&data));
    all.extend(server(common));
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

/// That it is there, that its head is whole and not of the future, and that its end was not cut off.
fn journal(data: &Path) -> Vec<Found> {
    let what = "journal";
    let place = match verify::place(data) {
        Ok(place) => place,
        Err(_) => return vec![found(what, State::Wrong, "it is named in two places: docs/operations.md")],
    };
    let read = || {
        let mut reader = place.reader()?;
        let head = reader.freeze()?;
        reader.check_head()?;
        Ok::<_, store::StoreError>((head, reader.tail(head.size.saturating_sub(1), 1)?))
    };
    let (head, last) = match read() {
        Ok(read) => read,
        Err(why) => return vec![found(what, State::Wrong, why.to_string())],
    };
    let ahead = last.first().map_or(0, |event| event.at.saturating_sub(SystemClock.now().0));
    let at = match &place {
        JournalPlace::File(path) => path.display().to_string(),
        JournalPlace::Postgres { place, .. } => place.to_string(),
    };
    let mut all = vec![match ahead {
        AHEAD_MS.. => found(what, State::Wrong, format!("its last event is {ahead} ms later than this clock")),
        _ => found(what, State::Good, format!("{} events at {at}; to check them all: journal verify", head.size)),
    }];
    all.push(checkpoint(data, head.size));
    if let JournalPlace::File(path) = &place {
        all.push(match path.with_extension("reserve").exists() {
            true => found("space in reserve", State::Good, "kept for kills, cancels and reports"),
            false => found("space in reserve", State::Look, "none is kept: the disk is full, or was; no server runs"),
        });
    }
    all
}

fn checkpoint(data: &Path, size: u64) -> Found {
    let (what, path) = ("checkpoint", data.join(verify::LATEST));
    let Ok(key) = verify::signing_key(data) else { return found(what, State::Look, "no key to read it with") };
    let Ok(known) = verify::read_checkpoint(&path, key.public()) else {
        return found(what, State::Look, "a server has not left a whole one here yet");
    };
    let stated = known.checkpoint.size;
    if stated > size {
        let told = format!("it states {stated} events and the journal has {size}: the end of the journal was cut off");
        return found(what, State::Wrong, told);
    }
    let age = std::fs::metadata(&path).and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
    match age {
        Some(age) if age.as_secs() > STALE_S => {
            found(what, State::Look, format!("the last one is {} minutes old", age.as_secs() / 60))
        }
        _ => found(what, State::Good, format!("of {stated} events; keep one on another machine")),
    }
}

/// That it answers, and what it says is closed.
fn server(common: &Common) -> Vec<Found> {
    let what = "server";
    let status = match Client::new(common).and_then(|client| client.get("/v1/status")) {
        Ok(status) => status,
        Err(_) => return vec![found(what, State::Look, "none answers here")],
    };
    let lost = status.get("venue_lost") == Some(&Value::Bool(true));
    let state = if lost { State::Look } else { State::Good };
    let mut all = vec![found(what, state, format!("it answers; orders go to {}", venue(&status)))];
    for one in status.get("closed_listeners").and_then(Value::as_array).into_iter().flatten() {
        let told = format!("{} at {}: {}", text(one, "credential"), text(one, "listen"), text(one, "why"));
        all.push(found("listener", State::Wrong, told));
    }
    all
}
