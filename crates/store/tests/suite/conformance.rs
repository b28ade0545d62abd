//! What every store must do: appends, journal, reads.

use super::fixture::{Fixture, append, at, conflict, event, every_store, id, one, put, verified, with};
use journal::canonical::CanonicalError;
use store::contract::{MAX_NAME, MAX_WITNESSES};
use store::{Append, LookupChange, Malformed, Receipt, Refused, SealedChange, Store};

every_store! {
    an_empty_store_has_nothing_and_the_root_of_nothing
    a_stream_moves_only_from_the_version_that_was_decided_on
    a_witnessed_stream_must_not_have_moved
    a_witness_may_be_the_written_stream_itself
    an_append_id_happens_once
    the_outcome_of_an_append_is_found_by_its_id
    a_batch_keeps_its_order_and_later_appends_see_earlier_ones
    a_refused_append_leaves_nothing_and_does_not_disturb_its_batch
    a_batch_of_nothing_and_one_of_refusals_change_nothing
    positions_are_contiguous_and_the_head_is_the_recomputed_root
    a_stream_is_loaded_from_any_version_in_any_portion
    the_tail_never_skips
    a_reader_beside_the_store_finds_all_that_was_told_as_durable
    streams_are_listed_by_prefix
    a_sweep_gives_the_streams_that_begin_so_in_order_and_in_any_portion
    malformed_appends_are_refused_by_name
    numbers_at_the_end_of_their_range_are_answered
}

fn an_empty_store_has_nothing_and_the_root_of_nothing(mut f: Fixture) {
    let s = &mut *f.store;
    assert_eq!(verified(s).size, 0);
    assert_eq!(s.head().unwrap().root, journal::tree::empty_root());
    assert!(s.load("a", 0, 10).unwrap().is_empty());
    assert!(s.streams("").unwrap().is_empty());
    assert!(s.outbox(None).unwrap().is_empty());
    assert_eq!(s.next_wakeup().unwrap(), None);
    assert_eq!(s.outcome(&id(1)).unwrap(), None);
    assert_eq!(s.lookup("k", "x").unwrap(), None);
    assert_eq!(s.sealed("o", "n").unwrap(), None);
    assert_eq!(s.snapshot("a").unwrap(), None);
}

fn a_reader_beside_the_store_finds_all_that_was_told_as_durable(mut f: Fixture) {
    let s = &mut *f.store;
    // A store without one is read in turn with its appends.
    let Some(mut reader) = s.reader().unwrap() else { return };
    for number in 0..3 {
        append(s, one(number, "a", number)).unwrap();
        assert_eq!(reader.head().unwrap(), s.head().unwrap());
        assert_eq!(reader.tail(0, 100).unwrap(), s.tail(0, 100).unwrap());
        assert_eq!(reader.tail(1, 1).unwrap(), s.tail(1, 1).unwrap());
    }
}

fn a_stream_moves_only_from_the_version_that_was_decided_on(mut f: Fixture) {
    let s = &mut *f.store;
    assert_eq!(append(s, one(1, "a", 1)), conflict("a", 1, 0));
    assert_eq!(append(s, one(2, "a", 0)), at(0, 1));
    assert_eq!(append(s, one(3, "a", 0)), conflict("a", 0, 1));
    assert_eq!(append(s, one(4, "a", 2)), conflict("a", 2, 1));
    assert_eq!(append(s, one(5, "a", 1)), at(1, 2));
    assert_eq!(verified(s).size, 2);
}

fn a_witnessed_stream_must_not_have_moved(mut f: Fixture) {
    let s = &mut *f.store;
    append(s, one(1, "customer/1", 0)).unwrap();
    let with = |n, expected, witness: (&str, u64)| Append {
        witnesses: vec![("firm".to_owned(), 0), (witness.0.to_owned(), witness.1)],
        ..one(n, "book/1", expected)
    };
    assert_eq!(append(s, with(2, 0, ("customer/1", 0))), conflict("customer/1", 0, 1));
    assert_eq!(append(s, with(3, 0, ("customer/1", 1))), at(1, 1));
    append(s, one(4, "customer/1", 1)).unwrap();
    assert_eq!(append(s, with(5, 1, ("customer/1", 1))), conflict("customer/1", 1, 2));
    append(s, one(6, "firm", 0)).unwrap();
    assert_eq!(append(s, with(7, 1, ("customer/1", 2))), conflict("firm", 0, 1));
    // Witnessing does not move a stream.
    assert_eq!(append(s, one(8, "customer/1", 2)), at(4, 3));
}

