//! A venue that takes nothing: what waits for it is bounded and kept, and a kill closes the gate for good.

use crate::world::{World, poll};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::effect::Effect;
use kernel::id::OrderId;
use kernel::kill_switch::{Level, Resting};
use kernel::working::Status;
use service::dispatch::WAITING;
use service::{KillOutcome, No};
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[test]
fn what_waits_for_the_venue_is_bounded_and_none_of_it_is_lost() {
    let mut world = World::new(false);
    world.wire.down.store(true, Ordering::SeqCst);
    drop(world.place("1"));
    world.write_all();
    let first = world.open()[0];
    let terms = world.limit("1", kernel::money::Price::parse("90").unwrap());
    for n in 1..WAITING {
        let id = OrderId::new(1, u128::try_from(n).unwrap());
        world.node.dispatch().push(Effect::Submit {
            id,
            account: String::new(),
            terms: terms.clone(),
            tied: kernel::effect::Tied::default(),
        });
    }
    assert!(matches!(world.place("1").try_recv().unwrap(), Err(No::Busy)), "no more than that is taken in");
    // What takes risk away gets in: twice asked, once told.
    for _ in 0..3 {
        world.node.dispatch().push(Effect::Cancel { id: first });
        world.node.dispatch().push(Effect::Cancel { id: OrderId::new(2, 2) });
    }
    assert_eq!(world.node.dispatch().waiting(), WAITING + 2);
    for _ in 0..100 {
        world.send_all();
    }
    assert_eq!(world.node.dispatch().waiting(), WAITING + 2, "and it waits");
    world.wire.down.store(false, Ordering::SeqCst);
    world.send_all();
    assert_eq!(world.wire.submitted().len(), WAITING);
    assert_eq!(world.wire.cancelled(), [OrderId::new(2, 2), first], "a cancel follows its own order");
    assert_eq!(world.node.dispatch().waiting(), 0);
    let mut next = world.place("1");
    world.write_all();
    assert!(next.try_recv().unwrap().is_ok());
}

#[test]
fn an_order_that_the_venue_gives_back_while_it_is_killed_is_not_told_again() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.write_all();
    world.wire.down.store(true, Ordering::SeqCst);
    let (node, actor) = (Arc::clone(&world.node), Arc::clone(&world.actor));
    let mut sending = Box::pin(async { node.dispatch().send_next(node.venue(), node.clock()).await });
    assert!(poll(&mut sending).is_none(), "it is just being handed over");
    let (killer, level) = (Arc::clone(&world.node), Level::Credential(world.credential));
    let mut killing =
        Box::pin(async move { killer.kill(&actor, By::Local { uid: 0 }, level, Resting::KeepProtective).await });
    assert!(poll(&mut killing).is_none());
    world.write_all();
    assert!(poll(&mut killing).is_none(), "a kill waits for what is being handed over");
    assert_eq!(poll(&mut sending), Some(Some(false)), "the venue did not take it");
    drop(sending);
    assert_eq!(poll(&mut killing), Some(Ok(KillOutcome { durable: true })));
    world.wire.down.store(false, Ordering::SeqCst);
    world.send_all();
    world.write_all();
    world.send_all();
    assert!(world.wire.sent.lock().unwrap().is_empty(), "neither the order nor a cancel that has nothing to cancel");
    world.node.look_at_the_clock();
    world.write_all();
    assert!(world.open().is_empty(), "it has ended, and charges nothing any more");
}

#[test]
fn a_cancel_of_an_order_that_the_venue_gives_back_comes_after_it() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.write_all();
    let id = world.open()[0];
    world.wire.down.store(true, Ordering::SeqCst);
    let node = Arc::clone(&world.node);
    let mut sending = Box::pin(async { node.dispatch().send_next(node.venue(), node.clock()).await });
    assert!(poll(&mut sending).is_none());
    drop(world.ask(Command::CancelOrder { id }));
    world.write_all();
    assert_eq!(poll(&mut sending), Some(Some(false)));
    drop(sending);
    world.wire.down.store(false, Ordering::SeqCst);
    world.send_all();
    let sent: Vec<bool> = world.wire.sent.lock().unwrap().iter().map(Effect::is_cancel).collect();
    assert_eq!(sent, [false, true]);
}

#[test]
fn an_order_that_was_lost_half_way_to_the_venue_becomes_unknown_and_stays_charged() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.clock.advance_ms(1);
    drop(world.place("1"));
    world.write_all();
    let orders = world.open();
    world.wire.panics.store(true, Ordering::SeqCst);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.send_all()));
    assert!(caught.is_err());
    world.send_all();
    assert_eq!(world.wire.submitted(), orders[1..], "the next one goes, the lost one is not told again");
    world.node.look_at_the_clock();
    world.write_all();
    assert_eq!(world.actor.read(|state| state.book.orders[&orders[0]].status), Status::Unknown);
}
