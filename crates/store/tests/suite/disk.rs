//! SQLite on a disk: reopening, torn ends, locks, readers, damage, space set aside.

use super::fixture::{Dir, append, id, one, verified};
use rusqlite::Connection;
use std::fs;
use store::{Append, LookupChange, OutboxChange, SealedChange, Snapshot, SqliteReader, SqliteStore, Store, StoreError};

fn full_append(n: u64) -> Append {
    let text = n.to_string();
    Append {
        lookups: vec![LookupChange::Put { kind: "k".into(), key: text.clone(), value: text.clone() }],
        sealed: vec![SealedChange::Put { owner: "o".into(), name: text.clone(), bytes: vec![7] }],
        outbox: vec![OutboxChange::Put { id: text, venue: "paper".into(), body: vec![1, 2] }],
        wakeup: Some(Some(n as i64)),
        ..one(n, &format!("s/{}", n % 3), n / 3)
    }
}

#[test]
fn reopening_keeps_everything() {
    let dir = Dir::new();
    let mut store = SqliteStore::open(&dir.db()).unwrap();
    let batch: Vec<_> = (0..9).map(full_append).collect();
    let answers = store.append(&batch).unwrap();
    let snapshot = Snapshot { version: 3, apply_version: 1, body: vec![9] };
    store.put_snapshot("s/0", &snapshot).unwrap();
    store.lease("v", "me", 0, 100).unwrap();
    let head = store.head().unwrap();
    drop(store);

    let mut store = SqliteStore::open(&dir.db()).unwrap();
    assert_eq!(store.head().unwrap(), head);
    assert_eq!(verified(&mut store).size, 9);
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(store.outcome(&id(n as u64)).unwrap(), answer.ok());
    }
    assert_eq!(store.lookup("k", "8").unwrap().as_deref(), Some("8"));
    assert_eq!(store.sealed("o", "8").unwrap(), Some(vec![7]));
    assert_eq!(store.outbox(None).unwrap().len(), 9);
    assert_eq!(store.next_wakeup().unwrap(), Some(6));
    assert_eq!(store.snapshot("s/0").unwrap(), Some(snapshot));
    assert!(!store.lease("v", "other", 99, 200).unwrap());
    append(&mut store, one(9, "s/0", 3)).unwrap();
}

#[test]
fn a_torn_batch_leaves_nothing() {
    let dir = Dir::new();
    let mut store = SqliteStore::open(&dir.db()).unwrap();
    store.checkpoint().unwrap();
    let mut sizes = vec![0];
    for round in 0..4u64 {
        let batch: Vec<_> = (round * 5..round * 5 + 5).map(full_append).collect();
        store.append(&batch).unwrap();
        sizes.push(store.head().unwrap().size);
    }
    let log = dir.path().join("portreeve.db-wal");
    let (db, log) = (fs::read(dir.db()).unwrap(), fs::read(log).unwrap());
    let mut found = std::collections::BTreeSet::new();
    for cut in (0..=log.len()).step_by(701).chain([log.len()]) {
        let torn = Dir::new();
        fs::write(torn.db(), &db).unwrap();
        fs::write(torn.path().join("portreeve.db-wal"), &log[..cut]).unwrap();
        let mut store = SqliteStore::open(&torn.db()).unwrap();
        let size = verified(&mut store).size;
        assert!(sizes.contains(&size), "cut at {cut}: {size} events");
        assert_eq!(store.outbox(None).unwrap().len() as u64, size);
        assert_eq!(store.lookups("k").unwrap().len() as u64, size);
        found.insert(size);
        append(&mut store, one(1000, "later", 0)).unwrap();
    }
    assert_eq!(found.into_iter().collect::<Vec<_>>(), sizes);
}

#[test]
fn two_servers_cannot_write_one_data_directory() {
    let dir = Dir::new();
    let first = SqliteStore::open(&dir.db()).unwrap();
    let error = SqliteStore::open(&dir.db()).unwrap_err();
    assert!(matches!(&error, StoreError::InUse { path } if path.ends_with("portreeve.lock")));
    assert!(error.to_string().contains("another process writes this data directory"));
    drop(first);
    SqliteStore::open(&dir.db()).unwrap();
}

#[test]
fn a_reader_follows_a_running_server_and_can_hold_a_moment() {
    let dir = Dir::new();
    let missing = SqliteReader::open(&dir.db()).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }));
    let mut store = SqliteStore::open(&dir.db()).unwrap();
    append(&mut store, full_append(0)).unwrap();
    let mut reader = SqliteReader::open(&dir.db()).unwrap();
    assert_eq!(reader.head().unwrap(), store.head().unwrap());
    let frozen = reader.freeze().unwrap();
    append(&mut store, full_append(1)).unwrap();
    assert_eq!(reader.head().unwrap(), frozen);
    assert_eq!(reader.tail(0, 9).unwrap().len(), 1);
    reader.check_head().unwrap();
    reader.thaw().unwrap();
    assert_eq!(reader.tail(0, 9).unwrap(), store.tail(0, 9).unwrap());
    assert_eq!(reader.load("s/1", 0, 9).unwrap().len(), 1);
    assert_eq!(reader.outbox(Some("paper")).unwrap().len(), 2);
    assert_eq!(reader.streams("s/").unwrap().len(), 2);
    // The store goes away: the reader still reads, and another can come.
    drop(store);
    assert_eq!(reader.head().unwrap().size, 2);
    assert_eq!(SqliteReader::open(&dir.db()).unwrap().head().unwrap().size, 2);
}

