//! The tables of a journal, and what a server must be like to hold one.

use super::fail::{Fail, corrupt, from_sql};
use super::read;
use crate::StoreError;
use sqlx::{AssertSqlSafe, PgConnection, Row, raw_sql};

/// Version of the tables below. A newer one is refused, an older one would be migrated here.
const SCHEMA: i64 = 1;
/// The oldest server that ends another backend and waits until it has.
const OLDEST: i32 = 140_000;

/// Text is compared byte by byte, as in the other stores, whatever the language of the database.
const TABLES: &str = r#"
CREATE TABLE meta (key TEXT COLLATE "C" PRIMARY KEY, value BIGINT NOT NULL);
CREATE TABLE log_head (
    one BIGINT PRIMARY KEY CHECK (one = 1), size BIGINT NOT NULL, frontier BYTEA NOT NULL,
    outbox_next BIGINT NOT NULL, epoch BIGINT NOT NULL
);
CREATE TABLE event (
    position BIGINT PRIMARY KEY, stream TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL,
    tag TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, body TEXT COLLATE "C" NOT NULL, link BYTEA NOT NULL
);
CREATE UNIQUE INDEX event_by_stream ON event (stream, version);
CREATE TABLE stream (
    name TEXT COLLATE "C" PRIMARY KEY, version BIGINT NOT NULL, link BYTEA NOT NULL, wakeup BIGINT
);
CREATE INDEX stream_by_wakeup ON stream (wakeup, name) WHERE wakeup IS NOT NULL;
CREATE TABLE append (id BYTEA PRIMARY KEY, first_position BIGINT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE lookup (
    kind TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE TABLE sealed (
    owner TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, bytes BYTEA NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE TABLE outbox (
    number BIGINT PRIMARY KEY, id TEXT COLLATE "C" NOT NULL UNIQUE, venue TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL, body BYTEA NOT NULL
);
CREATE INDEX outbox_by_stream ON outbox (stream);
CREATE TABLE snapshot (
    stream TEXT COLLATE "C" PRIMARY KEY, version BIGINT NOT NULL, apply_version BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE TABLE lease (name TEXT COLLATE "C" PRIMARY KEY, holder TEXT COLLATE "C" NOT NULL, until BIGINT NOT NULL);
"#;

/// The process of the server that is behind a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backend {
    pub pid: i32,
    /// Process numbers come again; with its start it is that one.
    pub started: String,
}

/// Whether a server may be used that can lose what it has confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Refused by name.
    MustSync,
    /// The operator has said that he knows.
    MayLose,
}

/// What is durable here must be durable on the server's disk, and text must be the text that was sent.
pub(super) async fn prepare(db: &mut PgConnection, disk: Disk) -> Result<Backend, Fail> {
    raw_sql(
        "SET lock_timeout = '5s'; SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s';
         SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
         SET default_transaction_isolation = 'read committed';",
    )
    .execute(&mut *db)
    .await?;
    let sql = "SELECT current_setting('server_version_num')::int4, current_setting('server_encoding'),
                      current_setting('fsync'), current_setting('full_page_writes'),
                      current_setting('synchronous_commit'), pg_is_in_recovery(), pid, backend_start::text
               FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    let row = sqlx::query(sql).fetch_one(&mut *db).await?;
    let version: i32 = row.try_get(0)?;
    let setting = |at: usize| row.try_get::<String, _>(at);
    let (encoding, fsync, pages, commit) = (setting(1)?, setting(2)?, setting(3)?, setting(4)?);
    let unfit = |what: &str| Err(Fail::Store(StoreError::Unfit { what: what.to_owned() }));
    if version < OLDEST {
        return unfit("the server is older than PostgreSQL 14");
    }
    if encoding != "UTF8" {
        return unfit("the database is not encoded in UTF8");
    }
    if row.try_get::<bool, _>(5)? {
        return unfit("the server is a standby: it can only be read");
    }
    if disk == Disk::MustSync {
        if fsync != "on" {
            return unfit("the server runs with fsync = off: what it confirms may be lost");
        }
        if pages != "on" {
            return unfit("the server runs with full_page_writes = off: a crash may damage the journal");
        }
        if !matches!(commit.as_str(), "on" | "remote_apply") {
            return unfit("the server runs with synchronous_commit not on: what it confirms may be lost");
        }
        // As it was accepted, and not as it may be read again from the server's files while we are connected.
        let kept = format!("SET synchronous_commit = {commit}");
        raw_sql(AssertSqlSafe(kept)).execute(&mut *db).await?;
    }
    Ok(Backend { pid: row.try_get(6)?, started: row.try_get(7)? })
}

/// The schema of the database; None if there is no table yet.
pub(super) async fn found(db: &mut PgConnection, schema: &str) -> Result<Option<u64>, Fail> {
    let sql = "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
               WHERE nspname = $1 AND relkind IN ('r', 'p', 'v', 'm')";
    let tables: i64 = sqlx::query_scalar(sql).bind(schema).fetch_one(&mut *db).await?;
    if tables == 0 {
        return Ok(None);
    }
    let sql = "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
               WHERE nspname = $1 AND relname = 'meta'";
    let meta: i64 = sqlx::query_scalar(sql).bind(schema).fetch_one(&mut *db).await?;
    if meta == 0 {
        return Err(corrupt("the schema has tables, but not those of a journal").into());
    }
    let values: Vec<(String, i64)> = sqlx::query_as("SELECT key, value FROM meta").fetch_all(&mut *db).await?;
    let value = |name: &str| values.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
    if value("copying").is_some() {
        return Err(StoreError::HalfCopied.into());
    }
    let schema = from_sql(value("schema").ok_or_else(|| corrupt("no schema version"))?, "the schema")?;
    if schema > SCHEMA.unsigned_abs() {
        return Err(StoreError::Newer { schema }.into());
    }
    if schema == 0 {
        return Err(corrupt("schema version 0").into());
    }
    Ok(Some(schema))
}

/// Makes the tables in one transaction, whoever else does so at this moment.
pub(super) async fn create(db: &mut PgConnection, schema: &str) -> Result<(), Fail> {
    raw_sql("BEGIN").execute(&mut *db).await?;
    let made = create_in_transaction(db, schema).await;
    let end = if made.is_ok() { "COMMIT" } else { "ROLLBACK" };
    raw_sql(end).execute(&mut *db).await?;
    made
}

async fn create_in_transaction(db: &mut PgConnection, schema: &str) -> Result<(), Fail> {
    let turn = "SELECT pg_advisory_xact_lock(hashtext('portreeve/create'), hashtext($1))";
    sqlx::query(turn).bind(schema).execute(&mut *db).await?;
    if found(db, schema).await?.is_some() {
        return Ok(());
    }
    let known = "SELECT count(*) FROM pg_namespace WHERE nspname = $1";
    let known: i64 = sqlx::query_scalar(known).bind(schema).fetch_one(&mut *db).await?;
    if known == 0 {
        // Small letters, digits and _ only: checked when the place was read.
        raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&mut *db).await?;
    }
    raw_sql(TABLES).execute(&mut *db).await?;
    sqlx::query("INSERT INTO meta VALUES ('schema', $1)").bind(SCHEMA).execute(&mut *db).await?;
    let head = "INSERT INTO log_head (one, size, frontier, outbox_next, epoch) VALUES (1, 0, $1, 1, 0)";
    sqlx::query(head).bind(journal::Frontier::new().to_bytes()).execute(&mut *db).await?;
    Ok(())
}

/// The head and the events belong together: a journal whose end was cut off is not written further.
pub(super) async fn check_head(db: &mut PgConnection) -> Result<(), Fail> {
    // One statement, one moment: others may be writing.
    let sql = "SELECT size, frontier, (SELECT max(position) FROM event) FROM log_head WHERE one = 1";
    let row = sqlx::query(sql).fetch_optional(&mut *db).await?.ok_or_else(|| corrupt("no head"))?;
    let size = read::frontier_of(row.try_get(0)?, &row.try_get::<Vec<u8>, _>(1)?)?.size();
    let events = match row.try_get::<Option<i64>, _>(2)? {
        None => 0,
        Some(last) => from_sql(last, "a position")?.saturating_add(1),
    };
    if events == size {
        Ok(())
    } else {
        Err(corrupt(&format!("the head counts {size} events, the last one is number {events}")).into())
    }
}
