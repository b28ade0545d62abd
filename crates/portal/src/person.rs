//! Person: who is behind a request: a session that lives, on a device that was confirmed.

use crate::cookies::SessionCookie;
use crate::page::place;
use crate::protect::Nonce;
use crate::world::{Shared, World};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::id::{DeviceId, SessionId, UserId};
use kernel::network::Network;
use kernel::people::{self, Refusal};
use kernel::session::Interface;
use kernel::time::Timestamp;
use kernel::{device, session};
use service::actor::CustomerActor;
use std::net::SocketAddr;
use std::sync::Arc;

/// A request of somebody who is signed in, or waits for their device to be confirmed.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub actor: Arc<CustomerActor>,
    pub user: UserId,
    pub session: SessionId,
    pub device: DeviceId,
    /// Where the session lives: a page of one shows nothing to a session of another.
    pub interface: Interface,
    pub nonce: String,
    /// How much had been told when the request came: what its page is live from.
    pub told: u64,
}

/// The same, on a confirmed device.
#[derive(Clone, Debug)]
pub struct Person(pub Waiting);

impl std::ops::Deref for Person {
    type Target = Waiting;
    fn deref(&self) -> &Waiting {
        &self.0
    }
}

/// Why nothing is shown, and where to go instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    SignIn { reason: &'static str },
    ConfirmDevice,
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { reason: "" } => Redirect::to("/sign-in").into_response(),
            Self::SignIn { reason } => Redirect::to(&format!("/sign-in?reason={reason}")).into_response(),
            Self::ConfirmDevice => Redirect::to("/device").into_response(),
        }
    }
}

impl Waiting {
    pub fn is_on_a_phone(&self) -> bool {
        self.interface == Interface::Mobile
    }

    pub const fn by(&self) -> Actor {
        Actor::User { user: self.user, session: self.session }
    }

    /// Whether the session still lives, on a confirmed device: asked again by streams that stay open.
    pub fn stands(&self) -> Result<(), Refusal> {
        let now = self.actor.now();
        self.actor.read(|state| state.customer.people.signed_in(self.session, now).map(|_| ()))
    }
}

pub fn turned(refusal: Refusal) -> Turned {
    match refusal {
        Refusal::Device(device::Refusal::Pending | device::Refusal::TrustExpired) => Turned::ConfirmDevice,
        Refusal::Device(_) => Turned::SignIn { reason: "device" },
        Refusal::Session(session::Refusal::Idle) => Turned::SignIn { reason: "idle" },
        Refusal::Session(session::Refusal::Expired) => Turned::SignIn { reason: "expired" },
        Refusal::Session(session::Refusal::LoggedOutEverywhere) => Turned::SignIn { reason: "everywhere" },
        Refusal::Session(_)
        | Refusal::Enrolment(_)
        | Refusal::Authenticator(_)
        | Refusal::Notice(_)
        | Refusal::Push(_)
        | Refusal::User(_)
        | Refusal::Invitation(_)
        | Refusal::NotProven
        | Refusal::FactorMissing
        | Refusal::Restricted
        | Refusal::RoleMissing { .. }
        | Refusal::OwnerMustSign => Turned::SignIn { reason: "ended" },
    }
}

/// Whether a request shows a session that lives: anybody can write a cookie that looks like one.
pub fn lives(world: &World, headers: &HeaderMap) -> bool {
    [Interface::Portal, Interface::Mobile].into_iter().any(|interface| lives_on(world, headers, interface))
}

fn lives_on(world: &World, headers: &HeaderMap, interface: Interface) -> bool {
    let Some(cookie) = SessionCookie::of(headers, interface) else { return false };
    let Some(actor) = world.customer(cookie.customer) else { return false };
    let now = actor.now();
    actor.read(|state| {
        let signed = state.customer.people.living(cookie.session, now);
        signed.is_ok_and(|signed| cookie.secret.is(&signed.session.sha256))
    })
}

