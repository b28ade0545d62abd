//! A connection that comes back: made when it is needed, checked each time, and never alive beside its predecessor.

use super::connect::{self, Past};
use super::fail::{Fail, silent};
use super::known::{Mark, Seen};
use super::place::PostgresPlace;
use super::schema::Disk;
use super::write::{self, Locked};
use crate::StoreError;
use sqlx::{PgConnection, raw_sql};
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::time::timeout;

/// How long a connection may take, with all its checks.
const CONNECT: Duration = Duration::from_secs(4);
/// How long a step may take; the server itself gives up sooner.
const STEP: Duration = Duration::from_secs(12);
/// How many questions to a server that gave no connection in that time are answered with that at once, before it is
/// asked again: who waits behind the first is not held back by each.
const HUNG: u8 = 3;

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
    /// Sees what was copied and not released yet.
    CopyReader,
    Writer(Writers),
}

pub(super) struct Session {
    place: PostgresPlace,
    disk: Disk,
    role: Role,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    connection: Option<PgConnection>,
    past: Past,
    /// Why a writer writes no more, for good.
    ended: Option<StoreError>,
    /// Of those that are answered at once.
    hung: u8,
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
        let (past, connection) = (Past::default(), None);
        let mut session = Session { place, disk, role, runtime, connection, past, ended: None, hung: 0 };
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

    /// What a reader has been shown so far.
    pub(super) fn seen(&mut self) -> &mut Seen {
        &mut self.past.seen
    }

    /// Whether the turn that was counted is still ours, and the journal the one that we left. Once it is not, it never
    /// is again.
    pub(super) fn check(&mut self, locked: &Locked) -> Result<(), StoreError> {
        self.not_ended()?;
        let Role::Writer(writers) = self.role else { return Ok(()) };
        let checked = match &self.past.known {
            _ if self.past.epoch.is_some_and(|own| own < locked.epoch) => Err(StoreError::Overtaken),
            Some(known) if self.past.epoch.is_some_and(|own| own > locked.epoch) => {
                Err(known.forgotten(&locked.frontier))
            }
            Some(known) => known.check(&locked.frontier, connect::others(writers)),
            None => Ok(()),
        };
        checked.map_err(|error| self.end_for_good(error))
    }

    /// The commit of a transaction that leaves the journal so.
    pub(super) fn commit(&mut self, mark: Mark) -> Result<(), StoreError> {
        if let Some(known) = &mut self.past.known {
            known.trying(mark);
        }
        let done = self.go_on(async |db| write::commit(db).await);
        // Where the connection is gone the answer is missing; where it stands it was a yes or a no.
        if let (Some(known), true) = (&mut self.past.known, self.connection.is_some()) {
            known.answered(done.is_ok());
        }
        done
    }

    fn not_ended(&self) -> Result<(), StoreError> {
        self.ended.clone().map_or(Ok(()), Err)
    }

    fn end_for_good(&mut self, error: StoreError) -> StoreError {
        if let (Role::Writer(_), StoreError::Overtaken | StoreError::Forgotten { .. }) = (self.role, &error) {
            tracing::error!(place = %self.place, %error, "this node writes no more");
            self.ended = Some(error.clone());
        }
        error
    }

    fn connected(&mut self) -> Result<(), StoreError> {
        self.not_ended()?;
        if self.connection.is_some() {
            return Ok(());
        }
        if self.hung > 0 {
            self.hung = self.hung.saturating_sub(1);
            return Err(silent());
        }
        let again = self.past.known.is_some();
        let runtime = usable(self.runtime.as_ref())?;
        let making = connect::connect(&self.place, self.disk, self.role, &mut self.past);
        let made = runtime.block_on(async { timeout(CONNECT, making).await });
        self.hung = if made.is_err() { HUNG } else { 0 };
        match made {
            Ok(Ok(connection)) => self.connection = Some(connection),
            Ok(Err(fail)) => return Err(self.end_for_good(fail.into())),
            Err(_) => return Err(silent()),
        }
        if again {
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
