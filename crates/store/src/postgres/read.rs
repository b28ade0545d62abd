//! The queries, for the writer and for readers.

use super::fail::{Fail, corrupt, from_sql, to_sql};
use crate::StoreError;
use crate::contract::{Head, OutboxRow, Receipt, Snapshot, StoredEvent, end_of};
use journal::{Frontier, Hash};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

type Answer<T> = Result<T, Fail>;

/// PostgreSQL has no text with a zero byte: nothing of that name can be there.
fn sayable(text: &str) -> bool {
    !text.contains('\0')
}

pub(super) fn frontier_of(size: i64, bytes: &[u8]) -> Result<Frontier, StoreError> {
    let frontier = Frontier::from_bytes(bytes).map_err(|_| corrupt("the frontier"))?;
    if frontier.size() != from_sql(size, "the size of the journal")? {
        return Err(corrupt("the size of the head is not that of its frontier"));
    }
    Ok(frontier)
}

pub(super) async fn frontier(db: &mut PgConnection) -> Answer<Frontier> {
    let row = sqlx::query("SELECT size, frontier FROM log_head WHERE one = 1").fetch_optional(db).await?;
    let row = row.ok_or_else(|| corrupt("no head"))?;
    Ok(frontier_of(row.try_get(0)?, &row.try_get::<Vec<u8>, _>(1)?)?)
}

pub(super) async fn head(db: &mut PgConnection) -> Answer<Head> {
    let frontier = frontier(db).await?;
    Ok(Head { size: frontier.size(), root: frontier.root() })
}

pub(super) async fn receipt(db: &mut PgConnection, id: &[u8; 16]) -> Answer<Option<Receipt>> {
    let sql = "SELECT first_position, version FROM append WHERE id = $1";
    let row = sqlx::query(sql).bind(&id[..]).fetch_optional(db).await?;
    row.map(|row| receipt_of(row.try_get(0)?, row.try_get(1)?)).transpose()
}

pub(super) fn receipt_of(position: i64, version: i64) -> Answer<Receipt> {
    Ok(Receipt { first_position: from_sql(position, "a position")?, version: from_sql(version, "a version")? })
}

pub(super) fn link_of(bytes: &[u8]) -> Result<Hash, StoreError> {
    Hash::from_slice(bytes).ok_or_else(|| corrupt("a link is not 32 bytes"))
}

/// Of an event that is not there: None.
pub(super) async fn link(db: &mut PgConnection, position: u64) -> Answer<Option<Hash>> {
    let sql = "SELECT link FROM event WHERE position = $1";
    let link: Option<Vec<u8>> = sqlx::query_scalar(sql).bind(to_sql(position)?).fetch_optional(db).await?;
    Ok(link.map(|bytes| link_of(&bytes)).transpose()?)
}

/// Of a stream that is not there: 0.
pub(super) async fn version(db: &mut PgConnection, stream: &str) -> Answer<u64> {
    if !sayable(stream) {
        return Ok(0);
    }
    let sql = "SELECT version FROM stream WHERE name = $1";
    let version: Option<i64> = sqlx::query_scalar(sql).bind(stream).fetch_optional(db).await?;
    Ok(version.map_or(Ok(0), |version| from_sql(version, "a version"))?)
}

pub(super) async fn load(db: &mut PgConnection, stream: &str, after: u64, limit: usize) -> Answer<Vec<StoredEvent>> {
    let (Ok(after), true) = (to_sql(after), sayable(stream)) else { return Ok(Vec::new()) };
    let sql = "SELECT position, stream, version, tag, at, body, link FROM event
               WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3";
    events(sqlx::query(sql).bind(stream).bind(after).bind(bound(limit)).fetch_all(db).await?)
}

pub(super) async fn sweep(
    db: &mut PgConnection,
    prefix: &str,
    (stream, version): (&str, u64),
    limit: usize,
) -> Answer<Vec<StoredEvent>> {
    if !sayable(prefix) {
        return Ok(Vec::new());
    }
    // What no stream can be named is passed over, up to the zero byte.
    let place = stream.split_once('\0').map_or((stream, version), |(before, _)| (before, u64::MAX));
    // No event has version 0: what comes after this place begins so, or comes after all that do.
    let (stream, version) = place.max((prefix, 0));
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    let Some(end) = end_of(prefix) else {
        let sql = "SELECT position, stream, version, tag, at, body, link FROM event
                   WHERE (stream, version) > ($1, $2) ORDER BY stream, version LIMIT $3";
        return events(sqlx::query(sql).bind(stream).bind(version).bind(bound(limit)).fetch_all(db).await?);
    };
    let sql = "SELECT position, stream, version, tag, at, body, link FROM event
               WHERE (stream, version) > ($1, $2) AND stream < $4 ORDER BY stream, version LIMIT $3";
    events(sqlx::query(sql).bind(stream).bind(version).bind(bound(limit)).bind(end).fetch_all(db).await?)
}

pub(super) async fn tail(db: &mut PgConnection, from: u64, limit: usize) -> Answer<Vec<StoredEvent>> {
    let Ok(from) = to_sql(from) else { return Ok(Vec::new()) };
    let sql = "SELECT position, stream, version, tag, at, body, link FROM event
               WHERE position >= $1 ORDER BY position LIMIT $2";
    events(sqlx::query(sql).bind(from).bind(bound(limit)).fetch_all(db).await?)
}

