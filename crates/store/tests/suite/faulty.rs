//! The faulty store: what a crash loses, what stays unknown, and that durability can be proved.

use super::fixture::{append, id, one, verified};
use store::{Fault, FaultyStore, Snapshot, Store, StoreError};

fn io() -> StoreError {
    StoreError::Io { what: "planted".to_owned() }
}

#[test]
fn a_crash_keeps_what_was_acknowledged() {
    let mut store = FaultyStore::new();
    append(&mut store, one(1, "a", 0)).unwrap();
    assert_eq!(store.durable_size(), Ok(1));
    let mut after = store.crash();
    assert_eq!(verified(&mut after).size, 1);
    assert!(matches!(store.head(), Err(StoreError::Io { .. })), "the old process is dead");
    append(&mut after, one(2, "a", 1)).unwrap();
}

#[test]
fn without_the_sync_a_crash_loses_what_was_acknowledged() {
    let mut store = FaultyStore::new();
    append(&mut store, one(1, "a", 0)).unwrap();
    store.skip_sync(true);
    let receipt = append(&mut store, one(2, "a", 1)).unwrap();
    store.put_snapshot("a", &Snapshot { version: 2, apply_version: 1, body: vec![] }).unwrap();
    assert!(store.lease("v", "me", 0, 9).unwrap());
    assert_eq!(store.outcome(&id(2)), Ok(Some(receipt)));
    assert_eq!(store.durable(&id(2)), Ok(None), "a venue must not be reached yet");
    assert_eq!(store.unsynced(), 3);
    let mut after = store.crash();
    assert_eq!(verified(&mut after).size, 1);
    assert_eq!(after.snapshot("a"), Ok(None));
    assert_eq!(after.lease("v", "other", 0, 9), Ok(true));

    append(&mut after, one(3, "a", 1)).unwrap();
    after.sync().unwrap();
    assert_eq!(verified(&mut after.crash()).size, 2);
}

#[test]
fn each_fault_strikes_once_before_or_after_the_effect() {
    let errors =
        [StoreError::Full, StoreError::ReadOnly, StoreError::Busy, StoreError::Corrupt { what: "x".to_owned() }, io()];
    for error in errors {
        let mut store = FaultyStore::new();
        store.fail_next(Fault::Before(error.clone()));
        store.fail_next(Fault::After(error.clone()));
        assert_eq!(store.append(&[one(1, "a", 0)]), Err(error.clone()));
        assert_eq!(store.outcome(&id(1)), Ok(None));
        assert_eq!(store.append(&[one(1, "a", 0)]), Err(error));
        let receipt = store.outcome(&id(1)).unwrap().unwrap();
        assert_eq!(store.durable(&id(1)), Ok(Some(receipt)));
        append(&mut store, one(2, "a", 1)).unwrap();
    }
}

#[test]
fn an_append_whose_sync_failed_is_lost_in_a_crash_unless_its_outcome_was_asked() {
    let mut store = FaultyStore::new();
    store.fail_next(Fault::Unsynced(io()));
    assert_eq!(store.append(&[one(1, "a", 0)]), Err(io()));
    assert_eq!(store.durable(&id(1)), Ok(None));
    let mut store = store.crash();
    assert_eq!(store.outcome(&id(1)), Ok(None));

    store.fail_next(Fault::Unsynced(io()));
    assert_eq!(store.append(&[one(2, "a", 0)]), Err(io()));
    let receipt = store.outcome(&id(2)).unwrap().unwrap();
    let mut store = store.crash();
    assert_eq!(store.outcome(&id(2)), Ok(Some(receipt)));
}

#[test]
fn one_batch_is_one_sync_and_refusals_alone_are_none() {
    let mut store = FaultyStore::new();
    let batch: Vec<_> = (0..50).map(|n| one(n, "a", n)).collect();
    store.append(&batch).unwrap();
    assert_eq!(store.syncs(), 1);
    store.append(&batch).unwrap();
    assert_eq!(store.syncs(), 1);
}
