//! Controls 16 and 18, and the answer to a held order: at the millisecond, and at each level.

use super::check;
use crate::world::{LOCAL, Word, World, amount, buy, sell};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::command::Command;
use kernel::event::Event;
use kernel::kill_switch::{Level, Resting};
use kernel::working::{Ended, Event as Order};

fn killed(level: fn(&World) -> Level, ask: crate::world::Ask) -> Word {
    let mut world = World::with(|new| new.allowances.short_sale = true);
    world.trade(buy("10", "100"));
    let level = level(&world);
    world.kill(level, Resting::KeepProtective);
    world.place(ask)
}
fn elsewhere(world: &World) -> Level {
    Level::Account(kernel::id::AccountId::new(world.now.0, 12_345))
}

#[test]
fn the_kill_switch() {
    check(&[
        ("at the credential", || killed(|w| Level::Credential(w.bot), buy("1", "100")), "kill_switch_engaged"),
        ("at the account", || killed(|w| Level::Account(w.account), buy("1", "100")), "kill_switch_engaged"),
        ("at the customer", || killed(|_| Level::Customer, buy("1", "100")), "kill_switch_engaged"),
        ("at the firm", || killed(|_| Level::Firm, buy("1", "100")), "kill_switch_engaged"),
        ("an order that only reduces", || killed(|_| Level::Firm, sell("10", "100")), "admitted"),
        ("a unit more", || killed(|_| Level::Firm, sell("10.00000001", "100")), "kill_switch_engaged"),
        (
            "the smallest that increases",
            || killed(|_| Level::Customer, buy("0.00000001", "100")),
            "kill_switch_engaged",
        ),
        (
            "another credential trades on",
            || {
                let mut world = World::new();
                let other = world.second(|_| {});
                world.kill(Level::Credential(other), Resting::KeepProtective);
                world.place(buy("1", "100"))
            },
            "admitted",
        ),
        (
            "another account trades on",
            || {
                let mut world = World::new();
                let other = world.open_account("DU2", "USD");
                world.kill(Level::Account(other), Resting::KeepProtective);
                world.place(buy("1", "100"))
            },
            "admitted",
        ),
        (
            "released, it trades again",
            || {
                let mut world = World::new();
                world.kill(Level::Firm, Resting::KeepProtective);
                world.must(Command::Release { level: Level::Firm });
                world.place(buy("1", "100"))
            },
            "admitted",
        ),
        (
            "one of two released",
            || {
                let mut world = World::new();
                world.kill(Level::Firm, Resting::KeepProtective);
                world.kill(Level::Customer, Resting::KeepProtective);
                world.must(Command::Release { level: Level::Firm });
                world.place(buy("1", "100"))
            },
            "kill_switch_engaged",
        ),
    ]);
    let world = World::new();
    assert!(world.decide(LOCAL, &Command::Engage { level: elsewhere(&world), resting: Resting::CancelAll }).is_err());
}

#[test]
fn protective_stops_are_kept_up_to_the_position_and_then_older_orders() {
    let mut world = World::new();
    world.trade(buy("10", "100"));
    let older = world.rest(sell("5", "120"));
    let stop = world.rest(sell("5", "1").stop_limit("90", "89"));
    let later = world.act(Actor::Credential(world.bot), Command::CancelAll);
    assert_eq!(later.unwrap().len(), 2);
    for id in [older, stop] {
        world.report(kernel::command::Report::CancelRejected { id, text: String::new() });
    }
    world.manual(kernel::order::Side::Sell, "5");
    world.kill(Level::Customer, Resting::KeepProtective);
    world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert!(!world.state.book.orders[&stop].cancel_requested);
    assert!(world.state.book.orders[&older].cancel_requested);
    world.kill(Level::Customer, Resting::CancelAll);
    let events = world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert_eq!(events, [Event::Order(Order::CancelRequested { id: stop })]);
    assert_eq!(world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap(), []);
}

#[test]
fn what_was_never_sent_is_voided() {
    let mut world = World::new();
    assert_eq!(world.place(buy("1", "100")), "admitted");
    let id = world.last();
    world.kill(Level::Customer, Resting::KeepProtective);
    let events = world.act(Actor::House, Command::Enforce { voided: vec![id] }).unwrap();
    assert_eq!(events, [Event::Order(Order::Ended { id, how: Ended::Voided, text: String::new() })]);
}

#[test]
fn a_disconnect_cancels_what_that_client_id_has_open_and_the_end_of_a_node_all() {
    for (wanted, client_id, cancelled) in
        [(true, Some(1), 1), (true, Some(2), 0), (true, None, 2), (false, Some(1), 0), (false, None, 0)]
    {
        let mut world = World::with(|new| new.cancel_on_disconnect = wanted);
        let other = world.second(|new| new.cancel_on_disconnect = true);
        world.rest(buy("1", "100"));
        world.rest(buy("2", "100").client(1));
        world.rest(buy("3", "100").client(1).by(other));
        let credential = world.bot;
        let events = world.act(Actor::House, Command::Disconnected { credential, client_id }).unwrap();
        assert_eq!(events.len(), cancelled, "{wanted} {client_id:?}");
    }
}

fn held() -> (World, kernel::id::ApprovalId) {
    let mut world = World::new();
    world.limit(|limits| limits.approve_above = Some(amount("500")));
    let (_, id) = world.hold(buy("6", "100"));
    (world, id)
}

#[test]
fn an_approval_lives_for_120_seconds() {
    for (ms, word, ended) in
        [(119_999, "admitted", 0), (120_000, "approval_not_pending", 2), (120_001, "approval_not_pending", 2)]
    {
        let (mut world, id) = held();
        world.later(ms);
        assert_eq!(world.decide(Actor::House, &Command::Expire).unwrap().len(), ended, "{ms}");
        assert_eq!(world.grant(id), word, "{ms}");
    }
}

#[test]
fn a_credential_holds_two_and_all_programs_together_eight() {
    let (mut world, _) = held();
    world.hold(buy("7", "100"));
    assert_eq!(world.place(buy("8", "100")), "too_many_approvals_pending");
    for n in 0..3u16 {
        let mut new = crate::world::wide(&[world.account], &format!("n{n}"), 6_000 + n);
        new.limits.approve_above = Some(amount("500"));
        let id = world.create(new);
        world.hold(buy("6", "100").by(id));
        world.hold(buy("7", "100").by(id));
    }
    let mut new = crate::world::wide(&[world.account], "ninth", 7_000);
    new.limits.approve_above = Some(amount("500"));
    let id = world.create(new);
    assert_eq!(world.place(buy("6", "100").by(id)), "too_many_approvals_pending");
}

#[test]
fn a_person_refuses_and_no_program_answers() {
    let (mut world, id) = held();
    for actor in [Actor::Credential(world.bot), Actor::House, Actor::Venue] {
        let answer = world.decide(actor, &Command::Answer { id, verdict: Verdict::Grant });
        assert_eq!(answer.unwrap_err().code(), "approval_own_request");
    }
    world.must(Command::Answer { id, verdict: Verdict::Refuse });
    assert!(world.state.book.orders.is_empty() && world.state.book.pending.is_empty());
}
