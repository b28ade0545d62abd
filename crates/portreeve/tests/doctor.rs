//! `portreeve doctor`: what it finds, and that it finds it before somebody else does.

use crate::served::{Ended, Home, Served, ask, tell};
use crate::upstream;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

fn state(told: &Value, what: &str) -> String {
    let one = told["checks"].as_array().unwrap().iter().find(|one| one["what"] == what);
    one.unwrap_or_else(|| panic!("{what}: {told}"))["state"].as_str().unwrap().to_owned()
}

fn wrong(data: &Path, what: &str) -> Ended {
    let ended = ask(data, "doctor");
    let told = ended.refused(3, "not_done");
    assert_eq!((state(&told, what).as_str(), &told["sound"]), ("wrong", &Value::Bool(false)), "{told}");
    ended
}

#[test]
fn what_is_open_missing_cut_off_or_of_the_future_is_told_and_what_is_good_is_too() {
    let home = Home::new();
    let data = home.data();
    let served = Served::start(data.clone());
    served.ask("journal checkpoint");
    let told = served.ask("doctor").json();
    for what in ["data directory", "signing key", "sealing key", "journal", "space in reserve", "server"] {
        assert_eq!(state(&told, what), "good", "{what}: {told}");
    }
    let shown = served.tell("doctor");
    assert!(shown.code == 0 && shown.out.contains("for its owner only"), "{shown:?}");
    served.kill();
    assert_eq!(state(&ask(&data, "doctor").json(), "server"), "look");
    for (name, what, mode, sound) in [
        ("", "data directory", 0o750, 0o700),
        ("journal.key", "signing key", 0o640, 0o600),
        ("seal.key", "sealing key", 0o644, 0o600),
    ] {
        let set = |mode| std::fs::set_permissions(data.join(name), PermissionsExt::from_mode(mode)).unwrap();
        set(mode);
        wrong(&data, what);
        assert!(tell(&data, "doctor").out.contains("chmod"), "{what}");
        set(sound);
    }
    // What a key says is never shown.
    let key = std::fs::read_to_string(data.join("seal.key")).unwrap();
    assert!(!format!("{:?}", ask(&data, "doctor")).contains(key.trim()));
    let db = rusqlite::Connection::open(data.join("portreeve.db")).unwrap();
    let last = "WHERE position = (SELECT max(position) FROM event)";
    db.execute_batch(&format!("UPDATE event SET at = at + 3600000 {last}")).unwrap();
    wrong(&data, "journal");
    db.execute_batch(&format!("DELETE FROM event {last}")).unwrap();
    wrong(&data, "journal");
    std::fs::remove_file(data.join("seal.key")).unwrap();
    wrong(&data, "sealing key");
}

#[test]
fn a_venue_that_is_lost_is_told() {
    let home = upstream::Home::new("doctor");
    let (there, here) = (upstream::free_port(), upstream::free_port());
    let mut paper = upstream::paper(&home, there);
    let _gate = upstream::gate(&home, here, there, &[]);
    let data = home.0.join("gate");
    assert_eq!(ask(&data, "status").json()["venue_lost"], false);
    assert_eq!(state(&ask(&data, "doctor").json(), "server"), "good");
    paper.kill();
    let begun = Instant::now();
    while ask(&data, "status").json()["venue_lost"] == false {
        assert!(begun.elapsed() < Duration::from_secs(30), "nobody sees that the venue is gone");
    }
    assert_eq!(state(&ask(&data, "doctor").json(), "server"), "look");
    assert!(tell(&data, "status").out.contains("tws, lost: orders are refused"), "{:?}", tell(&data, "status"));
}
