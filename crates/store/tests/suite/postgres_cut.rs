//! PostgreSQL goes away: in the middle of a commit, between two, and for good to whoever was overtaken.

use super::cluster::Cluster;
use super::fixture::{alone, append, id, one, place, sql, verified};
use super::wire::{Cut, Wire};
use store::postgres::{Disk, Writers};
use store::{PostgresPlace, PostgresStore, Refused, Store, StoreError};

/// The connections of the journal in the current schema.
const OURS: &str = "application_name = 'portreeve/' || current_schema()";

fn through(wire: &Wire, schema: &str) -> PostgresPlace {
    format!("postgres:///postgres?host={}&user=postgres&schema={schema}", wire.directory().display()).parse().unwrap()
}

#[test]
fn a_connection_that_dies_in_its_commit_is_asked_about_by_the_append_id() {
    let wire = Wire::to(Cluster::shared().directory());
    for (cut, schema, happened) in [(Cut::Before, "cut_before", false), (Cut::After, "cut_after", true)] {
        let mut store = alone(&through(&wire, schema));
        append(&mut store, one(1, "a", 0)).unwrap();
        wire.cut_next(cut);
        assert!(matches!(store.append(&[one(2, "a", 1)]), Err(StoreError::Io { .. })), "{cut:?}");
        let found = store.outcome(&id(2)).unwrap();
        assert_eq!(found.is_some(), happened, "{cut:?}");
        // Whoever did not ask may say it again: it happens once.
        match found {
            Some(receipt) => {
                assert_eq!(append(&mut store, one(2, "a", 1)), Err(Refused::DuplicateAppend { receipt }));
            }
            None => drop(append(&mut store, one(2, "a", 1)).unwrap()),
        }
        assert_eq!(verified(&mut store).size, 2, "{cut:?}");
    }
}

#[test]
fn it_did_not_happen_is_true_for_good_although_the_commit_was_still_under_way() {
    let wire = Wire::to(Cluster::shared().directory());
    let mut store = alone(&through(&wire, "cut_held"));
    append(&mut store, one(1, "a", 0)).unwrap();
    wire.cut_next(Cut::Held);
    assert!(matches!(store.append(&[one(2, "a", 1)]), Err(StoreError::Io { .. })));
    assert_eq!(store.outcome(&id(2)).unwrap(), None);
    assert!(wire.deliver(), "the commit arrives after that answer");
    assert_eq!(store.outcome(&id(2)).unwrap(), None);
    assert_eq!(verified(&mut store).size, 1);
    append(&mut store, one(3, "a", 1)).unwrap();
}

#[test]
fn a_server_that_crashes_loses_nothing_it_has_confirmed_and_is_used_again_by_itself() {
    let cluster = Cluster::start("");
    let place: PostgresPlace = cluster.url().parse().unwrap();
    let mut store = alone(&place);
    let mut reader = store.reader().unwrap().unwrap();
    for number in 0..20 {
        append(&mut store, one(number, "a", number)).unwrap();
    }
    cluster.tell("stop");
    assert!(matches!(store.append(&[one(20, "a", 20)]), Err(StoreError::Io { .. })));
    assert!(matches!(store.outcome(&id(20)), Err(StoreError::Io { .. })), "nobody can say");
    assert!(matches!(reader.head(), Err(StoreError::Io { .. })));
    cluster.tell("start");
    assert_eq!(store.outcome(&id(20)).unwrap(), None);
    append(&mut store, one(20, "a", 20)).unwrap();
    assert_eq!(reader.head().unwrap(), store.head().unwrap());
    assert_eq!(verified(&mut store).size, 21);
    // Also between two appends: an idle connection that is gone costs nobody an order.
    cluster.tell("stop");
    cluster.tell("start");
    append(&mut store, one(21, "a", 21)).unwrap();
    // A server that may lose what it has confirmed is refused, at each connection.
    let unfit = |what: &str| StoreError::Unfit { what: format!("the server runs with {what}") };
    cluster.tell("stop");
    cluster.tell("start -c synchronous_commit=off");
    let refused = unfit("synchronous_commit not on: what it confirms may be lost");
    assert_eq!(store.append(&[one(22, "a", 22)]), Err(refused));
    cluster.tell("stop");
    cluster.tell("start -c fsync=off");
    let refused = unfit("fsync = off: what it confirms may be lost");
    assert_eq!(PostgresStore::open(&place, Writers::One, Disk::MustSync).unwrap_err(), refused);
    drop(store);
    let mut known = PostgresStore::open(&place, Writers::One, Disk::MayLose).unwrap();
    append(&mut known, one(22, "a", 22)).unwrap();
}

#[test]
fn a_second_writer_does_not_start_and_a_first_that_was_overtaken_writes_no_more() {
    let place = place();
    let open = || PostgresStore::open(&place, Writers::One, Disk::MustSync);
    let mut first = open().unwrap();
    append(&mut first, one(1, "a", 0)).unwrap();
    let held = StoreError::Held { place: place.to_string() };
    assert_eq!(open().unwrap_err(), held);
    assert_eq!(PostgresStore::open(&place, Writers::Several, Disk::MustSync).unwrap_err(), held);
    // Its connection breaks, and somebody else is quicker.
    sql(&place, &format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {OURS}"));
    let mut second = open().unwrap();
    assert_eq!(first.append(&[one(2, "a", 1)]), Err(held));
    append(&mut second, one(3, "a", 1)).unwrap();
    drop(second);
    assert_eq!(first.append(&[one(2, "a", 2)]), Err(StoreError::Overtaken));
    assert_eq!(first.outcome(&id(2)), Err(StoreError::Overtaken));
    drop(first);
    assert_eq!(verified(&mut open().unwrap()).size, 2);
}

#[test]
fn the_turn_is_checked_in_the_transaction_that_writes() {
    let place = place();
    let mut store = alone(&place);
    append(&mut store, one(1, "a", 0)).unwrap();
    // Its connection stands, and its turn was given to somebody else all the same.
    sql(&place, "UPDATE log_head SET epoch = epoch + 1");
    assert_eq!(store.append(&[one(2, "a", 1)]), Err(StoreError::Overtaken));
    sql(&place, "UPDATE log_head SET epoch = epoch - 1");
    assert_eq!(store.append(&[one(2, "a", 1)]), Err(StoreError::Overtaken), "it does not come back");
    drop(store);
    assert_eq!(verified(&mut alone(&place)).size, 1);
}
