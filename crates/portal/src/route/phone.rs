//! `/m`: the app on a phone. Its pages ask for a session of their own; what they decide, they ask of the same rules.

pub mod alerts;
pub mod door;
pub mod inside;
pub mod pair;
pub mod shell;

use crate::page::place;
use crate::route::push;
use crate::world::Shared;
use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

/// What is answered without a session.
pub fn open() -> Router<Shared> {
    Router::new()
        .route("/m", get(|| async { Redirect::to(place::PHONE) }))
        .route(place::PHONE_SIGN_IN, get(door::page).post(door::sign_in))
        .route(place::PHONE_PAIR, get(pair::page).post(pair::link))
        .route(place::PHONE_MADE, get(pair::page).post(pair::made))
        .route(place::PHONE_SHOWN, get(pair::page).post(pair::shown))
        .route(place::PHONE_OFFLINE, get(shell::offline))
        .route(place::PHONE_WORKER, get(shell::worker))
        .route(place::PHONE_MANIFEST, get(shell::manifest))
}

/// Each handler names the phone it is for in its arguments: without one it cannot be called.
pub fn inside() -> Router<Shared> {
    Router::new()
        .route(place::PHONE, get(inside::first))
        .route(place::PHONE_APPROVALS, get(inside::waiting))
        .route("/m/approvals/{id}", get(inside::approval))
        .route("/m/approvals/{id}/approve", get(inside::approval).post(inside::approve))
        .route("/m/approvals/{id}/refuse", post(inside::refuse))
        .route("/m/approvals/{id}/not-me", post(inside::not_me))
        .route(place::PHONE_KILL, post(inside::kill))
        .route(place::PHONE_POSITIONS, get(inside::positions))
        .route(place::PHONE_ALERTS, get(alerts::page))
        .route("/m/alerts/{id}/me", get(alerts::page).post(alerts::me))
        .route("/m/alerts/{id}/not-me", get(alerts::page).post(alerts::not_me))
        .route(place::PHONE_SETTINGS, get(inside::settings))
        .route(place::PHONE_PUSH, get(inside::settings).post(push::on))
        .route(place::PHONE_PUSH_OFF, get(inside::settings).post(push::off_here))
        .route("/m/devices/{id}/revoke", post(inside::revoke))
        .route(place::PHONE_SIGN_OUT, post(inside::sign_out))
}
