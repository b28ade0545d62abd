//! Choose: the second reading of a journal: every link is checked, what concerns the subject is kept and proved.

use crate::build::{MAX_BYTES, MAX_EVENTS};
use crate::line::{self, BadLine};
use crate::{Chosen, Concerns, Earlier, Line, Subject};
use journal::proof::ProofError;
use journal::{Checkpoint, Hash, Prover, Record, Verifier, link, tree};
use kernel::event::Recorded;
use kernel::time::Timestamp;
use std::collections::HashMap;

/// Why a journal gives no dossier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChosen {
    #[error(transparent)]
    Broken(#[from] journal::Broken),
    #[error("event {position}: {why}")]
    Unreadable { position: u64, why: BadLine },
    #[error("it would be larger than {MAX_EVENTS} events or {MAX_BYTES} bytes: ask for a shorter period")]
    TooLarge,
    #[error("the journal does not begin with the earlier checkpoint")]
    Earlier,
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// The journal as it is read the second time, from its first event on.
#[derive(Debug)]
pub struct Choosing {
    concerns: Concerns,
    verifier: Verifier,
    prover: Prover,
    streams: HashMap<String, Hash>,
    lines: Vec<(Line, Option<Recorded>)>,
    bytes: usize,
    earlier: Option<(Checkpoint, String)>,
}

/// What was kept, and how large the journal is.
#[derive(Clone, Debug)]
pub struct Kept {
    pub lines: Vec<(Line, Option<Recorded>)>,
    pub size: u64,
    pub root: Hash,
    pub earlier: Option<Earlier>,
}

/// What an event says, for the first reading.
pub fn read(record: &Record<'_>) -> Result<Option<Recorded>, NotChosen> {
    let unreadable = |why| NotChosen::Unreadable { position: record.position, why };
    let body = core::str::from_utf8(record.body).map_err(|_| unreadable(BadLine::NotExact))?;
    line::recorded(record.stream, record.tag, record.at, body).map_err(unreadable)
}

impl Choosing {
    /// `earlier` is a checkpoint of this journal that was kept, with its note.
    pub fn new(concerns: Concerns, earlier: Option<(Checkpoint, String)>) -> Self {
        let sizes: Vec<u64> = earlier.iter().map(|(checkpoint, _)| checkpoint.size).collect();
        Self {
            concerns,
            verifier: Verifier::watching(&sizes),
            prover: Prover::new(),
            streams: HashMap::new(),
            lines: Vec::new(),
            bytes: 0,
            earlier,
        }
    }

    /// The next event; what it says, and whether it was kept.
    pub fn next(&mut self, record: &Record<'_>) -> Result<(Option<Recorded>, bool), NotChosen> {
        self.verifier.record(record)?;
        let recorded = read(record)?;
        let prev = self.streams.get(record.stream).copied().unwrap_or(link::GENESIS);
        self.streams.insert(record.stream.to_owned(), record.link);
        let kept = self.concerns.concerns(record.position, recorded.as_ref());
        let ends_earlier = self.earlier.as_ref().is_some_and(|(one, _)| one.size == record.position.saturating_add(1));
        self.prover.push(tree::leaf(&record.link), kept || ends_earlier);
        if kept {
            self.bytes = self.bytes.saturating_add(record.body.len());
            if self.lines.len() >= MAX_EVENTS || self.bytes > MAX_BYTES {
                return Err(NotChosen::TooLarge);
            }
            self.lines.push((of(record, &prev), recorded.clone()));
        }
        Ok((recorded, kept))
    }

    /// The journal ends here.
    pub fn finish(self) -> Result<Kept, NotChosen> {
        let (proofs, mut lines) = (self.prover.finish(), self.lines);
        for (line, _) in &mut lines {
            line.proof = proofs.inclusion(line.position)?.iter().map(Hash::to_string).collect();
        }
        let verified = self.verifier.finish();
        let earlier = match self.earlier {
            None => None,
            Some((checkpoint, note)) => {
                verified.compare(&checkpoint).map_err(|_| NotChosen::Earlier)?;
                Some(Earlier { note, proof: proofs.consistency(checkpoint.size)? })
            }
        };
        Ok(Kept { lines, size: proofs.size, root: proofs.root, earlier })
    }
}

impl Kept {
    pub fn chosen(&self, subject: Subject, exported_at: Timestamp) -> Chosen<'_> {
        let (size, root, earlier) = (self.size, self.root, self.earlier.clone());
        Chosen { subject, exported_at, size, root, lines: &self.lines, earlier }
    }
}

/// Its proof comes when the tree is whole.
fn of(record: &Record<'_>, prev: &Hash) -> Line {
    Line {
        at: record.at,
        // Canonical, so UTF-8: the verifier has looked.
        body: String::from_utf8_lossy(record.body).into_owned(),
        link: record.link.to_string(),
        position: record.position,
        prev: prev.to_string(),
        proof: Vec::new(),
        stream: record.stream.to_owned(),
        tag: record.tag.to_owned(),
        version: record.version,
    }
}
