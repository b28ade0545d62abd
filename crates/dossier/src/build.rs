//! Build: the files of a dossier, from the events that were chosen and the tree they stand in.

use crate::approval::NotValid;
use crate::contents::{self, Contents};
use crate::{Files, Line, Subject, Ungathered, approval_file, signed_ones};
use journal::canonical::CanonicalError;
use journal::{CheckpointError, Hash, NoteError, SigningKey};
use kernel::event::Recorded;
use kernel::id::ApprovalId;
use kernel::time::Timestamp;

/// Most events of one dossier; a longer period is several dossiers.
pub const MAX_EVENTS: usize = 100_000;
/// Most signed approvals: each is a line of the signed list of contents.
pub const MAX_APPROVALS: usize = 1_000;
/// Longest `events.jsonl`.
pub const MAX_BYTES: usize = 256 << 20;

pub const CHECKPOINT: &str = "checkpoint";
pub const KEY: &str = "journal.vkey";
pub const EVENTS: &str = "events.jsonl";
pub const EARLIER: &str = "earlier-checkpoint";
pub const CONSISTENCY: &str = "consistency";
pub const INDEX: &str = "index.html";
pub const README: &str = "README.txt";

/// A checkpoint that was kept elsewhere, with the proof that this journal begins with it.
#[derive(Clone, Debug)]
pub struct Earlier {
    pub note: String,
    pub proof: Vec<Hash>,
}

/// Everything but the reading aids.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    pub subject: Subject,
    pub exported_at: Timestamp,
    /// Of the whole journal.
    pub size: u64,
    pub root: Hash,
    /// In the order of the journal, with what each says where it is ours.
    pub lines: &'a [(Line, Option<Recorded>)],
    pub earlier: Option<Earlier>,
}

/// Why no dossier was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    #[error("it would be larger than {MAX_EVENTS} events, {MAX_APPROVALS} approvals or {MAX_BYTES} bytes")]
    TooLarge,
    #[error("approval {id}: {why}")]
    Approval { id: ApprovalId, why: Ungathered },
    #[error("approval {id}: {why}")]
    NotValid { id: ApprovalId, why: NotValid },
    #[error("an event cannot be written: {0}")]
    Event(#[from] CanonicalError),
    #[error("it cannot be signed: {0}")]
    Note(#[from] NoteError),
    #[error("it cannot be signed: {0}")]
    Checkpoint(#[from] CheckpointError),
}

/// The file of an approval in a dossier.
pub fn name_of(id: ApprovalId) -> String {
    format!("approvals/{id}.json")
}

/// All files of a dossier but the list of contents, which comes last: `seal`.
pub fn build(chosen: &Chosen<'_>, key: &SigningKey) -> Result<Files, NotMade> {
    let mut files = Files::new();
    files.insert(KEY.to_owned(), format!("{}\n", key.public().vkey()).into_bytes());
    files.insert(CHECKPOINT.to_owned(), key.sign(&key.checkpoint(chosen.size, chosen.root))?.into_bytes());
    if let Some(earlier) = &chosen.earlier {
        files.insert(EARLIER.to_owned(), earlier.note.clone().into_bytes());
        let proof: String = earlier.proof.iter().map(|hash| format!("{hash}\n")).collect();
        files.insert(CONSISTENCY.to_owned(), proof.into_bytes());
    }
    let mut events = Vec::new();
    for (line, _) in chosen.lines {
        events.extend(line.text()?);
        if events.len() > MAX_BYTES {
            return Err(NotMade::TooLarge);
        }
    }
    files.insert(EVENTS.to_owned(), events);
    let recorded = || chosen.lines.iter().filter_map(|(_, recorded)| recorded.as_ref());
    let signed = signed_ones(recorded());
    if signed.len() > MAX_APPROVALS || chosen.lines.len() > MAX_EVENTS {
        return Err(NotMade::TooLarge);
    }
    for id in signed {
        let file = approval_file(id, recorded()).map_err(|why| NotMade::Approval { id, why })?;
        let text = file.check().and_then(|()| file.text()).map_err(|why| NotMade::NotValid { id, why })?;
        files.insert(name_of(id), text.into_bytes());
    }
    Ok(files)
}

/// Signs the list of all files: from here on none is added, changed or taken out unseen.
pub fn seal(mut files: Files, chosen: &Chosen<'_>, key: &SigningKey) -> Result<Files, NotMade> {
    let events = chosen.lines.len() as u64;
    let contents = Contents::of(key.public().name(), chosen.subject, chosen.exported_at, events, &files);
    files.insert(contents::NAME.to_owned(), contents.sign(key)?.into_bytes());
    Ok(files)
}
