//! A connection that comes back: made when it is needed, checked each time, and never alive beside its predecessor.

use super::fail::{Fail, corrupt, silent};
use super::place::PostgresPlace;
use super::schema::{self, Backend, Disk};
use super::write;
use crate::StoreError;
use sqlx::{ConnectOptions, PgConnection, raw_sql};
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::time::timeout;

/// How long a connection may take, with all its checks.
const CONNECT: Duration = Duration::from_secs(4);
/// How long a step may take; the server itself gives up sooner.
const STEP: Duration = Duration::from_secs(12);
/// How long a predecessor has to end, and how long somebody's lock is waited for, who may be ending just now.
const ENDING_MS: i64 = 2_000;
const HELD_TRIES: u32 = 40;
const HELD_AGAIN: Duration = Duration::from_millis(50);

/// Who else may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// Nobody: another one is refused at its start, and one whose place was taken stops writing.
    One,
    /// Others of the same kind; compare-and-swap keeps them apart.
    Several,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer(Writers),
}

pub(super) struct Session {
    place: PostgresPlace,
    disk: Disk,
    role: Role,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    connection: Option<PgConnection>,
    /// Behind the connection, or behind the last one that was lost.
    backend: Option<Backend>,
    /// The turn of this writer, counted in the head of the log.
    epoch: Option<i64>,
    overtaken: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let connected = self.connection.is_some();
        f.debug_struct("Session").field("place", &self.place.to_string()).field("connected", &connected).finish()
    }
}

impl Session {
    /// Connects at once, so that what is wrong is said at the start.
    pub(super) fn open(place: &PostgresPlace, disk: Disk, role: Role) -> Result<Session, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (place, runtime) = (place.clone(), Some(runtime));
        let mut session =
            Session { place, disk, role, runtime, connection: None, backend: None, epoch: None, overtaken: false };
        session.connected()?;
        Ok(session)
    }

    pub(super) fn place(&self) -> &PostgresPlace {
        &self.place
    }

    pub(super) fn disk(&self) -> Disk {
        self.disk
    }

    /// One step on a connection that may have been lost meanwhile: then it is made again, once.
    pub(super) fn run<T>(&mut self, step: impl AsyncFn(&mut PgConnection) -> Result<T, Fail>) -> Result<T, StoreError> {
        let kept = self.connection.is_some();
        self.connected()?;
        match self.go_on(&step) {
            // It was idle, and its other end has gone: nothing of this step has happened.
            Err(StoreError::Io { .. }) if kept && self.connection.is_none() => {
                self.connected()?;
                self.go_on(&step)
            }
            done => done,
        }
    }

    /// A further step on the same connection, which is dropped when the step leaves it in doubt.
    pub(super) fn go_on<T>(
        &mut self,
        step: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Fail>,
    ) -> Result<T, StoreError> {
        let runtime = usable(self.runtime.as_ref())?;
        let Some(mut connection) = self.connection.take() else {
            return Err(StoreError::Io { what: "PostgreSQL: the connection is gone".to_owned() });
        };
        match runtime.block_on(async { timeout(STEP, step(&mut connection)).await }) {
            Ok(Ok(value)) => {
                self.connection = Some(connection);
                Ok(value)
            }
            Ok(Err(fail)) => {
                if fail.keeps_connection() {
                    self.connection = Some(connection);
                }
                Err(fail.into())
            }
            Err(_) => Err(silent()),
        }
    }

    pub(super) fn drop_connection(&mut self) {
        self.connection = None;
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Whether the turn that was counted is still ours; once it is not, it never is again.
    pub(super) fn check_turn(&mut self, epoch: i64) -> Result<(), StoreError> {
        self.overtaken |= self.epoch.is_some_and(|own| own != epoch);
        if self.overtaken { Err(StoreError::Overtaken) } else { Ok(()) }
    }

    fn connected(&mut self) -> Result<(), StoreError> {
        if self.overtaken {
            return Err(StoreError::Overtaken);
        }
        if self.connection.is_some() {
            return Ok(());
        }
        let first = self.backend.is_none();
        let runtime = usable(self.runtime.as_ref())?;
        let making = connect(&self.place, self.disk, self.role, self.backend.clone(), self.epoch);
        let made = runtime.block_on(async { timeout(CONNECT, making).await });
        let (connection, backend, epoch) = match made {
            Ok(Ok(made)) => made,
            Ok(Err(Fail::Store(StoreError::Overtaken))) => {
                self.overtaken = true;
                return Err(StoreError::Overtaken);
            }
            Ok(Err(fail)) => return Err(fail.into()),
            Err(_) => return Err(silent()),
        };
        (self.connection, self.backend, self.epoch) = (Some(connection), Some(backend), epoch);
        if !first {
            tracing::info!(place = %self.place, "PostgreSQL is connected again");
        }
        Ok(())
    }
}

/// A step blocks its thread, which a task must not do: said as an error, where it would be a panic.
fn usable(runtime: Option<&Runtime>) -> Result<&Runtime, StoreError> {
    let other = |what: &str| StoreError::Other { what: what.to_owned() };
    if Handle::try_current().is_ok() {
        return Err(other("PostgreSQL is not called from a task"));
    }
    runtime.ok_or_else(|| other("the session has ended"))
}

type Made = (PgConnection, Backend, Option<i64>);

async fn connect(
    place: &PostgresPlace,
    disk: Disk,
    role: Role,
    before: Option<Backend>,
    epoch: Option<i64>,
) -> Result<Made, Fail> {
    let mut db = place.options()?.disable_statement_logging().connect().await?;
    let backend = schema::prepare(&mut db, disk).await?;
    let Role::Writer(writers) = role else {
        raw_sql("SET default_transaction_read_only = on").execute(&mut db).await?;
        if schema::found(&mut db, place.schema()).await?.is_none() {
            return Err(StoreError::Missing { path: place.to_string() }.into());
        }
        return Ok((db, backend, None));
    };
    if let Some(before) = &before {
        end(&mut db, before).await?;
    }
    take_turn(&mut db, place, writers).await?;
    if schema::found(&mut db, place.schema()).await?.is_none() {
        if before.is_some() {
            return Err(corrupt("the tables of the journal are gone").into());
        }
        schema::create(&mut db, place.schema()).await?;
    }
    if before.is_none() {
        schema::check_head(&mut db).await?;
    }
    let epoch = match (writers, epoch) {
        (Writers::Several, _) => None,
        (Writers::One, None) => {
            let sql = "UPDATE log_head SET epoch = epoch + 1 WHERE one = 1 RETURNING epoch";
            Some(sqlx::query_scalar(sql).fetch_one(&mut db).await?)
        }
        (Writers::One, Some(own)) => {
            let found: i64 = sqlx::query_scalar("SELECT epoch FROM log_head WHERE one = 1").fetch_one(&mut db).await?;
            if found != own {
                return Err(StoreError::Overtaken.into());
            }
            Some(own)
        }
    };
    Ok((db, backend, epoch))
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

impl Drop for Session {
    /// Says good-bye, so that whoever starts next finds the place free.
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        if let (Some(mut connection), true) = (self.connection.take(), Handle::try_current().is_err()) {
            let bye = async {
                drop(write::roll_back(&mut connection).await);
                drop(raw_sql("SELECT pg_advisory_unlock_all()").execute(&mut connection).await);
                drop(sqlx::Connection::close(connection).await);
            };
            drop(runtime.block_on(async { timeout(CONNECT, bye).await }));
        }
        runtime.shutdown_background();
    }
}
