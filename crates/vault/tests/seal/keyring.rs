//! The keyring: what it reads, which keys it wraps under, and how it is rotated.

use super::keyring;
use vault::seal::{BadKeys, Keyring, SecretKey, Why};

const ONE: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";
const TWO: &str = "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICE";

#[test]
fn a_wrong_master_key_refuses_and_names_the_right_one() {
    let ring = keyring();
    let (_, wrapped) = ring.new_data_key("customer/c1").unwrap();
    let error = keyring().unwrap("customer/c1", &wrapped).unwrap_err();
    assert_eq!(error.why, Why::UnknownKey(ring.current()));
}

#[test]
fn a_data_key_unwraps_for_its_owner_only() {
    let ring = keyring();
    let (_, wrapped) = ring.new_data_key("customer/c1").unwrap();
    assert_eq!(ring.unwrap("customer/c2", &wrapped).unwrap_err().why, Why::NotAuthentic);
}

#[test]
fn every_flipped_bit_of_a_wrapped_key_refuses() {
    let ring = keyring();
    let (_, wrapped) = ring.new_data_key("firm").unwrap();
    for at in 0..wrapped.len() {
        for bit in 0..8 {
            let mut altered = wrapped.clone();
            altered[at] ^= 1 << bit;
            assert!(ring.unwrap("firm", &altered).is_err(), "byte {at} bit {bit}");
        }
        assert!(ring.unwrap("firm", &wrapped[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn rotation_wraps_the_data_key_anew_and_touches_no_row() {
    let old = keyring();
    let (key, wrapped) = old.new_data_key("customer/c1").unwrap();
    let row = key.seal("totp/a1", b"a secret").unwrap();
    let new = old.renewed().unwrap();
    assert_ne!(new.current(), old.current());
    assert_eq!(new.older().collect::<Vec<_>>(), [old.current()]);
    assert!(new.unwrap("customer/c1", &wrapped).is_ok(), "what the old key wrapped still opens");
    let rotated = new.rotate("customer/c1", &wrapped).unwrap().unwrap();
    assert_eq!(new.rotate("customer/c1", &rotated).unwrap(), None);
    let only = new.only_current().unwrap();
    assert_eq!(*only.unwrap("customer/c1", &rotated).unwrap().open("totp/a1", &row).unwrap(), b"a secret");
    assert_eq!(only.unwrap("customer/c1", &wrapped).unwrap_err().why, Why::UnknownKey(old.current()));
    assert!(old.unwrap("customer/c1", &rotated).is_err(), "the old key alone opens nothing new");
}

#[test]
fn a_wrapped_key_is_no_row_and_a_row_no_wrapped_key() {
    let ring = keyring();
    let (key, wrapped) = ring.new_data_key("firm").unwrap();
    assert_eq!(key.open("", &wrapped).unwrap_err().why, Why::Malformed);
    assert_eq!(ring.unwrap("firm", &key.seal("", &[0; 32]).unwrap()).unwrap_err().why, Why::Malformed);
}

#[test]
fn the_first_key_of_a_list_is_the_current_one() {
    let list = format!("# this year's\n  {ONE} # since May\n\n{TWO}\r\n");
    let ring = Keyring::parse(&list).unwrap();
    assert_eq!(ring.current(), Keyring::parse(ONE).unwrap().current());
    assert_eq!(ring.older().collect::<Vec<_>>(), [Keyring::parse(TWO).unwrap().current()]);
    let again = Keyring::parse(&ring.text()).unwrap();
    assert_eq!((again.current(), again.older().count()), (ring.current(), 1));
}

#[test]
fn a_list_that_is_not_one_of_keys_says_what_is_wrong_and_not_what_it_says() {
    for (list, why) in [
        (String::new(), BadKeys::Empty),
        ("# only a remark".into(), BadKeys::Empty),
        (format!("{ONE} {ONE}"), BadKeys::Twice(2)),
        (format!("{ONE} hunter2"), BadKeys::NotAKey(2)),
        (format!("{ONE}="), BadKeys::NotAKey(1)),
        ("A".repeat(43), BadKeys::Guessable(1)),
        ("A".repeat(44), BadKeys::NotAKey(1)),
    ] {
        let error = Keyring::parse(&list).unwrap_err();
        assert_eq!(error, why, "{list}");
        assert!(!error.to_string().contains("hunter2"));
    }
    let many: Vec<SecretKey> = (0..17).map(|_| SecretKey::random().unwrap()).collect();
    assert_eq!(Keyring::new(&many).unwrap_err(), BadKeys::TooMany);
    assert!(Keyring::new(&many[..16]).is_ok());
}

#[test]
fn no_list_makes_reading_fall_over() {
    bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
        if let Ok(ring) = Keyring::parse(&String::from_utf8_lossy(bytes)) {
            assert_eq!(Keyring::parse(&ring.text()).unwrap().current(), ring.current());
        }
    });
}
