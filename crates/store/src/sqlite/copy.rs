//! A SQLite journal as the source or the target of a copy.

use super::fail::{from_sql, from_sqlite, to_sql};
use super::read::many;
use super::{SqliteReader, SqliteStore};
use crate::StoreError;
use crate::contract::{OutboxRow, Snapshot, StoredEvent};
use crate::copy::{Kind, Row, Source, Target, misplaced};
use journal::Frontier;
use rusqlite::{Connection, params};

const TABLES: [&str; 8] = ["event", "append", "stream", "lookup", "sealed", "outbox", "snapshot", "lease"];

impl Source for SqliteReader {
    fn rows(&mut self, kind: Kind, after: Option<&Row>, limit: usize) -> Result<Vec<Row>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        rows(self.connection(), kind, after, limit)
    }
}

/// No key is empty, and no number is the lowest.
fn rows(db: &Connection, kind: Kind, after: Option<&Row>, limit: i64) -> Result<Vec<Row>, StoreError> {
    let (sql, text, second, number, id) = match (kind, after) {
        (Kind::Receipt, Some(Row::Receipt { id, .. })) => (RECEIPTS, "", "", 0, id.as_slice()),
        (Kind::Receipt, _) => (RECEIPTS, "", "", 0, &[][..]),
        (Kind::Stream, Some(Row::Stream { name, .. })) => (STREAMS, name.as_str(), "", 0, &[][..]),
        (Kind::Stream, _) => (STREAMS, "", "", 0, &[][..]),
        (Kind::Lookup, Some(Row::Lookup { kind, key, .. })) => (LOOKUPS, kind.as_str(), key.as_str(), 0, &[][..]),
        (Kind::Lookup, _) => (LOOKUPS, "", "", 0, &[][..]),
        (Kind::Sealed, Some(Row::Sealed { owner, name, .. })) => (SEALED, owner.as_str(), name.as_str(), 0, &[][..]),
        (Kind::Sealed, _) => (SEALED, "", "", 0, &[][..]),
        (Kind::Outbox, Some(Row::Outbox { number, .. })) => (OUTBOX, "", "", *number, &[][..]),
        (Kind::Outbox, _) => (OUTBOX, "", "", i64::MIN, &[][..]),
        (Kind::Snapshot, Some(Row::Snapshot { stream, .. })) => (SNAPSHOTS, stream.as_str(), "", 0, &[][..]),
        (Kind::Snapshot, _) => (SNAPSHOTS, "", "", 0, &[][..]),
        (Kind::Lease, Some(Row::Lease { name, .. })) => (LEASES, name.as_str(), "", 0, &[][..]),
        (Kind::Lease, _) => (LEASES, "", "", 0, &[][..]),
    };
    match kind {
        Kind::Receipt => many(db, sql, params![id, limit], |row| {
            Ok(Row::Receipt { id: row.get(0)?, first_position: row.get(1)?, version: row.get(2)? })
        }),
        Kind::Stream => many(db, sql, params![text, limit], |row| {
            Ok(Row::Stream { name: row.get(0)?, version: row.get(1)?, link: row.get(2)?, wakeup: row.get(3)? })
        }),
        Kind::Lookup => many(db, sql, params![text, second, limit], |row| {
            Ok(Row::Lookup { kind: row.get(0)?, key: row.get(1)?, value: row.get(2)? })
        }),
        Kind::Sealed => many(db, sql, params![text, second, limit], |row| {
            Ok(Row::Sealed { owner: row.get(0)?, name: row.get(1)?, bytes: row.get(2)? })
        }),
        Kind::Outbox => many(db, sql, params![number, limit], |row| {
            let waits = OutboxRow { id: row.get(1)?, venue: row.get(2)?, stream: row.get(3)?, body: row.get(4)? };
            Ok(Row::Outbox { number: row.get(0)?, row: waits })
        }),
        Kind::Lease => many(db, sql, params![text, limit], |row| {
            Ok(Row::Lease { name: row.get(0)?, holder: row.get(1)?, until: row.get(2)? })
        }),
        Kind::Snapshot => {
            let found = many(db, sql, params![text, limit], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, u32>(2)?, row.get::<_, Vec<u8>>(3)?))
            })?;
            let whole = |(stream, version, apply_version, body): (String, i64, u32, Vec<u8>)| {
                let version = from_sql(version, "a version")?;
                Ok(Row::Snapshot { stream, snapshot: Snapshot { version, apply_version, body } })
            };
            found.into_iter().map(whole).collect()
        }
    }
}

