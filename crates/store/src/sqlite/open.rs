//! Opening a data directory: lock, file, pragmas, schema.

use super::fail::{corrupt, from_sql, from_sqlite};
use super::read;
use crate::StoreError;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Version of the tables below. A newer one is refused, an older one would be migrated here.
pub(super) const SCHEMA: u64 = 1;

const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE log_head (
    one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, frontier BLOB NOT NULL
) STRICT;
CREATE TABLE event (
    position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL,
    tag TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, link BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_by_stream ON event (stream, version);
CREATE TABLE stream (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL, link BLOB NOT NULL, wakeup INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX stream_by_wakeup ON stream (wakeup, name) WHERE wakeup IS NOT NULL;
CREATE TABLE append (
    id BLOB PRIMARY KEY, first_position INTEGER NOT NULL, version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE lookup (
    kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE sealed (
    owner TEXT NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (owner, name)
) STRICT;
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, venue TEXT NOT NULL,
    stream TEXT NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE TABLE snapshot (
    stream TEXT PRIMARY KEY, version INTEGER NOT NULL, apply_version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
";

/// One writer for each database: an advisory lock, which ends with the process that holds it.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let path = path.with_extension("lock");
    let file = private().read(true).write(true).create(true).truncate(false).open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.display().to_string() }),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Files of a data directory are for their owner only; SQLite gives its own the same mode.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    let existed = path.exists();
    // Opened by us first: the error of the system is clearer than that of SQLite.
    private().read(true).write(true).create(true).truncate(false).open(path)?;
    if !existed {
        sync_directory(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(from_sqlite)?;
    db.set_prepared_statement_cache_capacity(64);
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(from_sqlite)?;
    if mode != "wal" {
        return Err(StoreError::Other { what: format!("no write-ahead log: {mode}") });
    }
    // fullfsync matters where fsync does not reach the platter (macOS) and costs nothing elsewhere.
    // The checkpoint is put off so that it falls on few commits.
    db.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = OFF;
         PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -32768;
         PRAGMA wal_autocheckpoint = 4000;",
    )
    .map_err(from_sqlite)?;
    match schema(&db)? {
        Some(_) => {}
        None => create(&db)?,
    }
    check_head(&db)?;
    Ok(db)
}

fn sync_directory(path: &Path) -> Result<(), StoreError> {
    if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// The schema of the file; None if it has no table yet.
pub(super) fn schema(db: &Connection) -> Result<Option<u64>, StoreError> {
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(from_sqlite)?;
    if tables == 0 {
        return Ok(None);
    }
    let copying = "SELECT count(*) FROM meta WHERE key = 'copying'";
    if db.query_row(copying, [], |row| row.get::<_, i64>(0)).is_ok_and(|count| count > 0) {
        return Err(StoreError::HalfCopied);
    }
    let schema = "SELECT value FROM meta WHERE key = 'schema'";
    let schema: Option<i64> = db
        .query_row(schema, [], |row| row.get(0))
        .optional()
        .map_err(|_| corrupt("the file is a database, but not a journal"))?;
    let schema = from_sql(schema.ok_or_else(|| corrupt("no schema version"))?, "the schema")?;
    if schema > SCHEMA {
        return Err(StoreError::Newer { schema });
    }
    if schema == 0 {
        return Err(corrupt("schema version 0"));
    }
    Ok(Some(schema))
}

fn create(db: &Connection) -> Result<(), StoreError> {
    let tx = db.unchecked_transaction().map_err(from_sqlite)?;
    tx.execute_batch(TABLES).map_err(from_sqlite)?;
    tx.execute("INSERT INTO meta VALUES ('schema', ?1), ('settled', 0)", [SCHEMA as i64]).map_err(from_sqlite)?;
    tx.execute("INSERT INTO log_head (one, size, frontier) VALUES (1, 0, ?1)", [journal::Frontier::new().to_bytes()])
        .map_err(from_sqlite)?;
    tx.commit().map_err(from_sqlite)
}

/// The head and the events belong together: a file whose end was cut off is not written further.
pub(super) fn check_head(db: &Connection) -> Result<(), StoreError> {
    let size = read::frontier(db)?.size();
    let last: Option<i64> =
        db.query_row("SELECT max(position) FROM event", [], |row| row.get(0)).map_err(from_sqlite)?;
    let events = match last {
        None => 0,
        Some(last) => from_sql(last, "a position")?.saturating_add(1),
    };
    if events == size {
        Ok(())
    } else {
        Err(corrupt(&format!("the head counts {size} events, the last one is number {events}")))
    }
}
