//! `portreeve journal verify` and `export`: read the data directory itself, with or without a server.

use super::say::{Refusal, line, value};
use super::{Common, Done, End, PLACE, places};
use crate::journal_place::{self, JournalPlace};
pub(super) use crate::last_checkpoint::LATEST;
use journal::{Checkpoint, PublicKey, SigningKey, Verified, Verifier};
use serde_json::json;
use service::codec;
use std::io::Write;
use std::path::{Path, PathBuf};
use store::contract::Frozen;
use store::{StoreError, StoredEvent};

pub(super) const PAGE: usize = 1_000;

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// What was kept elsewhere: a signed checkpoint, a file that each is added to, or the text of a letter; the journal
    /// must begin with what they state
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The public key to check it with, where the data directory does not hold the key
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Records of that file that were altered or cut short, or are another journal's, are told and passed over
    #[arg(long, requires = "checkpoint")]
    pass_over: bool,
}

/// A checkpoint to compare with, and where it came from.
pub(super) struct Known {
    /// The one that states most.
    pub(super) checkpoint: Checkpoint,
    /// Those that stand beside it.
    others: Vec<Checkpoint>,
    /// Lines where something is signed that is no checkpoint of this key.
    unread: Vec<usize>,
    from: PathBuf,
}

pub(crate) fn verify(common: &Common, asked: &Verify) -> Done {
    let data = places::data(common)?;
    let known = match &asked.checkpoint {
        Some(path) => Some(read_checkpoints(path, &key(&data, asked.key.as_deref())?)?),
        None => latest(&data, asked.key.as_deref())?,
    };
    let mut reader = open(&data)?;
    let verified = walk(reader.as_mut(), known.as_ref())?;
    if let Some(known) = known.as_ref().filter(|known| !known.unread.is_empty() && !asked.pass_over) {
        let why = format!("{}; all else in it fits (--pass-over)", not_compared(known));
        let file = known.from.display().to_string();
        let refusal = Refusal::own("checkpoint_not_valid", &[("file", &file), ("why", &why)]);
        return Err(refusal.with("sound", false).with("not_of_this_key", known.unread.clone()).into());
    }
    if common.json {
        value(&json!({
            "sound": true,
            "size": verified.size,
            "root": verified.root.to_string(),
            "streams": verified.streams,
            "checkpoint": known.as_ref().map(|known| known.checkpoint.size),
            "checkpoints": known.as_ref().map_or(0, |known| known.others.len().saturating_add(1)),
            "not_of_this_key": known.as_ref().map_or(&[][..], |known| &known.unread),
        }));
        return Ok(());
    }
    line(&format!("The journal is sound: {} events in {} streams.", verified.size, verified.streams));
    line(&format!("root {}", verified.root));
    match &known {
        Some(known) => tell(known),
        None => line("It was compared with no checkpoint: whoever holds the key could have rewritten its end."),
    }
    Ok(())
}

fn tell(known: &Known) {
    let (size, file) = (known.checkpoint.size, known.from.display());
    line(&match known.others.len() {
        0 => format!("It begins with the {size} events that {file} states."),
        n => format!("It begins with the {size} events that {file} states, and with what {n} others there state."),
    });
    if !known.unread.is_empty() {
        line(&format!("In {file}: {}.", not_compared(known)));
    }
}

fn not_compared(known: &Known) -> String {
    let lines: Vec<String> = known.unread.iter().map(ToString::to_string).collect();
    format!("something is altered or cut short, or of another journal: line {}", lines.join(", "))
}

