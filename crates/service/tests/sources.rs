//! Attempts to come in: counted before they are answered, lost by no crash, and by no two at once.

use crate::world::poll;
use kernel::digest::Digest;
use kernel::id::{DeviceId, UserId};
use kernel::source::{FIRST_DELAY_MS, FREE};
use kernel::time::Timestamp;
use service::Commit;
use service::commit::Steps;
use service::sources::{Key, NotTried, Sources, Tried};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use store::{FaultyStore, Store};
use vault::index::{IndexKey, Name};
use vault::seal::{Keyring, SecretKey};

const NOW: Timestamp = Timestamp(1_790_000_000_000);

struct Door {
    store: FaultyStore,
    steps: Steps,
    sources: Arc<Sources>,
}

impl Door {
    fn on(store: FaultyStore) -> Self {
        let (commit, steps) = Commit::stepped(Box::new(store.clone()), Box::new(|| false));
        Self { store, steps, sources: Sources::new(commit) }
    }

    fn wait<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future: Pin<Box<dyn Future<Output = T> + '_>> = Box::pin(future);
        loop {
            if let Some(value) = poll(&mut future) {
                return value;
            }
            self.steps.step();
        }
    }

    fn may(&mut self, who: Key, from: Key, now: Timestamp) -> Result<(), NotTried> {
        let sources = Arc::clone(&self.sources);
        self.wait(async move { sources.attempt(tried(who, from), now).await }).map(drop)
    }

    /// True where it was one too many in a row.
    fn fail(&mut self, who: Key, from: Key, now: Timestamp) -> bool {
        let sources = Arc::clone(&self.sources);
        self.wait(async move { sources.attempt(tried(who, from), now).await.unwrap().failed().await }).unwrap()
    }

    fn succeed(&mut self, who: Key, from: Key, now: Timestamp) {
        let sources = Arc::clone(&self.sources);
        self.wait(async move { sources.attempt(tried(who, from), now).await.unwrap().succeeded().await }).unwrap();
    }

    /// The process ends without warning and another begins on what the disk has.
    fn crash(self) -> Self {
        Self::on(self.store.crash())
    }

    /// How many events a stream of a source has, by which it is told.
    fn written(&mut self) -> Vec<u64> {
        let mut store = self.store.clone();
        store.streams("source/").unwrap().into_iter().map(|(_, version)| version).collect()
    }
}

const fn tried(who: Key, from: Key) -> Tried {
    Tried { who, from, device: None }
}

fn user(n: u128) -> Key {
    Key::of_user(UserId::new(1, n))
}

fn index() -> IndexKey {
    let keyring = Keyring::new(&[SecretKey::random().unwrap()]).unwrap();
    IndexKey::of(&keyring.new_data_key("firm").unwrap().0).unwrap()
}

fn address(text: &str) -> Key {
    Key::of_name(&Digest::plain(text.as_bytes()))
}

const fn soon() -> NotTried {
    NotTried::Throttled { until: NOW.plus_ms(FIRST_DELAY_MS) }
}

#[test]
fn the_fifth_failure_delays_and_the_fourth_does_not_ni_10() {
    let mut door = Door::on(FaultyStore::new());
    for n in 1..=FREE {
        // Each from another address: it is the user who is counted.
        assert!(!door.fail(user(1), address(&n.to_string()), NOW));
        let may = door.may(user(1), address("new"), NOW);
        assert_eq!(may, if n < FREE { Ok(()) } else { Err(soon()) }, "{n}");
    }
    assert_eq!(door.may(user(2), address("new"), NOW), Ok(()), "another user may");
    assert_eq!(door.may(user(1), address("new"), NOW.plus_ms(FIRST_DELAY_MS)), Ok(()));
}

#[test]
fn an_address_is_counted_whoever_is_tried_from_it() {
    let mut door = Door::on(FaultyStore::new());
    for n in 0..5 {
        door.fail(user(n), address("one"), NOW);
    }
    assert_eq!(door.may(user(9), address("one"), NOW), Err(soon()));
    assert_eq!(door.may(user(9), address("other"), NOW), Ok(()));
}

