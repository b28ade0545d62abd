//! Contents: the signed list of what a dossier holds, so that nothing is added to it or taken out unseen.

use crate::{Files, Subject};
use journal::{NoteError, PublicKey, SigningKey, note};
use kernel::digest::Digest;
use kernel::time::Timestamp;

/// The first line: no checkpoint begins so, and no other note of the key can be taken for this one.
pub const FORMAT: &str = "portreeve/dossier/v1";
/// The file that holds it.
pub const NAME: &str = "contents";
const MOST_NAME: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Whose journal: the name of its key.
    pub origin: String,
    pub subject: Subject,
    pub exported_at: Timestamp,
    pub events: u64,
    /// SHA-256 and name, by name.
    pub files: Vec<(Digest, String)>,
}

/// Why the list of contents is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadContents {
    #[error("the list of contents: {0}")]
    Note(#[from] NoteError),
    #[error("the list of contents is not a {FORMAT}")]
    Format,
    #[error("the list of contents is of another journal than its key")]
    Origin,
    #[error("line {0} of the list of contents cannot be read")]
    Line(usize),
}

impl Contents {
    /// Of all the files that are there.
    pub fn of(origin: &str, subject: Subject, exported_at: Timestamp, events: u64, files: &Files) -> Self {
        let files = files.iter().map(|(name, bytes)| (Digest::plain(bytes), name.clone())).collect();
        Self { origin: origin.to_owned(), subject, exported_at, events, files }
    }

    pub fn text(&self) -> String {
        let mut text = format!("{FORMAT}\n{}\n{}\n", self.origin, self.subject);
        text.push_str(&format!("exported {}\nevents {}\n", self.exported_at.0, self.events));
        self.files.iter().for_each(|(sha256, name)| text.push_str(&format!("{sha256}  {name}\n")));
        text
    }

    pub fn sign(&self, key: &SigningKey) -> Result<String, NoteError> {
        key.sign_note(&self.text())
    }

    pub fn open(text: &str, key: &PublicKey) -> Result<Self, BadContents> {
        let note = text;
        let text = note::open(note, key)?;
        // The key's own signature and no other line: nothing of this file may change unseen.
        if note.strip_prefix(text).map(|rest| rest.matches('\n').count()) != Some(2) {
            return Err(BadContents::Format);
        }
        let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
        let (head, list) = lines.split_at_checked(5).ok_or(BadContents::Format)?;
        let [format, origin, subject, exported, events] = head else { return Err(BadContents::Format) };
        if *format != FORMAT {
            return Err(BadContents::Format);
        }
        if *origin != key.name() {
            return Err(BadContents::Origin);
        }
        let contents = Self {
            origin: (*origin).to_owned(),
            subject: Subject::parse(subject).ok_or(BadContents::Line(3))?,
            exported_at: number(exported, "exported ").map(Timestamp).ok_or(BadContents::Line(4))?,
            events: number(events, "events ").ok_or(BadContents::Line(5))?,
            files: list
                .iter()
                .zip(6..)
                .map(|(line, number)| file(line).ok_or(BadContents::Line(number)))
                .collect::<Result<_, _>>()?,
        };
        // One spelling: what was read is what would be written, and each file once, in order.
        let ordered = contents.files.iter().zip(contents.files.iter().skip(1)).all(|((_, one), (_, next))| one < next);
        if ordered && contents.text() == text { Ok(contents) } else { Err(BadContents::Format) }
    }
}

fn number<T: std::str::FromStr>(line: &str, name: &str) -> Option<T> {
    line.strip_prefix(name)?.parse().ok()
}

fn file(line: &str) -> Option<(Digest, String)> {
    let (sha256, name) = line.split_once("  ")?;
    let sha256: Digest = serde_json::from_value(sha256.into()).ok()?;
    is_plain(name).then(|| (sha256, name.to_owned()))
}

/// A name that leads nowhere else: at most one folder, no dot at the start of either part.
pub fn is_plain(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    name.len() <= MOST_NAME && name.split('/').count() <= 2 && name.split('/').all(part)
}
