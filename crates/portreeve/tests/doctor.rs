//! `portreeve doctor`: what it finds, and that it finds it before somebody else does.

use crate::served::{Ended, Home, PATIENCE, Served, ask, tell, two_free_ports};
use crate::upstream;
use serde_json::Value;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

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
    for what in [
        "data directory",
        "files",
        "disk space",
        "file system",
        "signing key",
        "sealing key",
        "journal",
        "clock",
        "space in reserve",
        "server",
        "notices",
    ] {
        assert_eq!(state(&told, what), "good", "{what}: {told}");
    }
    assert_eq!(state(&told, "configuration"), "look");
    // How fast this disk is is not ours to say; that the word fits the figure is.
    let (word, figure) = of(&data, "doctor", "sync");
    let ms: f64 = figure.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(word, if ms < 100.0 { "good" } else { "look" }, "{figure}");
    let shown = served.tell("doctor");
    assert!(shown.code == 0 && shown.out.contains("for its owner only"), "{shown:?}");
    served.kill();
    // Nobody has the listeners' ports now, unless another program of this machine does.
    let ended = ask(&data, "doctor --tws 127.0.0.1:1");
    assert_eq!(state(&ended.json(), "server"), "look");
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
    wrong(&data, "clock");
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
        assert!(begun.elapsed() < PATIENCE, "nobody sees that the venue is gone");
    }
    assert_eq!(state(&ask(&data, "doctor").json(), "server"), "look");
    assert!(tell(&data, "status").out.contains("tws, lost: orders are refused"), "{:?}", tell(&data, "status"));
}

/// What it says of one thing, with these words.
fn of(data: &Path, words: &str, what: &str) -> (String, String) {
    let told = ask(data, words).json();
    let one = told["checks"].as_array().unwrap().iter().find(|one| one["what"] == what);
    let one = one.unwrap_or_else(|| panic!("{what}: {told}"));
    (one["state"].as_str().unwrap().to_owned(), one["told"].as_str().unwrap().to_owned())
}

fn is(data: &Path, words: &str, what: &str, state: &str, word: &str) {
    let told = of(data, words, what);
    assert!(told.0 == state && told.1.contains(word), "{words}: {what}: {told:?}");
}

#[test]
fn a_port_that_another_program_has_and_one_that_the_server_does_not_have_are_told() {
    let home = Home::new();
    let (data, port) = (home.data(), two_free_ports());
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = taken.local_addr().unwrap();
    let words = format!("doctor --tws 127.0.0.1:{port} --portal {at}");
    is(&data, &words, "demo listener", "good", "is free");
    is(&data, &words, "demo-read listener", "good", "is free");
    is(&data, &words, "portal", "wrong", "is taken by another program");
    let metrics = two_free_ports();
    let served = Served::told(data.clone(), &["--metrics", &format!("127.0.0.1:{metrics}")]);
    let portal = format!("127.0.0.1:{}", served.port + 80);
    let words = format!("doctor --portal {portal} --metrics 127.0.0.1:{metrics}");
    is(&data, &words, "portal", "good", "is listened on");
    is(&data, &words, "metrics", "good", "is listened on");
    let free = two_free_ports();
    is(&data, &format!("doctor --metrics 127.0.0.1:{free}"), "metrics", "wrong", "is not listened on");
}

#[test]
fn the_tws_that_orders_would_go_to_is_greeted_and_a_closed_port_a_deaf_one_and_another_machine_are_told() {
    let home = Home::new();
    let gate = Served::start(home.data());
    // The gate speaks to programs as a TWS does.
    let words = format!("doctor --venue tws://127.0.0.1:{}", gate.port);
    is(&home.data(), &words, "upstream", "good", "server version 178");
    let free = two_free_ports();
    is(&home.data(), &format!("doctor --venue tws://127.0.0.1:{free}"), "upstream", "wrong", "nothing listens there");
    is(&home.data(), "doctor --venue tws://192.0.2.7:4002", "upstream", "wrong", "is not on this machine");
    let deaf = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = deaf.local_addr().unwrap();
    is(&home.data(), &format!("doctor --venue tws://{at}"), "upstream", "wrong", "no answer within 3 s");
}

