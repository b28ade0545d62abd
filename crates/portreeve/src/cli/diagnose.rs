//! `portreeve diagnose`: what happened, in plain words.

use super::client::{Client, segment};
use super::say::{line, text, value};
use super::tell::Teller;
use super::{Common, Done};
use clap::builder::NonEmptyStringValueParser;
use serde_json::Value;

#[derive(Debug, clap::Args)]
pub(crate) struct Diagnose {
    /// A correlation id, an order, an approval or a credential
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: String,
}

pub(crate) fn run(common: &Common, asked: &Diagnose) -> Done {
    let answer = Client::new(common)?.get(&format!("/v1/diagnose/{}", segment(&asked.id)))?;
    if common.json {
        value(&answer);
        return Ok(());
    }
    line(&format!("{} {}", text(&answer, "kind"), text(&answer, "id")));
    let skipped = text(&answer, "earlier_events_not_shown");
    if skipped != "0" {
        line(&format!("({skipped} earlier events are not shown; see: portreeve journal export)"));
    }
    line("");
    let mut teller = Teller::with_correlations();
    let events = answer.get("events").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    events.iter().for_each(|event| teller.tell(event));
    Ok(())
}
