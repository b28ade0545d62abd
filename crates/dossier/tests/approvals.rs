//! An approval file is checked by itself; whatever in it is edited, it is refused with a reason.

use crate::house::{GRANTED, House, REFUSED, RELEASED};
use dossier::{ApprovalFile, NotValid, Ungathered, approval, approval_file};
use kernel::digest::Digest;
use kernel::id::ApprovalId;
use kernel::time::Timestamp;
use proptest::prelude::*;
use std::sync::LazyLock;
use vault::webauthn::NotProven;

fn file(id: &str) -> ApprovalFile {
    approval_file(ApprovalId::parse(id).unwrap(), House::new().events().iter()).unwrap()
}

static GOOD: LazyLock<[ApprovalFile; 2]> = LazyLock::new(|| {
    let events = House::new().events();
    [GRANTED, RELEASED].map(|id| approval_file(ApprovalId::parse(id).unwrap(), events.iter()).unwrap())
});

/// PSD2 RTS 5(1)(b): the code is of this order and of no other.
#[test]
fn an_order_and_a_change_are_both_checked_without_a_journal() {
    for file in GOOD.iter() {
        assert_eq!(file.check(), Ok(()));
        let text = file.text().unwrap();
        assert_eq!(ApprovalFile::parse(text.as_bytes()).as_ref(), Ok(file));
        assert!(text.starts_with("{\n  \"asked\": {\n") && text.ends_with("}\n"), "{text}");
    }
    let [order, change] = &*GOOD;
    assert_eq!(
        (order.signed.rp_id.as_str(), order.signed.origin.as_str()),
        ("trade.example", "https://trade.example:4443")
    );
    assert!(change.text().unwrap().contains("\"release\": {"));
}

#[test]
fn who_has_signed_nothing_has_no_file() {
    let events = House::new().events();
    let of = |id: &str| approval_file(ApprovalId::parse(id).unwrap(), events.iter()).unwrap_err();
    assert_eq!(of(REFUSED), Ungathered::NotSigned);
    assert_eq!(of("apr_01m3250v3v0000000000000009"), Ungathered::NotFound);
    let keyless = events.iter().filter(|one| one.event.tag() != "authenticator.bound");
    let id = ApprovalId::parse(GRANTED).unwrap();
    assert_eq!(approval_file(id, keyless).unwrap_err(), Ungathered::Lacking("public key"));
}

type Edit = fn(&mut ApprovalFile);

/// Of a change the journal names no key beside the signature: it is the one whose use has the very challenge.
#[test]
fn the_key_of_a_change_is_the_one_that_signed_it() {
    let mut events = House::new().events();
    let used = events.iter().position(|one| one.event.tag() == "authenticator.used").unwrap();
    let told = serde_json::to_string(&events[used]).unwrap();
    let other = told.replace("aut_01m3250v3v000000000000000c", "aut_01m3250v3v000000000000000d");
    let challenge = GOOD[0].shown.challenge.to_string();
    let signed = told.split("\"challenge\":\"").nth(1).unwrap().split('"').next().unwrap();
    events.insert(0, serde_json::from_str(&other.replace(signed, &challenge)).unwrap());
    let file = approval_file(ApprovalId::parse(RELEASED).unwrap(), events.iter()).unwrap();
    assert_eq!(file.key.authenticator.to_string(), "aut_01m3250v3v000000000000000c");
    assert_eq!(file.check(), Ok(()));
}

/// WS-01, and PSD2 RTS 5(1)(d): order, words, nonce, key, place and time are each part of what was signed.
#[test]
fn each_part_that_is_edited_has_its_reason() {
    let edits: [(Edit, NotValid); 14] = [
        (|one| one.format.push('1'), NotValid::Format),
        (|one| set_price(one, "190.26"), NotValid::Request("bytes")),
        (|one| one.request = dossier::approval::Request::of_order(order(), terms("190.26")), NotValid::Challenge),
        (|one| one.shown.display.push('.'), NotValid::Challenge),
        (|one| one.asked.nonce = Digest::plain(b"other"), NotValid::Challenge),
        (|one| one.shown.challenge = Digest::plain(b"other"), NotValid::Challenge),
        (|one| one.key.algorithm = "eddsa".to_owned(), NotValid::Algorithm),
        (|one| one.key.backup_eligible = true, NotProven::BackupEligibilityChanged.into()),
        (|one| one.signed.origin = "https://trade.example".to_owned(), NotProven::WrongOrigin.into()),
        (|one| one.shown.authenticator_data.replace_range(..1, "A"), NotProven::WrongRelyingParty.into()),
        (|one| one.shown.signature = file(GRANTED).shown.signature, NotProven::BadSignature.into()),
        (|one| (one.signed.at, one.settled.at) = (one.asked.expires_at, one.asked.expires_at), NotValid::Time),
        (|one| one.signed.at = Timestamp(one.asked.at.0 - 1), NotValid::Time),
        (|one| one.settled.at = Timestamp(one.signed.at.0 - 1), NotValid::Time),
    ];
    for (edit, reason) in edits {
        let mut edited = GOOD[0].clone();
        edit(&mut edited);
        assert_eq!(edited.check(), Err(reason));
    }
}

