//! The statements of a batch: a few for each, however many appends it has, between BEGIN and COMMIT.

use super::batch::{Batch, Made, StreamHead, text_of};
use super::fail::{Fail, corrupt, from_sql, to_sql};
use super::read::{self, link_of, receipt_of};
use crate::admit::well_formed;
use crate::contract::{Append, LookupChange, OutboxChange, StoredEvent};
use crate::{StoreError, admit};
use journal::Frontier;
use sqlx::{PgConnection, Row, raw_sql};
use std::collections::{HashMap, HashSet};

type Answers = Vec<Result<crate::Receipt, crate::Refused>>;

/// The head of the log, locked until the end of the transaction: who writes next waits here, and sees all of this.
#[derive(Debug)]
pub(super) struct Locked {
    pub frontier: Frontier,
    pub outbox_next: i64,
    pub epoch: i64,
}

pub(super) async fn begin(db: &mut PgConnection) -> Result<Locked, Fail> {
    raw_sql("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").execute(&mut *db).await?;
    match lock(&mut *db).await {
        Ok(locked) => Ok(locked),
        Err(fail) if fail.keeps_connection() => {
            roll_back(db).await?;
            Err(fail)
        }
        Err(fail) => Err(fail),
    }
}

async fn lock(db: &mut PgConnection) -> Result<Locked, Fail> {
    let sql = "SELECT size, frontier, outbox_next, epoch FROM log_head WHERE one = 1 FOR UPDATE";
    let row = sqlx::query(sql).fetch_optional(db).await?.ok_or_else(|| corrupt("no head"))?;
    let frontier = read::frontier_of(row.try_get(0)?, &row.try_get::<Vec<u8>, _>(1)?)?;
    Ok(Locked { frontier, outbox_next: row.try_get(2)?, epoch: row.try_get(3)? })
}

pub(super) async fn commit(db: &mut PgConnection) -> Result<(), Fail> {
    raw_sql("COMMIT").execute(db).await?;
    Ok(())
}

pub(super) async fn roll_back(db: &mut PgConnection) -> Result<(), Fail> {
    raw_sql("ROLLBACK").execute(db).await?;
    Ok(())
}

/// Everything of a batch but BEGIN and COMMIT; with the head that it leaves.
pub(super) async fn batch(
    db: &mut PgConnection,
    locked: Locked,
    appends: &[Append],
) -> Result<(Answers, Frontier), Fail> {
    let mut batch = gather(&mut *db, locked, appends).await?;
    let mut answers = Vec::with_capacity(appends.len());
    for append in appends {
        answers.push(match admit::check(&mut batch, append)? {
            Ok(()) => Ok(batch.write(append)?),
            Err(refused) => Err(refused),
        });
    }
    if answers.iter().any(Result::is_ok) {
        put(db, &batch).await?;
    }
    Ok((answers, batch.frontier))
}

/// What the checks will ask for, of well-formed appends: in four statements, not in four for each append.
async fn gather(db: &mut PgConnection, locked: Locked, appends: &[Append]) -> Result<Batch, Fail> {
    let sound = || appends.iter().filter(|append| well_formed(append).is_ok());
    let ids: Vec<&[u8]> = sound().map(|append| &append.id[..]).collect();
    let mut receipts = HashMap::new();
    let sql = "SELECT id, first_position, version FROM append WHERE id = ANY($1)";
    for row in sqlx::query(sql).bind(&ids).fetch_all(&mut *db).await? {
        let id: Vec<u8> = row.try_get(0)?;
        let id = id.try_into().map_err(|_| corrupt("the id of an append is not 16 bytes"))?;
        receipts.insert(id, receipt_of(row.try_get(1)?, row.try_get(2)?)?);
    }
    let named = sound().flat_map(|append| {
        std::iter::once(&append.stream).chain(append.witnesses.iter().map(|(stream, _)| stream)).map(String::as_str)
    });
    let names: Vec<&str> = named.collect::<HashSet<_>>().into_iter().collect();
    let mut streams = HashMap::new();
    let sql = "SELECT name, version, link, wakeup FROM stream WHERE name = ANY($1)";
    for row in sqlx::query(sql).bind(&names).fetch_all(&mut *db).await? {
        let link = link_of(&row.try_get::<Vec<u8>, _>(2)?)?;
        let version = from_sql(row.try_get(1)?, "a version")?;
        streams.insert(row.try_get(0)?, StreamHead { version, link, wakeup: row.try_get(3)?, changed: false });
    }
    let pairs = sound().flat_map(|append| &append.lookups).filter_map(|change| match change {
        LookupChange::Put { kind, key, .. } => Some((kind.as_str(), key.as_str())),
        LookupChange::Remove { .. } => None,
    });
    let (kinds, keys): (Vec<&str>, Vec<&str>) = pairs.unzip();
    let mut lookups = HashSet::new();
    if !kinds.is_empty() {
        let sql = "SELECT kind, key FROM lookup WHERE (kind, key) IN (SELECT * FROM UNNEST($1::text[], $2::text[]))";
        let found: Vec<(String, String)> = sqlx::query_as(sql).bind(&kinds).bind(&keys).fetch_all(&mut *db).await?;
        lookups.extend(found);
    }
    let rows = sound().flat_map(|append| &append.outbox).filter_map(|change| match change {
        OutboxChange::Put { id, .. } | OutboxChange::Done { id } => Some(id.as_str()),
        OutboxChange::Void { .. } | OutboxChange::VoidStream { .. } => None,
    });
    let rows: Vec<&str> = rows.collect();
    let mut waiting = HashMap::new();
    if !rows.is_empty() {
        let sql = "SELECT id, stream FROM outbox WHERE id = ANY($1)";
        let found: Vec<(String, String)> = sqlx::query_as(sql).bind(&rows).fetch_all(&mut *db).await?;
        waiting.extend(found);
    }
    let (frontier, outbox_next) = (locked.frontier, locked.outbox_next);
    Ok(Batch { frontier, outbox_next, receipts, streams, lookups, waiting, made: Made::default() })
}