fn a_witness_may_be_the_written_stream_itself(mut f: Fixture) {
    let s = &mut *f.store;
    let own = |n, expected, witness| Append { witnesses: vec![("a".to_owned(), witness)], ..one(n, "a", expected) };
    assert_eq!(append(s, own(1, 0, 0)), at(0, 1));
    assert_eq!(append(s, own(2, 1, 0)), conflict("a", 0, 1));
}

fn an_append_id_happens_once(mut f: Fixture) {
    let s = &mut *f.store;
    let receipt = append(s, one(1, "a", 0)).unwrap();
    let again = Err(Refused::DuplicateAppend { receipt });
    assert_eq!(append(s, one(1, "a", 0)), again);
    assert_eq!(append(s, one(1, "b", 0)), again);
    let answers = s.append(&[one(2, "a", 1), one(2, "a", 2)]).unwrap();
    let receipt = answers[0].clone().unwrap();
    assert_eq!(answers[1], Err(Refused::DuplicateAppend { receipt }));
    assert_eq!(verified(s).size, 2);
}

fn the_outcome_of_an_append_is_found_by_its_id(mut f: Fixture) {
    let s = &mut *f.store;
    append(s, one(1, "a", 0)).unwrap();
    let two = Append { events: vec![event(2), event(3)], ..one(2, "a", 1) };
    let receipt = append(s, two).unwrap();
    assert_eq!(receipt, Receipt { first_position: 1, version: 3 });
    assert_eq!(s.outcome(&id(2)).unwrap(), Some(receipt));
    append(s, one(3, "a", 0)).unwrap_err();
    assert_eq!(s.outcome(&id(3)).unwrap(), None);
}

fn a_batch_keeps_its_order_and_later_appends_see_earlier_ones(mut f: Fixture) {
    let s = &mut *f.store;
    let witness = Append { witnesses: vec![("a".to_owned(), 2)], ..one(4, "b", 0) };
    let batch = [one(1, "a", 0), one(2, "a", 1), one(3, "a", 1), witness, one(5, "a", 2)];
    let answers = s.append(&batch).unwrap();
    assert_eq!(answers, [at(0, 1), at(1, 2), conflict("a", 1, 2), at(2, 1), at(3, 3)]);
    let order: Vec<_> = s.tail(0, 9).unwrap().into_iter().map(|e| (e.stream, e.version)).collect();
    let expected = [("a", 1), ("a", 2), ("b", 1), ("a", 3)];
    assert_eq!(order, expected.map(|(stream, version)| (stream.to_owned(), version)));
    verified(s);
}

fn a_refused_append_leaves_nothing_and_does_not_disturb_its_batch(mut f: Fixture) {
    let s = &mut *f.store;
    append(s, one(1, "taken", 0)).unwrap();
    let lookup = |key: &str| LookupChange::Put { kind: "name".to_owned(), key: key.to_owned(), value: "v".to_owned() };
    let refused = Append {
        lookups: vec![lookup("maya"), lookup("sarah"), lookup("maya")],
        sealed: vec![SealedChange::Put { owner: "o".to_owned(), name: "n".to_owned(), bytes: vec![1] }],
        outbox: vec![put("x", "paper")],
        wakeup: Some(Some(5)),
        ..one(2, "a", 0)
    };
    let answers = s.append(&[refused, one(3, "taken", 1)]).unwrap();
    let (kind, key) = ("name".to_owned(), "maya".to_owned());
    assert_eq!(answers, [Err(Refused::DuplicateLookup { kind, key }), at(1, 2)]);
    assert_eq!(s.lookup("name", "sarah").unwrap(), None);
    assert_eq!(s.sealed("o", "n").unwrap(), None);
    assert!(s.outbox(None).unwrap().is_empty());
    assert_eq!(s.next_wakeup().unwrap(), None);
    assert_eq!(s.streams("").unwrap(), [("taken".to_owned(), 2)]);
    assert_eq!(s.outcome(&id(2)).unwrap(), None);
}

