//! `portreeve status`: what stands at this moment.

use super::client::Client;
use super::layout::facts;
use super::say::{money, text, value};
use super::{Common, Done, limit};
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
    let limits: Vec<String> = list("accounts")
        .iter()
        .map(|one| (text(one, "number"), limit::told(one.get("limits"), &text(one, "base_currency"))))
        .filter(|(_, told)| !told.is_empty())
        .map(|(number, told)| format!("{number}: {told}"))
        .collect();
    let kills: Vec<String> = list("kill_switches")
        .iter()
        .map(|one| format!("{} {}", text(one, "level"), text(one, "target")).trim().to_owned())
        .collect();
    let closed: Vec<String> = list("closed_listeners")
        .iter()
        .map(|one| format!("{} at {}: {}", text(one, "credential"), text(one, "listen"), text(one, "why")))
        .collect();
    let size = answer.get("journal").map(|journal| money(journal, "size")).unwrap_or_default();
    facts(&[
        ("accounts", accounts.join(", ")),
        ("their limits", limits.join("; ")),
        ("venue", venue(&answer)),
        ("kill switches engaged", if kills.is_empty() { "none".to_owned() } else { kills.join(", ") }),
        ("credentials", text(&answer, "credentials")),
        ("listeners that are closed", closed.join("; ")),
        ("open orders", text(&answer, "open_orders")),
        ("approvals that wait", text(&answer, "pending_approvals")),
        ("journal", format!("{size} events")),
    ]);
    Ok(())
}

/// Where orders go, and whether they could.
pub(super) fn venue(status: &Value) -> String {
    let lost = status.get("venue_lost") == Some(&Value::Bool(true));
    let more = if lost { ", lost: orders are refused until it is back" } else { "" };
    text(status, "venue") + more
}