impl Waiting {
    /// Whoever holds the session, and however it is asked: a thief's page that only reads itself anew counts too.
    fn note_network(&self, network: Network, now: Timestamp) {
        let changes = self.actor.read(|state| {
            let signed = state.customer.people.living(self.session, now);
            signed.is_ok_and(|signed| signed.session.changes_to(network, now))
        });
        if changes {
            // Not waited for, as below.
            drop(self.actor.submit(self.by(), Command::People(people::Command::NoteNetwork { network })));
        }
    }

    /// By the cookie of that interface, of a session that lives there.
    fn read(parts: &Parts, world: &Shared, interface: Interface) -> Result<Self, Turned> {
        let nonce = parts.extensions.get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default();
        let cookie = SessionCookie::of(&parts.headers, interface).ok_or(Turned::SignIn { reason: "" })?;
        let actor = world.customer(cookie.customer).ok_or(Turned::SignIn { reason: "ended" })?;
        let (now, told) = (actor.now(), actor.told());
        let found = actor.read(|state| {
            let signed = state.customer.people.living(cookie.session, now)?;
            let due = now.since(signed.session.seen_at) >= session::SEEN_EVERY_MS;
            let shown = cookie.secret.is(&signed.session.sha256) && signed.session.interface == interface;
            Ok::<_, Refusal>((signed.user.id, signed.device.id, due, shown))
        });
        let (user, device, due, shown) = found.map_err(turned)?;
        if !shown {
            return Err(Turned::SignIn { reason: "ended" });
        }
        let waiting = Self { actor, user, session: cookie.session, device, interface, nonce, told };
        if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            world.memory.see(waiting.session, peer.ip());
            waiting.note_network(world.network(waiting.actor.id, peer.ip()), now);
        }
        if due && by_hand(parts) {
            // Not waited for: a page that is read does not wait for the disk.
            drop(waiting.actor.submit(waiting.by(), Command::People(people::Command::See)));
        }
        Ok(waiting)
    }
}

impl FromRequestParts<Shared> for Waiting {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, world: &Shared) -> Result<Self, Turned> {
        Self::read(parts, world, Interface::Portal)
    }
}

/// A page that reads itself anew does not keep a session from going idle.
fn by_hand(parts: &Parts) -> bool {
    parts.method != Method::GET || is_navigation(&parts.headers)
}

/// Into a window; what a service worker passes on says so only by its mode.
pub fn is_navigation(headers: &HeaderMap) -> bool {
    let says = |name: &str| headers.get(name).map(axum::http::HeaderValue::as_bytes);
    matches!(says("sec-fetch-dest"), None | Some(b"document")) || says("sec-fetch-mode") == Some(b"navigate")
}

impl FromRequestParts<Shared> for Person {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, world: &Shared) -> Result<Self, Turned> {
        let waiting = Waiting::from_request_parts(parts, world).await?;
        waiting.stands().map_err(turned)?;
        Ok(Self(waiting))
    }
}

/// Somebody who is signed in at a phone that was paired.
#[derive(Clone, Debug)]
pub struct Phone(pub Person);

impl std::ops::Deref for Phone {
    type Target = Person;
    fn deref(&self) -> &Person {
        &self.0
    }
}

/// The same as at the portal, and the way back in is the phone's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked(pub Turned);

impl IntoResponse for Locked {
    fn into_response(self) -> Response {
        let reason = match self.0 {
            Turned::SignIn { reason } => reason,
            Turned::ConfirmDevice => "unpaired",
        };
        let to = place::PHONE_SIGN_IN;
        let to = if reason.is_empty() { to.to_owned() } else { format!("{to}?reason={reason}") };
        Redirect::to(&to).into_response()
    }
}

impl FromRequestParts<Shared> for Phone {
    type Rejection = Locked;

    async fn from_request_parts(parts: &mut Parts, world: &Shared) -> Result<Self, Locked> {
        let waiting = Waiting::read(parts, world, Interface::Mobile).map_err(Locked)?;
        waiting.stands().map_err(|refusal| Locked(turned(refusal)))?;
        Ok(Self(Person(waiting)))
    }
}
