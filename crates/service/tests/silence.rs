//! Control 17 at run time: whoever is silent for longer than stated loses what could add risk, also after a crash.

use crate::world::World;
use kernel::command::Command;
use kernel::event::{Event, Recorded};
use kernel::id::OrderId;
use kernel::limits::Limits;
use service::codec;
use store::{Fault, Store, StoreError};

/// One order rests, of client id 1; the credential's timer is ten seconds.
fn minding() -> (World, OrderId) {
    let mut world = World::new(false);
    let stated = world.actor.read(|state| state.customer.credential(world.credential).unwrap().limits);
    let limits = Limits { dead_man_seconds: Some(10), ..stated };
    world.done(Command::SetCredentialLimits { id: world.credential, limits, read: None }).unwrap();
    let resting = world.place("1");
    world.write_all();
    drop(resting);
    world.send_all();
    let id = world.open()[0];
    (world, id)
}

fn after(world: &mut World, ms: i64) -> Vec<OrderId> {
    world.clock.advance_ms(ms);
    world.node.look_at_the_clock();
    world.write_all();
    world.send_all();
    world.wire.cancelled()
}

fn recorded(world: &World) -> Vec<Recorded> {
    let events = world.store.clone().load(&format!("book/{}", world.actor.id), 0, 1_000).unwrap();
    let all = events.iter().map(|stored| codec::decode(stored).unwrap());
    all.filter(|one| matches!(one.event, Event::DeadMan(_))).collect()
}

#[test]
fn a_program_that_speaks_keeps_its_order_and_one_that_does_not_loses_it_within_a_second() {
    let (mut world, id) = minding();
    let life = world.actor.life(world.credential, 1);
    for _ in 0..5 {
        assert_eq!(after(&mut world, 9_000), [], "each message begins it anew");
        life.sign(service::Clock::now(&*world.clock));
    }
    assert_eq!(after(&mut world, 10_000), [], "a silence that equals it is inside it");
    assert_eq!(after(&mut world, 999), [], "it is looked at once a second");
    assert_eq!(after(&mut world, 1), [id]);
    let told = recorded(&world);
    let text = world.actor.read(|state| service::words::story::tell(state, &told[0]).text);
    let told = "bot, client 1, sent nothing for 11 s, which is longer than its timer (10 s)";
    assert_eq!(text, format!("{told}: its open order that could add risk is cancelled"));
    assert_eq!(after(&mut world, 60_000), [id], "it is asked back once");
    assert_eq!(recorded(&world).len(), 1);
}

#[test]
fn whoever_does_not_come_back_after_a_crash_is_silent_from_when_the_node_began_to_look() {
    let (world, id) = minding();
    let mut world = world.crash();
    assert_eq!(after(&mut world, 3_600_000), [], "while it was down nobody could be heard");
    assert_eq!(after(&mut world, 10_000), []);
    assert_eq!(after(&mut world, 1_000), [id]);
    let mut world = world.crash();
    assert_eq!(recorded(&world).len(), 1, "and it is known after another one");
    assert_eq!(after(&mut world, 60_000), [id], "whose cancel is told again, and not asked for again");
    assert_eq!(recorded(&world).len(), 1);
}

#[test]
fn what_cannot_be_recorded_is_cancelled_all_the_same_and_recorded_when_it_can_be() {
    let (mut world, id) = minding();
    assert_eq!(after(&mut world, 1_000), []);
    world.store.fail_next(Fault::Before(StoreError::Full));
    assert_eq!(after(&mut world, 10_001), [id], "without a record");
    assert!(recorded(&world).is_empty());
    assert_eq!(after(&mut world, 11_000), [id, id]);
    assert_eq!(recorded(&world).len(), 1);
}
