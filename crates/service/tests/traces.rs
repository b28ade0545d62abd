//! Traces: the way of each order, step by step, told once whatever becomes of it; and what must never be in one.

use crate::world::{ACCOUNT, World};
use kernel::command::{Command, Report};
use kernel::kill_switch::{Level, Resting};
use kernel::order::ClientRef;
use kernel::working::Ended;
use notify::otlp::{Kind, Span, Value};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use service::Traces;
use service::traces::Spans;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use store::{Fault, StoreError};

/// A world of which somebody collects the traces; what came of making it is forgotten.
fn world() -> (World, Spans, Traces) {
    let (traces, mut spans) = Traces::recorded();
    let world = World::traced(false, traces.clone());
    while spans.try_next().is_some() {}
    (world, spans, traces)
}

fn all(spans: &mut Spans) -> Vec<Span> {
    std::iter::from_fn(|| spans.try_next()).collect()
}

fn said(span: &Span) -> BTreeMap<&str, String> {
    let told = |(key, value): &(&'static str, Value)| match value {
        Value::Text(text) => (*key, text.clone()),
        Value::Whole(number) => (*key, number.to_string()),
    };
    let said: BTreeMap<&str, String> = span.said.iter().map(told).collect();
    assert_eq!(said.len(), span.said.len(), "one thing is said twice");
    said
}

/// One whole trace: its steps are inside the first, in their order, and of one kind of id.
fn one(spans: &mut Spans) -> (Vec<&'static str>, Span) {
    let mut told = all(spans);
    let root = told.pop().expect("the whole is told last");
    let ids: BTreeSet<u64> = told.iter().chain([&root]).map(|span| span.id).collect();
    assert_eq!((ids.len(), root.parent, root.kind), (told.len() + 1, None, Kind::Server));
    let mut before = root.start;
    for step in &told {
        assert_eq!((step.trace, step.parent), (root.trace, Some(root.id)));
        assert!(before <= step.start && step.start <= step.end && step.end <= root.end, "{step:?} in {root:?}");
        before = step.end;
    }
    (told.iter().map(|span| span.name).collect(), root)
}

fn counted(traces: &Traces, name: &str) -> u64 {
    let (mut registry, mut text) = (Registry::default(), String::new());
    traces.register(&mut registry);
    encode(&mut text, &registry).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    line.trim_start_matches("_total").trim().parse().unwrap()
}

#[test]
fn the_way_of_an_order_goes_from_the_door_to_the_answer_of_the_venue() {
    let (mut world, mut spans, _) = world();
    let mut answer = world.place("1");
    world.write_all();
    assert!(all(&mut spans).is_empty(), "it is on its way");
    world.send_all();
    let id = world.open()[0];
    world.venue_says(Report::Acknowledged { id, venue_ref: "77".to_owned() });
    world.write_all();
    let (steps, root) = one(&mut spans);
    assert_eq!((steps, root.name), (vec!["decide", "commit", "send", "venue"], "order"));
    let expected = [
        ("portreeve.door", "gateway".to_owned()),
        ("portreeve.customer", world.actor.id.to_string()),
        ("portreeve.credential", world.credential.to_string()),
        ("portreeve.order", id.to_string()),
        ("portreeve.outcome", "admitted".to_owned()),
        ("portreeve.venue", "acknowledged".to_owned()),
    ];
    assert_eq!((said(&root), root.failed), (BTreeMap::from(expected), false));
    // By the number that the journal has it under.
    let recorded = answer.try_recv().unwrap().unwrap();
    assert_eq!(root.trace, recorded[0].correlation.bits());
}

#[test]
fn a_refusal_is_told_by_its_code_and_is_no_failure() {
    let (mut world, mut spans, _) = world();
    drop(world.place("1000"));
    world.write_all();
    let (steps, root) = one(&mut spans);
    assert_eq!((steps, root.failed), (vec!["decide", "commit"], false));
    let told = said(&root);
    assert_eq!((told["portreeve.outcome"].as_str(), told["portreeve.refusal"].as_str()), ("refused", "order_value"));
    assert!(!told.contains_key("portreeve.venue"));
}

#[test]
fn what_could_not_be_recorded_is_a_failure_and_says_so() {
    let (mut world, mut spans, _) = world();
    world.store.fail_next(Fault::Before(StoreError::Full));
    drop(world.place("1"));
    world.write_all();
    let (steps, root) = one(&mut spans);
    assert_eq!((steps, root.failed), (vec!["decide", "commit"], true));
    assert_eq!(said(&root)["portreeve.outcome"], "not_recorded");
}

#[test]
fn the_transaction_is_in_the_commit_and_not_longer_than_it() {
    let (mut world, mut spans, _) = world();
    drop(world.place("1000"));
    world.write_all();
    let told = all(&mut spans);
    let commit = told.iter().find(|span| span.name == "commit").unwrap();
    let store: u64 = said(commit)["portreeve.store_us"].parse().unwrap();
    assert!(store <= (commit.end - commit.start) / 1_000, "{commit:?}");
}

