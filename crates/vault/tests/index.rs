//! The blind index: one name however it is typed, and nothing to be learnt from the index without its key.

use proptest::prelude::*;
use vault::index::{IndexKey, Name, NoName};
use vault::seal::{Keyring, SecretKey};

fn canonical(typed: &str) -> String {
    Name::parse(typed).unwrap().canonical().to_owned()
}

#[test]
fn case_blanks_width_and_invisible_characters_do_not_make_another_name() {
    for typed in [
        "maya@example.com",
        "  Maya@Example.COM\t",
        "MAYA@EXAMPLE.COM",
        "ｍａｙａ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "ma ya@example.com",
        "maya\u{a0}@example.com",
        "maya\u{200b}@example.com",
        "\u{feff}maya@example.com",
        "ma\u{ad}ya@exa\u{202e}mple.com",
    ] {
        assert_eq!(canonical(typed), "maya@example.com", "{typed:?}");
    }
}

#[test]
fn letters_that_differ_only_in_how_they_are_written_are_one() {
    for (one, other) in [
        ("Straße", "STRASSE"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("caf\u{e9}", "cafe\u{301}"),
        ("ﬁsher", "FISHER"),
        ("Ⅳ", "iv"),
        ("Å", "\u{212b}"),
    ] {
        assert_eq!(canonical(one), canonical(other));
    }
}

#[test]
fn different_names_stay_different() {
    let names = ["maya", "mayo", "maya1", "m.aya", "maya@a.com", "maya@b.com", "маya"];
    for (at, one) in names.iter().enumerate() {
        for other in &names[at + 1..] {
            assert_ne!(canonical(one), canonical(other));
        }
    }
}

#[test]
fn what_nobody_is_called_is_refused_by_name() {
    for (typed, why) in [
        (String::new(), NoName::Empty),
        (" \u{200b}\t".into(), NoName::Empty),
        ("a\0b".into(), NoName::Control),
        ("a\nb".into(), NoName::Control),
        ("a".repeat(255), NoName::TooLong),
    ] {
        assert_eq!(Name::parse(&typed).unwrap_err(), why, "{typed:?}");
    }
    assert!(Name::parse(&"a".repeat(254)).is_ok());
}

#[test]
fn the_index_outlives_the_master_key() {
    let old = Keyring::new(&[SecretKey::random().unwrap()]).unwrap();
    let (firm, wrapped) = old.new_data_key("firm").unwrap();
    let before = IndexKey::of(&firm).unwrap().blind(&Name::parse("maya").unwrap());
    let new = old.renewed().unwrap();
    let rotated = new.rotate("firm", &wrapped).unwrap().unwrap();
    let firm = new.only_current().unwrap().unwrap("firm", &rotated).unwrap();
    assert_eq!(IndexKey::of(&firm).unwrap().blind(&Name::parse(" MAYA ").unwrap()), before);
}

#[test]
fn another_key_gives_another_index_and_neither_shows_the_name() {
    let ring = Keyring::new(&[SecretKey::random().unwrap()]).unwrap();
    let name = Name::parse("maya").unwrap();
    let [one, other] = ["firm", "firm"].map(|owner| IndexKey::of(&ring.new_data_key(owner).unwrap().0).unwrap());
    assert_ne!(one.blind(&name), other.blind(&name));
    assert_eq!(one.blind(&name).to_string().len(), 64);
    assert_eq!(format!("{name:?} {one:?}"), "Name IndexKey");
}

proptest! {
    #[test]
    fn a_canonical_name_is_its_own_canonical_form(typed in "\\PC{1,60}") {
        if let Ok(name) = Name::parse(&typed) {
            if let Ok(again) = Name::parse(name.canonical()) {
                prop_assert_eq!(again.canonical(), name.canonical());
            } else {
                prop_assert!(name.canonical().len() > 254);
            }
            let shouted = typed.to_uppercase();
            if let Ok(loud) = Name::parse(&shouted) {
                prop_assert_eq!(loud.canonical(), name.canonical());
            }
        }
    }
}

#[test]
fn every_character_has_one_canonical_form_in_either_case() {
    for c in '\0'..=char::MAX {
        let Ok(name) = Name::parse(&c.to_string()) else { continue };
        if name.canonical() != c.to_string() {
            assert_eq!(canonical(name.canonical()), name.canonical(), "{c:?}");
        }
        for cased in [c.to_lowercase().to_string(), c.to_uppercase().to_string()] {
            if cased != c.to_string() {
                assert_eq!(canonical(&cased), name.canonical(), "{c:?} as {cased}");
            }
        }
    }
}
