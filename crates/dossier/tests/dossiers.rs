//! A dossier holds what concerns its subject, and no byte of it can be edited unseen.

use crate::house::{AT, GRANTED, House, RELEASED, approval, order, period, tags};
use dossier::{Broken, Contents, Files, Known, contents, verify};
use kernel::digest::Digest;
use proptest::prelude::*;
use std::sync::LazyLock;

static HOUSE: LazyLock<House> = LazyLock::new(House::new);
static ORDER: LazyLock<Files> = LazyLock::new(|| HOUSE.export_since(order(), Some(6)));

fn verified(files: &Files) -> Result<dossier::Verified, Broken> {
    verify(files, &Known::default())
}

#[test]
fn of_an_order_it_holds_all_that_concerns_it_and_nothing_of_others() {
    let verified = verified(&ORDER).unwrap();
    assert_eq!((verified.approvals.len(), verified.earlier), (1, Some(6)));
    assert_eq!(verified.approvals[0].id.to_string(), GRANTED);
    assert_eq!(verified.checkpoint.size, HOUSE.records().count() as u64);
    let expected = [
        "customer.opened",
        "account.opened",
        "credential.created",
        "user.created",
        "authenticator.bound",
        "approval.requested",
        "order.held",
        "authenticator.used",
        "approval.signed",
        "approval.settled",
        "order.admitted",
        "order.filled",
        "order.commissioned",
    ];
    assert_eq!(tags(&ORDER), expected);
}

#[test]
fn of_an_approval_it_holds_what_it_answers_and_what_was_done_by_it() {
    let released = HOUSE.export(approval(RELEASED));
    let tags = tags(&released);
    for tag in ["kill_switch.released", "change.asked", "change.signed", "authenticator.used", "authenticator.bound"] {
        assert!(tags.iter().any(|one| one == tag), "{tag}: {tags:?}");
    }
    assert!(!tags.iter().any(|tag| tag.starts_with("order.")), "{tags:?}");
    assert_eq!(verified(&released).unwrap().approvals.len(), 1);
    let granted = HOUSE.export(approval(GRANTED));
    assert!(crate::house::tags(&granted).contains(&"order.filled".to_owned()));
    assert_eq!(verified(&granted).unwrap().approvals.len(), 1);
}

#[test]
fn of_a_period_it_holds_every_event_and_what_its_signatures_rest_on() {
    let all = HOUSE.records().count() as i64;
    let whole = HOUSE.export(period(0, all * 1_000));
    assert_eq!((tags(&whole).len() as i64, verified(&whole).unwrap().approvals.len()), (all, 2));
    // From the signature on: what was asked and the key lie before it.
    let signed = HOUSE.records().position(|one| one.tag == "approval.signed").unwrap() as i64;
    let late = HOUSE.export(period(signed * 1_000, (signed + 2) * 1_000));
    assert_eq!(
        tags(&late).join(" "),
        "user.created authenticator.bound approval.requested order.held authenticator.used approval.signed approval.settled"
    );
    assert_eq!(verified(&late).unwrap().approvals.len(), 1);
}

/// As whoever exports could do it, who has the journal's key: the list of contents is signed anew.
fn sealed_again(mut files: Files) -> Files {
    files.remove(contents::NAME);
    let events = files["events.jsonl"].iter().filter(|byte| **byte == b'\n').count() as u64;
    let list = Contents::of(HOUSE.key.public().name(), order(), kernel::time::Timestamp(AT), events, &files);
    files.insert(contents::NAME.to_owned(), list.sign(&HOUSE.key).unwrap().into_bytes());
    files
}

#[test]
fn a_file_that_is_added_or_taken_out_is_named() {
    for name in ORDER.keys() {
        let mut files = ORDER.clone();
        files.remove(name);
        let Err(Broken::Missing(named)) = verified(&files) else { panic!("{name}") };
        assert_eq!(named, *name);
    }
    let mut files = ORDER.clone();
    files.insert("more.txt".to_owned(), Vec::new());
    assert_eq!(verified(&files).unwrap_err(), Broken::Unlisted("more.txt".to_owned()));
    let mut files = ORDER.clone();
    files.insert("approvals/apr_other.json".to_owned(), files[&format!("approvals/{GRANTED}.json")].clone());
    assert_eq!(verified(&sealed_again(files)).unwrap_err(), Broken::NotOfEvents("approvals/apr_other.json".to_owned()));
}

