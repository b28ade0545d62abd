//! `portreeve order`: list, show, cancel.

use super::client::{Client, segment};
use super::layout::{Row, facts, table};
use super::say::{line, moment, money, text, value};
use super::{Common, Done};
use clap::builder::NonEmptyStringValueParser;
use serde_json::Value;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Open orders, those with an unknown outcome included
    List {
        /// Also those that ended today
        #[arg(long)]
        all: bool,
    },
    /// One order, of whatever age
    Show(Which),
    /// Ask the venue to cancel it
    Cancel(Which),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// The order's id, as `portreeve order list` shows it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: String,
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let client = Client::new(common)?;
    let path = |which: &Which, rest: &str| format!("/v1/orders/{}{rest}", segment(&which.id));
    match verb {
        Verb::List { all } => list(common, all, &client.get(&format!("/v1/orders?all={all}"))?),
        Verb::Show(which) => show(common, &client.get(&path(&which, ""))?),
        Verb::Cancel(which) => cancelled(common, &client.post(&path(&which, "/cancel"), None)?),
    }
    Ok(())
}

fn list(common: &Common, all: bool, answer: &Value) {
    if common.json {
        return value(answer);
    }
    let rows = answer.as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        return line(if all { "No order is open, and none ended today." } else { "No order is open." });
    }
    let row = |one: &Value| Row {
        cells: vec![text(one, "id"), standing(one), text(one, "credential"), moment(one, "since")],
        below: vec![format!("{}{}", text(one, "text"), filled(one))],
    };
    table(&["ID", "STATUS", "CREDENTIAL", "SINCE (UTC)"], &rows.iter().map(row).collect::<Vec<_>>());
}

/// Where it stands, as one would say it.
fn standing(one: &Value) -> String {
    let cancelling = one.get("cancel_requested") == Some(&Value::Bool(true));
    match text(one, "status").as_str() {
        "acknowledged" if cancelling => "being cancelled".to_owned(),
        "acknowledged" => "at the venue".to_owned(),
        "unknown" => "outcome unknown".to_owned(),
        other => other.replace('_', " "),
    }
}

fn filled(one: &Value) -> String {
    match text(one, "filled").as_str() {
        "" | "0" => String::new(),
        _ => format!("; filled {} at {}", money(one, "filled"), money(one, "average_price")),
    }
}

fn show(common: &Common, one: &Value) {
    if common.json {
        return value(one);
    }
    facts(&[
        ("id", text(one, "id")),
        ("status", standing(one)),
        ("what", text(one, "text")),
        ("credential", text(one, "credential")),
        ("account", text(one, "account")),
        ("number", format!("{} of client {}", text(one, "order_id"), text(one, "client_id"))),
        ("time in force", text(one, "time_in_force")),
        ("filled", money(one, "filled")),
        ("average price", money(one, "average_price")),
        ("counts", money(one, "value")),
        ("approval", text(one, "approval")),
        ("since (UTC)", moment(one, "since")),
        ("its story", format!("portreeve diagnose {}", text(one, "id"))),
    ]);
}

fn cancelled(common: &Common, one: &Value) {
    if common.json {
        return value(one);
    }
    line(&format!("The cancel of {} is on its way.", text(one, "id")));
    if one.get("durable") != Some(&Value::Bool(true)) {
        line("It could NOT be recorded: check the disk of the data directory.");
    }
}
