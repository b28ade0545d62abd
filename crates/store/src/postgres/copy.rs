//! A journal in PostgreSQL as the source or the target of a copy.

use super::fail::{Fail, corrupt, from_sql, to_sql};
use super::{PostgresReader, PostgresStore, write};
use crate::StoreError;
use crate::contract::{OutboxRow, Snapshot, StoredEvent};
use crate::copy::{Kind, Row, Source, Target, misplaced};
use journal::Frontier;
use sqlx::{PgConnection, Row as _, raw_sql};

const TABLES: [&str; 8] = ["event", "append", "stream", "lookup", "sealed", "outbox", "snapshot", "lease"];

impl Source for PostgresReader {
    fn rows(&mut self, kind: Kind, after: Option<&Row>, limit: usize) -> Result<Vec<Row>, StoreError> {
        let limit = super::read::bound(limit);
        self.read(async |db| rows(db, kind, after, limit).await)
    }
}

/// No key is empty, and no number is the lowest.
async fn rows(db: &mut PgConnection, kind: Kind, after: Option<&Row>, limit: i64) -> Result<Vec<Row>, Fail> {
    Ok(match kind {
        Kind::Receipt => {
            let after = if let Some(Row::Receipt { id, .. }) = after { id.as_slice() } else { &[] };
            let sql = "SELECT id, first_position, version FROM append WHERE id > $1 ORDER BY id LIMIT $2";
            let found: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(sql).bind(after).bind(limit).fetch_all(db).await?;
            found
                .into_iter()
                .map(|(id, first_position, version)| Row::Receipt { id, first_position, version })
                .collect()
        }
        Kind::Stream => {
            let after = if let Some(Row::Stream { name, .. }) = after { name } else { "" };
            let sql = "SELECT name, version, link, wakeup FROM stream WHERE name > $1 ORDER BY name LIMIT $2";
            let found: Vec<(String, i64, Vec<u8>, Option<i64>)> =
                sqlx::query_as(sql).bind(after).bind(limit).fetch_all(db).await?;
            let row = |(name, version, link, wakeup)| Row::Stream { name, version, link, wakeup };
            found.into_iter().map(row).collect()
        }
        Kind::Lookup => {
            let (one, two) =
                if let Some(Row::Lookup { kind, key, .. }) = after { (kind.as_str(), key.as_str()) } else { ("", "") };
            let sql = "SELECT kind, key, value FROM lookup WHERE (kind, key) > ($1, $2) ORDER BY kind, key LIMIT $3";
            let found: Vec<(String, String, String)> =
                sqlx::query_as(sql).bind(one).bind(two).bind(limit).fetch_all(db).await?;
            found.into_iter().map(|(kind, key, value)| Row::Lookup { kind, key, value }).collect()
        }
        Kind::Sealed => {
            let (one, two) = if let Some(Row::Sealed { owner, name, .. }) = after {
                (owner.as_str(), name.as_str())
            } else {
                ("", "")
            };
            let sql =
                "SELECT owner, name, bytes FROM sealed WHERE (owner, name) > ($1, $2) ORDER BY owner, name LIMIT $3";
            let found: Vec<(String, String, Vec<u8>)> =
                sqlx::query_as(sql).bind(one).bind(two).bind(limit).fetch_all(db).await?;
            found.into_iter().map(|(owner, name, bytes)| Row::Sealed { owner, name, bytes }).collect()
        }
        Kind::Outbox => {
            let after = if let Some(Row::Outbox { number, .. }) = after { *number } else { i64::MIN };
            let sql = "SELECT number, id, venue, stream, body FROM outbox WHERE number > $1 ORDER BY number LIMIT $2";
            let found = sqlx::query(sql).bind(after).bind(limit).fetch_all(db).await?;
            let row = |row: &sqlx::postgres::PgRow| {
                let (id, venue, stream, body) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
                Ok(Row::Outbox { number: row.try_get(0)?, row: OutboxRow { id, venue, stream, body } })
            };
            found.iter().map(row).collect::<Result<_, Fail>>()?
        }
        Kind::Snapshot => snapshots(db, after, limit).await?,
        Kind::Lease => {
            let after = if let Some(Row::Lease { name, .. }) = after { name } else { "" };
            let sql = "SELECT name, holder, until FROM lease WHERE name > $1 ORDER BY name LIMIT $2";
            let found: Vec<(String, String, i64)> = sqlx::query_as(sql).bind(after).bind(limit).fetch_all(db).await?;
            found.into_iter().map(|(name, holder, until)| Row::Lease { name, holder, until }).collect()
        }
    })
}

async fn snapshots(db: &mut PgConnection, after: Option<&Row>, limit: i64) -> Result<Vec<Row>, Fail> {
    let after = if let Some(Row::Snapshot { stream, .. }) = after { stream } else { "" };
    let sql = "SELECT stream, version, apply_version, body FROM snapshot WHERE stream > $1 ORDER BY stream LIMIT $2";
    let found: Vec<(String, i64, i64, Vec<u8>)> = sqlx::query_as(sql).bind(after).bind(limit).fetch_all(db).await?;
    let row = |(stream, version, fold, body)| {
        let apply_version = u32::try_from(fold).map_err(|_| corrupt("the version of a fold"))?;
        let snapshot = Snapshot { version: from_sql(version, "a version")?, apply_version, body };
        Ok(Row::Snapshot { stream, snapshot })
    };
    found.into_iter().map(row).collect()
}