const RECEIPTS: &str = "SELECT id, first_position, version FROM append WHERE id > ?1 ORDER BY id LIMIT ?2";
const STREAMS: &str = "SELECT name, version, link, wakeup FROM stream WHERE name > ?1 ORDER BY name LIMIT ?2";
const LOOKUPS: &str = "SELECT kind, key, value FROM lookup WHERE (kind, key) > (?1, ?2) ORDER BY kind, key LIMIT ?3";
const SEALED: &str =
    "SELECT owner, name, bytes FROM sealed WHERE (owner, name) > (?1, ?2) ORDER BY owner, name LIMIT ?3";
const OUTBOX: &str = "SELECT number, id, venue, stream, body FROM outbox WHERE number > ?1 ORDER BY number LIMIT ?2";
const SNAPSHOTS: &str =
    "SELECT stream, version, apply_version, body FROM snapshot WHERE stream > ?1 ORDER BY stream LIMIT ?2";
const LEASES: &str = "SELECT name, holder, until FROM lease WHERE name > ?1 ORDER BY name LIMIT ?2";

impl Target for SqliteStore {
    fn begin(&mut self) -> Result<(), StoreError> {
        for table in TABLES {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {table})");
            if self.connection().query_row(&sql, [], |row| row.get(0)).map_err(from_sqlite)? {
                return Err(StoreError::NotEmpty);
            }
        }
        let mark = "INSERT INTO meta (key, value) VALUES ('copying', 1)";
        self.connection().execute(mark, []).map_err(from_sqlite)?;
        Ok(())
    }

    fn put_events(&mut self, events: &[StoredEvent]) -> Result<(), StoreError> {
        let db = self.connection().unchecked_transaction().map_err(from_sqlite)?;
        for event in events {
            let body = core::str::from_utf8(&event.body).map_err(|_| misplaced())?;
            let sql = "INSERT INTO event (position, stream, version, tag, at, body, link)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let (position, version) = (to_sql(event.position)?, to_sql(event.version)?);
            let values = params![position, event.stream, version, event.tag, event.at, body, &event.link.0[..]];
            db.prepare_cached(sql).and_then(|mut insert| insert.execute(values)).map_err(from_sqlite)?;
        }
        db.commit().map_err(from_sqlite)
    }

    fn put_rows(&mut self, _: Kind, rows: &[Row]) -> Result<(), StoreError> {
        let db = self.connection().unchecked_transaction().map_err(from_sqlite)?;
        rows.iter().try_for_each(|row| put(&db, row))?;
        db.commit().map_err(from_sqlite)
    }

    fn finish(&mut self, frontier: &Frontier) -> Result<(), StoreError> {
        let db = self.connection().unchecked_transaction().map_err(from_sqlite)?;
        let head = params![to_sql(frontier.size())?, frontier.to_bytes()];
        db.execute("UPDATE log_head SET size = ?1, frontier = ?2 WHERE one = 1", head).map_err(from_sqlite)?;
        db.commit().map_err(from_sqlite)
    }

    fn release(&mut self) -> Result<(), StoreError> {
        self.connection().execute("DELETE FROM meta WHERE key = 'copying'", []).map_err(from_sqlite)?;
        Ok(())
    }
}

fn put(db: &Connection, row: &Row) -> Result<(), StoreError> {
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        db.prepare_cached(sql).and_then(|mut insert| insert.execute(values)).map_err(from_sqlite).map(|_| ())
    };
    match row {
        Row::Receipt { id, first_position, version } => {
            run("INSERT INTO append (id, first_position, version) VALUES (?1, ?2, ?3)", &[id, first_position, version])
        }
        Row::Stream { name, version, link, wakeup } => {
            let sql = "INSERT INTO stream (name, version, link, wakeup) VALUES (?1, ?2, ?3, ?4)";
            run(sql, &[name, version, link, wakeup])
        }
        Row::Lookup { kind, key, value } => {
            run("INSERT INTO lookup (kind, key, value) VALUES (?1, ?2, ?3)", &[kind, key, value])
        }
        Row::Sealed { owner, name, bytes } => {
            run("INSERT INTO sealed (owner, name, bytes) VALUES (?1, ?2, ?3)", &[owner, name, bytes])
        }
        Row::Outbox { number, row } => {
            let sql = "INSERT INTO outbox (number, id, venue, stream, body) VALUES (?1, ?2, ?3, ?4, ?5)";
            run(sql, &[number, &row.id, &row.venue, &row.stream, &row.body])
        }
        Row::Snapshot { stream, snapshot } => {
            let (version, fold) = (to_sql(snapshot.version)?, snapshot.apply_version);
            let sql = "INSERT INTO snapshot (stream, version, apply_version, body) VALUES (?1, ?2, ?3, ?4)";
            run(sql, &[stream, &version, &fold, &snapshot.body])
        }
        Row::Lease { name, holder, until } => {
            run("INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?3)", &[name, holder, until])
        }
    }
}
