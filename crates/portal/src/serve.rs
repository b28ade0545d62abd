//! Serve: the list of all pages and forms, and the bounds that every request stays within.

use crate::connections::{self, Door};
use crate::page::place;
use crate::person::lives;
use crate::protect::protect;
use crate::source::{Source, Unreadable};
use crate::wipe::wipe;
use crate::world::Shared;
use crate::{live, route};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use service::in_hand::InHand;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const MOST_BYTES: usize = 64 * 1024;
/// Until a form is there as a whole.
const SENDING: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(30);

/// Serves until the process ends.
pub async fn serve(world: Shared, listeners: Vec<TcpListener>, door: Door) {
    connections::serve(router(world), listeners, door).await;
}

pub fn router(world: Shared) -> Router {
    Router::new()
        .merge(route::open())
        .merge(route::inside())
        .merge(route::phone::open())
        .merge(route::phone::inside())
        .route(place::LIVE, get(live::live))
        .route(place::PHONE_LIVE, get(live::on_a_phone))
        .fallback(route::refused::nowhere)
        .method_not_allowed_fallback(route::refused::not_so)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(from_fn_with_state(Arc::clone(&world), wipe))
        .layer(from_fn_with_state(Arc::clone(&world), bounded))
        .layer(from_fn_with_state(Arc::clone(&world), protect))
        .with_state(world)
}

async fn bounded(State(world): State<Shared>, request: Request, next: Next) -> Response {
    if request.extensions().get::<Unreadable>().is_some() {
        return (StatusCode::BAD_REQUEST, "the proxy does not say whose request this is").into_response();
    }
    if [place::LIVE, place::PHONE_LIVE].contains(&request.uri().path()) {
        return next.run(request).await;
    }
    // Before it takes a turn: whoever sends slowly waits for itself alone.
    let request = match whole(request).await {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let _busy = request.extensions().get::<InHand>().map(InHand::take);
    // The kill switch stands in no queue; who shows no session that lives stands in another than who does.
    let brakes = [place::KILL, place::PHONE_KILL].contains(&request.uri().path());
    let turns = if lives(&world, request.headers()) { &world.turns } else { &world.strangers };
    let source =
        request.extensions().get::<Source>().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |source| source.address);
    let turn = turns.take(source);
    if turn.is_none() && !brakes {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")], "too many requests at once").into_response();
    }
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::GATEWAY_TIMEOUT, "this took too long").into_response(),
    }
}

/// With all of its body, which is short, in memory.
async fn whole(request: Request) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(SENDING, axum::body::to_bytes(body, MOST_BYTES)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(parts, bytes.into())),
        Ok(Err(_)) => Err((StatusCode::PAYLOAD_TOO_LARGE, "this is more than any of our pages sends").into_response()),
        Err(_) => {
            Err((StatusCode::REQUEST_TIMEOUT, [("connection", "close")], "this was sent too slowly").into_response())
        }
    }
}
