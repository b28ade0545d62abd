//! `/v1/journal`: its head, a signed checkpoint, and its events.

use crate::ask::Asked;
use crate::problem::Problem;
use crate::world::{Answer, Shared};
use axum::Json;
use axum::extract::State;
use kernel::event::Recorded;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::words::names::moment;
use service::words::story::{self, Story};
use store::{Head, StoredEvent};

/// Events of one reading: the commit thread does other work between two.
const PAGE: usize = 1_000;
const LAST: u64 = 20;

pub(crate) async fn head(State(world): State<Shared>) -> Answer<Json<Value>> {
    let head = read_head(&world).await?;
    Ok(Json(json!({ "size": head.size, "root": head.root.to_string() })))
}

pub(crate) async fn checkpoint(State(world): State<Shared>) -> Answer<Json<Value>> {
    let head = read_head(&world).await?;
    let key = &world.hooks.key;
    let note = key.sign(&key.checkpoint(head.size, head.root)).map_err(|error| Problem::failed(&error.to_string()))?;
    let public = key.public().vkey();
    Ok(Json(json!({ "size": head.size, "root": head.root.to_string(), "key": public, "note": note })))
}

pub(crate) async fn read_head(world: &Shared) -> Answer<Head> {
    let read = world.node.with_reader(|reader| reader.head()).await;
    read.map_err(|why| Problem::failed(&why))?.map_err(|error| Problem::failed(&error.to_string()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    /// The first position wanted; without it the last few are told.
    from: Option<u64>,
    last: Option<u64>,
}

/// At most a page; whoever wants more asks from the next position on.
pub(crate) async fn tail(State(world): State<Shared>, Asked(asked): Asked<From>) -> Answer<Json<Vec<Shown>>> {
    let from = match asked.from {
        Some(from) => from,
        None => read_head(&world).await?.size.saturating_sub(asked.last.unwrap_or(LAST)),
    };
    let events = page(&world, from).await?;
    let actor = world.customer()?;
    Ok(Json(actor.read(|state| events.iter().map(|event| shown(state, event)).collect())))
}

pub(crate) async fn page(world: &Shared, from: u64) -> Answer<Vec<StoredEvent>> {
    let read = world.node.with_reader(move |reader| reader.tail(from, PAGE)).await;
    read.map_err(|why| Problem::failed(&why))?.map_err(|error| Problem::failed(&error.to_string()))
}

/// About where the events of a moment begin, and not after it: found by halves, since clocks only go forward.
pub(crate) async fn first_since(world: &Shared, at: Timestamp) -> Answer<u64> {
    let (mut low, mut high) = (0, read_head(world).await?.size);
    while low < high {
        let middle = low.midpoint(high);
        let read = world.node.with_reader(move |reader| reader.tail(middle, 1)).await;
        let one = read.map_err(|why| Problem::failed(&why))?.map_err(|error| Problem::failed(&error.to_string()))?;
        if one.first().is_some_and(|event| event.at < at.0) { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

/// Every event of ours from a position on, page by page; those of the paper broker are passed over.
pub(crate) async fn each(world: &Shared, from: u64, mut see: impl FnMut(&Recorded, u64)) -> Answer<()> {
    let mut next = from;
    loop {
        let events = page(world, next).await?;
        let Some(last) = events.last() else { return Ok(()) };
        next = last.position.saturating_add(1);
        for event in &events {
            if let Ok(recorded) = service::codec::decode(event) {
                see(&recorded, event.position);
            }
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    position: u64,
    stream: String,
    version: u64,
    tag: String,
    at: String,
    link: String,
    body: Value,
    #[serde(flatten)]
    story: Story,
}

fn shown(state: &kernel::state::State, event: &StoredEvent) -> Shown {
    let story = match service::codec::decode(event) {
        Ok(recorded) => story::tell(state, &recorded),
        Err(_) => story::of_others(&event.stream, &event.tag),
    };
    Shown {
        position: event.position,
        stream: event.stream.clone(),
        version: event.version,
        tag: event.tag.clone(),
        at: moment(Timestamp(event.at)),
        link: event.link.to_string(),
        body: serde_json::from_slice(&event.body).unwrap_or(Value::Null),
        story,
    }
}
