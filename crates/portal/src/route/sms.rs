//! `/sign-in/sms` and `/authenticators/sms`: codes by SMS. Without a program that sends them there is no such page.

use crate::cookies::DeviceCookie;
use crate::page::sign_in::Said;
use crate::page::{Nav, place, sms as view};
use crate::person::Person;
use crate::protect::Nonce;
use crate::route::authenticators::{bound, refuse, shut};
use crate::route::bind::{Secret, bind, may_bind};
use crate::route::form::Form;
use crate::route::password::answered;
use crate::route::sign_in::{begin, token};
use crate::route::{framed, refused};
use crate::texts::{Entering, Goal, NotSent, Tried};
use crate::typed::{self, Not, SMS_NUMBER, Who};
use crate::world::{Shared, World};
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::authenticator::Kind;
use kernel::evidence::{Evidence, Proof};
use kernel::id::DeviceId;
use kernel::session::Interface;
use kernel::time::Timestamp;
use serde::Deserialize;
use service::No;
use std::net::SocketAddr;
use std::sync::Arc;
use vault::sms::{Number, SmsCode};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    name: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    ceremony: String,
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    number: String,
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entered")
    }
}
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}
impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wanted")
    }
}

const TITLE: &str = "Sign in with a code by SMS";

pub async fn page(State(world): State<Shared>, Extension(Nonce(nonce)): Extension<Nonce>) -> Response {
    show(&world, &nonce, None, StatusCode::OK)
}

fn show(world: &World, nonce: &str, said: Option<&Said>, status: StatusCode) -> Response {
    if !world.texts.is_on() {
        return refused::missing(world, nonce);
    }
    (status, view::entry(&framed::outside(world, nonce, TITLE), said)).into_response()
}

