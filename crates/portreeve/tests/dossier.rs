//! `portreeve dossier` and `approval verify`: on a journal with signatures, without a server; and beside one that runs.

use crate::house::{GRANTED, House, ORDER, REFUSED, RELEASED};
use crate::served::{Home, Served, ask, portreeve, tell};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use store::{Append, NewEvent, SqliteStore, Store};

/// A data directory with the journal that the crate `dossier` tests with.
fn left_behind(home: &Home) -> House {
    let house = House::new();
    std::fs::create_dir_all(home.data()).unwrap();
    let mut store = SqliteStore::open(&home.data().join("portreeve.db")).unwrap();
    for (record, n) in house.records().zip(1_u128..) {
        let event = NewEvent { tag: record.tag.to_owned(), at: record.at, body: record.body.to_vec() };
        let (stream, expected) = (record.stream.to_owned(), record.version - 1);
        let append = Append { id: n.to_be_bytes(), stream, expected, events: vec![event], ..Append::default() };
        assert_eq!(store.append(&[append]).unwrap().remove(0).unwrap().first_position, record.position);
    }
    std::fs::write(home.data().join("journal.key"), house.key.to_file_bytes()).unwrap();
    house
}

fn at(home: &Home, name: &str) -> (PathBuf, String) {
    let path = home.0.join(name);
    let text = path.display().to_string();
    (path, text)
}

#[test]
fn a_signed_approval_is_written_to_a_file_and_checked_with_nothing_else() {
    let home = Home::new();
    left_behind(&home);
    let (path, file) = at(&home, "approval.json");
    for id in [GRANTED, RELEASED] {
        assert_eq!(ask(&home.data(), &format!("approval show {id} --file {file}")).code, 0);
        std::fs::rename(home.data(), home.0.join("elsewhere")).unwrap();
        let told = portreeve(&["approval", "verify", &file, "--json"]).json();
        assert_eq!((&told["valid"], told["id"].as_str()), (&Value::Bool(true), Some(id)));
        let words = portreeve(&["approval", "verify", &file]).out;
        for part in ["The signature holds.", "  Buy 500 AAPL at 190.25 USD or better", "es256", "does not prove", id] {
            assert!(words.contains(part), "{part}: {words}");
        }
        assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
        std::fs::rename(home.0.join("elsewhere"), home.data()).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("Buy 500", "Buy 900", 1)).unwrap();
    let refusal = portreeve(&["approval", "verify", &file, "--json"]).refused(3, "approval_not_valid");
    assert!(refusal["text"].as_str().unwrap().contains("the challenge is not that of the request"), "{refusal}");
    // What is said of a stranger's file cannot speak to the terminal.
    std::fs::write(&path, text.replacen("\"format\"", "\"\\u001b[2J\": 1,\n  \"format\"", 1)).unwrap();
    let told = portreeve(&["approval", "verify", &file]);
    assert!(told.code == 3 && told.err.contains("[2J") && !told.err.contains('\u{1b}'), "{told:?}");
    assert_eq!(portreeve(&["approval", "verify", "nowhere"]).code, 2);
    for id in [REFUSED, "apr_01m3250v3v0000000000000009", "apr"] {
        ask(&home.data(), &format!("approval show {id} --file {file}")).refused(3, "approval_not_signed");
    }
}

