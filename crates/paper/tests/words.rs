//! Words: events and state as JSON, exact both ways, decimals as strings.

use paper::{Broker, Event, Kind, Side, Tif, Trail};

use crate::bench::{Bench, number, order};

/// A history in which every kind of event happens.
fn history() -> Bench {
    let mut bench = Bench::funded();
    bench.deposit("USD", "-1");
    bench.send(&paper::Command::OpenAccount { number: "DU1".to_owned(), base_currency: "EUR".to_owned() });
    let cheap = Kind::Limit { limit: number("1.00") };
    bench.submit(&order("a", Side::Buy, 10, Kind::Market));
    bench.submit(&order("a", Side::Buy, 11, Kind::Market));
    let stop = Kind::StopLimit { stop: number("1.00"), limit: number("1.00") };
    bench.submit(&order("b", Side::Buy, 10, stop));
    bench.submit(&order("c", Side::Buy, 0, Kind::Market));
    bench.replace(&order("b", Side::Buy, 12, cheap.clone()));
    bench.replace(&order("a", Side::Buy, 12, Kind::Market));
    bench.cancel("b");
    bench.cancel("b");
    let mut day = order("d", Side::Buy, 10, cheap);
    day.tif = Tif::Day;
    bench.submit(&day);
    let mut parent = order("p", Side::Buy, 10, Kind::Limit { limit: number("2.00") });
    parent.parked = true;
    bench.submit(&parent);
    let mut child = order("q", Side::Sell, 10, Kind::Limit { limit: number("900.00") });
    child.parent = Some("p".to_owned());
    bench.submit(&child);
    for (reference, price) in [("h", Some("1.00")), ("g", None)] {
        let kind = price.map_or(Kind::Market, |price| Kind::Limit { limit: number(price) });
        let mut one = order(reference, Side::Buy, 10, kind);
        one.group = Some(paper::Group { name: "g".to_owned(), cancels: false });
        bench.submit(&one);
    }
    bench.submit(&order("e", Side::Buy, 10, Kind::Trail { by: Trail::Percent(number("5")), stop: None }));
    bench.after(86_400_000);
    bench
}

#[test]
fn every_event_comes_back_from_json_as_the_same_bytes() {
    let bench = history();
    let mut tags = std::collections::BTreeSet::new();
    for event in bench.events.iter().chain(&crate::call::forced()) {
        let text = serde_json::to_string(event).unwrap();
        let back: Event = serde_json::from_str(&text).unwrap();
        assert_eq!(&back, event);
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        tags.insert(value["event"].as_str().unwrap().to_owned());
    }
    assert_eq!(tags.len(), 19, "every kind of event is in the history: {tags:?}");
}

#[test]
fn decimals_are_strings_and_tags_are_words() {
    let bench = history();
    let deposited = serde_json::to_string(&bench.events[1]).unwrap();
    assert_eq!(
        deposited,
        r#"{"event":"deposited","account":"DU1","currency":"USD","amount":"1000000","at":1795529600000}"#
    );
}

#[test]
fn an_unknown_field_is_no_event() {
    let text = r#"{"event":"expired","reference":"a","at":1,"more":2}"#;
    assert!(serde_json::from_str::<Event>(text).is_err());
}

#[test]
fn a_snapshot_comes_back_as_the_same_state() {
    let broker = history().broker;
    let text = serde_json::to_string(&broker).unwrap();
    let back: Broker = serde_json::from_str(&text).unwrap();
    assert_eq!(back, broker);
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
}
