//! `/v1/kill` and `/v1/release`: the kill switch at its four levels.

use crate::ask::{Body, By};
use crate::credentials::id_of;
use crate::problem::Problem;
use crate::world::{Answer, Shared, account_id, whole};
use axum::Json;
use axum::extract::State;
use kernel::command::Command;
use kernel::id::CredentialId;
use kernel::kill_switch::{Level, Resting};
use serde::Deserialize;
use serde_json::{Value, json};
use service::actor::CustomerActor;
use service::node::answer;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Words {
    Credential,
    Account,
    Customer,
    Firm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Engage {
    level: Words,
    /// Which credential (name or id) or account (number).
    target: Option<String>,
    /// Also the orders that only reduce a position.
    #[serde(default)]
    all: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Release {
    level: Words,
    target: Option<String>,
}

pub(crate) async fn engage(State(world): State<Shared>, By(by): By, Body(body): Body<Engage>) -> Answer<Json<Value>> {
    let actor = world.customer()?;
    let level = level(&actor, body.level, body.target.as_deref())?;
    let resting = if body.all { Resting::CancelAll } else { Resting::KeepProtective };
    whole(async move {
        let outcome = world.node.kill(&actor, by, level, resting).await?;
        Ok(Json(json!({ "engaged": true, "durable": outcome.durable })))
    })
    .await
}

/// Of a credential this also arms again what repeated execution disarmed: a person has looked.
pub(crate) async fn release(State(world): State<Shared>, By(by): By, Body(body): Body<Release>) -> Answer<Json<Value>> {
    let actor = world.customer()?;
    let level = level(&actor, body.level, body.target.as_deref())?;
    let disarmed = match level {
        Level::Credential(id) => is_disarmed(&actor, id).then_some(id),
        Level::Account(_) | Level::Customer | Level::Firm => None,
    };
    let engaged = actor.read(|state| {
        let kills = if level == Level::Firm { &state.firm.kills } else { &state.customer.kills };
        kills.iter().any(|switch| switch.level == level)
    });
    whole(async move {
        if engaged || disarmed.is_none() {
            answer(actor.submit(by, Command::Release { level })).await?;
        }
        if let Some(credential) = disarmed {
            answer(actor.submit(by, Command::Rearm { credential })).await?;
        }
        Ok(Json(json!({ "released": engaged, "rearmed": disarmed.is_some() })))
    })
    .await
}

fn is_disarmed(actor: &CustomerActor, id: CredentialId) -> bool {
    actor.read(|state| state.standing.credentials.get(id).is_some_and(|row| row.meter.disarmed.is_some()))
}

fn level(actor: &CustomerActor, word: Words, target: Option<&str>) -> Answer<Level> {
    match (word, target) {
        (Words::Credential, Some(name)) => Ok(Level::Credential(id_of(actor, name)?)),
        (Words::Account, Some(number)) => Ok(Level::Account(account_id(actor, number)?)),
        (Words::Customer, None) => Ok(Level::Customer),
        (Words::Firm, None) => Ok(Level::Firm),
        (Words::Credential | Words::Account, None) => Err(Problem::malformed("this level needs a target")),
        (Words::Customer | Words::Firm, Some(_)) => Err(Problem::malformed("this level has no target")),
    }
}
