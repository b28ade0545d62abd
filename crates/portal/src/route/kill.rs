//! `/kill`: one tap, no second factor.

use crate::page::place;
use crate::person::Person;
use crate::route::form::{Form, next};
use crate::route::refused;
use crate::world::Shared;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::id::CredentialId;
use kernel::kill_switch::{Level, Resting};
use serde::Deserialize;
use service::actor::CustomerActor;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engage {
    level: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    stops: String,
    #[serde(default)]
    next: String,
}

/// What a form means by its level and target.
pub fn level(actor: &CustomerActor, level: &str, target: &str) -> Option<Level> {
    match level {
        "customer" if target.is_empty() => Some(Level::Customer),
        "credential" => {
            let id = CredentialId::parse(target).ok()?;
            actor.read(|state| state.customer.credential(id).is_ok()).then_some(Level::Credential(id))
        }
        "account" => {
            let named =
                actor.read(|state| state.customer.accounts.iter().find(|one| one.number == target).map(|one| one.id));
            named.map(Level::Account)
        }
        _other => None,
    }
}

pub async fn engage(State(world): State<Shared>, person: Person, Form(form): Form<Engage>) -> Response {
    let Some(level) = level(&person.actor, &form.level, &form.target) else {
        return refused::malformed(&world, &person.nonce, axum::http::StatusCode::BAD_REQUEST);
    };
    let resting = if form.stops == "cancel" { Resting::CancelAll } else { Resting::KeepProtective };
    let (node, actor, by) = (world.node.clone(), person.actor.clone(), person.by());
    // Carried out to its end, also when the browser has gone.
    let killed = tokio::spawn(async move { node.kill(&actor, by, level, resting).await }).await;
    match killed {
        Ok(Ok(_)) if form.next.is_empty() => Redirect::to(place::LIMITS).into_response(),
        Ok(Ok(_)) => Redirect::to(next(&form.next)).into_response(),
        Ok(Err(no)) => refused::no(&world, &person, &no).await,
        Err(_) => refused::malformed(&world, &person.nonce, axum::http::StatusCode::INTERNAL_SERVER_ERROR),
    }
}
