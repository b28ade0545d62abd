//! The store on PostgreSQL: the same contract, one transaction and one sync of the server for each batch.

mod batch;
mod connect;
mod copy;
mod fail;
mod follow;
mod known;
mod place;
mod read;
mod reader;
mod schema;
mod session;
mod write;

pub use follow::PostgresFollower;
pub use place::{BadPlace, PostgresPlace};
pub use reader::PostgresReader;
pub use schema::Disk;
pub use session::Writers;

use crate::contract::{Append, Head, OutboxRow, Reader, Receipt, Snapshot, Store, StoredEvent};
use crate::{Refused, StoreError};
use fail::{Fail, to_sql};
use known::Mark;
use session::{Role, Session};
use sqlx::PgConnection;

/// A writer of a journal on PostgreSQL. Not to be called from a task of a runtime: each call blocks its thread.
///
/// A connection that breaks is made again by the next call. What the lost one was doing is ended at the server first:
/// `outcome` never answers while a commit may still be on its way.
#[derive(Debug)]
pub struct PostgresStore {
    session: Session,
}

impl PostgresStore {
    /// Makes the tables in the place's schema where there are none.
    pub fn open(place: &PostgresPlace, writers: Writers, disk: Disk) -> Result<PostgresStore, StoreError> {
        Ok(PostgresStore { session: Session::open(place, disk, Role::Writer(writers))? })
    }

    /// Steps that are one transaction of their own, under the lock of the head.
    fn alone(&mut self, steps: impl AsyncFnOnce(&mut PgConnection) -> Result<(), Fail>) -> Result<(), StoreError> {
        let locked = self.session.run(async |db| write::begin(db).await)?;
        let done = self.session.check(&locked).and_then(|()| self.session.go_on(steps));
        let left = done.and_then(|()| self.session.go_on(async |db| read::frontier(db).await));
        let done = left.and_then(|frontier| self.session.commit(Mark { frontier, append: None }));
        done.or_else(|error| self.give_up(error))
    }

    /// Nothing of the batch is left, unless it is the commit itself whose answer is missing.
    fn give_up<T>(&mut self, error: StoreError) -> Result<T, StoreError> {
        if self.session.is_connected() && self.session.go_on(async |db| write::roll_back(db).await).is_err() {
            self.session.drop_connection();
        }
        Err(error)
    }
}

impl Store for PostgresStore {
    fn append(&mut self, batch: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let locked = self.session.run(async |db| write::begin(db).await)?;
        if let Err(error) = self.session.check(&locked) {
            return self.give_up(error);
        }
        let (answers, frontier) = match self.session.go_on(async move |db| write::batch(db, locked, batch).await) {
            Ok(written) => written,
            Err(error) => return self.give_up(error),
        };
        let each = || batch.iter().zip(&answers);
        let last = each().rev().find_map(|(append, answer)| Some((append.id, *answer.as_ref().ok()?)));
        if last.is_none() {
            return self.session.go_on(async |db| write::roll_back(db).await).map(|()| answers);
        }
        match self.session.commit(Mark { frontier, append: last }) {
            Ok(()) => Ok(answers),
            Err(error) => self.give_up(error),
        }
    }

    fn outcome(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        self.session.run(async |db| read::receipt(db, id).await)
    }

    fn load(&mut self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.session.run(async |db| read::load(db, stream, after_version, limit).await)
    }

    fn sweep(&mut self, prefix: &str, after: (&str, u64), limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.session.run(async |db| read::sweep(db, prefix, after, limit).await)
    }

    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.session.run(async |db| read::tail(db, from_position, limit).await)
    }

    fn streams(&mut self, prefix: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.session.run(async |db| read::streams(db, prefix).await)
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        self.session.run(async |db| read::head(db).await)
    }

    fn lookup(&mut self, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
        self.session.run(async |db| read::lookup(db, kind, key).await)
    }

    fn lookups(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.session.run(async |db| read::lookups(db, kind).await)
    }

    fn sealed(&mut self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.session.run(async |db| read::sealed(db, owner, name).await)
    }

    fn sealed_owners(&mut self, name: &str) -> Result<Vec<String>, StoreError> {
        self.session.run(async |db| read::sealed_owners(db, name).await)
    }

    fn outbox(&mut self, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
        self.session.run(async |db| read::outbox(db, venue).await)
    }

    fn due(&mut self, now: i64, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
        self.session.run(async |db| read::due(db, now, limit).await)
    }

    fn next_wakeup(&mut self) -> Result<Option<i64>, StoreError> {
        self.session.run(async |db| read::next_wakeup(db).await)
    }

    fn snapshot(&mut self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        self.session.run(async |db| read::snapshot(db, stream).await)
    }

    fn put_snapshot(&mut self, stream: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        // A stream only grows: what it has reached now it has reached when this is written.
        let found = self.session.run(async |db| read::version(db, stream).await)?;
        if snapshot.version > found {
            return Err(StoreError::SnapshotAhead { version: snapshot.version, found });
        }
        let version = to_sql(snapshot.version)?;
        let sql = "INSERT INTO snapshot (stream, version, apply_version, body) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (stream) DO UPDATE SET version = excluded.version,
                       apply_version = excluded.apply_version, body = excluded.body";
        let fold = i64::from(snapshot.apply_version);
        self.session.run(async |db| {
            let query = sqlx::query(sql).bind(stream).bind(version).bind(fold).bind(&snapshot.body);
            query.execute(db).await.map(|_| ()).map_err(Into::into)
        })
    }

    fn lease(&mut self, name: &str, holder: &str, now: i64, until: i64) -> Result<bool, StoreError> {
        // One statement: whoever comes second sees the row of the first.
        let sql = "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $4)
                   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
                   WHERE lease.holder = excluded.holder OR lease.until <= $3";
        self.session.run(async |db| {
            let query = sqlx::query(sql).bind(name).bind(holder).bind(now).bind(until);
            Ok(query.execute(db).await?.rows_affected() == 1)
        })
    }

    fn reader(&mut self) -> Result<Option<Box<dyn Reader>>, StoreError> {
        Ok(Some(Box::new(PostgresReader::open(self.session.place(), self.session.disk())?)))
    }
}