#[test]
fn a_failure_is_durable_before_it_is_answered_and_survives_a_crash() {
    let mut door = Door::on(FaultyStore::new());
    for n in 0..4 {
        door.fail(user(1), address(&n.to_string()), NOW);
    }
    let attempt = {
        let sources = Arc::clone(&door.sources);
        door.wait(async move { sources.attempt(tried(user(1), address("4")), NOW).await }).unwrap()
    };
    let before = door.store.durable_size().unwrap();
    let mut failing: Pin<Box<dyn Future<Output = _>>> = Box::pin(attempt.failed());
    assert!(poll(&mut failing).is_none(), "answered before it was written");
    while door.steps.step() {}
    assert_eq!(door.store.durable_size().unwrap(), before + 2);
    assert_eq!(poll(&mut failing), Some(Ok(false)));
    drop(failing);
    let mut door = door.crash();
    assert_eq!(door.may(user(1), address("new"), NOW), Err(soon()));
    assert_eq!(door.written().iter().max(), Some(&5));
}

#[test]
fn a_volley_of_attempts_is_no_way_around() {
    let mut door = Door::on(FaultyStore::new());
    let mut under_way = Vec::new();
    let mut turned_away = 0;
    for n in 0..64 {
        let sources = Arc::clone(&door.sources);
        let from = address(&n.to_string());
        match door.wait(async move { sources.attempt(tried(user(1), from), NOW).await }) {
            Ok(attempt) => under_way.push(attempt),
            Err(NotTried::Throttled { .. }) => turned_away += 1,
            Err(NotTried::NotCounted(why)) => panic!("{why}"),
        }
    }
    assert_eq!((under_way.len(), turned_away), (FREE, 64 - FREE));
    // Let go unchecked, they were none.
    under_way.clear();
    assert_eq!(door.may(user(1), address("new"), NOW), Ok(()));
    assert_eq!(door.written(), Vec::<u64>::new());
}

#[test]
fn two_at_once_at_one_door_lose_no_count() {
    let mut door = Door::on(FaultyStore::new());
    let sources = Arc::clone(&door.sources);
    door.wait(async move {
        let (one, other) = tokio::join!(
            sources.attempt(tried(user(1), address("a")), NOW),
            sources.attempt(tried(user(1), address("a")), NOW)
        );
        let (one, other) = tokio::join!(one.unwrap().failed(), other.unwrap().failed());
        assert_eq!((one, other), (Ok(false), Ok(false)));
    });
    assert_eq!(door.written(), [2, 2]);
}

#[test]
fn two_doors_on_one_journal_lose_no_count() {
    let store = FaultyStore::new();
    let (mut one, mut other) = (Door::on(store.clone()), Door::on(store));
    // Both have read the counter before either has written to it.
    assert_eq!(one.may(user(1), address("a"), NOW), Ok(()));
    assert_eq!(other.may(user(1), address("a"), NOW), Ok(()));
    for n in 0..4 {
        let door = if n % 2 == 0 { &mut one } else { &mut other };
        door.fail(user(1), address("a"), NOW);
    }
    assert_eq!(one.written(), [4, 4]);
    other.fail(user(1), address("a"), NOW);
    let mut third = Door::on(one.store.clone());
    assert_eq!(third.may(user(1), address("b"), NOW), Err(soon()));
}

#[test]
fn what_cannot_be_counted_is_said_and_what_the_disk_has_counts() {
    let mut door = Door::on(FaultyStore::new());
    door.fail(user(1), address("a"), NOW);
    let sources = Arc::clone(&door.sources);
    let attempt = door.wait(async move { sources.attempt(tried(user(1), address("a")), NOW).await }).unwrap();
    let full = || store::Fault::Before(store::StoreError::Full);
    (0..2).for_each(|_| door.store.fail_next(full()));
    assert!(door.wait(attempt.failed()).is_err());
    // The counter is read anew: nothing that was not written is remembered.
    while door.steps.step() {}
    door.store = door.store.crash();
    let mut door = Door::on(door.store);
    for n in 0..4 {
        assert_eq!(door.may(user(1), address("new"), NOW), Ok(()), "{n}");
        door.fail(user(1), address(&n.to_string()), NOW);
    }
    assert_eq!(door.may(user(1), address("new"), NOW), Err(soon()));
}

#[test]
fn a_success_ends_the_row_for_the_user_and_forgives_the_address_nothing() {
    let mut door = Door::on(FaultyStore::new());
    for _ in 0..4 {
        door.fail(user(1), address("a"), NOW);
    }
    door.succeed(user(1), address("b"), NOW);
    for n in 0..4 {
        assert!(!door.fail(user(1), address(&n.to_string()), NOW));
    }
    assert_eq!(door.may(user(1), address("new"), NOW), Ok(()));
    door.fail(user(2), address("a"), NOW);
    assert_eq!(door.may(user(3), address("a"), NOW), Err(soon()));
    // Where nothing is to be forgotten, nothing is written.
    let before = door.written();
    door.succeed(user(7), address("c"), NOW);
    assert_eq!(door.written(), before);
}

