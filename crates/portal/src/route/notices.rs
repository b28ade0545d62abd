//! `/notices`: one's address, what one is told, and what did not arrive.

use crate::page::notices::{Dead, Group, View, confirm, notices};
use crate::page::part::{Moment, Refusal as Told};
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::bind::is_shut;
use crate::route::form::Form;
use crate::route::push::ringing;
use crate::route::sign_in::token;
use crate::route::{framed, refused, step_up};
use crate::texts::{Goal, Tried};
use crate::world::{Shared, World};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::command::Command;
use kernel::decide;
use kernel::digest::Digest;
use kernel::id::NoticeId;
use kernel::notice::{self, Why};
use kernel::people::Command as Ask;
use kernel::refusal::Refusal;
use notify::Address;
use serde::Deserialize;
use service::No;
use service::node::answer;
use service::notices::ADDRESS;
use service::words::names::moment;
use service::words::notice::subject;
use store::SealedChange;
use vault::sms::SmsCode;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    ceremony: String,
    code: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Turned {
    Yes,
    No,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    group: notice::Group,
    on: Turned,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wanted")
    }
}
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    show(&world, &person, StatusCode::OK, None, false).await
}

async fn show(world: &World, person: &Person, status: StatusCode, refusal: Option<Told>, tested: bool) -> Response {
    let frame = framed::inside(world, person, Nav::Notices, "Notices", Vec::new()).await;
    let email = address(world, person).await.map(|address| address.shown());
    let any = Ask::SetEmail { sha256: Digest::plain(b"") };
    let locked = may(person, any).err().map(|refusal| refused::because(refusal).text);
    let none = NoticeId::from_bits(0);
    let may_retry = may(person, Ask::RetryNotice { id: none }).is_ok();
    let (groups, dead) = person.actor.read(|state| {
        let notices = &state.customer.people.notices;
        let groups = notice::Group::ALL.map(|one| group(one, notices.wants(person.user, one)));
        let own = notices.dead.iter().rev().filter(|one| one.user.is_none_or(|user| user == person.user));
        (groups.into(), own.map(undelivered).collect())
    });
    let (mail, webhooks) = (world.letters.is_on(), world.webhooks.clone());
    let (push, ringing) = (world.push.is_some(), ringing(person));
    let view = View { mail, email, webhooks, push, ringing, groups, dead, may_retry, locked, refusal, tested };
    (status, notices(&frame, &view)).into_response()
}

fn group(group: notice::Group, on: bool) -> Group {
    let (label, hint) = match group {
        notice::Group::Approvals => {
            ("Approvals", "An order waits for you, or was answered. After five that nobody answers one more says so.")
        }
        notice::Group::Fills => ("Fills", "Each fill, without its terms: those stay in the portal."),
    };
    Group { name: group.as_str(), label, hint, on }
}

fn undelivered(dead: &notice::Dead) -> Dead {
    let why = match dead.why {
        Why::Refused => "refused there for good",
        Why::Late => "tried for a day",
        Why::Unreadable => "cannot be read any more",
    };
    let (id, at) = (dead.id.to_string(), Moment::of(&moment(dead.at)));
    Dead { id, subject: subject(dead.kind).to_owned(), carrier: dead.carrier.clone(), why, at }
}

fn may(person: &Person, ask: Ask) -> Result<(), Refusal> {
    let now = person.actor.now();
    person.actor.read(|state| decide::allowed(state, &person.by(), &Command::People(ask), now))
}

async fn address(world: &World, person: &Person) -> Option<Address> {
    let sha256 = person.actor.read(|state| state.customer.people.notices.email(person.user))?;
    let plain = world.sealed.unseal(person.actor.stream(), ADDRESS, &sha256).await.ok()?;
    Address::parse(core::str::from_utf8(&plain).ok()?).ok()
}

async fn refuse(world: &World, person: &Person, status: StatusCode, code: &str) -> Response {
    show(world, person, status, Some(refused::identity(code)), false).await
}

