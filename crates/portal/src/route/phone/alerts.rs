//! `/m/alerts`: what was unusual, and both answers to it, each by itself: no window is ever open on a phone.

use crate::page::alerts::Alert;
use crate::page::part::{self, Ask};
use crate::page::phone::alerts::{self as alerts_page, Open, View};
use crate::page::{Nav, place};
use crate::person::{Person, Phone};
use crate::prove::{self, Signed};
use crate::route::form::Form;
use crate::route::phone::inside;
use crate::route::{alerts, credentials, framed, refused};
use crate::world::{Shared, World};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::command::Command;
use kernel::evidence::Evidence;
use kernel::id::AlertId;
use kernel::people;
use kernel::time::Timestamp;
use vault::webauthn::Purpose;

pub async fn page(State(world): State<Shared>, phone: Phone) -> Response {
    show(&world, &phone, None).await
}

async fn show(world: &Shared, phone: &Phone, no: Option<(StatusCode, part::Refusal)>) -> Response {
    let lines = inside::told_lately(world, phone).await;
    let frame = framed::inside(world, phone, Nav::Activity, "Alerts", Vec::new()).await;
    let (status, refusal) = no.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let now = phone.actor.now();
    let waiting = phone.actor.read(|state| alerts::all(state, phone, true, now));
    let why = may_say_me(phone, now).err();
    let asked = |one: &Alert| if why.is_none() && one.mine { ask(world, phone) } else { None };
    let open = waiting.into_iter().map(|alert| Open { me: asked(&alert), alert });
    let view = View { open: open.collect(), why, lines, refusal };
    (status, alerts_page::alerts(&frame, &view)).into_response()
}

fn ask(world: &World, phone: &Phone) -> Option<Ask> {
    prove::ask(world, phone, Purpose::StepUp, &prove::passkeys(&phone.actor, phone.user))
}

/// What is locked says why, before anybody shows a passkey for it.
fn may_say_me(phone: &Person, now: Timestamp) -> Result<(), String> {
    let refusal = phone.actor.read(|state| {
        let signed = state.customer.people.signed_in(phone.session, now)?;
        signed.device.may_move(now).map_err(people::Refusal::from)
    });
    refusal.map_err(|no| refused::because(kernel::refusal::Refusal::People(no)).text)
}

pub async fn me(
    State(world): State<Shared>,
    phone: Phone,
    Path(path): Path<String>,
    Form(form): Form<Signed>,
) -> Response {
    let Ok(id) = AlertId::parse(&path) else { return refused::over(&world, &phone) };
    let proof = (form.ceremony.as_str(), form.response.as_str());
    let Ok(found) = prove::own(&world, &phone, proof, Purpose::StepUp) else {
        return show(&world, &phone, Some((StatusCode::UNAUTHORIZED, refused::identity("not_proven")))).await;
    };
    let shown: Vec<Evidence> = vec![found.evidence];
    match credentials::change(&world, &phone, Command::AnswerAlert { id, mine: true, shown }).await {
        Ok(_) => Redirect::to(place::PHONE_ALERTS).into_response(),
        Err(no) => show(&world, &phone, Some((refused::status(&no), refused::told(&no)))).await,
    }
}

pub async fn not_me(State(world): State<Shared>, phone: Phone, Path(path): Path<String>) -> Response {
    match alerts::was_not_me(&world, &phone, &path).await {
        Ok(done) => done,
        Err(no) => show(&world, &phone, Some(no)).await,
    }
}