#[test]
fn the_fiftieth_failure_in_a_row_asks_to_disable_and_then_it_begins_anew() {
    let mut door = Door::on(FaultyStore::new());
    let at = |n: i64| NOW.plus_ms(n * 16 * 60_000);
    for n in 1..=49 {
        assert!(!door.fail(user(1), address("a"), at(n)), "{n}");
    }
    let mut door = door.crash();
    assert!(door.fail(user(1), address("b"), at(50)));
    // Whoever should have disabled it was interrupted: the next one asks again.
    let mut door = door.crash();
    assert!(door.fail(user(1), address("b"), at(51)));
    let sources = Arc::clone(&door.sources);
    door.wait(async move { sources.disabled(user(1), at(51)).await }).unwrap();
    assert!(!door.fail(user(1), address("b"), at(52)));
}

#[test]
fn a_name_meets_one_counter_however_it_is_typed_and_a_user_another() {
    let index = index();
    let key = |typed: &str| Key::of_name(&index.blind(&Name::parse(typed).unwrap()));
    for typed in
        ["MAYA@example.com", " maya@example.com\t", "ｍａｙａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ma\u{200b}ya@example.com"]
    {
        assert_eq!(key(typed), key("maya@example.com"), "{typed:?}");
    }
    assert_ne!(key("maya"), key("sarah"));
}

#[test]
fn an_address_is_a_network_where_one_holder_has_all_of_it_and_is_not_to_be_read_from_its_key() {
    let (index, other) = (index(), index());
    let key = |text: &str| Key::of_address(&index, text.parse::<IpAddr>().unwrap());
    assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
    assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    assert_ne!(key("192.0.2.1"), Key::of_address(&other, "192.0.2.1".parse().unwrap()));
    // On this machine all are one's own, however many addresses it has.
    for here in ["127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.2"] {
        assert_eq!(key(here), key("127.0.0.1"), "{here}");
    }
}

/// Strangers who fail in somebody's name, wherever they do, do not delay the device that was confirmed.
#[test]
fn a_confirmed_device_has_a_counter_of_its_own_and_counts_for_its_user_all_the_same() {
    let mut door = Door::on(FaultyStore::new());
    let device = Key::of_device(DeviceId::new(1, 1));
    let own = Tried { who: user(1), from: address("a"), device: Some(device) };
    for _ in 0..FREE {
        assert!(!door.fail(user(1), address("a"), NOW));
    }
    assert!(door.may(user(1), address("b"), NOW).is_err() && door.may(user(2), address("a"), NOW).is_err());
    let attempt = |door: &mut Door| {
        let sources = Arc::clone(&door.sources);
        door.wait(async move { sources.attempt(own, NOW).await })
    };
    // Its failures are delayed by themselves, and are among the user's.
    for n in 0..FREE {
        let one = attempt(&mut door).unwrap_or_else(|why| panic!("{n}: {why}"));
        assert!(!door.wait(one.failed()).unwrap());
    }
    assert!(attempt(&mut door).is_err());
    let mut door = door.crash();
    assert!(attempt(&mut door).is_err());
    let later = NOW.plus_ms(FIRST_DELAY_MS);
    let sources = Arc::clone(&door.sources);
    let one = door.wait(async move { sources.attempt(own, later).await }).unwrap();
    door.wait(one.succeeded()).unwrap();
    // Whoever came in has shown that it was them: the user's row is over too, the address's is not.
    assert!(door.may(user(1), address("b"), later).is_ok() && door.may(user(2), address("a"), later).is_err());
}

/// NI-10: fifty in a row disable, whether they come from strangers, from the device, or from both.
#[test]
fn the_fiftieth_failure_disables_wherever_they_came_from() {
    let mut door = Door::on(FaultyStore::new());
    let own = Tried { who: user(1), from: address("a"), device: Some(Key::of_device(DeviceId::new(1, 1))) };
    for n in 1..=50 {
        let now = NOW.plus_ms(n * 1_000_000);
        let tried = if n % 2 == 0 { own } else { tried(user(1), address("b")) };
        let sources = Arc::clone(&door.sources);
        let one = door.wait(async move { sources.attempt(tried, now).await }).unwrap();
        assert_eq!(door.wait(one.failed()).unwrap(), n == 50, "{n}");
    }
}
