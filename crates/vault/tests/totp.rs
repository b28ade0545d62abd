//! TOTP: the vectors of RFC 6238, the window, single use, and codes as people type them (NI-11, ASVS 6.5).

use totp_rs::{Algorithm, Builder};
use vault::totp::{NotProven, Secret};

/// RFC 6238 appendix B, SHA-1: seconds and the code in eight digits.
const VECTORS: [(i64, &str); 6] = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
];
const STEP_MS: i64 = 30_000;
const NOW: i64 = 1_234_567_890_000;

fn secret() -> Secret {
    Secret::from_bytes(b"12345678901234567890").unwrap()
}

#[test]
fn the_vectors_of_rfc_6238_hold_in_eight_digits_and_in_our_six() {
    let eight = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(8)
        .with_secret(totp_rs::Secret::new_stack(*b"12345678901234567890"))
        .build()
        .unwrap();
    for (seconds, code) in VECTORS {
        assert_eq!(eight.generate(seconds as u64).to_string(), code);
        assert_eq!(*secret().code(seconds * 1000), code[2..]);
        assert_eq!(secret().check(&code[2..], seconds * 1000, None), Ok(seconds as u64 / 30));
    }
}

#[test]
fn a_code_counts_one_step_before_and_after_its_own_and_no_more() {
    let code = secret().code(NOW);
    let step = NOW as u64 / 30_000;
    for (away, expected) in
        [(-2, Err(NotProven::Wrong)), (-1, Ok(step)), (0, Ok(step)), (1, Ok(step)), (2, Err(NotProven::Wrong))]
    {
        assert_eq!(secret().check(&code, NOW + away * STEP_MS, None), expected, "{away}");
    }
}

#[test]
fn a_step_is_used_once_and_closes_all_before_it() {
    let step = secret().check(&secret().code(NOW), NOW, None).unwrap();
    assert_eq!(secret().check(&secret().code(NOW), NOW, Some(step)), Err(NotProven::Used));
    assert_eq!(secret().check(&secret().code(NOW - STEP_MS), NOW, Some(step)), Err(NotProven::Used));
    assert_eq!(secret().check(&secret().code(NOW + STEP_MS), NOW, Some(step)), Ok(step + 1));
    assert_eq!(secret().check(&secret().code(NOW), NOW + STEP_MS, Some(step)), Err(NotProven::Used));
    assert_eq!(secret().check(&secret().code(NOW), NOW, Some(step - 1)), Ok(step));
}

#[test]
fn a_wrong_code_is_not_told_apart_from_a_used_one_before_it_is_right() {
    assert_eq!(secret().check("000000", NOW, Some(u64::MAX)), Err(NotProven::Wrong));
}

#[test]
fn blanks_hyphens_and_wide_digits_are_read() {
    assert_eq!(*secret().code(NOW), "005924");
    for typed in ["005924", " 005924\n", "005 924", "005-924", "０0５9２4", "0 0 5 9 2 4", "005\u{a0}924", "005–924"]
    {
        assert!(secret().check(typed, NOW, None).is_ok(), "{typed:?}");
    }
}

#[test]
fn what_is_not_six_digits_is_malformed() {
    for typed in ["", "05924", "0005924", "+05924", "-05924x", "00592a", "٠٠٥٩٢٤", &" ".repeat(65)] {
        assert_eq!(secret().check(typed, NOW, None), Err(NotProven::Malformed), "{typed:?}");
    }
}

#[test]
fn any_instant_can_be_asked_about() {
    for at in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(secret().check(&secret().code(at), at, None), Ok(at.max(0) as u64 / 30_000));
    }
}

#[test]
fn a_secret_is_160_bits_and_reads_back() {
    let secret = Secret::random().unwrap();
    assert_eq!(secret.bytes().len(), 20);
    let again = Secret::from_bytes(secret.bytes()).unwrap();
    assert_eq!(*again.code(NOW), *secret.code(NOW));
    assert!(Secret::from_bytes(&[0; 19]).is_none() && Secret::from_bytes(&[0; 21]).is_none());
    assert_eq!(format!("{secret:?}"), "Secret");
}

#[test]
fn an_app_reads_the_address_and_a_person_the_text() {
    let base32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let address = secret().url("maya@example.com").unwrap();
    assert_eq!(*address, format!("otpauth://totp/Portreeve:maya%40example.com?secret={base32}&issuer=Portreeve"));
    assert_eq!(*secret().text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    let read = totp_rs::Totp::from_url(&*address).unwrap();
    assert_eq!((read.issuer(), read.account_name()), (Some("Portreeve"), "maya@example.com"));
    assert_eq!(read.generate(NOW as u64 / 1000).to_string(), *secret().code(NOW));
    assert!(secret().url("a:b").unwrap().starts_with("otpauth://totp/Portreeve:a%20b?"));
    assert!(secret().url("").is_none());
}

#[test]
fn no_text_makes_checking_fall_over() {
    bolero::check!().with_iterations(4000).with_type::<(Vec<u8>, i64, Option<u64>)>().for_each(|(bytes, now, last)| {
        let typed = String::from_utf8_lossy(bytes);
        if let Ok(step) = secret().check(&typed, *now, *last) {
            assert!(last.is_none_or(|last| step > last));
        }
    });
}
