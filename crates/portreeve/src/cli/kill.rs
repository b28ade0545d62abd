//! `portreeve kill` and `portreeve release`: the kill switch.

use super::client::Client;
use super::layout::hanging;
use super::say::{line, value};
use super::{Common, Done};
use serde_json::{Value, json};

const KEPT: &str = "Open orders are cancelled, but for those that only reduce a position.";

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
    /// Whose switch it is, in words.
    fn whose(&self) -> String {
        match (&self.credential, &self.account, self.customer) {
            (Some(name), _, _) => format!("the credential {name}"),
            (None, Some(number), _) => format!("the account {number}"),
            (None, None, true) => "the customer".to_owned(),
            (None, None, false) => "the firm".to_owned(),
        }
    }
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
    let kept = if kill.all { "All its open orders are cancelled." } else { KEPT };
    let whose = kill.level.whose();
    hanging(
        "",
        &format!("The kill switch of {whose} is engaged: nothing that could increase risk is sent any more. {kept}"),
    );
    if answer.get("durable") != Some(&Value::Bool(true)) {
        let late = "It could NOT be recorded yet. It acts all the same, and is written as soon as the disk allows.";
        hanging("", late);
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
        line(&format!("The kill switch of {} is released.", release.level.whose()));
    }
    if answer.get("rearmed") == Some(&Value::Bool(true)) {
        line("It may trade again after repeated execution.");
    }
    Ok(())
}