impl Target for PostgresStore {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.alone(async |db| {
            for table in TABLES {
                let sql = sqlx::AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {table})"));
                if sqlx::query_scalar(sql).fetch_one(&mut *db).await? {
                    return Err(StoreError::NotEmpty.into());
                }
            }
            raw_sql("INSERT INTO meta (key, value) VALUES ('copying', 1)").execute(db).await?;
            Ok(())
        })
    }

    fn put_events(&mut self, events: &[StoredEvent]) -> Result<(), StoreError> {
        self.alone(async |db| write::events(db, events).await)
    }

    fn put_rows(&mut self, kind: Kind, rows: &[Row]) -> Result<(), StoreError> {
        self.alone(async |db| put(db, kind, rows).await)
    }

    fn finish(&mut self, frontier: &Frontier) -> Result<(), StoreError> {
        self.alone(async |db| {
            let sql = "UPDATE log_head SET size = $1, frontier = $2,
                           outbox_next = (SELECT coalesce(max(number), 0) + 1 FROM outbox) WHERE one = 1";
            sqlx::query(sql).bind(to_sql(frontier.size())?).bind(frontier.to_bytes()).execute(db).await?;
            Ok(())
        })
    }

    fn release(&mut self) -> Result<(), StoreError> {
        self.alone(async |db| {
            raw_sql("DELETE FROM meta WHERE key = 'copying'").execute(db).await?;
            Ok(())
        })
    }
}

/// One column of rows.
fn column<'a, T>(rows: &'a [Row], of: impl Fn(&'a Row) -> Option<T>) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| of(row).ok_or_else(misplaced)).collect()
}

macro_rules! column {
    ($rows:expr, $variant:ident, $field:ident) => {
        column($rows, |row| if let Row::$variant { $field, .. } = row { Some($field) } else { None })?
    };
}

async fn put(db: &mut PgConnection, kind: Kind, rows: &[Row]) -> Result<(), Fail> {
    let query = match kind {
        Kind::Receipt => sqlx::query(
            "INSERT INTO append (id, first_position, version) SELECT * FROM UNNEST($1::bytea[], $2::int8[], $3::int8[])",
        )
        .bind(column!(rows, Receipt, id))
        .bind(column!(rows, Receipt, first_position))
        .bind(column!(rows, Receipt, version)),
        Kind::Stream => sqlx::query(
            "INSERT INTO stream (name, version, link, wakeup)
             SELECT * FROM UNNEST($1::text[], $2::int8[], $3::bytea[], $4::int8[])",
        )
        .bind(column!(rows, Stream, name))
        .bind(column!(rows, Stream, version))
        .bind(column!(rows, Stream, link))
        .bind(column!(rows, Stream, wakeup).into_iter().copied().collect::<Vec<_>>()),
        Kind::Lookup => sqlx::query(
            "INSERT INTO lookup (kind, key, value) SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[])",
        )
        .bind(column!(rows, Lookup, kind))
        .bind(column!(rows, Lookup, key))
        .bind(column!(rows, Lookup, value)),
        Kind::Sealed => sqlx::query(
            "INSERT INTO sealed (owner, name, bytes) SELECT * FROM UNNEST($1::text[], $2::text[], $3::bytea[])",
        )
        .bind(column!(rows, Sealed, owner))
        .bind(column!(rows, Sealed, name))
        .bind(column!(rows, Sealed, bytes)),
        Kind::Outbox => {
            let waits = column!(rows, Outbox, row);
            let text = |of: fn(&OutboxRow) -> &str| waits.iter().map(|row| of(row)).collect::<Vec<_>>();
            sqlx::query(
                "INSERT INTO outbox (number, id, venue, stream, body)
                 SELECT * FROM UNNEST($1::int8[], $2::text[], $3::text[], $4::text[], $5::bytea[])",
            )
            .bind(column!(rows, Outbox, number))
            .bind(text(|row| &row.id))
            .bind(text(|row| &row.venue))
            .bind(text(|row| &row.stream))
            .bind(waits.iter().map(|row| row.body.as_slice()).collect::<Vec<_>>())
        }
        Kind::Snapshot => {
            let kept = column!(rows, Snapshot, snapshot);
            let versions = kept.iter().map(|one| to_sql(one.version)).collect::<Result<Vec<_>, _>>()?;
            sqlx::query(
                "INSERT INTO snapshot (stream, version, apply_version, body)
                 SELECT * FROM UNNEST($1::text[], $2::int8[], $3::int8[], $4::bytea[])",
            )
            .bind(column!(rows, Snapshot, stream))
            .bind(versions)
            .bind(kept.iter().map(|one| i64::from(one.apply_version)).collect::<Vec<_>>())
            .bind(kept.iter().map(|one| one.body.as_slice()).collect::<Vec<_>>())
        }
        Kind::Lease => sqlx::query(
            "INSERT INTO lease (name, holder, until) SELECT * FROM UNNEST($1::text[], $2::text[], $3::int8[])",
        )
        .bind(column!(rows, Lease, name))
        .bind(column!(rows, Lease, holder))
        .bind(column!(rows, Lease, until)),
    };
    query.execute(db).await?;
    Ok(())
}
