//! `/v1/credentials/{name}/limits`: what a credential states, replaced as a whole or changed one by one.

use crate::ask::{Body, By, Name};
use crate::credential_view::find;
use crate::credentials::id_of;
use crate::problem::Problem;
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::guard::Limits;
use serde_json::{Map, Value};
use service::actor::CustomerActor;
use service::node::answer;
use std::sync::Arc;

pub(crate) async fn show(State(world): State<Shared>, Name(name): Name) -> Answer<Json<Limits>> {
    let actor = world.customer()?;
    Ok(Json(current(&actor, &name)?))
}

pub(crate) async fn replace(
    State(world): State<Shared>,
    By(by): By,
    Name(name): Name,
    Body(limits): Body<Limits>,
) -> Answer<Json<Limits>> {
    set(world.customer()?, by, name, limits).await
}

/// Members set a limit, `null` removes it, what is not named stays.
pub(crate) async fn change(
    State(world): State<Shared>,
    By(by): By,
    Name(name): Name,
    Body(changes): Body<Map<String, Value>>,
) -> Answer<Json<Limits>> {
    let actor = world.customer()?;
    let mut merged =
        serde_json::to_value(current(&actor, &name)?).map_err(|error| Problem::failed(&error.to_string()))?;
    if let Value::Object(members) = &mut merged {
        members.extend(changes);
    }
    let limits = serde_json::from_value(merged).map_err(|error| Problem::malformed(&error.to_string()))?;
    set(actor, by, name, limits).await
}

fn current(actor: &CustomerActor, name: &str) -> Answer<Limits> {
    Ok(actor.read(|state| find(state, name).map(|credential| credential.limits))?)
}

async fn set(actor: Arc<CustomerActor>, by: Actor, name: String, limits: Limits) -> Answer<Json<Limits>> {
    let id = id_of(&actor, &name)?;
    whole(async move {
        answer(actor.submit(by, Command::SetCredentialLimits { id, limits })).await?;
        Ok(Json(current(&actor, &id.to_string())?))
    })
    .await
}
