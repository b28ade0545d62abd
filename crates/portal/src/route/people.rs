//! `/people`: who is a user and who is invited; a link that is shown once; and that somebody is a user no more.

use crate::page::part::Refusal as Told;
use crate::page::people::{self, Invitation as Invited, Link, One, Own, User as Shown, View};
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::credentials::{change, needs_step_up};
use crate::route::devices::submit;
use crate::route::form::Form;
use crate::route::framed::{self, told};
use crate::route::ticket_limits::standing;
use crate::route::widen::{Widened, approval_page, asked_for, widen};
use crate::route::{refused, step_up};
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::change::Change;
use kernel::command::Command;
use kernel::decide;
use kernel::device;
use kernel::event::Recorded;
use kernel::id::{InvitationId, UserId};
use kernel::invitation;
use kernel::people as rules;
use kernel::state;
use kernel::time::Timestamp;
use kernel::user::{Role, User};
use serde::Deserialize;
use service::No;
use service::words::figures::of_refusal;
use vault::token::Token;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    role: String,
    label: String,
}

/// What a page says besides.
type Said = Option<(StatusCode, Told)>;

fn said(no: &No) -> Said {
    Some((refused::status(no), refused::told(no)))
}

pub async fn list(State(world): State<Shared>, person: Person) -> Response {
    show(&world, &person, Asked::default(), None).await
}

async fn show(world: &Shared, person: &Person, asked: Asked, said: Said) -> Response {
    let now = person.actor.now();
    let known: Vec<(User, Option<Own>)> = person.actor.read(|state| {
        let users = state.customer.people.users.iter();
        users.map(|user| (*user, own(state, person, user.id, now))).collect()
    });
    let mut users = Vec::new();
    for (user, own) in known {
        users.push(shown(world, person, &user, own).await);
    }
    let locked = locked(person, now);
    let (status, refusal) = said.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let role = if asked.role.is_empty() { "viewer".to_owned() } else { asked.role };
    let invitations = person.actor.read(|state| {
        let living = invitation::living(&state.customer.people.invitations, now);
        living.filter(|_| locked.is_none()).map(|one| invited(person, one)).collect()
    });
    let view = View { users, invitations, locked, label: asked.label, role, refusal };
    let frame = framed::inside(world, person, Nav::People, "People", Vec::new()).await;
    (status, people::people(&frame, &view)).into_response()
}

/// The kernel's own no to asking for any change.
fn locked(person: &Person, now: Timestamp) -> Option<String> {
    let refusal = person.actor.read(|state| decide::may_ask(state, &person.by(), now)).err()?;
    Some(lexicon::refusal(refusal.code(), &of_refusal(&refusal.reason().facts)).text)
}

fn invited(person: &Person, one: &invitation::Invitation) -> Invited {
    Invited {
        id: one.id.to_string(),
        role: framed::role(one.role),
        label: one.label.clone(),
        ends: told(one.expires_at),
        yours: one.by == person.user,
        link: one.link.is_some(),
    }
}

async fn shown(world: &Shared, person: &Person, user: &User, own: Option<Own>) -> Shown {
    Shown {
        id: user.id.to_string(),
        name: framed::name_of(world, person, user.id).await,
        role: framed::role(user.role),
        since: told(user.created_at),
        you: user.id == person.user,
        own,
    }
}

/// How somebody comes in, for whoever may look.
fn own(state: &state::State, person: &Person, user: UserId, now: Timestamp) -> Option<Own> {
    decide::may_look(state, &person.by(), user, now).ok()?;
    let people = &state.customer.people;
    let used = people.devices.iter().filter(|one| one.user == user).map(|one| one.used_at);
    let begun = people.sessions.iter().filter(|one| one.user == user).map(|one| one.began_at);
    Some(Own {
        devices: device::places(&people.devices, user, now).count(),
        authenticators: people.active(user).count(),
        last_sign_in: used.chain(begun).max().map(told),
    })
}

fn found(recorded: &[Recorded]) -> Option<Response> {
    asked_for(recorded).map(approval_page)
}

pub async fn invite(State(world): State<Shared>, person: Person, Form(asked): Form<Asked>) -> Response {
    let Some(role) = Role::ALL.into_iter().find(|role| role.as_str() == asked.role) else {
        let told = refused::guard("form_malformed");
        return show(&world, &person, asked, Some((StatusCode::BAD_REQUEST, told))).await;
    };
    let command = Command::AskChange(Change::Invite { role, label: asked.label.trim().to_owned() });
    match change(&world, &person, command).await {
        Ok(recorded) => found(&recorded).unwrap_or_else(|| Redirect::to(place::PEOPLE).into_response()),
        Err(no) => show(&world, &person, asked, said(&no)).await,
    }
}

