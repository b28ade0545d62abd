//! `portreeve dossier`: export from the data directory itself, with or without a server; verify anywhere.

use super::approval_file::visible;
use super::dossier_index::{self, Told};
use super::layout::hanging;
use super::say::{Refusal, line, value};
use super::{Common, Done, End, dossier_files, expiry, places, verify};
use ::dossier::choose::{self, Kept, NotChosen};
use ::dossier::{Choosing, Concerns, Files, Known, Subject};
use journal::{Checkpoint, SigningKey};
use kernel::event::{Event, Recorded};
use kernel::id::{ApprovalId, IncidentId, OrderId};
use kernel::incident;
use kernel::time::Timestamp;
use serde_json::json;
use service::words::names::moment;
use service::{Clock, SystemClock};
use std::path::PathBuf;
use store::StoredEvent;
use store::contract::Frozen;
use store::contract::Head;

/// Of an incident: what came before it.
const BEFORE_MS: i64 = 86_400_000;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Write what the journal holds of one order, approval, incident or period to a new directory or zip; needs no server
    Export(Export),
    /// Work everything in a dossier out anew; needs no server and no data directory
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("of").required(true).args(["order", "approval", "incident", "from"])))]
pub(crate) struct Export {
    /// Everything of this order: who asked, under which limits, who signed, what became of it
    #[arg(long, value_name = "ID", value_parser = order)]
    order: Option<OrderId>,
    /// Everything of this approval, of an order or of a change
    #[arg(long, value_name = "ID", value_parser = approval)]
    approval: Option<ApprovalId>,
    /// Every event from a day before this incident was opened until it was closed, or until now
    #[arg(long, value_name = "ID", value_parser = incident)]
    incident: Option<IncidentId>,
    /// Every event from this moment on: a day (its first moment, UTC) or an RFC 3339 instant
    #[arg(long, value_name = "WHEN", value_parser = expiry::moment, requires = "to")]
    from: Option<i64>,
    /// Up to this moment, and without it
    #[arg(long, value_name = "WHEN", value_parser = expiry::moment, requires = "from")]
    to: Option<i64>,
    /// The directory to make, or a zip where its name ends in .zip
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A signed checkpoint that was kept elsewhere: proves that the journal went on from it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The directory, or the zip
    #[arg(value_name = "DIR")]
    path: PathBuf,
    /// A signed checkpoint that was kept elsewhere
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The journal's public key as it was handed to you
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

fn order(text: &str) -> Result<OrderId, String> {
    OrderId::parse(text).map_err(|_| format!("{text:?} is not an order's id"))
}

fn approval(text: &str) -> Result<ApprovalId, String> {
    ApprovalId::parse(text).map_err(|_| format!("{text:?} is not an approval's id"))
}

fn incident(text: &str) -> Result<IncidentId, String> {
    IncidentId::parse(text).map_err(|_| format!("{text:?} is not an incident's id"))
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    match verb {
        Verb::Export(asked) => export(common, &asked),
        Verb::Verify(asked) => check(common, &asked),
    }
}

impl Export {
    fn subject(&self, reader: &mut dyn Frozen, head: Head) -> Result<Subject, End> {
        if let Some(id) = self.incident {
            return of_incident(reader, head, id);
        }
        match (self.order, self.approval, self.from, self.to) {
            (Some(id), ..) => Ok(Subject::Order(id)),
            (_, Some(id), ..) => Ok(Subject::Approval(id)),
            (.., Some(from), Some(to)) if from < to => Ok(Subject::Period { from: Timestamp(from), to: Timestamp(to) }),
            _ => Err(End::Usage("a period ends after it begins: --from WHEN --to WHEN".to_owned())),
        }
    }
}

/// What led to it is in the day before; what was done about it goes on until it is closed.
fn of_incident(reader: &mut dyn Frozen, head: Head, wanted: IncidentId) -> Result<Subject, End> {
    let (mut opened, mut closed, mut latest) = (None, None, 0);
    each(reader, head, |event| {
        match recorded(event)?.map(|one| one.event) {
            Some(Event::Incident(incident::Event::Opened(one))) if one.id == wanted => opened = Some(event.at),
            Some(Event::Incident(incident::Event::Closed { id, .. })) if id == wanted => closed = Some(event.at),
            _other => {}
        }
        latest = event.at.max(latest);
        Ok(())
    })?;
    let Some(opened) = opened else {
        return Err(Refusal::own("dossier_nothing", &[("subject", &format!("incident {wanted}"))]).into());
    };
    let until = Timestamp(closed.unwrap_or(latest)).plus_ms(1);
    Ok(Subject::Period { from: Timestamp(opened).minus_ms(BEFORE_MS), to: until })
}

/// Every event that was there at that moment.
pub(super) fn each(
    reader: &mut dyn Frozen,
    head: Head,
    mut one: impl FnMut(&StoredEvent) -> Result<(), End>,
) -> Result<(), End> {
    let mut next = 0;
    while next < head.size {
        let events = reader.tail(next, verify::PAGE).map_err(verify::unreadable)?;
        let Some(last) = events.last() else { break };
        next = last.position.saturating_add(1);
        events.iter().try_for_each(&mut one)?;
    }
    Ok(())
}

pub(super) fn recorded(event: &StoredEvent) -> Result<Option<Recorded>, End> {
    choose::read(&event.record()).map_err(not_chosen)
}

/// The first reading.
pub(super) fn learn(reader: &mut dyn Frozen, head: Head, concerns: &mut Concerns) -> Result<(), End> {
    each(reader, head, |event| {
        concerns.learn(event.position, event.at, recorded(event)?.as_ref());
        Ok(())
    })?;
    concerns.learned();
    Ok(())
}

fn not_chosen(why: NotChosen) -> End {
    match why {
        NotChosen::Broken(_) | NotChosen::Unreadable { .. } => verify::refused(&why.to_string()).into(),
        NotChosen::TooLarge | NotChosen::Earlier | NotChosen::Proof(_) => not_made(&why.to_string()),
    }
}

fn not_made(why: &str) -> End {
    Refusal::own("dossier_not_made", &[("why", why)]).into()
}

fn export(common: &Common, asked: &Export) -> Done {
    let data = places::data(common)?;
    let mut reader = verify::open(&data)?;
    let key = verify::signing_key(&data)
        .map_err(|why| End::failed(why, "Ask as the user whose data directory it is: a dossier is signed."))?;
    let earlier = asked.checkpoint.as_ref().map(|path| earlier(path, &key)).transpose()?;
    let head = reader.freeze().map_err(verify::unreadable)?;
    let subject = asked.subject(reader.as_mut(), head)?;
    let mut concerns = Concerns::new(subject);
    learn(reader.as_mut(), head, &mut concerns)?;
    if concerns.span().is_none() {
        return Err(Refusal::own("dossier_nothing", &[("subject", &subject.to_string())]).into());
    }
    let (kept, told) = choose(reader.as_mut(), head, Choosing::new(concerns, earlier))?;
    let files = files(subject, &kept, &told, &key)?;
    dossier_files::write(&asked.out, &files)?;
    let (out, approvals) = (asked.out.display().to_string(), files.keys().filter(|name| name.contains('/')).count());
    if common.json {
        value(&json!({
            "dossier": out,
            "subject": subject.to_string(),
            "events": kept.lines.len(),
            "approvals": approvals,
            "size": kept.size,
            "root": kept.root.to_string(),
            "key": key.public().vkey(),
        }));
        return Ok(());
    }
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (events, approvals) = (count(kept.lines.len(), "event"), count(approvals, "signed approval"));
    line(&format!("{out}: {events} and {approvals} of the {subject}."));
    hanging(
        "",
        "Check it anywhere: portreeve dossier verify DIR. It holds what the journal holds: no name, no secret.",
    );
    Ok(())
}

fn earlier(path: &std::path::Path, key: &SigningKey) -> Result<(Checkpoint, String), End> {
    let note = verify::note(path)?;
    let checkpoint = journal::checkpoint::open(&note, key.public()).map_err(|error| {
        let (file, why) = (path.display().to_string(), error.to_string());
        Refusal::own("checkpoint_not_valid", &[("file", &file), ("why", &why)])
    })?;
    Ok((checkpoint, note))
}

/// The second reading: what concerns the subject, and in words what each of it says.
fn choose(reader: &mut dyn Frozen, head: Head, mut choosing: Choosing) -> Result<(Kept, Vec<Told>), End> {
    let (mut states, mut told) = (dossier_index::States::default(), Vec::new());
    each(reader, head, |event| {
        let (recorded, kept) = choosing.next(&event.record()).map_err(not_chosen)?;
        // As it stood before the event: what ends in it can still be named.
        if kept {
            told.push(states.tell(event, recorded.as_ref()));
        }
        if let Some(recorded) = &recorded {
            states.apply(&event.stream, recorded);
        }
        Ok(())
    })?;
    reader.check_head().map_err(verify::unreadable)?;
    let kept = choosing.finish().map_err(not_chosen)?;
    if (kept.size, kept.root) != (head.size, head.root) {
        return Err(verify::refused("the events give another head than the one that is stated").into());
    }
    Ok((kept, told))
}

fn files(subject: Subject, kept: &Kept, told: &[Told], key: &SigningKey) -> Result<Files, End> {
    let made = |why: ::dossier::NotMade| not_made(&why.to_string());
    let chosen = kept.chosen(subject, SystemClock.now());
    let mut files = ::dossier::build(&chosen, key).map_err(made)?;
    let index = dossier_index::page(&chosen, told, &files, key.public());
    files.insert(::dossier::build::INDEX.to_owned(), index.into_bytes());
    files.insert(::dossier::build::README.to_owned(), dossier_index::README.as_bytes().to_vec());
    let files = ::dossier::seal(files, &chosen, key).map_err(made)?;
    // None leaves that would not hold for whoever is handed it.
    ::dossier::verify(&files, &Known::default()).map_err(|broken| not_made(&broken.to_string()))?;
    Ok(files)
}

fn check(common: &Common, asked: &Verify) -> Done {
    let key = asked.key.as_deref().map(verify::handed_key).transpose()?;
    let checkpoint = asked.checkpoint.as_deref().map(verify::note).transpose()?;
    let known = Known { key: key.as_ref(), checkpoint: checkpoint.as_deref() };
    let files = dossier_files::read(&asked.path)?;
    let verified = ::dossier::verify(&files, &known).map_err(|broken| {
        Refusal::own("dossier_broken", &[("what", &visible(&broken.to_string()))]).with("sound", false)
    })?;
    let (contents, vkey) = (&verified.contents, verified.key.vkey());
    if common.json {
        value(&json!({
            "sound": true,
            "subject": contents.subject.to_string(),
            "events": contents.events,
            "approvals": verified.approvals.iter().map(|one| one.id).collect::<Vec<_>>(),
            "size": verified.checkpoint.size,
            "root": verified.checkpoint.root.to_string(),
            "earlier": verified.earlier,
            "key": vkey,
            "key_compared": key.is_some(),
            "checkpoint_compared": checkpoint.is_some(),
        }));
        return Ok(());
    }
    line(&format!("The dossier of the {} is sound.", contents.subject));
    let size = verified.checkpoint.size;
    hanging(
        "- ",
        &format!(
            "Its {} events stand unaltered in a journal of {size}, at the root that its checkpoint signs.",
            contents.events
        ),
    );
    for one in &verified.approvals {
        let first = visible(one.shown.display.lines().next().unwrap_or_default());
        hanging("- ", &format!("{}: signed by {} at {}: {first}", one.id, one.signed.by, moment(one.signed.at)));
    }
    if let Some(size) = verified.earlier {
        hanging("- ", &format!("The journal begins with the {size} events of the earlier checkpoint."));
    }
    hanging("- ", "index.html and README.txt are a reading aid: unaltered since the export, and no proof.");
    match (key.is_some(), checkpoint.is_some()) {
        (true, true) => line("Key and checkpoint are those that you keep."),
        (true, false) => hanging(
            "",
            "The key is the one you were handed. No checkpoint of yours was compared: whoever holds the key could have rewritten the journal before the export.",
        ),
        (false, _) => hanging("", &format!("Compare the key with one that you were handed, or say --key: {vkey}")),
    }
    Ok(())
}
