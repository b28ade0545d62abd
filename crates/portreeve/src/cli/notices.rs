//! `portreeve notices`: what could not be delivered to people, and once more.

use super::client::{Client, segment};
use super::layout::{Row, table};
use super::say::{line, moment, text, value};
use super::{Common, Done};
use clap::builder::NonEmptyStringValueParser;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Those that were given up: refused for good, or tried for a day
    Dead,
    /// Try one of them once more
    Retry {
        /// Its id, as `portreeve notices dead` shows it
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: String,
    },
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let client = Client::new(common)?;
    match verb {
        Verb::Dead => {
            let answer = client.get("/v1/notices/dead")?;
            if common.json {
                value(&answer);
                return Ok(());
            }
            let rows = answer.as_array().map_or(&[][..], Vec::as_slice);
            if rows.is_empty() {
                line("No notice was given up.");
                return Ok(());
            }
            let row = |one: &serde_json::Value| Row {
                cells: vec![text(one, "id"), text(one, "carrier"), moment(one, "given_up_at"), text(one, "why")],
                below: vec![text(one, "subject")],
            };
            table(&["ID", "CARRIER", "GIVEN UP (UTC)", "WHY"], &rows.iter().map(row).collect::<Vec<_>>());
        }
        Verb::Retry { id } => {
            let answer = client.post(&format!("/v1/notices/{}/retry", segment(&id)), None)?;
            if common.json {
                value(&answer);
                return Ok(());
            }
            line(&format!("The notice {id} is tried once more."));
        }
    }
    Ok(())
}
