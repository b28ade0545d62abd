//! Routes: the list of all that can be asked, and the bounds every request stays within.

use crate::door::{Door, Peer};
use crate::problem::Problem;
use crate::world::{Hooks, Shared, World};
use crate::{
    alerts, approvals, create, credentials, diagnose, incidents, journal_routes, kill, limits, notices, orders, owner,
};
use crate::{secret, status, usage, users};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use service::Node;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixListener;

const MOST_BYTES: usize = 64 * 1024;
const LONGEST: Duration = Duration::from_secs(30);
/// What only takes risk away waits for nobody.
const KILL: &str = "/v1/kill";
const INCIDENTS: &str = "/v1/incidents";
/// What all of it looks like; the test command holds the server against it.
const OPENAPI: &str = include_str!("../openapi.yaml");

/// Serves the socket until the process ends.
pub async fn serve(node: Arc<Node>, listener: UnixListener, hooks: Hooks) -> std::io::Result<()> {
    let own_uid = hooks.own_uid;
    let world = World::new(node, hooks);
    let service = router(world).into_make_service_with_connect_info::<Peer>();
    axum::serve(Door::new(listener, own_uid), service).await
}

fn router(world: Shared) -> Router {
    Router::new()
        .route("/v1/credentials", get(credentials::list).post(create::create))
        .route("/v1/credentials/{name}", get(credentials::show))
        .route("/v1/credentials/{name}/rotate", post(secret::rotate))
        .route("/v1/credentials/{name}/suspend", post(credentials::suspend))
        .route("/v1/credentials/{name}/resume", post(credentials::resume))
        .route("/v1/credentials/{name}/revoke", post(credentials::revoke))
        .route("/v1/credentials/{name}/usage", get(usage::show))
        .route("/v1/credentials/{name}/limits", get(limits::show).put(limits::replace).patch(limits::change))
        .route(
            "/v1/accounts/{number}/limits",
            get(limits::show_account).put(limits::replace_account).patch(limits::change_account),
        )
        .route("/v1/approvals", get(approvals::list))
        .route("/v1/approvals/{id}", get(approvals::show))
        .route("/v1/approvals/{id}/grant", post(approvals::grant))
        .route("/v1/approvals/{id}/refuse", post(approvals::refuse))
        .route(KILL, post(kill::engage))
        .route("/v1/release", post(kill::release))
        .route("/v1/alerts", get(alerts::list))
        .route(INCIDENTS, get(incidents::list).post(incidents::open))
        .route("/v1/incidents/{id}/close", post(incidents::close))
        .route("/v1/orders", get(orders::list))
        .route("/v1/orders/{id}", get(orders::show))
        .route("/v1/orders/{id}/cancel", post(orders::cancel))
        .route("/v1/owner/enrol", post(owner::enrol))
        .route("/v1/users", get(users::list))
        .route("/v1/notices/dead", get(notices::dead))
        .route("/v1/notices/{id}/retry", post(notices::retry))
        .route("/v1/journal/head", get(journal_routes::head))
        .route("/v1/journal/checkpoint", get(journal_routes::checkpoint))
        .route("/v1/journal/tail", get(journal_routes::tail))
        .route("/v1/diagnose/{id}", get(diagnose::diagnose))
        .route("/v1/status", get(status::status))
        .route("/v1/openapi.yaml", get(async || ([(header::CONTENT_TYPE, "application/yaml")], OPENAPI)))
        .fallback(async || Problem::no_route())
        .method_not_allowed_fallback(async || Problem::no_method())
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(from_fn_with_state(Arc::clone(&world), bounded))
        .with_state(world)
}

async fn bounded(State(world): State<Shared>, request: Request, next: Next) -> Response {
    // Until the answer is made its connection gives way to nobody.
    let _busy = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| peer.in_hand.take());
    let brakes = [KILL, INCIDENTS].contains(&request.uri().path());
    let place = world.places.try_acquire();
    if place.is_err() && !brakes {
        return Problem::busy().into_response();
    }
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::timed_out().into_response(),
    }
}
