//! `/activity`: every event in plain words, the newest first; a no with why and what to do.

use crate::history;
use crate::page::activity::{self, Filter, Line, View};
use crate::page::frame::{Notice, Tone};
use crate::page::part::Refusal;
use crate::page::{Frame, Nav};
use crate::person::Person;
use crate::route::framed::{self, told};
use crate::world::{Shared, World};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::actor::Actor;
use kernel::decide;
use kernel::event::{Event, Recorded};
use kernel::id::{CredentialId, OrderId};
use kernel::reason::Reason;
use kernel::state;
use kernel::working;
use serde::Deserialize;
use service::actor::{CustomerActor, FIRM};
use service::words::figures::of_refusal;
use service::words::names::credential_name;
use service::words::story;
use std::collections::BTreeSet;
use store::StoredEvent;

/// Lines of one page.
const LINES: usize = 50;
/// Events of one reading: the commit thread does other work between two.
const PLAIN: u64 = 200;
const SIFTED: u64 = 1_000;
/// After so many readings the page is shown as it is, and leads on.
const READINGS: usize = 10;
/// Events told at once: orders are decided between two.
const BREATH: usize = 50;
const LONGEST_TEXT: usize = 100;
const REFUSAL: &str = "refusal";

/// What can be chosen, what it is called on a line, and the tags that belong to it.
const KINDS: [(&str, &str, &[&str]); 8] = [
    ("order", "order", &["order."]),
    ("approval", "approval", &["approval.", "change."]),
    ("kill", "kill switch", &["kill_switch.", "meter.", "incident."]),
    ("credential", "API credential", &["credential.", "connection."]),
    ("sign-in", "sign-in", &["session.", "enrolment.", "user.", "invitation.", "source."]),
    ("device", "device", &["device."]),
    ("authenticator", "authenticator", &["authenticator."]),
    ("account", "account", &["account.", "customer."]),
];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    kind: String,
    credential: String,
    text: String,
    before: String,
}

pub async fn page(
    State(world): State<Shared>,
    person: Person,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let sieve = Sieve::of(&wanted, &person.actor);
    let read = sieve.read(&world, &person, wanted.before.parse().ok()).await;
    let (notices, found) = match read {
        Ok(found) => (Vec::new(), Some(found)),
        Err(error) => {
            tracing::error!(%error, "the journal cannot be read");
            let text = "The journal cannot be read just now: what follows is not all there is.".to_owned();
            (vec![Notice { tone: Tone::Bad, text }], None)
        }
    };
    let status = if found.is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let Found { lines, older } = found.unwrap_or_default();
    let view = View { lines, filter: sieve.shown(&wanted, &person.actor), older: older.map(|at| at.to_string()) };
    let frame: Frame = framed::inside(&world, &person, Nav::Activity, "Activity", notices).await;
    (status, activity::activity(&frame, &view)).into_response()
}

/// One page of it, for whoever shows it beside something else.
pub async fn latest(world: &World, person: &Person) -> Vec<Line> {
    let found = Sieve::of(&Wanted::default(), &person.actor).read(world, person, None).await;
    found.map(|found| found.lines).unwrap_or_else(|error| {
        tracing::error!(%error, "the journal cannot be read");
        Vec::new()
    })
}

#[derive(Debug, Default)]
struct Found {
    lines: Vec<Line>,
    /// Where the next page goes on: everything before it has not been looked at.
    older: Option<u64>,
}

/// What is wanted of all that there is.
#[derive(Debug)]
struct Sieve {
    streams: [String; 3],
    kind: Option<&'static str>,
    credential: Option<CredentialId>,
    text: String,
    /// Of the credential, as far as they are open or ended today.
    orders: BTreeSet<OrderId>,
}

