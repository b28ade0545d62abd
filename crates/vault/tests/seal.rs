//! Sealed rows open for their owner, in their place and under their key, and nowhere else.

mod keyring;
mod places;

use proptest::prelude::*;
use vault::seal::{DataKey, Keyring, LONGEST, SecretKey, Why};

fn keyring() -> Keyring {
    Keyring::new(&[SecretKey::random().unwrap()]).unwrap()
}
fn data_key(owner: &str) -> DataKey {
    keyring().new_data_key(owner).unwrap().0
}

#[test]
fn a_row_opens_in_its_place() {
    let key = data_key("customer/c1");
    let sealed = key.seal("totp/a1", b"a secret").unwrap();
    assert_eq!(*key.open("totp/a1", &sealed).unwrap(), b"a secret");
    assert!(!sealed.windows(8).any(|window| window == b"a secret"));
}

#[test]
fn the_same_row_is_never_sealed_alike_twice() {
    let key = data_key("customer/c1");
    assert_ne!(key.seal("r", b"same").unwrap(), key.seal("r", b"same").unwrap());
}

#[test]
fn an_empty_row_is_a_row_and_the_longest_one_too() {
    let key = data_key("firm");
    assert_eq!(key.open("r", &key.seal("r", b"").unwrap()).unwrap().len(), 0);
    let longest = vec![7; LONGEST];
    assert_eq!(*key.open("r", &key.seal("r", &longest).unwrap()).unwrap(), longest);
    assert_eq!(key.seal("r", &vec![7; LONGEST + 1]).unwrap_err().why, Why::TooLong);
    assert_eq!(key.open("r", &[&[1, b'r'], &*vec![0; LONGEST + 29]].concat()).unwrap_err().why, Why::TooLong);
}

#[test]
fn a_row_does_not_open_under_another_name() {
    let key = data_key("customer/c1");
    let sealed = key.seal("mail/u1", b"maya").unwrap();
    assert_eq!(key.open("mail/u2", &sealed).unwrap_err().why, Why::NotAuthentic);
}

#[test]
fn a_row_does_not_open_for_another_owner_even_under_the_same_master_key() {
    let ring = keyring();
    let (one, _) = ring.new_data_key("customer/c1").unwrap();
    let (other, _) = ring.new_data_key("customer/c2").unwrap();
    let sealed = one.seal("mail/u1", b"maya").unwrap();
    assert_eq!(other.open("mail/u1", &sealed).unwrap_err().why, Why::NotAuthentic);
}

#[test]
fn names_that_run_into_one_another_are_still_two_places() {
    let ring = keyring();
    let (_, wrapped) = ring.new_data_key("customer/a").unwrap();
    assert!(ring.unwrap("customer/ab", &wrapped).is_err());
    let key = data_key("customer/a");
    assert!(key.open("b/c", &key.seal("b", b"x").unwrap()).is_err());
}

#[test]
fn every_flipped_bit_and_every_cut_refuses() {
    let key = data_key("customer/c1");
    let sealed = key.seal("totp/a1", b"a secret").unwrap();
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut altered = sealed.clone();
            altered[at] ^= 1 << bit;
            assert!(key.open("totp/a1", &altered).is_err(), "byte {at} bit {bit}");
        }
        assert!(key.open("totp/a1", &sealed[..at]).is_err(), "cut at {at}");
    }
    assert!(key.open("totp/a1", &[&*sealed, &[0]].concat()).is_err());
}

#[test]
fn the_format_has_a_version() {
    let key = data_key("customer/c1");
    let mut sealed = key.seal("r", b"x").unwrap();
    assert_eq!(sealed[..2], [1, b'r']);
    sealed[0] = 2;
    assert_eq!(key.open("r", &sealed).unwrap_err().why, Why::Malformed);
}

#[test]
fn an_error_names_the_row_and_nothing_of_what_is_in_it() {
    let key = data_key("customer/c1");
    let mut sealed = key.seal("totp/a1", b"canary-in-the-row").unwrap();
    sealed[20] ^= 1;
    let error = key.open("totp/a1", &sealed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "totp/a1 of customer/c1: altered, or sealed for another owner, another row or under another key"
    );
    assert!(!format!("{error:?}").contains("canary"));
}

#[test]
fn no_key_shows_in_debug() {
    let ring = Keyring::parse(&"A".repeat(42).replacen('A', "B", 1)).err();
    assert!(ring.is_some(), "42 characters are no key");
    let text = "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let ring = Keyring::parse(text).unwrap();
    let (key, _) = ring.new_data_key("customer/c1").unwrap();
    let shown = format!("{ring:?} {key:?} {:?}", SecretKey::random().unwrap());
    assert!(!shown.contains("BAAA"), "{shown}");
    assert!(shown.ends_with("DataKey { owner: \"customer/c1\", .. } SecretKey"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_sealed_opens(owner in ".{0,40}", row in ".{0,40}", plain in proptest::collection::vec(any::<u8>(), 0..300)) {
        let ring = keyring();
        let (key, wrapped) = ring.new_data_key(&owner).unwrap();
        let sealed = key.seal(&row, &plain).unwrap();
        prop_assert_eq!(&*ring.unwrap(&owner, &wrapped).unwrap().open(&row, &sealed).unwrap(), &plain);
    }
}

#[test]
fn no_bytes_make_opening_fall_over() {
    let ring = keyring();
    let (key, wrapped) = ring.new_data_key("customer/c1").unwrap();
    let sealed = key.seal("r", b"plain").unwrap();
    bolero::check!().with_iterations(4000).with_type::<(u8, u16, Vec<u8>)>().for_each(|(pick, at, noise)| {
        let mut bytes = if pick & 1 == 0 { sealed.clone() } else { wrapped.clone() };
        if pick & 2 == 0 {
            let at = usize::from(*at) % bytes.len();
            bytes.splice(at.., noise.iter().copied());
        } else {
            bytes = noise.clone();
        }
        if let Ok(plain) = key.open("r", &bytes) {
            assert_eq!((&*bytes, &**plain), (&*sealed, &b"plain"[..]));
        }
        if ring.unwrap("customer/c1", &bytes).is_ok() {
            assert_eq!(bytes, wrapped);
        }
    });
}
