//! `/v1/credentials/{name}/limits`, `/v1/accounts/{number}/limits`: shown, replaced as a whole, changed one by one.

use crate::ask::{Body, By, Name};
use crate::credential_view::find;
use crate::credentials::id_of;
use crate::world::{Answer, Shared, account_id, whole};
use axum::Json;
use axum::extract::State;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::guard::Limits;
use kernel::id::{AccountId, CredentialId};
use kernel::refusal::Refusal;
use serde_json::{Map, Value};
use service::actor::CustomerActor;
use service::credential::changed;
use service::node::answer;
use std::sync::Arc;

/// Whose limits: each of the two levels states its own, and the strictest binds.
#[derive(Clone, Copy, Debug)]
enum Of {
    Credential(CredentialId),
    Account(AccountId),
}

fn credential(actor: &CustomerActor, name: &str) -> Answer<Of> {
    Ok(Of::Credential(id_of(actor, name)?))
}

fn account(actor: &CustomerActor, number: &str) -> Answer<Of> {
    Ok(Of::Account(account_id(actor, number)?))
}

pub(crate) async fn show(State(world): State<Shared>, Name(name): Name) -> Answer<Json<Limits>> {
    let actor = world.customer()?;
    Ok(Json(current(&actor, credential(&actor, &name)?)?))
}

pub(crate) async fn replace(
    State(world): State<Shared>,
    by: By,
    Name(name): Name,
    to: Body<Limits>,
) -> Answer<Json<Limits>> {
    let actor = world.customer()?;
    let of = credential(&actor, &name)?;
    set(world, actor, by.0, of, To::Whole(to.0)).await
}

pub(crate) async fn change(
    State(world): State<Shared>,
    by: By,
    Name(name): Name,
    to: Body<Changes>,
) -> Answer<Json<Limits>> {
    let actor = world.customer()?;
    let of = credential(&actor, &name)?;
    set(world, actor, by.0, of, To::Changed(to.0)).await
}

pub(crate) async fn show_account(State(world): State<Shared>, Name(number): Name) -> Answer<Json<Limits>> {
    let actor = world.customer()?;
    Ok(Json(current(&actor, account(&actor, &number)?)?))
}

pub(crate) async fn replace_account(
    State(world): State<Shared>,
    by: By,
    Name(number): Name,
    to: Body<Limits>,
) -> Answer<Json<Limits>> {
    let actor = world.customer()?;
    let of = account(&actor, &number)?;
    set(world, actor, by.0, of, To::Whole(to.0)).await
}

pub(crate) async fn change_account(
    State(world): State<Shared>,
    by: By,
    Name(number): Name,
    to: Body<Changes>,
) -> Answer<Json<Limits>> {
    let actor = world.customer()?;
    let of = account(&actor, &number)?;
    set(world, actor, by.0, of, To::Changed(to.0)).await
}

/// Members set a limit, `null` removes it, what is not named stays.
type Changes = Map<String, Value>;

enum To {
    Whole(Limits),
    Changed(Changes),
}

fn merged(actor: &CustomerActor, of: Of, changes: Changes) -> Answer<Limits> {
    Ok(changed(&current(actor, of)?, changes)?)
}

fn current(actor: &CustomerActor, of: Of) -> Answer<Limits> {
    let stated = actor.read(|state| match of {
        Of::Credential(id) => find(state, &id.to_string()).map(|credential| credential.limits),
        Of::Account(id) => state.customer.account(id).map(|account| account.limits).map_err(Refusal::from),
    });
    Ok(stated?)
}

/// Read, changed and set as one: of two changes at once each is made on what the other left.
async fn set(world: Shared, actor: Arc<CustomerActor>, by: Actor, of: Of, to: To) -> Answer<Json<Limits>> {
    whole(async move {
        let _one = world.limiting.lock().await;
        let limits = match to {
            To::Whole(limits) => limits,
            To::Changed(changes) => merged(&actor, of, changes)?,
        };
        let command = match of {
            Of::Credential(id) => Command::SetCredentialLimits { id, limits },
            Of::Account(id) => Command::SetAccountLimits { id, limits },
        };
        answer(actor.submit(by, command)).await?;
        Ok(Json(current(&actor, of)?))
    })
    .await
}