async fn put(db: &mut PgConnection, batch: &Batch) -> Result<(), Fail> {
    let made = &batch.made;
    let ids: Vec<&[u8]> = made.receipts.iter().map(|(id, _)| &id[..]).collect();
    let positions = numbers(made.receipts.iter().map(|(_, receipt)| receipt.first_position))?;
    let versions = numbers(made.receipts.iter().map(|(_, receipt)| receipt.version))?;
    let sql = "INSERT INTO append SELECT * FROM UNNEST($1::bytea[], $2::int8[], $3::int8[])";
    sqlx::query(sql).bind(&ids).bind(&positions).bind(&versions).execute(&mut *db).await?;
    if !made.events.is_empty() {
        events(&mut *db, &made.events).await?;
    }
    streams(&mut *db, batch).await?;
    lookups(&mut *db, made).await?;
    sealed(&mut *db, made).await?;
    outbox(&mut *db, made).await?;
    // Whoever follows the journal is woken when, and only if, this is committed.
    let sql =
        "WITH head AS (UPDATE log_head SET size = $1, frontier = $2, outbox_next = $3 WHERE one = 1 RETURNING size)
               SELECT pg_notify('portreeve/' || current_schema(), size::text) FROM head";
    let (size, frontier) = (to_sql(batch.frontier.size())?, batch.frontier.to_bytes());
    sqlx::query(sql).bind(size).bind(frontier).bind(batch.outbox_next).execute(db).await?;
    Ok(())
}

fn numbers(numbers: impl Iterator<Item = u64>) -> Result<Vec<i64>, StoreError> {
    numbers.map(to_sql).collect()
}

pub(super) async fn events(db: &mut PgConnection, all: &[StoredEvent]) -> Result<(), Fail> {
    let positions = numbers(all.iter().map(|event| event.position))?;
    let versions = numbers(all.iter().map(|event| event.version))?;
    let streams: Vec<&str> = all.iter().map(|event| event.stream.as_str()).collect();
    let tags: Vec<&str> = all.iter().map(|event| event.tag.as_str()).collect();
    let times: Vec<i64> = all.iter().map(|event| event.at).collect();
    let bodies: Vec<&str> = all.iter().map(text_of).collect::<Result<_, _>>()?;
    let links: Vec<&[u8]> = all.iter().map(|event| &event.link.0[..]).collect();
    let sql = "INSERT INTO event (position, stream, version, tag, at, body, link) SELECT * FROM UNNEST
               ($1::int8[], $2::text[], $3::int8[], $4::text[], $5::int8[], $6::text[], $7::bytea[])";
    let query = sqlx::query(sql).bind(&positions).bind(&streams).bind(&versions).bind(&tags);
    query.bind(&times).bind(&bodies).bind(&links).execute(db).await?;
    Ok(())
}