#[test]
fn an_order_that_a_kill_takes_back_ends_there_and_a_kill_has_a_way_of_its_own() {
    let (mut world, mut spans, _) = world();
    drop(world.place("1"));
    world.write_all();
    world.done(Command::Engage { level: Level::Customer, resting: Resting::CancelAll }).unwrap();
    let told = all(&mut spans);
    let named = |name: &str| told.iter().find(|span| span.name == name && span.parent.is_none()).unwrap();
    assert_eq!(said(named("order"))["portreeve.outcome"], "admitted");
    assert!(!told.iter().any(|span| span.name == "send"), "it never left");
    assert_eq!(said(named("kill"))["portreeve.outcome"], "engaged");
    assert_eq!(said(named("kill"))["portreeve.door"], "local");
}

#[test]
fn a_cancel_and_the_end_of_what_it_cancels() {
    let (mut world, mut spans, _) = world();
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    let id = world.open()[0];
    let client_ref = ClientRef { client_id: 1, order_id: world.number };
    let by = kernel::actor::Actor::Credential(world.credential);
    drop(world.actor.submit(by, Command::Cancel { client_ref }));
    world.write_all();
    world.send_all();
    world.venue_says(Report::Ended { id, how: Ended::Cancelled, text: "by 10.1.2.3".to_owned() });
    world.write_all();
    let told = all(&mut spans);
    let roots: Vec<_> = told.iter().filter(|span| span.parent.is_none()).collect();
    let words: BTreeSet<_> = roots.iter().map(|root| (root.name, said(root)["portreeve.venue"].clone())).collect();
    assert_eq!(words, BTreeSet::from([("cancel", "ended".to_owned()), ("order", "ended".to_owned())]));
    assert!(!format!("{told:?}").contains("10.1.2.3"), "what the venue says in words stays in the journal");
}

#[test]
fn a_venue_that_takes_nothing_keeps_the_way_open_and_its_end_is_told_all_the_same() {
    let (mut world, mut spans, traces) = world();
    world.wire.down.store(true, Ordering::SeqCst);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    assert!(all(&mut spans).is_empty());
    // At the end of the process, with nobody who would take it: within the time that is given.
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(traces.close(Duration::from_millis(1)));
    assert!(begun.elapsed() < Duration::from_secs(5));
    let (steps, root) = one(&mut spans);
    assert_eq!((steps, said(&root)["portreeve.venue"].as_str()), (vec!["decide", "commit", "send"], "unanswered"));
}

#[test]
fn while_nobody_takes_them_spans_are_dropped_and_counted_and_every_order_goes_on() {
    let (mut world, mut spans, traces) = world();
    for _ in 0..5_000 {
        let mut answer = world.place("1000");
        world.write_all();
        assert_eq!(answer.try_recv().unwrap().unwrap_err().code(), "order_value");
    }
    let mut answer = world.place("1");
    world.write_all();
    world.send_all();
    assert!(answer.try_recv().unwrap().is_ok());
    assert_eq!(world.wire.submitted().len(), 1);
    let (kept, dropped) = (all(&mut spans).len() as u64, counted(&traces, "trace_spans_dropped"));
    assert_eq!(kept, 8_192);
    // Two of each refusal at least: the decision, and the whole.
    assert!(dropped >= 10_000 - kept, "{dropped}");
    assert_eq!(counted(&traces, "trace_spans_exported"), 0);
}

#[test]
fn what_nobody_asked_to_be_traced_is_not_and_nothing_that_names_anybody_is_told() {
    let (mut world, mut spans, _) = world();
    let (user, owner) = world.owner();
    world.done(Command::RevokeCredential { id: world.credential }).unwrap_or_default();
    assert!(all(&mut spans).is_empty());
    let (mut world, mut spans, _) = self::world();
    for quantity in ["1", "200", "1000"] {
        drop(world.place(quantity));
        world.write_all();
        world.send_all();
    }
    for id in world.open() {
        world.fill(Some(id), &id.to_string());
    }
    world.write_all();
    let told = all(&mut spans);
    let known = [
        "portreeve.door",
        "portreeve.customer",
        "portreeve.credential",
        "portreeve.order",
        "portreeve.outcome",
        "portreeve.refusal",
        "portreeve.venue",
        "portreeve.tries",
        "portreeve.store_us",
    ];
    for span in &told {
        assert!(said(span).keys().all(|key| known.contains(key)), "{span:?}");
    }
    // What is drawn and what the clock says can have any figures in it.
    let plain = |span: &Span| Span { trace: 0, id: 0, parent: None, start: 0, end: 0, ..span.clone() };
    let text = format!("{:?}", told.iter().map(plain).collect::<Vec<_>>());
    let (user, by) = (user.to_string(), format!("{owner:?}"));
    for name in [ACCOUNT, "\"X\"", "bot", "Limit", "Buy", "USD", "90.0", "10000", user.as_str(), by.as_str()] {
        assert!(!text.contains(name), "{name} is told: {text}");
    }
}
