//! `/v1/users`: who is a user of this customer, and who is invited. Names are sealed: a user goes by role and id.

use crate::world::{Answer, Shared};
use axum::Json;
use axum::extract::State;
use kernel::device;
use kernel::id::{InvitationId, UserId};
use kernel::invitation::{self, Invitation};
use kernel::state;
use kernel::time::Timestamp;
use kernel::user::User;
use serde::Serialize;
use service::words::names::moment;

#[derive(Debug, Serialize)]
pub(crate) struct Users {
    users: Vec<UserView>,
    invitations: Vec<InvitationView>,
}

#[derive(Debug, Serialize)]
struct UserView {
    id: UserId,
    role: &'static str,
    since: String,
    /// Devices that are trusted now.
    devices: usize,
    authenticators: usize,
    /// Sessions that live now.
    sessions: usize,
    last_sign_in: Option<String>,
}

#[derive(Debug, Serialize)]
struct InvitationView {
    id: InvitationId,
    role: &'static str,
    label: String,
    by: UserId,
    expires_at: String,
    /// A link was made, and lets one person in.
    link: bool,
}

fn user(state: &state::State, user: &User, now: Timestamp) -> UserView {
    let people = &state.customer.people;
    let sessions = || people.sessions.iter().filter(|one| one.user == user.id);
    let devices = people.devices.iter().filter(|one| one.user == user.id);
    UserView {
        id: user.id,
        role: user.role.as_str(),
        since: moment(user.created_at),
        devices: device::places(&people.devices, user.id, now).count(),
        authenticators: people.active(user.id).count(),
        sessions: sessions().filter(|one| people.living(one.id, now).is_ok()).count(),
        last_sign_in: devices.map(|one| one.used_at).chain(sessions().map(|one| one.began_at)).max().map(moment),
    }
}

fn invited(one: &Invitation) -> InvitationView {
    InvitationView {
        id: one.id,
        role: one.role.as_str(),
        label: one.label.clone(),
        by: one.by,
        expires_at: moment(one.expires_at),
        link: one.link.is_some(),
    }
}

pub(crate) async fn list(State(world): State<Shared>) -> Answer<Json<Users>> {
    let actor = world.customer()?;
    let now = actor.now();
    Ok(Json(actor.read(|state| {
        let people = &state.customer.people;
        Users {
            users: people.users.iter().map(|one| user(state, one, now)).collect(),
            invitations: invitation::living(&people.invitations, now).map(invited).collect(),
        }
    })))
}
