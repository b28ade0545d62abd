//! Durable before sent: an order leaves only after the journal can no longer lose it.

use crate::world::World;
use std::sync::atomic::Ordering;

#[test]
fn an_order_is_sent_only_after_its_event_is_durable() {
    let mut world = World::new(false);
    let mut answer = world.place("1");
    world.send_all();
    assert!(world.wire.submitted().is_empty(), "sent before it was written");
    assert!(answer.try_recv().is_err(), "answered before it was written");
    world.write_all();
    world.send_all();
    assert_eq!(world.wire.submitted().len(), 1);
    assert!(answer.try_recv().unwrap().is_ok());
    assert!(!world.wire.too_early.load(Ordering::SeqCst));
}

#[test]
fn without_the_sync_the_check_above_fails() {
    let mut world = World::new(false);
    world.store.skip_sync(true);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    assert!(world.wire.too_early.load(Ordering::SeqCst), "the check cannot see a missing sync");
}

#[test]
fn what_was_admitted_together_shares_one_sync() {
    let mut world = World::new(false);
    let before = world.store.syncs();
    let answers: Vec<_> = (0..100).map(|_| world.place("1")).collect();
    world.steps.step();
    assert_eq!(world.store.syncs() - before, 1);
    assert!(answers.into_iter().all(|mut answer| answer.try_recv().unwrap().is_ok()));
}
