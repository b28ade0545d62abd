//! C2SP checkpoints: the signed head of the log, to be kept where the log's owner cannot reach.

use crate::{Hash, NoteError, PublicKey, SigningKey, base64, note};

/// Size and root of a log at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the name of the key that signs it.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

/// Why a checkpoint is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("the checkpoint is of another log than its key")]
    Origin,
    #[error("a checkpoint is three lines: origin, size, root")]
    Lines,
    #[error("the size is not a plain decimal number")]
    Size,
    #[error("the root is not the base64 of 32 bytes")]
    Root,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base64::encode(&self.root.0))
    }

    /// Reads the text of a note. Extension lines are refused: nothing of ours writes them.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        if origin.is_empty() {
            return Err(CheckpointError::Lines);
        }
        let plain = size.bytes().all(|digit| digit.is_ascii_digit());
        if !plain || (size.len() > 1 && size.starts_with('0')) {
            return Err(CheckpointError::Size);
        }
        let size = size.parse().map_err(|_| CheckpointError::Size)?;
        let root = base64::decode(root).and_then(|bytes| Hash::from_slice(&bytes)).ok_or(CheckpointError::Root)?;
        Ok(Checkpoint { origin: origin.to_owned(), size, root })
    }
}

impl SigningKey {
    /// The checkpoint of this key's log at `size`.
    pub fn checkpoint(&self, size: u64, root: Hash) -> Checkpoint {
        Checkpoint { origin: self.public().name().to_owned(), size, root }
    }

    /// The signed note. A checkpoint of another log is refused.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<String, CheckpointError> {
        if checkpoint.origin != self.public().name() {
            return Err(CheckpointError::Origin);
        }
        Ok(self.sign_note(&checkpoint.text())?)
    }
}

/// The checkpoint in a note that `key` signed, and only if it is about that key's log.
pub fn open(note: &str, key: &PublicKey) -> Result<Checkpoint, CheckpointError> {
    let checkpoint = Checkpoint::parse(note::open(note, key)?)?;
    if checkpoint.origin != key.name() {
        return Err(CheckpointError::Origin);
    }
    Ok(checkpoint)
}

/// What a text holds of signed checkpoints: a file that each is added to, or the text of a letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Signed by the key, in the order in which they stand.
    pub checkpoints: Vec<Checkpoint>,
    /// The line, counted from 1, at which each of them begins.
    pub lines: Vec<usize>,
    /// Lines that speak of a checkpoint where none of this key is: altered, cut short, or another log's.
    pub others: Vec<usize>,
}

/// What a record of a file that each is added to begins with, is a moment and this.
const HEAD: &str = " events";

/// Every checkpoint of `key` in a text, whatever stands between them; line ends may have become those of mail.
pub fn all(text: &str, key: &PublicKey) -> Found {
    let lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches('\r')).collect();
    let (mut found, mut good) = (Found::default(), Vec::new());
    let mut next = 0_usize;
    while next < lines.len() {
        let signatures = next;
        while lines.get(next).is_some_and(|line| line.starts_with(note::DASH)) {
            next = next.saturating_add(1);
        }
        if next == signatures {
            next = next.saturating_add(1);
            continue;
        }
        let first = signatures.checked_sub(4);
        let stated = first.and_then(|first| lines.get(first..signatures));
        let signed = lines.get(signatures..next).unwrap_or_default().join("\n");
        let opened = match stated {
            Some([origin, size, root, ""]) => open(&format!("{origin}\n{size}\n{root}\n\n{signed}\n"), key).ok(),
            _ => None,
        };
        match (opened, first) {
            (Some(checkpoint), Some(first)) => {
                found.checkpoints.push(checkpoint);
                found.lines.push(first.saturating_add(1));
                good.push(first);
            }
            _ => found.others.push(signatures.saturating_add(1)),
        }
    }
    let alone = |at: &usize| good.binary_search(&at.saturating_add(1)).is_err();
    let heads = lines.iter().enumerate().filter(|(_, line)| is_head(line)).map(|(at, _)| at);
    found.others.extend(heads.filter(alone).map(|at| at.saturating_add(1)));
    found.others.sort_unstable();
    found
}

fn is_head(line: &str) -> bool {
    let words = line.strip_suffix(HEAD).and_then(|rest| rest.split_once(' '));
    words.is_some_and(|(at, size)| at.ends_with('Z') && size.bytes().all(|digit| digit.is_ascii_digit()))
}
