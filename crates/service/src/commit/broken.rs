//! What stands in for a store that has panicked: it says no to everything, so that everyone who waits is told.

use store::{Append, Head, OutboxRow, Receipt, Refused, Snapshot, Store, StoreError, StoredEvent};

#[derive(Debug)]
pub(super) struct Broken;

fn no<T>() -> Result<T, StoreError> {
    Err(StoreError::Other { what: "it has panicked; a new start is needed".to_owned() })
}

impl Store for Broken {
    fn append(&mut self, _: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError> {
        no()
    }
    fn outcome(&mut self, _: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        no()
    }
    fn load(&mut self, _: &str, _: u64, _: usize) -> Result<Vec<StoredEvent>, StoreError> {
        no()
    }
    fn tail(&mut self, _: u64, _: usize) -> Result<Vec<StoredEvent>, StoreError> {
        no()
    }
    fn streams(&mut self, _: &str) -> Result<Vec<(String, u64)>, StoreError> {
        no()
    }
    fn head(&mut self) -> Result<Head, StoreError> {
        no()
    }
    fn lookup(&mut self, _: &str, _: &str) -> Result<Option<String>, StoreError> {
        no()
    }
    fn lookups(&mut self, _: &str) -> Result<Vec<(String, String)>, StoreError> {
        no()
    }
    fn sealed(&mut self, _: &str, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        no()
    }
    fn sealed_owners(&mut self, _: &str) -> Result<Vec<String>, StoreError> {
        no()
    }
    fn outbox(&mut self, _: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
        no()
    }
    fn due(&mut self, _: i64, _: usize) -> Result<Vec<(String, i64)>, StoreError> {
        no()
    }
    fn next_wakeup(&mut self) -> Result<Option<i64>, StoreError> {
        no()
    }
    fn snapshot(&mut self, _: &str) -> Result<Option<Snapshot>, StoreError> {
        no()
    }
    fn put_snapshot(&mut self, _: &str, _: &Snapshot) -> Result<(), StoreError> {
        no()
    }
    fn lease(&mut self, _: &str, _: &str, _: i64, _: i64) -> Result<bool, StoreError> {
        no()
    }
    fn keep_reserve(&mut self) -> Result<store::contract::Reserve, StoreError> {
        no()
    }
}
