//! `GET /v1/diagnose/{id}`: all that the journal tells about a correlation id, an order, an approval, a credential.

use crate::ask::Name;
use crate::credential_view::find;
use crate::journal_routes::page;
use crate::problem::Problem;
use crate::world::{Answer, Shared};
use axum::Json;
use axum::extract::State;
use kernel::event::Recorded;
use kernel::id::{ApprovalId, CorrelationId, OrderId};
use serde::Serialize;
use serde_json::{Value, json};
use service::words::names::moment;
use service::words::story::{self, Story};
use std::collections::BTreeSet;

/// Events that are told; a credential may have many more, and then the newest are.
const MOST_TOLD: usize = 200;

struct Found {
    position: u64,
    recorded: Recorded,
}

pub(crate) async fn diagnose(State(world): State<Shared>, Name(asked): Name) -> Answer<Json<Value>> {
    let actor = world.customer()?;
    let credential = actor.read(|state| find(state, &asked).ok().map(|credential| credential.id));
    let (kind, wanted) = match credential {
        Some(id) => ("credential", id.to_string()),
        None => (kind(&asked).ok_or_else(|| Problem::nothing_recorded(&asked))?, asked.clone()),
    };
    let (found, skipped) = collect(&world, &wanted, kind).await?;
    if found.is_empty() {
        return Err(Problem::nothing_recorded(&asked));
    }
    let events: Vec<Told> = actor.read(|state| found.iter().map(|one| told(state, one)).collect());
    Ok(Json(json!({ "id": wanted, "kind": kind, "earlier_events_not_shown": skipped, "events": events })))
}

fn kind(text: &str) -> Option<&'static str> {
    if OrderId::parse(text).is_ok() {
        Some("order")
    } else if ApprovalId::parse(text).is_ok() {
        Some("approval")
    } else if CorrelationId::parse(text).is_ok() {
        Some("correlation")
    } else {
        None
    }
}

/// Everything that names the id, and for an approval everything that names its order too.
async fn collect(world: &Shared, wanted: &str, kind: &str) -> Answer<(Vec<Found>, usize)> {
    let mut names: BTreeSet<String> = BTreeSet::from([wanted.to_owned()]);
    let (mut found, mut skipped, mut next) = (Vec::new(), 0, 0);
    loop {
        let events = page(world, next).await?;
        let Some(last) = events.last() else { return Ok((found, skipped)) };
        next = last.position.saturating_add(1);
        for event in &events {
            let body = String::from_utf8_lossy(&event.body);
            if !names.iter().any(|name| body.contains(name.as_str())) {
                continue;
            }
            let Ok(recorded) = service::codec::decode(event) else { continue };
            if kind != "credential" {
                names.extend(recorded.event.order().map(|order| order.to_string()));
            }
            if found.len() >= MOST_TOLD {
                found.remove(0);
                skipped += 1;
            }
            found.push(Found { position: event.position, recorded });
        }
    }
}

#[derive(Debug, Serialize)]
struct Told {
    position: u64,
    at: String,
    tag: &'static str,
    correlation_id: String,
    #[serde(flatten)]
    story: Story,
}

fn told(state: &kernel::state::State, found: &Found) -> Told {
    let recorded = &found.recorded;
    Told {
        position: found.position,
        at: moment(recorded.at),
        tag: recorded.event.tag(),
        correlation_id: recorded.correlation.to_string(),
        story: story::tell(state, recorded),
    }
}
