//! PostgreSQL comes back as another than it was: shorter, with a standby that is gone, with other settings, or silent.

use super::cluster::Cluster;
use super::fixture::{alone, append, id, one, place, put, sql, verified};
use super::wire::{Cut, Wire};
use std::process::Child;
use std::time::Duration;
use store::postgres::{Disk, PostgresFollower, Writers};
use store::{Append, PostgresPlace, PostgresStore, Receipt, Store, StoreError};

/// So often it is asked, by a server that takes at least 50 ms each time.
const PATIENCE: usize = 600;
const TABLES: [&str; 9] = ["log_head", "event", "append", "stream", "lookup", "sealed", "outbox", "snapshot", "lease"];
/// The connections of the journal in the current schema.
const OURS: &str = "application_name = 'portreeve/' || current_schema()";

/// The journal of this moment, as a dump or a replica that hears no more of it.
fn keep(place: &PostgresPlace) {
    TABLES.iter().for_each(|table| sql(place, &format!("CREATE TABLE kept_{table} AS TABLE {table}")));
}

/// It takes the place of what was written since, and everybody is disconnected.
fn come_back(place: &PostgresPlace) {
    let back = |table: &&str| format!("TRUNCATE {table}; INSERT INTO {table} TABLE kept_{table};");
    let ended = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {OURS};");
    sql(place, &(ended + &TABLES.iter().map(back).collect::<String>()));
}

fn forgotten(known: u64, found: u64) -> StoreError {
    StoreError::Forgotten { known, found }
}

fn through(wire: &Wire, schema: &str) -> PostgresPlace {
    format!("postgres:///postgres?host={}&user=postgres&schema={schema}", wire.directory().display()).parse().unwrap()
}

#[test]
fn a_server_that_comes_back_without_what_it_confirmed_is_written_no_more() {
    let place = place();
    let mut store = alone(&place);
    append(&mut store, one(1, "a", 0)).unwrap();
    keep(&place);
    append(&mut store, one(2, "a", 1)).unwrap();
    come_back(&place);
    let gone = forgotten(2, 1);
    assert_eq!(store.load("a", 0, 9), Err(gone.clone()), "nobody is shown the shorter one");
    assert_eq!(store.append(&[one(3, "a", 1)]), Err(gone.clone()));
    assert_eq!(store.outcome(&id(2)), Err(gone.clone()));
    drop(store);
    assert_eq!(verified(&mut alone(&place)).size, 1, "nothing was written to it");
}

