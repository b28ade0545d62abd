//! A store that says how often it was asked for what.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::{Append, Head, OutboxRow, Receipt, Refused, Snapshot, Store, StoreError, StoredEvent};

pub type Calls = BTreeMap<&'static str, usize>;

#[derive(Clone)]
pub struct Counted {
    inner: Arc<Mutex<Box<dyn Store>>>,
    calls: Arc<Mutex<Calls>>,
}

impl Counted {
    pub fn over(inner: impl Store + 'static) -> Self {
        Self { inner: Arc::new(Mutex::new(Box::new(inner))), calls: Arc::default() }
    }
    /// Since the last time; events by how many were written.
    pub fn taken(&self) -> Calls {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
    fn note(&self, what: &'static str, times: usize) {
        *self.calls.lock().unwrap().entry(what).or_default() += times;
    }
    /// Every event there is, as its bytes.
    pub fn journal(&self) -> Vec<StoredEvent> {
        self.inner.lock().unwrap().tail(0, 100_000).unwrap()
    }
}

impl Store for Counted {
    fn append(&mut self, batch: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError> {
        // What waits together is written together: how much, and not how often, is what an attempt costs.
        self.note("append", batch.len());
        self.note("events", batch.iter().map(|one| one.events.len()).sum());
        self.inner.lock().unwrap().append(batch)
    }
    fn outcome(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        self.note("outcome", 1);
        self.inner.lock().unwrap().outcome(id)
    }
    fn load(&mut self, stream: &str, after: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.note("load", 1);
        self.inner.lock().unwrap().load(stream, after, limit)
    }
    fn tail(&mut self, from: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.note("tail", 1);
        self.inner.lock().unwrap().tail(from, limit)
    }
    fn streams(&mut self, prefix: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.note("streams", 1);
        self.inner.lock().unwrap().streams(prefix)
    }
    fn head(&mut self) -> Result<Head, StoreError> {
        self.note("head", 1);
        self.inner.lock().unwrap().head()
    }
    fn lookup(&mut self, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
        self.note("lookup", 1);
        self.inner.lock().unwrap().lookup(kind, key)
    }
    fn lookups(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.note("lookups", 1);
        self.inner.lock().unwrap().lookups(kind)
    }
    fn sealed(&mut self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.note("sealed", 1);
        self.inner.lock().unwrap().sealed(owner, name)
    }
    fn sealed_owners(&mut self, name: &str) -> Result<Vec<String>, StoreError> {
        self.note("sealed_owners", 1);
        self.inner.lock().unwrap().sealed_owners(name)
    }
    fn outbox(&mut self, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
        self.note("outbox", 1);
        self.inner.lock().unwrap().outbox(venue)
    }
    fn due(&mut self, now: i64, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
        self.note("due", 1);
        self.inner.lock().unwrap().due(now, limit)
    }
    fn next_wakeup(&mut self) -> Result<Option<i64>, StoreError> {
        self.note("next_wakeup", 1);
        self.inner.lock().unwrap().next_wakeup()
    }
    fn snapshot(&mut self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        self.note("snapshot", 1);
        self.inner.lock().unwrap().snapshot(stream)
    }
    fn put_snapshot(&mut self, stream: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.note("put_snapshot", 1);
        self.inner.lock().unwrap().put_snapshot(stream, snapshot)
    }
    fn lease(&mut self, name: &str, holder: &str, now: i64, until: i64) -> Result<bool, StoreError> {
        self.note("lease", 1);
        self.inner.lock().unwrap().lease(name, holder, now, until)
    }
}
