//! The space kept in reserve: given away on a full disk, and set aside again when there is space, without a restart.

use crate::world::World;
use kernel::command::Command;
use kernel::kill_switch::{Level, Resting};
use std::sync::atomic::Ordering;
use store::{Fault, StoreError};

#[test]
fn the_reserve_is_tried_again_every_ten_seconds_until_there_is_space() {
    let mut world = World::new(false);
    let look = |world: &mut World, ms| {
        world.clock.advance_ms(ms);
        world.node.look_at_the_clock();
        world.write_all();
        world.store.reserves()
    };
    assert_eq!((look(&mut world, 0), look(&mut world, 60_000)), (1, 1), "once it is there, nothing is asked");
    world.reserves.store(1, Ordering::SeqCst);
    world.store.no_space(true);
    world.store.fail_next(Fault::Before(StoreError::Full));
    world.done(Command::Engage { level: Level::Customer, resting: Resting::CancelAll }).unwrap();
    assert_eq!(world.reserves.load(Ordering::SeqCst), 0, "it was given away");
    assert_eq!(look(&mut world, 0), 2);
    for _ in 0..49 {
        assert_eq!(look(&mut world, 200), 2, "not at every tick");
    }
    assert_eq!(look(&mut world, 200), 3);
    world.store.no_space(false);
    assert_eq!((look(&mut world, 10_000), look(&mut world, 60_000)), (4, 4));
    // A clock that was set back does not put it off for ever.
    world.store.fail_next(Fault::Before(StoreError::Full));
    drop(world.ask(Command::Engage { level: Level::Customer, resting: Resting::CancelAll }));
    world.write_all();
    assert_eq!(look(&mut world, -3_600_000), 5);
}

#[test]
fn while_the_commit_thread_does_not_answer_nothing_piles_up() {
    let mut world = World::new(false);
    world.store.fail_next(Fault::Before(StoreError::Full));
    drop(world.ask(Command::Engage { level: Level::Customer, resting: Resting::CancelAll }));
    world.write_all();
    assert_eq!(world.actor.unrecorded().len(), 1);
    for _ in 0..1_000 {
        world.clock.advance_ms(200);
        world.node.look_at_the_clock();
    }
    let mut jobs = 0;
    while world.steps.step() {
        jobs += 1;
    }
    assert!(jobs < 8, "{jobs} batches waited");
    assert!(world.actor.unrecorded().is_empty());
}