#[test]
fn what_a_configuration_names_is_looked_at_and_no_secret_is_told() {
    let home = Home::new();
    let data = home.data();
    Served::start(data.clone()).kill();
    let (hook, mail) = (home.file("hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), home.file("mail", "hunter2"));
    let set = |path: &str, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    set(&hook, 0o600);
    set(&mail, 0o644);
    let outside = home.0.join("outside");
    std::fs::create_dir(&outside).unwrap();
    let kept = outside.join("kept").display().to_string();
    let text = format!(
        "[notify.smtp]\nhost = \"mail.example.com\"\ntls = \"starttls\"\nuser = \"gate\"\n\
         password = {{ file = \"{mail}\" }}\nfrom = \"gate@trade.example\"\n\
         [[notify.webhook]]\nname = \"ops\"\nurl = \"https://ops.example/in\"\nsecret = {{ file = \"{hook}\" }}\n\
         [detection]\ncountries = \"{hook}\"\n\
         [checkpoints]\nfile = \"{kept}\"\n"
    );
    let config = home.file("serve.toml", &text);
    let words = format!("doctor --config {config}");
    is(&data, &words, "mail", "wrong", "can be read or written by others");
    is(&data, &words, "webhook", "good", "ops");
    is(&data, &words, "countries", "wrong", "hook");
    is(&data, &words, "checkpoints outside", "wrong", "is not made on the disk of the data directory");
    let ended = tell(&data, &words);
    assert!(ended.code == 3 && !format!("{ended:?}").contains("hunter2") && !format!("{ended:?}").contains("MfKQ9"));
    set(&mail, 0o600);
    let there = home.file("there.toml", &text.replace(&format!("[detection]\ncountries = \"{hook}\"\n"), ""));
    let words = format!("doctor --config {there}");
    is(&data, &words, "mail", "good", "nothing was sent");
    std::fs::write(&kept, "").unwrap();
    // A server adds one; then it is of more events than the journal has, is no file, and its directory is gone.
    let served = Served::told(data.clone(), &["--config", &there]);
    let begun = std::time::Instant::now();
    let verify = format!("journal verify --checkpoint {kept}");
    while served.ask(&verify).code != 0 {
        assert!(begun.elapsed() < PATIENCE);
    }
    is(&data, &words, "checkpoints outside", "look", "on the disk of the data directory");
    served.kill();
    let db = rusqlite::Connection::open(data.join("portreeve.db")).unwrap();
    let whole = std::fs::read_to_string(&kept).unwrap();
    std::fs::write(&kept, "nothing of ours\n\n").unwrap();
    is(&data, &words, "checkpoints outside", "wrong", "does not end with one that this key has signed");
    std::fs::write(&kept, whole).unwrap();
    drop(db);
    std::fs::remove_file(&kept).unwrap();
    std::fs::create_dir(&kept).unwrap();
    is(&data, &words, "checkpoints outside", "wrong", "cannot be added to");
    std::fs::remove_dir_all(&outside).unwrap();
    is(&data, &words, "checkpoints outside", "wrong", "nor is its directory");
}

#[test]
fn an_earlier_journal_in_the_place_of_a_later_one_is_found_by_the_file_outside() {
    let home = Home::new();
    let data = home.data();
    Served::start(data.clone()).kill();
    let earlier = home.0.join("earlier.db");
    for name in ["portreeve.db", "portreeve.db-wal"] {
        if data.join(name).exists() {
            std::fs::copy(data.join(name), earlier.with_extension(&name["portreeve.".len()..])).unwrap();
        }
    }
    let first = Served::start(data.clone());
    assert_eq!(first.ask("kill --customer").code, 0);
    first.kill();
    let kept = home.file("kept", "");
    let config = home.file("serve.toml", &format!("[checkpoints]\nfile = \"{kept}\"\n"));
    let served = Served::told(data.clone(), &["--config", &config]);
    let begun = std::time::Instant::now();
    while served.ask(&format!("journal verify --checkpoint {kept}")).code != 0 {
        assert!(begun.elapsed() < PATIENCE);
    }
    served.kill();
    for name in ["portreeve.db", "portreeve.db-wal", "portreeve.db-shm", "checkpoint"] {
        drop(std::fs::remove_file(data.join(name)));
    }
    for name in ["portreeve.db", "portreeve.db-wal"] {
        let copy = earlier.with_extension(&name["portreeve.".len()..]);
        if copy.exists() {
            std::fs::copy(copy, data.join(name)).unwrap();
        }
    }
    is(&data, &format!("doctor --config {config}"), "checkpoints outside", "wrong", "was cut off");
}