fn ask(world: &World, nonce: &str, ceremony: &str, wrong: bool) -> Response {
    let status = if wrong { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    (status, view::typed(&framed::outside(world, nonce, TITLE), ceremony, wrong)).into_response()
}

/// Name and password. Whatever was wrong, the same page asks for a code.
pub async fn entered(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Response {
    if !world.texts.is_on() {
        return refused::missing(&world, &nonce);
    }
    match waiting(&world, peer, &headers, &entered).await {
        Ok(ceremony) => ask(&world, &nonce, &ceremony, false),
        Err(not) => answered(&world, &nonce, &not, |said, status| show(&world, &nonce, Some(&said), status)),
    }
}

async fn waiting(world: &Shared, peer: SocketAddr, headers: &HeaderMap, entered: &Entered) -> Result<String, Not> {
    let lost = |why: &str| Not::Recorded { why: why.to_owned() };
    let who = Who::named(world, &entered.name).await?;
    // Until the code comes back it counts as failed: no device has a counter of its own here.
    let from = typed::From { address: peer.ip(), device: None };
    let found = typed::check_for_sms(world, who, from, &entered.password).await?;
    let code = SmsCode::random().map_err(|why| lost(&why.to_string()))?;
    let token = token().map_err(|no| lost(no.code()))?;
    let mut goal = Goal::Nothing;
    if let Some((entering, number)) = found.and_then(|found| confirmed(world, found, headers)) {
        match world.texts.may_send(entering.user, world.now()) {
            Ok(()) => {
                let (world, code, user) = (Arc::clone(world), code.clone(), entering.user);
                // Not waited for: how long it takes would tell that there was somebody to send it to.
                tokio::spawn(async move {
                    if let Err(why) = world.texts.send(&number, &code, world.origin.host()).await {
                        tracing::error!(%user, %why, "a code by SMS was not sent");
                    }
                });
                goal = Goal::SignIn(Arc::new(entering));
            }
            Err(why) => tracing::warn!(user = %entering.user, %why, "a code by SMS is not sent"),
        }
    }
    Ok(world.texts.wait(code, goal, &token, world.now()))
}

/// Nothing is sent for a browser that was not confirmed, whatever was typed there.
fn confirmed(world: &World, found: typed::ForSms, headers: &HeaderMap) -> Option<(Entering, Number)> {
    let now = world.now();
    let device = device(headers).filter(|cookie| cookie.customer == found.actor.id)?;
    let fits = found.actor.read(|state| {
        let known = state.customer.people.device(device.device).ok()?;
        let own = known.user == found.user && known.sha256 == device.secret.sha256();
        Some(own && !known.shared && known.trusted(now).is_ok())
    })?;
    let typed::ForSms { actor, user, who, password, sms, number } = found;
    fits.then(|| (Entering { actor, user, who, password, sms, device: device.device }, number))
}

fn device(headers: &HeaderMap) -> Option<DeviceCookie> {
    DeviceCookie::of(headers)
}

pub async fn code(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Response {
    if !world.texts.is_on() {
        return refused::missing(&world, &nonce);
    }
    let shown: Option<DeviceId> = device(&headers).map(|cookie| cookie.device);
    let same = |goal: &Goal| matches!(goal, Goal::SignIn(one) if Some(one.device) == shown);
    let not = || show(&world, &nonce, Some(&Said::NotSignedIn), StatusCode::UNAUTHORIZED);
    let entering = match world.texts.try_code(&typed.ceremony, &typed.code, world.now(), same) {
        Tried::Right(Goal::SignIn(entering)) => entering,
        Tried::Wrong => return ask(&world, &nonce, &typed.ceremony, true),
        Tried::Right(_) | Tried::Over => return not(),
    };
    let at = entering.actor.now();
    let from = (&headers, world.network(entering.actor.id, peer.ip()));
    match begin(&entering.actor, entering.user, evidence(&entering, at), (Interface::Portal, false), from).await {
        Ok(begun) => {
            // What was counted as a failure when the password was typed was none.
            if let Err(why) = world.sources.succeeded(entering.who.key(), at).await {
                tracing::error!(%why, "a success could not be counted: earlier failures stand");
            }
            begun.go(place::HOME)
        }
        Err(No::Refused { .. }) => not(),
        Err(no) => refused::outside(&world, &nonce, &no),
    }
}

fn evidence(entering: &Entering, at: Timestamp) -> Vec<Evidence> {
    let (authenticator, revision) = (entering.sms.id, entering.sms.revision);
    vec![entering.password, Evidence { authenticator, revision, at, proof: Proof::SmsCode }]
}

/// A code goes to the number; it is bound when the code comes back.
pub async fn number(State(world): State<Shared>, person: Person, Form(wanted): Form<Wanted>) -> Response {
    if !world.texts.is_on() {
        return refused::missing(&world, &person.nonce);
    }
    if let Err(refusal) = may_bind(&person) {
        return shut(&world, &person, refusal).await;
    }
    let no = async |status, code: &str| refuse(&world, &person, status, refused::identity(code)).await;
    let Ok(number) = Number::parse(&wanted.number) else {
        return no(StatusCode::BAD_REQUEST, "phone_number_malformed").await;
    };
    if world.texts.may_send(person.user, world.now()).is_err() {
        return no(StatusCode::TOO_MANY_REQUESTS, "sms_too_many").await;
    }
    let made = SmsCode::random().map_err(|why| No::NotRecorded { why: why.to_string() });
    let (code, token) = match made.and_then(|code| Ok((code, token()?))) {
        Ok(made) => made,
        Err(lost) => return refused::no(&world, &person, &lost).await,
    };
    if let Err(why) = world.texts.send(&number, &code, world.origin.host()).await {
        tracing::error!(user = %person.user, %why, "a code by SMS was not sent");
        return no(StatusCode::SERVICE_UNAVAILABLE, if why == NotSent::Late { "sms_late" } else { "sms_not_sent" })
            .await;
    }
    let goal = Goal::Bind { session: person.session, number: number.clone() };
    let ceremony = world.texts.wait(code, goal, &token, world.now());
    confirm(&world, &person, &ceremony, Some(number.end()), None).await
}

async fn confirm(world: &World, person: &Person, ceremony: &str, end: Option<&str>, code: Option<&str>) -> Response {
    let frame = framed::inside(world, person, Nav::Authenticators, "Add a phone number", Vec::new()).await;
    let status = if code.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let refusal = code.map(refused::identity);
    (status, view::confirm(&frame, ceremony, end, refusal.as_ref())).into_response()
}

pub async fn bind_number(State(world): State<Shared>, person: Person, Form(typed): Form<Typed>) -> Response {
    if !world.texts.is_on() {
        return refused::missing(&world, &person.nonce);
    }
    let own = |goal: &Goal| matches!(goal, Goal::Bind { session, .. } if *session == person.session);
    match world.texts.try_code(&typed.ceremony, &typed.code, world.now(), own) {
        Tried::Right(Goal::Bind { number, .. }) => {
            let row = Secret { what: SMS_NUMBER, plain: number.text().as_bytes() };
            let done = bind(&world, &person, Kind::Sms, Some(row)).await;
            bound(&world, &person, done).await
        }
        Tried::Wrong => confirm(&world, &person, &typed.ceremony, None, Some("sms_code_wrong")).await,
        Tried::Right(_) | Tried::Over => {
            refuse(&world, &person, StatusCode::CONFLICT, refused::identity("sms_code_void")).await
        }
    }
}
