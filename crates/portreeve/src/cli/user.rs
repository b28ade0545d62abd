//! `portreeve user`: who may come in, and who is invited. It looks only: an owner changes it in the portal.

use super::client::Client;
use super::layout::{Row, table};
use super::say::{line, moment, text, value};
use super::{Common, Done};
use serde_json::Value;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Users with their roles, and invitations that wait
    List,
}

pub(crate) fn list(common: &Common) -> Done {
    let answer = Client::new(common)?.get("/v1/users")?;
    if common.json {
        value(&answer);
        return Ok(());
    }
    let all = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (users, invitations) = (all("users"), all("invitations"));
    if users.is_empty() {
        line("Nobody is enrolled. Make a link for the first owner: portreeve owner enrol.");
        return Ok(());
    }
    let user = |one: &Value| Row {
        cells: vec![
            text(one, "id"),
            text(one, "role"),
            moment(one, "since"),
            text(one, "devices"),
            text(one, "authenticators"),
            moment(one, "last_sign_in"),
        ],
        below: Vec::new(),
    };
    let heads = ["ID", "ROLE", "SINCE (UTC)", "DEVICES", "AUTHENTICATORS", "LAST SIGN-IN (UTC)"];
    table(&heads, &users.iter().map(user).collect::<Vec<_>>());
    if invitations.is_empty() {
        return Ok(());
    }
    let invitation = |one: &Value| Row {
        cells: vec![text(one, "id"), text(one, "role"), text(one, "label"), moment(one, "expires_at")],
        below: Vec::new(),
    };
    line("");
    table(&["INVITATION", "ROLE", "FOR", "ENDS (UTC)"], &invitations.iter().map(invitation).collect::<Vec<_>>());
    Ok(())
}
