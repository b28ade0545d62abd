//! The default store: one SQLite file, one writer, one sync for each batch.

mod append;
mod copy;
mod fail;
mod open;
mod read;
mod reader;
mod reserve;

pub use reader::SqliteReader;

use crate::contract::{Append, Head, OutboxRow, Reader, Receipt, Reserve, Snapshot, Store, StoredEvent};
use crate::{Refused, StoreError};
use fail::from_sqlite;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The writer of a data directory. There is at most one, held apart by a lock file.
#[derive(Debug)]
pub struct SqliteStore {
    db: Connection,
    path: PathBuf,
    /// A commit failed in a way that leaves open whether it will be found after a crash.
    unsettled: bool,
    /// Held, not read: the lock ends with it, or with the process.
    _lock: File,
}

impl SqliteStore {
    /// Opens the database file, or makes it with its directory's other files beside it:
    /// `<stem>.lock` (one writer) and, on `ensure_reserve`, `<stem>.reserve`.
    pub fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        let lock = open::lock(path)?;
        let db = open::writer(path)?;
        Ok(SqliteStore { db, path: path.to_owned(), unsettled: false, _lock: lock })
    }

    /// Frees the space that was set aside, so that a kill or a cancel can be written on a full
    /// disk. False if there was none.
    pub fn release_reserve(&self) -> Result<bool, StoreError> {
        reserve::release(&self.path)
    }

    /// Sets the space aside (again). `Full` while there is not enough.
    pub fn ensure_reserve(&self) -> Result<(), StoreError> {
        reserve::ensure(&self.path)
    }

    /// Moves the write-ahead log into the database file; for a backup or before a long rest.
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(from_sqlite)
    }

    fn connection(&self) -> &Connection {
        &self.db
    }

    /// After a failed commit SQLite has rolled back, but frames of that commit may stand in the
    /// write-ahead log and be found after a crash. A small commit of its own overwrites them;
    /// only then is "it did not happen" true for good.
    fn settle(&mut self) -> Result<(), StoreError> {
        if self.unsettled {
            let again = "UPDATE meta SET value = value + 1 WHERE key = 'settled'";
            self.db.execute(again, []).map_err(from_sqlite)?;
            self.unsettled = false;
        }
        Ok(())
    }

    /// A commit of its own for one row; unsettled when it fails like any other.
    fn write_alone(&mut self, sql: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
        self.settle()?;
        let changed = self.db.prepare_cached(sql).and_then(|mut s| s.execute(values));
        changed.map_err(|error| {
            let error = from_sqlite(error);
            self.unsettled = !fail::surely_left_nothing(&error);
            error
        })
    }
}

impl Store for SqliteStore {
    fn append(&mut self, batch: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        self.settle()?;
        append::begin(&self.db)?;
        let answers = match append::write(&self.db, batch) {
            Ok(answers) => answers,
            Err(error) => {
                append::roll_back(&self.db)?;
                return Err(error);
            }
        };
        if answers.iter().all(Result::is_err) {
            append::roll_back(&self.db)?;
            return Ok(answers);
        }
        if let Err(error) = append::commit(&self.db) {
            self.unsettled = !fail::surely_left_nothing(&error);
            append::roll_back(&self.db)?;
            return Err(error);
        }
        Ok(answers)
    }

    fn outcome(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        self.settle()?;
        read::receipt(&self.db, id)
    }

    fn load(&mut self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        read::load(&self.db, stream, after_version, limit)
    }

    fn sweep(&mut self, prefix: &str, after: (&str, u64), limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        read::sweep(&self.db, prefix, after, limit)
    }

    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        read::tail(&self.db, from_position, limit)
    }

    fn streams(&mut self, prefix: &str) -> Result<Vec<(String, u64)>, StoreError> {
        read::streams(&self.db, prefix)
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        read::head(&self.db)
    }

    fn lookup(&mut self, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
        read::lookup(&self.db, kind, key)
    }

    fn lookups(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        read::lookups(&self.db, kind)
    }

    fn sealed(&mut self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read::sealed(&self.db, owner, name)
    }

    fn sealed_owners(&mut self, name: &str) -> Result<Vec<String>, StoreError> {
        read::sealed_owners(&self.db, name)
    }

    fn outbox(&mut self, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
        read::outbox(&self.db, venue)
    }

    fn due(&mut self, now: i64, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
        read::due(&self.db, now, limit)
    }

    fn next_wakeup(&mut self) -> Result<Option<i64>, StoreError> {
        read::next_wakeup(&self.db)
    }

    fn snapshot(&mut self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        read::snapshot(&self.db, stream)
    }

    fn put_snapshot(&mut self, stream: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        let found = read::version_and_link(&self.db, stream)?.0;
        if snapshot.version > found {
            return Err(StoreError::SnapshotAhead { version: snapshot.version, found });
        }
        let version = fail::to_sql(snapshot.version)?;
        let sql = "INSERT INTO snapshot (stream, version, apply_version, body)
                   VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (stream) DO UPDATE SET version = excluded.version,
                       apply_version = excluded.apply_version, body = excluded.body";
        self.write_alone(sql, params![stream, version, snapshot.apply_version, snapshot.body])?;
        Ok(())
    }

    fn lease(&mut self, name: &str, holder: &str, now: i64, until: i64) -> Result<bool, StoreError> {
        let current = self
            .db
            .query_row("SELECT holder, until FROM lease WHERE name = ?1", [name], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })
            .optional()
            .map_err(from_sqlite)?;
        // No race: this connection is the only writer of the file.
        if current.is_some_and(|(who, end)| who != holder && end > now) {
            return Ok(false);
        }
        let sql = "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?3)
                   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,
                       until = excluded.until";
        self.write_alone(sql, params![name, holder, until])?;
        Ok(true)
    }

    fn reader(&mut self) -> Result<Option<Box<dyn Reader>>, StoreError> {
        Ok(Some(Box::new(SqliteReader::open(&self.path)?)))
    }

    fn keep_reserve(&mut self) -> Result<Reserve, StoreError> {
        self.ensure_reserve().map(|()| Reserve::Kept)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settled(store: &SqliteStore) -> i64 {
        let sql = "SELECT value FROM meta WHERE key = 'settled'";
        store.db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn after_a_doubtful_commit_nothing_is_said_before_the_log_was_overwritten() {
        let directory = std::env::temp_dir().join(format!("portreeve-settle-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let mut store = SqliteStore::open(&directory.join("portreeve.db")).unwrap();
        assert_eq!((store.outcome(&[1; 16]), settled(&store)), (Ok(None), 0));
        store.unsettled = true;
        assert_eq!((store.outcome(&[1; 16]), settled(&store)), (Ok(None), 1));
        assert_eq!((store.outcome(&[1; 16]), settled(&store)), (Ok(None), 1));
        // While that is not possible, neither an outcome nor an append is.
        store.unsettled = true;
        store.db.execute_batch("PRAGMA query_only = ON").unwrap();
        let append = Append { id: [1; 16], stream: "a".to_owned(), ..Append::default() };
        assert_eq!(store.outcome(&[1; 16]), Err(StoreError::ReadOnly));
        assert_eq!(store.append(std::slice::from_ref(&append)), Err(StoreError::ReadOnly));
        store.db.execute_batch("PRAGMA query_only = OFF").unwrap();
        assert!(store.append(&[append]).is_ok_and(|answers| answers.iter().all(Result::is_ok)));
        assert_eq!(settled(&store), 2);
        drop(store);
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