/// Every event, then the head that counts them, then the checkpoints, the earliest first: it says from where on the
/// journal is another.
pub(super) fn walk(reader: &mut dyn Frozen, known: Option<&Known>) -> Result<Verified, End> {
    let head = reader.freeze().map_err(unreadable)?;
    let mut stated: Vec<&Checkpoint> =
        known.into_iter().flat_map(|known| known.others.iter().chain([&known.checkpoint])).collect();
    stated.sort_by_key(|one| one.size);
    let watched: Vec<u64> = stated.iter().map(|one| one.size).collect();
    let mut verifier = Verifier::watching(&watched);
    loop {
        let events = reader.tail(verifier.size(), PAGE).map_err(unreadable)?;
        if events.is_empty() {
            break;
        }
        events.iter().try_for_each(|event| next(&mut verifier, event))?;
    }
    let verified = verifier.finish();
    reader.check_head().map_err(unreadable)?;
    if (verified.size, verified.root) != (head.size, head.root) {
        let mut text = format!("the head states {} events with root {}, the events give another", head.size, head.root);
        let stated = reader.frontier().map_err(unreadable)?;
        if let Some(among) = verified.frontier.first_difference(&stated).filter(|_| verified.size == head.size) {
            text.push_str(&format!(": look among the events {} to {}", among.start, among.end.saturating_sub(1)));
        }
        return Err(refused(&text).into());
    }
    if let Some(known) = known {
        let fits = stated.iter().try_for_each(|one| verified.compare(one));
        fits.map_err(|mismatch| refused(&format!("{}: {mismatch}", known.from.display())))?;
    }
    Ok(verified)
}

/// Its place and its links, then that this program understands every byte of it.
fn next(verifier: &mut Verifier, event: &StoredEvent) -> Done {
    let named = |what: &str| {
        let refusal = refused(what).with("position", event.position);
        End::from(refusal.with("stream", event.stream.clone()).with("version", event.version))
    };
    if !codec::is_ours(event) {
        return verifier.record(&event.record()).map_err(|broken| named(&broken.to_string()));
    }
    verifier.record_of_compared(&event.record()).map_err(|broken| named(&broken.to_string()))?;
    codec::verify(event).map_err(|error| named(&error.to_string()))
}

pub(super) fn refused(what: &str) -> Refusal {
    Refusal::own("journal_broken", &[("what", what)]).with("sound", false)
}

pub(super) fn unreadable(error: StoreError) -> End {
    match error {
        StoreError::Corrupt { what } => refused(&what).into(),
        StoreError::Missing { path } => Refusal::own("journal_not_found", &[("path", &path)]).into(),
        other => End::failed(other, "Look at the disk and the rights of the data directory, and try again."),
    }
}

/// Where it is, or why nobody can say.
pub(super) fn place(data: &Path) -> Result<JournalPlace, End> {
    journal_place::of(data).map_err(|error| End::failed(error, "docs/operations.md says how a journal is moved."))
}

pub(super) fn open(data: &Path) -> Result<Box<dyn Frozen>, End> {
    let place = place(data)?;
    // What may not be looked at is not missing.
    if let JournalPlace::File(path) = &place
        && let Err(why) = std::fs::metadata(path)
        && why.kind() == std::io::ErrorKind::PermissionDenied
    {
        let why = format!("{}: {why}", path.display());
        return Err(End::failed(why, "Ask as the user whose data directory it is."));
    }
    place.reader().map_err(unreadable)
}

/// The public part of the data directory's key, or the one that an auditor was handed.
fn key(data: &Path, handed: Option<&str>) -> Result<PublicKey, End> {
    if let Some(text) = handed {
        return handed_key(text);
    }
    let key = signing_key(data).map(|key| key.public().clone());
    key.map_err(|why| End::Usage(format!("{why}; say --key KEY")))
}

pub(super) fn handed_key(text: &str) -> Result<PublicKey, End> {
    PublicKey::from_vkey(text.trim()).map_err(|error| End::Usage(format!("--key: {error}")))
}

/// The data directory's own, or why it cannot be read.
pub(super) fn signing_key(data: &Path) -> Result<SigningKey, String> {
    let path = data.join("journal.key");
    let key = std::fs::read(&path)
        .map_err(|why| why.to_string())
        .and_then(|bytes| SigningKey::from_file_bytes(&bytes).map_err(|error| error.to_string()));
    key.map_err(|why| format!("{}: {why}", path.display()))
}

