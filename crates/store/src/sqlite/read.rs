//! The queries, for the writer and for readers.

use super::fail::{corrupt, from_sql, from_sqlite, to_sql};
use crate::StoreError;
use crate::contract::{Head, OutboxRow, Receipt, Snapshot, StoredEvent, end_of};
use journal::{Frontier, Hash};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

pub(super) fn frontier(db: &Connection) -> Result<Frontier, StoreError> {
    let row = one(db, "SELECT size, frontier FROM log_head WHERE one = 1", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    let (size, bytes) = row.ok_or_else(|| corrupt("no head"))?;
    let frontier = Frontier::from_bytes(&bytes).map_err(|_| corrupt("the frontier"))?;
    if frontier.size() != from_sql(size, "the size of the journal")? {
        return Err(corrupt("the size of the head is not that of its frontier"));
    }
    Ok(frontier)
}

pub(super) fn head(db: &Connection) -> Result<Head, StoreError> {
    let frontier = frontier(db)?;
    Ok(Head { size: frontier.size(), root: frontier.root() })
}

pub(super) fn receipt(db: &Connection, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
    let sql = "SELECT first_position, version FROM append WHERE id = ?1";
    let row = one(db, sql, [&id[..]], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    row.map(|(position, version)| {
        Ok(Receipt { first_position: from_sql(position, "a position")?, version: from_sql(version, "a version")? })
    })
    .transpose()
}

/// Of a stream that is not there: 0 and what stands before every first event.
pub(super) fn version_and_link(db: &Connection, stream: &str) -> Result<(u64, Hash), StoreError> {
    let sql = "SELECT version, link FROM stream WHERE name = ?1";
    let row = one(db, sql, [stream], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let Some((version, link)) = row else { return Ok((0, journal::link::GENESIS)) };
    let link = Hash::from_slice(&link).ok_or_else(|| corrupt("a link is not 32 bytes"))?;
    Ok((from_sql(version, "a version")?, link))
}

pub(super) fn load(
    db: &Connection,
    stream: &str,
    after_version: u64,
    limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let Ok(after) = to_sql(after_version) else { return Ok(Vec::new()) };
    let sql = "SELECT position, stream, version, tag, at, body, link FROM event
               WHERE stream = ?1 AND version > ?2 ORDER BY version LIMIT ?3";
    events(db, sql, params![stream, after, bound(limit)])
}

pub(super) fn sweep(
    db: &Connection,
    prefix: &str,
    after: (&str, u64),
    limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    // No event has version 0: what comes after this place begins so, or comes after all that do.
    let (stream, version) = after.max((prefix, 0));
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    match end_of(prefix) {
        Some(end) => {
            let sql = "SELECT position, stream, version, tag, at, body, link FROM event
                       WHERE (stream, version) > (?1, ?2) AND stream < ?4 ORDER BY stream, version LIMIT ?3";
            events(db, sql, params![stream, version, bound(limit), end])
        }
        None => {
            let sql = "SELECT position, stream, version, tag, at, body, link FROM event
                       WHERE (stream, version) > (?1, ?2) ORDER BY stream, version LIMIT ?3";
            events(db, sql, params![stream, version, bound(limit)])
        }
    }
}

pub(super) fn tail(db: &Connection, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
    let Ok(from) = to_sql(from_position) else { return Ok(Vec::new()) };
    let sql = "SELECT position, stream, version, tag, at, body, link FROM event
               WHERE position >= ?1 ORDER BY position LIMIT ?2";
    events(db, sql, params![from, bound(limit)])
}

/// Says which event cannot be read: the journal was altered there.
fn events(db: &Connection, sql: &str, values: impl Params) -> Result<Vec<StoredEvent>, StoreError> {
    let mut statement = db.prepare_cached(sql).map_err(from_sqlite)?;
    let mut rows = statement.query(values).map_err(from_sqlite)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(from_sqlite)? {
        let position = from_sql(row.get(0).map_err(from_sqlite)?, "a position")?;
        let bad = |what: &str| corrupt(&format!("event {position}: {what}"));
        out.push(event(row, position).map_err(|error| match error {
            StoreError::Corrupt { what } => bad(&what),
            other => other,
        })?);
    }
    Ok(out)
}

fn event(row: &Row<'_>, position: u64) -> Result<StoredEvent, StoreError> {
    let body = row.get_ref(5).map_err(from_sqlite)?;
    let body = body.as_bytes().map_err(|_| corrupt("the body is not text"))?.to_vec();
    let link: Vec<u8> = row.get(6).map_err(from_sqlite)?;
    Ok(StoredEvent {
        position,
        stream: row.get(1).map_err(from_sqlite)?,
        version: from_sql(row.get(2).map_err(from_sqlite)?, "the version")?,
        tag: row.get(3).map_err(from_sqlite)?,
        at: row.get(4).map_err(from_sqlite)?,
        body,
        link: Hash::from_slice(&link).ok_or_else(|| corrupt("the link is not 32 bytes"))?,
    })
}

pub(super) fn streams(db: &Connection, prefix: &str) -> Result<Vec<(String, u64)>, StoreError> {
    let sql = "SELECT name, version FROM stream WHERE name >= ?1 ORDER BY name";
    let mut statement = db.prepare_cached(sql).map_err(from_sqlite)?;
    let mut rows = statement.query([prefix]).map_err(from_sqlite)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(from_sqlite)? {
        let name: String = row.get(0).map_err(from_sqlite)?;
        if !name.starts_with(prefix) {
            break;
        }
        let version = from_sql(row.get(1).map_err(from_sqlite)?, "a version")?;
        // A row of version 0 holds nothing but a wake-up.
        if version > 0 {
            out.push((name, version));
        }
    }
    Ok(out)
}

pub(super) fn lookup(db: &Connection, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT value FROM lookup WHERE kind = ?1 AND key = ?2";
    one(db, sql, [kind, key], |row| row.get(0))
}

pub(super) fn lookups(db: &Connection, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT key, value FROM lookup WHERE kind = ?1 ORDER BY key";
    many(db, sql, [kind], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn sealed(db: &Connection, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT bytes FROM sealed WHERE owner = ?1 AND name = ?2";
    one(db, sql, [owner, name], |row| row.get(0))
}

pub(super) fn sealed_owners(db: &Connection, name: &str) -> Result<Vec<String>, StoreError> {
    many(db, "SELECT owner FROM sealed WHERE name = ?1 ORDER BY owner", [name], |row| row.get(0))
}

pub(super) fn outbox_stream(db: &Connection, id: &str) -> Result<Option<String>, StoreError> {
    one(db, "SELECT stream FROM outbox WHERE id = ?1", [id], |row| row.get(0))
}

pub(super) fn outbox(db: &Connection, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = "SELECT id, venue, stream, body FROM outbox
               WHERE ?1 IS NULL OR venue = ?1 ORDER BY number";
    many(db, sql, [venue], |row| {
        Ok(OutboxRow { id: row.get(0)?, venue: row.get(1)?, stream: row.get(2)?, body: row.get(3)? })
    })
}

pub(super) fn due(db: &Connection, now: i64, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT name, wakeup FROM stream WHERE wakeup IS NOT NULL AND wakeup <= ?1
               ORDER BY wakeup, name LIMIT ?2";
    many(db, sql, params![now, bound(limit)], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn next_wakeup(db: &Connection) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT wakeup FROM stream WHERE wakeup IS NOT NULL ORDER BY wakeup LIMIT 1";
    one(db, sql, [], |row| row.get(0))
}

pub(super) fn snapshot(db: &Connection, stream: &str) -> Result<Option<Snapshot>, StoreError> {
    let sql = "SELECT version, apply_version, body FROM snapshot WHERE stream = ?1";
    let row =
        one(db, sql, [stream], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, row.get::<_, Vec<u8>>(2)?)))?;
    row.map(|(version, apply_version, body)| {
        Ok(Snapshot { version: from_sql(version, "a version")?, apply_version, body })
    })
    .transpose()
}

pub(super) fn one<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    let mut statement = db.prepare_cached(sql).map_err(from_sqlite)?;
    statement.query_row(values, read).optional().map_err(from_sqlite)
}

pub(super) fn many<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = db.prepare_cached(sql).map_err(from_sqlite)?;
    let rows = statement.query_map(values, read).map_err(from_sqlite)?;
    rows.collect::<rusqlite::Result<Vec<T>>>().map_err(from_sqlite)
}

fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
