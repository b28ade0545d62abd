//! A crash between any two lines: what was admitted is not lost, and nothing is sent twice.

use crate::world::{ACCOUNT, World};
use kernel::actor::Actor as By;
use kernel::approval::{ORDER_LIFETIME_MS, Verdict};
use kernel::command::{Command, Report};
use kernel::kill_switch::{Level, Resting};
use kernel::money::Price;
use kernel::order::ClientRef;
use kernel::state::State;
use kernel::working::Status;
use store::{Append, NewEvent, Store};
use venue::What;

fn statuses(state: &State) -> Vec<Status> {
    state.book.orders.values().map(|order| order.status).collect()
}

#[test]
fn a_crash_before_the_append_leaves_nothing() {
    let mut world = World::new(false);
    drop(world.place("1"));
    let mut world = world.crash();
    world.write_all();
    world.send_all();
    assert!(world.open().is_empty() && world.wire.submitted().is_empty());
}

#[test]
fn a_venue_that_knows_our_reference_is_told_again() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.write_all();
    let admitted = world.open();
    let mut world = world.crash();
    world.write_all();
    world.send_all();
    assert_eq!(world.wire.submitted(), admitted);
}

#[test]
fn a_venue_that_does_not_is_never_told_twice_and_the_order_stays_charged() {
    let mut world = World::new(false);
    drop(world.place("1"));
    world.write_all();
    let (admitted, before) = (world.open(), world.actor.read(|state| state.standing.clone()));
    let mut world = world.crash();
    world.write_all();
    world.send_all();
    assert!(world.wire.submitted().is_empty(), "absence at the venue proves nothing");
    assert_eq!(world.actor.read(statuses), [Status::Unknown]);
    assert_eq!(world.open(), admitted);
    assert_eq!(world.actor.read(|state| state.standing.clone()), before);
}

#[test]
fn what_the_venue_did_meanwhile_is_taken_in() {
    let mut world = World::new(false);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    world.wire.knows(world.open()[0], ACCOUNT, What::Acknowledged { venue_ref: "77".to_owned() });
    let world = world.crash();
    assert_eq!(world.actor.read(statuses), [Status::Acknowledged]);
}

#[test]
fn a_kill_that_was_acknowledged_still_holds_back_what_was_not_sent() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.steps.step();
    let level = Level::Credential(world.credential);
    drop(world.ask(Command::Engage { level, resting: Resting::KeepProtective }));
    // The kill is written; its follow-up, which ends the order, is lost.
    world.steps.step();
    let mut world = world.crash();
    world.write_all();
    world.send_all();
    assert!(world.wire.submitted().is_empty());
}

#[test]
fn what_a_revoked_or_suspended_credential_had_admitted_and_not_sent_is_not_sent() {
    type Ends = fn(kernel::id::CredentialId) -> Command;
    let ways: [Ends; 2] = [|id| Command::RevokeCredential { id }, |id| Command::SuspendCredential { id }];
    for end in ways {
        let mut world = World::new(true);
        drop(world.place("1"));
        world.write_all();
        world.done(end(world.credential)).unwrap();
        world.send_all();
        assert!(world.wire.submitted().is_empty() && world.open().is_empty());
    }
}

#[test]
fn what_a_revoked_credential_had_not_sent_is_not_sent_after_a_crash_either() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.steps.step();
    drop(world.ask(Command::RevokeCredential { id: world.credential }));
    // The revocation is written; its follow-up, which ends the order, is lost.
    world.steps.step();
    let mut world = world.crash();
    world.write_all();
    world.send_all();
    assert!(world.wire.submitted().is_empty());
}

#[test]
fn a_change_that_a_kill_takes_back_is_never_sent_and_the_order_can_be_changed_again() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    let id = world.open()[0];
    world.venue_says(Report::Acknowledged { id, venue_ref: "7".to_owned() });
    world.write_all();
    let change = Command::Place {
        client_ref: ClientRef { client_id: 1, order_id: world.number },
        terms: world.limit("2", Price::from_units(9_001_000_000)),
    };
    drop(world.actor.submit(By::Credential(world.credential), change));
    world.write_all();
    assert!(world.actor.read(|state| state.book.orders[&id].replacing.is_some()));
    let level = Level::Credential(world.credential);
    drop(world.ask(Command::Engage { level, resting: Resting::KeepProtective }));
    world.write_all();
    world.node.look_at_the_clock();
    world.write_all();
    assert!(world.actor.read(|state| state.book.orders[&id].replacing.is_none()));
    world.done(Command::Release { level }).unwrap();
    let mut world = world.crash();
    world.write_all();
    world.send_all();
    assert_eq!(world.wire.replaced(), 0);
}

