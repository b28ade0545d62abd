//! Verify: everything in a dossier worked out anew, from its bytes alone.

use crate::approval::{ApprovalFile, NotValid};
use crate::build::{self, CHECKPOINT, CONSISTENCY, EARLIER, EVENTS, INDEX, KEY, MAX_EVENTS, README};
use crate::contents::{self, BadContents, Contents};
use crate::line::{BadLine, Line};
use crate::{Concerns, Files, Subject, Ungathered, approval_file, signed_ones};
use journal::proof::{self, ProofError};
use journal::{Checkpoint, CheckpointError, Hash, NoteError, PublicKey, checkpoint};
use kernel::digest::Digest;
use kernel::event::Recorded;
use kernel::id::ApprovalId;
use std::collections::{BTreeMap, BTreeSet};

/// What whoever verifies knows from elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The journal's public key, as it was handed over.
    pub key: Option<&'a PublicKey>,
    /// A signed checkpoint that was kept.
    pub checkpoint: Option<&'a str>,
}

/// A dossier that holds.
#[derive(Clone, Debug)]
pub struct Verified {
    pub contents: Contents,
    pub key: PublicKey,
    pub checkpoint: Checkpoint,
    /// The size of the earlier checkpoint that the journal begins with.
    pub earlier: Option<u64>,
    pub approvals: Vec<ApprovalFile>,
}

/// The first thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("there is no {0} in it")]
    Missing(String),
    #[error("{0} is in it and not on its signed list of contents")]
    Unlisted(String),
    #[error("{0} is not the file that was exported")]
    Changed(String),
    #[error("{0} is not text")]
    NotText(&'static str),
    #[error("the journal's public key: {0}")]
    Key(NoteError),
    #[error("the journal's public key is not the one that you were handed")]
    OtherKey,
    #[error(transparent)]
    Contents(#[from] BadContents),
    #[error("{0}: {1}")]
    Checkpoint(&'static str, CheckpointError),
    #[error("the journal does not begin with the earlier checkpoint: {0}")]
    Consistency(String),
    #[error("the checkpoint that you keep is neither the dossier's own nor the earlier one in it")]
    OtherCheckpoint,
    #[error("events.jsonl has another number of lines than its list of contents says")]
    Count,
    #[error("line {line} of events.jsonl: {why}")]
    Line { line: usize, why: BadLine },
    #[error("line {line} of events.jsonl does not concern the {subject}")]
    Foreign { line: usize, subject: Subject },
    #[error("it holds nothing of the {0}")]
    Nothing(Subject),
    #[error("event {0} lies in the period and is not in it")]
    Gap(u64),
    #[error("{file}: {why}")]
    Approval { file: String, why: NotValid },
    #[error("approval {id}: {why}")]
    Ungathered { id: ApprovalId, why: Ungathered },
    #[error("{0} is not what the events say")]
    NotOfEvents(String),
}

/// Checks all of it.
pub fn verify(files: &Files, known: &Known<'_>) -> Result<Verified, Broken> {
    let key = key(files, known)?;
    let contents = Contents::open(text(files, contents::NAME)?, &key)?;
    let named = |name: &'static str| {
        checkpoint::open(text(files, name)?, &key).map_err(|error| Broken::Checkpoint(name, error))
    };
    let checkpoint = named(CHECKPOINT)?;
    listed(files, &contents)?;
    let earlier = match files.contains_key(EARLIER) || files.contains_key(CONSISTENCY) {
        true => Some(named(EARLIER)?),
        false => None,
    };
    if let Some(earlier) = &earlier {
        consistent(files, earlier, &checkpoint)?;
    }
    if let Some(kept) = known.checkpoint {
        let kept =
            checkpoint::open(kept, &key).map_err(|error| Broken::Checkpoint("the checkpoint you keep", error))?;
        if kept != checkpoint && Some(&kept) != earlier.as_ref() {
            return Err(Broken::OtherCheckpoint);
        }
    }
    let recorded = events(files, &contents, &checkpoint)?;
    concerned(contents.subject, &recorded)?;
    let approvals = approvals(files, &recorded)?;
    Ok(Verified { contents, key, checkpoint, earlier: earlier.map(|one| one.size), approvals })
}

fn bytes<'a>(files: &'a Files, name: &str) -> Result<&'a [u8], Broken> {
    files.get(name).map(Vec::as_slice).ok_or_else(|| Broken::Missing(name.to_owned()))
}

fn text<'a>(files: &'a Files, name: &'static str) -> Result<&'a str, Broken> {
    core::str::from_utf8(bytes(files, name)?).map_err(|_| Broken::NotText(name))
}

fn key(files: &Files, known: &Known<'_>) -> Result<PublicKey, Broken> {
    let line = text(files, KEY)?;
    let key = PublicKey::from_vkey(line.strip_suffix('\n').unwrap_or(line)).map_err(Broken::Key)?;
    // One spelling of it, and a newline.
    if format!("{}\n", key.vkey()) != line {
        return Err(Broken::Key(NoteError::BadKey("not one line")));
    }
    if known.key.is_some_and(|handed| *handed != key) { Err(Broken::OtherKey) } else { Ok(key) }
}

