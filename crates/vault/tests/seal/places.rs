//! Where the master key is looked for, in which order, and what is refused there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use vault::seal::{Found, Keyring, NoKey, Places, Unkept, replace};
use zeroize::Zeroizing;

const ONE: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";
const TWO: &str = "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICE";

/// A directory of its own for one test, gone afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("portreeve-places-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
    fn places(&self) -> Places {
        Places { variable: None, file: None, credentials: None, data: self.0.clone() }
    }
}
impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
fn why(places: &Places) -> Unkept {
    match places.open(true).unwrap_err() {
        NoKey::Unusable { why, .. } => why,
        other => panic!("{other}"),
    }
}

#[test]
fn the_first_start_makes_a_key_that_only_its_owner_reads_and_the_next_finds_it() {
    let here = Directory::new("first");
    let (made, found) = here.places().open(true).unwrap();
    assert_eq!(found, Found::Made(here.0.join("seal.key")));
    assert_eq!(mode(&here.0.join("seal.key")), 0o600);
    assert_eq!(fs::read_dir(&here.0).unwrap().count(), 1, "nothing half made is left beside it");
    let (again, found) = here.places().open(false).unwrap();
    assert_eq!((again.current(), found), (made.current(), Found::DataDirectory(here.0.join("seal.key"))));
}

#[test]
fn a_key_that_is_gone_is_not_replaced_by_a_new_one() {
    let here = Directory::new("gone");
    let error = here.places().open(false).unwrap_err();
    assert!(matches!(error, NoKey::Missing(_)), "{error}");
    assert!(error.to_string().contains("PORTREEVE_SEALING_KEY"));
    assert_eq!(fs::read_dir(&here.0).unwrap().count(), 0);
}

#[test]
fn two_first_starts_at_once_end_with_one_key() {
    let here = Directory::new("race");
    let start = || here.places().open(true).unwrap().0.current();
    let keys = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(fs::read_dir(&here.0).unwrap().count(), 1);
}

#[test]
fn the_environment_comes_before_the_file_before_systemd_before_the_data_directory() {
    let here = Directory::new("order");
    let key = |text: &str| Keyring::parse(text).unwrap().current();
    let made = here.places().open(true).unwrap().0.current();
    let credential = here.file("portreeve-sealing-key", TWO, 0o440);
    let mut places = Places { credentials: Some(here.0.clone()), ..here.places() };
    let (ring, found) = places.open(false).unwrap();
    assert_eq!((ring.current(), found), (key(TWO), Found::Credential(credential)));
    places.file = Some(here.file("operators.key", ONE, 0o400));
    let (ring, found) = places.open(false).unwrap();
    assert_eq!((ring.current(), found), (key(ONE), Found::File(here.0.join("operators.key"))));
    places.variable = Some(Zeroizing::new(TWO.to_owned()));
    let (ring, found) = places.open(false).unwrap();
    assert_eq!((ring.current(), found), (key(TWO), Found::Environment));
    assert_ne!(made, key(ONE));
}

#[test]
fn a_credentials_directory_without_our_credential_is_passed_over() {
    let here = Directory::new("other-credentials");
    let places = Places { credentials: Some(here.0.join("none")), ..here.places() };
    assert!(matches!(places.open(true).unwrap().1, Found::Made(_)));
}

#[test]
fn a_place_that_is_named_but_unusable_refuses_instead_of_being_passed_over() {
    let here = Directory::new("named");
    here.places().open(true).unwrap();
    for text in ["", "hunter2"] {
        let places = Places { variable: Some(Zeroizing::new(text.to_owned())), ..here.places() };
        let error = places.open(true).unwrap_err();
        assert!(matches!(error, NoKey::Variable(_)) && !error.to_string().contains("hunter2"), "{error}");
        assert!(!format!("{places:?}").contains("hunter2"));
    }
    let absent = Places { file: Some(here.0.join("absent")), ..here.places() };
    assert!(matches!(why(&absent), Unkept::Io(_)));
    here.file("portreeve-sealing-key", "hunter2", 0o400);
    let bad = Places { credentials: Some(here.0.clone()), ..here.places() };
    assert!(matches!(why(&bad), Unkept::BadKeys(_)));
}

#[test]
fn a_key_that_others_may_read_is_refused_and_said_how_to_mend() {
    let here = Directory::new("others");
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666] {
        here.file("seal.key", ONE, mode);
        let why = why(&here.places());
        assert!(matches!(why, Unkept::Open { mode: seen, wanted: "600" } if seen == mode), "{mode:o}: {why}");
        assert!(why.to_string().ends_with("chmod 600"));
    }
    for (mode, used) in [(0o400, true), (0o440, true), (0o640, true), (0o660, false), (0o644, false), (0o604, false)] {
        let file = Some(here.file("operators.key", ONE, mode));
        assert_eq!(Places { file, ..here.places() }.open(false).is_ok(), used, "{mode:o}");
    }
}

#[test]
fn what_is_no_file_of_keys_is_refused() {
    let here = Directory::new("nofile");
    fs::create_dir(here.0.join("seal.key")).unwrap();
    assert!(matches!(why(&here.places()), Unkept::NoFile));
    let long = Some(here.file("long", &"#".repeat(4097), 0o600));
    assert!(matches!(why(&Places { file: long, ..here.places() }), Unkept::TooLong));
    fs::write(here.0.join("bytes"), [0xff, 0xfe]).unwrap();
    fs::set_permissions(here.0.join("bytes"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(why(&Places { file: Some(here.0.join("bytes")), ..here.places() }), Unkept::NotText));
    symlink("/dev/null", here.0.join("device")).unwrap();
    assert!(matches!(why(&Places { file: Some(here.0.join("device")), ..here.places() }), Unkept::NoFile));
}

#[test]
fn a_renewed_keyring_takes_the_place_of_the_old_one() {
    let here = Directory::new("replace");
    let (old, _) = here.places().open(true).unwrap();
    let new = old.renewed().unwrap();
    replace(&here.0.join("seal.key"), &new).unwrap();
    assert_eq!(mode(&here.0.join("seal.key")), 0o600);
    let (found, _) = here.places().open(false).unwrap();
    assert_eq!((found.current(), found.older().next()), (new.current(), Some(old.current())));
    assert_eq!(fs::read_dir(&here.0).unwrap().count(), 1);
}
