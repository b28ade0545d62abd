//! Routes: one file for each page; a handler reads the request, asks the service, and fills in a view.

pub mod account_limits;
pub mod activity;
pub mod alerts;
pub mod approvals;
pub mod assets;
pub mod authenticators;
pub mod bind;
pub mod credentials;
pub mod device;
pub mod devices;
pub mod enrol;
pub mod filled;
pub mod form;
pub mod framed;
pub mod home;
pub mod incidents;
pub mod kill;
pub mod limit;
pub mod limits;
pub mod may;
pub mod new_device;
pub mod notices;
pub mod order;
pub mod orders;
pub mod origins;
pub mod pair;
pub mod password;
pub mod people;
pub mod phone;
pub mod positions;
pub mod push;
pub mod quotes;
pub mod refused;
pub mod sessions;
pub mod sign_in;
pub mod sms;
pub mod step_up;
pub mod ticket;
pub mod ticket_limits;
pub mod ticket_terms;
pub mod totp;
pub mod two;
mod waits;
pub mod widen;
pub mod wizard;

use crate::page::place;
use crate::world::Shared;
use axum::Router;
use axum::routing::{get, post};

/// What is answered without a session. Everything else asks for one.
pub fn open() -> Router<Shared> {
    Router::new()
        .route("/assets/{name}", get(assets::asset))
        .route(place::SIGN_IN, get(sign_in::page))
        .route(place::SIGN_IN_PASSKEY, post(sign_in::passkey))
        .route(place::SIGN_IN_PASSWORD, post(password::password))
        .route(place::SIGN_IN_SMS, get(sms::page).post(sms::entered))
        .route(place::SIGN_IN_SMS_CODE, post(sms::code))
        .route(place::ORIGINS, get(origins::page))
        .route("/enrol/{token}", get(enrol::page).post(enrol::enrol))
}

/// Each handler names the person it is for in its arguments: without one it cannot be called.
pub fn inside() -> Router<Shared> {
    Router::new()
        .route(place::HOME, get(home::page))
        .route(place::SIGN_OUT, post(sign_in::out))
        .route(place::STEP_UP, get(step_up::page).post(step_up::step_up))
        .route(place::KILL, post(kill::engage))
        .route(place::LIMITS, get(limits::page))
        .route("/limits/{number}", get(account_limits::page))
        .route("/limits/{number}/limit", get(account_limits::page).post(account_limits::change))
        .route(place::ALERTS, get(alerts::page))
        .route("/alerts/{id}/me", get(alerts::page).post(alerts::me))
        .route("/alerts/{id}/not-me", get(alerts::page).post(alerts::not_me))
        .route(place::INCIDENTS, get(incidents::list).post(incidents::open))
        .route("/incidents/{id}", get(incidents::page))
        .route("/incidents/{id}/close", post(incidents::close))
        .route(place::RELEASE, post(limits::release))
        .route(place::APPROVALS, get(approvals::list))
        .route("/approvals/{id}", get(approvals::page))
        .route("/approvals/{id}/approve", post(approvals::approve))
        .route("/approvals/{id}/refuse", post(approvals::refuse))
        .route("/approvals/{id}/not-me", post(approvals::not_me))
        .route(enrol::ENROLLED, get(enrol::done))
        .merge(ones_own())
        .merge(others())
        .merge(told())
        .merge(trading())
}

/// What a person signs in with and from: devices, sessions, authenticators.
/// Where a form may answer with its own page, that page is read there too: it looks again by itself.
fn ones_own() -> Router<Shared> {
    Router::new()
        .route(place::DEVICE, get(device::page).post(device::confirm))
        .route(place::DEVICES, get(devices::page))
        .route(place::PAIR, get(pair::page).post(pair::offer))
        .route("/devices/{id}", get(new_device::ask))
        .route("/devices/{id}/confirm", get(new_device::ask).post(new_device::confirm))
        .route("/devices/{id}/not-me", post(devices::not_me))
        .route("/devices/{id}/revoke", post(devices::unbind))
        .route("/devices/{id}/wipe", post(devices::unbind))
        .route(place::END_ALL, post(sessions::end_all))
        .route("/sessions/{id}/end", post(sessions::end))
        .route("/sessions/{id}/not-me", post(sessions::not_me))
        .route(place::AUTHENTICATORS, get(authenticators::page))
        .route("/authenticators/passkey", get(authenticators::page).post(authenticators::passkey))
        .route("/authenticators/password", get(authenticators::page).post(authenticators::password))
        .route("/authenticators/totp/begin", get(authenticators::page).post(totp::begin))
        .route("/authenticators/totp", get(authenticators::page).post(totp::confirm))
        .route("/authenticators/sms/begin", get(authenticators::page).post(sms::number))
        .route("/authenticators/sms", get(authenticators::page).post(sms::bind_number))
        .route("/authenticators/codes", get(authenticators::page).post(authenticators::recovery))
        .route("/authenticators/{id}/remove", get(authenticators::page).post(authenticators::remove))
}

/// Who else is a user, or is invited.
fn others() -> Router<Shared> {
    Router::new()
        .route(place::PEOPLE, get(people::list))
        .route(place::INVITE, get(people::list).post(people::invite))
        .route("/people/invitations/{id}/link", get(people::list).post(people::link))
        .route("/people/invitations/{id}/revoke", get(people::list).post(people::revoke))
        .route("/people/{id}", get(people::page))
        .route("/people/{id}/remove", get(people::page).post(people::remove))
        .route("/people/{id}/ticket", get(ticket_limits::of_another).post(ticket_limits::change_of_another))
}

/// What one is told while one does not look.
fn told() -> Router<Shared> {
    Router::new()
        .route(place::NOTICES, get(notices::page))
        .route("/notices/email/begin", get(notices::page).post(notices::begin))
        .route("/notices/email", get(notices::page).post(notices::set))
        .route("/notices/email/remove", get(notices::page).post(notices::remove))
        .route(place::NOTICES_PUSH_OFF, get(notices::page).post(push::off))
        .route("/notices/group", get(notices::page).post(notices::wish))
        .route("/notices/test", get(notices::page).post(notices::test))
        .route("/notices/{id}/retry", get(notices::page).post(notices::retry))
}

fn trading() -> Router<Shared> {
    Router::new()
        .route(place::ACTIVITY, get(activity::page))
        .route(place::ORDERS, get(orders::page))
        .route("/orders/{id}", get(order::page))
        .route("/orders/{id}/cancel", post(orders::cancel))
        .route(place::POSITIONS, get(positions::page))
        .route(place::QUOTES, get(quotes::page))
        .route(place::TICKET, get(ticket::page).post(ticket::send))
        .route(place::TICKET_LIMITS, get(ticket_limits::page).post(ticket_limits::change))
        .route(place::CREDENTIALS, get(credentials::list))
        .route(place::CREDENTIAL_NEW, get(wizard::page).post(wizard::step))
        .route("/credentials/{id}", get(credentials::page))
        .route("/credentials/{id}/made", get(wizard::made))
        .route("/credentials/{id}/suspend", post(credentials::suspend))
        .route("/credentials/{id}/resume", post(credentials::resume))
        .route("/credentials/{id}/revoke", post(credentials::revoke))
        .route("/credentials/{id}/rotate", post(wizard::rotate))
        .route("/credentials/{id}/limit", post(limit::limit))
}
