//! Following a journal that others write: woken by NOTIFY, and looking by itself when nothing wakes it.

use super::fail::Fail;
use super::schema::Disk;
use super::{PostgresPlace, PostgresReader};
use crate::StoreError;
use crate::contract::{Reader, StoredEvent};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::fmt;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Reads on from where it is; a wake-up that is lost costs one interval, never an event.
pub struct PostgresFollower {
    reader: PostgresReader,
    /// Gone only while it is dropped.
    listener: Option<PgListener>,
    runtime: Runtime,
    position: u64,
}

impl fmt::Debug for PostgresFollower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresFollower").field("position", &self.position).finish_non_exhaustive()
    }
}

impl PostgresFollower {
    pub fn open(place: &PostgresPlace, disk: Disk, from_position: u64) -> Result<PostgresFollower, StoreError> {
        let reader = PostgresReader::open(place, disk)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let options = place.options().map_err(Fail::from)?.disable_statement_logging();
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let listening = async {
            let pool = pool.connect_with(options).await?;
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(&format!("portreeve/{}", place.schema())).await?;
            Ok::<_, sqlx::Error>(listener)
        };
        let listener = runtime.block_on(listening).map_err(Fail::from)?;
        Ok(PostgresFollower { reader, listener: Some(listener), runtime, position: from_position })
    }

    /// The next events, at most so many: at once where there are some, else after the first wake-up or the interval.
    pub fn next(&mut self, limit: usize, interval: Duration) -> Result<Vec<StoredEvent>, StoreError> {
        let ready = self.read(limit)?;
        if !ready.is_empty() {
            return Ok(ready);
        }
        if let Some(listener) = &mut self.listener {
            // Whatever it says, the journal is asked: this only chooses when.
            drop(self.runtime.block_on(async { timeout(interval, listener.try_recv()).await }));
        }
        self.read(limit)
    }

    fn read(&mut self, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let events = self.reader.tail(self.position, limit)?;
        if let Some(last) = events.last() {
            self.position = last.position.saturating_add(1);
        }
        Ok(events)
    }
}

impl Drop for PostgresFollower {
    fn drop(&mut self) {
        // It hands its connection to a task, which needs a runtime to be handed to.
        let _inside = self.runtime.enter();
        drop(self.listener.take());
    }
}
