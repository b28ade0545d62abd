//! Stores to test, directories that clean up after themselves, and short ways to write an append.

use super::cluster::Cluster;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use store::postgres::{Disk, Writers};
use store::{Append, FaultyStore, MemoryStore, NewEvent, OutboxChange, PostgresPlace, PostgresStore};
use store::{Receipt, Refused, SqliteStore, Store};

/// A directory of its own, removed at the end.
#[derive(Debug)]
pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Dir {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("portreeve-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Dir(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn db(&self) -> PathBuf {
        self.0.join("portreeve.db")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A store under test and what it stands on.
pub struct Fixture {
    pub store: Box<dyn Store>,
    _dir: Option<Dir>,
}

pub fn memory() -> Fixture {
    Fixture { store: Box::new(MemoryStore::new()), _dir: None }
}

pub fn faulty() -> Fixture {
    Fixture { store: Box::new(FaultyStore::new()), _dir: None }
}

pub fn sqlite() -> Fixture {
    let dir = Dir::new();
    let store = SqliteStore::open(&dir.db()).unwrap();
    Fixture { store: Box::new(store), _dir: Some(dir) }
}

/// A place in the tests' own PostgreSQL that is empty.
pub fn place() -> PostgresPlace {
    Cluster::shared().url().parse().unwrap()
}

pub fn alone(place: &PostgresPlace) -> PostgresStore {
    PostgresStore::open(place, Writers::One, Disk::MustSync).unwrap()
}

/// Something done to the database of a place behind the stores' backs.
pub fn sql(place: &PostgresPlace, text: &str) {
    let named = place.to_string();
    let (url, schema) = named.rsplit_once("schema=").unwrap();
    let options = PgConnectOptions::from_str(url.trim_end_matches(['&', '?'])).unwrap();
    let options = options.options([("search_path", schema)]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut db = options.connect().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut db).await.unwrap();
    });
}

pub fn postgres() -> Fixture {
    Fixture { store: Box::new(alone(&place())), _dir: None }
}

/// An append id that is unlike all other numbers'.
pub fn id(number: u64) -> [u8; 16] {
    (u128::from(number) << 64 | u128::from(number.wrapping_mul(0x9e37_79b9))).to_be_bytes()
}

pub fn event(n: u64) -> NewEvent {
    let body = format!("{{\"n\":{n},\"text\":\"é\"}}").into_bytes();
    NewEvent { tag: "thing.happened".to_owned(), at: 1000 + n as i64, body }
}

/// One event for a stream at a version; the rest is for the test to fill in.
pub fn one(number: u64, stream: &str, expected: u64) -> Append {
    Append { id: id(number), stream: stream.to_owned(), expected, events: vec![event(number)], ..Append::default() }
}

pub fn append(store: &mut dyn Store, append: Append) -> Result<Receipt, Refused> {
    let mut answers = store.append(&[append]).unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// Reads the whole journal in small steps and checks it as an auditor does.
pub fn verified(store: &mut dyn Store) -> journal::Verified {
    let mut verifier = journal::Verifier::new();
    loop {
        let events = store.tail(verifier.size(), 7).unwrap();
        if events.is_empty() {
            break;
        }
        events.iter().for_each(|event| verifier.record(&event.record()).unwrap());
    }
    let verified = verifier.finish();
    let head = store.head().unwrap();
    assert_eq!((head.size, head.root), (verified.size, verified.root));
    verified
}

pub fn conflict(stream: &str, expected: u64, found: u64) -> Result<Receipt, Refused> {
    Err(Refused::Conflict { stream: stream.to_owned(), expected, found })
}

pub fn at(first_position: u64, version: u64) -> Result<Receipt, Refused> {
    Ok(Receipt { first_position, version })
}

pub fn put(id: &str, venue: &str) -> OutboxChange {
    OutboxChange::Put { id: id.to_owned(), venue: venue.to_owned(), body: id.as_bytes().to_vec() }
}

pub fn done(id: &str) -> OutboxChange {
    OutboxChange::Done { id: id.to_owned() }
}

pub fn waiting(store: &mut dyn Store, venue: Option<&str>) -> Vec<String> {
    store.outbox(venue).unwrap().into_iter().map(|row| row.id).collect()
}

pub fn with(n: u64, stream: &str, expected: u64, outbox: Vec<OutboxChange>) -> Append {
    Append { outbox, ..one(n, stream, expected) }
}

/// One test for each store and sentence.
macro_rules! every_store {
    ($($sentence:ident)*) => {
        mod memory { $(#[test] fn $sentence() { super::$sentence(crate::suite::fixture::memory()); })* }
        mod faulty { $(#[test] fn $sentence() { super::$sentence(crate::suite::fixture::faulty()); })* }
        mod sqlite { $(#[test] fn $sentence() { super::$sentence(crate::suite::fixture::sqlite()); })* }
        mod postgres { $(#[test] fn $sentence() { super::$sentence(crate::suite::fixture::postgres()); })* }
    };
}
pub(crate) use every_store;
