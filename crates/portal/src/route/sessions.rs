//! `/sessions`: one session is ended, or all of them, or one turns out to be somebody else's.

use crate::page::place;
use crate::person::Person;
use crate::route::devices::{revoke, signed_out, submit};
use crate::route::form::Form;
use crate::route::{incidents, refused};
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::command::Command;
use kernel::decide;
use kernel::id::SessionId;
use kernel::incident::{Suspect, Why};
use kernel::people::{self, Refusal};
use kernel::{refusal, session};
use serde::Deserialize;
use service::No;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct All {
    #[serde(default)]
    suspend: String,
}

pub async fn end(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = SessionId::parse(&id) else { return Redirect::to(place::DEVICES).into_response() };
    match submit(&person, people::Command::EndSession { id }).await {
        Ok(_) if id == person.session => signed_out("out"),
        // It has ended already: that is what was wanted.
        Ok(_) => Redirect::to(place::DEVICES).into_response(),
        Err(no) if has_ended(&no) => Redirect::to(place::DEVICES).into_response(),
        Err(no) => refused::no(&world, &person, &no).await,
    }
}

const fn has_ended(no: &No) -> bool {
    let No::Refused { refusal: refusal::Refusal::People(refusal), .. } = no else { return false };
    matches!(
        refusal,
        Refusal::Session(
            session::Refusal::Unknown
                | session::Refusal::Idle
                | session::Refusal::Expired
                | session::Refusal::LoggedOutEverywhere
        ) | Refusal::Device(kernel::device::Refusal::Revoked)
    )
}

/// Whoever was there keeps the browser: the device goes with the session.
pub async fn not_me(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let found = SessionId::parse(&id).ok().and_then(|id| {
        let own = |one: &&session::Session| one.id == id && one.user == person.user;
        person.actor.read(|state| state.customer.people.sessions.iter().find(own).map(|one| one.device))
    });
    match found {
        Some(device) => revoke(world, person, device, true).await,
        // It has ended meanwhile: whoever was there may have done what they came for.
        // Who may not stop programs is out everywhere all the same.
        None if !may_stop(&person) => {
            let command = people::Command::LogOutEverywhere { user: person.user, suspend_credentials: false };
            match submit(&person, command).await {
                Ok(_) => signed_out("everywhere"),
                Err(no) => refused::no(&world, &person, &no).await,
            }
        }
        None => {
            let suspect = Suspect::User(person.user);
            match incidents::contain(&world, &person, suspect, Why::NotMe { approval: None }).await {
                Ok(()) => incidents::leads_to(&person, suspect),
                Err(no) => refused::no(&world, &person, &no).await,
            }
        }
    }
}

fn may_stop(person: &Person) -> bool {
    let (why, suspect) = (Why::NotMe { approval: None }, Suspect::User(person.user));
    let (open, now) = (Command::OpenIncident { suspect, why }, person.actor.now());
    person.actor.read(|state| decide::allowed(state, &person.by(), &open, now)).is_ok()
}

/// Carried out to its end, also when the browser has gone: programs are stopped by their listeners.
pub async fn end_all(State(world): State<Shared>, person: Person, Form(all): Form<All>) -> Response {
    let suspend_credentials = all.suspend == "yes";
    let (shared, asking) = (world.clone(), person.clone());
    let done = tokio::spawn(async move {
        let command = people::Command::LogOutEverywhere { user: asking.user, suspend_credentials };
        let recorded = submit(&asking, command).await?;
        if suspend_credentials {
            (shared.after_credentials_changed)(asking.actor.clone()).await;
        }
        Ok::<_, No>(recorded)
    });
    match done.await {
        Ok(Ok(_)) => signed_out("everywhere"),
        Ok(Err(no)) => refused::no(&world, &person, &no).await,
        Err(_) => refused::malformed(&world, &person.nonce, StatusCode::INTERNAL_SERVER_ERROR),
    }
}
