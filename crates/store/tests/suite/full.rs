//! A disk that is really full: what the space kept in reserve is good for, and that it can be set aside again.

use super::fixture::{Dir, append, id, one, verified};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use store::contract::Reserve;
use store::{Append, SqliteStore, Store, StoreError};

/// A small file system in memory, which goes away with its test.
struct Tmpfs(Dir);

/// As root, or as someone who may become root without being asked.
fn as_root(words: &[&str]) -> Result<(), String> {
    let run = |words: &[&str]| match Command::new(words[0]).args(&words[1..]).output() {
        Ok(ended) if ended.status.success() => Ok(()),
        Ok(ended) => Err(String::from_utf8_lossy(&ended.stderr).trim().to_owned()),
        Err(why) => Err(why.to_string()),
    };
    run(words).or_else(|own| run(&[&["sudo", "-n"], words].concat()).map_err(|other| format!("{own}; {other}")))
}

impl Tmpfs {
    fn new() -> Tmpfs {
        let disk = Tmpfs(Dir::new());
        let at = disk.0.path().display().to_string();
        as_root(&["mount", "-t", "tmpfs", "-o", "size=6m,mode=0777", "tmpfs", &at])
            .unwrap_or_else(|why| panic!("a full disk needs a small tmpfs, which cannot be mounted here: {why}"));
        disk
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        drop(as_root(&["umount", "-l", &self.0.path().display().to_string()]));
    }
}

/// Takes what is left, to the last block.
fn fill(path: &Path) {
    let mut filler = File::create(path).unwrap();
    for block in [64 * 1024, 4 * 1024, 1] {
        while filler.write_all(&vec![0x5a; block]).is_ok() {}
    }
}

#[test]
fn the_reserve_is_given_away_on_a_full_disk_and_set_aside_again_when_there_is_space() {
    let disk = Tmpfs::new();
    let (filler, reserve) = (disk.0.path().join("filler"), disk.0.path().join("portreeve.reserve"));
    let mut store = SqliteStore::open(&disk.0.db()).unwrap();
    assert_eq!(store.keep_reserve(), Ok(Reserve::Kept));
    fill(&filler);
    let mut number = 0;
    let mut next = |store: &mut SqliteStore, expected: u64| {
        number += 1;
        // Each of them needs new blocks of the log.
        let append = Append { events: vec![super::fixture::event(number); 64], ..one(number, "a", expected) };
        (number, store.append(std::slice::from_ref(&append)).map(|mut answers| answers.remove(0)))
    };
    let (refused, answer) = next(&mut store, 0);
    assert_eq!(answer, Err(StoreError::Full));
    assert_eq!(store.outcome(&id(refused)), Ok(None));
    assert_eq!(store.release_reserve(), Ok(true));
    let (_, answer) = next(&mut store, 0);
    assert_eq!(answer.unwrap().unwrap().version, 64, "this is what the space was kept for");
    assert_eq!(store.keep_reserve(), Err(StoreError::Full));
    assert!(!reserve.exists(), "half a reserve takes no space from those who need it");
    let (_, answer) = next(&mut store, 64);
    assert_eq!(answer.unwrap().unwrap().version, 128);
    fs::remove_file(&filler).unwrap();
    store.keep_reserve().unwrap();
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 1 << 20);
    append(&mut store, one(1_000, "b", 0)).unwrap();
    assert_eq!(verified(&mut store).size, 129);
}
