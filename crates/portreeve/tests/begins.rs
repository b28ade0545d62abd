//! A start on a journal that is not the one that was served here: gone, or without its end.

use crate::cluster::Cluster;
use crate::served::{Home, PATIENCE, Served, ask, portreeve};
use std::path::Path;
use std::time::Instant;

const FILES: [&str; 2] = ["portreeve.db", "portreeve.db-wal"];

fn checkpoint(data: &Path) -> Option<String> {
    std::fs::read_to_string(data.join("checkpoint")).ok()
}

/// A served data directory whose last checkpoint is another than before.
fn served(data: &Path) -> Served {
    let before = checkpoint(data);
    let served = Served::start(data.to_owned());
    let begun = Instant::now();
    while checkpoint(data) == before {
        assert!(begun.elapsed() < PATIENCE, "no checkpoint is left");
        std::thread::yield_now();
    }
    served
}

fn refused(data: &Path, words: &[&str], why: &str) {
    let shown = data.display().to_string();
    let all = [&["serve", "--json", "--data", &shown][..], words].concat();
    let refusal = portreeve(&all).refused(1, "not_done");
    assert!(refusal["text"].as_str().unwrap().contains(why), "{why}: {refusal}");
}

#[test]
fn where_there_was_a_journal_no_new_one_is_begun() {
    let home = Home::new();
    served(&home.data()).kill();
    for file in FILES {
        drop(std::fs::remove_file(home.data().join(file)));
    }
    refused(&home.data(), &[], "the journal of this data directory is not here");
    assert!(!home.data().join("portreeve.db").exists());
    // Nor is an empty database taken for it.
    refused(&home.data(), &["--store", &Cluster::shared().url()], "the end of the journal is missing");
    assert!(!home.data().join("journal.place").exists(), "a place that was refused is not remembered");
}

#[test]
fn a_journal_without_its_end_is_not_served_and_its_checkpoint_is_not_written_over() {
    let (home, kept) = (Home::new(), Home::new());
    served(&home.data()).kill();
    let kept_as = |file: &str| kept.0.join(file);
    for file in FILES {
        drop(std::fs::copy(home.data().join(file), kept_as(file)));
    }
    let server = Served::start(home.data());
    assert_eq!(server.ask("kill --credential demo").json()["durable"], true);
    server.kill();
    served(&home.data()).kill();
    let stated = checkpoint(&home.data());
    for file in FILES {
        drop(std::fs::remove_file(home.data().join(file)));
        drop(std::fs::copy(kept_as(file), home.data().join(file)));
    }
    refused(&home.data(), &[], "the end of the journal is missing");
    assert_eq!(checkpoint(&home.data()), stated);
    // Whoever wants it so has to say so.
    std::fs::remove_file(home.data().join("checkpoint")).unwrap();
    Served::start(home.data()).kill();
    assert_eq!(ask(&home.data(), "journal verify").json()["sound"], true);
}
