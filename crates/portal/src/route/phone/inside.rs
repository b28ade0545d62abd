//! What a phone that is unlocked shows and does. Answers and their words are the portal's own.

use crate::cookies::SessionCookie;
use crate::page::home::Line;
use crate::page::phone::first::{self, Incident};
use crate::page::phone::positions as positions_page;
use crate::page::phone::settings::{self, Device};
use crate::page::{Nav, Refusal, Role, place};
use crate::person::{Locked, Phone, Turned};
use crate::prove::Signed;
use crate::route::approvals;
use crate::route::form::Form;
use crate::route::framed::{self, told};
use crate::route::{alerts, devices, orders, positions as held, push, refused};
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::command::Command;
use kernel::decide;
use kernel::device::{self, MOVE_AFTER_MS, places};
use kernel::id::DeviceId;
use kernel::kill_switch::{Level, Resting};
use kernel::people;
use kernel::session::Interface;
use kernel::time::Timestamp;
use serde::Deserialize;
use service::No;
use service::words::story::suspect;

pub async fn first(State(world): State<Shared>, phone: Phone) -> Response {
    let now = phone.actor.now();
    // By whose hand a switch was engaged is read there.
    drop(world.history.read(&world, &phone.actor, now).await);
    let stop = Command::Engage { level: Level::Customer, resting: Resting::KeepProtective };
    let frame = framed::inside(&world, &phone, Nav::Approvals, "Approvals", Vec::new()).await;
    let view = phone.actor.read(|state| first::View {
        waiting: approvals::pending(state, now),
        alerts: alerts::waiting(state, &phone, now),
        incidents: {
            let open = state.customer.incidents.iter().rev().filter(|one| one.closed_at.is_none());
            open.map(|one| Incident { suspect: suspect(state, one.suspect), opened: told(one.opened_at) }).collect()
        },
        stopped: frame.kills.iter().any(|kill| kill.everything),
        locked: decide::allowed(state, &phone.by(), &stop, now).err().map(|no| refused::because(no).text),
    });
    first::first(&frame, &view).into_response()
}

/// Where a notice leads: all that waits is on the first screen.
pub async fn waiting(_phone: Phone) -> Response {
    Redirect::to(place::PHONE).into_response()
}

pub async fn approval(State(world): State<Shared>, phone: Phone, Path(id): Path<String>) -> Response {
    approvals::show(&world, &phone, &id, None, StatusCode::OK).await
}

pub async fn approve(
    State(world): State<Shared>,
    phone: Phone,
    Path(id): Path<String>,
    Form(form): Form<Signed>,
) -> Response {
    approvals::signed(&world, &phone, &id, &form).await
}

pub async fn refuse(State(world): State<Shared>, phone: Phone, Path(id): Path<String>) -> Response {
    approvals::turned_down(&world, &phone, &id).await
}

pub async fn not_me(State(world): State<Shared>, phone: Phone, Path(id): Path<String>) -> Response {
    approvals::was_not_me(&world, &phone, &id).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stops {
    stops: String,
}

/// Of everything: one press, no second factor.
pub async fn kill(State(world): State<Shared>, phone: Phone, Form(form): Form<Stops>) -> Response {
    let resting = if form.stops == "cancel" { Resting::CancelAll } else { Resting::KeepProtective };
    let (node, actor, by) = (world.node.clone(), phone.actor.clone(), phone.by());
    // Carried out to its end, also when the phone has gone.
    let killed = tokio::spawn(async move { node.kill(&actor, by, Level::Customer, resting).await }).await;
    match killed {
        Ok(Ok(_)) => Redirect::to(place::PHONE).into_response(),
        Ok(Err(no)) => refused::no(&world, &phone, &no).await,
        Err(_) => refused::no(&world, &phone, &No::Busy).await,
    }
}

pub async fn positions(State(world): State<Shared>, phone: Phone) -> Response {
    let view =
        positions_page::View { accounts: held::held(&world, &phone), orders: orders::view(&world, &phone).await };
    let frame = framed::inside(&world, &phone, Nav::Positions, "Positions", Vec::new()).await;
    positions_page::positions(&frame, &view).into_response()
}

/// The newest first, as far as this person may read of it.
pub(super) async fn told_lately(world: &Shared, phone: &Phone) -> Vec<Line> {
    let past = world.history.read(world, &phone.actor, phone.actor.now()).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the history cannot be read");
        crate::history::Past::default()
    });
    let line = |one: crate::history::Noticed| Line { at: told(one.at), text: one.text, tone: one.tone };
    let (by, now) = (phone.by(), phone.actor.now());
    phone.actor.read(|state| past.notices(state, &by, now).into_iter().map(line).collect())
}

pub async fn settings(State(world): State<Shared>, phone: Phone) -> Response {
    show_settings(&world, &phone, StatusCode::OK, None).await
}

pub(in crate::route) async fn show_settings(
    world: &Shared,
    phone: &Phone,
    status: StatusCode,
    refusal: Option<Refusal>,
) -> Response {
    let now = phone.actor.now();
    let frame = framed::inside(world, phone, Nav::Devices, "Settings", Vec::new()).await;
    let user = frame.signed_in.as_ref().map(|who| format!("{}, {}", who.name, Role::as_str(who.role)));
    let trusted: Vec<device::Device> = phone.actor.read(|state| {
        let all = places(&state.customer.people.devices, phone.user, now);
        all.cloned().collect()
    });
    let Some(this) = trusted.iter().find(|one| one.id == phone.device).and_then(|one| card(one, now)) else {
        return Locked(Turned::ConfirmDevice).into_response();
    };
    let others = trusted.iter().filter(|one| one.id != phone.device).filter_map(|one| card(one, now));
    let (user, push) = (user.unwrap_or_default(), push::view(world, phone));
    let view = settings::View { user, this, others: others.collect(), push, refusal };
    (status, settings::settings(&frame, &view)).into_response()
}

fn card(one: &device::Device, now: Timestamp) -> Option<Device> {
    let device::State::Validated { since, until } = one.state else { return None };
    let young = one.may_move(now) == Err(device::Refusal::TooNewToMove);
    Some(Device {
        id: one.id.to_string(),
        name: one.label.clone(),
        bound: told(one.bound_at),
        used: told(one.used_at),
        until: told(until),
        moves_from: young.then(|| told(since.plus_ms(MOVE_AFTER_MS))),
    })
}

/// This phone's own leads to the receipt: its cookies are still shown by then.
pub async fn revoke(State(world): State<Shared>, phone: Phone, Path(id): Path<String>) -> Response {
    let Ok(id) = DeviceId::parse(&id) else { return refused::over(&world, &phone) };
    match devices::submit(&phone, people::Command::RevokeDevice { id, not_me: false }).await {
        Ok(_) if id == phone.device => Redirect::to(place::PHONE).into_response(),
        Ok(_) => Redirect::to(place::PHONE_SETTINGS).into_response(),
        Err(no) => refused::no(&world, &phone, &no).await,
    }
}

/// What the app keeps for being offline holds nothing of anyone, and stays.
pub async fn sign_out(State(world): State<Shared>, phone: Phone) -> Response {
    let mut response = match devices::submit(&phone, people::Command::EndSession { id: phone.session }).await {
        Ok(_) => Locked(Turned::SignIn { reason: "out" }).into_response(),
        Err(no) => refused::no(&world, &phone, &no).await,
    };
    response.headers_mut().append(header::SET_COOKIE, SessionCookie::clear(Interface::Mobile));
    response
}