fn a_batch_of_nothing_and_one_of_refusals_change_nothing(mut f: Fixture) {
    let s = &mut *f.store;
    assert_eq!(s.append(&[]).unwrap(), []);
    assert_eq!(s.append(&[one(1, "a", 7)]).unwrap(), [conflict("a", 7, 0)]);
    assert_eq!(verified(s).size, 0);
    assert_eq!(append(s, one(2, "a", 0)), at(0, 1));
}

fn positions_are_contiguous_and_the_head_is_the_recomputed_root(mut f: Fixture) {
    let s = &mut *f.store;
    let mut expected = std::collections::BTreeMap::new();
    for n in 0..40u64 {
        let stream = format!("s/{}", n % 7);
        let version = expected.entry(stream.clone()).or_insert(0);
        let events: Vec<_> = (0..n % 4).map(|i| event(n * 10 + i)).collect();
        let grown = *version + events.len() as u64;
        append(s, Append { events, ..one(n, &stream, *version) }).unwrap();
        *version = grown;
        assert_eq!(verified(s).size, expected.values().sum::<u64>());
    }
}

fn a_stream_is_loaded_from_any_version_in_any_portion(mut f: Fixture) {
    let s = &mut *f.store;
    let batch: Vec<_> = (0..10).map(|n| one(n, ["a", "b"][(n % 2) as usize], n / 2)).collect();
    assert!(s.append(&batch).unwrap().iter().all(Result::is_ok));
    let versions = |s: &mut dyn Store, after, limit| -> Vec<u64> {
        s.load("b", after, limit).unwrap().iter().map(|event| event.version).collect()
    };
    assert_eq!(versions(s, 0, 10), [1, 2, 3, 4, 5]);
    assert_eq!(versions(s, 2, 2), [3, 4]);
    assert!(versions(s, 5, 10).is_empty());
    assert!(versions(s, 0, 0).is_empty());
    let third = s.load("b", 2, 1).unwrap().remove(0);
    assert_eq!((third.position, third.at, third.tag.as_str()), (5, 1005, "thing.happened"));
    assert_eq!(third.body, "{\"n\":5,\"text\":\"é\"}".as_bytes());
}

fn the_tail_never_skips(mut f: Fixture) {
    let s = &mut *f.store;
    let (mut seen, mut n) = (0, 0);
    for round in 0..20u64 {
        let batch: Vec<_> = (0..round % 5)
            .map(|_| {
                n += 1;
                // Every third is refused: refusals must not use up positions.
                one(n, &format!("s/{n}"), u64::from(n.is_multiple_of(3)))
            })
            .collect();
        s.append(&batch).unwrap();
        for event in s.tail(seen, 3).unwrap() {
            assert_eq!(event.position, seen);
            seen += 1;
        }
    }
    let size = s.head().unwrap().size;
    while seen < size {
        let events = s.tail(seen, 3).unwrap();
        assert_eq!(events[0].position, seen);
        seen += events.len() as u64;
    }
    assert!(s.tail(size, 3).unwrap().is_empty());
}

fn streams_are_listed_by_prefix(mut f: Fixture) {
    let s = &mut *f.store;
    for (n, stream) in ["customer/2", "customer/10", "book/1", "customer", "cz"].iter().enumerate() {
        append(s, one(n as u64, stream, 0)).unwrap();
    }
    let names = |s: &mut dyn Store, prefix: &str| -> Vec<String> {
        s.streams(prefix).unwrap().into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(s, "customer/"), ["customer/10", "customer/2"]);
    assert_eq!(names(s, ""), ["book/1", "customer", "customer/10", "customer/2", "cz"]);
    assert!(names(s, "d").is_empty());
}