impl Sieve {
    fn of(wanted: &Wanted, actor: &CustomerActor) -> Self {
        let streams = [format!("customer/{}", actor.id), format!("book/{}", actor.id), FIRM.to_owned()];
        let kinds = || KINDS.iter().map(|(value, _, _)| *value).chain([REFUSAL]);
        let kind = kinds().find(|value| *value == wanted.kind);
        let credential = CredentialId::parse(&wanted.credential).ok();
        let text: String = wanted.text.trim().chars().take(LONGEST_TEXT).collect();
        let orders = credential.map(|id| actor.read(|state| orders_of(state, id))).unwrap_or_default();
        Self { streams, kind, credential, text: text.to_lowercase(), orders }
    }

    fn on(&self) -> bool {
        self.kind.is_some() || self.credential.is_some() || !self.text.is_empty()
    }

    fn shown(&self, wanted: &Wanted, actor: &CustomerActor) -> Filter {
        let capital = |label: &str| crate::page::part::sentence(label).trim_end_matches('.').to_owned();
        let kinds = KINDS.iter().map(|(value, label, _)| (*value, *label)).chain([(REFUSAL, "refusals only")]);
        let kinds = kinds.map(|(value, label)| (value.to_owned(), capital(label), self.kind == Some(value)));
        let credentials = actor.read(|state| {
            let all = state.customer.credentials.iter();
            all.map(|one| (one.id.to_string(), credential_name(state, one.id), self.credential == Some(one.id)))
                .collect()
        });
        let text = wanted.text.trim().chars().take(LONGEST_TEXT).collect();
        Filter { kinds: kinds.collect(), credentials, text, on: self.on() }
    }

    /// From the newest, or what comes before a place in the journal, backwards; bounded, whatever is looked for.
    async fn read(&self, world: &World, person: &Person, before: Option<u64>) -> Result<Found, String> {
        let head = world.node.with_reader(|reader| reader.head()).await?.map_err(|error| error.to_string())?;
        let (size, mut orders) = (if self.on() { SIFTED } else { PLAIN }, self.orders.clone());
        let mut up_to = before.unwrap_or(head.size).min(head.size);
        let mut lines = Vec::new();
        for _ in 0..READINGS {
            let from = up_to.saturating_sub(size);
            let count = usize::try_from(up_to.saturating_sub(from)).unwrap_or_default();
            if count == 0 || lines.len() >= LINES {
                break;
            }
            let events = world.node.with_reader(move |reader| reader.tail(from, count)).await?;
            let events = events.map_err(|error| error.to_string())?;
            let own = self.decoded(&events, &mut orders)?;
            up_to = from;
            if let Some(stopped) = self.tell(person, &own, &orders, &mut lines) {
                up_to = stopped;
            }
        }
        Ok(Found { lines, older: (up_to > 0).then_some(up_to) })
    }

