//! Canonical JSON: what is written, what is refused, and serde_json as the second opinion.

use journal::canonical::{CanonicalError, MAX_DEPTH, MAX_LEN, check, encode, validate};
use serde_json::{Value, json};

#[test]
fn keys_are_sorted_by_bytes_and_nothing_is_left_between() {
    let value = json!({"b": [1, -2, null, true, false], "a": {"é": "x", "z": "y", "\n": 1, "A": 2}});
    let text = r#"{"a":{"\n":1,"A":2,"z":"y","é":"x"},"b":[1,-2,null,true,false]}"#;
    assert_eq!(encode(&value).unwrap(), text.as_bytes());
    assert_eq!(check(text.as_bytes()).unwrap(), value);
}

#[test]
fn strings_are_escaped_as_serde_json_does() {
    let all: String = (0..0x2000u32).filter_map(char::from_u32).chain(['😀', '\u{ffff}']).collect();
    let ours = encode(&Value::String(all.clone())).unwrap();
    assert_eq!(ours, serde_json::to_vec(&all).unwrap());
    assert_eq!(check(&ours).unwrap(), Value::String(all));
}

#[test]
fn integers_reach_both_ends_of_sixty_four_bits_and_no_further() {
    for text in ["0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615"] {
        assert_eq!(encode(&check(text.as_bytes()).unwrap()).unwrap(), text.as_bytes());
    }
    for text in ["18446744073709551616", "-9223372036854775809", "1.0", "1e3", "1E3", "0.5"] {
        assert_eq!(validate(text.as_bytes()), Err(CanonicalError::NotAnInteger), "{text}");
    }
    assert_eq!(encode(&json!(1.0)), Err(CanonicalError::NotAnInteger));
}

#[test]
fn every_other_spelling_of_a_good_value_is_refused() {
    for (text, error) in [
        (r#"{"a":1,"a":1}"#, CanonicalError::DuplicateKey { at: 7 }),
        (r#"{"b":1,"a":1}"#, CanonicalError::KeyOrder { at: 7 }),
        (r#"{"a": 1}"#, CanonicalError::Spelling { at: 5 }),
        ("1\n", CanonicalError::Spelling { at: 1 }),
        (r#""\/""#, CanonicalError::Spelling { at: 1 }),
        (r#""\u0041""#, CanonicalError::Spelling { at: 1 }),
        (r#""\u000a""#, CanonicalError::Spelling { at: 1 }),
        (r#""\u001F""#, CanonicalError::Spelling { at: 1 }),
        (r#""\ud83d\ude00""#, CanonicalError::Spelling { at: 1 }),
        ("-0", CanonicalError::Spelling { at: 0 }),
        ("01", CanonicalError::Spelling { at: 0 }),
        ("", CanonicalError::NotJson { at: 0 }),
        ("tru", CanonicalError::NotJson { at: 3 }),
        ("[1,]", CanonicalError::NotJson { at: 3 }),
        ("{}x", CanonicalError::NotJson { at: 2 }),
        ("NaN", CanonicalError::NotJson { at: 0 }),
        ("\"\u{1}\"", CanonicalError::NotJson { at: 1 }),
    ] {
        assert_eq!(check(text.as_bytes()), Err(error), "{text}");
    }
    assert_eq!(validate(b"\"\xff\""), Err(CanonicalError::NotUtf8 { at: 1 }));
}

#[test]
fn every_control_character_has_exactly_one_escape() {
    for byte in 0..0x20u8 {
        let spellings = [
            format!("\"\\u{byte:04x}\""),
            format!("\"\\u{byte:04X}\""),
            serde_json::to_string(&char::from(byte)).unwrap(),
        ];
        for spelling in spellings {
            agrees_with_serde_json(spelling.as_bytes());
        }
    }
}

#[test]
fn depth_and_length_are_bounded_both_ways() {
    let nested = |n: usize| format!("{}0{}", "[".repeat(n), "]".repeat(n));
    assert!(check(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(validate(nested(MAX_DEPTH + 1).as_bytes()), Err(CanonicalError::TooDeep));
    let deep: Value = serde_json::from_str(&nested(MAX_DEPTH + 1)).unwrap();
    assert_eq!(encode(&deep), Err(CanonicalError::TooDeep));
    assert_eq!(validate("[".repeat(MAX_LEN).as_bytes()), Err(CanonicalError::TooDeep));

    let long = Value::String("x".repeat(MAX_LEN - 2));
    assert_eq!(encode(&long).unwrap().len(), MAX_LEN);
    let longer = Value::String("x".repeat(MAX_LEN - 1));
    assert_eq!(encode(&longer), Err(CanonicalError::TooLong));
    assert_eq!(validate(&[b'1'; MAX_LEN + 1]), Err(CanonicalError::TooLong));
}

/// serde_json reads and our writer writes: the scanner must accept exactly what survives both.
fn agrees_with_serde_json(bytes: &[u8]) {
    let oracle =
        serde_json::from_slice::<Value>(bytes).ok().filter(|value| encode(value).is_ok_and(|text| text == bytes));
    assert_eq!(check(bytes).ok(), oracle, "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn the_scanner_accepts_exactly_what_the_writer_writes() {
    bolero::check!().with_iterations(20_000).for_each(agrees_with_serde_json);
}

#[test]
fn the_scanner_agrees_on_bytes_that_look_like_json() {
    const PIECES: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"b\"",
        "\"\\n\"",
        "\\",
        "0",
        "-",
        "1",
        "9",
        ".",
        "e",
        " ",
        "null",
        "true",
        "\\u0001",
        "\\u0041",
        "é",
        "{\"a\":1,\"b\":[]}",
    ];
    bolero::check!().with_iterations(20_000).for_each(|picks: &[u8]| {
        let text: String = picks.iter().map(|p| PIECES[usize::from(*p) % PIECES.len()]).collect();
        agrees_with_serde_json(text.as_bytes());
    });
}

#[test]
fn one_changed_bit_of_a_canonical_text_never_hides_behind_the_same_value() {
    let text = br#"{"account":"DU1","legs":[{"qty":100},{"qty":-5}],"note":"a\n\"b\""}"#;
    for at in 0..text.len() * 8 {
        let mut changed = text.to_vec();
        changed[at / 8] ^= 1 << (at % 8);
        if let Ok(value) = check(&changed) {
            assert_ne!(value, check(text).unwrap());
        }
    }
}
