//! Hashes of passwords: strict in what is stored, one hash for everyone, and a pool that ends with its owner.

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use std::num::NonZeroUsize;
use vault::hasher::{Hasher, Settings, Unhashed, Verdict};
use vault::password::{Cost, Password, Pepper, Phc};
use vault::seal::{Keyring, SecretKey};

const RIGHT: &str = "violet kazoo trellis";

fn password(text: &str) -> Password {
    Password::offered(text).unwrap()
}
fn pepper() -> Pepper {
    let ring = Keyring::new(&[SecretKey::random().unwrap()]).unwrap();
    Pepper::of(&ring.new_data_key("firm").unwrap().0).unwrap()
}
fn hasher(cost: Cost, pepper: Option<Pepper>) -> Hasher {
    Hasher::start(Settings { threads: NonZeroUsize::MIN, cost, pepper }).unwrap()
}

#[tokio::test]
async fn the_right_password_is_right_and_another_is_wrong() {
    for pepper in [None, Some(pepper())] {
        let hasher = hasher(Cost::LEAST, pepper);
        let phc = hasher.hash(password(RIGHT)).await.unwrap();
        let verdict = async |text| hasher.verify_or_pretend(Some(&phc), password(text)).await.unwrap();
        assert_eq!(verdict(RIGHT).await, Verdict::Right { rehash: false });
        for wrong in ["violet kazoo trelli", "violet kazoo trelliss", "Violet kazoo trellis", "violet kazoo trellis "] {
            assert_eq!(verdict(wrong).await, Verdict::Wrong, "{wrong}");
        }
    }
}

#[tokio::test]
async fn a_password_is_the_same_however_its_accents_are_composed() {
    // NI-01.
    let hasher = hasher(Cost::LEAST, None);
    let phc = hasher.hash(password("caf\u{e9} kazoo trellis")).await.unwrap();
    let verdict = hasher.verify_or_pretend(Some(&phc), password("cafe\u{301} kazoo trellis")).await;
    assert_eq!(verdict, Ok(Verdict::Right { rehash: false }));
}

#[tokio::test]
async fn every_attempt_is_one_hash_whether_there_is_such_a_user_or_not() {
    // ASVS 6.3.8: the counted work is equal.
    let hasher = hasher(Cost::LEAST, Some(pepper()));
    let phc = hasher.hash(password(RIGHT)).await.unwrap();
    let mut before = hasher.hashes();
    assert_eq!(before, 1);
    for (stored, text, expected) in [
        (Some(&phc), RIGHT, Verdict::Right { rehash: false }),
        (Some(&phc), "something else", Verdict::Wrong),
        (None, RIGHT, Verdict::Wrong),
        (None, "x", Verdict::Wrong),
    ] {
        assert_eq!(hasher.verify_or_pretend(stored, password(text)).await, Ok(expected));
        before += 1;
        assert_eq!(hasher.hashes(), before);
    }
}

#[tokio::test]
async fn the_same_password_is_never_hashed_alike_twice() {
    let hasher = hasher(Cost::LEAST, None);
    let one = hasher.hash(password(RIGHT)).await.unwrap().text();
    assert_ne!(*one, *hasher.hash(password(RIGHT)).await.unwrap().text());
}

#[tokio::test]
async fn a_hash_without_pepper_is_what_any_argon2id_understands() {
    let phc = hasher(Cost::LEAST, None).hash(password(RIGHT)).await.unwrap();
    let text = phc.text();
    assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "NI-05: the scheme and its cost are stored");
    let parsed = PasswordHash::new(&text).unwrap();
    assert!(Argon2::default().verify_password(RIGHT.as_bytes(), &parsed).is_ok());
    assert!(Argon2::default().verify_password(b"another", &parsed).is_err());
}

#[tokio::test]
async fn a_pepper_is_needed_to_try_passwords_and_is_named_in_the_hash() {
    // NI-05: a key that is kept apart.
    let (ours, theirs) = (pepper(), pepper());
    let peppered = hasher(Cost::LEAST, Some(ours.clone()));
    let phc = peppered.hash(password(RIGHT)).await.unwrap();
    let text = phc.text();
    assert!(text.contains(",keyid="));
    let parsed = PasswordHash::new(&text).unwrap();
    assert!(Argon2::default().verify_password(RIGHT.as_bytes(), &parsed).is_err());
    for other in [hasher(Cost::LEAST, Some(theirs)), hasher(Cost::LEAST, None)] {
        let verdict = other.verify_or_pretend(Some(&phc), password(RIGHT)).await;
        assert_eq!((verdict, other.hashes()), (Err(Unhashed::OtherPepper), 1));
    }
    let again = Phc::parse(&text).unwrap();
    assert_eq!(peppered.verify_or_pretend(Some(&again), password(RIGHT)).await, Ok(Verdict::Right { rehash: false }));
}

