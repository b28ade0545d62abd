//! `/v1/credentials`: list, show, suspend, resume, revoke.

use crate::ask::{By, Name};
use crate::credential_view::{CredentialView, find, view};
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use kernel::command::Command;
use kernel::id::CredentialId;
use service::actor::CustomerActor;
use service::node::answer;
use std::sync::Arc;

pub(crate) async fn list(State(world): State<Shared>) -> Answer<Json<Vec<CredentialView>>> {
    let actor = world.customer()?;
    let now = actor.now();
    let all = actor.read(|state| state.customer.programs().map(|one| view(state, one, now)).collect());
    Ok(Json(all))
}

pub(crate) async fn show(State(world): State<Shared>, Name(name): Name) -> Answer<Json<CredentialView>> {
    let actor = world.customer()?;
    Ok(Json(seen(&actor, &name)?))
}

pub(crate) fn seen(actor: &CustomerActor, name: &str) -> Answer<CredentialView> {
    let now = actor.now();
    Ok(actor.read(|state| find(state, name).map(|credential| view(state, credential, now)))?)
}

pub(crate) fn id_of(actor: &CustomerActor, name: &str) -> Answer<CredentialId> {
    Ok(actor.read(|state| find(state, name).map(|credential| credential.id))?)
}

pub(crate) async fn suspend(world: State<Shared>, by: By, name: Name) -> Answer<Json<CredentialView>> {
    let Json(view) = change(world.clone(), by, name, |id| Command::SuspendCredential { id }).await?;
    stopped(&world, view)
}

pub(crate) async fn resume(world: State<Shared>, by: By, name: Name) -> Answer<Json<CredentialView>> {
    change(world, by, name, |id| Command::ResumeCredential { id }).await
}

pub(crate) async fn revoke(world: State<Shared>, by: By, name: Name) -> Answer<Json<CredentialView>> {
    let Json(view) = change(world.clone(), by, name, |id| Command::RevokeCredential { id }).await?;
    stopped(&world, view)
}

/// Its orders go on, and whoever stopped it is told so.
fn stopped(world: &Shared, view: CredentialView) -> Answer<Json<CredentialView>> {
    Ok(Json(world.customer()?.read(|state| view.with_open_orders(state))))
}

async fn change(
    State(world): State<Shared>,
    By(by): By,
    Name(name): Name,
    command: impl FnOnce(CredentialId) -> Command,
) -> Answer<Json<CredentialView>> {
    let actor = world.customer()?;
    let id = id_of(&actor, &name)?;
    let command = command(id);
    whole(async move {
        answer(actor.submit(by, command)).await?;
        settle(&world, &actor).await;
        Ok(Json(seen(&actor, &id.to_string())?))
    })
    .await
}

/// The listeners follow the record; the status tells which could not, and they are tried again.
async fn settle(world: &Shared, actor: &Arc<CustomerActor>) {
    drop((world.hooks.after_credentials_changed)(Arc::clone(actor)).await);
}
