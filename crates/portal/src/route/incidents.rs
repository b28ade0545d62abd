//! `/incidents`: everything is stopped by one tap; what is left to do, what happened, and that it is over.

use crate::page::incidents::{self, Incident as Shown, Row, State as Standing, Step, View};
use crate::page::part::Refusal;
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::credentials::{change, needs_step_up};
use crate::route::framed::{self, told};
use crate::route::{activity, refused, step_up};
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::api_credential;
use kernel::command::Command;
use kernel::decide;
use kernel::device;
use kernel::id::IncidentId;
use kernel::incident::{Incident, Suspect, Why};
use kernel::state;
use kernel::time::Timestamp;
use service::No;
use service::words::figures::of_refusal;
use service::words::story::suspect;

pub async fn list(State(world): State<Shared>, person: Person) -> Response {
    let frame = framed::inside(&world, &person, Nav::Incidents, "Incidents", Vec::new()).await;
    let now = person.actor.now();
    let view = person.actor.read(|state| {
        let open = Command::OpenIncident { suspect: Suspect::User(person.user), why: Why::Declared };
        let locked = decide::allowed(state, &person.by(), &open, now).err();
        let row = |one: &Incident| Row {
            id: one.id.to_string(),
            suspect: suspect(state, one.suspect),
            opened: told(one.opened_at),
            closed: one.closed_at.map(told),
        };
        View {
            rows: state.customer.incidents.iter().rev().map(row).collect(),
            locked: locked.map(|no| lexicon::refusal(no.code(), &of_refusal(&no.reason().facts)).text),
        }
    });
    incidents::incidents(&frame, &view).into_response()
}

/// By one tap, whatever window is open.
pub async fn open(State(world): State<Shared>, person: Person) -> Response {
    let suspect = Suspect::User(person.user);
    match contain(&world, &person, suspect, Why::Declared).await {
        Ok(()) => leads_to(&person, suspect),
        Err(no) => refused::no(&world, &person, &no).await,
    }
}

/// Carried out to its end, also when the browser has gone: running programs are cut off.
pub async fn contain(world: &Shared, person: &Person, suspect: Suspect, why: Why) -> Result<(), No> {
    let (world, actor, by) = (world.clone(), person.actor.clone(), person.by());
    let done = tokio::spawn(async move {
        let outcome = world.node.contain(&actor, by, suspect, why).await?;
        drop((world.after_credentials_changed)(actor).await);
        Ok(outcome)
    });
    let outcome = done.await.unwrap_or(Err(No::Busy))?;
    let why = "the kill switch acts all the same; sessions and credentials are as they were".to_owned();
    if outcome.durable { Ok(()) } else { Err(No::NotRecorded { why }) }
}

/// A viewer's "this was not me" opens none.
pub fn is_open(person: &Person) -> bool {
    let own = Suspect::User(person.user);
    person.actor.read(|state| kernel::incident::open(&state.customer.incidents, own).is_some())
}

pub fn leads_to(person: &Person, suspect: Suspect) -> Response {
    // The first screen of a phone says that it is open.
    if person.is_on_a_phone() {
        return Redirect::to(place::PHONE).into_response();
    }
    let open = person.actor.read(|state| kernel::incident::open(&state.customer.incidents, suspect).map(|one| one.id));
    let to = open.map_or_else(|| place::INCIDENTS.to_owned(), |id| place::under(place::INCIDENTS, &id.to_string()));
    Redirect::to(&to).into_response()
}

pub async fn page(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    show(&world, &person, &id, None).await
}

async fn show(world: &Shared, person: &Person, id: &str, no: Option<(StatusCode, Refusal)>) -> Response {
    let found = IncidentId::parse(id)
        .ok()
        .and_then(|id| person.actor.read(|state| state.customer.incidents.iter().find(|one| one.id == id).copied()));
    let Some(one) = found else { return refused::missing(world, &person.nonce) };
    let lines = activity::latest(world, person).await;
    let (status, refusal) = no.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let now = person.actor.now();
    let view = person.actor.read(|state| Shown {
        id: one.id.to_string(),
        suspect: suspect(state, one.suspect),
        why: match one.why {
            Why::NotMe { .. } => "because somebody said: this was not me".to_owned(),
            Why::Declared => "by hand".to_owned(),
        },
        opened: told(one.opened_at),
        closed: one.closed_at.map(told),
        steps: steps(state, person, &one, now),
        lines,
        // A command to copy.
        dossier: format!("portreeve dossier export --incident {id} --out {id}", id = one.id),
        refusal,
    });
    let frame = framed::inside(world, person, Nav::Incidents, "Incident", Vec::new()).await;
    (status, incidents::incident(&frame, &view)).into_response()
}

fn steps(state: &state::State, person: &Person, one: &Incident, now: Timestamp) -> Vec<Step> {
    let customer = &state.customer;
    let step = |done: bool, what: &str, detail: String, href: &'static str| Step {
        state: if done { Standing::Done } else { Standing::Open },
        what: what.to_owned(),
        detail,
        href,
    };
    let look = |what: &str, detail: String, href| Step { state: Standing::Look, ..step(true, what, detail, href) };
    let stopped = customer.kills.iter().any(|kill| kill.level == one.suspect.level());
    let theirs = |credential| match one.suspect {
        Suspect::Credential(id) => id == credential,
        Suspect::User(_) => true,
    };
    let open = state.book.orders.values().filter(|order| theirs(order.credential)).count();
    let active = |one: &&api_credential::ApiCredential| one.state == api_credential::State::Active && theirs(one.id);
    let running = customer.credentials.iter().filter(active).count();
    let mut all = vec![
        step(
            stopped,
            "New orders are stopped",
            "The kill switch; what only reduces a position still passes.".to_owned(),
            place::LIMITS,
        ),
        step(open == 0, "Open orders are cancelled", format!("{open} of them are open."), place::ORDERS),
        step(
            running == 0,
            "API credentials are suspended",
            format!("{running} of them may be used."),
            place::CREDENTIALS,
        ),
    ];
    if let Suspect::User(user) = one.suspect {
        let people = &customer.people;
        let others = people.sessions.iter().filter(|one| one.user == user && one.id != person.session);
        let living = others.filter(|one| people.living(one.id, now).is_ok()).count();
        let trusted = device::places(&people.devices, user, now).count();
        let keys = people.active(user).count();
        all.extend([
            step(living == 0, "Other sessions have ended", format!("{living} of them live."), place::DEVICES),
            look("Unbind every device that you do not know", format!("{trusted} are trusted."), place::DEVICES),
            look(
                "Remove every authenticator that you do not know",
                format!("{keys} can be used."),
                place::AUTHENTICATORS,
            ),
        ]);
    }
    all.extend([
        look(
            "Read what happened, and check the positions",
            "What was traded is below and on its orders.".to_owned(),
            place::POSITIONS,
        ),
        look(
            "Give each program a new secret before you resume it",
            "Rotating leaves the old one alive for a day: revoke what was stolen.".to_owned(),
            place::CREDENTIALS,
        ),
    ]);
    all
}

pub async fn close(State(world): State<Shared>, person: Person, Path(path): Path<String>) -> Response {
    let Ok(id) = IncidentId::parse(&path) else { return refused::missing(&world, &person.nonce) };
    let here = place::under(place::INCIDENTS, &path);
    match change(&world, &person, Command::CloseIncident { id }).await {
        Ok(_) => Redirect::to(&here).into_response(),
        Err(no) if needs_step_up(&no) => step_up::first(&here, "move"),
        Err(no) => show(&world, &person, &path, Some((refused::status(&no), refused::told(&no)))).await,
    }
}
