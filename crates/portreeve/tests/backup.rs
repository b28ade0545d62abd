//! Backup and restore: taken while the gate trades, given back to another directory, and nothing is sent twice by it.

use crate::cluster::Cluster;
use crate::served::{Ended, Home, Served, ask, portreeve, tell};
use crate::upstream::{self, Program, below};
use rusqlite::Connection;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tws::{Request, Response};

/// What a person keeps apart from the backup.
fn put_keys(from: &Path, data: &Path) {
    std::fs::create_dir_all(data).unwrap();
    std::fs::set_permissions(data, PermissionsExt::from_mode(0o700)).unwrap();
    for key in ["journal.key", "seal.key"] {
        std::fs::copy(from.join(key), data.join(key)).unwrap();
    }
}

fn backup(data: &Path, to: &Path) -> Value {
    let made = ask(data, &format!("backup {}", to.display()));
    assert_eq!(made.code, 0, "{made:?}");
    made.json()
}

fn restore(from: &Path, data: &Path) -> Ended {
    ask(data, &format!("restore {}", from.display()))
}

/// Waits until these are the positions that are told: a venue tells them apart from fills.
fn shows(program: &mut Program, wanted: &[(&str, &str)]) {
    program.ask(&Request::CancelPositions);
    program.ask(&Request::ReqPositions);
    let held = RefCell::new(BTreeMap::new());
    program.until(|told| {
        match told {
            Response::Position { contract, position, .. } => {
                held.borrow_mut().insert(contract.symbol.clone(), position.normalize().to_string());
            }
            Response::PositionEnd => {}
            _ => return None,
        }
        let held = held.borrow();
        let told = held.iter().filter(|(_, quantity)| *quantity != "0");
        told.map(|(symbol, quantity)| (symbol.as_str(), quantity.as_str())).eq(wanted.iter().copied()).then_some(())
    });
}

/// The words of the no.
pub fn refused(program: &mut Program, number: i32) -> String {
    program.until(|told| match told {
        Response::Error { request_id, code: 201, text, .. } if *request_id == number => Some(text.clone()),
        _ => None,
    })
}

