//! What every store must do, run against every store.

use super::fixture::{self, Fixture, append, event, id, one, verified};
use journal::canonical::CanonicalError;
use store::contract::{MAX_NAME, MAX_WITNESSES};
use store::{
    Append, LookupChange, Malformed, OutboxChange, Receipt, Refused, SealedChange, Snapshot, Store, StoreError,
};

macro_rules! every_store {
    ($($sentence:ident)*) => {
        mod memory { $(#[test] fn $sentence() { super::$sentence(super::fixture::memory()); })* }
        mod faulty { $(#[test] fn $sentence() { super::$sentence(super::fixture::faulty()); })* }
        mod sqlite { $(#[test] fn $sentence() { super::$sentence(super::fixture::sqlite()); })* }
    };
}

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
    a_lookup_is_unique_until_it_is_removed
    a_lookup_can_move_within_one_append
    sealed_rows_are_replaced_and_removed
    the_outbox_keeps_its_order_and_knows_its_venues
    what_is_done_or_voided_cannot_be_taken_again
    a_kill_voids_what_a_stream_has_put_and_only_that
    an_append_without_events_changes_rows_only
    wake_ups_come_in_order_and_can_be_cleared
    positions_are_contiguous_and_the_head_is_the_recomputed_root
    a_stream_is_loaded_from_any_version_in_any_portion
    the_tail_never_skips
    streams_are_listed_by_prefix
    a_snapshot_is_replaced_and_never_ahead_of_its_stream
    a_lease_is_taken_renewed_and_taken_over_when_it_has_ended
    malformed_appends_are_refused_by_name
    numbers_at_the_end_of_their_range_are_answered
}

fn conflict(stream: &str, expected: u64, found: u64) -> Result<Receipt, Refused> {
    Err(Refused::Conflict { stream: stream.to_owned(), expected, found })
}

fn at(first_position: u64, version: u64) -> Result<Receipt, Refused> {
    Ok(Receipt { first_position, version })
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

fn a_lookup_is_unique_until_it_is_removed(mut f: Fixture) {
    let s = &mut *f.store;
    let put = |n, key: &str, value: &str| Append {
        lookups: vec![LookupChange::Put { kind: "name".to_owned(), key: key.to_owned(), value: value.to_owned() }],
        ..one(n, &format!("customer/{n}"), 0)
    };
    let remove = |n, key: &str| Append {
        lookups: vec![LookupChange::Remove { kind: "name".to_owned(), key: key.to_owned() }],
        ..one(n, &format!("customer/{n}"), 0)
    };
    append(s, put(1, "maya", "1")).unwrap();
    append(s, put(2, "Maya", "2")).unwrap();
    let taken = Refused::DuplicateLookup { kind: "name".to_owned(), key: "maya".to_owned() };
    assert_eq!(append(s, put(3, "maya", "3")), Err(taken.clone()));
    assert_eq!(append(s, put(4, "maya", "1")), Err(taken));
    assert_eq!(s.lookup("name", "maya").unwrap().as_deref(), Some("1"));
    assert_eq!(s.lookup("other", "maya").unwrap(), None);
    append(s, remove(5, "maya")).unwrap();
    append(s, remove(6, "nobody")).unwrap();
    append(s, put(7, "maya", "7")).unwrap();
    let rows = [("Maya", "2"), ("maya", "7")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(s.lookups("name").unwrap(), rows);
    assert!(s.lookups("nam").unwrap().is_empty());
}

fn a_lookup_can_move_within_one_append(mut f: Fixture) {
    let s = &mut *f.store;
    let (kind, key) = ("credential".to_owned(), "c1".to_owned());
    let put = |value: &str| LookupChange::Put { kind: kind.clone(), key: key.clone(), value: value.to_owned() };
    let remove = LookupChange::Remove { kind: kind.clone(), key: key.clone() };
    let lookups = vec![put("old"), remove.clone(), put("new")];
    append(s, Append { lookups, ..one(1, "a", 0) }).unwrap();
    assert_eq!(s.lookup(&kind, &key).unwrap().as_deref(), Some("new"));
    let lookups = vec![remove.clone(), put("newer"), remove];
    append(s, Append { lookups, ..one(2, "a", 1) }).unwrap();
    assert_eq!(s.lookup(&kind, &key).unwrap(), None);
}

fn sealed_rows_are_replaced_and_removed(mut f: Fixture) {
    let s = &mut *f.store;
    let put = |bytes: &[u8]| SealedChange::Put {
        owner: "customer/1".to_owned(),
        name: "address".to_owned(),
        bytes: bytes.to_vec(),
    };
    append(s, Append { sealed: vec![put(&[0, 255, 1])], ..one(1, "a", 0) }).unwrap();
    assert_eq!(s.sealed("customer/1", "address").unwrap(), Some(vec![0, 255, 1]));
    append(s, Append { sealed: vec![put(&[])], ..one(2, "a", 1) }).unwrap();
    assert_eq!(s.sealed("customer/1", "address").unwrap(), Some(vec![]));
    assert_eq!(s.sealed("customer/2", "address").unwrap(), None);
    let remove = SealedChange::Remove { owner: "customer/1".to_owned(), name: "address".to_owned() };
    append(s, Append { sealed: vec![remove.clone(), remove], ..one(3, "a", 2) }).unwrap();
    assert_eq!(s.sealed("customer/1", "address").unwrap(), None);
}

fn put(id: &str, venue: &str) -> OutboxChange {
    OutboxChange::Put { id: id.to_owned(), venue: venue.to_owned(), body: id.as_bytes().to_vec() }
}

fn done(id: &str) -> OutboxChange {
    OutboxChange::Done { id: id.to_owned() }
}

fn waiting(store: &mut dyn Store, venue: Option<&str>) -> Vec<String> {
    store.outbox(venue).unwrap().into_iter().map(|row| row.id).collect()
}

fn with(n: u64, stream: &str, expected: u64, outbox: Vec<OutboxChange>) -> Append {
    Append { outbox, ..one(n, stream, expected) }
}

fn the_outbox_keeps_its_order_and_knows_its_venues(mut f: Fixture) {
    let s = &mut *f.store;
    append(s, with(1, "book/1", 0, vec![put("z", "paper"), put("a", "tws")])).unwrap();
    append(s, with(2, "book/2", 0, vec![put("m", "paper")])).unwrap();
    assert_eq!(waiting(s, None), ["z", "a", "m"]);
    assert_eq!(waiting(s, Some("paper")), ["z", "m"]);
    assert!(waiting(s, Some("none")).is_empty());
    let row = s.outbox(Some("tws")).unwrap().remove(0);
    assert_eq!((row.stream.as_str(), row.venue.as_str(), &row.body[..]), ("book/1", "tws", &b"a"[..]));
    // A row written after the newest was taken still comes last.
    append(s, with(3, "book/2", 1, vec![done("m")])).unwrap();
    append(s, with(4, "book/2", 2, vec![put("b", "paper")])).unwrap();
    assert_eq!(waiting(s, None), ["z", "a", "b"]);
}

fn what_is_done_or_voided_cannot_be_taken_again(mut f: Fixture) {
    let s = &mut *f.store;
    append(s, with(1, "b", 0, vec![put("x", "paper"), put("y", "paper")])).unwrap();
    let twice = Refused::DuplicateOutbox { id: "x".to_owned() };
    assert_eq!(append(s, with(2, "b", 1, vec![put("x", "paper")])), Err(twice));
    append(s, with(3, "b", 1, vec![done("x")])).unwrap();
    let gone = |id: &str| Err(Refused::GoneFromOutbox { id: id.to_owned() });
    assert_eq!(append(s, with(4, "b", 2, vec![done("x")])), gone("x"));
    let void = OutboxChange::Void { ids: vec!["y".to_owned(), "never".to_owned()] };
    append(s, with(5, "b", 2, vec![void])).unwrap();
    assert_eq!(append(s, with(6, "b", 3, vec![done("y")])), gone("y"));
    assert_eq!(append(s, with(7, "b", 3, vec![put("v", "p"), done("v"), done("v")])), gone("v"));
    assert!(waiting(s, None).is_empty());
}

fn a_kill_voids_what_a_stream_has_put_and_only_that(mut f: Fixture) {
    let s = &mut *f.store;
    append(s, with(1, "book/1", 0, vec![put("a", "paper"), put("b", "tws")])).unwrap();
    append(s, with(2, "book/2", 0, vec![put("c", "paper")])).unwrap();
    let void = || OutboxChange::VoidStream { stream: "book/1".to_owned() };
    let gone = Err(Refused::GoneFromOutbox { id: "a".to_owned() });
    assert_eq!(append(s, with(3, "firm", 0, vec![void(), done("a")])), gone);
    // What the killing append itself puts before the void goes, what it puts after it stays.
    let changes = vec![put("d", "paper"), void(), put("a", "paper")];
    append(s, with(4, "book/1", 1, changes)).unwrap();
    assert_eq!(waiting(s, None), ["c", "a"]);
    append(s, with(5, "firm", 0, vec![put("e", "paper"), void(), done("e")])).unwrap();
    assert_eq!(waiting(s, None), ["c"]);
}

fn an_append_without_events_changes_rows_only(mut f: Fixture) {
    let s = &mut *f.store;
    append(s, with(1, "b", 0, vec![put("x", "paper")])).unwrap();
    let quiet = |n, expected| Append { events: vec![], ..with(n, "b", expected, vec![done("x")]) };
    assert_eq!(append(s, quiet(2, 0)), conflict("b", 0, 1));
    assert_eq!(append(s, quiet(3, 1)), at(1, 1));
    assert_eq!(append(s, one(4, "b", 1)), at(1, 2));
    let wake = Append { events: vec![], wakeup: Some(Some(9)), ..one(5, "new", 0) };
    assert_eq!(append(s, wake), at(2, 0));
    assert_eq!(s.due(9, 9).unwrap(), [("new".to_owned(), 9)]);
    assert_eq!(s.streams("").unwrap(), [("b".to_owned(), 2)]);
    assert_eq!(append(s, one(6, "new", 0)), at(2, 1));
    verified(s);
}

fn wake_ups_come_in_order_and_can_be_cleared(mut f: Fixture) {
    let s = &mut *f.store;
    let wake = |n, stream: &str, v, wakeup| Append { wakeup, ..one(n, stream, v) };
    let batch = [
        wake(1, "a", 0, Some(Some(30))),
        wake(2, "b", 0, Some(Some(10))),
        wake(3, "c", 0, Some(Some(10))),
        wake(4, "d", 0, None),
    ];
    assert!(s.append(&batch).unwrap().iter().all(Result::is_ok));
    let named = |rows: &[(&str, i64)]| -> Vec<(String, i64)> {
        rows.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect()
    };
    assert_eq!(s.next_wakeup().unwrap(), Some(10));
    assert_eq!(s.due(9, 9).unwrap(), []);
    assert_eq!(s.due(10, 9).unwrap(), named(&[("b", 10), ("c", 10)]));
    assert_eq!(s.due(i64::MAX, 1).unwrap(), named(&[("b", 10)]));
    append(s, wake(5, "b", 1, Some(None))).unwrap();
    append(s, wake(6, "a", 1, None)).unwrap();
    append(s, wake(7, "c", 1, Some(Some(i64::MIN)))).unwrap();
    assert_eq!(s.due(30, 9).unwrap(), named(&[("c", i64::MIN), ("a", 30)]));
    // Within one batch the last word counts.
    let batch = [wake(8, "c", 2, Some(Some(5))), wake(9, "c", 3, Some(None)), one(10, "c", 4)];
    assert!(s.append(&batch).unwrap().iter().all(Result::is_ok));
    assert_eq!(s.next_wakeup().unwrap(), Some(30));
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

fn a_snapshot_is_replaced_and_never_ahead_of_its_stream(mut f: Fixture) {
    let s = &mut *f.store;
    let snapshot = |version, body: &[u8]| Snapshot { version, apply_version: 3, body: body.to_vec() };
    let ahead = |version, found| Err(StoreError::SnapshotAhead { version, found });
    assert_eq!(s.put_snapshot("a", &snapshot(1, b"x")), ahead(1, 0));
    s.append(&[one(1, "a", 0), one(2, "a", 1)]).unwrap();
    s.put_snapshot("a", &snapshot(2, b"\x00\xff")).unwrap();
    assert_eq!(s.snapshot("a").unwrap(), Some(snapshot(2, b"\x00\xff")));
    s.put_snapshot("a", &snapshot(1, b"")).unwrap();
    assert_eq!(s.put_snapshot("a", &snapshot(u64::MAX, b"")), ahead(u64::MAX, 2));
    assert_eq!(s.snapshot("a").unwrap(), Some(snapshot(1, b"")));
    assert_eq!(s.snapshot("b").unwrap(), None);
}

fn a_lease_is_taken_renewed_and_taken_over_when_it_has_ended(mut f: Fixture) {
    let s = &mut *f.store;
    assert!(s.lease("venue/tws", "node-a", 0, 10).unwrap());
    assert!(!s.lease("venue/tws", "node-b", 9, 20).unwrap());
    assert!(s.lease("venue/paper", "node-b", 9, 20).unwrap());
    assert!(s.lease("venue/tws", "node-a", 9, 15).unwrap());
    assert!(!s.lease("venue/tws", "node-b", 14, 30).unwrap());
    assert!(s.lease("venue/tws", "node-b", 15, 30).unwrap());
    assert!(!s.lease("venue/tws", "node-a", 15, 30).unwrap());
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
