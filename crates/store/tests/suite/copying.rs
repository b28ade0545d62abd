//! Copies: everything a store holds goes over, in every direction, and what was not finished or altered is noticed.

use super::fixture::{Dir, alone, append, id, one, place, sql, verified};
use rusqlite::Connection;
use store::contract::Frozen;
use store::copy::{KINDS, Kind, Row, Source, Target, compare, copy, fill};
use store::postgres::Disk;
use store::{Append, Head, LookupChange, OutboxChange, PostgresPlace, PostgresReader, Reader, SealedChange, Snapshot};
use store::{SqliteReader, SqliteStore, Store, StoreError, StoredEvent};

fn filled(store: &mut dyn Store) {
    let append = |n: u64| Append {
        lookups: vec![LookupChange::Put { kind: "k".into(), key: format!("é{n}"), value: n.to_string() }],
        sealed: vec![SealedChange::Put { owner: "o".into(), name: n.to_string(), bytes: vec![7, 0, 255] }],
        outbox: vec![OutboxChange::Put { id: format!("effect {n}"), venue: "paper".into(), body: vec![1, 2] }],
        wakeup: if n.is_multiple_of(4) { Some(None) } else { Some(Some(n as i64 - 5)) },
        ..one(n, &format!("s/{}", n % 3), n / 3)
    };
    store.append(&(0..2_500).map(append).collect::<Vec<_>>()).unwrap();
    let done = |n: u64| OutboxChange::Done { id: format!("effect {n}") };
    let taken = Append { outbox: (0..2_490).map(done).collect(), ..one(9_000, "other", 0) };
    store.append(&[taken]).unwrap()[0].clone().unwrap();
    store.append(&[Append { events: vec![], wakeup: Some(Some(3)), ..one(9_001, "only a wake-up", 0) }]).unwrap();
    store.put_snapshot("s/0", &Snapshot { version: 3, apply_version: 1, body: vec![0, 9] }).unwrap();
    store.lease("v", "me", 0, 100).unwrap();
}

fn postgres(place: &PostgresPlace) -> PostgresReader {
    PostgresReader::open(place, Disk::MustSync).unwrap()
}

#[test]
fn a_copy_goes_there_and_back_and_is_the_same_in_every_row() {
    let (dir, back, there, further) = (Dir::new(), Dir::new(), place(), place());
    filled(&mut SqliteStore::open(&dir.db()).unwrap());
    let mut original = SqliteReader::open(&dir.db()).unwrap();
    let head = copy(&mut original, &mut alone(&there)).unwrap();
    let same = compare(&mut original, &mut postgres(&there)).unwrap();
    assert_eq!((same.head, head.size), (head, 2_501));
    let counts: Vec<u64> = same.rows.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [2_502, 5, 2_500, 2_500, 10, 1, 1]);
    copy(&mut postgres(&there), &mut alone(&further)).unwrap();
    compare(&mut original, &mut postgres(&further)).unwrap();
    copy(&mut postgres(&further), &mut SqliteStore::open(&back.db()).unwrap()).unwrap();
    assert_eq!(compare(&mut original, &mut SqliteReader::open(&back.db()).unwrap()).unwrap(), same);
    // Both go on from there, and in the same way.
    let (mut one_store, mut other) = (SqliteStore::open(&back.db()).unwrap(), alone(&there));
    for store in [&mut one_store as &mut dyn Store, &mut other] {
        assert_eq!(store.outcome(&id(9_000)).unwrap().unwrap().first_position, 2_500);
        let next = Append {
            outbox: vec![OutboxChange::Put { id: "a".into(), venue: "v".into(), body: vec![] }],
            ..one(9_002, "s/0", 834)
        };
        append(store, next).unwrap();
        assert_eq!(store.outbox(None).unwrap().last().unwrap().id, "a", "it waits behind what waited");
        assert_eq!(verified(store).size, 2_502);
    }
    assert_eq!(one_store.head().unwrap(), other.head().unwrap());
}

#[test]
fn a_place_that_holds_anything_is_no_place_for_a_copy() {
    let (dir, there) = (Dir::new(), place());
    filled(&mut SqliteStore::open(&dir.db()).unwrap());
    let mut original = SqliteReader::open(&dir.db()).unwrap();
    assert!(alone(&there).lease("v", "somebody", 0, 1).unwrap());
    assert_eq!(copy(&mut original, &mut alone(&there)), Err(StoreError::NotEmpty));
    alone(&there).head().unwrap();
    let other = Dir::new();
    append(&mut SqliteStore::open(&other.db()).unwrap(), one(1, "a", 0)).unwrap();
    assert_eq!(copy(&mut original, &mut SqliteStore::open(&other.db()).unwrap()), Err(StoreError::NotEmpty));
    assert_eq!(verified(&mut SqliteStore::open(&other.db()).unwrap()).size, 1);
}

/// A source that breaks off, as a machine does.
struct Breaking(SqliteReader, Kind);

