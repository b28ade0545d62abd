//! Making a connection: what must be true of the server, of the one before, and of the journal, before it is used.

use super::fail::{Fail, corrupt};
use super::known::{Known, Others, Seen};
use super::place::PostgresPlace;
use super::read;
use super::schema::{self, Backend, Disk};
use super::session::{Role, Writers};
use crate::StoreError;
use sqlx::{ConnectOptions, PgConnection, raw_sql};
use std::time::Duration;

/// How long a predecessor has to end, and how long somebody's lock is waited for, who may be ending just now.
const ENDING_MS: i64 = 2_000;
const HELD_TRIES: u32 = 40;
const HELD_AGAIN: Duration = Duration::from_millis(50);

/// What a session has come to by the connections before this one.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// The process of the server that may be at work for us: that of the connection, or of the last one.
    pub backend: Option<Backend>,
    /// The turn of this writer, counted in the head of the log.
    pub epoch: Option<i64>,
    /// What a writer knows, once it has been connected.
    pub known: Option<Known>,
    /// What a reader knows.
    pub seen: Seen,
}

pub(super) async fn connect(
    place: &PostgresPlace,
    disk: Disk,
    role: Role,
    past: &mut Past,
) -> Result<PgConnection, Fail> {
    let mut db = place.options()?.disable_statement_logging().connect().await?;
    let backend = schema::prepare(&mut db, disk).await?;
    match role {
        Role::Reader | Role::CopyReader => read_only(&mut db, place, role, past).await?,
        Role::Writer(writers) => {
            if let Some(before) = &past.backend {
                end(&mut db, before).await?;
            }
            // Noted before a lock is taken and a commit waited for: whoever gives this connection up ends it, too.
            past.backend = Some(backend);
            take_turn(&mut db, place, writers).await?;
            match &mut past.known {
                None => past.known = Some(begin(&mut db, place, writers, &mut past.epoch).await?),
                Some(known) => go_on(&mut db, place, writers, past.epoch, known).await?,
            }
        }
    }
    Ok(db)
}

async fn read_only(db: &mut PgConnection, place: &PostgresPlace, role: Role, past: &Past) -> Result<(), Fail> {
    raw_sql("SET default_transaction_read_only = on").execute(&mut *db).await?;
    match schema::found(db, place.schema()).await {
        Ok(Some(_)) => {}
        Ok(None) => return Err(StoreError::Missing { path: place.to_string() }.into()),
        Err(Fail::Store(StoreError::HalfCopied)) if role == Role::CopyReader => {}
        Err(fail) => return Err(fail),
    }
    past.seen.recall(db).await
}

/// The first connection of a writer.
async fn begin(
    db: &mut PgConnection,
    place: &PostgresPlace,
    writers: Writers,
    epoch: &mut Option<i64>,
) -> Result<Known, Fail> {
    if schema::found(db, place.schema()).await?.is_none() {
        schema::create(db, place.schema()).await?;
    }
    schema::check_head(db).await?;
    *epoch = match writers {
        Writers::Several => None,
        Writers::One => {
            let sql = "UPDATE log_head SET epoch = epoch + 1 WHERE one = 1 RETURNING epoch";
            Some(sqlx::query_scalar(sql).fetch_one(&mut *db).await?)
        }
    };
    let known = Known::found(read::frontier(db).await?);
    replicated(db).await?;
    Ok(known)
}

/// A further one: the journal is the one that we know, and still ours.
async fn go_on(
    db: &mut PgConnection,
    place: &PostgresPlace,
    writers: Writers,
    epoch: Option<i64>,
    known: &mut Known,
) -> Result<(), Fail> {
    if schema::found(db, place.schema()).await?.is_none() {
        return Err(corrupt("the tables of the journal are gone").into());
    }
    let found: i64 = sqlx::query_scalar("SELECT epoch FROM log_head WHERE one = 1").fetch_one(&mut *db).await?;
    if epoch.is_some_and(|own| own < found) {
        return Err(StoreError::Overtaken.into());
    }
    if epoch.is_some_and(|own| own > found) {
        // Whoever starts next would be given our turn.
        return Err(known.forgotten(&read::frontier(db).await?).into());
    }
    known.recall(db, others(writers)).await?;
    replicated(db).await
}

/// Where the server waits for a standby, a commit that we ask about may be on its own disk only: whoever waited for the
/// standby was ended by us. What is written now waits for itself, and so for all before it.
async fn replicated(db: &mut PgConnection) -> Result<(), Fail> {
    raw_sql("UPDATE log_head SET epoch = epoch WHERE one = 1").execute(db).await?;
    Ok(())
}

pub(super) fn others(writers: Writers) -> Others {
    match writers {
        Writers::One => Others::None,
        Writers::Several => Others::Some,
    }
}

/// The server may still be at work for a connection that we have lost, even at its commit. Only when that process has
/// ended is what it came to true for good.
async fn end(db: &mut PgConnection, before: &Backend) -> Result<(), Fail> {
    let sql = "SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2";
    let query = sqlx::query_scalar(sql).bind(before.pid).bind(&before.started).bind(ENDING_MS);
    let ended: Option<bool> = query.fetch_optional(db).await?;
    if ended == Some(false) { Err(StoreError::Busy.into()) } else { Ok(()) }
}

/// Held as long as the connection lives: one writer alone, or several that know of each other.
async fn take_turn(db: &mut PgConnection, place: &PostgresPlace, writers: Writers) -> Result<(), Fail> {
    let sql = match writers {
        Writers::One => "SELECT pg_try_advisory_lock($1)",
        Writers::Several => "SELECT pg_try_advisory_lock_shared($1)",
    };
    let key = key(place.schema());
    for again in 0..HELD_TRIES {
        if again > 0 {
            tokio::time::sleep(HELD_AGAIN).await;
        }
        if sqlx::query_scalar(sql).bind(key).fetch_one(&mut *db).await? {
            return Ok(());
        }
    }
    Err(StoreError::Held { place: place.to_string() }.into())
}

/// FNV-1a: the same number for the same schema, in every version of ours.
fn key(schema: &str) -> i64 {
    let bytes = "portreeve/writer/".bytes().chain(schema.bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    hash.cast_signed()
}