fn a_sweep_gives_the_streams_that_begin_so_in_order_and_in_any_portion(mut f: Fixture) {
    let s = &mut *f.store;
    // In the order of their bytes, whatever a language thinks of it; and beside the edges of the prefix.
    let names =
        ["customer/2", "book/1", "customer/10", "customer", "customer/", "customer0", "customer.", "Z", "é", "z"];
    let mut number = 0;
    for round in 0..3 {
        for (nth, stream) in names.iter().enumerate() {
            if nth % 3 >= round {
                append(s, one(number, stream, round as u64)).unwrap();
                number += 1;
            }
        }
    }
    append(s, Append { events: Vec::new(), wakeup: Some(Some(7)), ..one(number, "customer/3", 0) }).unwrap();
    let mut all = s.tail(0, 1_000).unwrap();
    all.sort_by(|one, other| (&one.stream, one.version).cmp(&(&other.stream, other.version)));
    for prefix in ["customer/", "customer", "", "book/1", "c", "d", "é", "z", "customer/2", "customer/1"] {
        let expected: Vec<_> = all.iter().filter(|event| event.stream.starts_with(prefix)).cloned().collect();
        assert_eq!(s.sweep(prefix, ("", 0), 1_000).unwrap(), expected, "{prefix}");
        for portion in [1, 2, 5] {
            let (mut swept, mut after) = (Vec::new(), (String::new(), 0));
            loop {
                let page = s.sweep(prefix, (&after.0, after.1), portion).unwrap();
                assert!(page.len() <= portion);
                let Some(last) = page.last() else { break };
                after = (last.stream.clone(), last.version);
                swept.extend(page);
            }
            assert_eq!(swept, expected, "{prefix} by {portion}");
        }
    }
    let after = |s: &mut dyn Store, stream: &str, version| {
        let swept = s.sweep("customer/", (stream, version), 1_000).unwrap();
        swept.first().map(|event| (event.stream.clone(), event.version))
    };
    let first = |stream: &str| Some((stream.to_owned(), 1));
    assert_eq!(after(s, "customer/1", u64::MAX), first("customer/10"));
    assert_eq!(after(s, "customer/10", u64::MAX), first("customer/2"));
    assert_eq!(after(s, "customer/\0", 0), first("customer/10"));
    assert_eq!(after(s, "customer/2", u64::MAX), None);
    assert_eq!(after(s, "d", 0), None);
    assert!(s.sweep("\0", ("", 0), 9).unwrap().is_empty() && s.sweep("", ("", 0), 0).unwrap().is_empty());
}

fn malformed_appends_are_refused_by_name(mut f: Fixture) {
    let s = &mut *f.store;
    let body = |text: &str| Append {
        events: vec![event(1), store::NewEvent { body: text.as_bytes().to_vec(), ..event(2) }],
        ..one(1, "a", 0)
    };
    let bad = |error| Malformed::Body { index: 1, error };
    let long = "x".repeat(MAX_NAME + 1);
    let witnesses = vec![("w".to_owned(), 0); MAX_WITNESSES + 1];
    let tag = store::NewEvent { tag: "a\0b".to_owned(), ..event(1) };
    for (append, expected) in [
        (one(1, "", 0), Malformed::Name("stream")),
        (one(1, &long, 0), Malformed::Name("stream")),
        (one(1, "a\nb", 0), Malformed::Name("stream")),
        (Append { witnesses, ..one(1, "a", 0) }, Malformed::Witnesses),
        (Append { events: vec![tag], ..one(1, "a", 0) }, Malformed::Name("tag")),
        (body("{\"a\":1.5}"), bad(CanonicalError::NotAnInteger)),
        (body("{\"b\":1,\"a\":1}"), bad(CanonicalError::KeyOrder { at: 7 })),
        (body("{}\n"), bad(CanonicalError::Spelling { at: 2 })),
        (with(1, "a", 0, vec![put("", "paper")]), Malformed::Name("outbox id")),
        (with(1, "a", 0, vec![put("x", "")]), Malformed::Name("venue")),
    ] {
        let answers = s.append(&[append, one(1, "a", 9)]).unwrap();
        assert_eq!(answers, [Err(Refused::Malformed(expected)), conflict("a", 9, 0)]);
    }
    assert_eq!(verified(s).size, 0);
}

fn numbers_at_the_end_of_their_range_are_answered(mut f: Fixture) {
    let s = &mut *f.store;
    assert_eq!(append(s, one(1, "a", u64::MAX)), conflict("a", u64::MAX, 0));
    append(s, one(2, "a", 0)).unwrap();
    assert!(s.load("a", u64::MAX, usize::MAX).unwrap().is_empty());
    assert!(s.tail(u64::MAX, usize::MAX).unwrap().is_empty());
    assert_eq!(s.tail(0, usize::MAX).unwrap().len(), 1);
    let time = store::NewEvent { at: i64::MIN, ..event(3) };
    append(s, Append { events: vec![time], ..one(3, "a", 1) }).unwrap();
    assert_eq!(s.load("a", 1, 1).unwrap()[0].at, i64::MIN);
    verified(s);
}
