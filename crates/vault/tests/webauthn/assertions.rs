//! Each thing that an assertion must be, and the refusal when it is not.

use vault::webauthn::{Expected, NotProven, Presented, Proven, RelyingParty, Stored, verify};

use super::forge::{
    AT, Assertion, BE, BS, CHALLENGE, CREDENTIAL, ED, HANDLE, Key, UP_UV, check, check_as, expected, portal,
};

#[test]
fn an_honest_signature_with_each_algorithm_proves_what_was_signed() {
    for key in Key::of_each_algorithm() {
        let mut assertion = Assertion::honest();
        assertion.count = 0x0102_0304;
        let proven = Proven { user_verified: true, backup_eligible: false, backed_up: false, sign_count: 0x0102_0304 };
        assert_eq!(check(&key.public(), &assertion.signed(&key)), Ok(proven));
        assertion.flags = UP_UV | BE | BS;
        let proven = check_as(&expected(), &key.public(), true, &assertion.signed(&key)).unwrap();
        assert!(proven.backup_eligible && proven.backed_up);
        assertion.flags = UP_UV | BE;
        let proven = check_as(&expected(), &key.public(), true, &assertion.signed(&key)).unwrap();
        assert!(proven.backup_eligible && !proven.backed_up);
    }
}

type Change = fn(&mut Assertion);