pub async fn link(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = InvitationId::parse(&id) else { return refused::missing(&world, &person.nonce) };
    let Ok(token) = Token::random() else { return refused::no(&world, &person, &No::Busy).await };
    let now = person.actor.now();
    let found = person.actor.read(|state| invitation::find(&state.customer.people.invitations, id, now).cloned());
    match submit(&person, rules::Command::MakeInvitationLink { id, sha256: token.sha256() }).await {
        Ok(_) => {}
        Err(no) if needs_step_up(&no) => return step_up::first(place::PEOPLE, "move"),
        Err(no) => return show(&world, &person, Asked::default(), said(&no)).await,
    }
    let Ok(one) = found else { return Redirect::to(place::PEOPLE).into_response() };
    let url = format!("{}/enrol/{}", world.origin.as_str(), token.text().as_str());
    let view = Link { label: one.label, role: framed::role(one.role), url, ends: told(one.expires_at) };
    let frame = framed::inside(&world, &person, Nav::People, "A link", Vec::new()).await;
    people::link(&frame, &view).into_response()
}

pub async fn revoke(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = InvitationId::parse(&id) else { return refused::missing(&world, &person.nonce) };
    match submit(&person, rules::Command::RevokeInvitation { id }).await {
        Ok(_) => Redirect::to(place::PEOPLE).into_response(),
        Err(no) => show(&world, &person, Asked::default(), said(&no)).await,
    }
}

pub async fn page(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    show_one(&world, &person, &id, None).await
}

async fn show_one(world: &Shared, person: &Person, id: &str, said: Said) -> Response {
    let now = person.actor.now();
    let known = UserId::parse(id).ok().and_then(|id| {
        person.actor.read(|state| {
            let user = *state.customer.people.user(id)?;
            Some((user, own(state, person, id, now)?))
        })
    });
    let Some((user, own)) = known else { return refused::missing(world, &person.nonce) };
    let (id, you) = (user.id, user.id == person.user);
    let shown = shown(world, person, &user, Some(own)).await;
    let (status, refusal) = said.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let view = person.actor.read(|state| {
        let people = &state.customer.people;
        let ticket = state.customer.ticket(id);
        let orders = state.book.orders.values();
        One {
            user: shown,
            sessions: people.sessions.iter().filter(|one| one.user == id && people.living(one.id, now).is_ok()).count(),
            ticket: match ticket {
                Some(one) => standing(Some(one), now).0,
                None if user.role.may_place() => {
                    "It is not open: they open it when they first trade by hand.".to_owned()
                }
                None => "Their role has none.".to_owned(),
            },
            open_orders: ticket.map_or(0, |one| orders.filter(|order| order.credential == one.id).count()),
            states: ticket.is_some() && !you && decide::may_ask(state, &person.by(), now).is_ok(),
            signed: user.role.may_move(),
            stays: stays(state, person, id, now),
            refusal,
        }
    });
    let frame = framed::inside(world, person, Nav::People, "A user", Vec::new()).await;
    (status, people::one(&frame, &view)).into_response()
}

/// The kernel's no, but for a window that can be opened.
fn stays(state: &state::State, person: &Person, id: UserId, now: Timestamp) -> Option<String> {
    let refusal = decide::may_remove(state, &person.by(), id, now).err()?;
    Some(lexicon::refusal(refusal.code(), &of_refusal(&refusal.reason().facts)).text)
}

pub async fn remove(State(world): State<Shared>, person: Person, Path(path): Path<String>) -> Response {
    let Ok(id) = UserId::parse(&path) else { return refused::missing(&world, &person.nonce) };
    // Of an owner it is asked for, and signed on the approval's own page.
    match widen(&world, &person, Command::People(rules::Command::RemoveUser { id })).await {
        Ok(Widened::Asked(id)) => approval_page(id),
        Ok(Widened::Done) => Redirect::to(place::PEOPLE).into_response(),
        Err(no) if needs_step_up(&no) => step_up::first(&place::under(place::PEOPLE, &path), "move"),
        Err(no) => show_one(&world, &person, &path, said(&no)).await,
    }
}
