//! Serve: the list of all pages and forms, and the bounds that every request stays within.

use crate::connections::{self, Door};
use crate::cookies::SessionCookie;
use crate::page::place;
use crate::protect::protect;
use crate::wipe::wipe;
use crate::world::Shared;
use crate::{live, route};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const MOST_BYTES: usize = 64 * 1024;
const LONGEST: Duration = Duration::from_secs(30);
const LIVE: &str = "/live";

/// Serves until the process ends.
pub async fn serve(world: Shared, listeners: Vec<TcpListener>, door: Door) {
    connections::serve(router(world), listeners, door).await;
}

pub fn router(world: Shared) -> Router {
    Router::new()
        .merge(route::open())
        .merge(route::inside())
        .route(LIVE, get(live::live))
        .fallback(route::refused::nowhere)
        .method_not_allowed_fallback(route::refused::not_so)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(from_fn_with_state(Arc::clone(&world), wipe))
        .layer(from_fn_with_state(Arc::clone(&world), bounded))
        .layer(from_fn_with_state(Arc::clone(&world), protect))
        .with_state(world)
}

async fn bounded(State(world): State<Shared>, request: Request, next: Next) -> Response {
    if request.uri().path() == LIVE {
        return next.run(request).await;
    }
    // The kill switch stands in no queue; who shows no session stands in another than who does.
    let brakes = request.uri().path() == place::KILL;
    let places = if SessionCookie::of(request.headers()).is_some() { &world.places } else { &world.strangers };
    let place = places.try_acquire();
    if place.is_err() && !brakes {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")], "too many requests at once").into_response();
    }
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::GATEWAY_TIMEOUT, "this took too long").into_response(),
    }
}
