//! `/sign-in`: a passkey, or name, password and code; and the way out.

use crate::cookies::{DeviceCookie, SessionCookie};
use crate::label;
use crate::page::place;
use crate::page::sign_in::{Said, View, sign_in};
use crate::person::Waiting;
use crate::protect::Nonce;
use crate::prove;
use crate::route::form::Form;
use crate::route::{framed, refused};
use crate::visit::Visit;
use crate::world::{Shared, World};
use axum::Extension;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::device;
use kernel::event::{Event, Recorded};
use kernel::evidence::Evidence;
use kernel::id::{DeviceId, SessionId, UserId};
use kernel::network::Network;
use kernel::people::{self, NewDevice, SignIn};
use kernel::session::{self, Interface};
use serde::Deserialize;
use service::No;
use service::actor::CustomerActor;
use service::node::answer;
use std::net::SocketAddr;
use std::sync::Arc;
use vault::token::Token;
use vault::webauthn::{Asked, Purpose};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reason {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passkey {
    ceremony: String,
    response: String,
    #[serde(default)]
    shared: String,
}

impl std::fmt::Debug for Passkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passkey")
    }
}

pub async fn page(
    State(world): State<Shared>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    reason: Result<Query<Reason>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let reason = reason.map(|Query(reason)| reason.reason).unwrap_or_default();
    show(&world, (&headers, &nonce), said(&reason), StatusCode::OK)
}

/// Only words of our own: what stands in the address is not repeated.
fn said(reason: &str) -> Option<Said> {
    let ended = |text: &str| Some(Said::Ended { text: text.to_owned() });
    match reason {
        "out" => Some(Said::SignedOut),
        "forgotten" => Some(Said::Forgotten),
        "idle" => ended("nobody was here for too long"),
        "expired" => ended("it has reached its end"),
        "everywhere" => ended("you were logged out everywhere"),
        "device" => ended("this device was revoked"),
        "ended" => ended("it was ended, here or from another session"),
        _other => None,
    }
}

/// Costs the server no memory, however often it is asked for: what is begun is sealed and handed to this browser.
pub(super) fn show(
    world: &World,
    (headers, nonce): (&HeaderMap, &str),
    said: Option<Said>,
    status: StatusCode,
) -> Response {
    let asked = Asked { purpose: Purpose::SignIn, allow: &[], conditional: false };
    let visit = Visit::of_or_new(headers);
    let begin = |visit: Visit| {
        world.ceremonies.begin_assertion(&world.party, visit.bytes(), &asked, world.now().0).ok().map(prove::asking)
    };
    let passkey = visit.and_then(begin);
    let frame = framed::outside(world, nonce, "Sign in");
    let mut response =
        (status, sign_in(&frame, &View { passkey, said, shared: false, sms: world.texts.is_on() })).into_response();
    if let Some(visit) = visit {
        visit.set(&mut response);
    }
    response
}

pub async fn passkey(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    Form(form): Form<Passkey>,
) -> Response {
    let found = match Visit::of(&headers) {
        Some(visit) => prove::anyone(&world, visit.bytes(), &form.ceremony, &form.response).await,
        None => Err(prove::NotProven),
    };
    let Ok(found) = found else {
        return show(&world, (&headers, &nonce), Some(Said::NotSignedIn), StatusCode::UNAUTHORIZED);
    };
    let shared = form.shared == "yes";
    let here = (Interface::Portal, shared);
    let from = (&headers, world.network(found.actor.id, peer.ip()));
    match begin(&found.actor, found.user, vec![found.evidence], here, from).await {
        Ok(begun) => begun.go(place::HOME),
        Err(no @ (No::NotRecorded { .. } | No::Busy)) => refused::outside(&world, &nonce, &no),
        Err(No::Refused { .. }) => show(&world, (&headers, &nonce), Some(Said::NotSignedIn), StatusCode::UNAUTHORIZED),
    }
}

/// What a browser keeps from now on.
#[derive(Debug)]
pub struct Begun {
    session: SessionCookie,
    /// Only where the device is new to us.
    device: Option<DeviceCookie>,
    interface: Interface,
    pending: bool,
}

impl Begun {
    pub fn go(&self, to: &str) -> Response {
        let to = if self.pending { place::DEVICE } else { to };
        let mut response = Redirect::to(to).into_response();
        let device = self.device.as_ref().map(DeviceCookie::set);
        for cookie in [self.session.set(self.interface), device.flatten()].into_iter().flatten() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// From the events of a decision that has begun a session.
    pub fn of(actor: &CustomerActor, recorded: &[Recorded], session: Token, device: Token) -> Result<Self, No> {
        let lost = || No::NotRecorded { why: "no session was begun".to_owned() };
        let (mut begun, mut bound, mut pending) = (None, None, true);
        for one in recorded {
            match &one.event {
                Event::People(people::Event::Session(session::Event::Begun(session))) => begun = Some(*session),
                // A shared computer keeps nothing of us.
                Event::People(people::Event::Device(device::Event::Bound(device))) if !device.shared => {
                    bound = Some(device.id);
                }
                Event::People(people::Event::Device(device::Event::Used { .. } | device::Event::Confirmed { .. })) => {
                    pending = false;
                }
                _ => {}
            }
        }
        let begun: session::Session = begun.ok_or_else(lost)?;
        let session = SessionCookie { customer: actor.id, session: begun.id, secret: session };
        let device = bound.map(|id| DeviceCookie { customer: actor.id, device: id, secret: device });
        Ok(Self { session, device, interface: begun.interface, pending })
    }
}

/// Asks for a session with what was proven; the browser's own device, where it shows one.
pub(super) async fn begin(
    actor: &Arc<CustomerActor>,
    user: UserId,
    evidence: Vec<Evidence>,
    (interface, shared): (Interface, bool),
    (headers, network): (&HeaderMap, Network),
) -> Result<Begun, No> {
    let (session, device) = (token()?, token()?);
    let shown = DeviceCookie::of(headers).filter(|cookie| cookie.customer == actor.id);
    let known: Option<(DeviceId, _)> = shown.map(|cookie| (cookie.device, cookie.secret.sha256()));
    let sign_in = SignIn {
        user,
        evidence,
        interface,
        known,
        fresh: NewDevice { sha256: device.sha256(), label: label::of(headers) },
        shared,
        session: session.sha256(),
        network: Some(network),
    };
    let command = Command::People(people::Command::SignIn(sign_in));
    let recorded = answer(actor.submit(Actor::Visitor, command)).await?;
    Begun::of(actor, &recorded, session, device)
}

/// Without randomness nobody comes in.
pub fn token() -> Result<Token, No> {
    Token::random().map_err(|_| No::NotRecorded { why: "no randomness to be had".to_owned() })
}

pub async fn out(State(world): State<Shared>, person: Waiting) -> Response {
    let id: SessionId = person.session;
    let ended = answer(person.actor.submit(person.by(), Command::People(people::Command::EndSession { id }))).await;
    // This browser forgets in any case.
    let mut response = match ended {
        Ok(_) => Redirect::to("/sign-in?reason=out").into_response(),
        Err(no) => refused::no(&world, &person, &no).await,
    };
    response.headers_mut().append(header::SET_COOKIE, SessionCookie::clear(Interface::Portal));
    response.headers_mut().append(
        axum::http::HeaderName::from_static("clear-site-data"),
        axum::http::HeaderValue::from_static("\"cache\", \"storage\""),
    );
    response
}
