//! `portreeve approval`: what waits for a person, and the answer.

use super::client::{Client, segment};
use super::layout::{Row, facts, table};
use super::say::{line, moment, text, value};
use super::{Common, Done, approval_file};
use clap::builder::NonEmptyStringValueParser;
use serde_json::Value;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Held orders that wait for an answer
    List {
        /// The ids alone, one a line
        #[arg(long, short)]
        quiet: bool,
    },
    /// One of them, waiting or settled
    Show {
        #[command(flatten)]
        which: Which,
        /// Write what was signed, and all that its signature rests on, to this file; needs no server
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Let it go to the venue, if the guard of this moment admits it
    Grant(Which),
    /// End it
    Refuse(Which),
    /// Check a signed approval that was written to a file; needs no server and no data directory
    Verify {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// The approval's id, as `portreeve approval list` shows it
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: String,
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    if let Verb::Verify { file } = &verb {
        return approval_file::verify(common, file);
    }
    if let Verb::Show { which, file: Some(file) } = &verb {
        return approval_file::write(common, &which.id, file);
    }
    let client = Client::new(common)?;
    let path = |which: &Which, rest: &str| format!("/v1/approvals/{}{rest}", segment(&which.id));
    match verb {
        Verb::List { quiet } => list(common, quiet, &client.get("/v1/approvals")?),
        Verb::Show { which, .. } => show(common, &client.get(&path(&which, ""))?),
        Verb::Grant(which) => answered(common, &client.post(&path(&which, "/grant"), None)?, "granted"),
        Verb::Refuse(which) => answered(common, &client.post(&path(&which, "/refuse"), None)?, "refused"),
        Verb::Verify { .. } => {}
    }
    Ok(())
}

fn list(common: &Common, quiet: bool, answer: &Value) {
    if common.json {
        return value(answer);
    }
    let rows = answer.as_array().map_or(&[][..], Vec::as_slice);
    if quiet {
        return rows.iter().for_each(|one| line(&text(one, "id")));
    }
    if rows.is_empty() {
        return line("Nothing waits for an approval.");
    }
    let row = |one: &Value| Row {
        cells: vec![text(one, "id"), text(one, "credential"), moment(one, "expires_at")],
        below: vec![what(one)],
    };
    table(&["ID", "ASKED BY", "TIMES OUT (UTC)"], &rows.iter().map(row).collect::<Vec<_>>());
}

/// The account is left out where the order is not known any more.
fn what(one: &Value) -> String {
    match text(one, "account").as_str() {
        "" => text(one, "text"),
        account => format!("{}, on {account}", text(one, "text")),
    }
}

fn show(common: &Common, one: &Value) {
    if common.json {
        return value(one);
    }
    facts(&[
        ("id", text(one, "id")),
        ("state", text(one, "state").replace('_', " ")),
        ("what", text(one, "text")),
        ("asked by", text(one, "credential")),
        ("account", text(one, "account")),
        ("order", text(one, "order")),
        ("asked (UTC)", moment(one, "asked_at")),
        ("times out (UTC)", moment(one, "expires_at")),
        ("digest", text(one, "request")),
        ("takes", takes(one)),
    ]);
}

fn takes(one: &Value) -> String {
    if one.get("takes_two") != Some(&Value::Bool(true)) {
        return "one approver".to_owned();
    }
    let signed = text(one, "signed_by");
    let so_far = if signed.is_empty() { "nobody has signed".to_owned() } else { format!("{signed} has signed") };
    format!("two approvers, or a device-bound key; {so_far}")
}

fn answered(common: &Common, one: &Value, did: &str) {
    if common.json {
        return value(one);
    }
    let order = text(one, "order");
    line(&format!("{did}: {} by {}", text(one, "id"), text(one, "by")));
    line(&format!("order {order}: {}", text(one, "order_status").replace('_', " ")));
}
