//! `/devices`: the user's devices with the sessions on them; a device is unbound, wiped, or was never the user's.

use crate::cookies::SessionCookie;
use crate::page::devices::{Device, Session, State as Standing, View, devices};
use crate::page::{Nav, place};
use crate::person::{Person, Turned};
use crate::route::framed::{self, told};
use crate::route::new_device::{evidence, from, gone};
use crate::route::{incidents, refused};
use crate::world::{Shared, World};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::api_credential;
use kernel::command::Command;
use kernel::device::{self, MOVE_AFTER_MS};
use kernel::event::Recorded;
use kernel::evidence::Capability;
use kernel::id::DeviceId;
use kernel::incident::{Suspect, Why};
use kernel::people::{self, People, Signed};
use kernel::session::Interface;
use kernel::time::Timestamp;
use service::No;
use service::node::answer;

/// Of those that are revoked, the last few stay to be seen.
const REVOKED: usize = 5;

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    let now = person.actor.now();
    let view = person.actor.read(|state| View {
        devices: cards(&world, &person, &state.customer.people, now),
        credentials: state.customer.programs().filter(|one| one.state == api_credential::State::Active).count(),
        refusal: None,
    });
    let frame = framed::inside(&world, &person, Nav::Devices, "Devices and sessions", Vec::new()).await;
    devices(&frame, &view).into_response()
}

/// What waits for an answer first, then the one that is looked from, then the others as they were used.
fn cards(world: &World, person: &Person, people: &People, now: Timestamp) -> Vec<Device> {
    let own = people.devices.iter().filter(|one| one.user == person.user);
    let mut found: Vec<(u8, &device::Device, Device)> = own
        .filter_map(|one| card(world, person, people, one, now).map(|card| (rank(person, one), one, card)))
        .collect();
    found.sort_by_key(|(rank, one, _)| (*rank, std::cmp::Reverse(one.used_at)));
    let mut revoked = 0;
    found.retain(|(_, one, _)| {
        revoked += usize::from(one.state == device::State::Revoked);
        one.state != device::State::Revoked || revoked <= REVOKED
    });
    found.into_iter().map(|(_, _, card)| card).collect()
}

fn rank(person: &Person, one: &device::Device) -> u8 {
    match one.state {
        device::State::Pending => 0,
        _ if one.id == person.device => 1,
        device::State::Validated { .. } => 2,
        device::State::Revoked => 3,
    }
}

/// One whose attempt or trust has run out by time alone is on no card: it may do nothing, and asks for nothing.
fn card(world: &World, person: &Person, people: &People, one: &device::Device, now: Timestamp) -> Option<Device> {
    let sessions: Vec<Session> =
        living(people, one.id, now).map(|signed| session(world, person, people, &signed, now)).collect();
    let state = match one.state {
        device::State::Pending if sessions.is_empty() => return None,
        device::State::Pending => Standing::Pending,
        device::State::Revoked => Standing::Revoked,
        device::State::Validated { .. } if one.trusted(now).is_err() => return None,
        device::State::Validated { .. } if one.shared && sessions.is_empty() => return None,
        device::State::Validated { .. } if one.shared => Standing::Shared,
        device::State::Validated { until, .. } => Standing::Trusted { until: told(until) },
    };
    let moves_from = match one.state {
        device::State::Validated { since, .. } if one.may_move(now) == Err(device::Refusal::TooNewToMove) => {
            Some(told(since.plus_ms(MOVE_AFTER_MS)))
        }
        device::State::Validated { .. } | device::State::Pending | device::State::Revoked => None,
    };
    Some(Device {
        id: one.id.to_string(),
        name: one.label.clone(),
        state,
        this_device: one.id == person.device,
        bound: told(one.bound_at),
        used: told(one.used_at),
        moves_from,
        sessions,
    })
}

fn living(people: &People, device: DeviceId, now: Timestamp) -> impl Iterator<Item = Signed<'_>> {
    let on = people.sessions.iter().filter(move |one| one.device == device);
    on.filter_map(move |one| people.living(one.id, now).ok())
}

fn session(world: &World, person: &Person, people: &People, signed: &Signed<'_>, now: Timestamp) -> Session {
    let one = signed.session;
    let until = |at: Timestamp| told(at).text.rsplit_once(", ").map(|(_, clock)| clock.to_owned()).unwrap_or_default();
    let capability = match signed.capability(now) {
        Capability::View => "view".to_owned(),
        Capability::Trade => format!("trade until {}", until(one.trade_until)),
        Capability::Move => format!("move until {}", until(one.move_until)),
    };
    Session {
        id: one.id.to_string(),
        interface: one.interface.as_str().to_owned(),
        capability,
        signed_in: told(one.began_at),
        active: told(one.seen_at),
        from: from(world, one),
        with: evidence(people, one.authenticator),
        this_session: one.id == person.session,
    }
}

pub async fn not_me(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    match DeviceId::parse(&id) {
        Ok(id) => revoke(world, person, id, true).await,
        Err(_) => gone(&world, &person).await,
    }
}

/// Unbinding and wiping are one act: a browser whose device is revoked is told to forget us when it next comes.
pub async fn unbind(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    match DeviceId::parse(&id) {
        Ok(id) => revoke(world, person, id, false).await,
        Err(_) => gone(&world, &person).await,
    }
}

/// "This was not me" opens an incident: listeners of programs follow, also when the browser has gone.
pub async fn revoke(world: Shared, person: Person, id: DeviceId, not_me: bool) -> Response {
    let (shared, asking) = (world.clone(), person.clone());
    let done = tokio::spawn(async move {
        if not_me {
            // First what stops: it acts also where nothing can be recorded. Who may not stop programs only unbinds.
            drop(incidents::contain(&shared, &asking, Suspect::User(asking.user), Why::NotMe { approval: None }).await);
        }
        submit(&asking, people::Command::RevokeDevice { id, not_me }).await
    });
    match done.await {
        Ok(Ok(_)) if id == person.device => signed_out("device"),
        Ok(Ok(_)) if not_me && incidents::is_open(&person) => incidents::leads_to(&person, Suspect::User(person.user)),
        Ok(Ok(_)) => Redirect::to(place::DEVICES).into_response(),
        Ok(Err(no)) => refused::no(&world, &person, &no).await,
        Err(_) => refused::malformed(&world, &person.nonce, StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// To the sign-in page, without the session's cookie.
pub fn signed_out(reason: &'static str) -> Response {
    let mut response = Turned::SignIn { reason }.into_response();
    response.headers_mut().append(header::SET_COOKIE, SessionCookie::clear(Interface::Portal));
    response
}

pub async fn submit(person: &Person, command: people::Command) -> Result<Vec<Recorded>, No> {
    answer(person.actor.submit(person.by(), Command::People(command))).await
}
