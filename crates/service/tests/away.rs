//! A journal that goes away: what nobody could say is never sent later, and what takes risk away does not wait for it.

use crate::world::World;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::kill_switch::{Level, Resting};
use kernel::money::Price;
use kernel::order::{ClientRef, Kind, Side};
use kernel::working::Status;
use service::{No, Outcome};
use store::{Fault, StoreError};
use tokio::sync::oneshot;

fn broken() -> StoreError {
    StoreError::Io { what: "the connection is gone".to_owned() }
}

fn tick(world: &mut World, ms: i64) {
    world.clock.advance_ms(ms);
    world.node.look_at_the_clock();
}

#[test]
fn an_order_that_was_told_not_recorded_is_not_sent_when_it_turns_up_in_the_journal_after_all() {
    let mut world = World::new(true);
    world.store.fail_next(Fault::After(broken()));
    world.store.away(true);
    let mut answer = world.place("1");
    world.write_all();
    assert!(matches!(answer.try_recv().unwrap(), Err(No::NotRecorded { .. })));
    world.store.away(false);
    for _ in 0..3 {
        tick(&mut world, 200);
        world.write_all();
        world.send_all();
    }
    assert!(world.open().is_empty(), "it does not stay charged");
    let mut world = world.crash();
    world.write_all();
    world.send_all();
    assert!(world.open().is_empty() && world.wire.submitted().is_empty(), "nor is it sent by the next start");
}

#[test]
fn a_kill_that_waits_for_its_record_cancels_after_a_second_and_is_recorded_when_it_can_be() {
    let mut world = World::new(false);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    let [resting] = world.open()[..] else { panic!() };
    let mut answer = world.ask(Command::Engage { level: Level::Customer, resting: Resting::CancelAll });
    tick(&mut world, 999);
    world.send_all();
    assert!(world.wire.cancelled().is_empty());
    tick(&mut world, 1);
    world.send_all();
    assert_eq!(world.wire.cancelled(), [resting]);
    assert_eq!(world.actor.unrecorded().len(), 1);
    tick(&mut world, 5_000);
    world.send_all();
    assert_eq!(world.wire.cancelled(), [resting], "once");
    assert!(answer.try_recv().is_err(), "nobody was told that it is recorded");
    world.write_all();
    assert!(answer.try_recv().unwrap().is_ok() && world.actor.unrecorded().is_empty());
}

#[test]
fn what_only_looks_and_whoever_may_not_stop_anything_makes_nothing_go_out_early() {
    let mut world = World::new(false);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    drop(world.ask(Command::Expire));
    let nobody = By::User { user: kernel::id::UserId::from_bits(9), session: kernel::id::SessionId::from_bits(9) };
    drop(world.actor.submit(nobody, Command::CancelAll));
    tick(&mut world, 2_000);
    world.send_all();
    assert!(world.wire.cancelled().is_empty());
}

/// A part of a bracket: its parent first, of which two children are the rest.
fn part(world: &mut World, parent: Option<i32>, quantity: &str, last: bool) -> oneshot::Receiver<Outcome> {
    world.number += 1;
    let mut terms = world.limit(quantity, Price::parse("90").unwrap());
    if parent.is_some() {
        let price = Price::from_units(11_000_000_000 + i64::from(world.number) * 1_000_000);
        (terms.side, terms.kind) = (Side::Sell, Kind::Limit { price });
    }
    (terms.ties.parent, terms.ties.parked) = (parent, !last);
    let client_ref = ClientRef { client_id: 1, order_id: world.number };
    world.actor.submit(By::Credential(world.credential), Command::Place { client_ref, terms })
}

fn code(answer: &mut oneshot::Receiver<Outcome>) -> String {
    match answer.try_recv().unwrap() {
        Err(No::Refused { refusal, .. }) => refusal.reason().code,
        other => format!("{other:?}"),
    }
}

fn never_leaves(world: &mut World) {
    world.write_all();
    world.send_all();
    assert!(world.wire.submitted().is_empty());
    let statuses: Vec<Status> = world.actor.read(|state| state.book.orders.values().map(|one| one.status).collect());
    assert!(statuses.iter().all(|status| *status == Status::Parked), "{statuses:?}");
}