/// Even signed anew, what the journal says cannot be edited: each reason is another one.
#[test]
fn lines_that_are_moved_edited_or_of_others_are_refused_though_the_list_is_signed_anew() {
    let text = String::from_utf8(ORDER["events.jsonl"].clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let swapped = [&[lines[1], lines[0]], &lines[2..]].concat().join("\n");
    let whole = HOUSE.export(period(0, 1_000_000));
    let foreign = String::from_utf8(whole["events.jsonl"].clone()).unwrap();
    let foreign = foreign.lines().find(|line| line.contains("\"paper\"")).unwrap();
    let mut more = lines.clone();
    more.push(foreign);
    more.sort_by_key(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["position"].as_u64());
    for (edited, why) in [
        (swapped, "does not come after the one before it"),
        (
            text.replacen("\"at\":1790000000000,\"body\"", "\"at\":1790000000001,\"body\"", 1),
            "the link is not that of the event",
        ),
        (text.replacen("demo", "dem0", 1), "the link is not that of the event"),
        (text.replacen("\"position\":0", "\"position\": 0", 1), "not one line of canonical JSON"),
        (text.replacen("\"proof\":[\"", "\"proof\":[\"00", 1), "a hash is not 64"),
        (text.replacen("customer/1", "customer/2", 1), "the link is not"),
        (more.join("\n"), "does not concern the order"),
        (String::new(), "another number of lines"),
        (lines[..5].join("\n"), "holds nothing of the order"),
    ] {
        let mut files = ORDER.clone();
        files.insert(
            "events.jsonl".to_owned(),
            if edited.is_empty() { Vec::new() } else { format!("{}\n", edited.trim_end()).into_bytes() },
        );
        let refused = verified(&sealed_again(files)).unwrap_err().to_string();
        assert!(refused.contains(why), "{why}: {refused}");
    }
}

/// A signature taken out leaves a hole: the file of the approval is of no event any more.
#[test]
fn an_approval_file_is_only_as_good_as_its_events() {
    let text = String::from_utf8(ORDER["events.jsonl"].clone()).unwrap();
    let signed = ["authenticator.used", "approval.signed"].map(|tag| format!("\"tag\":\"{tag}\""));
    let left: Vec<&str> = text.lines().filter(|line| !signed.iter().any(|tag| line.contains(tag))).collect();
    let mut files = ORDER.clone();
    files.insert("events.jsonl".to_owned(), format!("{}\n", left.join("\n")).into_bytes());
    let name = format!("approvals/{GRANTED}.json");
    assert_eq!(verified(&sealed_again(files)).unwrap_err(), Broken::NotOfEvents(name.clone()));
    // What no signature covers is what the events say, or nothing.
    let mut files = ORDER.clone();
    let told = String::from_utf8(files[&name].clone()).unwrap();
    files.insert(name.clone(), told.replace("\"verdict\": \"grant\"", "\"verdict\": \"refuse\"").into_bytes());
    assert_eq!(verified(&sealed_again(files)).unwrap_err(), Broken::NotOfEvents(name));
}

#[test]
fn an_event_left_out_of_a_period_is_missed_though_the_list_is_signed_anew() {
    let subject = period(0, 1_000_000);
    let whole = HOUSE.export(subject);
    let text = String::from_utf8(whole["events.jsonl"].clone()).unwrap();
    let paper = text.lines().position(|line| line.contains("\"stream\":\"paper\"")).unwrap();
    let left: Vec<&str> = text.lines().enumerate().filter(|(n, _)| *n != paper).map(|(_, line)| line).collect();
    let mut files = whole.clone();
    files.remove(contents::NAME);
    files.insert("events.jsonl".to_owned(), format!("{}\n", left.join("\n")).into_bytes());
    let list = Contents::of(HOUSE.key.public().name(), subject, kernel::time::Timestamp(AT), left.len() as u64, &files);
    files.insert(contents::NAME.to_owned(), list.sign(&HOUSE.key).unwrap().into_bytes());
    assert_eq!(verified(&files).unwrap_err(), Broken::Gap(paper as u64));
}

#[test]
fn the_key_and_the_checkpoint_that_were_kept_are_compared() {
    let own = String::from_utf8(ORDER["checkpoint"].clone()).unwrap();
    let (_, earlier) = HOUSE.checkpoint(6);
    for kept in [&own, &earlier] {
        let known = Known { key: Some(HOUSE.key.public()), checkpoint: Some(kept) };
        assert!(verify(&ORDER, &known).is_ok());
    }
    let (_, unproved) = HOUSE.checkpoint(7);
    let known = Known { key: None, checkpoint: Some(&unproved) };
    assert_eq!(verify(&ORDER, &known).unwrap_err(), Broken::OtherCheckpoint);
    let other = journal::SigningKey::generate("portreeve.example/house", [8; 32]).unwrap();
    let known = Known { key: Some(other.public()), checkpoint: None };
    assert_eq!(verify(&ORDER, &known).unwrap_err(), Broken::OtherKey);
}

/// An earlier checkpoint of another history: no dossier is made that claims to go on from it.
#[test]
fn a_journal_that_does_not_begin_with_the_checkpoint_gives_no_dossier() {
    let other = House::new();
    let mut concerns = dossier::Concerns::new(order());
    HOUSE.records().for_each(|one| concerns.learn(one.position, one.at, dossier::choose::read(&one).unwrap().as_ref()));
    concerns.learned();
    let mut choosing = dossier::Choosing::new(concerns, Some(other.checkpoint(20)));
    HOUSE.records().for_each(|one| drop(choosing.next(&one).unwrap()));
    assert_eq!(choosing.finish().unwrap_err(), dossier::NotChosen::Earlier);
}

#[test]
fn names_in_the_list_lead_nowhere_else() {
    for name in ["../x", "a/../b", "/etc/x", "a/b/c", "", ".x", "a/.x", "a b", "a\\b", "a/"] {
        assert!(!contents::is_plain(name), "{name}");
    }
    assert!(contents::is_plain("approvals/apr_1.json") && contents::is_plain("README.txt"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn a_byte_that_is_edited_in_any_file_is_refused(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut files = ORDER.clone();
        let name = files.keys().nth(file.index(ORDER.len())).unwrap().clone();
        let bytes = files.get_mut(&name).unwrap();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        prop_assert!(verified(&files).is_err(), "{name} {at} {byte}");
    }

    /// The same, by whoever has the key and signs the list again; the reading aids are theirs to write.
    #[test]
    fn a_byte_of_the_proofs_that_is_edited_is_refused_though_the_list_is_signed_anew(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut files = ORDER.clone();
        let proofs: Vec<&String> = ORDER.keys().filter(|name| !["index.html", "README.txt", "contents"].contains(&name.as_str())).collect();
        let name = proofs[file.index(proofs.len())].clone();
        let bytes = files.get_mut(&name).unwrap();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        prop_assert!(verified(&sealed_again(files)).is_err(), "{name} {at} {byte}");
    }
}

#[test]
fn a_list_that_names_a_file_twice_or_out_of_order_is_no_list() {
    let list = Contents::open(std::str::from_utf8(&ORDER["contents"]).unwrap(), HOUSE.key.public()).unwrap();
    for edit in
        [|files: &mut Vec<_>| files.swap(0, 1), |files: &mut Vec<(Digest, String)>| files.insert(0, files[0].clone())]
    {
        let mut other = list.clone();
        edit(&mut other.files);
        let text = other.sign(&HOUSE.key).unwrap();
        assert_eq!(Contents::open(&text, HOUSE.key.public()), Err(contents::BadContents::Format));
        let other = Contents { origin: "portreeve.example/other".to_owned(), ..list.clone() };
        assert_eq!(
            Contents::open(&other.sign(&HOUSE.key).unwrap(), HOUSE.key.public()),
            Err(contents::BadContents::Origin)
        );
        // Nor is one with another's signature beside the journal's own.
        let more = format!("{}\u{2014} other AAAA\n", list.sign(&HOUSE.key).unwrap());
        assert!(Contents::open(&more, HOUSE.key.public()).is_err());
    }
}

#[test]
fn the_list_says_the_hash_of_every_file() {
    let list = Contents::open(std::str::from_utf8(&ORDER["contents"]).unwrap(), HOUSE.key.public()).unwrap();
    let all: Vec<&str> = list.files.iter().map(|(_, name)| name.as_str()).collect();
    let there: Vec<&str> = ORDER.keys().map(String::as_str).filter(|name| *name != "contents").collect();
    assert_eq!(all, there);
    assert!(list.files.iter().all(|(sha256, name)| *sha256 == Digest::plain(&ORDER[name])));
}

/// Handed over once, a dossier is checked for years: what was written on 22 November 2026 holds, byte for byte.
#[test]
fn the_golden_dossiers_hold() {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for (name, subject) in [("order", order()), ("change", approval(RELEASED))] {
        let mut files = Files::new();
        for folder in ["", "approvals"] {
            for entry in std::fs::read_dir(golden.join(name).join(folder)).unwrap().map(Result::unwrap) {
                let file = std::path::Path::new(folder).join(entry.file_name()).display().to_string();
                if entry.file_type().unwrap().is_file() {
                    files.insert(file, std::fs::read(entry.path()).unwrap());
                }
            }
        }
        let verified = verified(&files).unwrap();
        assert_eq!((verified.contents.subject, verified.approvals.len()), (subject, 1));
    }
}

#[test]
fn whatever_the_bytes_of_a_file_nothing_breaks() {
    bolero::check!().with_iterations(1_000).for_each(|bytes: &[u8]| {
        for name in ["contents", "events.jsonl", "checkpoint", "journal.vkey", "consistency"] {
            let mut files = ORDER.clone();
            files.insert(name.to_owned(), bytes.to_vec());
            assert!(verified(&files).is_err(), "{name}");
        }
    });
}
