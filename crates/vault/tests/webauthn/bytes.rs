//! No bytes from outside make the vault panic, and none that were not signed prove anything.

use std::sync::LazyLock;

use vault::webauthn::{Ceremonies, Presented, PublicKey, Purpose, register};

use super::forge::{AT, Assertion, ED, Key, Registration, attestation_object, check, portal};

static CEREMONIES: LazyLock<Ceremonies> = LazyLock::new(|| Ceremonies::new().unwrap());
static KEY: LazyLock<Key> = LazyLock::new(Key::p256);

#[test]
fn no_bytes_are_a_response_by_chance() {
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        assert!(Presented::parse(bytes).is_err());
        assert!(register(&portal(), &Registration::expected(), bytes).is_err());
        if let Ok(text) = core::str::from_utf8(bytes) {
            assert!(CEREMONIES.open(b"", text, Purpose::SignIn, 0).is_err());
            let _ = text.parse::<PublicKey>();
        }
    });
}

#[test]
fn no_parts_of_an_assertion_pass_unsigned() {
    let honest = Assertion::honest();
    bolero::check!().with_iterations(5_000).with_type::<(Vec<u8>, Vec<u8>, Vec<u8>)>().for_each(
        |(data, client, signature)| {
            let public = KEY.public();
            assert!(check(&public, &honest.json(data, client, signature)).is_err());
            assert!(check(&public, &honest.json(&honest.data(), &honest.client.bytes(), signature)).is_err());
        },
    );
}

/// Signed, so that parsing is reached and not the signature alone.
#[test]
fn whatever_follows_the_sign_count_is_one_whole_map_or_refused() {
    bolero::check!().with_iterations(3_000).with_type::<(u8, Vec<u8>)>().for_each(|(flags, behind)| {
        let mut assertion = Assertion::honest();
        assertion.flags = *flags;
        assertion.behind = behind.clone();
        if check(&KEY.public(), &assertion.signed(&KEY)).is_ok() {
            assert!(flags & AT == 0 && (flags & ED != 0) != behind.is_empty());
        }
    });
}

#[test]
fn any_attestation_object_is_read_or_refused() {
    let honest = Registration::honest(&KEY);
    let client = honest.client.bytes();
    let read = |object: &[u8]| register(&portal(), &Registration::expected(), &honest.json_of(object, &client));
    bolero::check!().with_iterations(5_000).with_type::<(Vec<u8>, Vec<u8>, usize, u8)>().for_each(
        |(object, statement, at, mask)| {
            assert!(read(object).is_err());
            let mut data = honest.data();
            let _ = read(&attestation_object("packed", statement, &data));
            let _ = read(&attestation_object("none", &[0xa0], &[&data[..55], object].concat()));
            let at = at % data.len();
            data[at] ^= mask;
            let _ = read(&attestation_object("none", &[0xa0], &data));
        },
    );
}