fn order() -> kernel::id::OrderId {
    kernel::id::OrderId::parse(crate::house::ORDER).unwrap()
}

fn terms(price: &str) -> kernel::order::Terms {
    let approval::Request::Order { terms, .. } = &GOOD[0].request else { panic!("no order") };
    let mut terms = terms.clone();
    terms.kind = kernel::order::Kind::Limit { price: kernel::money::Price::parse(price).unwrap() };
    terms
}

fn set_price(file: &mut ApprovalFile, price: &str) {
    let new = terms(price);
    if let approval::Request::Order { terms, .. } = &mut file.request {
        *terms = new;
    }
}

#[test]
fn what_is_unknown_doubled_or_written_otherwise_is_refused() {
    let text = GOOD[0].text().unwrap();
    for (from, to) in [
        ("\"format\"", "\"more\": 1,\n  \"format\""),
        ("\"terms\": {", "\"terms\": {\n        \"a\": 1,"),
        ("\"format\":", "\"format\": \"x\",\n  \"format\":"),
        ("\n  \"asked\"", "\n   \"asked\""),
        ("\"buy\"", "\"\\u0062uy\""),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text);
        let refused = ApprovalFile::parse(edited.as_bytes());
        assert!(matches!(refused, Err(NotValid::Unreadable(_) | NotValid::Spelling { .. })), "{from}: {refused:?}");
    }
    let long = vec![b' '; approval::MAX_BYTES + 1];
    assert_eq!(ApprovalFile::parse(&long), Err(NotValid::TooLarge));
}

/// The Python of docs/dossier.md, over the readable request: `portreeve/order/v1`, a line a field, and its length before.
#[test]
fn the_bytes_of_an_order_are_the_lines_that_the_page_says() {
    let approval::Request::Order { bytes, digest, .. } = &GOOD[0].request else { panic!("no order") };
    let lines = "portreeve/order/v1\naccount=acc_01m3250v3v0000000000000002\ncontract=265598\nsymbol=AAPL\ncurrency=USD\nside=buy\n\
                 order_qty=500\nord_type=limit\nprice=190.25\nstop_px=\ntime_in_force=day\noutside_hours=false\nlabel=strategy 1\n";
    let framed = [&(lines.len() as u64).to_be_bytes()[..], lines.as_bytes()].concat();
    let hex: String = framed.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((bytes, digest), (&hex, &Digest::plain(&framed)));
}

/// Of JSON: a path and a text for what is no list and no object, or an empty one. As docs/dossier.md says it.
fn leaves(value: &serde_json::Value, path: &str, found: &mut Vec<[String; 2]>) {
    use serde_json::Value as V;
    match value {
        V::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, one)| leaves(one, &format!("{path}/{name}"), found));
        }
        V::Array(items) if !items.is_empty() => {
            items.iter().zip(0..).for_each(|(one, n)| leaves(one, &format!("{path}/{n}"), found));
        }
        V::String(text) => found.push([path.to_owned(), text.clone()]),
        other => found.push([path.to_owned(), other.to_string()]),
    }
}