fn events(data: &Path) -> Vec<Value> {
    let told = tell(data, "journal export").out;
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Resting orders, each a little apart, until it is told to stop.
fn load(port: u16, first_price: i64, placed: &AtomicUsize, over: &AtomicBool) {
    let mut program = Program::connect(port, 8);
    for (n, number) in (program.next_number..).enumerate() {
        if over.load(Ordering::SeqCst) {
            break;
        }
        program.place(number, 1, Some(first_price - i64::try_from(n).unwrap()));
        program.status(number, &["Submitted"]);
        placed.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_gate_that_trades_is_backed_up_and_given_back_and_its_broker_hears_nothing_twice() {
    let home = upstream::Home::new("backup");
    let (paper_port, port) = (upstream::free_port(), upstream::free_port());
    let _paper = upstream::paper(&home, paper_port);
    let mut gate = upstream::gate(&home, port, paper_port, &[]);
    let (data, kept) = (home.0.join("gate"), home.0.join("kept"));
    upstream::widen(&data);
    let mut program = Program::connect(port, 7);
    let number = program.next_number;
    program.place(number, 3, None);
    program.status(number, &["Filled"]);
    assert_eq!(program.executions(), 1);
    let price = below(program.bid());
    let (placed, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let made = std::thread::scope(|scope| {
        let loading = scope.spawn(|| load(port, price, &placed, &over));
        while placed.load(Ordering::SeqCst) < 3 {
            assert!(!loading.is_finished(), "the load goes on");
            std::thread::yield_now();
        }
        let before = placed.load(Ordering::SeqCst);
        let made = backup(&data, &kept);
        while placed.load(Ordering::SeqCst) < before + 3 {
            assert!(!loading.is_finished(), "it goes on trading");
            std::thread::yield_now();
        }
        over.store(true, Ordering::SeqCst);
        made
    });
    drop(program);
    gate.kill();
    let known = Program::connect(paper_port, 99).orders();
    // The machine is lost, and with it what came after the backup.
    let old = home.0.join("lost");
    std::fs::rename(&data, &old).unwrap();
    let lost = events(&old).len() as u64;
    assert!(lost > made["events"].as_u64().unwrap() + 3, "it was taken in the middle of it: {made}");
    put_keys(&old, &data);
    let told = restore(&kept, &data);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!((&told.json()["events"], &told.json()["reduce_only"]), (&made["events"], &Value::Bool(true)));
    let checkpoint = kept.join("checkpoint").display().to_string();
    let verified = ask(&data, &format!("journal verify --checkpoint {checkpoint}")).json();
    assert_eq!((&verified["sound"], &verified["checkpoint"]), (&Value::Bool(true), &made["events"]));
    let _gate = upstream::gate(&home, port, paper_port, &[]);
    let mut program = Program::connect(port, 7);
    let number = program.next_number;
    program.place(number, 1, None);
    assert!(refused(&mut program, number).contains("kill switch"));
    // The guard knows the three of the backup, and no fourth.
    program.order("SELL", number + 1, 4, None, false);
    assert!(refused(&mut program, number + 1).contains("kill switch"));
    program.order("SELL", number + 2, 3, None, false);
    program.status(number + 2, &["Filled"]);
    let now = Program::connect(paper_port, 99).orders();
    assert!(now.values().all(|count| *count == 1), "{now:?}");
    assert_eq!(now.len(), known.len() + 1, "only what reduced the position is new there");
    assert!(known.keys().all(|reference| now.contains_key(reference)));
    let released = ask(&data, "release --firm");
    assert_eq!(released.code, 0, "{released:?}");
    program.place(number + 3, 1, None);
    program.status(number + 3, &["Filled"]);
}

/// A gate with its own broker, an order that rests and a position of two.
fn lived(home: &Home) -> (Served, PathBuf) {
    let served = Served::start(home.data());
    let mut program = Program::connect(served.port, 1);
    let number = program.next_number;
    program.place(number, 2, None);
    program.status(number, &["Filled"]);
    let price = below(program.bid());
    program.place(number + 1, 1, Some(price));
    program.status(number + 1, &["Submitted"]);
    (served, home.0.join("kept"))
}

#[test]
fn a_backup_is_whole_for_its_owner_only_and_holds_no_key() {
    let home = Home::new();
    let (served, kept) = lived(&home);
    let data = home.data();
    for inside in [data.join("kept"), data.join("../data/kept")] {
        let no = ask(&data, &format!("backup {}", inside.display()));
        no.refused(1, "not_done");
        assert!(no.err.contains("is in the data directory") && !inside.exists(), "{no:?}");
    }
    let made = backup(&data, &kept);
    assert!(made["rows"]["streams"].as_u64().is_some_and(|count| count > 2), "{made}");
    let no = ask(&data, &format!("backup {}", kept.display()));
    no.refused(1, "not_done");
    assert!(no.err.contains("holds something already"), "{no:?}");
    assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let secrets: Vec<Vec<u8>> = ["journal.key", "seal.key"]
        .iter()
        .map(|name| std::fs::read(data.join(name)).unwrap())
        .flat_map(|file| file.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>())
        .filter(|line| line.len() > 20)
        .collect();
    assert!(secrets.len() >= 2, "both hold a line that must not be found");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&kept).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
        let bytes = std::fs::read(&path).unwrap();
        for secret in &secrets {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{path:?}");
        }
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort_unstable();
    assert_eq!(names, ["backup.json", "checkpoint", "journal.db", "journal.pub"]);
    let told = tell(&data, &format!("backup {}", home.0.join("second").display()));
    assert!(told.code == 0 && told.out.contains("journal.key") && told.out.contains("seal.key"), "{told:?}");
    assert!(!home.0.join("second.unfinished").exists());
    // Beside the server, and without it.
    served.kill();
    backup(&data, &home.0.join("third"));
}

#[test]
fn what_is_given_back_starts_reduce_only_with_the_positions_it_had_and_everybody_signed_out() {
    let home = Home::new();
    let (served, kept) = lived(&home);
    backup(&home.data(), &kept);
    // Where a program listens is on record: at the same port after a restore.
    let port = served.port;
    shows(&mut Program::connect(port, 1), &[("AAPL", "2")]);
    served.kill();
    let fresh = home.0.join("fresh");
    // Somebody has to say that nobody can say who signed it.
    let no = restore(&kept, &fresh);
    no.refused(1, "not_done");
    assert!(no.err.contains("--new-journal-key") && !fresh.exists(), "{no:?}");
    put_keys(&home.data(), &fresh);
    let told = tell(&fresh, &format!("restore {}", kept.display()));
    assert!(told.code == 0 && told.out.contains("reduce-only"), "{told:?}");
    let entries = || std::fs::read_dir(&fresh).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut left: Vec<String> = entries().collect();
    left.sort_unstable();
    assert_eq!(left, ["checkpoint", "journal.key", "portreeve.db", "portreeve.lock", "seal.key"]);
    assert_eq!(fresh.join("portreeve.db").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // Twice into one place it is not given back.
    let no = restore(&kept, &fresh);
    no.refused(1, "not_done");
    assert!(no.err.contains("has a journal"), "{no:?}");
    let tags: Vec<String> = events(&fresh).iter().map(|event| event["tag"].as_str().unwrap().to_owned()).collect();
    assert!(tags.ends_with(&["journal.restored".to_owned(), "kill_switch.engaged".to_owned()]), "{tags:?}");
    let served = Served::start(fresh.clone());
    let status = served.ask("status").json();
    assert_eq!(status["kill_switches"][0]["level"], "firm", "{status}");
    let mut program = Program::connect(port, 1);
    shows(&mut program, &[("AAPL", "2")]);
    let number = program.next_number;
    program.place(number, 1, None);
    assert!(refused(&mut program, number).contains("kill switch"));
    program.order("SELL", number + 1, 2, None, false);
    program.status(number + 1, &["Filled"]);
    let told = served.tell("journal tail --last 50").out;
    assert!(told.contains("restored from a backup of"), "{told}");
    served.kill();
    assert_eq!(ask(&fresh, "journal verify").json()["sound"], true);
    // What rested and could have increased risk was asked back by the switch, once.
    let tags: Vec<String> = events(&fresh).iter().map(|event| event["tag"].as_str().unwrap().to_owned()).collect();
    let at = tags.iter().position(|tag| tag == "journal.restored").unwrap();
    assert_eq!(tags[at..].iter().filter(|tag| *tag == "order.cancel_requested").count(), 1, "{tags:?}");
}

/// What somebody did to a backup; and what is to be told of it.
fn altered(home: &Home, kept: &Path, n: usize, alter: impl FnOnce(&Path)) -> Ended {
    let copy = home.0.join(format!("altered-{n}"));
    std::fs::create_dir(&copy).unwrap();
    for entry in std::fs::read_dir(kept).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    alter(&copy);
    let data = home.0.join(format!("data-{n}"));
    put_keys(&home.data(), &data);
    let ended = restore(&copy, &data);
    assert!(!data.join("portreeve.db").exists() && !data.join("restoring").exists(), "{n}: nothing is left of it");
    ended
}

fn edit(backup: &Path, sql: &str) {
    Connection::open(backup.join("journal.db")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn an_altered_shortened_or_foreign_backup_is_refused_and_leaves_nothing() {
    let home = Home::new();
    let (served, kept) = lived(&home);
    backup(&home.data(), &kept);
    served.kill();
    let cut = "DELETE FROM event WHERE position = (SELECT max(position) FROM event)";
    for (n, sql) in ["UPDATE event SET at = at + 1 WHERE position = 3", cut].iter().enumerate() {
        altered(&home, &kept, n, |copy| edit(copy, sql)).refused(3, "journal_broken");
    }
    altered(&home, &kept, 2, |copy| {
        let path = copy.join("checkpoint");
        let note = std::fs::read_to_string(&path).unwrap();
        let size = note.lines().nth(1).unwrap().to_owned();
        std::fs::write(&path, note.replacen(&size, "1", 1)).unwrap();
    })
    .refused(3, "checkpoint_not_valid");
    altered(&home, &kept, 3, |copy| std::fs::write(copy.join("backup.json"), "{}").unwrap()).refused(1, "not_done");
    // Signed by another: an older backup of this journal's own, and one of a stranger.
    let (strange, other) = (Home::new(), home.0.join("strange"));
    let (served, _) = lived(&strange);
    backup(&strange.data(), &other);
    served.kill();
    altered(&home, &other, 4, |_| {}).refused(3, "checkpoint_not_valid");
    // With its own signing key and a sealing key that is another's: what is sealed stays closed.
    let mixed = home.0.join("mixed");
    put_keys(&home.data(), &mixed);
    std::fs::copy(strange.data().join("seal.key"), mixed.join("seal.key")).unwrap();
    restore(&kept, &mixed).refused(3, "seal_key_does_not_open");
    assert!(!mixed.join("portreeve.db").exists());
    // Without any: it is said, and a start asks for it.
    std::fs::remove_file(mixed.join("seal.key")).unwrap();
    let told = restore(&kept, &mixed);
    assert_eq!((told.code, &told.json()["sealing_key"]), (0, &"not_here".into()), "{told:?}");
    let data = mixed.display().to_string();
    let start = portreeve(&["serve", "--data", &data]);
    assert!(start.code == 1 && start.err.contains("no sealing key"), "{start:?}");
    let lost = home.0.join("lost-key");
    let told = ask(&lost, &format!("restore --new-journal-key --suspend-credentials {}", kept.display()));
    assert_eq!((told.code, &told.json()["credentials_suspended"]), (0, &2.into()), "{told:?}");
}

#[test]
fn a_journal_in_postgresql_is_backed_up_while_it_is_served_and_given_back_to_a_file() {
    let (home, url) = (Home::new(), Cluster::shared().url());
    let served = Served::told(home.data(), &["--store", &url]);
    let account = served.account();
    let kept = home.0.join("kept");
    let made = backup(&home.data(), &kept);
    served.kill();
    let fresh = home.0.join("fresh");
    put_keys(&home.data(), &fresh);
    let told = restore(&kept, &fresh);
    assert_eq!((told.code, &told.json()["events"]), (0, &made["events"]), "{told:?}");
    let served = Served::start(fresh);
    assert_eq!(served.account(), account);
    assert_eq!(served.ask("status").json()["kill_switches"][0]["level"], "firm");
}

#[test]
fn a_backup_is_not_served_as_it_is_and_no_log_of_another_journal_is_taken_for_the_restored_ones() {
    let home = Home::new();
    let (served, kept) = lived(&home);
    backup(&home.data(), &kept);
    served.kill();
    // As a bored operator does it: the files under the names that a start looks for.
    let as_it_is = home.0.join("as-it-is");
    put_keys(&home.data(), &as_it_is);
    std::fs::copy(kept.join("journal.db"), as_it_is.join("portreeve.db")).unwrap();
    std::fs::copy(kept.join("checkpoint"), as_it_is.join("checkpoint")).unwrap();
    let no = portreeve(&["serve", "--data", as_it_is.to_str().unwrap()]);
    assert_eq!(no.code, 1, "{no:?}");
    // Moved aside without what lies beside it.
    let beside = home.0.join("beside");
    put_keys(&home.data(), &beside);
    std::fs::write(beside.join("portreeve.db-wal"), b"another's").unwrap();
    std::fs::write(beside.join("checkpoint"), b"what there was").unwrap();
    let no = restore(&kept, &beside);
    no.refused(1, "not_done");
    assert!(no.err.contains("portreeve.db-wal") && !beside.join("portreeve.db").exists(), "{no:?}");
    std::fs::remove_file(beside.join("portreeve.db-wal")).unwrap();
    assert_eq!(restore(&kept, &beside).code, 0);
    assert_eq!(std::fs::read(beside.join("checkpoint.before")).unwrap(), b"what there was");
}