#[test]
fn a_kill_holds_back_what_was_not_sent_however_often_the_node_starts_again() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.steps.step();
    let level = Level::Credential(world.credential);
    drop(world.ask(Command::Engage { level, resting: Resting::KeepProtective }));
    world.steps.step();
    for _ in 0..3 {
        world = world.crash();
        world.write_all();
        world.send_all();
        assert!(world.wire.submitted().is_empty());
        assert_eq!(world.actor.read(statuses), [Status::Unknown]);
    }
}

#[test]
fn a_journal_that_is_ahead_of_the_clock_still_lets_a_kill_through() {
    let mut world = World::new(true);
    world.clock.advance_ms(86_400_000);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    let resting = world.open();
    world.clock.advance_ms(-86_400_000);
    let mut world = world.crash();
    assert!(world.actor.now() > world.node.clock().now(), "time does not run backwards");
    world.send_all();
    world.done(Command::Engage { level: Level::Customer, resting: Resting::CancelAll }).unwrap();
    world.write_all();
    world.send_all();
    assert_eq!(world.wire.cancelled(), resting);
}

#[test]
fn the_state_after_a_crash_is_the_state_before_it() {
    let mut world = World::new(false);
    for quantity in ["1", "2", "150"] {
        drop(world.place(quantity));
    }
    world.write_all();
    world.send_all();
    for id in world.open() {
        world.wire.knows(id, ACCOUNT, What::Acknowledged { venue_ref: id.to_string() });
    }
    let before = world.actor.read(|state| (state.customer.clone(), state.standing.clone(), state.book.pending.clone()));
    let world = world.crash();
    let after = world.actor.read(|state| (state.customer.clone(), state.standing.clone(), state.book.pending.clone()));
    assert_eq!(after, before);
}

#[test]
fn an_approval_nobody_answers_refuses_when_its_time_is_up() {
    let mut world = World::new(false);
    drop(world.place("150"));
    world.write_all();
    let id = world.actor.read(|state| *state.book.pending.keys().next().unwrap());
    world.clock.advance_ms(ORDER_LIFETIME_MS - 1);
    world.node.look_at_the_clock();
    world.write_all();
    assert_eq!(world.open().len(), 1);
    world.clock.advance_ms(1);
    world.node.look_at_the_clock();
    world.write_all();
    assert!(world.open().is_empty());
    let late = world.done(Command::Answer { id, verdict: Verdict::Grant });
    assert_eq!(late.unwrap_err().code(), "approval_not_pending");
}

#[test]
fn a_granted_order_is_sent_once() {
    let mut world = World::new(false);
    drop(world.place("150"));
    world.write_all();
    world.send_all();
    assert!(world.wire.submitted().is_empty());
    let id = world.actor.read(|state| *state.book.pending.keys().next().unwrap());
    let own = world.actor.submit(By::Credential(world.credential), Command::Answer { id, verdict: Verdict::Grant });
    world.write_all();
    assert_eq!({ own }.try_recv().unwrap().unwrap_err().code(), "approval_own_request");
    assert!(world.done(Command::Answer { id, verdict: Verdict::Grant }).is_ok());
    assert!(world.done(Command::Answer { id, verdict: Verdict::Grant }).is_err());
    world.send_all();
    assert_eq!(world.wire.submitted().len(), 1);
}

#[test]
fn a_start_refuses_an_event_that_says_more_than_is_understood_and_names_it() {
    let world = World::new(false);
    let known = world.store.clone().load("firm", 0, 1).unwrap();
    assert!(known.is_empty());
    let body = format!(
        "{{\"actor\":\"house\",\"at\":5,\"correlation\":\"{}\",\"event\":{{\"kill_switch\":{{\"engaged\":\
         {{\"at\":5,\"level\":\"firm\",\"resting\":\"cancel_all\",\"why\":\"drill\"}}}}}},\"v\":1}}",
        kernel::id::CorrelationId::new(5, 5)
    );
    let event = NewEvent { tag: "kill_switch.engaged".to_owned(), at: 5, body: body.into_bytes() };
    let append = Append { id: [9; 16], stream: "firm".to_owned(), events: vec![event], ..Append::default() };
    let position = world.store.clone().append(&[append]).unwrap()[0].clone().unwrap().first_position;
    let Err(why) = world.try_crash() else { panic!("it started") };
    let named = format!("event {position} (firm version 1, kill_switch.engaged) says more than this program");
    assert!(why.starts_with(&named), "{why}");
}
