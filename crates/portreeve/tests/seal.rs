//! The master key is rotated by a verb, while no server runs, and no key is ever printed.

use crate::served::{Ended, Home, Served, ask, ended};
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

/// The words of a keyring file that are keys.
fn keys(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn with_key(data: &Path, key: &str, words: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portreeve"));
    command.env("PORTREEVE_SEALING_KEY", key).args(words.split(' ')).arg("--json").arg("--data").arg(data);
    ended(&mut command)
}

#[test]
fn a_stopped_server_gets_a_new_master_key_and_starts_with_it() {
    let home = Home::new();
    let server = Served::start(home.data());
    server.ask("seal rotate").refused(3, "server_runs");
    server.kill();
    let file = home.data().join("seal.key");
    let old = keys(&fs::read_to_string(&file).unwrap());
    let rotated = ask(&home.data(), "seal rotate");
    let told = rotated.json();
    assert_eq!((rotated.code, told["rotated"].as_bool(), told["data_keys"].as_u64()), (0, Some(true), Some(1)));
    let new = keys(&fs::read_to_string(&file).unwrap());
    assert!(new.len() == 1 && new != old);
    for key in old.iter().chain(&new) {
        assert!(!rotated.out.contains(key.as_str()) && !rotated.err.contains(key.as_str()));
    }
    let aside = home.data().join("seal.key.before");
    assert_eq!(keys(&fs::read_to_string(&aside).unwrap()), old);
    let server = Served::start(home.data());
    assert!(!aside.exists(), "the old key is kept although everything was opened with the new one");
    let journal = server.ask("journal tail --last 1000").out;
    assert!(journal.contains("seal.rotated"), "{journal}");
    assert_eq!(server.ask("journal verify").code, 0);
    server.kill();
    // The old key opens nothing here any more, and is refused by name.
    with_key(&home.data(), &old[0], "seal rotate").refused(3, "seal_key_does_not_open");
}

#[test]
fn a_key_that_is_kept_elsewhere_is_rotated_by_its_next_value() {
    let home = Home::new();
    Served::start(home.data()).kill();
    let file = home.data().join("seal.key");
    let key = keys(&fs::read_to_string(&file).unwrap()).remove(0);
    let kept = home.0.join("kept");
    fs::rename(&file, &kept).unwrap();
    ask(&home.data(), "seal rotate").refused(3, "seal_key_not_usable");
    let refusal = with_key(&home.data(), &key, "seal rotate").refused(3, "seal_key_elsewhere");
    assert!(refusal["remedy"].as_str().unwrap().contains("--out FILE"), "{refusal}");
    let out = home.0.join("next");
    let handed = with_key(&home.data(), &key, &format!("seal rotate --out {}", out.display()));
    assert_eq!((handed.code, handed.json()["rotated"].as_bool()), (0, Some(false)));
    let next = keys(&fs::read_to_string(&out).unwrap());
    assert!(next.len() == 2 && next[1] == key && !handed.out.contains(next[0].as_str()), "{handed:?}");
    let rotated = with_key(&home.data(), &next.join(" "), "seal rotate");
    assert_eq!((rotated.code, rotated.json()["data_keys"].as_u64()), (0, Some(1)), "{rotated:?}");
    with_key(&home.data(), &key, "seal rotate").refused(3, "seal_key_does_not_open");
    with_key(&home.data(), &next[0], "seal rotate").refused(3, "seal_key_elsewhere");
    assert!(!file.exists());
}

/// Another start would not find what is written now.
#[test]
fn a_key_that_the_last_start_did_not_use_is_not_rotated() {
    let home = Home::new();
    Served::start(home.data()).kill();
    let place = home.data().join("seal.place");
    assert_eq!(fs::read_to_string(&place).unwrap(), "the data directory\n");
    fs::write(&place, "elsewhere\n").unwrap();
    let before = fs::read_to_string(home.data().join("seal.key")).unwrap();
    ask(&home.data(), "seal rotate").refused(3, "seal_key_elsewhere");
    assert_eq!(fs::read_to_string(home.data().join("seal.key")).unwrap(), before);
    Served::start(home.data()).kill();
    assert_eq!(ask(&home.data(), "seal rotate").code, 0);
}

/// The demo credential's port is taken here: a start that comes as far as letting programs in says so.
#[test]
fn a_start_that_cannot_open_what_is_sealed_does_not_come_as_far_as_letting_programs_in() {
    let home = Home::new();
    let server = Served::start(home.data());
    let port = server.port;
    server.kill();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_portreeve"));
    command.env("PORTREEVE_SEALING_KEY", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA");
    let end = ended(command.args(["serve", "--data"]).arg(home.data()));
    assert_ne!(end.code, 0);
    assert!(!end.err.contains(&port.to_string()) && end.err.contains("does not open"), "{end:?}");
}

#[test]
fn where_nothing_is_kept_nothing_is_rotated() {
    let home = Home::new();
    ask(&home.data(), "seal rotate").refused(3, "journal_not_found");
    assert!(!home.data().exists());
}

/// What root wrote there the server could not read any more. Only root can give a directory away: whoever else runs this
/// cannot, and rotates their own.
#[test]
fn root_rotates_no_key_in_a_data_directory_of_another_user() {
    let home = Home::new();
    Served::start(home.data()).kill();
    let uid = fs::metadata(home.data()).unwrap().uid();
    let key = || fs::read(home.data().join("seal.key")).unwrap();
    let before = key();
    match chown(home.data(), Some(65_534), None) {
        Ok(()) => {
            let refusal = ask(&home.data(), "seal rotate").refused(3, "data_of_another_user");
            assert!(refusal.to_string().contains("65534"), "{refusal}");
            assert_eq!(key(), before);
            chown(home.data(), Some(uid), None).unwrap();
        }
        Err(why) => assert!(uid != 0 && why.kind() == ErrorKind::PermissionDenied, "{uid}: {why}"),
    }
    assert_eq!(ask(&home.data(), "seal rotate").code, 0);
    assert_ne!(key(), before);
}

/// The variable before what systemd hands over, and that before the data directory's own.
#[test]
fn a_key_is_looked_for_where_the_process_was_told_that_it_is() {
    let home = Home::new();
    Served::start(home.data()).kill();
    let (own, handed) = (home.data().join("seal.key"), home.0.join("handed"));
    fs::create_dir(&handed).unwrap();
    let key = keys(&fs::read_to_string(&own).unwrap()).remove(0);
    fs::rename(&own, handed.join("portreeve-sealing-key")).unwrap();
    let rotate = |variables: &[(&str, &OsStr)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portreeve"));
        command.args(["seal", "rotate", "--json", "--data"]).arg(home.data());
        ended(command.envs(variables.iter().copied()))
    };
    let (variable, directory) = ("PORTREEVE_SEALING_KEY", ("CREDENTIALS_DIRECTORY", handed.as_os_str()));
    rotate(&[]).refused(3, "seal_key_not_usable");
    // Found there, it is another's to change.
    rotate(&[directory]).refused(3, "seal_key_elsewhere");
    rotate(&[(variable, OsStr::new(&key)), directory]).refused(3, "seal_key_elsewhere");
    rotate(&[(variable, OsStr::new("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA")), directory])
        .refused(3, "seal_key_does_not_open");
    let no_text = rotate(&[(variable, OsStr::from_bytes(b"\xff")), directory]);
    assert!(no_text.code != 0 && !no_text.err.contains("panicked"), "{no_text:?}");
    Served::with(home.data(), &[], &[("CREDENTIALS_DIRECTORY", handed.to_str().unwrap())]).kill();
    assert!(!own.exists(), "another key was made beside the one that was handed over");
}
