//! What every store must do with the rows beside the journal.

use super::fixture::{Fixture, append, at, conflict, done, every_store, one, put, verified, waiting, with};
use store::{Append, LookupChange, OutboxChange, Refused, SealedChange, Snapshot, StoreError};

every_store! {
    a_lookup_is_unique_until_it_is_removed
    a_lookup_can_move_within_one_append
    sealed_rows_are_replaced_and_removed
    the_outbox_keeps_its_order_and_knows_its_venues
    what_is_done_or_voided_cannot_be_taken_again
    a_kill_voids_what_a_stream_has_put_and_only_that
    an_append_without_events_changes_rows_only
    wake_ups_come_in_order_and_can_be_cleared
    a_snapshot_is_replaced_and_never_ahead_of_its_stream
    a_lease_is_taken_renewed_and_taken_over_when_it_has_ended
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
    let other = SealedChange::Put { owner: "a".to_owned(), name: "address".to_owned(), bytes: vec![1] };
    append(s, Append { sealed: vec![other], ..one(9, "b", 0) }).unwrap();
    assert_eq!(s.sealed_owners("address").unwrap(), ["a", "customer/1"]);
    assert_eq!(s.sealed_owners("addres").unwrap(), Vec::<String>::new());
    let remove = SealedChange::Remove { owner: "customer/1".to_owned(), name: "address".to_owned() };
    append(s, Append { sealed: vec![remove.clone(), remove], ..one(3, "a", 2) }).unwrap();
    assert_eq!(s.sealed("customer/1", "address").unwrap(), None);
    assert_eq!(s.sealed_owners("address").unwrap(), ["a"]);
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
    let gone = Err(Refused::GoneFromOutbox { id: "d".to_owned() });
    assert_eq!(append(s, with(6, "book/1", 1, vec![put("d", "paper"), void(), done("d")])), gone);
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
