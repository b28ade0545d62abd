//! Golden data directories: what an older version wrote is verified, read and served from.

use crate::served::{Home, Served, ask};
use kernel::kill_switch::Level;
use kernel::money::Quantity;
use kernel::state::{State, apply};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::SqliteReader;

const APPLE: i64 = 265_598;
const NUMBER: &str = "DU5561411";

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1").join(name)
}

/// A copy to work in: the original is never opened, for SQLite would write beside it.
fn copied(home: &Home) {
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::copy(kept("portreeve.db"), home.data().join("portreeve.db")).unwrap();
}

/// As an auditor would, with the public key and the checkpoint that were handed out at the time.
fn verify() -> String {
    let key = std::fs::read_to_string(kept("journal.vkey")).unwrap();
    format!("journal verify --checkpoint {} --key {}", kept("checkpoint").display(), key.trim())
}

/// The events of our own streams, folded.
fn state(home: &Home) -> State {
    let mut reader = SqliteReader::open(&home.data().join("portreeve.db")).unwrap();
    let (mut state, mut last) = (State::default(), None);
    for stored in reader.tail(0, 1_000).unwrap() {
        // The paper broker's events are its own.
        if stored.stream != "paper" {
            let recorded = service::codec::decode(&stored).unwrap();
            assert_eq!((recorded.event.tag(), recorded.at.0), (stored.tag.as_str(), stored.at));
            apply(&mut state, &recorded);
            last = Some(stored.position);
        }
    }
    assert_eq!(last, Some(36));
    state
}

#[test]
fn the_golden_journal_is_the_one_its_checkpoint_states() {
    let home = Home::new();
    copied(&home);
    let told = ask(&home.data(), &verify()).json();
    assert_eq!((&told["sound"], &told["size"], &told["checkpoint"]), (&json!(true), &json!(37), &json!(37)));
    let text = std::fs::read_to_string(kept("checkpoint")).unwrap();
    assert_eq!(text.lines().nth(1), Some("37"));
}

#[test]
fn one_changed_byte_of_the_golden_journal_is_found() {
    let home = Home::new();
    copied(&home);
    let db = Connection::open(home.data().join("portreeve.db")).unwrap();
    let sql = "UPDATE event SET body = replace(body, '\"quantity\":\"64\"', '\"quantity\":\"65\"') WHERE position = 19";
    assert_eq!(db.execute(sql, []).unwrap(), 1);
    assert_eq!(ask(&home.data(), &verify()).refused(3, "journal_broken")["position"], 19);
}

#[test]
fn the_golden_journal_gives_the_state_it_gave() {
    let home = Home::new();
    copied(&home);
    let state = state(&home);
    let names: Vec<&str> = state.customer.credentials.iter().map(|credential| credential.name.as_str()).collect();
    let [account] = &state.customer.accounts[..] else { panic!("{:?}", state.customer.accounts) };
    let demo = &state.customer.credentials[0];
    assert_eq!((names.as_slice(), account.number.as_str()), (&["demo", "demo-read"][..], NUMBER));
    assert_eq!(state.customer.kills[0].level, Level::Credential(demo.id));
    assert_eq!((state.customer.kills.len(), state.book.orders.len(), state.book.pending.len()), (1, 0, 0));
    let held = Quantity::parse("74").unwrap();
    assert_eq!(state.book.position(account.id, APPLE, demo.id), (held, held));
    let at = state.customer.kills[0].at;
    // Three orders were admitted; a change counts no further one, and what it adds is charged.
    let credential = state.standing.credentials.get(demo.id).unwrap();
    for meter in [&credential.meter, &state.standing.accounts.get(account.id).unwrap().meter] {
        assert_eq!((meter.day_count(at), meter.day_value(at).to_string().as_str()), (3, "18765.735"));
    }
    assert_eq!(state.book.highest_reference(demo.id, 1), 10);
    assert!(state.book.knows_execution("29b92702.00000001.01.01"));
}

#[test]
fn a_server_serves_from_the_golden_directory_and_writes_on() {
    let home = Home::new();
    copied(&home);
    let server = Served::start(home.data());
    let status = server.ask("status").json();
    assert_eq!((&status["accounts"][0]["number"], &status["customer"]["name"]), (&json!(NUMBER), &json!("demo")));
    assert_eq!(status["kill_switches"][0]["target"], "demo");
    let told = server.tell("diagnose demo").out;
    for text in ["the kill switch of the credential demo was engaged", "25,000"] {
        assert!(told.contains(text), "{text}: {told}");
    }
    assert_eq!(server.ask("release --credential demo").code, 0);
    let last = server.ask("journal tail --last 1").json();
    assert_eq!(last["tag"], "kill_switch.released");
    let verified = server.ask(&verify()).json();
    assert_eq!((&verified["sound"], &verified["checkpoint"]), (&Value::Bool(true), &json!(37)));
    assert!(verified["size"].as_u64().unwrap() > 37, "{verified}");
}

#[test]
fn no_private_key_lies_beside_golden_data() {
    for entry in std::fs::read_dir(kept("")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(8).any(|part| part == b"PRIVATE+"));
    }
}
