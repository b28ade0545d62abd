//! `portreeve journal`: what is altered is found, with and without a server.

use crate::served::{Ended, Home, Served, ask, ended, tell};
use rusqlite::Connection;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// A data directory with a few events, and a checkpoint of them kept elsewhere.
fn left_behind(home: &Home) -> (u64, String) {
    let server = Served::start(home.data());
    for level in ["kill", "release"] {
        assert_eq!(server.ask(&format!("{level} --customer")).code, 0);
    }
    let kept = home.0.join("kept").display().to_string();
    assert_eq!(server.ask(&format!("journal checkpoint --out {kept}")).code, 0);
    let size = server.ask("journal verify").json()["size"].as_u64().unwrap();
    server.kill();
    (size, kept)
}

fn alter(data: &Path, sql: &str) {
    // What the server left of its own checkpoint is not what finds this.
    drop(std::fs::remove_file(data.join("checkpoint")));
    let db = Connection::open(data.join("portreeve.db")).unwrap();
    assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
}

#[test]
fn a_sound_journal_is_verified_and_exported_without_a_server() {
    let home = Home::new();
    let (size, kept) = left_behind(&home);
    let verified = ask(&home.data(), &format!("journal verify --checkpoint {kept}"));
    let told = verified.json();
    assert_eq!((verified.code, told["size"].as_u64(), told["checkpoint"].as_u64()), (0, Some(size), Some(size)));
    assert_eq!(told["root"].as_str().unwrap().len(), 64);
    assert!(tell(&home.data(), "journal verify").out.starts_with("The journal is sound"));
    let exported = tell(&home.data(), "journal export").out;
    let events: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len() as u64, size);
    assert!(events.iter().zip(0..).all(|(event, position)| event["position"] == position));
    assert_eq!(events.last().unwrap()["tag"], "kill_switch.released");
}

#[test]
fn one_altered_byte_is_found_at_its_event() {
    let home = Home::new();
    left_behind(&home);
    alter(
        &home.data(),
        "UPDATE event SET body = replace(body, '\"actor\":\"house\"', '\"actor\":\"hause\"') WHERE position = 2",
    );
    let refusal = ask(&home.data(), "journal verify").refused(3, "journal_broken");
    assert_eq!((&refusal["sound"], refusal["position"].as_u64()), (&Value::Bool(false), Some(2)));
    assert!(refusal["text"].as_str().unwrap().contains("event 2"), "{refusal}");
}

#[test]
fn an_event_taken_out_is_found() {
    let home = Home::new();
    left_behind(&home);
    alter(&home.data(), "DELETE FROM event WHERE position = 1");
    let refusal = ask(&home.data(), "journal verify").refused(3, "journal_broken");
    assert!(refusal["text"].as_str().unwrap().contains("event 1 should stand here"), "{refusal}");
}

#[test]
fn an_end_that_was_cut_off_is_found_by_the_head() {
    let home = Home::new();
    let (size, _) = left_behind(&home);
    alter(&home.data(), &format!("DELETE FROM event WHERE position = {}", size - 1));
    ask(&home.data(), "journal verify").refused(3, "journal_broken");
}

#[test]
fn another_journal_does_not_fit_the_checkpoint_that_was_kept() {
    let (home, other) = (Home::new(), Home::new());
    let (_, kept) = left_behind(&home);
    left_behind(&other);
    let verify = format!("journal verify --checkpoint {kept}");
    ask(&other.data(), &verify).refused(3, "checkpoint_not_valid");
    // Even with the key stolen, the events are others than those that were signed.
    std::fs::copy(home.data().join("journal.key"), other.data().join("journal.key")).unwrap();
    ask(&other.data(), &verify).refused(3, "journal_broken");
    assert_eq!(ask(&home.data(), "journal verify --checkpoint nowhere").code, 2);
}

#[test]
fn the_tail_is_one_document_a_line_for_programs() {
    let home = Home::new();
    let server = Served::start(home.data());
    server.ask("kill --firm");
    let last = server.ask("journal tail --last 1").json();
    assert_eq!(last["tag"], "kill_switch.engaged");
    assert!(last["by"].as_str().unwrap().starts_with("local("), "{last}");
    let all = server.ask("journal tail --last 1000").out;
    let positions: Vec<u64> =
        all.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (0..positions.len() as u64).collect::<Vec<_>>());
    let three: Vec<&str> = all.lines().skip(positions.len() - 3).collect();
    assert_eq!(server.ask("journal tail --last 3").out.lines().collect::<Vec<_>>(), three);
}

