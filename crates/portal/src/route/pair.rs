//! `/devices/pair`: the link by which one phone comes in, as a picture and to read; and which phone it was.

use crate::page::new_device::Replaceable;
use crate::page::pair::{Stage, View, pair};
use crate::page::part::Refusal as Told;
use crate::page::{Nav, place};
use crate::person::Person;
use crate::qr;
use crate::route::credentials::needs_step_up;
use crate::route::devices::submit;
use crate::route::form::Form;
use crate::route::framed::{self, told};
use crate::route::sign_in::token;
use crate::route::{refused, step_up};
use crate::world::{Shared, World};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::device::{self, MAX_TRUSTED, places};
use kernel::evidence::Capability;
use kernel::id::DeviceId;
use kernel::pairing::Pairing;
use kernel::people;
use serde::Deserialize;
use service::No;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Whose place the phone takes, where all are taken.
    #[serde(default)]
    replace: String,
}

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    show(&world, &person, StatusCode::OK, None).await
}

pub async fn offer(State(world): State<Shared>, person: Person, Form(wanted): Form<Wanted>) -> Response {
    let code = match token() {
        Ok(code) => code,
        Err(no) => return refused::no(&world, &person, &no).await,
    };
    let replaces = DeviceId::parse(&wanted.replace).ok();
    match submit(&person, people::Command::OfferPairing { sha256: code.sha256(), replaces }).await {
        Ok(_) => {
            world.memory.show_link(person.session, code);
            Redirect::to(place::PAIR).into_response()
        }
        Err(no) if needs_step_up(&no) => step_up::first(place::PAIR, "move"),
        Err(no @ No::Refused { .. }) => show(&world, &person, refused::status(&no), Some(refused::told(&no))).await,
        Err(no) => refused::no(&world, &person, &no).await,
    }
}

async fn show(world: &World, person: &Person, status: StatusCode, refusal: Option<Told>) -> Response {
    let frame = framed::inside(world, person, Nav::Devices, "Pair a phone", Vec::new()).await;
    // Refused, it is asked anew, and says which place there is to take.
    let stage = match refusal {
        Some(_) => Stage::Ask { replace: replaceable(person) },
        None => stage(world, person),
    };
    let view = View { stage, near: world.origin.is_localhost(), refusal };
    (status, pair(&frame, &view)).into_response()
}

/// Of the link that was shown in this session: another's is nothing to see here.
fn stage(world: &World, person: &Person) -> Stage {
    let now = person.actor.now();
    let own = |one: &&Pairing| one.user == person.user && one.session == person.session;
    let (latest, phone, open) = person.actor.read(|state| {
        let people = &state.customer.people;
        let latest = people.pairings.iter().find(own).copied();
        // A page that stays open after the window is over draws no link any more.
        let open = people.living(person.session, now).is_ok_and(|one| one.session.may(Capability::Move, now).is_ok());
        let phone = latest.and_then(|one| one.device).and_then(|id| people.device(id).ok().cloned());
        (latest, phone, open)
    });
    if let Some(phone) = phone {
        let trusted = phone.trusted(now).is_ok();
        return Stage::Done { id: phone.id.to_string(), phone: phone.label, at: told(phone.bound_at), trusted };
    }
    let shown = latest.filter(|one| open && one.is_open(now)).zip(world.memory.link(person.session));
    let shown = shown.filter(|(one, code)| code.is(&one.sha256));
    let drawn = shown.and_then(|(one, code)| {
        let link = format!("{}{}#{}", world.origin.as_str(), place::PHONE_PAIR, code.text().as_str());
        Some(Stage::Shown { qr: qr::drawn(&link)?, link, until: told(one.expires_at) })
    });
    drawn.unwrap_or_else(|| Stage::Ask { replace: replaceable(person) })
}

/// The one that it is shown on stays: there one sees who came.
fn replaceable(person: &Person) -> Vec<Replaceable> {
    let now = person.actor.now();
    person.actor.read(|state| {
        let trusted: Vec<&device::Device> = places(&state.customer.people.devices, person.user, now).collect();
        if trusted.len() < MAX_TRUSTED {
            return Vec::new();
        }
        let others = trusted.into_iter().filter(|one| one.id != person.device);
        let one = |one: &device::Device| Replaceable {
            id: one.id.to_string(),
            name: one.label.clone(),
            last_used: told(one.used_at),
            here: false,
        };
        others.map(one).collect()
    })
}
