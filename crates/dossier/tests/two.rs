//! Two approvers: where one is not enough, both signatures are in the file, and each is checked.

use crate::house::{AT, GRANTED, House, TWO, period, tags};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use dossier::approval::{First, Key, Shown, Signed};
use dossier::{ApprovalFile, Known, NotValid, approval_file, verify};
use kernel::approval::Verdict;
use kernel::device;
use kernel::digest::Digest;
use kernel::id::{ApprovalId, AuthenticatorId, UserId};
use kernel::time::Timestamp;
use serde_json::json;
use vault::base64url::encode;

/// Present, verified, and of a key that may be copied and was.
const SYNCED: u8 = 0x1d;

/// An order above the top, as it was granted by a key that cannot be copied.
fn file() -> ApprovalFile {
    let mut file = approval_file(ApprovalId::parse(GRANTED).unwrap(), House::new().events().iter()).unwrap();
    file.asked.top = true;
    file.key.enrolled = true;
    file
}

/// The same request, signed by somebody with a synced passkey, in words of their own page.
fn signs(file: &ApprovalFile, n: u128, display: &str) -> First {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let challenge = kernel::signature::challenge(file.request.digest(), display, &file.asked.nonce);
    let client =
        json!({ "type": "webauthn.get", "challenge": encode(challenge.bytes()), "origin": file.signed.origin });
    let (client, site) = (client.to_string(), Digest::plain(b"trade.example"));
    let data = [&site.bytes()[..], &[SYNCED], &[0; 4]].concat();
    let message = [&data[..], Digest::plain(client.as_bytes()).bytes()].concat();
    let signature = key.sign(&SystemRandom::new(), &message).unwrap();
    First {
        shown: Shown {
            display: display.to_owned(),
            challenge,
            client_data: encode(client.as_bytes()),
            authenticator_data: encode(&data),
            signature: encode(signature.as_ref()),
        },
        key: Key {
            authenticator: AuthenticatorId::new(AT, n),
            credential_id: encode(&n.to_be_bytes()),
            public_key: format!("es256:{}", encode(key.public_key().as_ref())),
            algorithm: "es256".to_owned(),
            backup_eligible: true,
            bound_at: Timestamp(AT),
            enrolled: false,
        },
        signed: Signed { by: UserId::new(AT, n), ..file.signed.clone() },
    }
}

fn by_two(first: u128, last: u128) -> ApprovalFile {
    let mut file = file();
    let First { shown, key, signed } = signs(&file, last, "the words of the second");
    file.first = Some(Box::new(signs(&file, first, "the words of the first")));
    (file.shown, file.key, file.signed) = (shown, key, signed);
    file
}

#[test]
fn above_the_top_two_people_are_enough_or_one_key_that_cannot_be_copied() {
    assert_eq!(file().check(), Ok(()));
    let two = by_two(1, 2);
    assert_eq!(two.check(), Ok(()));
    assert_eq!(ApprovalFile::parse(two.text().unwrap().as_bytes()), Ok(two.clone()));
    let alone = ApprovalFile { first: None, ..two.clone() };
    assert_eq!(alone.check(), Err(NotValid::TakesTwo));
    let mut ended = alone.clone();
    ended.settled.verdict = Verdict::TimeOut;
    assert_eq!(ended.check(), Ok(()), "nothing was granted by it");
    let mut below = alone;
    below.asked.top = false;
    assert_eq!(below.check(), Ok(()));
}

/// As the kernel takes it: a key that cannot be copied counts alone a day after it was bound, or if its user came in
/// with it.
#[test]
fn a_key_that_was_bound_for_it_is_not_enough() {
    let asked = file().asked.at.0;
    for (bound_at, enrolled, holds) in [
        (asked - device::MOVE_AFTER_MS, false, true),
        (asked - device::MOVE_AFTER_MS + 1, false, false),
        (asked, true, true),
        (asked + 1, true, false),
    ] {
        let mut file = file();
        (file.key.bound_at, file.key.enrolled) = (Timestamp(bound_at), enrolled);
        assert_eq!(file.check().is_ok(), holds, "{bound_at}");
    }
    let mut copied = file();
    copied.key.backup_eligible = true;
    assert!(copied.check().is_err());
}

/// Of whoever is invited it is not: it took both, and the file holds both.
#[test]
fn only_the_key_that_the_first_owner_came_in_with_is_enough_at_once() {
    for (came, alone) in [("enrolment", true), ("invitation", false)] {
        let house = House::both_with_a_key_of(came);
        let files = house.export(crate::house::approval(TWO));
        let verified = verify(&files, &Known::default()).unwrap();
        let [approval] = &verified.approvals[..] else { panic!("{:?}", verified.approvals) };
        assert_eq!((approval.key.enrolled, approval.first.is_none()), (alone, alone), "{came}");
    }
}

/// One of two has signed, and there is no answer yet: that is no reason to tell nobody of the day.
#[test]
fn a_period_in_which_only_the_first_has_signed_is_exported() {
    let house = House::one_of_two();
    let files = house.export(period(0, 1_000_000));
    let verified = verify(&files, &Known::default()).unwrap();
    assert_eq!(verified.approvals.len(), 2, "those that have ended");
    assert!(!files.contains_key(&format!("approvals/{TWO}.json")));
}

#[test]
fn a_period_that_begins_between_the_two_signatures_holds_both_and_their_keys() {
    let house = House::both_of_two();
    let second = house.records().filter(|one| one.tag == "authenticator.used").last().unwrap();
    let files = house.export(period(second.at - AT, second.at - AT + 100_000));
    let verified = verify(&files, &Known::default()).unwrap();
    let [approval] = &verified.approvals[..] else { panic!("{:?}", verified.approvals) };
    let first = approval.first.as_ref().unwrap();
    assert!(first.signed.by != approval.signed.by && first.key.public_key != approval.key.public_key);
    assert!(!first.key.enrolled && !approval.key.enrolled, "nobody is said to be the first owner");
    let bound = tags(&files).iter().filter(|tag| *tag == "authenticator.bound").count();
    assert_eq!(bound, 2);
}

type Edit = fn(&mut First, &ApprovalFile);

#[test]
fn the_same_person_or_the_same_key_twice_is_one_and_either_signature_is_checked() {
    let edits: [(Edit, NotValid); 6] = [
        (|first, last| first.signed.by = last.signed.by, NotValid::TakesTwo),
        (|first, last| first.key.authenticator = last.key.authenticator, NotValid::TakesTwo),
        (|first, last| *first = again(last), NotValid::TakesTwo),
        (|first, _| first.shown.display.push('.'), NotValid::Challenge),
        (|first, last| first.signed.at = Timestamp(last.signed.at.0 + 1), NotValid::Time),
        (|first, last| first.signed.at = Timestamp(last.asked.at.0 - 1), NotValid::Time),
    ];
    for (n, (edit, why)) in edits.into_iter().enumerate() {
        let mut two = by_two(1, 2);
        let last = two.clone();
        edit(two.first.as_mut().unwrap(), &last);
        assert_eq!(two.check(), Err(why), "edit {n}");
    }
}

/// The second's own signature, told as if another person had given it.
fn again(two: &ApprovalFile) -> First {
    let signed = Signed { by: UserId::new(AT, 9), ..two.signed.clone() };
    let key = Key { authenticator: AuthenticatorId::new(AT, 9), ..two.key.clone() };
    First { shown: two.shown.clone(), key, signed }
}
