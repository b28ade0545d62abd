//! Push: asked for at the phone that is to ring, and signed there; turned off at the phone or at the portal.

use crate::page::part::Refusal as Told;
use crate::page::place;
use crate::page::push::{Ringing, View};
use crate::person::{Person, Phone};
use crate::route::credentials::needs_step_up;
use crate::route::form::Form;
use crate::route::phone::inside;
use crate::route::widen::asked_for;
use crate::route::{devices, framed, notices, refused, step_up};
use crate::world::{Shared, World};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::change::Change;
use kernel::command::Command;
use kernel::id::DeviceId;
use kernel::people::Command as Ask;
use kernel::push;
use serde::Deserialize;
use service::No;
use service::node::answer;
use service::notices::SUBSCRIPTION;

/// As the browser's push service has given it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribed {
    endpoint: String,
    p256dh: String,
    auth: String,
}

impl std::fmt::Debug for Subscribed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscribed")
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Of {
    device: String,
}

/// Of the phone that looks.
pub fn view(world: &World, phone: &Person) -> View {
    let Some(key) = world.push.as_ref().and_then(|push| push.public_key()) else { return View::NotBuilt };
    let now = phone.actor.now();
    phone.actor.read(|state| {
        if let Some(on) = push::on(&state.customer.people.pushes, phone.device) {
            let (device, since) = (on.device.to_string(), framed::told(on.since));
            return View::On { device, since, key: key.to_owned() };
        }
        let waits = state.customer.changes.iter().find(|(_, asked)| {
            let own = matches!(&asked.change, Change::Push { device, .. } if *device == phone.device);
            own && now < asked.expires_at
        });
        match waits {
            Some((id, _)) => View::Asked { page: place::under(place::PHONE_APPROVALS, &id.to_string()) },
            None => {
                let gone = state.customer.people.push_gone.iter().any(|one| one.device == phone.device);
                View::Off { key: key.to_owned(), gone }
            }
        }
    })
}

/// A person's own, as the portal lists them; then those that their push service has ended.
pub fn ringing(person: &Person) -> Vec<Ringing> {
    person.actor.read(|state| {
        let people = &state.customer.people;
        let on = people.pushes.iter().map(|one| (one.user, one.device, Some(framed::told(one.since))));
        let gone = people.push_gone.iter().map(|one| (one.user, one.device, None));
        let own = on.chain(gone).filter(|(user, ..)| *user == person.user);
        own.map(|(_, device, since)| Ringing {
            device: device.to_string(),
            name: people.device(device).map(|device| device.label.clone()).unwrap_or_default(),
            since,
        })
        .collect()
    })
}

/// It is on when it is signed: that is the next page.
pub async fn on(State(world): State<Shared>, phone: Phone, Form(said): Form<Subscribed>) -> Response {
    let Some(push) = &world.push else { return no_push(&world, &phone, "push_not_built").await };
    let Ok(subscription) = push.subscription(&said.endpoint, &said.p256dh, &said.auth) else {
        return no_push(&world, &phone, "push_malformed").await;
    };
    let text = subscription.text();
    let sealed = world.sealed.seal(phone.actor.stream(), SUBSCRIPTION, text.as_bytes()).await;
    let (row, sha256) = match sealed {
        Ok(sealed) => sealed,
        Err(why) => return refused::no(&world, &phone, &No::NotRecorded { why: why.to_string() }).await,
    };
    let host = subscription.endpoint().service();
    let ask = Command::AskChange(Change::Push { device: phone.device, sha256, host });
    match answer(phone.actor.submit_sealed(phone.by(), ask, vec![row])).await {
        Ok(recorded) => {
            let asked = asked_for(&recorded).map(|id| place::under(place::PHONE_APPROVALS, &id.to_string()));
            Redirect::to(asked.as_deref().unwrap_or(place::PHONE_SETTINGS)).into_response()
        }
        Err(no @ No::Refused { .. }) => {
            inside::show_settings(&world, &phone, refused::status(&no), Some(refused::told(&no))).await
        }
        Err(no) => refused::no(&world, &phone, &no).await,
    }
}

async fn no_push(world: &Shared, phone: &Phone, code: &str) -> Response {
    let refusal: Told = refused::identity(code);
    inside::show_settings(world, phone, StatusCode::BAD_REQUEST, Some(refusal)).await
}

pub async fn off_here(State(world): State<Shared>, phone: Phone, Form(of): Form<Of>) -> Response {
    match turn_off(&phone, &of).await {
        Some(Ok(_)) => Redirect::to(place::PHONE_SETTINGS).into_response(),
        Some(Err(no)) => inside::show_settings(&world, &phone, refused::status(&no), Some(refused::told(&no))).await,
        None => Redirect::to(place::PHONE_SETTINGS).into_response(),
    }
}

/// Any of one's own: a phone that is out of reach need not be found first.
pub async fn off(State(world): State<Shared>, person: Person, Form(of): Form<Of>) -> Response {
    match turn_off(&person, &of).await {
        Some(Err(no)) if needs_step_up(&no) => step_up::first(place::NOTICES, "move"),
        Some(Err(no)) => notices::refuse_push(&world, &person, &no).await,
        Some(Ok(_)) | None => Redirect::to(place::NOTICES).into_response(),
    }
}

async fn turn_off(person: &Person, of: &Of) -> Option<service::outcome::Outcome> {
    let device = DeviceId::parse(&of.device).ok()?;
    Some(devices::submit(person, Ask::TurnPushOff { device, only: None }).await)
}
