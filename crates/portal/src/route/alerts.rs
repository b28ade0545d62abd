//! `/alerts`: what was unusual, and whether it was the person who reads it.

use crate::page::alerts::{self, Alert as Shown, Sign, View};
use crate::page::part::Refusal;
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::credentials::{change, needs_step_up};
use crate::route::framed::{self, told};
use crate::route::{incidents, refused, step_up};
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::alert::Alert;
use kernel::command::Command;
use kernel::decide;
use kernel::id::AlertId;
use kernel::incident::{Suspect, Why};
use kernel::state;
use kernel::time::Timestamp;
use kernel::watch::Step;
use service::node::answer;
use service::words::figures::of_refusal;
use service::words::story::alerts as words;

/// Less than one time in four: what happens every other day explains nothing.
const WORTH_TELLING: i32 = 2 * 16;

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    show(&world, &person, None).await
}

async fn show(world: &Shared, person: &Person, no: Option<(StatusCode, Refusal)>) -> Response {
    let frame = framed::inside(world, person, Nav::Incidents, "Alerts", Vec::new()).await;
    let (status, refusal) = no.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let now = person.actor.now();
    let view = person.actor.read(|state| {
        let shown = |open| all(state, person, open, now);
        View { open: shown(true), answered: shown(false), refusal }
    });
    (status, alerts::alerts(&frame, &view)).into_response()
}

/// How many wait for a word that whoever looks may see.
pub(super) fn waiting(state: &state::State, person: &Person, now: Timestamp) -> usize {
    let may = |one: &&Alert| decide::may_look_at(state, &person.by(), one.subject, now);
    kernel::alert::open(&state.customer.alerts).filter(may).count()
}

/// The newest first; those that wait for an answer, or those that were answered.
pub(super) fn all(state: &state::State, person: &Person, open: bool, now: Timestamp) -> Vec<Shown> {
    let may = |one: &&Alert| decide::may_look_at(state, &person.by(), one.subject, now);
    let all = state.customer.alerts.iter().rev().filter(|one| one.answered.is_none() == open).filter(may);
    all.map(|one| shown(state, person, one, now)).collect()
}

fn shown(state: &state::State, person: &Person, one: &Alert, now: Timestamp) -> Shown {
    let not_me = Command::AnswerAlert { id: one.id, mine: false, shown: Vec::new() };
    let locked = decide::allowed(state, &person.by(), &not_me, now).err();
    let me = Command::AnswerAlert { id: one.id, mine: true, shown: Vec::new() };
    let mine = decide::allowed(state, &person.by(), &me, now).err().is_none_or(|no| no.code() != "role_missing");
    Shown {
        id: one.id.to_string(),
        subject: words::subject(state, one.subject),
        signs: one
            .signs
            .iter()
            .filter(|sign| sign.bits >= WORTH_TELLING)
            .map(|sign| Sign { seen: words::seen(sign.signal), usual: words::usual(*sign) })
            .collect(),
        done: words::done(one),
        acted: one.step > Step::Notify,
        raised: told(one.raised_at),
        answered: one.answered.map(|said| (if said.mine { "this was me" } else { "not me" }, told(said.at))),
        mine,
        locked: locked.map(|no| lexicon::refusal(no.code(), &of_refusal(&no.reason().facts)).text),
    }
}

/// It takes what cannot be phished: whoever came in by theft would say so too.
pub async fn me(State(world): State<Shared>, person: Person, Path(path): Path<String>) -> Response {
    let Ok(id) = AlertId::parse(&path) else { return refused::missing(&world, &person.nonce) };
    match change(&world, &person, Command::AnswerAlert { id, mine: true, shown: Vec::new() }).await {
        Ok(_) => Redirect::to(place::ALERTS).into_response(),
        Err(no) if needs_step_up(&no) => step_up::first(place::ALERTS, "move"),
        Err(no) => show(&world, &person, Some((refused::status(&no), refused::told(&no)))).await,
    }
}

pub async fn not_me(State(world): State<Shared>, person: Person, Path(path): Path<String>) -> Response {
    match was_not_me(&world, &person, &path).await {
        Ok(done) => done,
        Err(no) => show(&world, &person, Some(no)).await,
    }
}

/// The same at every interface: first everything stops, also where it cannot be recorded; then it is said what it was.
pub(super) async fn was_not_me(world: &Shared, person: &Person, path: &str) -> Result<Response, (StatusCode, Refusal)> {
    let Ok(id) = AlertId::parse(path) else { return Ok(refused::missing(world, &person.nonce)) };
    let found = person.actor.read(|state| {
        kernel::alert::open(&state.customer.alerts).find(|one| one.id == id).map(|one| Suspect::from(one.subject))
    });
    let Some(suspect) = found else {
        return Err((StatusCode::CONFLICT, refused::guard("alert_not_open")));
    };
    let contained = incidents::contain(world, person, suspect, Why::NotMe { approval: None }).await;
    drop(answer(person.actor.submit(person.by(), Command::AnswerAlert { id, mine: false, shown: Vec::new() })).await);
    Ok(match contained {
        Ok(()) => incidents::leads_to(person, suspect),
        Err(no) => refused::no(world, person, &no).await,
    })
}
