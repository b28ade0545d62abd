//! `portreeve order`: list, show, cancel.

use super::client::{Client, segment};
use super::say::{facts, line, moment, table, text, value};
use super::{Common, Done};
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
    id: String,
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let client = Client::new(common)?;
    let path = |which: &Which, rest: &str| format!("/v1/orders/{}{rest}", segment(&which.id));
    match verb {
        Verb::List { all } => list(common, &client.get(&format!("/v1/orders?all={all}"))?),
        Verb::Show(which) => show(common, &client.get(&path(&which, ""))?),
        Verb::Cancel(which) => cancelled(common, &client.post(&path(&which, "/cancel"), None)?),
    }
    Ok(())
}

fn list(common: &Common, answer: &Value) {
    if common.json {
        return value(answer);
    }
    let rows = answer.as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        return line("No order is open.");
    }
    let row = |one: &Value| {
        vec![
            text(one, "id"),
            text(one, "status"),
            text(one, "credential"),
            text(one, "text"),
            text(one, "filled"),
            text(one, "average_price"),
        ]
    };
    table(&["ID", "STATUS", "CREDENTIAL", "WHAT", "FILLED", "AT"], &rows.iter().map(row).collect::<Vec<_>>());
}

fn show(common: &Common, one: &Value) {
    if common.json {
        return value(one);
    }
    facts(&[
        ("id", text(one, "id")),
        ("status", text(one, "status")),
        ("what", text(one, "text")),
        ("credential", text(one, "credential")),
        ("account", text(one, "account")),
        ("number", format!("{} of client {}", text(one, "order_id"), text(one, "client_id"))),
        ("time in force", text(one, "time_in_force")),
        ("filled", text(one, "filled")),
        ("average price", text(one, "average_price")),
        ("counts", text(one, "value")),
        ("approval", text(one, "approval")),
        ("since (UTC)", moment(one, "since")),
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
