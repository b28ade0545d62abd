//! `portreeve incident`: stop all that a stolen credential or session could do, and keep it under one name.

use super::client::{Client, segment};
use super::layout::{Row, hanging, table};
use super::say::{line, moment, text, value};
use super::{Common, Done};
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Value, json};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Stop everything at once: orders, sessions, API credentials
    Open {
        /// Only this API credential, by name or id
        #[arg(long, value_name = "NAME")]
        credential: Option<String>,
    },
    /// Those that are open, and the latest that were closed
    List,
    /// Say that one is over; what it stopped stays stopped
    Close {
        /// The incident's id, as `portreeve incident list` shows it
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: String,
    },
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let client = Client::new(common)?;
    match verb {
        Verb::Open { credential } => opened(common, &client.post("/v1/incidents", Some(&body(credential)))?),
        Verb::List => listed(common, &client.get("/v1/incidents")?),
        Verb::Close { id } => {
            let answer = client.post(&format!("/v1/incidents/{}/close", segment(&id)), None)?;
            if common.json {
                value(&answer);
            } else {
                line(&format!("The incident {id} is closed. What it stopped stays stopped until that is released."));
            }
        }
    }
    Ok(())
}

fn body(credential: Option<String>) -> Value {
    credential.map_or_else(|| json!({}), |name| json!({ "credential": name }))
}

fn opened(common: &Common, answer: &Value) {
    if common.json {
        return value(answer);
    }
    if answer.get("durable") != Some(&Value::Bool(true)) {
        let late = "The kill switch acts, but it could NOT be recorded, and sessions and credentials are as they were: open it again.";
        return hanging("", late);
    }
    let told =
        "New orders are stopped, open ones are cancelled, API credentials are suspended and sessions have ended.";
    hanging("", &format!("The incident {} is open. {told}", text(answer, "id")));
    hanging("", &format!("Evidence: portreeve dossier export --incident {} --out DIR.", text(answer, "id")));
    hanging("", "Each thing comes back by a signature of its own, at the portal.");
}

fn listed(common: &Common, answer: &Value) {
    if common.json {
        return value(answer);
    }
    let rows: Vec<Row> = answer.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return line("There is no incident.");
    }
    table(&["ID", "WHOSE DOING IT MAY BE", "OPENED (UTC)", "CLOSED (UTC)"], &rows);
}

fn row(one: &Value) -> Row {
    let closed = if text(one, "closed_at").is_empty() { "open".to_owned() } else { moment(one, "closed_at") };
    Row { cells: vec![text(one, "id"), text(one, "suspect"), moment(one, "opened_at"), closed], below: Vec::new() }
}
