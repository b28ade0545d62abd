//! `/enrol/…`: the one-time link by which a user comes in: the first owner from this machine, others where they are.

use crate::label;
use crate::page::enrol::{self, Closed, Done, Open};
use crate::page::frame::Nav;
use crate::page::part::Moment;
use crate::person::Person;
use crate::protect::Nonce;
use crate::prove;
use crate::route::form::Form;
use crate::route::sign_in::{Begun, token};
use crate::route::{framed, refused};
use crate::source::Source;
use crate::world::{NAME, Shared, World};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::actor::Actor;
use kernel::authenticator::Kind;
use kernel::command::Command;
use kernel::device;
use kernel::enrolment;
use kernel::id::{DeviceId, UserId};
use kernel::invitation;
use kernel::people::{self, Enrol, NewAuthenticator, NewDevice, People};
use kernel::time::Timestamp;
use kernel::user::Role;
use serde::Deserialize;
use service::No;
use service::actor::CustomerActor;
use service::node::answer;
use std::sync::Arc;
use vault::index::Name;
use vault::token::Token;

const COMMAND: &str = "portreeve owner enrol";
pub const ENROLLED: &str = "/enrolled";
const LONGEST_NAME: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    name: String,
    ceremony: String,
    response: String,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asked")
    }
}

/// The customer whose link a token opens, as what, and until when.
struct Link {
    actor: Arc<CustomerActor>,
    token: Token,
    role: Role,
    until: Timestamp,
}

fn link(world: &World, link: &str, source: Source) -> Option<Link> {
    let (actor, token) = (world.first()?, Token::parse(link)?);
    let now = actor.now();
    let (role, until) = actor.read(|state| {
        let people = &state.customer.people;
        if let Some(invited) = invitation::open(&people.invitations, &token.sha256(), now) {
            return Some((invited.role, invited.expires_at));
        }
        let open = source.here && enrolment::open(people.enrolment.as_ref(), &token.sha256(), now).is_ok();
        let offered = people.enrolment.filter(|_| open && people.owner().is_none());
        offered.map(|offered| (Role::Owner, offered.expires_at))
    })?;
    Some(Link { actor, token, role, until })
}

fn closed(world: &World, nonce: &str) -> Response {
    let frame = framed::outside(world, nonce, "Enrol");
    (StatusCode::GONE, enrol::closed(&frame, &Closed { command: COMMAND.to_owned() })).into_response()
}

pub async fn page(
    State(world): State<Shared>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    Extension(source): Extension<Source>,
    Path(path): Path<String>,
) -> Response {
    match link(&world, &path, source) {
        Some(link) => open(&world, &nonce, (&path, &link), None, ""),
        None => closed(&world, &nonce),
    }
}

fn open(world: &World, nonce: &str, (path, link): (&str, &Link), code: Option<&str>, name: &str) -> Response {
    let Ok(dice) = service::clock::dice() else { return closed(world, nonce) };
    let (now, user) = (world.now().0, UserId::new(world.now().0, dice));
    let (by, whose) = (link.token.sha256(), (&user.bits().to_be_bytes(), link.role.as_str()));
    let Ok(begun) = world.ceremonies.begin_registration(&world.party, by.bytes(), whose, &[], now) else {
        return refused::outside(world, nonce, &No::Busy);
    };
    let view = Open {
        action: format!("/enrol/{path}"),
        role: framed::role(link.role),
        expires: framed::told(link.until),
        name: name.to_owned(),
        passkey: prove::asking(begun),
        refusal: code.map(refused::identity),
    };
    let status = if code.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    (status, enrol::open(&framed::outside(world, nonce, "Enrol"), &view)).into_response()
}

pub async fn enrol(
    State(world): State<Shared>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    Extension(source): Extension<Source>,
    Path(path): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Asked>,
) -> Response {
    let Some(link) = link(&world, &path, source) else { return closed(&world, &nonce) };
    let name = form.name.trim();
    let again = |code| open(&world, &nonce, (&path, &link), Some(code), name);
    let Some(canonical) = Name::parse(name).ok().filter(|_| name.chars().count() <= LONGEST_NAME) else {
        return again("name_malformed");
    };
    let by = link.token.sha256();
    let Ok((user, passkey)) = prove::registered(&world, by.bytes(), &form.ceremony, &form.response) else {
        return again("passkey_not_made");
    };
    match enrolled(&world, &link, (name, &canonical), user, passkey, &headers).await {
        Ok(begun) => begun.go(ENROLLED),
        // Nothing is used up: another name is tried.
        Err(No::Refused { refusal, .. }) if refusal.code() == "name_taken" => again("name_taken"),
        Err(no) => refused::outside(&world, &nonce, &no),
    }
}

async fn enrolled(
    world: &World,
    link: &Link,
    (name, canonical): (&str, &Name),
    user: UserId,
    passkey: NewAuthenticator,
    headers: &HeaderMap,
) -> Result<Begun, No> {
    let unsealed = |error: service::SealedError| No::NotRecorded { why: error.to_string() };
    let (row, name_sha256) = world.sealed.seal(link.actor.stream(), NAME, name.as_bytes()).await.map_err(unsealed)?;
    let (session, device) = (token()?, token()?);
    let enrol = Enrol {
        user,
        link: link.token.sha256(),
        name_sha256,
        name_key: world.sealed.index().blind(canonical),
        passkey,
        device: NewDevice { sha256: device.sha256(), label: label::of(headers) },
        session: session.sha256(),
    };
    let command = Command::People(people::Command::Enrol(enrol));
    let recorded = answer(link.actor.submit_sealed(Actor::Visitor, command, vec![row])).await?;
    Begun::of(&link.actor, &recorded, session, device)
}

/// Right after: what was made, and what to do next.
pub async fn done(State(world): State<Shared>, person: Person) -> Response {
    let frame = framed::inside(&world, &person, Nav::Authenticators, "Enrolled", Vec::new()).await;
    let synced = person.actor.read(|state| {
        let passkey = state.customer.people.active(person.user).find_map(|one| match &one.kind {
            Kind::Passkey(passkey) => Some(passkey.backup_eligible),
            Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => None,
        });
        passkey.unwrap_or_default()
    });
    let now = person.actor.now();
    let codes_from = person.actor.read(|state| moves_from(&state.customer.people, person.device, now));
    enrol::done(&frame, &Done { passkey: "Your passkey".to_owned(), synced, codes_from }).into_response()
}

/// An owner who was invited moves nothing for a day, recovery codes neither.
fn moves_from(people: &People, device: DeviceId, now: Timestamp) -> Option<Moment> {
    let device = people.device(device).ok()?;
    match device.state {
        device::State::Validated { since, .. } if device.may_move(now) == Err(device::Refusal::TooNewToMove) => {
            Some(framed::told(since.plus_ms(device::MOVE_AFTER_MS)))
        }
        device::State::Validated { .. } | device::State::Pending | device::State::Revoked => None,
    }
}
