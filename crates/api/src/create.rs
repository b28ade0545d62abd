//! `POST /v1/credentials`: a new API credential, whose listener is open when the answer comes.

use crate::ask::{Body, By, Object};
use crate::credentials::seen;
use crate::problem::Problem;
use crate::secret::WithSecret;
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::guard::Limits;
use kernel::scope::Scopes;
use kernel::time::Timestamp;
use serde::Deserialize;
use service::credential::{self, Wanted};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    name: String,
    /// Read-only unless stated.
    scopes: Option<Scopes>,
    #[serde(default)]
    accounts: Vec<String>,
    #[serde(default)]
    instruments: Vec<String>,
    expires_at: Option<String>,
    #[serde(default)]
    limits: Object<Limits>,
    #[serde(default)]
    allow: Vec<String>,
    listen: Option<String>,
    #[serde(default)]
    cancel_on_disconnect: bool,
    #[serde(default)]
    observe: bool,
    #[serde(default)]
    secret: bool,
}

pub(crate) async fn create(
    State(world): State<Shared>,
    By(by): By,
    Body(body): Body<Create>,
) -> Answer<(StatusCode, Json<WithSecret>)> {
    let actor = world.customer()?;
    let wanted = wanted(body)?;
    whole(async move {
        let hooks = &world.hooks;
        let made = credential::create(&actor, by, &wanted, hooks.own_uid, &hooks.after_credentials_changed).await?;
        let credential = seen(&actor, &made.id.to_string())?;
        Ok((StatusCode::CREATED, Json(WithSecret { credential, secret: made.secret })))
    })
    .await
}

fn wanted(body: Create) -> Answer<Wanted> {
    Ok(Wanted {
        name: body.name,
        scopes: body.scopes,
        accounts: body.accounts,
        instruments: body.instruments,
        expires_at: body.expires_at.as_deref().map(expiry).transpose()?,
        limits: body.limits.0,
        allow: body.allow,
        listen: body.listen,
        cancel_on_disconnect: body.cancel_on_disconnect,
        observe: body.observe,
        secret: body.secret,
    })
}

fn expiry(text: &str) -> Answer<Timestamp> {
    let parsed: jiff::Timestamp = text.parse().map_err(|error| Problem::malformed(&format!("expires_at: {error}")))?;
    Ok(Timestamp(parsed.as_millisecond()))
}
