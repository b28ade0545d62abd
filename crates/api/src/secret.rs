//! Secrets of listeners: drawn here, shown once in the answer, stored as a hash.

use crate::ask::{By, Name};
use crate::credential_view::CredentialView;
use crate::credentials::{id_of, seen};
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use kernel::command::Command;
use serde::Serialize;
use service::credential::draw;
use service::node::answer;

/// A credential, and the secret of its listener where one was drawn just now.
#[derive(Serialize)]
pub(crate) struct WithSecret {
    #[serde(flatten)]
    pub credential: CredentialView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A new secret at once; the old one is good for the overlap.
pub(crate) async fn rotate(State(world): State<Shared>, By(by): By, Name(name): Name) -> Answer<Json<WithSecret>> {
    let actor = world.customer()?;
    let id = id_of(&actor, &name)?;
    let (secret, sha256) = draw()?;
    whole(async move {
        answer(actor.submit(by, Command::RotateCredential { id, sha256 })).await?;
        Ok(Json(WithSecret { credential: seen(&actor, &id.to_string())?, secret: Some(secret) }))
    })
    .await
}
