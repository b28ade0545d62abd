//! Fail closed, but never lock the brakes: what happens when the journal cannot be written.

use crate::world::{World, poll};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::kill_switch::{Level, Resting};
use service::{KillOutcome, No, Outcome};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::{Fault, StoreError};

fn settle<T>(world: &mut World, mut future: Pin<Box<dyn Future<Output = T>>>) -> T {
    loop {
        if let Some(value) = poll(&mut future) {
            return value;
        }
        world.steps.step();
    }
}

fn kill(world: &mut World) -> Result<KillOutcome, No> {
    let (node, actor, level) = (Arc::clone(&world.node), Arc::clone(&world.actor), Level::Credential(world.credential));
    let by = By::Local { uid: 0 };
    settle(world, Box::pin(async move { node.kill(&actor, by, level, Resting::KeepProtective).await }))
}

fn place(world: &mut World) -> Outcome {
    let mut answer = world.place("1");
    world.write_all();
    answer.try_recv().unwrap()
}

#[test]
fn an_order_that_cannot_be_recorded_is_refused_and_not_sent() {
    let mut world = World::new(false);
    for error in [StoreError::Full, StoreError::ReadOnly, StoreError::Io { what: "gone".to_owned() }] {
        world.store.fail_next(Fault::Before(error));
        assert!(matches!(place(&mut world), Err(No::NotRecorded { .. })));
        world.send_all();
        assert!(world.wire.submitted().is_empty());
        assert!(world.open().is_empty(), "nothing of it is left in memory");
    }
    assert!(place(&mut world).is_ok(), "and it goes on when the disk does");
}

#[test]
fn an_order_whose_outcome_was_unknown_is_looked_up_and_goes_on_when_it_was_written() {
    let mut world = World::new(false);
    world.store.fail_next(Fault::After(StoreError::Io { what: "late".to_owned() }));
    assert!(place(&mut world).is_ok());
    world.send_all();
    assert_eq!(world.wire.submitted().len(), 1);
}

#[test]
fn orders_behind_a_failed_one_are_decided_again_in_their_order() {
    let mut world = World::new(false);
    world.store.fail_next(Fault::Before(StoreError::Full));
    let mut first = world.place("1");
    world.steps.step();
    let mut answers: Vec<_> = (0..5).map(|_| world.place("1")).collect();
    world.write_all();
    assert!(first.try_recv().unwrap().is_err());
    assert!(answers.iter_mut().all(|answer| answer.try_recv().unwrap().is_ok()));
    world.send_all();
    let number = |id| world.actor.read(|state| state.book.orders[&id].client_ref.order_id);
    let sent: Vec<i32> = world.wire.submitted().into_iter().map(number).collect();
    assert_eq!(sent, [2, 3, 4, 5, 6]);
}

#[test]
fn a_kill_on_a_full_disk_acts_and_says_that_it_is_not_durable() {
    let mut world = World::new(false);
    assert!(place(&mut world).is_ok());
    world.send_all();
    let resting = world.open();
    world.store.fail_next(Fault::Before(StoreError::Full));
    assert_eq!(kill(&mut world), Ok(KillOutcome { durable: false }));
    world.send_all();
    assert_eq!(world.wire.cancelled(), resting, "cancels go out");
    assert_eq!(place(&mut world).unwrap_err().code(), "kill_switch_engaged");
    assert!(world.actor.read(|state| state.customer.kills.is_empty()), "it is not in the record yet");
    world.node.look_at_the_clock();
    world.write_all();
    assert_eq!(world.actor.read(|state| state.customer.kills.len()), 1, "and it is written as soon as it can be");
    assert!(world.actor.unrecorded().is_empty());
}

#[test]
fn the_space_kept_in_reserve_is_given_to_what_must_be_written() {
    let mut world = World::new(false);
    world.reserves.store(1, Ordering::SeqCst);
    world.store.fail_next(Fault::Before(StoreError::Full));
    assert_eq!(kill(&mut world), Ok(KillOutcome { durable: true }));
    assert_eq!(world.reserves.load(Ordering::SeqCst), 0);
}

#[test]
fn an_order_never_gets_the_space_kept_in_reserve() {
    let mut world = World::new(false);
    world.reserves.store(1, Ordering::SeqCst);
    world.store.fail_next(Fault::Before(StoreError::Full));
    let mut order = world.place("1");
    world.write_all();
    assert!(matches!(order.try_recv().unwrap(), Err(No::NotRecorded { .. })));
    assert_eq!(world.reserves.load(Ordering::SeqCst), 1);
}

#[test]
fn a_kill_behind_an_order_on_a_full_disk_is_written_and_the_order_is_not() {
    let mut world = World::new(false);
    world.reserves.store(1, Ordering::SeqCst);
    world.store.fail_next(Fault::Before(StoreError::Full));
    let mut order = world.place("1");
    assert_eq!(kill(&mut world), Ok(KillOutcome { durable: true }));
    assert!(order.try_recv().unwrap().is_err());
    assert_eq!(world.actor.read(|state| (state.book.orders.len(), state.customer.kills.len())), (0, 1));
}

#[test]
fn a_cancel_on_a_full_disk_goes_out() {
    let mut world = World::new(false);
    assert!(place(&mut world).is_ok());
    world.send_all();
    let resting = world.open();
    world.store.fail_next(Fault::Before(StoreError::Full));
    let (node, actor, by) = (Arc::clone(&world.node), Arc::clone(&world.actor), By::Credential(world.credential));
    let answer = settle(&mut world, Box::pin(async move { node.restrict(&actor, by, Command::CancelAll).await }));
    assert!(matches!(answer, Err(No::NotRecorded { .. })));
    world.send_all();
    assert_eq!(world.wire.cancelled(), resting);
}
