//! `portreeve kill` and `portreeve release`: the kill switch.

use super::client::Client;
use super::say::{line, value};
use super::{Common, Done};
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Level {
    /// One API credential, by name or id
    #[arg(long, value_name = "NAME")]
    credential: Option<String>,
    /// One account, by number
    #[arg(long, value_name = "NUMBER")]
    account: Option<String>,
    /// Everything of the customer
    #[arg(long)]
    customer: bool,
    /// Everything of everyone
    #[arg(long)]
    firm: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Kill {
    #[command(flatten)]
    level: Level,
    /// Also cancel the orders that only reduce a position
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Release {
    #[command(flatten)]
    level: Level,
}

impl Level {
    fn body(&self) -> Value {
        match (&self.credential, &self.account, self.customer) {
            (Some(name), _, _) => json!({ "level": "credential", "target": name }),
            (None, Some(number), _) => json!({ "level": "account", "target": number }),
            (None, None, true) => json!({ "level": "customer" }),
            (None, None, false) => json!({ "level": "firm" }),
        }
    }
}

pub(crate) fn kill(common: &Common, kill: Kill) -> Done {
    let mut body = kill.level.body();
    if let Value::Object(members) = &mut body {
        members.insert("all".to_owned(), Value::Bool(kill.all));
    }
    let answer = Client::new(common)?.post("/v1/kill", Some(&body))?;
    if common.json {
        value(&answer);
        return Ok(());
    }
    line("The kill switch is engaged: nothing that could increase risk is sent any more.");
    if answer.get("durable") != Some(&Value::Bool(true)) {
        line("It could NOT be recorded yet. It acts all the same, and is written as soon as the disk allows.");
    }
    Ok(())
}

pub(crate) fn release(common: &Common, release: Release) -> Done {
    let answer = Client::new(common)?.post("/v1/release", Some(&release.level.body()))?;
    if common.json {
        value(&answer);
        return Ok(());
    }
    if answer.get("released") == Some(&Value::Bool(true)) {
        line("The kill switch is released.");
    }
    if answer.get("rearmed") == Some(&Value::Bool(true)) {
        line("It may trade again after repeated execution.");
    }
    Ok(())
}
