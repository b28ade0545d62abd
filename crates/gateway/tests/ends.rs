//! Ends at the wrong moment: what was asked is done, and only to what was there when it was asked.

use crate::world::{PATIENCE, World, resting};
use kernel::event::Event;
use kernel::working::{Ended, Event as OrderEvent};
use std::sync::mpsc;
use tokio::io::AsyncWriteExt;
use tws::{Request, Response};

/// Holds the journal until the sender is dropped.
pub fn stall(world: &World) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    world.node.commit().read(Box::new(move |_| assert!(held.recv_timeout(PATIENCE).is_err())));
    release
}

fn open(world: &World) -> Vec<i32> {
    let mut open: Vec<i32> = world.actor.read(|state| {
        let orders = state.book.orders.values().filter(|order| !order.cancel_requested);
        orders.map(|order| order.client_ref.order_id).collect()
    });
    open.sort_unstable();
    open
}

fn cancelled(event: &Event) -> bool {
    matches!(event, Event::Order(OrderEvent::Ended { how: Ended::Cancelled, .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn cancels_sent_just_before_the_program_goes_away_are_carried_out() {
    let (world, door) = World::trading().await;
    for round in 0..40 {
        let mut raw = door.connect(round).await;
        raw.say(&resting(1)).await;
        raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
        let cancel = match round % 2 {
            0 => Request::ReqGlobalCancel,
            _ => Request::CancelOrder { order_id: 1, manual_time: String::new() },
        };
        raw.say(&cancel).await;
        raw.stream.shutdown().await.unwrap();
        drop(raw);
        world.clock.advance_ms(5_000);
    }
    world.until(|world| open(world).is_empty()).await;
    world.until(|world| world.recorded(cancelled) == 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_global_cancel_spares_the_order_that_is_sent_after_it() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    for round in 0..40 {
        let (before, after) = (2 * round + 1, 2 * round + 2);
        let bytes = [raw.encoded(&resting(before)), raw.encoded(&Request::ReqGlobalCancel)].concat();
        let bytes = [bytes, raw.encoded(&resting(after))].concat();
        raw.bytes(&bytes).await;
        raw.until(|told| matches!(told, Response::OpenOrder(open) if open.order_id == after)).await;
        assert!(open(&world).contains(&after), "round {round}");
        // Two orders alike within two seconds are a duplicate; the clock moves on.
        world.clock.advance_ms(5_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_in_flight_is_cancelled_when_its_program_goes_away_and_that_was_wanted() {
    let world = World::new().await;
    let door = world.credential(|new| new.cancel_on_disconnect = true).await;
    let mut raw = door.connect(1).await;
    let release = stall(&world);
    raw.say(&resting(1)).await;
    world.until(|world| open(world) == [1]).await;
    drop(raw);
    drop(release);
    world.until(|world| world.recorded(cancelled) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_under_the_same_client_id_keeps_its_new_orders() {
    let world = World::new().await;
    let door = world.credential(|new| new.cancel_on_disconnect = true).await;
    for round in 1..30 {
        let raw = door.connect(1).await;
        drop(raw);
        let mut raw = door.connect(1).await;
        raw.say(&resting(round)).await;
        raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
        assert_eq!(open(&world), [round]);
        drop(raw);
        world.until(|world| open(world).is_empty()).await;
        world.clock.advance_ms(5_000);
    }
}