#[test]
fn it_may_have_gone_on_by_another_way_or_under_the_same_connection() {
    for reconnected in [true, false] {
        let place = place();
        let mut store = alone(&place);
        append(&mut store, one(1, "a", 0)).unwrap();
        keep(&place);
        append(&mut store, one(2, "a", 1)).unwrap();
        // As long as before, and another: by somebody who thought that event 2 was never there.
        let other = place.in_schema(&format!("another_{reconnected}")).unwrap();
        let mut fork = alone(&other);
        append(&mut fork, one(1, "a", 0)).unwrap();
        append(&mut fork, one(9, "a", 1)).unwrap();
        drop(fork);
        let own = place.to_string();
        let (own, fork) = (own.rsplit_once('=').unwrap().1, format!("another_{reconnected}"));
        let moved = |table: &&str| format!("TRUNCATE {own}.{table}; INSERT INTO {own}.{table} TABLE {fork}.{table};");
        sql(&place, &TABLES.iter().map(moved).collect::<String>());
        if reconnected {
            sql(&place, &format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {OURS}"));
        }
        assert_eq!(store.append(&[one(3, "a", 2)]), Err(forgotten(2, 2)), "reconnected: {reconnected}");
        assert_eq!(store.append(&[one(3, "a", 2)]), Err(forgotten(2, 2)), "for good");
    }
}

#[test]
fn an_append_without_an_event_and_a_turn_are_missed_too() {
    let place = place();
    let mut store = alone(&place);
    append(&mut store, one(1, "a", 0)).unwrap();
    keep(&place);
    let taken = Append { outbox: vec![put("x", "v")], events: vec![], ..one(2, "a", 1) };
    append(&mut store, taken).unwrap();
    come_back(&place);
    assert_eq!(store.outbox(None), Err(forgotten(1, 1)));
    drop(store);
    // The start of this one is all that the server has lost: the next would be given the same turn.
    sql(&place, "TRUNCATE kept_log_head; INSERT INTO kept_log_head TABLE log_head");
    let mut store = alone(&place);
    come_back(&place);
    assert_eq!(store.append(&[one(3, "a", 1)]), Err(forgotten(1, 1)));
}

#[test]
fn of_several_writers_each_misses_its_own() {
    let place = place();
    let open = || PostgresStore::open(&place, Writers::Several, Disk::MustSync).unwrap();
    let (mut writer, mut other) = (open(), open());
    append(&mut writer, one(1, "a", 0)).unwrap();
    keep(&place);
    append(&mut writer, one(2, "a", 1)).unwrap();
    append(&mut other, one(3, "a", 2)).unwrap();
    sql(&place, &format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {OURS}"));
    append(&mut writer, one(4, "a", 3)).unwrap();
    append(&mut other, one(5, "a", 4)).unwrap();
    come_back(&place);
    assert_eq!(writer.outcome(&id(4)), Err(forgotten(4, 1)));
    // Somebody who knows of nothing fills it up again, and further than it was.
    let mut new = open();
    for n in 6..20 {
        append(&mut new, one(n, "a", n - 5)).unwrap();
    }
    assert_eq!(other.append(&[one(20, "b", 0)]), Err(forgotten(5, 15)));
    append(&mut new, one(21, "b", 0)).unwrap();
}

#[test]
fn a_reader_and_a_follower_are_not_shown_another_journal() {
    let place = place();
    let mut store = alone(&place);
    append(&mut store, one(1, "a", 0)).unwrap();
    keep(&place);
    append(&mut store, one(2, "a", 1)).unwrap();
    let mut reader = store.reader().unwrap().unwrap();
    let mut follower = PostgresFollower::open(&place, Disk::MustSync, 0).unwrap();
    let mut looking = store.reader().unwrap().unwrap();
    assert_eq!((reader.tail(0, 9).unwrap().len(), looking.head().unwrap().size), (2, 2));
    assert_eq!(follower.next(9, Duration::ZERO).unwrap().len(), 2);
    drop(store);
    come_back(&place);
    assert_eq!(reader.head(), Err(forgotten(2, 1)));
    assert_eq!(looking.tail(0, 9), Err(forgotten(2, 1)));
    assert_eq!(follower.next(9, Duration::ZERO), Err(forgotten(2, 1)));
    // As long as before, with another event at its end.
    let mut store = alone(&place);
    append(&mut store, one(3, "a", 1)).unwrap();
    assert_eq!(follower.next(9, Duration::ZERO), Err(forgotten(2, 2)));
    looking.head().unwrap();
}

#[test]
fn a_commit_whose_answer_is_missing_is_no_other_journal_whether_it_happened_or_not() {
    let wire = Wire::to(Cluster::shared().directory());
    for (cut, schema, size) in [(Cut::Before, "back_before", 1), (Cut::After, "back_after", 2)] {
        let mut store = alone(&through(&wire, schema));
        append(&mut store, one(1, "a", 0)).unwrap();
        wire.cut_next(cut);
        assert!(matches!(store.append(&[one(2, "a", 1)]), Err(StoreError::Io { .. })), "{cut:?}");
        assert_eq!(store.head().unwrap().size, size, "{cut:?}");
        append(&mut store, one(3, "a", size)).unwrap();
        // And after it was settled, what it came to is known like anything else.
        let place = Cluster::shared().url_of(schema).parse().unwrap();
        keep(&place);
        append(&mut store, one(4, "a", size + 1)).unwrap();
        come_back(&place);
        assert_eq!(store.head(), Err(forgotten(size + 2, size + 1)), "{cut:?}");
    }
}

/// What came of append 2, once the server answers again.
fn settled(cluster: &Cluster, store: &mut PostgresStore) -> Option<Receipt> {
    let mut answers = (0..PATIENCE).map(|_| {
        cluster.sql("SELECT pg_sleep(0.05)");
        store.outcome(&id(2))
    });
    answers.find(|answer| *answer != Err(StoreError::Busy)).expect("it does not answer").unwrap()
}

/// Until the server waits for a standby at every commit: the process that does so took it from its files by itself.
fn waits_for_a_standby(cluster: &Cluster) -> Child {
    cluster.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    cluster.sql("SELECT pg_reload_conf()");
    let mut probe = cluster.psql("CREATE TABLE probe (); DROP TABLE probe").spawn().unwrap();
    loop {
        if probe.try_wait().unwrap().is_some() {
            probe = cluster.psql("CREATE TABLE probe (); DROP TABLE probe").spawn().unwrap();
        }
        if cluster.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "1" {
            return probe;
        }
    }
}

#[test]
fn what_a_standby_has_not_is_not_confirmed_by_asking_about_it() {
    let cluster = Cluster::start("");
    let wire = Wire::to(cluster.directory());
    let mut store = alone(&through(&wire, "standby"));
    append(&mut store, one(1, "a", 0)).unwrap();
    let mut probe = waits_for_a_standby(&cluster);
    wire.cut_next(Cut::After);
    assert!(matches!(store.append(&[one(2, "a", 1)]), Err(StoreError::Io { .. })));
    // It is on the disk of the one server, where our asking ends whoever waits for the other. On a busy machine it is
    // a while until it waits.
    let mut is_there = || {
        assert_eq!(store.outcome(&id(2)), Err(StoreError::Busy));
        cluster.ask("SELECT count(*) FROM standby.event WHERE pg_sleep(0.05) IS NOT NULL") == "2"
    };
    assert!((0..PATIENCE).any(|_| is_there()), "it is not on the disk");
    assert!((0..5).all(|_| is_there()));
    cluster.sql("ALTER SYSTEM RESET synchronous_standby_names");
    cluster.sql("SELECT pg_reload_conf()");
    probe.wait().unwrap();
    assert!(settled(&cluster, &mut store).is_some(), "and now it has happened");
    append(&mut store, one(3, "a", 2)).unwrap();
    assert_eq!(verified(&mut store).size, 3);
}

#[test]
fn a_setting_that_is_changed_while_we_are_connected_does_not_reach_us() {
    let cluster = Cluster::start("");
    let place: PostgresPlace = cluster.url_of("settings").parse().unwrap();
    let mut store = alone(&place);
    sql(
        &place,
        "CREATE TABLE told (value text);
         CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO settings.told VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
         CREATE TRIGGER tell AFTER UPDATE ON log_head FOR EACH ROW EXECUTE FUNCTION tell()",
    );
    append(&mut store, one(1, "a", 0)).unwrap();
    cluster.sql("ALTER SYSTEM SET synchronous_commit = off");
    cluster.sql("SELECT pg_reload_conf()");
    // Who connects to it now was let in after all the others had been told.
    while cluster.ask("SHOW synchronous_commit") != "off" {}
    append(&mut store, one(2, "a", 1)).unwrap();
    assert_eq!(cluster.ask("SELECT string_agg(value, ' ') FROM settings.told"), "on on");
}

#[test]
fn a_server_that_lets_nobody_in_is_not_asked_again_at_once() {
    let wire = Wire::to(Cluster::shared().directory());
    let mut store = alone(&through(&wire, "silent"));
    append(&mut store, one(1, "a", 0)).unwrap();
    wire.fall_silent(true);
    wire.cut_next(Cut::Before);
    assert!(matches!(store.append(&[one(2, "a", 1)]), Err(StoreError::Io { .. })));
    assert_eq!(store.outcome(&id(2)), Err(StoreError::Busy));
    assert_eq!(store.append(&[one(2, "a", 1)]), Err(StoreError::Busy));
    assert_eq!(wire.fall_silent(false), 1, "four seconds were waited once");
    assert_eq!(settled(Cluster::shared(), &mut store), None);
    append(&mut store, one(2, "a", 1)).unwrap();
}
