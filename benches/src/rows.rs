//! Rows: every event of a journal in SQLite, in order, as a start reads them.

use std::path::Path;
use store::{Head, SqliteReader, StoredEvent};

const PAGE: usize = 1_000;

/// Returns the head that the journal states.
pub fn pages(path: &Path, mut each: impl FnMut(StoredEvent)) -> Head {
    let mut reader = SqliteReader::open(path).unwrap();
    let head = reader.freeze().unwrap();
    let mut next = 0;
    loop {
        let events = reader.tail(next, PAGE).unwrap();
        let Some(last) = events.last() else { return head };
        next = last.position + 1;
        events.into_iter().for_each(&mut each);
    }
}
