//! `portreeve alert`: what was unusual, and what was done about it.

use super::client::Client;
use super::layout::{Row, table};
use super::say::{line, moment, text, value};
use super::{Common, Done};
use serde_json::Value;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Those that wait for an answer, and the latest that were answered; a person answers at the portal
    List,
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let Verb::List = verb;
    listed(common, &Client::new(common)?.get("/v1/alerts")?);
    Ok(())
}

fn listed(common: &Common, answer: &Value) {
    if common.json {
        return value(answer);
    }
    let rows: Vec<Row> = answer.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return line("There is no alert.");
    }
    table(&["ID", "WHOSE DOING IT LOOKS LIKE", "RAISED (UTC)", "ANSWER"], &rows);
}

fn row(one: &Value) -> Row {
    let said = match one.get("mine").and_then(Value::as_bool) {
        None => "waits",
        Some(true) => "this was me",
        Some(false) => "this was not me",
    };
    let seen = one.get("seen").and_then(Value::as_array).into_iter().flatten();
    let mut below: Vec<String> = seen.map(|sign| format!("{}: {}", text(sign, "what"), text(sign, "usual"))).collect();
    below.push(format!("done: {}", text(one, "done")));
    let cells = vec![text(one, "id"), text(one, "subject"), moment(one, "raised_at"), said.to_owned()];
    Row { cells, below }
}
