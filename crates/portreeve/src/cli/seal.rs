//! `portreeve seal rotate`: another master key over what is sealed at rest, while the server is stopped.

use super::say::{Refusal, line, value};
use super::{Common, Done, End, PLACE, SYSTEM, places, verify};
use crate::journal_place::JournalPlace;
use kernel::actor::Actor;
use serde_json::json;
use service::rotation::{self, Asked, NotRotated, Rotation, Step};
use service::{Clock, SystemClock};
use std::path::{Path, PathBuf};
use store::postgres::Writers;
use store::{PostgresStore, SqliteStore, Store, StoreError};
use vault::seal::Places;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Wrap every data key under a new master key; the server is stopped meanwhile
    ///
    /// A key in the data directory is made, put in place and taken out of it by itself. A key that comes from the
    /// environment or a systemd credential can only be read: --out writes the next value for that place (the new key
    /// and, after it, the one of today) into a file; put it there, and rotate again without --out.
    Rotate {
        /// Write the next value for a key that is kept elsewhere into this new file, and change nothing
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let Verb::Rotate { out } = verb;
    let data = places::data(common)?;
    own(&data)?;
    let mut store = open(&data)?;
    let found = Places::of_process(None, &data).map_err(|error| refused(&error.into()))?;
    match out {
        Some(out) => hand_over(common, &mut store, &found, &out),
        None => rotate(common, &mut store, &found, &data),
    }
}

/// What root writes here the server could not read any more.
fn own(data: &Path) -> Result<(), End> {
    let Ok(metadata) = std::fs::metadata(data) else { return Ok(()) };
    let owner = std::os::unix::fs::MetadataExt::uid(&metadata);
    if owner == crate::serve::own_uid() {
        return Ok(());
    }
    let facts = [("path", data.display().to_string()), ("uid", owner.to_string())];
    Err(Refusal::own("data_of_another_user", &facts.each_ref().map(|(name, text)| (*name, text.as_str()))).into())
}

/// Its lock is what keeps a server out until this is done.
enum Opened {
    File(SqliteStore),
    Postgres(Box<PostgresStore>),
}

impl Opened {
    fn store(&mut self) -> &mut dyn Store {
        match self {
            Self::File(store) => store,
            Self::Postgres(store) => store.as_mut(),
        }
    }
}

fn open(data: &Path) -> Result<Opened, End> {
    let held = |error| match error {
        StoreError::InUse { .. } | StoreError::Held { .. } => Refusal::own("server_runs", &[]).into(),
        other => End::failed(other, SYSTEM),
    };
    let path = match verify::place(data)? {
        JournalPlace::File(path) => path,
        JournalPlace::Postgres { place, disk } => {
            return PostgresStore::open(&place, Writers::One, disk).map(Box::new).map(Opened::Postgres).map_err(held);
        }
    };
    let at = path.display().to_string();
    match std::fs::metadata(&path) {
        Ok(_) => {}
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            return Err(Refusal::own("journal_not_found", &[("path", &at)]).into());
        }
        Err(why) => return Err(End::failed(format!("{at}: {why}"), "Ask as the user whose data directory it is.")),
    }
    SqliteStore::open(&path).map(Opened::File).map_err(held)
}

fn rotate(common: &Common, opened: &mut Opened, found: &Places, data: &Path) -> Done {
    let dice = service::clock::dice().map_err(|error| End::failed(error, SYSTEM))?;
    let by = Actor::Local { uid: crate::serve::own_uid() };
    let asked = Asked { by, at: SystemClock.now(), dice };
    let mut rotation = Rotation::begin(opened.store(), found, asked).map_err(|error| refused(&error))?;
    if rotation.own_file() && crate::portal_door::sealed_elsewhere(data) {
        let why = "the last start found the sealing key elsewhere, and seal.key in the data directory is not used";
        return Err(Refusal::own("seal_key_elsewhere", &[("why", why)]).into());
    }
    let (mut wrapped, mut aside) = (0, None);
    while let Some(step) = rotation.step(opened.store()).map_err(|error| refused(&error))? {
        match step {
            Step::KeptAside(path) => aside = Some(path),
            Step::Wrapped(data_keys) => wrapped = data_keys,
            Step::BothInPlace | Step::OldDropped => {}
        }
    }
    // What was wrapped under the old key leaves the write-ahead log, too. PostgreSQL's is the operator's.
    if let Opened::File(store) = opened {
        store.checkpoint().map_err(|error| End::failed(error, SYSTEM))?;
    }
    let aside = aside.map(|path| path.display().to_string());
    if common.json {
        value(&json!({
            "rotated": true, "to": rotation.to(), "from": rotation.from(), "data_keys": wrapped, "kept_aside": aside,
        }));
        return Ok(());
    }
    line(&format!("Everything sealed is under the master key {} now; {wrapped} wrapped anew.", rotation.to()));
    match (&aside, rotation.own_file()) {
        (Some(path), _) => {
            line(&format!("The old key waits in {path} until the next start has opened everything with the new one."));
            line("A copy of the data made before today opens with the old key only: keep it with that copy.");
        }
        (None, true) => line("A rotation that had been interrupted is finished."),
        (None, false) => {
            let old = rotation.from().join(", ");
            line(&format!("Nothing here needs {old} any more: take it out of the value, and keep it only"));
            line("with copies of the data made before today.");
        }
    }
    Ok(())
}

fn hand_over(common: &Common, opened: &mut Opened, found: &Places, out: &Path) -> Done {
    let ring = rotation::hand_over(opened.store(), found, out).map_err(|error| refused(&error))?;
    let (file, to) = (out.display().to_string(), ring.current().to_string());
    if common.json {
        value(&json!({ "rotated": false, "to": to, "file": file }));
        return Ok(());
    }
    line(&format!("{file} holds the next value: the new master key {to}, and after it the one of today."));
    line("1. Put it where the key of today comes from. A server may be started with it at once.");
    line("2. With the server stopped: portreeve seal rotate.");
    line(&format!("3. Take the second key out of the value, and destroy {file}."));
    Ok(())
}

fn refused(error: &NotRotated) -> End {
    let why = error.to_string();
    let code = match error {
        NotRotated::NothingSealed => "nothing_sealed",
        NotRotated::NoKey(_) => "seal_key_not_usable",
        NotRotated::DoesNotOpen(_) => "seal_key_does_not_open",
        NotRotated::Elsewhere(_) => "seal_key_elsewhere",
        NotRotated::Underway => "seal_rotation_underway",
        NotRotated::OwnFile => "seal_key_is_here",
        NotRotated::File { why: vault::seal::Unkept::Waits, .. } => "seal_rotation_waits",
        NotRotated::File { .. } => return End::failed(why, PLACE),
        NotRotated::Store(_) | NotRotated::NotTaken(_) | NotRotated::NotRenewed(_) => {
            return End::failed(
                why,
                "Nothing is lost, whichever step it was: the keys in place open everything. Try again.",
            );
        }
    };
    Refusal::own(code, &[("why", &why)]).into()
}