impl Reader for Breaking {
    fn head(&mut self) -> Result<Head, StoreError> {
        self.0.head()
    }
    fn tail(&mut self, from: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.0.tail(from, limit)
    }
}

impl Frozen for Breaking {
    fn freeze(&mut self) -> Result<Head, StoreError> {
        self.0.freeze()
    }
    fn check_head(&mut self) -> Result<(), StoreError> {
        self.0.check_head()
    }
    fn frontier(&mut self) -> Result<journal::Frontier, StoreError> {
        self.0.frontier()
    }
}

impl Source for Breaking {
    fn rows(&mut self, kind: Kind, after: Option<&Row>, limit: usize) -> Result<Vec<Row>, StoreError> {
        if kind == self.1 { Err(StoreError::Busy) } else { self.0.rows(kind, after, limit) }
    }
}

#[test]
fn a_copy_that_was_broken_off_is_not_opened_and_not_copied_into_again() {
    let dir = Dir::new();
    filled(&mut SqliteStore::open(&dir.db()).unwrap());
    for kind in KINDS {
        let (there, file) = (place(), Dir::new());
        let mut source = Breaking(SqliteReader::open(&dir.db()).unwrap(), kind);
        let mut targets: [Box<dyn Target>; 2] =
            [Box::new(alone(&there)), Box::new(SqliteStore::open(&file.db()).unwrap())];
        for target in &mut targets {
            assert_eq!(copy(&mut source, target.as_mut()), Err(StoreError::Busy), "{kind:?}");
        }
        drop(targets);
        let again = store::PostgresStore::open(&there, store::postgres::Writers::One, Disk::MustSync);
        assert_eq!(again.unwrap_err(), StoreError::HalfCopied, "{kind:?}");
        assert_eq!(PostgresReader::open(&there, Disk::MustSync).unwrap_err(), StoreError::HalfCopied);
        assert_eq!(SqliteStore::open(&file.db()).unwrap_err(), StoreError::HalfCopied);
        assert_eq!(SqliteReader::open(&file.db()).unwrap_err(), StoreError::HalfCopied);
    }
}

#[test]
fn a_copy_is_compared_before_anybody_can_open_it() {
    let (dir, file, there) = (Dir::new(), Dir::new(), place());
    filled(&mut SqliteStore::open(&dir.db()).unwrap());
    let mut original = SqliteReader::open(&dir.db()).unwrap();
    let (mut into_file, mut into_server) = (SqliteStore::open(&file.db()).unwrap(), alone(&there));
    let head = fill(&mut original, &mut into_file).unwrap();
    assert_eq!(fill(&mut original, &mut into_server).unwrap(), head);
    assert_eq!(SqliteReader::open(&file.db()).unwrap_err(), StoreError::HalfCopied);
    assert_eq!(PostgresReader::open(&there, Disk::MustSync).unwrap_err(), StoreError::HalfCopied);
    let same = compare(&mut original, &mut SqliteReader::of_copy(&file.db()).unwrap()).unwrap();
    let mut copied = PostgresReader::of_copy(&there, Disk::MustSync).unwrap();
    assert_eq!(compare(&mut original, &mut copied).unwrap(), same);
    into_file.release().unwrap();
    into_server.release().unwrap();
    drop((into_file, into_server));
    assert_eq!(verified(&mut SqliteStore::open(&file.db()).unwrap()).size, head.size);
    assert_eq!(verified(&mut alone(&there)).size, head.size);
    SqliteReader::of_copy(&file.db()).unwrap();
}

#[test]
fn a_broken_journal_is_not_copied_and_an_altered_copy_is_not_called_the_same() {
    let dir = Dir::new();
    filled(&mut SqliteStore::open(&dir.db()).unwrap());
    for edit in [
        "UPDATE event SET at = at + 1 WHERE position = 1700",
        "UPDATE append SET version = version + 1 WHERE first_position = 1700",
        "UPDATE stream SET wakeup = 77 WHERE name = 's/1'",
        "UPDATE lookup SET value = '0' WHERE key = 'é1700'",
        "UPDATE sealed SET bytes = decode('00', 'hex') WHERE name = '1700'",
        "DELETE FROM outbox WHERE id = 'effect 2495'",
        "UPDATE snapshot SET body = decode('00', 'hex')",
        "INSERT INTO lease VALUES ('z', 'me', 1)",
    ] {
        let there = place();
        let mut original = SqliteReader::open(&dir.db()).unwrap();
        copy(&mut original, &mut alone(&there)).unwrap();
        sql(&there, edit);
        let found = compare(&mut original, &mut postgres(&there));
        assert!(matches!(found, Err(StoreError::Corrupt { .. })), "{edit}: {found:?}");
    }
    let edit = Connection::open(dir.db()).unwrap();
    edit.execute_batch("UPDATE event SET at = at + 1 WHERE position = 1700").unwrap();
    let broken = copy(&mut SqliteReader::open(&dir.db()).unwrap(), &mut alone(&place()));
    assert!(matches!(broken, Err(StoreError::Corrupt { .. })), "{broken:?}");
}
