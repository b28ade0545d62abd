//! What goes wrong on a command line: how it ends, what to do about it, and what is never shown.

use crate::served::{Ended, Home, Served, ask, ended, portreeve, tell};
use serde_json::json;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

#[test]
fn what_keeps_a_server_from_starting_is_told_with_a_remedy() {
    let home = Home::new();
    let file = home.file("file", "");
    let running = Served::start(home.data());
    let nothing = home.0.join("nothing-there").display().to_string();
    let not_tws = ["--venue", "tws://127.0.0.1:1", "--data", &nothing];
    let taken = running.data.display().to_string();
    for (words, why) in [
        (&["--data", file.as_str()][..], "File exists"),
        (&["--data", "/proc/nothing"], "No such file"),
        (&["--data", taken.as_str()], "another process writes this data directory"),
        (&not_tws, "nothing listens on 127.0.0.1:1"),
    ] {
        let all = ["serve", "--json"].iter().chain(words).copied().collect::<Vec<_>>();
        let refusal = portreeve(&all).refused(1, "not_done");
        assert!(refusal["text"].as_str().unwrap().contains(why), "{why}: {refusal}");
    }
    let refusal = ask(&home.data(), "paper --listen 0.0.0.0:4002").refused(1, "not_done");
    assert!(refusal["text"].as_str().unwrap().contains("loopback only"), "{refusal}");
}

#[test]
fn a_file_that_cannot_be_written_is_told_with_a_remedy() {
    let home = Home::new();
    let server = Served::start(home.data());
    for verb in ["export", "checkpoint"] {
        let refusal = server.ask(&format!("journal {verb} --out /nonexistent/file")).refused(1, "not_done");
        assert!(refusal["remedy"].as_str().unwrap().starts_with("Choose a place"), "{refusal}");
    }
}

#[test]
fn the_line_that_is_wrong_in_a_configuration_is_shown_under_what_is_wrong() {
    let home = Home::new();
    let file = home.file("wrong.toml", "seed = 7\nleverage = 3\n");
    let told = portreeve(&["config", "check", &file]);
    assert_eq!(told.code, 3);
    let lines: Vec<&str> = told.err.lines().collect();
    assert!(lines[0].starts_with(&format!("refused: {file}:2:1: unknown field `leverage`")), "{told:?}");
    assert_eq!(lines[1..4], ["  |", "2 | leverage = 3", "  | ^^^^^^^^"]);
    assert!(lines[4].starts_with("what to do: Correct that line"), "{told:?}");
}

#[test]
fn what_can_be_seen_to_be_wrong_is_not_asked_of_a_server() {
    let home = Home::new();
    for words in [
        "credential create --name late --expires 2020-01-01",
        "credential create --name late --expires 0d",
        "credential create --name open --listen 0.0.0.0:4200",
        "credential create --name open --listen 127.0.0.1:99999",
        "limit set demo order_value=1e308",
        "limit set demo order_value=-5",
        "journal tail --last x",
    ] {
        assert_eq!(ask(&home.data(), words).code, 2, "{words}");
    }
    let data = home.data().display().to_string();
    for words in [
        &["credential", "show", ""][..],
        &["order", "show", ""],
        &["approval", "grant", ""],
        &["limit", "show", ""],
        &["limit", "set", "", "day_count=7"],
        &["diagnose", ""],
    ] {
        let all = words.iter().chain(&["--data", data.as_str()]).copied().collect::<Vec<_>>();
        assert_eq!(portreeve(&all).code, 2, "{words:?}");
    }
    assert_eq!(tell(&home.data(), "limit set demo day_count=7").code, 4);
}

#[test]
fn a_key_that_was_handed_over_is_not_passed_over_when_it_is_none() {
    let home = Home::new();
    let server = Served::start(home.data());
    assert_eq!(server.ask("journal verify --key nonsense").code, 2);
    assert_eq!(server.ask("journal verify").code, 0);
}

/// The same words as another user; only root may turn into one.
fn as_nobody(home: &Home, words: &[&str]) -> Option<Ended> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("left out: only root can ask as another user");
        return None;
    }
    // Where the program was built may be closed to others.
    let program = home.0.join("portreeve");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_portreeve"), &program).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    Some(ended(command.args(words)))
}

#[test]
fn another_user_is_told_whose_it_is_and_not_to_start_a_server() {
    let home = Home::new();
    let server = Served::start(home.data());
    let data = server.data.display().to_string();
    let Some(denied) = as_nobody(&home, &["status", "--json", "--data", &data]) else { return };
    let refusal = denied.refused(4, "no_server");
    assert!(refusal["remedy"].as_str().unwrap().starts_with("Ask as the user"), "{refusal}");
    let verified = as_nobody(&home, &["journal", "verify", "--json", "--data", &data]).unwrap();
    assert!(verified.refused(1, "not_done")["text"].as_str().unwrap().contains("Permission denied"), "{verified:?}");
}

#[test]
fn a_data_directory_that_cannot_be_written_starts_nothing() {
    let home = Home::new();
    fs::create_dir(home.data()).unwrap();
    let data = home.data().display().to_string();
    let Some(denied) = as_nobody(&home, &["serve", "--json", "--data", &data]) else { return };
    assert!(
        denied.refused(1, "not_done")["remedy"].as_str().unwrap().contains("right to read and write"),
        "{denied:?}"
    );
    assert_eq!(fs::read_dir(home.data()).unwrap().count(), 0);
}

fn holds(directory: &Path, text: &str) -> bool {
    let within = |bytes: Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    fs::read_dir(directory).unwrap().any(|entry| fs::read(entry.unwrap().path()).is_ok_and(within))
}

#[test]
fn a_secret_is_shown_once_and_kept_nowhere() {
    let home = Home::new();
    let server = Served::start(home.data());
    let made = server.ask("credential create --name bot --secret").json();
    let rotated = server.ask("credential rotate bot").json();
    let secrets = [&made["secret"], &rotated["secret"]].map(|secret| secret.as_str().unwrap().to_owned());
    assert!(secrets[0] != secrets[1] && secrets.iter().all(|secret| secret.len() == 64), "{secrets:?}");
    for verb in ["credential show bot", "credential list", "diagnose bot", "journal tail", "journal export", "status"] {
        for told in [server.ask(verb), server.tell(verb)] {
            assert!(secrets.iter().all(|secret| !told.out.contains(secret.as_str())), "{verb}");
            assert_eq!(told.code, 0, "{verb}");
        }
    }
    assert!(secrets.iter().all(|secret| !holds(&home.data(), secret)));
    // What is looked for would be found.
    assert!(holds(&home.data(), "demo-read"));
    let told = server.tell("credential rotate bot").out;
    assert!(told.contains("shown this once") && told.contains("  secret="), "{told}");
}

#[test]
fn every_credential_tells_in_json_all_that_programs_are_promised() {
    let home = Home::new();
    let server = Served::start(home.data());
    let promised = ["id", "name", "state", "scopes", "accounts", "instruments", "listen", "expires_at", "limits"];
    for one in server.ask("credential list").json().as_array().unwrap() {
        for member in promised {
            assert!(one.get(member).is_some(), "{member}: {one}");
        }
    }
    assert_eq!(server.ask("credential show demo-read").json()["expires_at"], json!(null));
}