/// Says which event cannot be read: the journal was altered there.
fn events(rows: Vec<PgRow>) -> Answer<Vec<StoredEvent>> {
    let read = |row: &PgRow| {
        let position = from_sql(row.try_get(0)?, "a position")?;
        event(row, position).map_err(|fail| match StoreError::from(fail) {
            StoreError::Corrupt { what } => corrupt(&format!("event {position}: {what}")).into(),
            other => Fail::Store(other),
        })
    };
    rows.iter().map(read).collect()
}

fn event(row: &PgRow, position: u64) -> Answer<StoredEvent> {
    let link: Vec<u8> = row.try_get(6)?;
    Ok(StoredEvent {
        position,
        stream: row.try_get(1)?,
        version: from_sql(row.try_get(2)?, "the version")?,
        tag: row.try_get(3)?,
        at: row.try_get(4)?,
        body: row.try_get::<String, _>(5)?.into_bytes(),
        link: Hash::from_slice(&link).ok_or_else(|| corrupt("the link is not 32 bytes"))?,
    })
}

pub(super) async fn streams(db: &mut PgConnection, prefix: &str) -> Answer<Vec<(String, u64)>> {
    if !sayable(prefix) {
        return Ok(Vec::new());
    }
    // A row of version 0 holds nothing but a wake-up.
    let sql = "SELECT name, version FROM stream
               WHERE name >= $1 AND starts_with(name, $1) AND version <> 0 ORDER BY name";
    let rows: Vec<(String, i64)> = sqlx::query_as(sql).bind(prefix).fetch_all(db).await?;
    rows.into_iter().map(|(name, version)| Ok((name, from_sql(version, "a version")?))).collect()
}

pub(super) async fn lookup(db: &mut PgConnection, kind: &str, key: &str) -> Answer<Option<String>> {
    if !sayable(kind) || !sayable(key) {
        return Ok(None);
    }
    let sql = "SELECT value FROM lookup WHERE kind = $1 AND key = $2";
    Ok(sqlx::query_scalar(sql).bind(kind).bind(key).fetch_optional(db).await?)
}

pub(super) async fn lookups(db: &mut PgConnection, kind: &str) -> Answer<Vec<(String, String)>> {
    if !sayable(kind) {
        return Ok(Vec::new());
    }
    let sql = "SELECT key, value FROM lookup WHERE kind = $1 ORDER BY key";
    Ok(sqlx::query_as(sql).bind(kind).fetch_all(db).await?)
}

pub(super) async fn sealed(db: &mut PgConnection, owner: &str, name: &str) -> Answer<Option<Vec<u8>>> {
    if !sayable(owner) || !sayable(name) {
        return Ok(None);
    }
    let sql = "SELECT bytes FROM sealed WHERE owner = $1 AND name = $2";
    Ok(sqlx::query_scalar(sql).bind(owner).bind(name).fetch_optional(db).await?)
}

pub(super) async fn sealed_owners(db: &mut PgConnection, name: &str) -> Answer<Vec<String>> {
    if !sayable(name) {
        return Ok(Vec::new());
    }
    let sql = "SELECT owner FROM sealed WHERE name = $1 ORDER BY owner";
    Ok(sqlx::query_scalar(sql).bind(name).fetch_all(db).await?)
}

pub(super) async fn outbox(db: &mut PgConnection, venue: Option<&str>) -> Answer<Vec<OutboxRow>> {
    if !venue.is_none_or(sayable) {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, venue, stream, body FROM outbox WHERE $1::text IS NULL OR venue = $1 ORDER BY number";
    let rows = sqlx::query(sql).bind(venue).fetch_all(db).await?;
    let read = |row: &PgRow| {
        let (id, venue, stream, body) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        Ok(OutboxRow { id, venue, stream, body })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn due(db: &mut PgConnection, now: i64, limit: usize) -> Answer<Vec<(String, i64)>> {
    let sql = "SELECT name, wakeup FROM stream WHERE wakeup IS NOT NULL AND wakeup <= $1
               ORDER BY wakeup, name LIMIT $2";
    Ok(sqlx::query_as(sql).bind(now).bind(bound(limit)).fetch_all(db).await?)
}

pub(super) async fn next_wakeup(db: &mut PgConnection) -> Answer<Option<i64>> {
    let sql = "SELECT wakeup FROM stream WHERE wakeup IS NOT NULL ORDER BY wakeup LIMIT 1";
    Ok(sqlx::query_scalar(sql).fetch_optional(db).await?)
}

pub(super) async fn snapshot(db: &mut PgConnection, stream: &str) -> Answer<Option<Snapshot>> {
    if !sayable(stream) {
        return Ok(None);
    }
    let sql = "SELECT version, apply_version, body FROM snapshot WHERE stream = $1";
    let Some(row) = sqlx::query(sql).bind(stream).fetch_optional(db).await? else { return Ok(None) };
    let version = from_sql(row.try_get(0)?, "a version")?;
    let fold = u32::try_from(row.try_get::<i64, _>(1)?).map_err(|_| corrupt("the version of a fold"))?;
    Ok(Some(Snapshot { version, apply_version: fold, body: row.try_get(2)? }))
}

pub(super) fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
