//! `GET /v1/status`: what stands at this moment, on one page.

use crate::journal_routes::read_head;
use crate::world::{Answer, Closed, Shared};
use axum::Json;
use axum::extract::State;
use kernel::api_credential::{ApiCredential, State as Stored};
use kernel::kill_switch::{Engaged, Level};
use serde_json::{Value, json};
use service::words::names::{account_number, credential_name, moment, word};

pub(crate) async fn status(State(world): State<Shared>) -> Answer<Json<Value>> {
    let head = read_head(&world).await?;
    let actor = world.customer()?;
    let venue = world.node.venue();
    let (venue, venue_lost) = (venue.name(), venue.reach().lost);
    let closed = (world.hooks.closed_listeners)();
    Ok(Json(actor.read(|state| {
        let customer = &state.customer;
        let accounts: Vec<Value> = customer
            .accounts
            .iter()
            .map(|account| {
                json!({
                    "number": account.number,
                    "environment": word(&account.environment),
                    "base_currency": account.base_currency.to_string(),
                    "limits": account.limits,
                })
            })
            .collect();
        let switches: Vec<Value> =
            customer.kills.iter().chain(&state.firm.kills).map(|one| switch(state, one)).collect();
        json!({
            "customer": customer.opened.as_ref().map(|(id, name)| json!({ "id": id.to_string(), "name": name })),
            "accounts": accounts,
            "venue": venue,
            "venue_lost": venue_lost,
            "kill_switches": switches,
            "credentials": customer.programs().filter(|one| one.state != Stored::Revoked).count(),
            "closed_listeners": customer.programs().filter_map(|one| unreached(one, &closed)).collect::<Vec<_>>(),
            "open_orders": state.book.orders.len(),
            "pending_approvals": state.book.pending.len(),
            "journal": { "size": head.size, "root": head.root.to_string() },
        })
    })))
}

/// A credential whose listener is not up: where it should be, and why it is not.
fn unreached(credential: &ApiCredential, closed: &Closed) -> Option<Value> {
    let why = closed.get(&credential.id)?;
    let listen = format!("127.0.0.1:{}", credential.port);
    Some(json!({ "credential": credential.name, "listen": listen, "why": why }))
}

fn switch(state: &kernel::state::State, switch: &Engaged) -> Value {
    let (level, target) = match switch.level {
        Level::Credential(id) => ("credential", Some(credential_name(state, id))),
        Level::Account(id) => ("account", Some(account_number(state, id))),
        Level::Customer => ("customer", None),
        Level::Firm => ("firm", None),
    };
    json!({ "level": level, "target": target, "resting": word(&switch.resting), "at": moment(switch.at) })
}
