//! `/authenticators/totp`: a code generator: its secret is shown once, and bound when a code shows that it arrived.

use crate::page::Nav;
use crate::page::authenticators::{Totp, totp};
use crate::page::part::Refusal as Told;
use crate::person::Person;
use crate::qr;
use crate::route::authenticators::{bound, refuse, shut};
use crate::route::bind::{Secret as Row, bind, may_bind};
use crate::route::form::Form;
use crate::route::sign_in::token;
use crate::route::{framed, refused};
use crate::typed::TOTP;
use crate::world::{Shared, World};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::authenticator::{self, Kind};
use kernel::people;
use kernel::refusal::Refusal;
use serde::Deserialize;
use service::No;
use vault::totp::Secret;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    ceremony: String,
    code: String,
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}

pub async fn begin(State(world): State<Shared>, person: Person) -> Response {
    if let Err(refusal) = may_bind(&person) {
        return shut(&world, &person, refusal).await;
    }
    let made = Secret::random().map_err(|error| No::NotRecorded { why: error.to_string() });
    let (secret, ceremony) = match made.and_then(|secret| Ok((secret, token()?.text().to_string()))) {
        Ok(made) => made,
        Err(no) => return refused::no(&world, &person, &no).await,
    };
    world.memory.begin_app(person.session, ceremony.clone(), secret.clone(), world.now());
    show(&world, &person, &ceremony, &secret, None).await
}

async fn show(world: &World, person: &Person, ceremony: &str, secret: &Secret, refusal: Option<Told>) -> Response {
    let frame = framed::inside(world, person, Nav::Authenticators, "Add an authenticator app", Vec::new()).await;
    let name = frame.signed_in.as_ref().map(|who| who.name.clone()).unwrap_or_default();
    let qr = secret.url(&name).and_then(|url| qr::drawn(&url)).unwrap_or_default();
    let status = if refusal.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let view = Totp { qr, secret: secret.text().to_string(), ceremony: ceremony.to_owned(), refusal };
    (status, totp(&frame, &view)).into_response()
}

pub async fn confirm(State(world): State<Shared>, person: Person, Form(typed): Form<Typed>) -> Response {
    let Some(secret) = world.memory.app(person.session, &typed.ceremony, world.now()) else {
        let stale = Refusal::People(people::Refusal::Authenticator(authenticator::Refusal::EvidenceStale));
        return refuse(&world, &person, StatusCode::CONFLICT, refused::because(stale)).await;
    };
    let step = secret.check(&typed.code, world.now().0, None).ok().and_then(|step| i64::try_from(step).ok());
    let Some(step) = step else {
        let refusal = refused::identity("code_wrong");
        return show(&world, &person, &typed.ceremony, &secret, Some(refusal)).await;
    };
    // The code that was shown here signs nobody in.
    let kind = Kind::Totp { step: Some(step) };
    let done = bind(&world, &person, kind, Some(Row { what: TOTP, plain: secret.bytes() })).await;
    if done.is_ok() {
        world.memory.end_app(person.session);
    }
    bound(&world, &person, done).await
}