/// A code goes to the address; it is one's own when the code comes back.
pub async fn begin(State(world): State<Shared>, person: Person, Form(wanted): Form<Wanted>) -> Response {
    if !world.letters.is_on() {
        return refuse(&world, &person, StatusCode::CONFLICT, "email_not_built").await;
    }
    if let Err(refusal) = may(&person, Ask::SetEmail { sha256: Digest::plain(b"") }) {
        return shut(&world, &person, refusal).await;
    }
    let Ok(email) = Address::parse(&wanted.email) else {
        return refuse(&world, &person, StatusCode::BAD_REQUEST, "email_malformed").await;
    };
    if world.letters.may_send(person.user, world.now()).is_err() {
        return refuse(&world, &person, StatusCode::TOO_MANY_REQUESTS, "email_too_many").await;
    }
    let made = SmsCode::random().map_err(|why| No::NotRecorded { why: why.to_string() });
    let (code, token) = match made.and_then(|code| Ok((code, token()?))) {
        Ok(made) => made,
        Err(lost) => return refused::no(&world, &person, &lost).await,
    };
    if world.letters.code(&email, &code, world.now()).await.is_err() {
        return refuse(&world, &person, StatusCode::SERVICE_UNAVAILABLE, "email_not_sent").await;
    }
    let shown = email.shown();
    let goal = Goal::Email { session: person.session, email };
    let ceremony = world.texts.wait(code, goal, &token, world.now());
    asked(&world, &person, &ceremony, Some(&shown), None).await
}

async fn asked(world: &World, person: &Person, ceremony: &str, shown: Option<&str>, code: Option<&str>) -> Response {
    let frame = framed::inside(world, person, Nav::Notices, "Confirm the address", Vec::new()).await;
    let status = if code.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let refusal = code.map(refused::identity);
    (status, confirm(&frame, ceremony, shown, refusal.as_ref())).into_response()
}

pub async fn set(State(world): State<Shared>, person: Person, Form(typed): Form<Typed>) -> Response {
    let own = |goal: &Goal| matches!(goal, Goal::Email { session, .. } if *session == person.session);
    match world.texts.try_code(&typed.ceremony, &typed.code, world.now(), own) {
        Tried::Right(Goal::Email { email, .. }) => {
            let sealed = world.sealed.seal(person.actor.stream(), ADDRESS, email.text().as_bytes()).await;
            match sealed {
                Ok((row, sha256)) => done(&world, &person, Ask::SetEmail { sha256 }, vec![row]).await,
                Err(why) => refused::no(&world, &person, &No::NotRecorded { why: why.to_string() }).await,
            }
        }
        Tried::Wrong => asked(&world, &person, &typed.ceremony, None, Some("email_code_wrong")).await,
        Tried::Right(_) | Tried::Over => refuse(&world, &person, StatusCode::CONFLICT, "email_code_void").await,
    }
}

pub async fn remove(State(world): State<Shared>, person: Person) -> Response {
    done(&world, &person, Ask::RemoveEmail, Vec::new()).await
}

pub async fn wish(State(world): State<Shared>, person: Person, Form(wish): Form<Wish>) -> Response {
    let on = matches!(wish.on, Turned::Yes);
    done(&world, &person, Ask::SetNotices { group: wish.group, on }, Vec::new()).await
}

pub async fn retry(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = NoticeId::parse(&id) else { return Redirect::to(place::NOTICES).into_response() };
    done(&world, &person, Ask::RetryNotice { id }, Vec::new()).await
}

pub async fn test(State(world): State<Shared>, person: Person) -> Response {
    let Some(email) = address(&world, &person).await else {
        return refuse(&world, &person, StatusCode::CONFLICT, "no_email").await;
    };
    if world.letters.may_send(person.user, world.now()).is_err() {
        return refuse(&world, &person, StatusCode::TOO_MANY_REQUESTS, "email_too_many").await;
    }
    match world.letters.test(&email, world.now()).await {
        Ok(()) => show(&world, &person, StatusCode::OK, None, true).await,
        Err(_) => refuse(&world, &person, StatusCode::SERVICE_UNAVAILABLE, "email_not_sent").await,
    }
}

pub(super) async fn refuse_push(world: &World, person: &Person, no: &No) -> Response {
    match no {
        No::Refused { .. } => show(world, person, refused::status(no), Some(refused::told(no)), false).await,
        No::NotRecorded { .. } | No::Busy => refused::no(world, person, no).await,
    }
}

async fn shut(world: &World, person: &Person, refusal: Refusal) -> Response {
    if is_shut(&refusal) {
        return step_up::first(place::NOTICES, "move");
    }
    show(world, person, StatusCode::FORBIDDEN, Some(refused::because(refusal)), false).await
}

async fn done(world: &World, person: &Person, ask: Ask, rows: Vec<SealedChange>) -> Response {
    match answer(person.actor.submit_sealed(person.by(), Command::People(ask), rows)).await {
        Ok(_) => Redirect::to(place::NOTICES).into_response(),
        Err(No::Refused { refusal, .. }) if is_shut(&refusal) => shut(world, person, refusal).await,
        Err(no @ No::Refused { .. }) => {
            show(world, person, refused::status(&no), Some(refused::told(&no)), false).await
        }
        Err(no) => refused::no(world, person, &no).await,
    }
}
