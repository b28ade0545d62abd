//! However the commit thread fails or ends: everyone who waits is told, and nothing is sent that is not recorded.

use crate::world::World;
use kernel::command::Command;
use kernel::kill_switch::{Level, Resting};
use service::{No, Outcome};
use store::{Fault, StoreError};
use tokio::sync::oneshot;

fn not_recorded(answer: &mut oneshot::Receiver<Outcome>) -> String {
    match answer.try_recv() {
        Ok(Err(No::NotRecorded { why })) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_store_that_fails_in_the_middle_of_a_batch_leaves_nobody_waiting() {
    for fault in [Fault::Before(StoreError::Io { what: "gone".to_owned() }), Fault::Panic] {
        let mut world = World::new(false);
        let mut answers: Vec<_> = (0..5).map(|_| world.place("1")).collect();
        world.store.fail_next(fault);
        world.write_all();
        assert!(answers.iter_mut().all(|answer| !not_recorded(answer).is_empty()));
        world.send_all();
        assert!(world.wire.submitted().is_empty());
    }
}

#[test]
fn a_batch_whose_sync_failed_is_looked_up_and_every_order_of_it_goes_out_once() {
    let mut world = World::new(false);
    let mut answers: Vec<_> = (0..5).map(|_| world.place("1")).collect();
    world.store.fail_next(Fault::Unsynced(StoreError::Io { what: "late".to_owned() }));
    world.write_all();
    assert!(answers.iter_mut().all(|answer| answer.try_recv().unwrap().is_ok()));
    world.send_all();
    let mut sent = world.wire.submitted();
    sent.sort();
    assert_eq!(sent, world.open());
    assert!(!world.wire.too_early.load(std::sync::atomic::Ordering::SeqCst));
}

#[test]
fn a_store_that_has_panicked_admits_nothing_more_and_a_kill_still_acts() {
    let mut world = World::new(false);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    let resting = world.open();
    world.store.fail_next(Fault::Panic);
    for _ in 0..3 {
        let mut answer = world.place("1");
        world.write_all();
        not_recorded(&mut answer);
    }
    let level = Level::Credential(world.credential);
    let mut answer = world.ask(Command::Engage { level, resting: Resting::CancelAll });
    world.write_all();
    not_recorded(&mut answer);
    world.send_all();
    assert_eq!(world.wire.submitted(), resting);
    assert!(world.wire.cancelled().contains(&resting[0]));
    // And what it holds on the disk is whole.
    let mut world = world.crash();
    assert_eq!(world.open().len(), 1);
    let mut answer = world.place("1");
    world.write_all();
    assert!(answer.try_recv().unwrap().is_ok());
}

#[test]
fn a_panic_of_one_reader_is_not_one_of_the_commit_thread() {
    let mut world = World::new(false);
    world.node.commit().read(Box::new(|_| std::panic::resume_unwind(Box::new("a reader panics"))));
    let mut answer = world.place("1");
    world.write_all();
    assert!(answer.try_recv().unwrap().is_ok());
}

#[test]
fn when_the_commit_thread_has_ended_everyone_is_told_at_once() {
    let world = World::new(false);
    let World { node, actor, mut steps, wire, credential, store, .. } = world;
    let by = kernel::actor::Actor::Credential(credential);
    let cancel = || actor.submit(by, Command::CancelAll);
    let suspend =
        || actor.submit(kernel::actor::Actor::Local { uid: 0 }, Command::SuspendCredential { id: credential });
    while steps.step() {}
    let mut waiting = suspend();
    drop(steps);
    assert_eq!(not_recorded(&mut waiting), "the commit thread has ended");
    assert_eq!(not_recorded(&mut suspend()), "the commit thread has ended");
    assert_eq!(not_recorded(&mut cancel()), "the commit thread has ended");
    let level = Level::Credential(credential);
    let mut kill = actor.submit(by, Command::Engage { level, resting: Resting::CancelAll });
    not_recorded(&mut kill);
    assert_eq!((wire.submitted().len(), store.unsynced()), (0, 0));
    let mut reading = Box::pin(async move { node.with_store(|store| store.head()).await });
    assert!(matches!(crate::world::poll(&mut reading), Some(Err(_))));
}

#[test]
fn enforcing_a_kill_that_cannot_be_recorded_is_done_and_tried_again() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    let resting = world.open();
    drop(world.place("1"));
    world.write_all();
    let level = Level::Credential(world.credential);
    drop(world.ask(Command::Engage { level, resting: Resting::CancelAll }));
    // The switch is written; what follows from it is not, nor the first time that it is tried again.
    world.steps.step();
    for _ in 0..2 {
        world.store.fail_next(Fault::Before(StoreError::Full));
        world.write_all();
        world.send_all();
        assert_eq!((world.wire.submitted(), world.wire.cancelled()), (resting.clone(), resting.clone()));
        assert_eq!(world.open().len(), 2, "nothing of it is recorded");
        world.node.look_at_the_clock();
    }
    world.write_all();
    assert_eq!(world.open(), resting, "what was taken back has ended");
    assert!(world.actor.read(|state| state.book.orders[&resting[0]].cancel_requested));
}

#[test]
fn a_panic_that_holds_a_customer_leaves_it_able_to_trade_on_what_the_journal_says() {
    let mut world = World::new(false);
    let actor = std::sync::Arc::clone(&world.actor);
    let panics = || actor.read(|_| std::panic::resume_unwind(Box::new("a door panics")));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
    let mut answer = world.place("1");
    world.write_all();
    assert!(answer.try_recv().unwrap().is_ok());
    assert_eq!(world.open().len(), 1);
}
