//! A venue that takes everything at once, and a store that counts its transactions.

use kernel::effect::Effect;
use kernel::given::{Quote, RateQuote, Session};
use kernel::id::OrderId;
use kernel::money::Currency;
use kernel::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::contract::{Append, Head, OutboxRow, Receipt, Snapshot, Store, StoredEvent};
use store::{Refused, StoreError};
use venue::Report;
use venue::contract::{AccountView, Contract, ContractQuery, FullQuote, Later, Unsent, Venue};

#[derive(Debug, Default)]
pub struct Sink {
    pub taken: AtomicU64,
}

impl Venue for Sink {
    fn name(&self) -> &'static str {
        "sink"
    }
    fn idempotent(&self) -> bool {
        true
    }
    fn send(&self, _: Effect, _: Timestamp) -> Later<'_, Result<(), Unsent>> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
    fn recount(&self, _: Vec<OrderId>) -> Later<'_, Vec<Report>> {
        Box::pin(async { Vec::new() })
    }
    fn reports(&self) -> Later<'_, Vec<Report>> {
        Box::pin(std::future::pending())
    }
    fn contracts(&self, _: ContractQuery, _: Timestamp) -> Later<'_, Vec<Contract>> {
        Box::pin(async { Vec::new() })
    }
    fn watch(&self, _: i64) {}
    fn quote(&self, _: i64, now: Timestamp) -> Option<Quote> {
        crate::world::market(now).quote
    }
    fn full_quote(&self, _: i64, _: Timestamp) -> Option<FullQuote> {
        None
    }
    fn rate(&self, _: Currency, _: Currency, now: Timestamp) -> Option<RateQuote> {
        crate::world::market(now).rate
    }
    fn session(&self, _: i64, now: Timestamp) -> Option<Session> {
        crate::world::market(now).session
    }
    fn account(&self, _: &str, _: Timestamp) -> Option<AccountView> {
        None
    }
}

/// Each transaction is one sync of the log.
#[derive(Debug)]
pub struct Counted<S> {
    pub inner: S,
    pub transactions: Arc<AtomicU64>,
}

impl<S: Store> Store for Counted<S> {
    fn append(&mut self, batch: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError> {
        self.transactions.fetch_add(1, Ordering::Relaxed);
        self.inner.append(batch)
    }
    fn outcome(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        self.inner.outcome(id)
    }
    fn load(&mut self, stream: &str, after: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.load(stream, after, limit)
    }
    fn tail(&mut self, from: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.tail(from, limit)
    }
    fn sweep(&mut self, prefix: &str, after: (&str, u64), limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.sweep(prefix, after, limit)
    }
    fn streams(&mut self, prefix: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.inner.streams(prefix)
    }
    fn head(&mut self) -> Result<Head, StoreError> {
        self.inner.head()
    }
    fn lookup(&mut self, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
        self.inner.lookup(kind, key)
    }
    fn lookups(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.inner.lookups(kind)
    }
    fn sealed(&mut self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.sealed(owner, name)
    }
    fn sealed_owners(&mut self, name: &str) -> Result<Vec<String>, StoreError> {
        self.inner.sealed_owners(name)
    }
    fn outbox(&mut self, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
        self.inner.outbox(venue)
    }
    fn due(&mut self, now: i64, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
        self.inner.due(now, limit)
    }
    fn next_wakeup(&mut self) -> Result<Option<i64>, StoreError> {
        self.inner.next_wakeup()
    }
    fn snapshot(&mut self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        self.inner.snapshot(stream)
    }
    fn put_snapshot(&mut self, stream: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.inner.put_snapshot(stream, snapshot)
    }
    fn lease(&mut self, name: &str, holder: &str, now: i64, until: i64) -> Result<bool, StoreError> {
        self.inner.lease(name, holder, now, until)
    }
}
