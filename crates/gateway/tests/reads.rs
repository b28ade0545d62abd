//! What programs read is in the journal, as counts; what cannot be there is said in the log.

use crate::world::World;
use kernel::connection::{Event as Connection, Reads};
use kernel::event::Event;
use kernel::scope::{Scope, Scopes};
use kernel::time::Timestamp;
use std::sync::{Arc, Mutex};
use store::{Fault, StoreError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tws::{Request, Response};

fn reads(world: &World) -> Vec<Reads> {
    let reads = |event| match event {
        Event::Connection(Connection::Read(reads)) => Some(reads),
        _ => None,
    };
    world.journal().into_iter().filter_map(|one| reads(one.event)).collect()
}

fn counts(counts: &[(&str, u32)]) -> Vec<(String, u32)> {
    counts.iter().map(|(name, times)| ((*name).to_owned(), *times)).collect()
}

async fn positions(raw: &mut crate::world::Raw) {
    raw.say(&Request::ReqPositions).await;
    raw.until(|told| matches!(told, Response::PositionEnd)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_in_which_something_was_read_is_one_event_for_each_client_id() {
    let (world, door) = World::trading().await;
    let (mut one, mut other, mut silent) = (door.connect(1).await, door.connect(2).await, door.connect(3).await);
    for _ in 0..3 {
        positions(&mut one).await;
    }
    one.say(&Request::ReqCompletedOrders { api_only: false }).await;
    one.until(|told| matches!(told, Response::CompletedOrdersEnd)).await;
    positions(&mut other).await;
    // Neither reads what anybody owns.
    silent.say(&Request::ReqIds).await;
    silent.say(&Request::CancelPositions).await;
    silent.until(|told| matches!(told, Response::NextValidId { .. })).await;
    assert_eq!(reads(&world), []);
    let now = world.actor.now();
    world.clock.advance_ms(60_000);
    world.until(|world| reads(world).len() == 2).await;
    let mut read = reads(&world);
    read.sort_by_key(|read| read.client_id);
    let minute = Timestamp(now.0 - now.0.rem_euclid(60_000));
    let of = |client_id, counts| Reads { credential: door.id, client_id, minute, counts };
    let first = counts(&[("REQ_COMPLETED_ORDERS", 1), ("REQ_POSITIONS", 3)]);
    assert_eq!(read, [of(1, first), of(2, counts(&[("REQ_POSITIONS", 1)]))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_a_program_comes_and_goes_its_minute_is_one_event() {
    let (world, door) = World::trading().await;
    for _ in 0..10 {
        positions(&mut door.connect(1).await).await;
    }
    positions(&mut door.connect(2).await).await;
    assert_eq!(reads(&world), []);
    world.clock.advance_ms(60_000);
    world.until(|world| reads(world).len() == 2).await;
    let read: Vec<_> = reads(&world).into_iter().map(|read| (read.client_id, read.counts)).collect();
    let of = |client_id, times| (client_id, counts(&[("REQ_POSITIONS", times)]));
    assert_eq!(read, [of(1, 10), of(2, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_under_ever_new_client_ids_is_answered_so_often_as_can_be_written_down() {
    let (world, door) = World::trading().await;
    for client_id in 1..=64 {
        positions(&mut door.connect(client_id).await).await;
    }
    let mut raw = door.connect(65).await;
    raw.say(&Request::ReqPositions).await;
    assert!(raw.refusal(-1).await.1.contains("message_flood"));
    positions(&mut door.connect(1).await).await;
    world.clock.advance_ms(60_000);
    world.until(|world| reads(world).len() == 64).await;
    positions(&mut raw).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_minute_is_written_down_when_the_server_ends_also_of_those_who_have_gone() {
    let (world, door) = World::trading().await;
    positions(&mut door.connect(1).await).await;
    let mut raw = door.connect(2).await;
    positions(&mut raw).await;
    world.gate.close().await;
    assert_eq!(reads(&world).len(), 2);
    raw.rest().await;
    assert!(std::net::TcpStream::connect(("127.0.0.1", door.port)).is_err(), "nobody comes in any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_may_not_read_and_what_is_not_built_is_no_read() {
    let world = World::new().await;
    let door = world.credential(|new| new.scopes = Scopes::of(&[Scope::MarketRead])).await;
    let mut raw = door.connect(1).await;
    raw.say(&Request::ReqPositions).await;
    raw.refusal(-1).await;
    raw.fields(&["24", "1"]).await;
    raw.refusal(-1).await;
    raw.say(&Request::ReqMarketRule { rule_id: 26 }).await;
    raw.say(&Request::ReqMarketRule { rule_id: 26 }).await;
    raw.say(&Request::ReqIds).await;
    raw.until(|told| matches!(told, Response::NextValidId { .. })).await;
    world.clock.advance_ms(60_000);
    world.until(|world| !reads(world).is_empty()).await;
    assert_eq!(reads(&world)[0].counts, counts(&[("REQ_MARKET_RULE", 2)]));
}

/// Keeps what is logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Visit for Lines {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn reads_that_cannot_be_written_down_are_in_the_log_and_the_next_minute_is_in_the_journal() {
    let lines = Lines::default();
    let _kept = tracing::subscriber::set_default(lines.clone());
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    positions(&mut raw).await;
    let opened = |event: &Event| matches!(event, Event::Connection(Connection::Opened(_)));
    world.until(|world| world.recorded(opened) == 1).await;
    world.store.fail_next(Fault::Before(StoreError::Full));
    world.clock.advance_ms(60_000);
    let said = |lines: &Lines| {
        let lines = lines.0.lock().unwrap();
        lines.iter().any(|line| line.contains("what a program read is not in the journal"))
            && lines.iter().any(|line| line.contains("counts=[(\"REQ_POSITIONS\", 1)]"))
    };
    world.until(|_| said(&lines)).await;
    assert_eq!(reads(&world), []);
    positions(&mut raw).await;
    world.clock.advance_ms(60_000);
    world.until(|world| reads(world).len() == 1).await;
}