/// Every kind of change that was ever recorded: whoever has its JSON works out its bytes.
#[test]
fn the_bytes_of_a_change_are_the_leaves_of_its_json() {
    let golden = include_str!("../../service/tests/golden/v1.jsonl");
    let asked = golden.lines().filter_map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event.pointer("/event/change/asked/asked/change").cloned()
    });
    let mut kinds = std::collections::BTreeSet::new();
    for json in asked {
        let change: kernel::change::Change = serde_json::from_value(json.clone()).unwrap();
        let mut found = Vec::new();
        leaves(&json, "", &mut found);
        found.sort();
        let parts: Vec<&[u8]> = found.iter().flatten().map(|part| part.as_bytes()).collect();
        let expected = Digest::framed(&[&[&b"portreeve/change/v1"[..]], &parts[..]].concat());
        let approval::Request::Change { bytes, .. } = approval::Request::of_change(change) else { panic!("no change") };
        assert_eq!(bytes, expected.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), "{json}");
        kinds.extend(json.as_object().unwrap().keys().cloned());
    }
    assert!(kinds.len() >= 6, "{kinds:?}");
}

fn holds(bytes: &[u8]) -> bool {
    ApprovalFile::parse(bytes).is_ok_and(|file| file.check().is_ok())
}

/// What no signature covers, and only a dossier's proofs show: who, when, and how it was settled.
fn told_only(good: &ApprovalFile, bytes: &[u8]) -> bool {
    let Ok(mut file) = ApprovalFile::parse(bytes) else { return false };
    file.id = good.id;
    file.asked = good.asked.clone();
    file.signed = good.signed.clone();
    file.settled = good.settled.clone();
    file.key.authenticator = good.key.authenticator;
    file.key.bound_at = good.key.bound_at;
    file.key.credential_id = good.key.credential_id.clone();
    if let (approval::Request::Order { id, .. }, approval::Request::Order { id: own, .. }) =
        (&mut file.request, &good.request)
    {
        *id = *own;
    }
    // The asset class is told by the contract, which is signed.
    if let (approval::Request::Order { terms, .. }, approval::Request::Order { terms: own, .. }) =
        (&mut file.request, &good.request)
    {
        terms.instrument.class = own.instrument.class;
    }
    file == *good
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn a_byte_that_is_edited_anywhere_is_refused_or_was_never_signed(which in 0_usize..2, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let good = &GOOD[which];
        let mut bytes = good.text().unwrap().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        prop_assert!(!holds(&bytes) || told_only(good, &bytes));
    }
}

#[test]
fn whatever_the_bytes_nothing_is_taken_for_an_approval_and_nothing_breaks() {
    let good = GOOD[0].text().unwrap();
    bolero::check!().with_iterations(2_000).for_each(|bytes: &[u8]| {
        assert!(!holds(bytes));
        let at = bytes.first().map_or(0, |byte| usize::from(*byte) * good.len() / 256);
        let spliced = [good.as_bytes().split_at(at).0, bytes].concat();
        assert!(!holds(&spliced));
    });
}

/// Every order that was ever recorded, in each form: whoever has its JSON works out its digest as docs/dossier.md does.
#[test]
fn the_digest_of_an_order_is_what_the_page_works_out() {
    let page = include_str!("../../../docs/dossier.md");
    let program = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let example = include_str!("../../../examples/verify_dossier.py");
    assert!(example.lines().count() <= 100, "it is to be read in one sitting");
    let works_out = |line: &&str| ["terms |=", "names", "version"].iter().any(|word| line.starts_with(word));
    for line in program.lines().filter(works_out) {
        assert!(example.contains(line.trim()), "the example works it out in another way: {line}");
    }
    let golden = include_str!("../../service/tests/golden/v1.jsonl");
    let path = std::env::temp_dir().join(format!("portreeve-terms-{}.json", std::process::id()));
    let mut forms = std::collections::BTreeSet::new();
    for line in golden.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let kinds = ["held", "admitted", "refused"];
        let asked = kinds.iter().find_map(|kind| event.pointer(&format!("/event/order/{kind}/ask/terms")));
        let Some(json) = asked else { continue };
        let terms: kernel::order::Terms = serde_json::from_value(json.clone()).unwrap();
        let file = serde_json::json!({ "request": { "order": { "terms": json } } });
        std::fs::write(&path, file.to_string()).unwrap();
        let ran = std::process::Command::new("python3").args(["-c", program]).arg(&path).output().unwrap();
        let told = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(told.trim(), terms.digest().to_string(), "{json}: {}", String::from_utf8_lossy(&ran.stderr));
        forms.insert(terms.canonical().lines().next().unwrap().to_owned());
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(forms.len(), 3, "{forms:?}");
}
