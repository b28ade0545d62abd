//! Exactly: an event that says a word more, or says it otherwise, is refused and named.

use super::{lines, stored};
use serde_json::{Value, json};
use service::codec::{self, CodecError};

/// Every object of the value, however deep, gets a member that nobody knows; one at a time.
fn with_one_more(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            let mut more = members.clone();
            more.insert("zzz_unheard_of".to_owned(), json!(1));
            found.push(Value::Object(more));
            for (name, member) in members {
                found.extend(with_one_more(member).into_iter().map(|inner| {
                    let mut outer = members.clone();
                    outer.insert(name.clone(), inner);
                    Value::Object(outer)
                }));
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                found.extend(with_one_more(item).into_iter().map(|inner| {
                    let mut outer = items.clone();
                    outer[at] = inner;
                    Value::Array(outer)
                }));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    found
}

#[test]
fn a_member_that_nobody_knows_is_refused_wherever_it_stands() {
    let mut tried = 0;
    for line in lines() {
        for more in with_one_more(&serde_json::from_slice(&line).unwrap()) {
            let body = journal::canonical::encode(&more).unwrap();
            let error = codec::decode(&stored(&body)).expect_err(&more.to_string());
            assert!(matches!(error, CodecError::NotExact { .. } | CodecError::Unreadable { .. }), "{error}");
            assert!(error.to_string().starts_with("event 7 (book/golden version 3, "), "{error}");
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn another_spelling_or_order_of_the_same_event_is_refused() {
    for line in lines() {
        let text = String::from_utf8(line.clone()).unwrap();
        let moved = text.replacen("{\"actor\":", "{\"v\":1,\"actor\":", 1).replace(",\"v\":1}", "}");
        let spaced = text.replacen(",\"at\":", ", \"at\":", 1);
        let escaped = text.replacen("\"actor\"", "\"\\u0061ctor\"", 1);
        for other in [moved, spaced, escaped, format!("{text}\n")] {
            assert_ne!(other, text);
            let error = codec::decode(&stored(other.as_bytes())).expect_err(&other);
            assert!(matches!(error, CodecError::NotExact { .. }), "{error}");
        }
    }
}

#[test]
fn an_event_filed_under_another_tag_or_time_or_of_another_format_is_refused() {
    let line = lines().remove(0);
    let mut other = stored(&line);
    other.tag = "order.filled".to_owned();
    assert!(matches!(codec::decode(&other), Err(CodecError::Misfiled { what: "tag", .. })));
    let mut other = stored(&line);
    other.at += 1;
    assert!(matches!(codec::decode(&other), Err(CodecError::Misfiled { what: "time", .. })));
    let text = String::from_utf8(line).unwrap();
    let format = |v: &str| codec::decode(&stored(text.replace("\"v\":1}", v).as_bytes())).unwrap_err();
    assert!(matches!(format("\"v\":2}"), CodecError::Newer { found: 2, position: 7, .. }));
    assert!(matches!(format("\"v\":0}"), CodecError::Unreadable { .. }));
}

#[test]
fn verification_reads_our_streams_and_leaves_those_of_venues_to_them() {
    let broken = |stream: &str| codec::verify(&store::StoredEvent { stream: stream.to_owned(), ..stored(b"{}") });
    assert!(broken("customer/1").is_err() && broken("book/1").is_err() && broken("firm").is_err());
    assert_eq!(broken("paper"), Ok(()));
    for line in lines() {
        assert_eq!(codec::verify(&stored(&line)), Ok(()));
    }
}
