//! Control 17 at the socket: any whole message is a sign of life of its own client id, and nothing else is.

use crate::world::{Door, PATIENCE, Raw, World, resting};
use kernel::event::Event;
use tokio::time::timeout;
use tws::{Request, Response};

async fn minding() -> (World, Door) {
    let world = World::new().await;
    let door = world.credential(|new| new.limits.dead_man_seconds = Some(10)).await;
    (world, door)
}

async fn rests(raw: &mut Raw, order_id: i32) {
    raw.say(&resting(order_id)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(open) if open.order_id == order_id)).await;
}

/// Client ids whose orders nobody has asked back.
fn open(world: &World) -> Vec<i32> {
    let clients = |state: &kernel::state::State| {
        let orders = state.book.orders.values().filter(|order| !order.cancel_requested);
        orders.map(|order| order.client_ref.client_id).collect::<Vec<_>>()
    };
    let mut clients = world.actor.read(clients);
    clients.sort_unstable();
    clients
}

/// Time passes, and the node looks; what it finds is in memory when this returns.
fn pass(world: &World, ms: i64) {
    world.clock.advance_ms(ms);
    world.node.look_at_the_clock();
}

fn is_time(told: &Response) -> bool {
    matches!(told, Response::CurrentTime { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_sends_nothing_loses_its_order_is_told_why_and_goes_on() {
    let (world, door) = minding().await;
    let mut raw = door.connect(1).await;
    rests(&mut raw, 1).await;
    pass(&world, 10_000);
    assert_eq!(open(&world), [1], "a silence that equals the timer is inside it");
    world.clock.advance_ms(1_000);
    world.until(|world| open(world).is_empty()).await;
    let why =
        |told: &Response| matches!(told, Response::Error { request_id: -1, text, .. } if text.contains("sign of life"));
    raw.until(why).await;
    raw.until(|told| matches!(told, Response::OrderStatus(status) if status.status == "Cancelled")).await;
    assert_eq!(world.recorded(|event| matches!(event, Event::DeadMan(_))), 1);
    rests(&mut raw, 2).await;
    assert_eq!(open(&world), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_whole_message_is_a_sign_of_life_also_one_that_cannot_be_read() {
    let (world, door) = minding().await;
    let mut raw = door.connect(1).await;
    rests(&mut raw, 1).await;
    for round in 0..8 {
        pass(&world, 6_000);
        if round % 2 == 0 {
            raw.say(&Request::ReqCurrentTime).await;
            raw.until(is_time).await;
        } else {
            raw.fields(&["9", "no number"]).await;
            raw.until(|told| matches!(told, Response::Error { code: 321, .. })).await;
        }
        assert_eq!(open(&world), [1], "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_client_id_speaks_for_another_of_the_same_credential() {
    let (world, door) = minding().await;
    let (mut silent, mut speaks) = (door.connect(1).await, door.connect(2).await);
    rests(&mut silent, 1).await;
    rests(&mut speaks, 2).await;
    pass(&world, 9_000);
    speaks.say(&Request::ReqCurrentTime).await;
    speaks.until(is_time).await;
    world.clock.advance_ms(2_000);
    world.until(|world| open(world) == [2]).await;
    pass(&world, 5_000);
    assert_eq!(open(&world), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_message_is_no_sign_of_life_and_neither_is_an_open_connection() {
    let (world, door) = minding().await;
    let mut raw = door.connect(1).await;
    rests(&mut raw, 1).await;
    let message = raw.encoded(&Request::ReqCurrentTime);
    for byte in message.iter().take(message.len() - 1) {
        raw.bytes(&[*byte]).await;
        world.clock.advance_ms(2_000);
    }
    world.until(|world| open(world).is_empty()).await;
    // Still connected, and answered once it is whole.
    raw.bytes(&message[message.len() - 1..]).await;
    raw.until(is_time).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_gone_is_silent_and_whoever_comes_back_in_time_is_not() {
    let (world, door) = minding().await;
    let mut raw = door.connect(1).await;
    rests(&mut raw, 1).await;
    drop(raw);
    pass(&world, 9_000);
    assert_eq!(open(&world), [1], "its orders stay when it disconnects, for as long as the timer");
    let raw = timeout(PATIENCE, door.connect(1)).await.unwrap();
    pass(&world, 9_000);
    assert_eq!(open(&world), [1]);
    drop(raw);
    world.clock.advance_ms(2_000);
    world.until(|world| open(world).is_empty()).await;
}
