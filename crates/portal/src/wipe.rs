//! Wipe: a browser whose device was revoked is told to forget what it has of us, whatever it asks for next.

use crate::cookies::{DeviceCookie, SessionCookie};
use crate::visit::Visit;
use crate::world::{Shared, World};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use kernel::device;

const CLEAR: HeaderName = HeaderName::from_static("clear-site-data");
/// Not `"cookies"`: that would take those of its neighbours too.
const WHAT: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

pub async fn wipe(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let revoked = is_revoked(&world, request.headers());
    let mut answer = next.run(request).await;
    // Signing in again binds a new device at once: that one stays.
    if revoked && !binds(answer.headers()) {
        answer.headers_mut().insert(CLEAR, WHAT);
        answer.headers_mut().append(header::SET_COOKIE, SessionCookie::clear());
        answer.headers_mut().append(header::SET_COOKIE, DeviceCookie::clear());
    }
    answer
}

/// A visit alone is nothing of ours to keep.
fn binds(headers: &HeaderMap) -> bool {
    headers.get_all(header::SET_COOKIE).iter().any(|set| !Visit::is_set_by(set))
}

fn is_revoked(world: &World, headers: &HeaderMap) -> bool {
    let Some(cookie) = DeviceCookie::of(headers) else { return false };
    let Some(actor) = world.customer(cookie.customer) else { return false };
    actor.read(|state| {
        let known = state.customer.people.device(cookie.device);
        known.is_ok_and(|one| one.state == device::State::Revoked && cookie.secret.is(&one.sha256))
    })
}
