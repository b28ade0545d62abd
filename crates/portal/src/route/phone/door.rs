//! `/m/sign-in`: a phone that is paired is unlocked with a passkey; and that a phone was wiped is told once.

use crate::page::phone::door::{self, Receipt, Unlock};
use crate::page::place;
use crate::protect::Nonce;
use crate::prove::{self, Signed};
use crate::route::form::Form;
use crate::route::framed::{on_a_phone, told};
use crate::route::refused;
use crate::route::sign_in::begin;
use crate::visit::Visit;
use crate::world::{Shared, World};
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::device::Device;
use kernel::session::Interface;
use serde::Deserialize;
use service::No;
use service::actor::CustomerActor;
use service::words::story;
use std::net::SocketAddr;
use vault::webauthn::{Asked, Purpose};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reason {
    reason: String,
}

pub async fn page(
    State(world): State<Shared>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    reason: Result<Query<Reason>, QueryRejection>,
) -> Response {
    let reason = reason.map(|Query(reason)| reason.reason).unwrap_or_default();
    show(&world, (&headers, &nonce), said(&reason), StatusCode::OK)
}

/// Only words of our own: what stands in the address is not repeated.
fn said(reason: &str) -> Option<&'static str> {
    match reason {
        "out" => Some("you have signed out"),
        "idle" => Some("locked: nobody was here for too long"),
        "expired" => Some("locked: twelve hours are over"),
        "everywhere" => Some("you were logged out everywhere"),
        "device" | "unpaired" => Some("this phone is not paired any more"),
        "ended" => Some("the session was ended, here or from another device"),
        _other => None,
    }
}

fn show(
    world: &World,
    (headers, nonce): (&HeaderMap, &str),
    said: Option<&'static str>,
    status: StatusCode,
) -> Response {
    let asked = Asked { purpose: Purpose::SignIn, allow: &[], conditional: false };
    let visit = Visit::of_or_new(headers);
    let passkey = visit.and_then(|visit| {
        world.ceremonies.begin_assertion(&world.party, visit.bytes(), &asked, world.now().0).ok().map(prove::asking)
    });
    let view = Unlock { passkey, said, refused: status == StatusCode::UNAUTHORIZED };
    let mut response = (status, door::unlock(&on_a_phone(world, nonce, "Unlock"), &view)).into_response();
    if let Some(visit) = visit {
        visit.set(&mut response);
    }
    response
}

/// The same answer for a passkey that is nobody's, and for a phone that is not paired.
pub async fn sign_in(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    Form(form): Form<Signed>,
) -> Response {
    let again = || show(&world, (&headers, &nonce), None, StatusCode::UNAUTHORIZED);
    let Some(visit) = Visit::of(&headers) else { return again() };
    let Ok(found) = prove::anyone(&world, visit.bytes(), &form.ceremony, &form.response).await else {
        return again();
    };
    let here = (Interface::Mobile, false);
    let from = (&headers, world.network(found.actor.id, peer.ip()));
    match begin(&found.actor, found.user, vec![found.evidence], here, from).await {
        Ok(begun) => begun.go(place::PHONE),
        Err(No::Refused { .. }) => again(),
        Err(no) => refused::outside(&world, &nonce, &no),
    }
}

/// What the phone is told at its first contact after it was unbound. Who it was stands in the journal.
pub async fn receipt(world: &World, actor: &CustomerActor, phone: &Device, nonce: &str) -> Response {
    let now = actor.now();
    drop(world.history.read(world, actor, now).await);
    let revoked = world.history.revoked(phone.id);
    let by = revoked.map(|one| actor.read(|state| story::who(state, &one.by)));
    let view = Receipt {
        phone: phone.label.clone(),
        at: told(revoked.map_or(now, |one| one.at)),
        by: by.unwrap_or_else(|| "whoever the activity names".to_owned()),
        not_me: revoked.is_some_and(|one| one.not_me),
        now: told(now),
    };
    door::receipt(&on_a_phone(world, nonce, "Wiped"), &view).into_response()
}
