//! Random histories: every store gives the same answers to the same questions.

use super::fixture::{Fixture, event, faulty, id, memory, postgres, sqlite, verified};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use store::{Append, LookupChange, OutboxChange, SealedChange, Snapshot, Store};

/// Few names, so that histories collide with themselves.
fn name(prefix: &'static str) -> impl Strategy<Value = String> {
    (0..4u8).prop_map(move |n| format!("{prefix}{n}"))
}

fn lookup() -> impl Strategy<Value = LookupChange> {
    (any::<bool>(), name("kind"), name("key"), name("value")).prop_map(|(put, kind, key, value)| {
        if put { LookupChange::Put { kind, key, value } } else { LookupChange::Remove { kind, key } }
    })
}

fn sealed() -> impl Strategy<Value = SealedChange> {
    (name("owner"), name("name"), option::of(vec(any::<u8>(), 0..4))).prop_map(|(owner, name, bytes)| match bytes {
        Some(bytes) => SealedChange::Put { owner, name, bytes },
        None => SealedChange::Remove { owner, name },
    })
}

fn outbox() -> impl Strategy<Value = OutboxChange> {
    prop_oneof![
        4 => (name("o"), name("venue"), vec(any::<u8>(), 0..3))
            .prop_map(|(id, venue, body)| OutboxChange::Put { id, venue, body }),
        3 => name("o").prop_map(|id| OutboxChange::Done { id }),
        1 => vec(name("o"), 0..3).prop_map(|ids| OutboxChange::Void { ids }),
        1 => name("s").prop_map(|stream| OutboxChange::VoidStream { stream }),
    ]
}

/// Versions are given relative to the truth, so that most appends pass and some do not.
fn append() -> impl Strategy<Value = (Append, u8, u8)> {
    let rows = (vec(lookup(), 0..3), vec(sealed(), 0..3), vec(outbox(), 0..4));
    let wakeup = option::of(option::of(-3..50i64));
    let off = prop_oneof![9 => Just(0u8), 1 => Just(1u8)];
    (0..60u64, name("s"), 0..3u64, option::of(name("s")), rows, wakeup, (off.clone(), off)).prop_map(
        |(number, stream, events, witness, (lookups, sealed, outbox), wakeup, (off, witness_off))| {
            let append = Append {
                id: id(number),
                stream,
                expected: 0,
                events: (0..events).map(|n| event(number * 10 + n)).collect(),
                witnesses: witness.into_iter().map(|stream| (stream, 0)).collect(),
                lookups,
                sealed,
                outbox,
                wakeup,
            };
            (append, off, witness_off)
        },
    )
}

fn version(store: &mut dyn Store, stream: &str) -> u64 {
    let streams = store.streams(stream).unwrap();
    streams.iter().find(|(name, _)| name == stream).map_or(0, |(_, version)| *version)
}

/// Everything that a store can be asked.
fn everything(store: &mut dyn Store) -> String {
    let names = |prefix: &str| (0..4u8).map(|n| format!("{prefix}{n}")).collect::<Vec<_>>();
    let mut out = format!("{:?}\n{:?}\n", store.head(), store.tail(0, 10_000));
    out += &format!("{:?}\n{:?}\n", store.streams(""), store.outbox(None));
    out += &format!("{:?} {:?}\n", store.due(i64::MAX, 99), store.next_wakeup());
    out += &format!("{:?}\n{:?}\n", store.sweep("s", ("s1", 1), 7), store.sweep("", ("", 0), 10_000));
    for stream in names("s") {
        out += &format!("{:?}{:?}\n", store.load(&stream, 1, 3), store.snapshot(&stream));
    }
    for kind in names("kind") {
        out += &format!("{:?}\n", store.lookups(&kind));
    }
    for (owner, name) in names("owner").into_iter().flat_map(|o| names("name").into_iter().map(move |n| (o.clone(), n)))
    {
        out += &format!("{:?}", store.sealed(&owner, &name));
    }
    for venue in names("venue") {
        out += &format!("{:?}\n", store.outbox(Some(&venue)));
    }
    for number in 0..60 {
        out += &format!("{:?}", store.outcome(&id(number)));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_stores_agree_on_every_history(
        batches in vec((vec(append(), 0..6), option::of(name("s"))), 1..25)
    ) {
        let mut stores: Vec<Fixture> = vec![memory(), faulty(), sqlite(), postgres()];
        for (batch, snapshot) in batches {
            let mut batch = batch;
            for (append, off, witness_off) in &mut batch {
                let truth = &mut *stores[0].store;
                append.expected = version(truth, &append.stream) + u64::from(*off);
                for (stream, expected) in &mut append.witnesses {
                    *expected = version(truth, stream) + u64::from(*witness_off);
                }
            }
            let batch: Vec<Append> = batch.into_iter().map(|(append, _, _)| append).collect();
            let answers: Vec<_> = stores.iter_mut().map(|f| f.store.append(&batch).unwrap()).collect();
            prop_assert_eq!(&answers[0], &answers[1]);
            prop_assert_eq!(&answers[0], &answers[2]);
            prop_assert_eq!(&answers[0], &answers[3]);
            if let Some(stream) = snapshot {
                let snapshot = Snapshot { version: 2, apply_version: 1, body: vec![1] };
                let put: Vec<_> =
                    stores.iter_mut().map(|f| f.store.put_snapshot(&stream, &snapshot)).collect();
                prop_assert_eq!(&put[0], &put[1]);
                prop_assert_eq!(&put[0], &put[2]);
                prop_assert_eq!(&put[0], &put[3]);
            }
        }
        let seen: Vec<_> = stores.iter_mut().map(|f| everything(&mut *f.store)).collect();
        prop_assert_eq!(&seen[0], &seen[1]);
        prop_assert_eq!(&seen[0], &seen[2]);
        prop_assert_eq!(&seen[0], &seen[3]);
        stores.iter_mut().for_each(|f| drop(verified(&mut *f.store)));
    }
}
