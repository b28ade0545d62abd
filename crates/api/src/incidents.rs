//! `/v1/incidents`: everything that a suspect could do is stopped; what is open, and that one is over.

use crate::ask::{Body, By, Name};
use crate::credentials::id_of;
use crate::problem::Problem;
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use kernel::command::Command;
use kernel::id::IncidentId;
use kernel::incident::{Incident, Suspect, Why, open as found};
use kernel::state;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::node::answer;
use service::words::names::moment;
use service::words::story::suspect;
use std::sync::Arc;

#[derive(Debug, Serialize)]
pub(crate) struct IncidentView {
    id: IncidentId,
    /// Whose doing it may be.
    suspect: String,
    opened_at: String,
    closed_at: Option<String>,
}

fn view(state: &state::State, one: &Incident) -> IncidentView {
    IncidentView {
        id: one.id,
        suspect: suspect(state, one.suspect),
        opened_at: moment(one.opened_at),
        closed_at: one.closed_at.map(moment),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    /// Name or id; without it, all that comes in as the owner.
    credential: Option<String>,
}

/// Nobody at the machine can say which of them it was.
fn owners(state: &state::State) -> Vec<Suspect> {
    let owners = state.customer.people.users.iter().filter(|one| one.role.may_move());
    owners.map(|one| Suspect::User(one.id)).collect()
}

pub(crate) async fn list(State(world): State<Shared>) -> Answer<Json<Vec<IncidentView>>> {
    let actor = world.customer()?;
    Ok(Json(actor.read(|state| state.customer.incidents.iter().rev().map(|one| view(state, one)).collect())))
}

pub(crate) async fn open(State(world): State<Shared>, By(by): By, Body(body): Body<Open>) -> Answer<Json<Value>> {
    let actor = world.customer()?;
    let suspects = match body.credential.as_deref() {
        Some(name) => vec![Suspect::Credential(id_of(&actor, name)?)],
        None => actor.read(owners),
    };
    let Some(first) = suspects.first().copied() else {
        return Err(Problem::malformed("no owner is enrolled: name a credential, or use the kill switch"));
    };
    whole(async move {
        let mut durable = true;
        for suspect in suspects {
            durable &= world.node.contain(&actor, by, suspect, Why::Declared).await?.durable;
        }
        drop((world.hooks.after_credentials_changed)(Arc::clone(&actor)).await);
        let id = actor.read(|state| found(&state.customer.incidents, first).map(|one| one.id));
        Ok(Json(json!({ "id": id, "durable": durable })))
    })
    .await
}

pub(crate) async fn close(State(world): State<Shared>, By(by): By, Name(id): Name) -> Answer<Json<Value>> {
    let actor = world.customer()?;
    let id = IncidentId::parse(&id).map_err(|_| Problem::malformed("that is no id of an incident"))?;
    whole(async move {
        answer(actor.submit(by, Command::CloseIncident { id })).await?;
        Ok(Json(json!({ "closed": true })))
    })
    .await
}