#[test]
fn a_dossier_is_exported_verified_and_refused_once_it_is_edited() {
    let home = Home::new();
    let house = left_behind(&home);
    let (path, out) = at(&home, "dossier");
    let (_, kept) = house.checkpoint(6);
    let kept = home.file("kept", &kept);
    let exported = ask(&home.data(), &format!("dossier export --order {ORDER} --out {out} --checkpoint {kept}")).json();
    assert_eq!((exported["events"].as_u64(), exported["approvals"].as_u64()), (Some(13), Some(1)));
    let key = house.key.public().vkey();
    let verify = |more: &[&str]| portreeve(&[&["dossier", "verify", &out, "--json"], more].concat());
    // As one zip it holds the same files, but for the moment of its export.
    let (zip, packed) = at(&home, "dossier.zip");
    let export = format!("dossier export --order {ORDER} --out {packed} --checkpoint {kept}");
    assert_eq!(ask(&home.data(), &export).json()["events"].as_u64(), Some(13));
    assert_eq!(std::fs::metadata(&zip).unwrap().permissions().mode() & 0o777, 0o600);
    let told = portreeve(&["dossier", "verify", &packed, "--json", "--key", &key, "--checkpoint", &kept]).json();
    assert_eq!((&told["sound"], told["earlier"].as_u64()), (&Value::Bool(true), Some(6)));
    assert_eq!(ask(&home.data(), &export).code, 2, "it is there already");
    std::fs::write(&zip, "PK, but no zip").unwrap();
    assert_eq!(portreeve(&["dossier", "verify", &packed]).code, 2);
    let told = verify(&["--key", &key, "--checkpoint", &kept]).json();
    assert_eq!((&told["sound"], told["earlier"].as_u64()), (&Value::Bool(true), Some(6)));
    let words = portreeve(&["dossier", "verify", &out]).out;
    assert!(words.contains("Buy 500 AAPL") && words.contains("reading aid") && words.contains(&key), "{words}");
    let page = std::fs::read_to_string(path.join("index.html")).unwrap();
    for part in ["Signed approvals", "demo: ", "Buy 500 AAPL at 190.25 USD or better", "order.filled"] {
        assert!(page.contains(part), "{part}");
    }
    for asks in ["<script", "<link", "<img", "src=", "href=", "url("] {
        assert!(!page.contains(asks), "{asks}");
    }
    for entry in ["events.jsonl", "contents", "index.html", "README.txt"] {
        let text = std::fs::read(path.join(entry)).unwrap();
        let mut edited = text.clone();
        edited[text.len() / 2] ^= 1;
        std::fs::write(path.join(entry), edited).unwrap();
        verify(&[]).refused(3, "dossier_broken");
        std::fs::write(path.join(entry), text).unwrap();
    }
    std::fs::write(path.join("more"), "").unwrap();
    let refusal = verify(&[]).refused(3, "dossier_broken");
    assert!(refusal["text"].as_str().unwrap().contains("more is in it and not on its signed list"), "{refusal}");
    std::fs::remove_file(path.join("more")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", path.join("link")).unwrap();
    assert_eq!(verify(&[]).code, 2);
    std::fs::remove_file(path.join("link")).unwrap();
    assert_eq!(verify(&[]).code, 0);
    // What is there is not written over.
    assert_eq!(ask(&home.data(), &format!("dossier export --order {ORDER} --out {out}")).code, 2);
}

#[test]
fn of_what_the_journal_does_not_hold_and_of_a_broken_one_there_is_no_dossier() {
    let home = Home::new();
    left_behind(&home);
    let (path, out) = at(&home, "dossier");
    let export = |words: &str| ask(&home.data(), &format!("dossier export {words} --out {out}"));
    export("--order ord_01m3250v3v0000000000000099").refused(3, "dossier_nothing");
    export("--from 2020-01-01 --to 2020-01-02").refused(3, "dossier_nothing");
    for wrong in ["--order apr_1", "--from 2026-01-02 --to 2026-01-01", "--from 2026-01-01", "--to 2026-01-01"] {
        assert_eq!(export(wrong).code, 2, "{wrong}");
    }
    let db = rusqlite::Connection::open(home.data().join("portreeve.db")).unwrap();
    let sql = "UPDATE event SET body = replace(body, 'demo', 'dem0') WHERE position = 0";
    assert_eq!(db.execute(sql, []).unwrap(), 1);
    export(&format!("--order {ORDER}")).refused(3, "journal_broken");
    assert!(!path.exists());
}

#[test]
fn beside_a_server_that_runs_a_period_is_exported_and_verified() {
    let home = Home::new();
    let server = Served::start(home.data());
    for level in ["kill", "release"] {
        assert_eq!(server.ask(&format!("{level} --customer")).code, 0);
    }
    let (path, out) = at(&home, "dossier");
    let told = server.tell(&format!("dossier export --from 2020-01-01 --to 2100-01-01 --out {out}"));
    assert!(told.code == 0 && told.out.contains("events and 0 signed approvals of the period"), "{told:?}");
    let (_, kept) = at(&home, "kept");
    assert_eq!(server.ask(&format!("journal checkpoint --out {kept}")).code, 0);
    let told = portreeve(&["dossier", "verify", &out, "--checkpoint", &kept, "--json"]).json();
    assert_eq!((told["sound"].as_bool(), told["approvals"].as_array().map(Vec::len)), (Some(true), Some(0)));
    assert_eq!(told["events"], told["size"]);
    let page = std::fs::read_to_string(path.join("index.html")).unwrap();
    assert!(page.contains("the kill switch of the customer was engaged"), "{page}");
    assert!(tell(&home.data(), "dossier --help").out.contains("Work everything in a dossier out anew"));
}

#[test]
fn an_incident_is_exported_from_the_day_before_it_until_it_was_closed() {
    let home = Home::new();
    let server = Served::start(home.data());
    let opened = server.ask("incident open --credential demo").json();
    let id = opened["id"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned();
    let (path, out) = at(&home, "dossier");
    let told = server.tell(&format!("dossier export --incident {id} --out {out}"));
    assert!(told.code == 0 && told.out.contains("of the period"), "{told:?}");
    assert_eq!(portreeve(&["dossier", "verify", &out]).code, 0);
    let page = std::fs::read_to_string(path.join("index.html")).unwrap();
    for part in [&format!("an incident was opened, {id}"), "the kill switch of", "the customer "] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, other) = at(&home, "other");
    let export = |words: &str| ask(&home.data(), &format!("dossier export {words} --out {other}"));
    export("--incident inc_01m3250v3v0000000000000099").refused(3, "dossier_nothing");
    assert_eq!(export("--incident ord_1").code, 2);
    // What comes after it was closed is no part of it.
    assert_eq!(server.ask(&format!("incident close {id}")).code, 0);
    assert_eq!(server.ask("kill --customer").code, 0);
    let told = export(&format!("--incident {id}")).json();
    let all = server.ask("journal verify").json();
    assert!(told["events"].as_u64() < all["size"].as_u64(), "{told} of {all}");
}
