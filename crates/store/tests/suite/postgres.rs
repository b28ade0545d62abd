//! PostgreSQL as a place: reopening, readers that hold a moment, damage that is found, databases that are not ours.

use super::fixture::{alone, append, id, one, place, sql, verified};
use store::contract::{Frozen, Reserve};
use store::postgres::{Disk, Writers};
use store::{
    Append, LookupChange, OutboxChange, PostgresReader, PostgresStore, Reader, SealedChange, Snapshot, Store,
    StoreError,
};

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
    let place = place();
    let mut store = alone(&place);
    let answers = store.append(&(0..9).map(full_append).collect::<Vec<_>>()).unwrap();
    let snapshot = Snapshot { version: 3, apply_version: 1, body: vec![9] };
    store.put_snapshot("s/0", &snapshot).unwrap();
    store.lease("v", "me", 0, 100).unwrap();
    let head = store.head().unwrap();
    drop(store);

    let mut store = alone(&place);
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
fn a_reader_holds_a_moment_and_writes_nothing() {
    let place = place();
    let missing = PostgresReader::open(&place, Disk::MustSync).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }));
    let mut store = alone(&place);
    append(&mut store, full_append(0)).unwrap();
    let mut reader = PostgresReader::open(&place, Disk::MustSync).unwrap();
    let frozen = reader.freeze().unwrap();
    assert_eq!(frozen, store.head().unwrap());
    append(&mut store, full_append(1)).unwrap();
    assert_eq!((reader.tail(0, 9).unwrap().len(), reader.frontier().unwrap().size()), (1, 1));
    reader.check_head().unwrap();
    assert_eq!(reader.freeze().unwrap(), store.head().unwrap());
}

#[test]
fn an_edited_row_of_the_database_is_found_and_named() {
    for (edit, named) in [
        ("UPDATE event SET body = replace(body, '4', '5') WHERE position = 4", "event 4 "),
        ("UPDATE event SET at = at + 1 WHERE position = 4", "event 4 "),
        ("UPDATE event SET tag = 'thing.happenee' WHERE position = 4", "event 4 "),
        ("UPDATE event SET link = decode(repeat('00', 32), 'hex') WHERE position = 4", "event 4 "),
        ("UPDATE event SET link = decode(repeat('00', 31), 'hex') WHERE position = 4", "event 4:"),
        ("UPDATE event SET version = -1 WHERE position = 4", "event 4:"),
        ("DELETE FROM event WHERE position = 4", "event 5 "),
    ] {
        let place = place();
        let mut store = alone(&place);
        store.append(&(0..9).map(full_append).collect::<Vec<_>>()).unwrap();
        sql(&place, edit);
        let mut reader = PostgresReader::open(&place, Disk::MustSync).unwrap();
        let mut verifier = journal::Verifier::new();
        let trouble = loop {
            match reader.tail(verifier.size(), 1) {
                Err(error) => break error.to_string(),
                Ok(events) if events.is_empty() => break String::new(),
                Ok(events) => match verifier.record(&events[0].record()) {
                    Ok(()) => {}
                    Err(broken) => break broken.to_string(),
                },
            }
        };
        assert!(trouble.contains(named), "{edit}: {trouble:?}");
    }
}

#[test]
fn a_cut_end_a_newer_schema_and_foreign_tables_are_not_written() {
    let place = place();
    let open = || PostgresStore::open(&place, Writers::One, Disk::MustSync).map(|_| ());
    alone(&place).append(&(0..9).map(full_append).collect::<Vec<_>>()).unwrap();
    sql(&place, "CREATE TABLE kept AS SELECT * FROM event WHERE position = 8; DELETE FROM event WHERE position = 8");
    assert!(matches!(open(), Err(StoreError::Corrupt { .. })));
    sql(&place, "INSERT INTO event SELECT * FROM kept");
    open().unwrap();
    sql(&place, "INSERT INTO meta VALUES ('copying', 1)");
    assert_eq!(open(), Err(StoreError::HalfCopied));
    sql(&place, "DELETE FROM meta WHERE key = 'copying'; UPDATE meta SET value = 99 WHERE key = 'schema'");
    assert_eq!(open(), Err(StoreError::Newer { schema: 99 }));
    sql(&place, "DROP TABLE meta");
    assert!(matches!(open(), Err(StoreError::Corrupt { .. })));
}

#[test]
fn names_that_postgresql_cannot_say_are_names_of_nothing() {
    let mut store = alone(&place());
    append(&mut store, full_append(0)).unwrap();
    assert_eq!(store.lookup("k", "a\0b"), Ok(None));
    assert_eq!(store.sealed("o\0", "0"), Ok(None));
    assert_eq!(store.load("s/0\0", 0, 9), Ok(vec![]));
    assert_eq!(store.streams("\0"), Ok(vec![]));
    assert_eq!(store.snapshot("\0"), Ok(None));
    // In an append they are refused by themselves, and the others of the batch are not.
    let answers = store.append(&[one(1, "a\0", 0), full_append(3)]).unwrap();
    assert!(answers[0].is_err() && answers[1].is_ok());
}

#[test]
fn it_does_not_say_that_space_is_kept_for_the_brakes() {
    assert_eq!(alone(&place()).keep_reserve(), Ok(Reserve::None));
}

#[test]
fn a_task_of_a_runtime_is_refused_and_does_not_panic() {
    let mut store = alone(&place());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let asked = runtime.block_on(async { store.head() });
    assert!(matches!(asked, Err(StoreError::Other { .. })));
    runtime.block_on(async { drop(store) });
}
