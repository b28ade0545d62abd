//! `/step-up`: an authenticator is shown again, and a window of the session opens.

use crate::page::part::Refusal;
use crate::page::step_up::{View, step_up as view};
use crate::page::{Nav, place};
use crate::person::Person;
use crate::prove;
use crate::route::form::{Form, next};
use crate::route::password::later;
use crate::route::{framed, refused};
use crate::typed::{self, Not, Who};
use crate::world::{Shared, World};
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::command::Command;
use kernel::evidence::Capability;
use kernel::people;
use kernel::refusal::Refusal as KernelRefusal;
use kernel::session::Interface;
use serde::Deserialize;
use service::No;
use service::node::answer;
use service::words::names::moment;
use std::net::SocketAddr;
use vault::webauthn::Purpose;

const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    next: String,
    want: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    #[serde(default)]
    ceremony: String,
    #[serde(default)]
    response: String,
    /// In the place of a passkey, for *trade* alone.
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    want: String,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

pub async fn page(
    State(world): State<Shared>,
    person: Person,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    show(&world, &person, &wanted, None).await
}

async fn show(world: &World, person: &Person, wanted: &Wanted, refusal: Option<Refusal>) -> Response {
    let allow = prove::passkeys(&person.actor, person.user);
    let lifetimes = Interface::Portal.lifetimes(false);
    let minutes = |ms: Option<i64>| u32::try_from(ms.unwrap_or_default() / MINUTE_MS).unwrap_or_default();
    let status = if refusal.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let page = View {
        passkey: prove::ask(world, person, Purpose::StepUp, &allow),
        trade_minutes: minutes(lifetimes.map(|one| one.trade_ms)),
        move_minutes: minutes(lifetimes.map(|one| one.move_ms)),
        next: next(&wanted.next).to_owned(),
        wants_move: wanted.want == "move",
        move_locked: locked(person),
        password: typed::possible(&person.actor, person.user),
        refusal,
    };
    let frame = framed::inside(world, person, Nav::Home, "Step up", Vec::new()).await;
    (status, view(&frame, &page)).into_response()
}

/// Why *move* would stay shut whatever is shown.
fn locked(person: &Person) -> Option<String> {
    let now = person.actor.now();
    person.actor.read(|state| {
        let signed = state.customer.people.signed_in(person.session, now).ok()?;
        if !signed.user.role.may_move() {
            return Some(format!("your role is {}.", signed.user.role.as_str()));
        }
        let kernel::device::State::Validated { since, .. } = signed.device.state else { return None };
        let from = since.plus_ms(kernel::device::MOVE_AFTER_MS);
        let new = signed.device.may_move(now).is_err();
        new.then(|| format!("this device is new, and may not before {}.", moment(from)))
    })
}

pub async fn step_up(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    person: Person,
    Form(shown): Form<Shown>,
) -> Response {
    if !shown.password.is_empty() {
        return by_password(&world, &person, peer, &shown).await;
    }
    let wanted = Wanted { next: shown.next.clone(), want: shown.want.clone() };
    let proof = (shown.ceremony.as_str(), shown.response.as_str());
    let Ok(found) = prove::own(&world, &person, proof, Purpose::StepUp) else {
        return show(&world, &person, &wanted, Some(refused::identity("not_proven"))).await;
    };
    let up_to = if shown.want == "move" { Capability::Move } else { Capability::Trade };
    let command = Command::People(people::Command::StepUp { evidence: vec![found.evidence], up_to });
    match answer(person.actor.submit(person.by(), command)).await {
        Ok(_) => Redirect::to(next(&wanted.next)).into_response(),
        Err(No::Refused { refusal: KernelRefusal::People(_), .. }) => {
            show(&world, &person, &wanted, Some(refused::identity("not_proven"))).await
        }
        Err(no) => refused::no(&world, &person, &no).await,
    }
}

async fn by_password(world: &Shared, person: &Person, peer: SocketAddr, shown: &Shown) -> Response {
    let wanted = Wanted { next: shown.next.clone(), want: "trade".to_owned() };
    let again = async |code| show(world, person, &wanted, Some(refused::identity(code))).await;
    let who = Who::user(&person.actor, person.user);
    // The session is on a confirmed device: it has shown so at the door.
    let from = typed::From { address: peer.ip(), device: Some(person.device) };
    let mut proven = match typed::check(world, who, from, &shown.password, &shown.code).await {
        Ok(proven) => proven,
        Err(Not::Proven) => return again("not_proven").await,
        Err(Not::Throttled { until }) => return later(again("throttled").await, until.since(world.now())),
        Err(Not::Busy { retry_after_ms }) => {
            let ms = i64::try_from(retry_after_ms).unwrap_or(i64::MAX);
            return later(refused::no(world, person, &No::Busy).await, ms);
        }
        Err(Not::Recorded { why }) => return refused::no(world, person, &No::NotRecorded { why }).await,
    };
    let evidence = std::mem::take(&mut proven.evidence);
    let command = Command::People(people::Command::StepUp { evidence, up_to: Capability::Trade });
    match answer(person.actor.submit(person.by(), command)).await {
        Ok(_) => {
            proven.taken().await;
            Redirect::to(next(&wanted.next)).into_response()
        }
        Err(No::Refused { refusal: KernelRefusal::People(_), .. }) => match proven.refused(world).await {
            Ok(()) => again("not_proven").await,
            Err(_) => refused::no(world, person, &No::Busy).await,
        },
        Err(no) => refused::no(world, person, &no).await,
    }
}

/// Where a window has to be opened first.
pub fn first(next: &str, want: &str) -> Response {
    Redirect::to(&format!("{}?want={want}&next={next}", place::STEP_UP)).into_response()
}
