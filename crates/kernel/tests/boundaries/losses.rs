//! Control 7: what an account lost today, by the venue's figure, against what is stated for it and for who trades on it.

use super::check;
use crate::world::{LOCAL, Word, World, amount, buy, sell};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::event::Event;
use kernel::guard::Limits;
use kernel::kill_switch::Level;
use kernel::working::Event as Order;

const DAY_MS: i64 = 86_400_000;

fn mark(world: &mut World, result: &str) -> Vec<Event> {
    let command = Command::Mark { account: world.account, result: amount(result) };
    world.act(Actor::House, command).unwrap()
}

fn stated(limits: Limits) -> Limits {
    Limits { day_loss: Some(amount("500")), ..limits }
}

/// The account states a loss of 500 a day.
fn account_states() -> World {
    let mut world = World::new();
    let (id, limits) = (world.account, stated(Limits::default()));
    world.must(Command::SetAccountLimits { id, limits, read: None });
    world
}

fn after(results: &[&str], ask: crate::world::Ask) -> Word {
    let mut world = account_states();
    world.trade(buy("10", "100"));
    for result in results {
        mark(&mut world, result);
    }
    world.place(ask)
}

#[test]
fn a_loss_that_equals_the_limit_passes_and_a_unit_more_stops_what_does_not_reduce() {
    check(&[
        ("nothing is known yet", || after(&[], buy("1", "100")), "admitted"),
        ("a gain", || after(&["1000"], buy("1", "100")), "admitted"),
        ("at the limit", || after(&["-500"], buy("1", "100")), "admitted"),
        ("a unit more", || after(&["-500.0000000000000001"], buy("1", "100")), "kill_switch_engaged"),
        ("what only reduces goes on", || after(&["-501"], sell("10", "100")), "admitted"),
        ("a gain later releases nothing", || after(&["-501", "100"], buy("1", "100")), "kill_switch_engaged"),
        (
            "where nobody states it nothing is stopped",
            || {
                let mut world = World::new();
                mark(&mut world, "-1000000");
                world.place(buy("1", "100"))
            },
            "admitted",
        ),
    ]);
}

#[test]
fn a_credential_is_stopped_by_its_own_figure_and_the_others_of_the_account_go_on() {
    let mut world = World::with(|new| new.limits = stated(new.limits));
    let other = world.second(|_| {});
    let events = mark(&mut world, "-500.01");
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(world.place(buy("1", "100")), "kill_switch_engaged");
    assert_eq!(world.place(buy("1", "100").by(other)), "admitted");
    let again = Command::Mark { account: world.account, result: amount("-600") };
    assert_eq!(world.act(Actor::House, again), Ok(Vec::new()), "it is stopped already");
}

#[test]
fn each_level_that_is_beyond_its_figure_has_a_record_of_its_own_one_at_a_time() {
    let mut world = World::with(|new| new.limits = stated(new.limits));
    let (id, limits) = (world.account, stated(Limits::default()));
    world.must(Command::SetAccountLimits { id, limits, read: None });
    let levels: Vec<Level> = (0..3).flat_map(|_| mark(&mut world, "-900")).filter_map(engaged).collect();
    assert_eq!(levels, [Level::Account(world.account), Level::Credential(world.bot)]);
}

fn engaged(event: Event) -> Option<Level> {
    match event {
        Event::KillSwitch(kernel::kill_switch::Event::Engaged(switch)) => Some(switch.level),
        _ => None,
    }
}

#[test]
fn released_it_may_lose_the_limit_once_more_from_where_it_was_when_it_was_released() {
    let mut world = account_states();
    let level = Level::Account(world.account);
    let accepts = |events: Vec<Event>| matches!(events[..], [Event::DayLoss(kernel::day_loss::Event::Accepted(_))]);
    mark(&mut world, "-520");
    assert_eq!(mark(&mut world, "-1100"), Vec::new(), "what it loses while it is stopped changes nothing");
    world.must(Command::Release { level });
    assert!(accepts(mark(&mut world, "-1100")));
    assert_eq!(mark(&mut world, "-1600"), Vec::new());
    assert_eq!(world.place(buy("1", "100")), "admitted");
    assert_eq!(mark(&mut world, "-1600.01").len(), 2);
    world.must(Command::Release { level });
    // Our day ends, and the venue's has not.
    world.now = world.now.plus_ms(DAY_MS);
    assert_eq!(mark(&mut world, "-1600.01"), Vec::new());
    // The venue's day begins.
    assert!(accepts(mark(&mut world, "0")));
    assert_eq!(mark(&mut world, "-500"), Vec::new());
    assert_eq!(mark(&mut world, "-500.01").len(), 2);
}

#[test]
fn what_rests_and_does_not_only_reduce_is_cancelled_with_it() {
    let mut world = account_states();
    world.trade(buy("10", "100"));
    let (entry, protects) = (world.rest(buy("1", "90")), world.rest(sell("10", "120")));
    mark(&mut world, "-501");
    let events = world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert_eq!(events, [Event::Order(Order::CancelRequested { id: entry })], "not {protects}");
}

#[test]
fn only_the_house_says_what_was_lost() {
    let world = account_states();
    let command = Command::Mark { account: world.account, result: amount("-900") };
    for actor in [LOCAL, Actor::Credential(world.bot), Actor::Venue] {
        assert!(world.decide(actor, &command).is_err(), "{actor:?}");
    }
}
