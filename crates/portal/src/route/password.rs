//! `/sign-in/password`: name, password and one-time code; the same answer for everyone who is not let in.

use crate::page::place;
use crate::page::sign_in::Said;
use crate::protect::Nonce;
use crate::route::form::Form;
use crate::route::framed::told;
use crate::route::refused;
use crate::route::sign_in::{begin, show};
use crate::typed::{self, Not, Who};
use crate::world::{Shared, World};
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use kernel::session::Interface;
use serde::Deserialize;
use service::No;
use std::net::SocketAddr;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    name: String,
    password: String,
    code: String,
    #[serde(default)]
    shared: String,
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entered")
    }
}

pub async fn password(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Response {
    match signed_in(&world, peer, &headers, &entered).await {
        Ok(response) => response,
        Err(not) => answered(&world, &nonce, &not, |said, status| show(&world, (&headers, &nonce), Some(said), status)),
    }
}

async fn signed_in(world: &Shared, peer: SocketAddr, headers: &HeaderMap, entered: &Entered) -> Result<Response, Not> {
    let who = Who::named(world, &entered.name).await?;
    let from = typed::From { address: peer.ip(), device: who.device(headers) };
    let mut proven = typed::check(world, who, from, &entered.password, &entered.code).await?;
    let evidence = std::mem::take(&mut proven.evidence);
    let from = (headers, world.network(proven.actor.id, peer.ip()));
    match begin(&proven.actor, proven.user, evidence, (Interface::Portal, entered.shared == "yes"), from).await {
        Ok(begun) => {
            proven.taken().await;
            Ok(begun.go(place::HOME))
        }
        Err(No::Refused { .. }) => {
            proven.refused(world).await?;
            Err(Not::Proven)
        }
        Err(No::Busy) => Err(Not::Busy { retry_after_ms: 1_000 }),
        Err(No::NotRecorded { why }) => Err(Not::Recorded { why }),
    }
}

/// Nothing of what was typed is told back, nor which part of it was wrong (NI-11); `show` is the page it was typed on.
pub(super) fn answered(
    world: &World,
    nonce: &str,
    not: &Not,
    show: impl FnOnce(Said, StatusCode) -> Response,
) -> Response {
    match not {
        Not::Proven => show(Said::NotSignedIn, StatusCode::UNAUTHORIZED),
        Not::Throttled { until } => {
            let said = Said::Throttled { again: told(*until) };
            later(show(said, StatusCode::TOO_MANY_REQUESTS), until.since(world.now()))
        }
        Not::Busy { retry_after_ms } => {
            let response = refused::outside(world, nonce, &No::Busy);
            later(response, i64::try_from(*retry_after_ms).unwrap_or(i64::MAX))
        }
        Not::Recorded { why } => {
            tracing::error!(%why, "a sign-in could not be judged");
            refused::outside(world, nonce, &No::NotRecorded { why: why.clone() })
        }
    }
}

/// Come back after this long.
pub(super) fn later(mut response: Response, ms: i64) -> Response {
    let seconds = ms.saturating_add(999).div_euclid(1_000).max(1);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
