//! Each thing that a new credential must be, and the refusal when it is not.

use vault::webauthn::{
    Algorithm, BadPublicKey, ExpectedRegistration, NotProven, PublicKey, Registered, named, register,
};

use super::forge::{
    BE, BS, CREDENTIAL, ED, HANDLE, Key, Registration, UP_UV, base64url, cose_ec, cose_rsa, portal, sha256,
};

fn check(registration: &Registration) -> Result<Registered, NotProven> {
    register(&portal(), &Registration::expected(), &registration.json())
}

/// WA-12.
#[test]
fn a_new_credential_is_recorded_whole_with_each_algorithm() {
    for key in Key::of_each_algorithm() {
        let mut registration = Registration::honest(&key);
        registration.flags |= BE | BS;
        let registered = check(&registration).unwrap();
        let wanted = Registered {
            user_handle: HANDLE,
            credential_id: CREDENTIAL.to_vec(),
            public_key: key.public(),
            sign_count: 7,
            user_verified: true,
            backup_eligible: true,
            backed_up: true,
            aaguid: [0xaa; 16],
            transports: vec!["internal".to_owned(), "usb".to_owned()],
        };
        assert_eq!(registered, wanted);
    }
}

type Change = fn(&mut Registration);

/// WA-01 to WA-06.
const WRONG: &[(&str, Change, NotProven)] = &[
    ("type of an assertion", |it| it.client.kind = "webauthn.get", NotProven::WrongType),
    ("another challenge", |it| it.client.challenge[0] ^= 1, NotProven::WrongChallenge),
    ("suffix origin", |it| it.client.origin = "https://portal.example.evil.test".into(), NotProven::WrongOrigin),
    ("front origin", |it| it.client.origin = "https://evilportal.example".into(), NotProven::WrongOrigin),
    ("other port", |it| it.client.origin = "https://portal.example:444".into(), NotProven::WrongOrigin),
    ("http", |it| it.client.origin = "http://portal.example".into(), NotProven::WrongOrigin),
    ("crossOrigin", |it| it.client.more = r#","crossOrigin":true"#.into(), NotProven::CrossOrigin),
    ("topOrigin", |it| it.client.more = r#","topOrigin":"https://evil.test""#.into(), NotProven::CrossOrigin),
    ("other relying party", |it| it.rp_id = "other.example", NotProven::WrongRelyingParty),
    ("user not present", |it| it.flags &= !0x01, NotProven::NotPresent),
    ("user not verified", |it| it.flags &= !0x04, NotProven::NotVerified),
    ("backed up, not eligible", |it| it.flags |= BS, NotProven::BackupFlags),
    ("no credential", |it| it.flags = UP_UV, NotProven::Malformed("authenticator data")),
    ("trailing byte", |it| it.behind = vec![0], NotProven::Malformed("authenticator data")),
    ("extensions missing", |it| it.flags |= ED, NotProven::Malformed("authenticator data")),
    ("no credential id", |it| it.credential = Vec::new(), NotProven::Malformed("attested credential")),
    ("long credential id", |it| it.credential = vec![1; 1024], NotProven::Malformed("attested credential")),
    ("a key cut short by its own lengths", |it| it.cose[4] = 0x38, NotProven::Malformed("attested credential")),
    ("-9 is not offered", |it| it.cose[4] = 0x28, NotProven::AlgorithmNotOffered),
    ("Ed25519 with a P-256 key", |it| it.cose[4] = 0x27, NotProven::BadKey),
    ("another curve", |it| it.cose[6] = 2, NotProven::BadKey),
    ("another kind of key", |it| it.cose[2] = 1, NotProven::BadKey),
    ("not on the curve", |it| it.cose[20] ^= 1, NotProven::BadKey),
    ("a member twice", |it| it.cose[3] = 1, NotProven::Malformed("attested credential")),
    (
        "none, yet a statement",
        |it| it.statement = b"\xa1\x61x\x01".to_vec(),
        NotProven::Malformed("attestation statement"),
    ),
];

#[test]
fn each_wrong_thing_is_refused_by_its_name() {
    let honest = Registration::honest(&Key::p256());
    for (name, change, refusal) in WRONG {
        let mut registration = honest.clone();
        change(&mut registration);
        assert_eq!(check(&registration), Err(*refusal), "{name}");
    }
}

/// WA-06: Ed448 and a few that nobody needs, each as well formed as they come.
#[test]
fn an_algorithm_that_was_not_offered_is_refused_whatever_the_key() {
    let ed448 = |algorithm: &[u8]| [&[0xa4, 1, 1, 3], algorithm, &[0x20, 7, 0x21, 0x58, 57], &[7; 57]].concat();
    let secp256k1 = {
        let mut cose = cose_ec(Algorithm::Es256, Key::p256().public().bytes());
        cose.splice(4..7, [0x38, 46, 0x20, 8]);
        cose
    };
    let honest = Registration::honest(&Key::p256());
    let with = |cose: Vec<u8>| check(&Registration { cose, ..honest.clone() });
    assert_eq!(with(ed448(&[0x38, 52])), Err(NotProven::AlgorithmNotOffered));
    assert_eq!(with(secp256k1), Err(NotProven::AlgorithmNotOffered), "-47");
    assert_eq!(with(ed448(&[0x27])), Err(NotProven::BadKey), "-8 is Ed25519 alone");
}

/// Each algorithm has one curve, and each coordinate its full length: WebAuthn 5.8.5.
#[test]
fn an_ecdsa_key_is_a_whole_point_on_the_one_curve_of_its_algorithm() {
    let keys = [Key::p256(), Key::p384(), Key::p521()];
    for key in &keys {
        let registration = Registration::honest(key);
        assert_eq!(check(&registration).unwrap().public_key, key.public());
        let with = |cose: Vec<u8>| check(&Registration { cose, ..registration.clone() });
        let (algorithm, point) = (key.public().algorithm(), key.public().bytes().to_vec());
        for other in [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512] {
            let taken = with(cose_ec(other, &point));
            assert_eq!(taken.is_ok(), other == algorithm, "{algorithm:?} said to be {other:?}");
            assert!(other == algorithm || taken == Err(NotProven::BadKey));
        }
        for at in [1, point.len() / 2, point.len() / 2 + 1, point.len() - 1] {
            let mut off = point.clone();
            off[at] ^= 1;
            assert_eq!(with(cose_ec(algorithm, &off)), Err(NotProven::BadKey), "{algorithm:?} byte {at}");
            assert_eq!(PublicKey::new(algorithm, off), Err(BadPublicKey::Key));
        }
        assert_eq!(with(cose_ec(algorithm, &vec![0; point.len()])), Err(NotProven::BadKey), "no point at all");
        assert_eq!(
            with(cose_ec(algorithm, &point[..point.len() - 2])),
            Err(NotProven::BadKey),
            "one byte less in each"
        );
        for cut in 1..key.cose().len() {
            let refused = with(key.cose()[..cut].to_vec());
            assert!(refused.is_err(), "{algorithm:?} cut to {cut}");
        }
        let mut compressed = vec![2 + (point[point.len() - 1] & 1)];
        compressed.extend_from_slice(&point[1..=point.len() / 2]);
        for bad in [compressed, point[..point.len() - 1].to_vec(), Vec::new()] {
            assert_eq!(PublicKey::new(algorithm, bad), Err(BadPublicKey::Key));
        }
    }
}

/// y is what the length of x leaves over: a byte that moves from one to the other makes the same bytes.
#[test]
fn coordinates_of_unequal_length_are_no_point_although_their_bytes_are_one() {
    let point = Key::p384().public().bytes().to_vec();
    let (x, y) = point[1..].split_at(49);
    let cose = [&[0xa5, 1, 2, 3, 0x38, 34, 0x20, 2, 0x21, 0x58, 49][..], x, &[0x22, 0x58, 47], y].concat();
    let registration = Registration { cose, ..Registration::honest(&Key::p256()) };
    assert_eq!(check(&registration), Err(NotProven::BadKey));
}

#[test]
fn the_longest_credential_id_and_extensions_are_taken() {
    let mut registration = Registration::honest(&Key::p256());
    registration.credential = vec![9; 1023];
    registration.flags |= ED;
    registration.behind = b"\xa1\x6bcredProtect\x03".to_vec();
    assert_eq!(check(&registration).unwrap().credential_id, vec![9; 1023]);
}

#[test]
fn json_that_is_no_new_credential_is_malformed() {
    let good = String::from_utf8(Registration::honest(&Key::p256()).json()).unwrap();
    let read = |text: &str| register(&portal(), &Registration::expected(), text.as_bytes());
    assert!(read(&good).is_ok());
    let id = base64url(&CREDENTIAL);
    for bad in [
        "[]".to_owned(),
        good.replace("public-key", "password"),
        good.replace(&format!("\"id\":\"{id}\""), "\"id\":\"AAAA\""),
        good.replace(&format!("\"rawId\":\"{id}\""), "\"rawId\":\"AAAA\""),
        good.replace("\"attestationObject\":\"", "\"attestationObject\":\"="),
        format!("{good}{{}}"),
        format!("{good}{}", " ".repeat(130 * 1024)),
    ] {
        assert!(matches!(read(&bad), Err(NotProven::Malformed(_))), "{bad:.300}");
    }
}

#[test]
fn a_credential_that_the_user_has_already_is_refused() {
    let registration = Registration::honest(&Key::p256());
    let expected = ExpectedRegistration { exclude: named(&[CREDENTIAL.to_vec()]), ..Registration::expected() };
    assert_eq!(register(&portal(), &expected, &registration.json()), Err(NotProven::AlreadyRegistered));
}

#[test]
fn the_attestation_object_is_one_map_to_its_end() {
    let registration = Registration::honest(&Key::p256());
    let object = super::forge::attestation_object("none", &[0xa0], &registration.data());
    let read = |object: &[u8]| {
        register(&portal(), &Registration::expected(), &registration.json_of(object, &registration.client.bytes()))
    };
    assert!(read(&object).is_ok());
    assert_eq!(read(&[&object[..], &[0]].concat()), Err(NotProven::Malformed("attestation object")));
    for end in 0..object.len() {
        assert!(read(&object[..end]).is_err(), "cut at {end}");
    }
    let mut doubled = object.clone();
    doubled[0] = 0xa4;
    doubled.extend_from_slice(b"\x63fmt\x64none");
    assert_eq!(read(&doubled), Err(NotProven::Malformed("attestation object")));
}

fn self_attested(key: &Key, algorithm: u8, with_certificate: bool) -> Registration {
    let mut registration = Registration::honest(key);
    let message = [&registration.data()[..], &sha256(&registration.client.bytes())].concat();
    let signature = key.sign(&message);
    let count = if with_certificate { 0xa3 } else { 0xa2 };
    let length = u8::try_from(signature.len()).unwrap();
    registration.format = "packed";
    registration.statement = [&[count][..], b"\x63alg", &[algorithm], b"\x63sig", &[0x58, length], &signature].concat();
    if with_certificate {
        registration.statement.extend_from_slice(b"\x63x5c\x81\x41\x00");
    }
    registration
}

#[test]
fn a_key_that_signs_for_itself_must_have_signed() {
    for (key, algorithm) in [(Key::p256(), 0x26), (Key::ed25519(), 0x27)] {
        assert!(check(&self_attested(&key, algorithm, false)).is_ok());
        let mut altered = self_attested(&key, algorithm, false);
        *altered.statement.last_mut().unwrap() ^= 1;
        assert_eq!(check(&altered), Err(NotProven::BadSignature));
        assert!(matches!(check(&self_attested(&key, 0x38, false)), Err(NotProven::Malformed(_))));
        let other = self_attested(&key, if algorithm == 0x26 { 0x27 } else { 0x26 }, false);
        assert_eq!(check(&other), Err(NotProven::Malformed("attestation statement")));
    }
}

/// WA-22: nobody's word for a key is asked, so none is weighed.
#[test]
fn what_a_maker_says_of_a_key_is_neither_needed_nor_believed() {
    let key = Key::p256();
    assert!(check(&self_attested(&key, 0x26, true)).is_ok());
    let mut unknown = Registration::honest(&key);
    unknown.format = "android-key";
    unknown.statement = b"\xa1\x63sig\x41\x00".to_vec();
    assert_eq!(check(&unknown).unwrap().public_key, key.public());
}

#[test]
fn a_public_key_has_one_text_and_only_valid_keys_have_any() {
    let words = ["es256:", "eddsa:", "rs256:", "es384:", "es512:"];
    for (key, word) in Key::of_each_algorithm().iter().zip(words) {
        let text = key.public().to_string();
        assert!(text.starts_with(word));
        assert_eq!(text.parse(), Ok(key.public()));
        for bad in [
            text.to_uppercase(),
            text.replace(':', ""),
            format!("{text}="),
            format!("{text}A"),
            text.replace(word, if word == "es384:" { "es512:" } else { "es384:" }),
            text.replace(word, "ed448:"),
        ] {
            assert!(bad.parse::<PublicKey>().is_err(), "{bad}");
        }
    }
    let der = Key::rsa().public().bytes().to_vec();
    let mut padded = der.clone();
    padded.push(0);
    let mut short = vec![0x30, 0x06, 2, 1, 35, 2, 1, 3];
    short.truncate(8);
    for bad in [padded, short, der[1..].to_vec()] {
        assert_eq!(PublicKey::new(Algorithm::Rs256, bad), Err(BadPublicKey::Key));
    }
}

/// With these the same signature would hold for many messages, and an approval would prove nothing.
#[test]
fn an_ed25519_key_of_small_order_is_no_key() {
    let mut points = vec![[0; 32], [0; 32], [0xff; 32], [0xff; 32], [0xff; 32]];
    points[1][0] = 1;
    for (point, low) in points[2..].iter_mut().zip([0xec, 0xed, 0xee]) {
        point[0] = low;
        point[31] = 0x7f;
    }
    points.push([
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ]);
    for mut point in points {
        assert_eq!(PublicKey::new(Algorithm::EdDsa, point.to_vec()), Err(BadPublicKey::Key), "{point:02x?}");
        point[31] ^= 0x80;
        assert_eq!(PublicKey::new(Algorithm::EdDsa, point.to_vec()), Err(BadPublicKey::Key), "{point:02x?}");
    }
}

/// With an exponent of 1 anybody could sign; the others are no RSA keys or too short to trust.
#[test]
fn a_weak_or_impossible_rsa_key_is_no_key() {
    let key = Key::rsa();
    let n = key.cose()[11..267].to_vec();
    let with = |n: &[u8], e: &[u8]| check(&Registration { cose: cose_rsa(n, e), ..Registration::honest(&key) });
    assert!(with(&n, &[1, 0, 1]).is_ok());
    let (even, zero) = ([&n[..255], &[0]].concat(), [&[0], &n[1..]].concat());
    let numbers: [(&[u8], &[u8]); 7] = [
        (&n, &[1]),
        (&n, &[2]),
        (&n, &[]),
        (&n, &[0, 1, 0, 1]),
        (&even, &[1, 0, 1]),
        (&zero, &[1, 0, 1]),
        (&n[..128], &[1, 0, 1]),
    ];
    for (n, e) in numbers {
        assert_eq!(with(n, e), Err(NotProven::BadKey), "{} bytes, exponent {e:02x?}", n.len());
    }
    assert_eq!(with(&[&n[..], &n, &n].concat(), &[1, 0, 1]), Err(NotProven::BadKey), "6144 bits");
}
