//! A person's held orders: granted on another device, judged again, and not for a device that is gone.

use super::desk::Desk;
use super::house::{DAY, Person};
use crate::world::{amount, buy, sell};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::command::Command;
use kernel::device;
use kernel::event::Event;
use kernel::id::SessionId;
use kernel::kill_switch::{Level, Resting};
use kernel::order::Side;
use kernel::people::{Command as PeopleCommand, Event as People};
use kernel::session;
use kernel::user::Role;
use kernel::working::{self, Ended};

/// "The requester can never answer; a different bound device must."
#[test]
fn a_held_order_is_granted_on_another_device_that_was_trusted_before() {
    let mut desk = Desk::wide(|stated| stated.limits.approve_above = Some(amount("200")));
    let there = desk.elsewhere(DAY);
    let id = desk.holds(buy("3", "100"));
    let (here, own_second) = (desk.person, Person { passkey: desk.person.second, ..desk.person });
    for same in [here, own_second] {
        assert_eq!(desk.grants(&same, id).unwrap_err(), "approval_other_device");
    }
    // Nor on one that was let in for it, nor on somebody else's computer.
    desk.house.world.later(1);
    let young = desk.elsewhere(0);
    assert_eq!(desk.grants(&young, id).unwrap_err(), "approval_other_device");
    let (since, until) = (desk.house.world.now.minus_ms(DAY), desk.house.world.now.plus_ms(DAY));
    let state = device::State::Validated { since, until };
    let device = desk.house.device(desk.person.user, state, |one| one.shared = true);
    let begun = *desk.house.world.state.customer.people.sessions.last().unwrap();
    let session = SessionId::new(9, 9);
    desk.house.happened(People::Session(session::Event::Begun(session::Session { id: session, device, ..begun })));
    let borrowed = Person { device, session, ..desk.person };
    assert_eq!(desk.grants(&borrowed, id).unwrap_err(), "approval_other_device");
    let tags: Vec<&str> = desk.grants(&there, id).unwrap().iter().map(Event::tag).collect();
    assert_eq!(tags, ["authenticator.used", "approval.signed", "approval.settled", "order.admitted"]);
    // A no only takes away: it is said anywhere.
    for by in [there, here] {
        desk.house.world.later(2_000);
        let id = desk.holds(buy("3", "100"));
        desk.house.ask(by.actor(), Command::Answer { id, verdict: Verdict::Refuse }).unwrap();
        assert!(desk.house.world.state.book.pending.is_empty());
    }
}

#[test]
fn another_owner_or_trader_may_grant_it_and_a_program_never() {
    let mut desk = Desk::wide(|stated| stated.limits.approve_above = Some(amount("200")));
    let mut colleague = desk.house.person(Role::Trader);
    desk.house.enters_by_passkey(&mut colleague);
    let id = desk.holds(buy("3", "100"));
    let answer = Command::Answer { id, verdict: Verdict::Grant };
    for program in [Actor::Credential(desk.house.world.bot), Actor::Credential(desk.ticket)] {
        assert_eq!(desk.house.ask(program, answer.clone()).unwrap_err(), "approval_own_request");
    }
    assert!(desk.grants(&colleague, id).is_ok());
}

type Happens<'a> = &'a dyn Fn(&mut Desk, &Person);

#[test]
fn what_was_granted_is_judged_again_and_not_for_a_device_that_is_gone() {
    let gone = |desk: &mut Desk, there: &Person| {
        let id = desk.person.device;
        desk.house.act(there.actor(), PeopleCommand::RevokeDevice { id, not_me: false }).unwrap();
    };
    let suspended = |desk: &mut Desk, there: &Person| {
        let id = desk.ticket;
        desk.house.ask(there.actor(), Command::SuspendCredential { id }).unwrap();
    };
    let stopped = |desk: &mut Desk, _: &Person| desk.house.world.kill(Level::Customer, Resting::KeepProtective);
    let cases: [(&str, Happens<'_>); 3] =
        [("device_revoked", &gone), ("ticket_close_only", &suspended), ("kill_switch_engaged", &stopped)];
    for (code, happens) in cases {
        let mut desk = Desk::wide(|stated| stated.limits.approve_above = Some(amount("200")));
        let there = desk.elsewhere(DAY);
        let id = desk.holds(buy("3", "100"));
        happens(&mut desk, &there);
        let events = desk.grants(&there, id).unwrap();
        let Some(Event::Order(working::Event::Ended { how, text, .. })) = events.last() else { panic!("{events:?}") };
        assert_eq!((how, text.as_str()), (&Ended::RefusedWhenGranted, code));
    }
}

#[test]
fn the_accounts_threshold_holds_a_closing_order_too() {
    let mut desk = Desk::of(Role::Owner);
    desk.house.record(Event::Account(kernel::account::Event::LimitsSet {
        id: desk.house.world.account,
        limits: kernel::guard::Limits { approve_above: Some(amount("200")), ..Default::default() },
    }));
    desk.held(Side::Buy, "10");
    assert_eq!(desk.places(sell("3", "100")), "order.held");
}