/// Each file is on the list as it is, and each on the list is there.
fn listed(files: &Files, contents: &Contents) -> Result<(), Broken> {
    let list: BTreeMap<&str, &Digest> = contents.files.iter().map(|(sha256, name)| (name.as_str(), sha256)).collect();
    for (name, bytes) in files.iter().filter(|(name, _)| *name != contents::NAME) {
        match list.get(name.as_str()) {
            None => return Err(Broken::Unlisted(name.clone())),
            Some(sha256) if **sha256 != Digest::plain(bytes) => return Err(Broken::Changed(name.clone())),
            Some(_) => {}
        }
    }
    let absent = list.keys().chain([&INDEX, &README]).find(|name| !files.contains_key(**name));
    absent.map_or(Ok(()), |name| Err(Broken::Missing((*name).to_owned())))
}

fn consistent(files: &Files, earlier: &Checkpoint, now: &Checkpoint) -> Result<(), Broken> {
    let bad = |why: String| Broken::Consistency(why);
    let lines = text(files, CONSISTENCY)?;
    let whole = lines.is_empty() || lines.ends_with('\n');
    let hashes = lines.lines().take(proof::MAX_PROOF + 1).map(|line| line.parse::<Hash>());
    let hashes = hashes.collect::<Result<Vec<_>, _>>().map_err(|error| bad(error.to_string()))?;
    if !whole || lines.contains('\r') {
        return Err(bad("not one hash a line".to_owned()));
    }
    let holds = proof::verify_consistency(earlier.size, &earlier.root, now.size, &now.root, &hashes);
    holds.map_err(|error: ProofError| bad(error.to_string()))
}

/// Every line, in the order of the journal.
fn events(
    files: &Files,
    contents: &Contents,
    checkpoint: &Checkpoint,
) -> Result<Vec<(u64, Line, Option<Recorded>)>, Broken> {
    let all = bytes(files, EVENTS)?;
    let lines = all.strip_suffix(b"\n").ok_or(Broken::Count)?;
    let mut streams: BTreeMap<String, (u64, Hash)> = BTreeMap::new();
    let mut found: Vec<(u64, Line, Option<Recorded>)> = Vec::new();
    for (bytes, number) in lines.split(|byte| *byte == b'\n').zip(1..) {
        let at = |why| Broken::Line { line: number, why };
        if number > MAX_EVENTS {
            return Err(Broken::Count);
        }
        let line = Line::parse(bytes).map_err(at)?;
        if found.last().is_some_and(|(position, _, _)| *position >= line.position) {
            return Err(at(BadLine::Order));
        }
        let link = line.check(streams.get(&line.stream), checkpoint).map_err(at)?;
        streams.insert(line.stream.clone(), (line.version, link));
        let recorded = line.recorded().map_err(at)?;
        found.push((line.position, line, recorded));
    }
    if found.len() as u64 == contents.events { Ok(found) } else { Err(Broken::Count) }
}

/// The events are those of the subject: none besides, and of a period none left out.
fn concerned(subject: Subject, events: &[(u64, Line, Option<Recorded>)]) -> Result<(), Broken> {
    let mut concerns = Concerns::new(subject);
    for (position, line, recorded) in events {
        concerns.learn(*position, line.at, recorded.as_ref());
    }
    concerns.learned();
    let (first, last) = concerns.span().ok_or(Broken::Nothing(subject))?;
    for (number, (position, _, recorded)) in events.iter().enumerate() {
        if !concerns.concerns(*position, recorded.as_ref()) {
            return Err(Broken::Foreign { line: number + 1, subject });
        }
    }
    if matches!(subject, Subject::Period { .. }) {
        let mut next = first;
        for (position, _, _) in events.iter().filter(|(position, _, _)| (first..=last).contains(position)) {
            if *position != next {
                return Err(Broken::Gap(next));
            }
            next = next.saturating_add(1);
        }
    }
    Ok(())
}

/// Each signed approval has its file, each file holds by itself and is what the events say.
fn approvals(files: &Files, events: &[(u64, Line, Option<Recorded>)]) -> Result<Vec<ApprovalFile>, Broken> {
    let recorded = || events.iter().filter_map(|(_, _, recorded)| recorded.as_ref());
    let signed = signed_ones(recorded());
    let names: BTreeSet<String> = signed.iter().map(|id| build::name_of(*id)).collect();
    let theirs = |name: &&String| name.contains('/') && !names.contains(*name);
    if let Some(name) = files.keys().find(theirs) {
        return Err(Broken::NotOfEvents(name.clone()));
    }
    let mut approvals = Vec::new();
    for id in signed {
        let file = build::name_of(id);
        let approval = ApprovalFile::parse(bytes(files, &file)?);
        let approval = approval.and_then(|approval| approval.check().map(|()| approval));
        let approval = approval.map_err(|why| Broken::Approval { file: file.clone(), why })?;
        let gathered = approval_file(id, recorded()).map_err(|why| Broken::Ungathered { id, why })?;
        if gathered != approval {
            return Err(Broken::NotOfEvents(file));
        }
        approvals.push(approval);
    }
    Ok(approvals)
}
