//! Phone numbers and the codes that are sent to them: one spelling, little shown, nothing guessed.

use std::collections::BTreeSet;
use vault::sms::{Number, SmsCode};

#[test]
fn a_number_has_one_spelling_and_only_its_end_is_shown() {
    for typed in ["+4915123456789", " +49 151 2345-6789 ", "+49 (151) 2345.6789", "+49/151/23456789"] {
        let number = Number::parse(typed).unwrap();
        assert_eq!((number.text(), number.end()), ("+4915123456789", "89"), "{typed}");
        assert_eq!(format!("{number:?}"), "Number");
    }
}

#[test]
fn what_reaches_no_phone_is_no_number() {
    for typed in [
        "",
        "+",
        "015123456789",
        "0049151234567",
        "+1234567",
        "+1234567890123456",
        "+0123456789",
        "+49151x456789",
        "+49 151 ; rm",
        "+４９151234567",
        "++4915123456",
    ] {
        assert!(Number::parse(typed).is_err(), "{typed}");
    }
    assert!(Number::parse("+12345678").is_ok() && Number::parse("+123456789012345").is_ok());
    assert!(Number::parse(&format!("+{}", "1".repeat(100_000))).is_err());
}

/// NI-11: six digits.
#[test]
fn a_code_is_six_digits_and_no_other_is_taken_for_it() {
    let codes: Vec<SmsCode> = (0..200).map(|_| SmsCode::random().unwrap()).collect();
    for code in &codes {
        let text = code.text().to_owned();
        assert!(text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()));
        let (head, tail) = text.split_at(3);
        assert!(code.is(&text) && code.is(&format!(" {head} {tail}\n")));
        for wrong in [format!("{text}0"), text[..5].to_owned(), String::new(), "x".repeat(100_000)] {
            assert!(!code.is(&wrong), "{wrong}");
        }
        let other = format!("{:06}", (text.parse::<u32>().unwrap() + 1) % 1_000_000);
        assert!(!code.is(&other));
        assert_eq!(format!("{code:?}"), "SmsCode");
    }
    let told: BTreeSet<&str> = codes.iter().map(SmsCode::text).collect();
    assert!(told.len() > 190, "{}", told.len());
}
