//! A reader of a data directory: for verification and export, also while a server writes it.

use super::fail::from_sqlite;
use super::{open, read};
use crate::StoreError;
use crate::contract::{Frozen, Head, OutboxRow, Reader, Receipt, Snapshot, StoredEvent};
use journal::Frontier;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Write as _;
use std::path::Path;

/// Never writes, takes no lock that a server would notice.
#[derive(Debug)]
pub struct SqliteReader {
    db: Connection,
}

impl SqliteReader {
    pub fn open(path: &Path) -> Result<SqliteReader, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.display().to_string() });
        }
        let db = connect(path)?;
        match open::schema(&db)? {
            Some(_) => Ok(SqliteReader { db }),
            None => Err(StoreError::Missing { path: path.display().to_string() }),
        }
    }

    /// What was copied, before it is released to be opened.
    pub fn of_copy(path: &Path) -> Result<SqliteReader, StoreError> {
        match SqliteReader::open(path) {
            Err(StoreError::HalfCopied) => Ok(SqliteReader { db: connect(path)? }),
            other => other,
        }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.db
    }

    /// From now on every read sees the journal of this moment, whatever is appended meanwhile.
    /// The write-ahead log cannot be emptied until `thaw`.
    pub fn freeze(&mut self) -> Result<Head, StoreError> {
        self.thaw()?;
        self.db.execute_batch("BEGIN DEFERRED").map_err(from_sqlite)?;
        self.head()
    }

    pub fn thaw(&mut self) -> Result<(), StoreError> {
        super::append::roll_back(&self.db)
    }

    /// The head counts as many events as there are. A server checks this when it starts; who
    /// verifies asks for it, after the events themselves.
    pub fn check_head(&mut self) -> Result<(), StoreError> {
        open::check_head(&self.db)
    }

    /// What the head is the size and the root of: it says where events were put into another order.
    pub fn frontier(&mut self) -> Result<Frontier, StoreError> {
        read::frontier(&self.db)
    }

    pub fn head(&mut self) -> Result<Head, StoreError> {
        read::head(&self.db)
    }

    pub fn outcome(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        read::receipt(&self.db, id)
    }

    pub fn load(&mut self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        read::load(&self.db, stream, after_version, limit)
    }

    pub fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        read::tail(&self.db, from_position, limit)
    }

    pub fn streams(&mut self, prefix: &str) -> Result<Vec<(String, u64)>, StoreError> {
        read::streams(&self.db, prefix)
    }

    pub fn lookup(&mut self, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
        read::lookup(&self.db, kind, key)
    }

    pub fn lookups(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        read::lookups(&self.db, kind)
    }

    pub fn sealed(&mut self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        read::sealed(&self.db, owner, name)
    }

    pub fn outbox(&mut self, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
        read::outbox(&self.db, venue)
    }

    pub fn snapshot(&mut self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        read::snapshot(&self.db, stream)
    }
}

impl Reader for SqliteReader {
    fn head(&mut self) -> Result<Head, StoreError> {
        Self::head(self)
    }
    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        Self::tail(self, from_position, limit)
    }
}

impl Frozen for SqliteReader {
    fn freeze(&mut self) -> Result<Head, StoreError> {
        Self::freeze(self)
    }
    fn check_head(&mut self) -> Result<(), StoreError> {
        Self::check_head(self)
    }
    fn frontier(&mut self) -> Result<Frontier, StoreError> {
        Self::frontier(self)
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(from_sqlite)?;
    let setup = "PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;
                 SELECT count(*) FROM sqlite_schema;";
    match db.execute_batch(setup).map_err(from_sqlite) {
        Ok(()) => Ok(db),
        // A medium that cannot be written has no room for SQLite's index of the write-ahead log.
        // Without a log the file is complete by itself and can be read as it stands.
        Err(StoreError::ReadOnly | StoreError::Io { .. }) if !has_log(path) => {
            let uri = format!("{}?immutable=1", file_uri(path));
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            let db = Connection::open_with_flags(uri, flags).map_err(from_sqlite)?;
            db.execute_batch(setup).map_err(from_sqlite)?;
            Ok(db)
        }
        Err(error) => Err(error),
    }
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

fn file_uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                uri.push(char::from(*byte));
            }
            // Writing to a String does not fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}
