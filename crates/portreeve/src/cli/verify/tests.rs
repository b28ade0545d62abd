//! What was altered in a journal's file, byte by byte: found, and where.

use super::*;
use store::{Append, NewEvent, SqliteReader, SqliteStore, Store};

const BODY: &str = "{\"actor\":\"house\",\"at\":1790000000123,\
    \"correlation\":\"cor_01m3250v3v0000000000000000\",\"event\":{\"customer\":{\"opened\":\
    {\"id\":\"cus_01m3250v3v0000000000000001\",\"name\":\"demo\"}}},\"v\":1}";

/// A journal whose links and head are those of these bodies, as a forger with the store's own code has it.
fn walked(name: &str, stream: &str, bodies: [&str; 2]) -> Result<u64, Box<Refusal>> {
    let directory = std::env::temp_dir().join(format!("portreeve-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("portreeve.db");
    let mut store = SqliteStore::open(&path).unwrap();
    let event = |body: &str| NewEvent {
        tag: "customer.opened".to_owned(),
        at: 1_790_000_000_123,
        body: body.as_bytes().to_vec(),
    };
    let events = bodies.map(event).to_vec();
    let append = Append { id: [1; 16], stream: stream.to_owned(), expected: 0, events, ..Append::default() };
    store.append(&[append]).unwrap().remove(0).unwrap();
    drop(store);
    let walked = walk(&mut SqliteReader::open(&path).unwrap(), None);
    std::fs::remove_dir_all(&directory).unwrap();
    match walked {
        Ok(verified) => Ok(verified.size),
        Err(End::Refused(refusal)) => Err(refusal),
        Err(_) => panic!("neither sound nor refused"),
    }
}

#[test]
fn an_event_that_says_more_is_found_although_its_links_are_right() {
    let more = BODY.replace("\"v\":1}", "\"v\":1,\"zzz\":1}");
    let refusal = walked("says-more", "customer/1", [BODY, &more]).unwrap_err();
    assert_eq!(refusal.code, "journal_broken");
    let place = ["position", "stream", "version"].map(|name| refusal.facts.get(name).cloned());
    assert_eq!(place, [Some(json!(1)), Some(json!("customer/1")), Some(json!(2))]);
    assert!(refusal.text.contains("event 1 (customer/1 version 2, customer.opened)"), "{}", refusal.text);
    assert!(refusal.text.contains("more than this program understands"), "{}", refusal.text);
}

#[test]
fn the_same_events_are_sound_without_it_and_a_venue_keeps_its_own_shapes() {
    assert_eq!(walked("exact", "customer/1", [BODY, BODY]).unwrap(), 2);
    assert_eq!(walked("others", "paper/1", ["{\"n\":1}", "{\"n\":2}"]).unwrap(), 2);
}

/// Five events in two streams, and the file that they are in.
fn small(name: &str) -> (std::path::PathBuf, rusqlite::Connection) {
    let directory = std::env::temp_dir().join(format!("portreeve-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&directory));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("portreeve.db");
    let mut store = SqliteStore::open(&path).unwrap();
    for (n, (stream, expected, tag, body)) in [
        ("customer/1", 0, "customer.opened", BODY),
        ("paper/1", 0, "paper.event", "{\"n\":1}"),
        ("customer/1", 1, "customer.opened", BODY),
        ("paper/1", 1, "paper.event", "{\"n\":2}"),
        ("paper/1", 2, "paper.event", "{\"n\":3}"),
    ]
    .into_iter()
    .enumerate()
    {
        let event = NewEvent { tag: tag.to_owned(), at: 1_790_000_000_123, body: body.as_bytes().to_vec() };
        let (id, stream) = ([u8::try_from(n).unwrap(); 16], stream.to_owned());
        let append = Append { id, stream, expected, events: vec![event], ..Append::default() };
        store.append(&[append]).unwrap().remove(0).unwrap();
    }
    drop(store);
    let db = rusqlite::Connection::open(&path).unwrap();
    (path, db)
}

fn found(path: &Path) -> Option<Box<Refusal>> {
    match SqliteReader::open(path).map_err(unreadable).and_then(|mut reader| walk(&mut reader, None)) {
        Ok(_) => None,
        Err(End::Refused(refusal)) => Some(refusal),
        Err(_) => panic!("neither sound nor refused"),
    }
}

/// Two bits of each byte: one that leaves text what it is, and one that does not.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).flat_map(move |at| {
        [1, 0x80]
            .map(|bit| bytes.iter().enumerate().map(|(n, byte)| if n == at { byte ^ bit } else { *byte }).collect())
    })
}

#[test]
fn every_byte_of_a_small_journal_that_is_changed_is_found_at_its_event() {
    let (path, db) = small("flips");
    assert!(found(&path).is_none(), "it holds as it is");
    let mut tried = 0;
    for (position, column) in (0..5).flat_map(|n| ["stream", "tag", "body", "link"].map(|column| (n, column))) {
        let read = format!("SELECT CAST({column} AS BLOB) FROM event WHERE position = ?1");
        let good: Vec<u8> = db.query_row(&read, [position], |row| row.get(0)).unwrap();
        let kind = if column == "link" { "BLOB" } else { "TEXT" };
        let write = format!("UPDATE event SET {column} = CAST(?2 AS {kind}) WHERE position = ?1");
        let write = |bytes: &[u8]| assert_eq!(db.execute(&write, (position, bytes)).unwrap(), 1);
        for bytes in flips(&good) {
            write(&bytes);
            let refusal = found(&path).unwrap_or_else(|| panic!("event {position}, {column}: {bytes:?} is not found"));
            assert!(refusal.text.contains(&format!("event {position}")), "{column}: {}", refusal.text);
            tried += 1;
        }
        write(&good);
    }
    for (position, column) in (0..5).flat_map(|n| ["position", "version", "at"].map(|column| (n, column))) {
        let good: i64 = db
            .query_row(&format!("SELECT {column} FROM event WHERE position = ?1"), [position], |row| row.get(0))
            .unwrap();
        for bit in 0..63 {
            let wrong = good ^ (1 << bit);
            let write = format!("UPDATE event SET {column} = ?2 WHERE {column} = ?3 AND position = ?1");
            let moved = if column == "position" { wrong } else { position };
            // A number that another event has is refused by the table itself.
            if db.execute(&write, (position, wrong, good)).is_err() {
                continue;
            }
            let refusal = found(&path).unwrap_or_else(|| panic!("event {position}, {column}: {wrong} is not found"));
            assert!(refusal.text.contains("event"), "{column}: {}", refusal.text);
            assert_eq!(db.execute(&write, (moved, good, wrong)).unwrap(), 1);
            tried += 1;
        }
    }
    assert!(found(&path).is_none() && tried > 2_000, "{tried}");
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn the_head_and_the_order_of_events_are_held_and_where_they_differ_is_said() {
    let (path, db) = small("head");
    let good: Vec<u8> = db.query_row("SELECT frontier FROM log_head", [], |row| row.get(0)).unwrap();
    for bytes in flips(&good) {
        db.execute("UPDATE log_head SET frontier = ?1", [&bytes]).unwrap();
        assert!(found(&path).is_some(), "{bytes:?}");
    }
    db.execute("UPDATE log_head SET frontier = ?1", [&good]).unwrap();
    assert!(found(&path).is_none());
    // Of two streams, in another order: every link holds, and only the tree tells.
    for (from, to) in [(1, 9), (0, 1), (9, 0)] {
        db.execute("UPDATE event SET position = ?2 WHERE position = ?1", [from, to]).unwrap();
    }
    let refusal = found(&path).unwrap();
    assert!(refusal.text.contains("look among the events 0 to 3"), "{}", refusal.text);
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn every_byte_of_a_checkpoint_that_is_changed_is_found() {
    let key = SigningKey::generate("journal.example/flips", [7; 32]).unwrap();
    let checkpoint = Checkpoint { origin: "journal.example/flips".to_owned(), size: 5, root: journal::Hash([7; 32]) };
    let note = key.sign(&checkpoint).unwrap();
    assert_eq!(journal::checkpoint::open(&note, key.public()).unwrap(), checkpoint);
    for bytes in flips(note.as_bytes()) {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        assert!(journal::checkpoint::open(&text, key.public()).is_err(), "{text}");
    }
}