/// WA-01 to WA-05, WA-07: signed by the right key, and wrong all the same.
const WRONG: &[(&str, Change, NotProven)] = &[
    ("type of a registration", |it| it.client.kind = "webauthn.create", NotProven::WrongType),
    ("type of a payment", |it| it.client.kind = "payment.get", NotProven::WrongType),
    ("another challenge", |it| it.client.challenge[31] ^= 1, NotProven::WrongChallenge),
    ("evil origin", |it| it.client.origin = "https://evil.test".into(), NotProven::WrongOrigin),
    ("suffix origin", |it| it.client.origin = "https://portal.example.evil.test".into(), NotProven::WrongOrigin),
    ("front origin", |it| it.client.origin = "https://evilportal.example".into(), NotProven::WrongOrigin),
    ("subdomain", |it| it.client.origin = "https://x.portal.example".into(), NotProven::WrongOrigin),
    ("other port", |it| it.client.origin = "https://portal.example:8443".into(), NotProven::WrongOrigin),
    ("port spelled out", |it| it.client.origin = "https://portal.example:443".into(), NotProven::WrongOrigin),
    ("http", |it| it.client.origin = "http://portal.example".into(), NotProven::WrongOrigin),
    ("other case", |it| it.client.origin = "https://Portal.example".into(), NotProven::WrongOrigin),
    ("trailing slash", |it| it.client.origin = "https://portal.example/".into(), NotProven::WrongOrigin),
    ("opaque origin", |it| it.client.origin = "null".into(), NotProven::WrongOrigin),
    ("crossOrigin", |it| it.client.more = r#","crossOrigin":true"#.into(), NotProven::CrossOrigin),
    ("topOrigin", |it| it.client.more = r#","topOrigin":"https://portal.example""#.into(), NotProven::CrossOrigin),
    ("other relying party", |it| it.rp_id = "other.example", NotProven::WrongRelyingParty),
    ("user not present", |it| it.flags = UP_UV & !0x01, NotProven::NotPresent),
    ("user not verified", |it| it.flags = UP_UV & !0x04, NotProven::NotVerified),
    ("backed up, not eligible", |it| it.flags |= BS, NotProven::BackupFlags),
    ("eligible since", |it| it.flags |= BE, NotProven::BackupEligibilityChanged),
    ("trailing byte", |it| it.behind = vec![0], NotProven::Malformed("authenticator data")),
    ("extensions missing", |it| it.flags |= ED, NotProven::Malformed("authenticator data")),
    ("credential missing", |it| it.flags |= AT, NotProven::Malformed("attested credential")),
    ("another credential", |it| it.credential = b"another".to_vec(), NotProven::NotAllowed),
    ("another user", |it| it.handle = Some(b"user-handle-0002".to_vec()), NotProven::WrongUser),
];

#[test]
fn each_wrong_thing_is_refused_by_its_name_however_well_it_is_signed() {
    for key in [Key::p256(), Key::ed25519()] {
        for (name, change, refusal) in WRONG {
            let mut assertion = Assertion::honest();
            change(&mut assertion);
            assert_eq!(check(&key.public(), &assertion.signed(&key)), Err(*refusal), "{name}");
        }
    }
}

/// WA-05, the other way round: a synced passkey that claims to be bound to its device.
#[test]
fn a_synced_passkey_does_not_become_device_bound() {
    let key = Key::p256();
    let json = Assertion::honest().signed(&key);
    assert_eq!(check_as(&expected(), &key.public(), true, &json), Err(NotProven::BackupEligibilityChanged));
}

#[test]
fn a_credential_in_an_assertion_is_refused() {
    let key = Key::p256();
    let mut assertion = Assertion::honest();
    assertion.flags |= AT;
    assertion.behind = [&[0; 16][..], &[0, 1, 9], &key.cose()].concat();
    assert_eq!(check(&key.public(), &assertion.signed(&key)), Err(NotProven::Malformed("authenticator data")));
}

/// WA-11.
#[test]
fn extensions_nobody_asked_for_are_let_pass_if_they_are_one_map() {
    let key = Key::ed25519();
    let mut assertion = Assertion::honest();
    assertion.flags |= ED;
    let with = |behind: &[u8]| {
        let mut changed = assertion.clone();
        changed.behind = behind.to_vec();
        check(&key.public(), &changed.signed(&key))
    };
    for map in [&[0xa0][..], b"\xa1\x63uvm\x81\x83\x02\x04\x02", b"\xa1\x61x\xa1\x61y\x82\x01\xf5"] {
        assert!(with(map).is_ok(), "{map:02x?}");
    }
    for bad in [&[][..], &[0xa1], &[0xa0, 0], &[0x80], &[0x01], &[0xbf, 0xff]] {
        assert_eq!(with(bad), Err(NotProven::Malformed("authenticator data")), "{bad:02x?}");
    }
}

/// WA-08.
#[test]
fn no_single_byte_can_be_altered_after_signing() {
    for key in Key::of_each_algorithm() {
        let assertion = Assertion::honest();
        let (data, client) = (assertion.data(), assertion.client.bytes());
        let signature = key.sign(&[&data[..], &super::forge::sha256(&client)].concat());
        let parts = [data, client, signature];
        let read = |parts: &[Vec<u8>; 3]| check(&key.public(), &assertion.json(&parts[0], &parts[1], &parts[2]));
        assert!(read(&parts).is_ok());
        for part in 0..3 {
            for at in 0..parts[part].len() {
                for mask in [0x01, 0x80, 0xff] {
                    let mut altered = parts.clone();
                    altered[part][at] ^= mask;
                    assert!(read(&altered).is_err(), "part {part}, byte {at}, mask {mask:02x}");
                }
            }
        }
        for part in 0..3 {
            let mut cut = parts.clone();
            cut[part].pop();
            assert!(read(&cut).is_err());
            let mut longer = parts.clone();
            longer[part].push(0);
            assert!(read(&longer).is_err());
        }
    }
}

#[test]
fn the_key_of_another_user_signs_nothing_for_this_one() {
    let (mine, theirs) = (Key::p256(), Key::p256());
    assert_eq!(check(&mine.public(), &Assertion::honest().signed(&theirs)), Err(NotProven::BadSignature));
}

/// WA-07: without a list the authenticator chooses, and then it must say whose credential it is.
#[test]
fn a_discovered_credential_must_name_its_user() {
    let key = Key::p256();
    let open = Expected { challenge: CHALLENGE, allow: Vec::new() };
    let mut assertion = Assertion::honest();
    assert!(check_as(&open, &key.public(), false, &assertion.signed(&key)).is_ok());
    assertion.handle = None;
    let json = assertion.signed(&key);
    assert_eq!(check_as(&open, &key.public(), false, &json), Err(NotProven::WrongUser));
    assert!(check_as(&expected(), &key.public(), false, &json).is_ok(), "where we named it, we know whose it is");
    assertion.credential = b"another".to_vec();
    assert_eq!(check_as(&open, &key.public(), false, &assertion.signed(&key)), Err(NotProven::NotAllowed));
}

#[test]
fn localhost_over_http_with_a_port_is_an_origin() {
    let key = Key::p256();
    let party = RelyingParty::new("localhost", "Portreeve", &["http://localhost:4180".to_owned()]).unwrap();
    let mut assertion = Assertion::honest();
    assertion.rp_id = "localhost";
    let public = key.public();
    let stored =
        Stored { credential_id: &CREDENTIAL, user_handle: &HANDLE, public_key: &public, backup_eligible: false };
    let mut read = |origin: &str| {
        assertion.client.origin = origin.to_owned();
        verify(&party, &expected(), &stored, &Presented::parse(&assertion.signed(&key)).unwrap()).map(|_| ())
    };
    assert_eq!(read("http://localhost:4180"), Ok(()));
    for other in ["http://localhost", "http://localhost:4181", "https://localhost:4180", "http://127.0.0.1:4180"] {
        assert_eq!(read(other), Err(NotProven::WrongOrigin), "{other}");
    }
}

#[test]
fn what_was_presented_can_be_kept_as_text_and_checked_again() {
    let key = Key::ed25519();
    let presented = Presented::parse(&Assertion::honest().signed(&key)).unwrap();
    let kept = serde_json::to_string(&presented).unwrap();
    let again: Presented = serde_json::from_str(&kept).unwrap();
    assert_eq!(again, presented);
    let public = key.public().to_string().parse().unwrap();
    let stored =
        Stored { credential_id: &CREDENTIAL, user_handle: &HANDLE, public_key: &public, backup_eligible: false };
    assert!(verify(&portal(), &expected(), &stored, &again).is_ok());
    for bad in [
        kept.replace("\"signature\":\"", "\"signature\":\"="),
        kept.replace("\"signature\"", "\"sign\""),
        kept.replace('{', "{\"more\":1,"),
    ] {
        assert!(serde_json::from_str::<Presented>(&bad).is_err(), "{bad}");
    }
}

#[test]
fn json_that_is_no_credential_is_malformed() {
    let key = Key::p256();
    let good = String::from_utf8(Assertion::honest().signed(&key)).unwrap();
    assert!(Presented::parse(good.as_bytes()).is_ok());
    let id = super::forge::base64url(&CREDENTIAL);
    let bad = [
        String::new(),
        "[]".to_owned(),
        good.replace("public-key", "password"),
        good.replacen(&id, "AAAA", 1),
        good.replace(&id, &format!("{id}==")),
        good.replace("\"signature\":\"", "\"signature\":\"+"),
        good.replace("\"rawId\"", "\"id\""),
        format!("{good},"),
        format!("{good}{}", " ".repeat(40 * 1024)),
    ];
    for text in bad {
        assert!(matches!(Presented::parse(text.as_bytes()), Err(NotProven::Malformed(_))), "{text:.300}");
    }
}
