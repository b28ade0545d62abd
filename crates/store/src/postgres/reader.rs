//! A reader beside the writers: a connection of its own that the server itself keeps from writing.

use super::PostgresPlace;
use super::fail::Fail;
use super::read;
use super::schema::{self, Disk};
use super::session::{Role, Session};
use crate::StoreError;
use crate::contract::{Frozen, Head, Reader, StoredEvent};
use journal::Frontier;
use sqlx::{PgConnection, raw_sql};

/// Never writes, holds up nobody. Once frozen, a connection that is lost ends it: the next read fails, and is not of
/// another moment.
#[derive(Debug)]
pub struct PostgresReader {
    session: Session,
    frozen: bool,
}

impl PostgresReader {
    pub fn open(place: &PostgresPlace, disk: Disk) -> Result<PostgresReader, StoreError> {
        Ok(PostgresReader { session: Session::open(place, disk, Role::Reader)?, frozen: false })
    }

    /// What was copied, before it is released to be opened.
    pub fn of_copy(place: &PostgresPlace, disk: Disk) -> Result<PostgresReader, StoreError> {
        Ok(PostgresReader { session: Session::open(place, disk, Role::CopyReader)?, frozen: false })
    }

    pub(super) fn read<T>(
        &mut self,
        step: impl AsyncFn(&mut PgConnection) -> Result<T, Fail>,
    ) -> Result<T, StoreError> {
        if self.frozen { self.session.go_on(step) } else { self.session.run(step) }
    }
}

impl Frozen for PostgresReader {
    fn freeze(&mut self) -> Result<Head, StoreError> {
        self.frozen = false;
        let head = self.session.run(async |db| {
            // A frozen reader may rest for as long as a person thinks.
            let sql = "ROLLBACK; SET idle_in_transaction_session_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ";
            raw_sql(sql).execute(&mut *db).await?;
            read::head(db).await
        })?;
        self.frozen = true;
        self.session.seen().head(head);
        Ok(head)
    }

    fn check_head(&mut self) -> Result<(), StoreError> {
        self.read(async |db| schema::check_head(db).await)
    }

    fn frontier(&mut self) -> Result<Frontier, StoreError> {
        self.read(async |db| read::frontier(db).await)
    }
}

impl Reader for PostgresReader {
    fn head(&mut self) -> Result<Head, StoreError> {
        let head = self.read(async |db| read::head(db).await)?;
        self.session.seen().head(head);
        Ok(head)
    }
    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let events = self.read(async |db| read::tail(db, from_position, limit).await)?;
        self.session.seen().events(&events);
        Ok(events)
    }
}
