//! Noise: whatever bytes lie in a body, reading them gives an event or a refusal, never a panic.

use super::{lines, stored};
use kernel::event::Recorded;
use kernel::state::{State, apply};
use serde_json::{Value, json};
use service::codec;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const EACH: Duration = Duration::from_secs(15);

/// Noise that is all refused at its first byte would show nothing.
static READ: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Values that some member somewhere does not expect.
fn odd() -> Vec<Value> {
    let decimals =
        ["0", "-1", "1e5", "NaN", "92233720368.54775807", "-92233720368.54775808", "0.00000001", "", "\u{0}"];
    let most = ["17014118346046923173168.7303715884105727", "-17014118346046923173168.7303715884105728"];
    let words = ["market", "stop_limit", "filled", "firm", "house", "ord_7zzzzzzzzzzzzzzzzzzzzzzzzz", "EUR"];
    let numbers =
        [json!(i64::MAX), json!(i64::MIN), json!(u64::MAX), json!(0), json!(-1), json!(1), json!(2), json!(0.5)];
    let others = [json!(null), json!(true), json!([]), json!({}), json!([[]])];
    decimals.iter().chain(&most).chain(&words).map(|text| json!(text)).chain(numbers).chain(others).collect()
}

/// How many values there are to change: all of them, however deep.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Changes the value that is counted to zero: replaced, or given a member or an item more, or one less.
fn change(value: &mut Value, left: &mut usize, action: u8, odd: &Value) -> bool {
    if *left == 0 {
        match (action % 6, &mut *value) {
            (0, Value::Object(members)) => drop(members.insert("more".to_owned(), odd.clone())),
            (1, Value::Object(members)) => {
                let first = members.keys().next().cloned();
                first.map(|name| members.remove(&name));
            }
            (0, Value::Array(items)) => items.push(odd.clone()),
            (1, Value::Array(items)) => drop(items.pop()),
            _ => *value = odd.clone(),
        }
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| change(item, left, action, odd)),
        Value::Object(members) => members.values_mut().any(|member| change(member, left, action, odd)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// An event as it is read, if it is; what is read is written as the very same bytes.
fn read(body: &[u8], kind: usize) -> Option<Recorded> {
    let read = codec::decode(&stored(body)).ok()?;
    READ[kind].fetch_add(1, Ordering::Relaxed);
    assert_eq!(codec::encode(&read).unwrap().body, body);
    journal::canonical::validate(body).unwrap();
    Some(read)
}

/// Everything a door reads of an order after it was applied.
fn look(state: &State) {
    for order in state.book.orders.values() {
        let _shown = (order.remaining(), order.value(), order.average_price());
    }
}

#[test]
fn bytes_that_are_no_event_are_refused_without_a_panic() {
    let lines = lines();
    bolero::check!().with_test_time(EACH).with_type::<(u16, Vec<(u16, u8)>, Vec<u8>)>().for_each(
        |(seed, bytes, noise)| {
            let mut state = State::default();
            let mut line = lines[usize::from(*seed) % lines.len()].clone();
            for (at, byte) in bytes {
                let at = usize::from(*at) % line.len();
                line[at] = *byte;
            }
            for body in [noise, &line] {
                if let Some(recorded) = read(body, 0) {
                    apply(&mut state, &recorded);
                }
            }
            look(&state);
        },
    );
    assert!(READ[0].load(Ordering::Relaxed) > 0, "nothing was ever read");
}

#[test]
fn any_history_of_disturbed_events_is_applied_without_a_panic() {
    let events: Vec<Value> = lines().iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    let odd = odd();
    let mut all = State::default();
    lines().iter().for_each(|line| apply(&mut all, &codec::decode(&stored(line)).unwrap()));
    bolero::check!().with_test_time(EACH).with_type::<Vec<(u8, [(u8, u8, u8); 2])>>().for_each(|history| {
        let mut state = all.clone();
        for (seed, changes) in history {
            let mut event = events[usize::from(*seed) % events.len()].clone();
            // Mostly one change: two hardly ever leave an event that can be read.
            let both = seed % 4 == 0;
            for (at, action, value) in changes.iter().take(if both { 2 } else { 1 }) {
                let mut left = usize::from(*at) % count(&event);
                change(&mut event, &mut left, *action, &odd[usize::from(*value) % odd.len()]);
            }
            let body = serde_json::to_vec(&event).unwrap();
            if let Some(recorded) = read(&body, 1) {
                apply(&mut state, &recorded);
            }
        }
        look(&state);
    });
    assert!(READ[1].load(Ordering::Relaxed) > 100, "hardly anything was read");
}