#[test]
fn a_newer_schema_and_a_foreign_file_are_refused() {
    let dir = Dir::new();
    drop(SqliteStore::open(&dir.db()).unwrap());
    let edit = |sql: &str| Connection::open(dir.db()).unwrap().execute_batch(sql).unwrap();
    edit("UPDATE meta SET value = 99 WHERE key = 'schema'");
    assert_eq!(SqliteStore::open(&dir.db()).unwrap_err(), StoreError::Newer { schema: 99 });
    assert_eq!(SqliteReader::open(&dir.db()).unwrap_err(), StoreError::Newer { schema: 99 });
    edit("DELETE FROM meta WHERE key = 'schema'");
    assert!(matches!(SqliteStore::open(&dir.db()), Err(StoreError::Corrupt { .. })));

    let other = Dir::new();
    let foreign = Connection::open(other.db()).unwrap();
    foreign.execute_batch("CREATE TABLE someone (elses TEXT)").unwrap();
    drop(foreign);
    assert!(matches!(SqliteStore::open(&other.db()), Err(StoreError::Corrupt { .. })));
    fs::write(other.db(), vec![b'x'; 5000]).unwrap();
    assert!(matches!(SqliteStore::open(&other.db()), Err(StoreError::Corrupt { .. })));
}

#[test]
fn an_edited_row_of_the_database_is_found_and_named() {
    for (edit, named) in [
        ("UPDATE event SET body = replace(body, '4', '5') WHERE position = 4", "event 4 "),
        ("UPDATE event SET at = at + 1 WHERE position = 4", "event 4 "),
        ("UPDATE event SET tag = 'thing.happenee' WHERE position = 4", "event 4 "),
        ("UPDATE event SET link = zeroblob(32) WHERE position = 4", "event 4 "),
        ("UPDATE event SET link = zeroblob(31) WHERE position = 4", "event 4:"),
        ("UPDATE event SET version = -1 WHERE position = 4", "event 4:"),
        ("UPDATE event SET body = cast(x'7b22ff227d' AS TEXT) WHERE position = 4", "event 4 "),
        ("UPDATE event SET stream = cast(x'ff' AS TEXT) WHERE position = 4", "event 4:"),
        ("DELETE FROM event WHERE position = 4", "event 5 "),
    ] {
        let dir = Dir::new();
        let mut store = SqliteStore::open(&dir.db()).unwrap();
        store.append(&(0..9).map(full_append).collect::<Vec<_>>()).unwrap();
        drop(store);
        Connection::open(dir.db()).unwrap().execute_batch(edit).unwrap();
        let mut reader = SqliteReader::open(&dir.db()).unwrap();
        let mut verifier = journal::Verifier::new();
        let mut trouble = String::new();
        'journal: loop {
            match reader.tail(verifier.size(), 1) {
                Err(error) => trouble = error.to_string(),
                Ok(events) if events.is_empty() => {}
                Ok(events) => match verifier.record(&events[0].record()) {
                    Ok(()) => continue 'journal,
                    Err(broken) => trouble = broken.to_string(),
                },
            }
            break;
        }
        assert!(trouble.contains(named), "{edit}: {trouble:?}");
    }
}

#[test]
fn a_cut_end_is_not_written_further() {
    let dir = Dir::new();
    let mut store = SqliteStore::open(&dir.db()).unwrap();
    store.append(&(0..9).map(full_append).collect::<Vec<_>>()).unwrap();
    drop(store);
    let edit = Connection::open(dir.db()).unwrap();
    edit.execute_batch("DELETE FROM event WHERE position = 8").unwrap();
    drop(edit);
    assert!(matches!(SqliteStore::open(&dir.db()), Err(StoreError::Corrupt { .. })));
    assert!(SqliteReader::open(&dir.db()).unwrap().check_head().is_err());
}

#[test]
fn space_is_set_aside_and_given_free() {
    let dir = Dir::new();
    let store = SqliteStore::open(&dir.db()).unwrap();
    assert_eq!(store.release_reserve(), Ok(false));
    store.ensure_reserve().unwrap();
    store.ensure_reserve().unwrap();
    let file = dir.path().join("portreeve.reserve");
    assert_eq!(fs::metadata(&file).unwrap().len(), 1 << 20);
    assert_eq!(store.release_reserve(), Ok(true));
    assert!(!file.exists());
}

#[cfg(unix)]
#[test]
fn the_files_of_a_journal_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    let mut store = SqliteStore::open(&dir.db()).unwrap();
    append(&mut store, full_append(0)).unwrap();
    store.ensure_reserve().unwrap();
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 5);
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
}

#[test]
fn a_directory_that_is_not_there_is_an_error_and_not_a_panic() {
    let dir = Dir::new();
    let path = dir.path().join("missing").join("portreeve.db");
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Io { .. })));
}
