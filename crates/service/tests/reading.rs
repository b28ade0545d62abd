//! Reading beside writing: a long search holds up no order, and finds all that was told as durable.

use service::Commit;
use service::commit::Room;
use std::sync::mpsc::channel;
use std::time::Duration;
use store::{Append, FaultyStore, NewEvent, SqliteStore, Store};

/// As long as a test that would fail otherwise waits.
const PATIENCE: Duration = Duration::from_secs(20);

fn append(number: u8) -> Append {
    let event = NewEvent { tag: "a.b".to_owned(), at: 1, body: b"{}".to_vec() };
    let stream = "stream".to_owned();
    Append { id: [number; 16], stream, expected: u64::from(number), events: vec![event], ..Append::default() }
}

fn written(commit: &Commit, number: u8) -> bool {
    let (told, landed) = channel();
    let done = move |_: &mut dyn Store, result: Result<_, _>| told.send(result.is_ok()).unwrap();
    assert!(commit.append(append(number), Room::Ordinary, Box::new(done)));
    landed.recv_timeout(PATIENCE).unwrap_or(false)
}

fn a_search_under_way_holds_up_no_append_and_sees_what_was_told_before_it(store: Box<dyn Store>) {
    let (commit, thread) = Commit::start(store, Box::new(|| false)).unwrap();
    assert!(written(&commit, 0));
    let ((begun, reading), (go, held)) = (channel(), channel::<()>());
    let (told, found) = channel();
    commit.look(Box::new(move |reader| {
        begun.send(reader.tail(0, 10).unwrap().len()).unwrap();
        assert!(held.recv().is_err());
        told.send(reader.head().unwrap().size).unwrap();
    }));
    assert_eq!(reading.recv_timeout(PATIENCE), Ok(1));
    assert!(written(&commit, 1), "it waits for whoever reads");
    drop(go);
    assert_eq!(found.recv_timeout(PATIENCE), Ok(2));
    commit.close();
    thread.join().unwrap();
}

#[test]
fn a_search_holds_up_no_append_on_a_disk() {
    let dir = std::env::temp_dir().join(format!("portreeve-reading-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let store = SqliteStore::open(&dir.join("portreeve.db")).unwrap();
    a_search_under_way_holds_up_no_append_and_sees_what_was_told_before_it(Box::new(store));
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_search_holds_up_no_append_of_a_store_that_can_fail() {
    a_search_under_way_holds_up_no_append_and_sees_what_was_told_before_it(Box::new(FaultyStore::new()));
}