#[tokio::test]
async fn a_hash_of_less_than_is_asked_for_now_is_to_be_made_anew() {
    let old = hasher(Cost::LEAST, None).hash(password(RIGHT)).await.unwrap();
    let dearer = Cost::new(19_456, 3, 1).unwrap();
    let verdict = async |hasher: Hasher, phc: &Phc| hasher.verify_or_pretend(Some(phc), password(RIGHT)).await.unwrap();
    assert_eq!(verdict(hasher(dearer, None), &old).await, Verdict::Right { rehash: true });
    assert_eq!(verdict(hasher(Cost::LEAST, Some(pepper())), &old).await, Verdict::Right { rehash: true });
    let new = hasher(dearer, None).hash(password(RIGHT)).await.unwrap();
    assert_eq!(new.cost(), dearer);
    assert_eq!(verdict(hasher(Cost::LEAST, None), &new).await, Verdict::Right { rehash: false });
    let wider = Cost::new(32_768, 2, 2).unwrap();
    let phc = hasher(wider, None).hash(password(RIGHT)).await.unwrap();
    assert_eq!(verdict(hasher(wider, None), &phc).await, Verdict::Right { rehash: false });
}

#[test]
fn the_cost_goes_upward_only_and_not_beyond_reason() {
    assert_eq!(Cost::new(19_456, 2, 1), Ok(Cost::LEAST));
    assert!(Cost::new(262_144, 16, 4).is_ok());
    for (memory, passes, lanes) in [
        (19_455, 2, 1),
        (19_456, 1, 1),
        (19_456, 2, 0),
        (262_145, 2, 1),
        (19_456, 17, 1),
        (19_456, 2, 5),
        (u32::MAX, 2, 1),
    ] {
        let error = Cost::new(memory, passes, lanes).unwrap_err().to_string();
        assert_eq!(error, "an Argon2id hash takes from m=19456,t=2,p=1 to m=262144,t=16,p=4");
    }
}

#[test]
fn a_stored_hash_is_read_strictly_and_absurd_ones_not_at_all() {
    let (salt, output) = ("AAAAAAAAAAAAAAAAAAAAAA", "A".repeat(43));
    let good = format!("$argon2id$v=19$m=19456,t=2,p=1,keyid=AAAAAAAAAAA${salt}${output}");
    assert_eq!(*Phc::parse(&good).unwrap().text(), good);
    for (from, to) in [
        ("$argon2id", "$argon2i"),
        ("v=19", "v=16"),
        ("m=19456", "m=4194304"),
        ("m=19456", "m=99999999999999999999"),
        ("m=19456", "m=8"),
        ("m=19456", "m=019456"),
        ("m=19456", "m=+19456"),
        ("m=19456", "m="),
        ("t=2", "t=4000000000"),
        ("t=2", "t=1"),
        ("p=1", "p=255"),
        ("m=19456,t=2", "t=2,m=19456"),
        ("keyid=AAAAAAAAAAA", "keyid=AAAA"),
        ("keyid=AAAAAAAAAAA", "keyid=AAAAAAAAAAA,data=AAAA"),
        (",keyid", ",,keyid"),
        (salt, "AAAA"),
        (salt, "AAAAAAAAAAAAAAAAAAAAAB"),
        (salt, "-AAAAAAAAAAAAAAAAAAAAA"),
        (&*output, "AAAA"),
        (&*output, ""),
    ] {
        let bad = good.replacen(from, to, 1);
        assert!(bad != good && Phc::parse(&bad).is_none(), "{bad}");
    }
    for bad in [format!("{good}$"), format!(" {good}"), format!("{good}\n"), String::new(), "$".repeat(1000)] {
        assert!(Phc::parse(&bad).is_none(), "{bad}");
    }
    assert!(!format!("{:?}", Phc::parse(&good).unwrap()).contains("AAAA"));
}

#[test]
fn no_text_makes_reading_a_hash_fall_over() {
    let good = format!("$argon2id$v=19$m=19456,t=2,p=1${}${}", "A".repeat(22), "A".repeat(43));
    bolero::check!().with_iterations(4000).with_type::<(u8, Vec<u8>)>().for_each(|(at, noise)| {
        let mut bytes = good.clone().into_bytes();
        let at = usize::from(*at) % bytes.len();
        bytes.splice(at..(at + noise.len()).min(good.len()), noise.iter().copied());
        for text in [String::from_utf8_lossy(&bytes), String::from_utf8_lossy(noise)] {
            if let Some(phc) = Phc::parse(&text) {
                assert_eq!(*phc.text(), text);
            }
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_is_answered_or_refused_and_never_queued_without_end() {
    let pool = Settings { threads: NonZeroUsize::new(2).unwrap(), cost: Cost::LEAST, pepper: None };
    let hasher = std::sync::Arc::new(Hasher::start(pool).unwrap());
    let attempts: Vec<_> = (0..200)
        .map(|_| {
            let hasher = std::sync::Arc::clone(&hasher);
            tokio::spawn(async move { hasher.verify_or_pretend(None, password(RIGHT)).await })
        })
        .collect();
    let (mut answered, mut refused) = (0, 0);
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(Verdict::Wrong) => answered += 1,
            Err(Unhashed::Busy { retry_after_ms: 200 }) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((answered + refused, hasher.hashes()), (200, answered));
    assert!(answered >= 16, "{answered} answered");
}