#[test]
fn a_part_that_could_not_be_recorded_keeps_the_rest_of_its_family_from_leaving_without_it() {
    let mut world = World::new(false);
    drop(part(&mut world, None, "10", false));
    world.write_all();
    world.store.fail_next(Fault::Before(broken()));
    let mut lost = part(&mut world, Some(1), "10", false);
    world.write_all();
    assert!(matches!(lost.try_recv().unwrap(), Err(No::NotRecorded { .. })));
    let mut rest = part(&mut world, Some(1), "10", true);
    world.write_all();
    assert_eq!(code(&mut rest), "family_broken");
    never_leaves(&mut world);
    // Another family of the program is none of its business, once it is no duplicate any more.
    world.clock.advance_ms(2_000);
    drop(part(&mut world, None, "10", false));
    drop(part(&mut world, Some(4), "10", true));
    world.write_all();
    world.send_all();
    assert_eq!(world.wire.submitted().len(), 2);
}

#[test]
fn a_refusal_in_a_flood_breaks_its_family_like_any_other() {
    let mut world = World::new(false);
    for _ in 0..30 {
        drop(world.place("100000"));
    }
    let parent = world.number + 1;
    drop(part(&mut world, None, "10", false));
    // More than its parent opens.
    let mut refused = part(&mut world, Some(parent), "11", false);
    let mut rest = part(&mut world, Some(parent), "10", true);
    world.write_all();
    assert_eq!((code(&mut refused).as_str(), code(&mut rest).as_str()), ("child_does_not_close", "family_broken"));
    never_leaves(&mut world);
}

#[test]
fn the_record_that_counts_a_flood_breaks_no_family() {
    let mut world = World::new(false);
    for _ in 0..30 {
        drop(world.place("100000"));
    }
    world.write_all();
    world.clock.advance_ms(9_000);
    let client_ref = |order_id| ClientRef { client_id: 0, order_id };
    let mut terms = world.limit("10", Price::parse("90").unwrap());
    terms.ties.parked = true;
    let by = By::Credential(world.credential);
    drop(world.actor.submit(by, Command::Place { client_ref: client_ref(1), terms: terms.clone() }));
    tick(&mut world, 1_500);
    world.write_all();
    (terms.side, terms.ties.parent, terms.ties.parked) = (Side::Sell, Some(1), false);
    terms.kind = Kind::Limit { price: Price::parse("110").unwrap() };
    drop(world.actor.submit(by, Command::Place { client_ref: client_ref(2), terms }));
    world.write_all();
    world.send_all();
    assert_eq!(world.wire.submitted().len(), 2);
}

#[test]
fn a_parent_that_was_told_not_recorded_leaves_with_no_family_when_it_turns_up_parked() {
    let mut world = World::new(true);
    world.store.fail_next(Fault::After(broken()));
    world.store.away(true);
    let mut lost = part(&mut world, None, "10", false);
    world.write_all();
    assert!(matches!(lost.try_recv().unwrap(), Err(No::NotRecorded { .. })));
    world.store.away(false);
    let mut rest = part(&mut world, Some(1), "10", true);
    world.write_all();
    assert_eq!(code(&mut rest), "parent_not_waiting");
    tick(&mut world, 200);
    world.write_all();
    world.send_all();
    assert!(world.open().is_empty() && world.wire.submitted().is_empty());
}

#[test]
fn a_part_that_was_lost_long_ago_breaks_no_family_of_today() {
    let mut world = World::new(false);
    drop(part(&mut world, None, "10", false));
    world.write_all();
    world.store.fail_next(Fault::Before(broken()));
    drop(part(&mut world, Some(1), "10", false));
    world.write_all();
    tick(&mut world, 3_600_000);
    world.write_all();
    drop(part(&mut world, None, "10", false));
    drop(part(&mut world, Some(3), "10", true));
    world.write_all();
    world.send_all();
    assert_eq!(world.wire.submitted().len(), 2);
}
