//! The last checkpoint of a data directory, which the journal has to begin with before anything is served on it.
//!
//! Whoever can write the journal, and not the data directory, could take its end away and count the rest anew.

use journal::{Checkpoint, Frontier, Hash, PublicKey, tree};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use store::{Store, StoreError};

/// Where a running server leaves it.
pub const LATEST: &str = "checkpoint";
/// Events that are read at once.
const PAGE: usize = 1_000;

/// Why this is not the journal that was here.
#[derive(Debug, thiserror::Error)]
pub enum NotIt {
    #[error(
        "the journal of this data directory is not here: there is no {file}, and {checkpoint} says that there was one"
    )]
    Gone { file: String, checkpoint: String },
    #[error("the end of the journal is missing: it has {found} events, and {checkpoint} states {stated}")]
    Short { found: u64, stated: u64, checkpoint: String },
    #[error("the first {stated} events of the journal are not those that {checkpoint} states")]
    Other { stated: u64, checkpoint: String },
    #[error("{checkpoint}: {why}")]
    Unread { checkpoint: String, why: String },
    #[error("{0}")]
    Store(#[from] StoreError),
}

fn at(data: &Path) -> (PathBuf, String) {
    let path = data.join(LATEST);
    let shown = path.display().to_string();
    (path, shown)
}

/// Where there was a journal, a new one is not begun: it would have the old one's keys, and none of its kill switches
/// and limits.
pub fn may_begin(data: &Path, file: &Path) -> Result<(), NotIt> {
    let (path, checkpoint) = at(data);
    if file.exists() || !path.exists() {
        return Ok(());
    }
    Err(NotIt::Gone { file: file.display().to_string(), checkpoint })
}

/// What the last one states; none where there is none that this key has signed.
pub fn latest(data: &Path, key: &PublicKey) -> Result<Option<Checkpoint>, NotIt> {
    let (path, checkpoint) = at(data);
    let note = match std::fs::read_to_string(&path) {
        Ok(note) => note,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(NotIt::Unread { checkpoint, why: why.to_string() }),
    };
    match journal::checkpoint::open(&note, key) {
        Ok(known) => Ok(Some(known)),
        // Cut short by a crash, or of another key: nobody who can write the journal only can have made it so.
        Err(why) => {
            tracing::warn!(%checkpoint, %why, "the journal is not compared with its last checkpoint");
            Ok(None)
        }
    }
}

/// Whether the journal begins with what the last checkpoint states.
pub fn compare(data: &Path, key: &PublicKey, store: &mut dyn Store) -> Result<(), NotIt> {
    let Some(known) = latest(data, key)? else { return Ok(()) };
    let ((_, checkpoint), stated) = (at(data), known.size);
    let head = store.head()?;
    if head.size < stated {
        return Err(NotIt::Short { found: head.size, stated, checkpoint });
    }
    let root = if head.size == stated { head.root } else { root_at(store, stated)? };
    if root == known.root { Ok(()) } else { Err(NotIt::Other { stated, checkpoint }) }
}

fn root_at(store: &mut dyn Store, size: u64) -> Result<Hash, StoreError> {
    let mut frontier = Frontier::new();
    while let left @ 1.. = size.saturating_sub(frontier.size()) {
        let events = store.tail(frontier.size(), usize::try_from(left).map_or(PAGE, |left| left.min(PAGE)))?;
        if events.is_empty() {
            break;
        }
        events.iter().for_each(|event| frontier.push(tree::leaf(&event.link)));
    }
    Ok(frontier.root())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::journal_place::write_whole;
    use journal::SigningKey;
    use store::{Append, MemoryStore, NewEvent};

    fn of(bodies: std::ops::Range<u64>, last: &str) -> MemoryStore {
        let mut store = MemoryStore::new();
        let bodies = bodies.map(|n| n.to_string()).chain([last.to_owned()]);
        for (n, body) in bodies.enumerate() {
            let event = NewEvent { tag: "t".to_owned(), at: 0, body: body.into_bytes() };
            let (id, stream) = ((n as u128).to_be_bytes(), format!("s{n}"));
            let append = Append { id, stream, events: vec![event], ..Append::default() };
            store.append(&[append]).unwrap()[0].clone().unwrap();
        }
        store
    }

    #[test]
    fn a_journal_that_does_not_begin_with_the_last_checkpoint_is_told_from_one_that_has_grown() {
        let data = std::env::temp_dir().join(format!("portreeve-last-{}", std::process::id()));
        std::fs::create_dir_all(&data).unwrap();
        let key = SigningKey::generate("a.test/log", [7; 32]).unwrap();
        let mut whole = of(0..1_200, "1");
        assert!(compare(&data, key.public(), &mut whole).is_ok(), "there is none yet");
        let head = whole.head().unwrap();
        write_whole(&data, LATEST, key.sign(&key.checkpoint(head.size, head.root)).unwrap().as_bytes()).unwrap();
        assert!(compare(&data, key.public(), &mut whole).is_ok());
        let next = NewEvent { tag: "t".to_owned(), at: 0, body: b"2".to_vec() };
        let grown = Append { id: [255; 16], stream: "more".to_owned(), events: vec![next], ..Append::default() };
        whole.append(&[grown]).unwrap()[0].clone().unwrap();
        assert!(compare(&data, key.public(), &mut whole).is_ok());
        let cut = compare(&data, key.public(), &mut of(0..1_199, "1"));
        assert!(matches!(cut, Err(NotIt::Short { found: 1_200, stated: 1_201, .. })), "{cut:?}");
        // As long, or longer, and another.
        for other in [of(0..1_200, "2"), of(1..1_300, "1")] {
            let found = compare(&data, key.public(), &mut { other });
            assert!(matches!(found, Err(NotIt::Other { stated: 1_201, .. })), "{found:?}");
        }
        let stranger = SigningKey::generate("a.test/log", [8; 32]).unwrap();
        assert!(
            compare(&data, stranger.public(), &mut of(0..1, "1")).is_ok(),
            "what another key has signed says nothing"
        );
        assert!(matches!(may_begin(&data, &data.join("portreeve.db")), Err(NotIt::Gone { .. })));
        std::fs::remove_file(data.join(LATEST)).unwrap();
        assert!(may_begin(&data, &data.join("portreeve.db")).is_ok());
        std::fs::remove_dir_all(&data).unwrap();
    }
}
