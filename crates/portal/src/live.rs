//! Live: tells an open page what has changed, and ends with the session: within a second, whatever ended it.

use crate::person::{Person, Phone, Turned, turned};
use crate::streams::Place;
use crate::world::Shared;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event as Message, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use kernel::event::Event;
use kernel::people;
use serde::Deserialize;
use service::{Hearing, Unheard};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Interval, interval};

/// Besides each notice: time alone can end a session.
const LOOK: Duration = Duration::from_millis(500);
/// Every five seconds: as long as a quote counts as fresh.
const QUOTES: u32 = 10;

struct Stream {
    person: Person,
    notices: Hearing,
    look: Interval,
    looks: u32,
    missed: bool,
    over: bool,
    /// How many pages are open is bounded; the place is free when the page is closed.
    place: Place,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// How much had been told when the page was read; without it nothing is caught up with.
    told: Option<u64>,
}

pub async fn live(State(world): State<Shared>, person: Person, Query(from): Query<From>) -> Response {
    opened(&world, person, &from)
}

pub async fn on_a_phone(State(world): State<Shared>, Phone(person): Phone, Query(from): Query<From>) -> Response {
    opened(&world, person, &from)
}

fn opened(world: &Shared, person: Person, from: &From) -> Response {
    let Some(place) = world.streams.open(person.session) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let notices = person.actor.subscribe();
    // What happened between the page and this is told to nobody else.
    let missed = from.told.is_some_and(|told| told != person.actor.told());
    let stream = Stream { person, notices, look: interval(LOOK), looks: 0, missed, over: false, place };
    Sse::new(unfold(stream, |mut stream| async move {
        let message = stream.next().await?;
        Some((Ok::<_, Infallible>(message), stream))
    }))
    .into_response()
}

impl Stream {
    async fn next(&mut self) -> Option<Message> {
        if self.over {
            return None;
        }
        if std::mem::take(&mut self.missed) {
            return Some(Message::default().data(ALL));
        }
        loop {
            let topics = tokio::select! {
                told = self.notices.recv() => match told {
                    Ok(notice) => topic(&notice.recorded.event),
                    // Nobody knows what was missed: everything may have changed.
                    Err(Unheard::Behind) => ALL,
                    Err(Unheard::Over) => return None,
                },
                // Quotes move by themselves, and nobody notices that a page was left: an open one asks again.
                _ = self.look.tick() => {
                    self.looks = self.looks.wrapping_add(1);
                    if self.looks.is_multiple_of(QUOTES) { "quotes" } else { "" }
                }
                () = self.place.gives_way() => {
                    self.over = true;
                    return Some(Message::default().event("elsewhere").data("other windows"));
                }
            };
            if let Err(refusal) = self.person.stands() {
                self.over = true;
                let reason = match turned(refusal) {
                    Turned::SignIn { reason } => reason,
                    Turned::ConfirmDevice => "device",
                };
                return Some(Message::default().event("ended").data(reason));
            }
            if !topics.is_empty() {
                return Some(Message::default().data(topics));
            }
        }
    }
}

const ALL: &str =
    "session devices people authenticators credentials accounts approvals orders positions kill notices activity";

/// The parts of pages that an event changes.
const fn topic(event: &Event) -> &'static str {
    match event {
        Event::Customer(_) | Event::Account(_) => "accounts activity",
        Event::Source(_) | Event::Seal(_) => "activity",
        Event::Incident(_) | Event::Alert(_) | Event::DayLoss(_) | Event::Restore(_) => "kill activity",
        Event::Credential(_) | Event::Connection(_) => "credentials activity",
        Event::KillSwitch(_) => "kill credentials orders activity",
        Event::Approval(_) | Event::Change(_) => "approvals orders kill activity",
        Event::Order(_) | Event::Meter(_) | Event::DeadMan(_) => "orders positions credentials activity",
        Event::People(people::Event::Session(_)) => "session devices activity",
        Event::People(people::Event::Device(_) | people::Event::Pairing(_)) => "devices activity",
        Event::People(people::Event::Attempt(_)) => "activity",
        Event::People(people::Event::Authenticator(_)) => "authenticators activity",
        Event::People(people::Event::Notice(_) | people::Event::Push(_)) => "notices activity",
        Event::People(people::Event::User(_) | people::Event::Enrolment(_) | people::Event::Invitation(_)) => {
            "session devices people activity"
        }
    }
}
