//! `/v1/notices`: what could not be delivered, and once more.

use crate::ask::{By, Name};
use crate::problem::Problem;
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use kernel::command::Command;
use kernel::id::NoticeId;
use kernel::notice::{self, Dead};
use kernel::people;
use kernel::state;
use serde_json::{Value, json};
use service::node::answer;
use service::words::names::{moment, user, word};
use service::words::notice::subject;
use service::{No, checkpoints};

fn view(state: &state::State, dead: &Dead) -> Value {
    json!({
        "id": dead.id,
        "subject": subject(dead.kind),
        "to": dead.user.map(|id| user(state, id)),
        "carrier": dead.carrier,
        "why": word(&dead.why),
        "given_up_at": moment(dead.at),
    })
}

/// Of no customer: a checkpoint that did not reach its place.
fn checkpoint(dead: &checkpoints::Dead) -> Value {
    json!({
        "id": dead.id(),
        "subject": format!("Checkpoint of the journal: {} events", dead.size()),
        "to": null,
        "carrier": dead.carrier(),
        "why": word(&dead.why),
        "given_up_at": moment(dead.at),
    })
}

pub(crate) async fn dead(State(world): State<Shared>) -> Answer<Json<Value>> {
    let actor = world.customer()?;
    let view = |state: &state::State| state.customer.people.notices.dead.iter().map(|one| view(state, one)).collect();
    let mut all: Vec<Value> = actor.read(view);
    all.extend(checkpoints::dead(&world.node).await.map_err(unread)?.iter().map(checkpoint));
    Ok(Json(Value::Array(all)))
}

fn unread(why: String) -> No {
    No::NotRecorded { why }
}

pub(crate) async fn retry(State(world): State<Shared>, By(by): By, Name(id): Name) -> Answer<Json<Value>> {
    let actor = world.customer()?;
    let none = || people::Refusal::from(notice::Refusal::NotFound).into();
    let id = NoticeId::parse(&id).map_err(|_| Problem::refusal(&none(), Problem::correlation()))?;
    if checkpoints::retry(&world.node, id).await.map_err(unread)? {
        return Ok(Json(json!({ "id": id, "tried_again": true })));
    }
    let command = Command::People(people::Command::RetryNotice { id });
    whole(async move { Ok(answer(actor.submit(by, command)).await?) }).await?;
    Ok(Json(json!({ "id": id, "tried_again": true })))
}