    /// Ours, of the kind that is wanted, the newest first.
    fn decoded<'a>(
        &self,
        events: &'a [StoredEvent],
        orders: &mut BTreeSet<OrderId>,
    ) -> Result<Vec<(&'a StoredEvent, Recorded)>, String> {
        let mut own = Vec::new();
        for stored in events.iter().filter(|stored| self.streams.contains(&stored.stream)) {
            let wanted = self.kind.is_none_or(|kind| kind == REFUSAL || kind_of(&stored.tag).0 == kind);
            if !wanted && self.credential.is_none() {
                continue;
            }
            let recorded = service::codec::decode(stored).map_err(|error| error.to_string())?;
            if let Event::Order(working::Event::Held { ask, .. } | working::Event::Admitted { ask, .. }) =
                &recorded.event
                && self.credential == Some(ask.credential)
            {
                orders.insert(ask.id);
            }
            let said_no = self.kind != Some(REFUSAL) || story::reason(&recorded.event).is_some();
            if wanted && said_no {
                own.push((stored, recorded));
            }
        }
        own.reverse();
        Ok(own)
    }

    /// Adds lines until the page is full; says where it stopped, if it did before the last.
    fn tell(
        &self,
        person: &Person,
        own: &[(&StoredEvent, Recorded)],
        orders: &BTreeSet<OrderId>,
        lines: &mut Vec<Line>,
    ) -> Option<u64> {
        let concerns = |(stored, recorded): &&(&StoredEvent, Recorded)| self.concerns(stored, recorded, orders);
        let (actor, by, now) = (&person.actor, person.by(), person.actor.now());
        let may = |state: &state::State, recorded: &Recorded| decide::may_read(state, &by, recorded, now);
        let chosen = own.iter().filter(concerns);
        let chosen: Vec<_> = actor.read(|state| chosen.filter(|(_, recorded)| may(state, recorded)).collect());
        for few in chosen.chunks(BREATH) {
            let told: Vec<Line> =
                actor.read(|state| few.iter().map(|(stored, recorded)| line(state, stored, recorded)).collect());
            for (line, (stored, _)) in told.into_iter().zip(few) {
                if lines.len() >= LINES {
                    return Some(stored.position.saturating_add(1));
                }
                if self.says(&line) {
                    lines.push(line);
                }
            }
        }
        None
    }

    fn concerns(&self, stored: &StoredEvent, recorded: &Recorded, orders: &BTreeSet<OrderId>) -> bool {
        let Some(id) = self.credential else { return true };
        let named = || core::str::from_utf8(&stored.body).is_ok_and(|body| body.contains(&id.to_string()));
        let ours = || recorded.event.order().is_some_and(|order| orders.contains(&order));
        recorded.actor == Actor::Credential(id) || ours() || named()
    }

    fn says(&self, line: &Line) -> bool {
        let in_refusal = || line.refusal.as_ref().is_some_and(|no| self.within(&no.text) || self.within(&no.code));
        self.text.is_empty()
            || self.within(&line.text)
            || self.within(&line.who)
            || self.within(&line.kind)
            || in_refusal()
    }

    fn within(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.text)
    }
}

fn orders_of(state: &state::State, id: CredentialId) -> BTreeSet<OrderId> {
    let open = state.book.orders.values();
    let all = open.chain(state.book.day.ended.iter().map(|(order, _)| order));
    all.filter(|order| order.credential == id).map(|order| order.id).collect()
}

fn kind_of(tag: &str) -> (&'static str, &'static str) {
    let found = KINDS.iter().find(|(_, _, tags)| tags.iter().any(|prefix| tag.starts_with(prefix)));
    found.map_or(("other", "event"), |(value, label, _)| (*value, *label))
}

fn line(state: &state::State, stored: &StoredEvent, recorded: &Recorded) -> Line {
    let story = story::tell(state, recorded);
    let reason = story::reason(&recorded.event);
    // What the box below says is not said twice.
    let short = reason.and_then(|why| story.text.strip_suffix(&story::because(why)));
    let text = short.map_or(story.text.as_str(), |text| text.trim_end_matches([':', ' ']));
    Line {
        at: told(recorded.at),
        tone: history::tone(&recorded.event).unwrap_or(Tone::Off),
        kind: kind_of(&stored.tag).1.to_owned(),
        who: story.by,
        text: text.to_owned(),
        refusal: reason.map(|why| refusal(why, recorded)),
        position: stored.position.to_string(),
    }
}

fn refusal(why: &Reason, recorded: &Recorded) -> Refusal {
    let words = lexicon::refusal(&why.code, &of_refusal(&why.facts));
    Refusal {
        category: why.category.as_str().to_owned(),
        code: why.code.clone(),
        text: words.text,
        remedy: words.remedy,
        correlation: Some(recorded.correlation.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_belongs_to_a_kind() {
        for tag in [
            "order.filled",
            "approval.settled",
            "change.asked",
            "kill_switch.engaged",
            "meter.rearmed",
            "credential.created",
            "connection.read",
            "session.begun",
            "enrolment.used",
            "user.created",
            "invitation.made",
            "device.bound",
            "authenticator.bound",
            "account.opened",
            "customer.opened",
        ] {
            assert_ne!(kind_of(tag).0, "other", "{tag}");
        }
        assert_eq!(kind_of("novel.thing").0, "other");
    }
}
