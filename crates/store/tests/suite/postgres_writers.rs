//! Several writers on one PostgreSQL: compare-and-swap, positions in the order of commits, a tail that never skips.

use super::fixture::{append, at, conflict, id, one, place, verified};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::postgres::{Disk, PostgresFollower, Writers};
use store::{Append, LookupChange, PostgresPlace, PostgresStore, Refused, Store};

const WRITERS: u64 = 4;
const BATCHES: u64 = 250;
const STREAMS: u64 = 3;
/// Longer than the test: a follower that is not woken does not end in time.
const NEVER: Duration = Duration::from_secs(300);

fn several(place: &PostgresPlace) -> PostgresStore {
    PostgresStore::open(place, Writers::Several, Disk::MustSync).unwrap()
}

#[test]
fn of_two_writers_the_second_is_told_what_the_first_has_done() {
    let place = place();
    let (mut one_writer, mut other) = (several(&place), several(&place));
    assert_eq!(append(&mut one_writer, one(1, "a", 0)), at(0, 1));
    assert_eq!(append(&mut other, one(2, "a", 0)), conflict("a", 0, 1));
    let witness = Append { witnesses: vec![("a".to_owned(), 0)], ..one(3, "b", 0) };
    assert_eq!(append(&mut other, witness), conflict("a", 0, 1));
    assert_eq!(append(&mut other, one(4, "a", 1)), at(1, 2));
    let put = |n: u64, stream: &str| Append {
        lookups: vec![LookupChange::Put { kind: "name".into(), key: "maya".into(), value: n.to_string() }],
        ..one(n, stream, 0)
    };
    append(&mut one_writer, put(5, "c")).unwrap();
    let taken = Refused::DuplicateLookup { kind: "name".to_owned(), key: "maya".to_owned() };
    assert_eq!(append(&mut other, put(6, "d")), Err(taken));
    assert_eq!(other.outcome(&id(5)).unwrap(), one_writer.outcome(&id(5)).unwrap());
    assert!(one_writer.lease("venue", "one", 0, 10).unwrap() && !other.lease("venue", "other", 9, 20).unwrap());
    assert!(other.lease("venue", "other", 10, 20).unwrap() && !one_writer.lease("venue", "one", 11, 30).unwrap());
    assert_eq!(verified(&mut other).size, 3);
}

/// Writes its batches, deciding again on what it is told it has missed; how often that was.
fn write(mut store: PostgresStore, writer: u64) -> u64 {
    let mut again = 0;
    for number in 0..BATCHES {
        let stream = format!("s/{}", (writer + number) % STREAMS);
        let mut expected = 0;
        loop {
            let number = writer * BATCHES + number;
            match append(&mut store, one(number, &stream, expected)) {
                Ok(_) => break,
                Err(Refused::Conflict { found, .. }) => expected = found,
                Err(other) => panic!("{other}"),
            }
            again += 1;
        }
    }
    again
}

#[test]
fn a_thousand_batches_of_four_writers_are_followed_without_a_gap() {
    let place = place();
    let mut first = several(&place);
    let mut follower = PostgresFollower::open(&place, Disk::MustSync, 0).unwrap();
    let conflicts = AtomicU64::new(0);
    let seen = std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (store, conflicts) = (several(&place), &conflicts);
            scope.spawn(move || conflicts.fetch_add(write(store, writer), Ordering::Relaxed));
        }
        let mut seen = Vec::new();
        while seen.len() < usize::try_from(WRITERS * BATCHES).unwrap() {
            seen.extend(follower.next(50, NEVER).unwrap());
        }
        seen
    });
    for (place, event) in seen.iter().enumerate() {
        assert_eq!(event.position, place as u64, "nothing is skipped, nothing comes twice or late");
    }
    assert_eq!(seen, first.tail(0, usize::MAX).unwrap(), "what was followed is what stands");
    assert_eq!(verified(&mut first).size, WRITERS * BATCHES);
    assert!(conflicts.into_inner() > 0, "the writers were in each other's way");
    for number in 0..WRITERS * BATCHES {
        assert!(first.outcome(&id(number)).unwrap().is_some());
    }
}