#[test]
fn the_tail_says_in_words_when_who_and_what() {
    let home = Home::new();
    let server = Served::start(home.data());
    let account = server.account();
    server.ask("limit set demo order_value=12345.5");
    server.ask("kill --credential demo");
    let told = server.tell("journal tail").out;
    let (day, events) = told.split_once('\n').unwrap();
    assert!(day.ends_with(" (UTC)") && day.len() == 16, "{day}");
    for words in [
        format!("the house   the paper account {account} was opened"),
        "limits of demo were set: approve above 10,000, day value".to_owned(),
        "order value 12,345.50".to_owned(),
        "the kill switch of the credential demo was engaged;".to_owned(),
    ] {
        assert!(events.contains(&words), "{words}: {told}");
    }
    // The paper broker's own books are not told a second time, and the lines fit a terminal.
    assert!(!told.contains("paper  ") && told.lines().all(|line| line.chars().count() <= 80), "{told}");
    let last = server.tell("journal tail --last 1").out;
    assert_eq!(last.lines().filter(|line| line.contains("  local(")).count(), 1, "{last}");
}

#[test]
fn where_no_journal_is_none_is_verified() {
    let home = Home::new();
    ask(&home.data(), "journal verify").refused(3, "journal_not_found");
    ask(&home.data(), "journal export").refused(3, "journal_not_found");
}

/// A program that shares no code with ours, in the environment that the tools step installs beside the build.
fn python(words: &[&str]) -> Ended {
    let built = std::env::current_exe().unwrap();
    let python = built.ancestors().nth(3).unwrap().join("clients/carriers/bin/python");
    assert!(python.exists(), "install it first, with `cargo xtask test --only tools`: {}", python.display());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/verify_journal.py");
    ended(Command::new(python).args(["-B", script]).args(words))
}

#[test]
fn a_verifier_that_shares_no_code_with_ours_agrees() {
    let home = Home::new();
    let (size, kept) = left_behind(&home);
    let path = home.data().join("portreeve.db").display().to_string();
    let key = std::fs::read(home.data().join("journal.key")).unwrap();
    let key = journal::SigningKey::from_file_bytes(&key).unwrap().public().vkey();
    let root = ask(&home.data(), "journal verify").json()["root"].as_str().unwrap().to_owned();
    let told = python(&[&path, &key, &kept]);
    assert!(told.code == 0 && told.out.contains(&format!("{size} events")) && told.out.contains(&root), "{told:?}");
    let note = std::fs::read_to_string(&kept).unwrap();
    let other = home.file("other", &note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size - 1), 1));
    assert_eq!(python(&[&path, &key, &other]).code, 1, "another checkpoint");
    // Each column of an event, the head, the order and the end: changed, looked at by both, and put back.
    let db = Connection::open(&path).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(db);
    let whole = std::fs::read(&path).unwrap();
    for sql in [
        "UPDATE event SET stream = replace(stream, 'customer', 'customes') WHERE position = 2",
        "UPDATE event SET version = version + 100 WHERE position = 2",
        "UPDATE event SET tag = tag || 's' WHERE position = 2",
        "UPDATE event SET at = at + 1 WHERE position = 2",
        "UPDATE event SET body = replace(body, '\"v\":1', '\"v\":2') WHERE position = 2",
        "UPDATE event SET body = replace(body, '\"v\":1', '\"v\": 1') WHERE position = 2",
        "UPDATE event SET link = zeroblob(32) WHERE position = 2",
        "UPDATE event SET position = position + 1000 WHERE position = 2",
        "UPDATE log_head SET size = size - 1",
        "UPDATE log_head SET frontier = CAST(substr(frontier, 1, 8) || zeroblob(length(frontier) - 8) AS BLOB)",
        "DELETE FROM event WHERE position = (SELECT max(position) FROM event)",
    ] {
        alter(&home.data(), sql);
        ask(&home.data(), "journal verify").refused(3, "journal_broken");
        let told = python(&[&path]);
        assert!(told.code == 1 && told.err.starts_with("The journal does not hold"), "{sql}: {told:?}");
        std::fs::write(&path, &whole).unwrap();
    }
    assert_eq!(python(&[&path]).code, 0, "as it was");
}
