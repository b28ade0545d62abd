//! The master key is rotated, and whatever breaks off in the middle, the key in place opens everything.

use kernel::actor::Actor;
use kernel::time::Timestamp;
use service::rotation::{Asked, NotRotated, Rotation, Step, hand_over, opens_all};
use service::sealed::KEY;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{Append, Fault, FaultyStore, SealedChange, Store, StoreError};
use vault::seal::{Forgotten, Keyring, Places, Unkept, aside, forget_aside};
use zeroize::Zeroizing;

const OWNERS: [&str; 3] = ["customer/1", "customer/2", "firm"];
const OTHER: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";

/// A data directory with a key of its own, and a store with three data keys under it and a row under each.
struct House {
    directory: PathBuf,
    store: FaultyStore,
    rows: Vec<(String, Vec<u8>)>,
}

impl House {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("portreeve-rotation-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let mut house = Self { directory, store: FaultyStore::new(), rows: Vec::new() };
        let (ring, _) = house.places().open(true).unwrap();
        house.fill(&ring);
        house
    }
    fn fill(&mut self, ring: &Keyring) {
        let mut sealed = Vec::new();
        for owner in OWNERS {
            let (key, wrapped) = ring.new_data_key(owner).unwrap();
            self.rows.push((owner.to_owned(), key.seal("row", owner.as_bytes()).unwrap()));
            sealed.push(SealedChange::Put { owner: owner.to_owned(), name: KEY.to_owned(), bytes: wrapped });
        }
        let append = Append { id: [9; 16], stream: "keys".to_owned(), sealed, ..Append::default() };
        self.store.append(&[append]).unwrap().remove(0).unwrap();
    }
    fn places(&self) -> Places {
        Places { variable: None, file: None, credentials: None, data: self.directory.clone() }
    }
    fn file(&self) -> PathBuf {
        self.directory.join("seal.key")
    }
    fn begin(&self) -> Result<Rotation, NotRotated> {
        Rotation::begin(&mut self.store.clone(), &self.places(), asked())
    }
    /// With the keyring that a start finds, every row is opened.
    fn all_open(&self, ring: &Keyring) {
        let mut store = self.store.clone();
        opens_all(&mut store, ring).unwrap();
        for (owner, sealed) in &self.rows {
            let wrapped = store.sealed(owner, KEY).unwrap().unwrap();
            let opened = ring.unwrap(owner, &wrapped).unwrap().open("row", sealed).unwrap();
            assert_eq!(opened.as_slice(), owner.as_bytes());
        }
    }
    fn in_place(&self) -> Keyring {
        self.places().open(false).unwrap().0
    }
    /// What a start does about the key that waits aside.
    fn start(&self) {
        let ring = self.in_place();
        if ring.older().next().is_none() {
            forget_aside(&self.file(), &ring).unwrap();
        }
    }
    fn told(&self) -> usize {
        self.store.clone().load("firm", 0, 10).unwrap().len()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

fn asked() -> Asked {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let dice = NEXT.fetch_add(1, Ordering::SeqCst) as u128;
    Asked { by: Actor::Local { uid: 7 }, at: Timestamp(1_790_000_000_000), dice }
}

fn finish(rotation: &mut Rotation, store: &FaultyStore) -> Vec<Step> {
    let mut done = Vec::new();
    while let Some(step) = rotation.step(&mut store.clone()).unwrap() {
        done.push(step);
    }
    done
}

#[test]
fn a_rotation_wraps_every_data_key_anew_touches_no_row_and_is_told_in_the_journal() {
    let house = House::new();
    let old = house.in_place();
    let mut rotation = house.begin().unwrap();
    let steps = finish(&mut rotation, &house.store);
    assert_eq!(steps, [Step::KeptAside(aside(&house.file())), Step::BothInPlace, Step::Wrapped(3), Step::OldDropped]);
    let new = house.in_place();
    assert_ne!(new.current(), old.current());
    assert_eq!(new.older().count(), 0);
    house.all_open(&new);
    assert!(matches!(opens_all(&mut house.store.clone(), &old), Err(NotRotated::DoesNotOpen(_))));
    let told = house.store.clone().load("firm", 0, 10).unwrap();
    let event = service::codec::decode(&told[0]).unwrap();
    let kernel::event::Event::Seal(kernel::seal::Event::Rotated { to, from, data_keys }) = event.event else {
        panic!("{event:?}")
    };
    assert_eq!((to, from, data_keys), (new.current().to_string(), vec![old.current().to_string()], 3));
    assert_eq!(event.actor, Actor::Local { uid: 7 });
    // The old key waits: another rotation would take its place.
    let again = house.begin().unwrap().step(&mut house.store.clone());
    assert!(matches!(again, Err(NotRotated::File { why: Unkept::Waits, .. })), "{again:?}");
    forget_aside(&house.file(), &new).unwrap();
    finish(&mut house.begin().unwrap(), &house.store);
    house.all_open(&house.in_place());
    assert_eq!(house.told(), 2);
}

/// After each step the process is killed and the power fails; a start finds what opens everything, and the next
/// rotation goes on to the end.
#[test]
fn killed_after_any_step_the_key_in_place_opens_everything_and_the_rotation_is_finished_later() {
    for steps in 0..=4 {
        let mut house = House::new();
        let before = house.in_place().current();
        let mut rotation = house.begin().unwrap();
        for _ in 0..steps {
            rotation.step(&mut house.store.clone()).unwrap();
        }
        drop(rotation);
        house.store = house.store.crash();
        house.all_open(&house.in_place());
        house.start();
        finish(&mut house.begin().unwrap(), &house.store);
        let ring = house.in_place();
        house.all_open(&ring);
        assert_eq!(ring.older().count(), 0, "{steps}");
        assert_ne!(ring.current(), before);
    }
}

#[test]
fn a_store_that_fails_in_any_way_while_keys_are_wrapped_loses_none() {
    let io = || StoreError::Io { what: "told to fail".to_owned() };
    for fault in [Fault::Before(io()), Fault::Before(StoreError::Full), Fault::After(io()), Fault::Unsynced(io())] {
        for crash in [false, true] {
            let mut house = House::new();
            let mut rotation = house.begin().unwrap();
            rotation.step(&mut house.store.clone()).unwrap();
            rotation.step(&mut house.store.clone()).unwrap();
            house.store.fail_next(fault.clone());
            assert!(matches!(rotation.step(&mut house.store.clone()), Err(NotRotated::Store(_))), "{fault:?}");
            if crash {
                house.store = house.store.crash();
            }
            house.all_open(&house.in_place());
            finish(&mut house.begin().unwrap(), &house.store);
            assert_eq!(house.in_place().older().count(), 0);
            house.all_open(&house.in_place());
            assert_eq!(house.told(), 1, "{fault:?} {crash}");
        }
    }
}

#[test]
fn the_old_key_waits_aside_until_it_is_forgotten() {
    let house = House::new();
    let old = std::fs::read_to_string(house.file()).unwrap();
    finish(&mut house.begin().unwrap(), &house.store);
    assert_eq!(std::fs::read_to_string(aside(&house.file())).unwrap(), old);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(aside(&house.file())).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let forget = || forget_aside(&house.file(), &house.in_place()).unwrap();
    assert_eq!([forget(), forget()], [Forgotten::Old, Forgotten::Nothing]);
    assert_eq!(std::fs::read_dir(&house.directory).unwrap().count(), 1, "nothing but the key is left");
}

#[test]
fn a_rotation_that_changed_nothing_is_told_from_one_that_did() {
    let house = House::new();
    house.begin().unwrap().step(&mut house.store.clone()).unwrap();
    assert_eq!(forget_aside(&house.file(), &house.in_place()).unwrap(), Forgotten::NotBegun);
}

/// Broken off between writing and renaming: both files hold keys, and one of them nobody would look for.
#[test]
fn what_a_broken_write_has_left_is_swept_and_nothing_else() {
    let house = House::new();
    for (name, stays) in [("AAAAAAAAAAAA", false), ("before", true), ("old", true), ("AAAAAAAAAAAAA", true)] {
        let path = house.directory.join(format!("seal.key.{name}"));
        std::fs::write(&path, "").unwrap();
        let swept = vault::seal::sweep(&house.file()).unwrap();
        assert_eq!((swept, path.exists()), (usize::from(!stays), stays), "{name}");
    }
    house.all_open(&house.in_place());
}

#[test]
fn a_key_that_opens_nothing_is_refused_by_name_and_nothing_is_changed() {
    let house = House::new();
    let places = Places { variable: Some(Zeroizing::new(OTHER.to_owned())), ..house.places() };
    let error = Rotation::begin(&mut house.store.clone(), &places, asked()).unwrap_err();
    let missing = house.in_place().current().to_string();
    assert!(matches!(error, NotRotated::DoesNotOpen(_)) && error.to_string().contains(&missing), "{error}");
    assert!(!error.to_string().contains(OTHER));
    house.all_open(&house.in_place());
    let mut empty = FaultyStore::new();
    assert!(matches!(Rotation::begin(&mut empty, &house.places(), asked()), Err(NotRotated::NothingSealed)));
}

/// The key can only be read there: its next value is handed over in a file, and takes over once it is in place.
#[test]
fn a_key_in_the_environment_is_rotated_in_two_steps_and_never_without_either_key() {
    let mut house = House::new();
    let old = Keyring::parse(OTHER).unwrap();
    house.rows.clear();
    house.fill_over(&old);
    let with = |value: &str| Places { variable: Some(Zeroizing::new(value.to_owned())), ..house.places() };
    let mut store = house.store.clone();
    let error = Rotation::begin(&mut store, &with(OTHER), asked()).unwrap_err();
    assert!(
        matches!(error, NotRotated::Elsewhere(_)) && error.to_string().contains("PORTREEVE_SEALING_KEY"),
        "{error}"
    );
    let out = house.directory.join("next");
    hand_over(&mut store, &with(OTHER), &out).unwrap();
    let next = std::fs::read_to_string(&out).unwrap();
    // Nothing was changed by that, and nothing is written over a key.
    house.all_open(&old);
    assert!(matches!(hand_over(&mut store, &with(OTHER), &out), Err(NotRotated::File { .. })));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), next);
    house.all_open(&Keyring::parse(&next).unwrap());
    let third = house.directory.join("third");
    assert!(matches!(hand_over(&mut store, &with(&next), &third), Err(NotRotated::Underway)));
    let mut rotation = Rotation::begin(&mut store, &with(&next), asked()).unwrap();
    assert_eq!(finish(&mut rotation, &house.store), [Step::Wrapped(3), Step::OldDropped]);
    assert_eq!(rotation.from(), [old.current().to_string()]);
    house.all_open(&Keyring::parse(&next).unwrap());
    house.all_open(&Keyring::parse(&next).unwrap().only_current().unwrap());
    assert!(matches!(hand_over(&mut store, &house.places(), &third), Err(NotRotated::DoesNotOpen(_))));
}

#[test]
fn a_key_of_the_data_directory_is_handed_to_nobody() {
    let house = House::new();
    let out = house.directory.join("next");
    assert!(matches!(hand_over(&mut house.store.clone(), &house.places(), &out), Err(NotRotated::OwnFile)));
    assert!(!out.exists());
}

impl House {
    /// The same rows under another key, in another store.
    fn fill_over(&mut self, ring: &Keyring) {
        self.store = FaultyStore::new();
        self.fill(ring);
    }
}
