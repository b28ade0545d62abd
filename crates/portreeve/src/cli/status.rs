//! `portreeve status`: what stands at this moment.

use super::client::Client;
use super::say::{facts, text, value};
use super::{Common, Done};
use serde_json::Value;

pub(crate) fn run(common: &Common) -> Done {
    let answer = Client::new(common)?.get("/v1/status")?;
    if common.json {
        value(&answer);
        return Ok(());
    }
    let list = |member: &str| answer.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    let accounts: Vec<String> = list("accounts")
        .iter()
        .map(|one| format!("{} ({}, {})", text(one, "number"), text(one, "environment"), text(one, "base_currency")))
        .collect();
    let kills: Vec<String> = list("kill_switches")
        .iter()
        .map(|one| format!("{} {}", text(one, "level"), text(one, "target")).trim().to_owned())
        .collect();
    facts(&[
        ("accounts", accounts.join(", ")),
        ("venue", text(&answer, "venue")),
        ("kill switches engaged", if kills.is_empty() { "none".to_owned() } else { kills.join(", ") }),
        ("credentials", text(&answer, "credentials")),
        ("open orders", text(&answer, "open_orders")),
        ("approvals that wait", text(&answer, "pending_approvals")),
        ("journal", format!("{} events", answer.pointer("/journal/size").map(Value::to_string).unwrap_or_default())),
    ]);
    Ok(())
}
