//! `portreeve credential usage`: what an API credential used of each limit at most, and what twice of that would be.

use super::client::{Client, segment};
use super::layout::{Row, hanging, table};
use super::limit::{self, KEYS};
use super::say::{line, moment, text, value};
use super::{Common, Done};
use serde_json::{Map, Value};

const NOTHING: &str = "-";

pub(crate) fn run(common: &Common, client: &Client, name: &str, days: u8) -> Done {
    let path = format!("/v1/credentials/{}", segment(name));
    let usage = client.get(&format!("{path}/usage?days={days}"))?;
    if common.json {
        value(&usage);
        return Ok(());
    }
    let credential = client.get(&path)?;
    let member = |of: &Value, member: &str| of.get(member).and_then(Value::as_object).cloned().unwrap_or_default();
    let (most, twice) = (member(&usage, "most"), member(&usage, "twice"));
    line(&format!(
        "{} since {} (UTC): {} orders",
        text(&credential, "name"),
        moment(&usage, "since"),
        text(&usage, "orders")
    ));
    if !most.is_empty() {
        hanging("", &format!("Instruments: {}", text(&usage, "instruments")));
        line("");
        figures(&most, &member(&credential, "limits"), &text(&credential, "base_currency"));
    }
    codes("Refused:", &member(&usage, "refused"));
    codes("Observe mode: what would have been refused, and was not:", &member(&usage, "would_refuse"));
    if !twice.is_empty() {
        line("");
        line("Limits with room for twice of that:");
        let words: Vec<String> = KEYS.iter().filter_map(|key| twice.get(*key).map(|one| word(key, one))).collect();
        hanging("  ", &format!("portreeve limit set {} {}", text(&credential, "name"), words.join(" ")));
    }
    Ok(())
}

fn word(key: &str, value: &Value) -> String {
    format!("{key}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn figures(most: &Map<String, Value>, stated: &Map<String, Value>, currency: &str) {
    let told = |key: &str, of: &Map<String, Value>| {
        of.get(key).map_or_else(|| NOTHING.to_owned(), |one| limit::amount(key, one, currency))
    };
    let row =
        |key: &&str| Row { cells: vec![key.replace('_', " "), told(key, most), told(key, stated)], below: Vec::new() };
    let rows: Vec<Row> = KEYS.iter().filter(|key| most.contains_key(**key)).map(row).collect();
    table(&["LIMIT", "USED AT MOST", "STATED"], &rows);
}

/// The most frequent first.
fn codes(head: &str, met: &Map<String, Value>) {
    if met.is_empty() {
        return;
    }
    line("");
    line(head);
    let times = |one: &Value| one.get("times").and_then(Value::as_u64).unwrap_or(0);
    let mut all: Vec<_> = met.iter().collect();
    all.sort_by_key(|(_, one)| std::cmp::Reverse(times(one)));
    let row = |(code, one): &(&String, &Value)| Row {
        cells: vec![(*code).clone(), times(one).to_string(), moment(one, "last")],
        below: Vec::new(),
    };
    table(&["CODE", "TIMES", "LAST (UTC)"], &all.iter().map(row).collect::<Vec<_>>());
}
