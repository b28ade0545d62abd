//! Wipe: a browser whose device was revoked is told to forget what it has of us, whatever it asks for next.

use crate::cookies::{DeviceCookie, SessionCookie};
use crate::page::place;
use crate::person::is_navigation;
use crate::protect::Nonce;
use crate::route::phone::door;
use crate::visit::Visit;
use crate::world::{Shared, World};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use kernel::device::{self, Device};
use kernel::session::Interface;
use service::actor::CustomerActor;
use std::sync::Arc;

const CLEAR: HeaderName = HeaderName::from_static("clear-site-data");
/// Not `"cookies"`: that would take those of its neighbours too. Service workers are storage.
const WHAT: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

pub async fn wipe(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let Some((actor, device)) = revoked(&world, request.headers()) else { return next.run(request).await };
    let nonce = request.extensions().get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default();
    let (phones, looked_at) = (place::is_phones(request.uri().path()), is_looked_at(&request));
    // A person at the phone is told; what its app sends or asks for by itself leads there.
    let mut answer = match looked_at {
        true => door::receipt(&world, &actor, &device, &nonce).await,
        false => next.run(request).await,
    };
    // Signing in again binds a new device at once: that one stays.
    if looked_at || !(phones || binds(answer.headers())) {
        answer.headers_mut().insert(CLEAR, WHAT);
        for interface in [Interface::Portal, Interface::Mobile] {
            answer.headers_mut().append(header::SET_COOKIE, SessionCookie::clear(interface));
        }
        answer.headers_mut().append(header::SET_COOKIE, DeviceCookie::clear());
    }
    answer
}

/// A page of the app, opened by a person.
fn is_looked_at(request: &Request) -> bool {
    let path = request.uri().path();
    is_navigation(request.headers())
        && request.method() == Method::GET
        && place::is_phones(path)
        && ![place::PHONE_WORKER, place::PHONE_MANIFEST, place::PHONE_OFFLINE, place::PHONE_LIVE].contains(&path)
}

/// A visit alone is nothing of ours to keep.
fn binds(headers: &HeaderMap) -> bool {
    headers.get_all(header::SET_COOKIE).iter().any(|set| !Visit::is_set_by(set))
}

fn revoked(world: &World, headers: &HeaderMap) -> Option<(Arc<CustomerActor>, Device)> {
    let cookie = DeviceCookie::of(headers)?;
    let actor = world.customer(cookie.customer)?;
    let known = actor.read(|state| state.customer.people.device(cookie.device).cloned());
    let device = known.ok().filter(|one| one.state == device::State::Revoked && cookie.secret.is(&one.sha256))?;
    Some((actor, device))
}