async fn streams(db: &mut PgConnection, batch: &Batch) -> Result<(), Fail> {
    let changed = || batch.streams.iter().filter(|(_, head)| head.changed);
    let names: Vec<&str> = changed().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let versions = numbers(changed().map(|(_, head)| head.version))?;
    let links: Vec<&[u8]> = changed().map(|(_, head)| &head.link.0[..]).collect();
    let wakeups: Vec<Option<i64>> = changed().map(|(_, head)| head.wakeup).collect();
    let sql = "INSERT INTO stream (name, version, link, wakeup)
               SELECT * FROM UNNEST($1::text[], $2::int8[], $3::bytea[], $4::int8[])
               ON CONFLICT (name) DO UPDATE SET version = excluded.version, link = excluded.link,
                   wakeup = excluded.wakeup";
    sqlx::query(sql).bind(&names).bind(&versions).bind(&links).bind(&wakeups).execute(db).await?;
    Ok(())
}

async fn lookups(db: &mut PgConnection, made: &Made) -> Result<(), Fail> {
    let (mut kinds, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gone_kinds, mut gone_keys) = (Vec::new(), Vec::new());
    for ((kind, key), value) in &made.lookups {
        match value {
            Some(value) => {
                kinds.push(kind.as_str());
                keys.push(key.as_str());
                values.push(value.as_str());
            }
            None => {
                gone_kinds.push(kind.as_str());
                gone_keys.push(key.as_str());
            }
        }
    }
    if !gone_kinds.is_empty() {
        let sql = "DELETE FROM lookup WHERE (kind, key) IN (SELECT * FROM UNNEST($1::text[], $2::text[]))";
        sqlx::query(sql).bind(&gone_kinds).bind(&gone_keys).execute(&mut *db).await?;
    }
    if !kinds.is_empty() {
        let sql = "INSERT INTO lookup (kind, key, value) SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[])
                   ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value";
        sqlx::query(sql).bind(&kinds).bind(&keys).bind(&values).execute(db).await?;
    }
    Ok(())
}

async fn sealed(db: &mut PgConnection, made: &Made) -> Result<(), Fail> {
    let (mut owners, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gone_owners, mut gone_names) = (Vec::new(), Vec::new());
    for ((owner, name), bytes) in &made.sealed {
        match bytes {
            Some(bytes) => {
                owners.push(owner.as_str());
                names.push(name.as_str());
                values.push(bytes.as_slice());
            }
            None => {
                gone_owners.push(owner.as_str());
                gone_names.push(name.as_str());
            }
        }
    }
    if !gone_owners.is_empty() {
        let sql = "DELETE FROM sealed WHERE (owner, name) IN (SELECT * FROM UNNEST($1::text[], $2::text[]))";
        sqlx::query(sql).bind(&gone_owners).bind(&gone_names).execute(&mut *db).await?;
    }
    if !owners.is_empty() {
        let sql = "INSERT INTO sealed (owner, name, bytes) SELECT * FROM UNNEST($1::text[], $2::text[], $3::bytea[])
                   ON CONFLICT (owner, name) DO UPDATE SET bytes = excluded.bytes";
        sqlx::query(sql).bind(&owners).bind(&names).bind(&values).execute(db).await?;
    }
    Ok(())
}

/// What is taken goes before what is put: the same id may have been both.
async fn outbox(db: &mut PgConnection, made: &Made) -> Result<(), Fail> {
    let (removed, voided): (Vec<&String>, Vec<&String>) = (made.removed.iter().collect(), made.voided.iter().collect());
    if !removed.is_empty() || !voided.is_empty() {
        let sql = "DELETE FROM outbox WHERE id = ANY($1) OR stream = ANY($2)";
        sqlx::query(sql).bind(&removed).bind(&voided).execute(&mut *db).await?;
    }
    if !made.put.is_empty() {
        let numbers: Vec<i64> = made.put.keys().copied().collect();
        let rows = || made.put.values();
        let ids: Vec<&str> = rows().map(|row| row.id.as_str()).collect();
        let venues: Vec<&str> = rows().map(|row| row.venue.as_str()).collect();
        let streams: Vec<&str> = rows().map(|row| row.stream.as_str()).collect();
        let bodies: Vec<&[u8]> = rows().map(|row| row.body.as_slice()).collect();
        let sql = "INSERT INTO outbox (number, id, venue, stream, body)
                   SELECT * FROM UNNEST($1::int8[], $2::text[], $3::text[], $4::text[], $5::bytea[])";
        let query = sqlx::query(sql).bind(&numbers).bind(&ids).bind(&venues).bind(&streams);
        query.bind(&bodies).execute(db).await?;
    }
    Ok(())
}
