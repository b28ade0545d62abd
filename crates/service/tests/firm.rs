//! The firm's stream is shared: nobody's change of it is lost, and a switch of the firm reaches every customer.

use crate::venue::Wire;
use crate::world::{World, poll};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::kill_switch::{Level, Resting};
use service::commit::Commit;
use service::{KillOutcome, ManualClock, No, Node};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Fault, FaultyStore, MemoryStore, SqliteStore, Store, StoreError};

const OWNER: By = By::Local { uid: 0 };

fn engage(resting: Resting) -> Command {
    Command::Engage { level: Level::Firm, resting }
}

/// Both decide on the same version of the firm before either is written.
fn both_are_recorded(store: Box<dyn Store>) {
    let (commit, mut steps) = Commit::stepped(store, Box::new(|| false));
    let wire = Arc::new(Wire::new(FaultyStore::new(), false));
    let mut world = Box::pin(async move {
        let node = Node::start(commit, wire, Arc::new(ManualClock::default())).await.unwrap();
        let one = node.open_customer("one").await.unwrap();
        (one, node.open_customer("other").await.unwrap(), node)
    });
    let (one, other, node) = loop {
        if let Some(found) = poll(&mut world) {
            break found;
        }
        steps.step();
    };
    let mut first = one.submit(OWNER, engage(Resting::KeepProtective));
    let mut second = other.submit(OWNER, engage(Resting::CancelAll));
    assert!(first.try_recv().is_err() && second.try_recv().is_err());
    while steps.step() {}
    assert_eq!(first.try_recv().unwrap().unwrap().len(), 1);
    assert_eq!(second.try_recv().unwrap().unwrap().len(), 1, "decided again on what the first has made of the firm");
    let mut reading = Box::pin(async move { node.with_store(|store| store.load("firm", 0, 9)).await });
    let found = loop {
        if let Some(found) = poll(&mut reading) {
            break found.unwrap().unwrap();
        }
        steps.step();
    };
    let versions: Vec<u64> = found.iter().map(|event| event.version).collect();
    assert_eq!(versions, [1, 2]);
    assert_eq!(other.read(|state| state.firm.kills.len()), 1);
    assert_eq!(other.read(|state| state.firm.kills[0].resting), Resting::CancelAll);
}

#[test]
fn two_who_write_the_firm_at_once_are_both_recorded() {
    both_are_recorded(Box::new(MemoryStore::new()));
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("portreeve-firm-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    both_are_recorded(Box::new(SqliteStore::open(&dir.join("portreeve.db")).unwrap()));
    std::fs::remove_dir_all(&dir).unwrap();
}

/// An order of one customer that rests, one that is unsent, and another customer who engages.
fn two(world: &mut World) -> (kernel::id::OrderId, Arc<service::actor::CustomerActor>) {
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    let resting = world.open()[0];
    drop(world.place("1"));
    world.write_all();
    let victim = Arc::clone(&world.actor);
    world.another();
    (resting, victim)
}

#[test]
fn a_switch_of_the_firm_takes_back_and_cancels_what_other_customers_have() {
    let mut world = World::new(true);
    let (resting, victim) = two(&mut world);
    let (node, actor) = (Arc::clone(&world.node), Arc::clone(&world.actor));
    let killed = world.wait(async move { node.kill(&actor, OWNER, Level::Firm, Resting::KeepProtective).await });
    assert_eq!(killed, Ok(KillOutcome { durable: true }));
    world.send_all();
    assert_eq!(world.wire.submitted(), [resting], "what was unsent is never sent");
    world.write_all();
    world.send_all();
    assert_eq!(world.wire.cancelled(), [resting]);
    let left: Vec<_> = victim.read(|state| state.book.orders.keys().copied().collect());
    assert_eq!(left, [resting], "the other one has ended");
    world.actor = victim;
    assert_eq!(world.place("1").try_recv(), Err(tokio::sync::oneshot::error::TryRecvError::Empty));
    world.write_all();
    assert!(world.open().len() == 1);
}

#[test]
fn a_switch_of_the_firm_reaches_the_others_even_when_nobody_waits_for_it() {
    let mut world = World::new(true);
    let (resting, victim) = two(&mut world);
    // Whoever asked has hung up.
    drop(world.actor.submit(OWNER, engage(Resting::KeepProtective)));
    world.write_all();
    world.node.look_at_the_clock();
    world.write_all();
    world.send_all();
    assert_eq!((world.wire.submitted(), world.wire.cancelled()), (vec![resting], vec![resting]));
    assert_eq!(victim.read(|state| state.book.orders.len()), 1);
}

#[test]
fn a_switch_of_the_firm_that_cannot_be_recorded_acts_on_everybody() {
    let mut world = World::new(true);
    let (resting, victim) = two(&mut world);
    world.store.fail_next(Fault::Before(StoreError::ReadOnly));
    drop(world.actor.submit(OWNER, engage(Resting::CancelAll)));
    world.write_all();
    world.store.fail_next(Fault::Before(StoreError::ReadOnly));
    world.node.look_at_the_clock();
    world.write_all();
    world.send_all();
    assert_eq!((world.wire.submitted(), world.wire.cancelled()), (vec![resting], vec![resting]));
    let own = std::mem::replace(&mut world.actor, victim);
    let mut order = world.place("1");
    world.write_all();
    let Err(No::Refused { refusal, .. }) = order.try_recv().unwrap() else { panic!("it was admitted") };
    assert_eq!(refusal.code(), "kill_switch_engaged");
    for _ in 0..3 {
        world.node.look_at_the_clock();
        world.write_all();
    }
    assert!(own.unrecorded().is_empty() && world.actor.unrecorded().is_empty(), "and it is written when it can be");
    assert_eq!(own.read(|state| state.firm.kills[0].resting), Resting::CancelAll);
}