pub(super) fn note(path: &Path) -> Result<String, End> {
    std::fs::read_to_string(path).map_err(|why| End::Usage(format!("{}: {why}", path.display())))
}

pub(super) fn read_checkpoint(path: &Path, key: &PublicKey) -> Result<Known, End> {
    let note = note(path)?;
    let checkpoint = journal::checkpoint::open(&note, key).map_err(|error| {
        let (file, why) = (path.display().to_string(), error.to_string());
        Refusal::own("checkpoint_not_valid", &[("file", &file), ("why", &why)]).with("sound", false)
    })?;
    Ok(Known { checkpoint, others: Vec::new(), unread: Vec::new(), from: path.to_owned() })
}

/// The same, or all that stand in the file among other things.
fn read_checkpoints(path: &Path, key: &PublicKey) -> Result<Known, End> {
    let alone = read_checkpoint(path, key);
    if alone.is_ok() {
        return alone;
    }
    // Cut short within a letter of several bytes, it is no text any more.
    let bytes = std::fs::read(path).map_err(|why| End::Usage(format!("{}: {why}", path.display())))?;
    let mut found = journal::checkpoint::all(&String::from_utf8_lossy(&bytes), key);
    found.checkpoints.sort_by_key(|one| one.size);
    match found.checkpoints.pop() {
        // There too its bytes may be no text, and it is none.
        None => alone.map_err(|end| match end {
            End::Usage(why) => {
                let file = path.display().to_string();
                Refusal::own("checkpoint_not_valid", &[("file", &file), ("why", &why)]).with("sound", false).into()
            }
            other => other,
        }),
        Some(checkpoint) => {
            Ok(Known { checkpoint, others: found.checkpoints, unread: found.others, from: path.to_owned() })
        }
    }
}

/// The server's own latest checkpoint, if it left a whole one: a crash may have cut it short.
pub(super) fn latest(data: &Path, handed: Option<&str>) -> Result<Option<Known>, End> {
    let key = match (key(data, handed), handed) {
        (Ok(key), _) => key,
        // A key that was handed over is meant to be used: a wrong one is not passed over.
        (Err(wrong), Some(_)) => return Err(wrong),
        (Err(_), None) => return Ok(None),
    };
    Ok(read_checkpoint(&data.join(LATEST), &key).ok())
}

pub(crate) fn export(common: &Common, out: Option<&Path>) -> Done {
    let mut reader = open(&places::data(common)?)?;
    let head = reader.freeze().map_err(unreadable)?;
    let failed = |why: std::io::Error| End::failed(format!("the export could not be written: {why}"), PLACE);
    let mut sink: Box<dyn Write> = match out {
        Some(path) => Box::new(std::io::BufWriter::new(std::fs::File::create(path).map_err(failed)?)),
        None => Box::new(std::io::BufWriter::new(std::io::stdout().lock())),
    };
    let mut next = 0;
    while next < head.size {
        let events = reader.tail(next, PAGE).map_err(unreadable)?;
        let Some(last) = events.last() else { break };
        next = last.position.saturating_add(1);
        for event in &events {
            write_event(&mut sink, event).map_err(failed)?;
        }
    }
    sink.flush().map_err(failed)
}

/// The body stands as it was written, byte for byte, so that its link can be computed again.
fn write_event(sink: &mut dyn Write, event: &StoredEvent) -> std::io::Result<()> {
    let head = json!({
        "position": event.position,
        "stream": event.stream,
        "version": event.version,
        "tag": event.tag,
        "at": event.at,
        "link": event.link.to_string(),
    });
    let head = head.to_string();
    let open = head.strip_suffix('}').unwrap_or(&head);
    write!(sink, "{open},\"body\":")?;
    sink.write_all(&event.body)?;
    writeln!(sink, "}}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
