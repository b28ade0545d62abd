//! Control 17: a program that sends nothing for longer than its timer loses its orders that could add risk.

use crate::world::{LOCAL, World, buy, sell, wide};
use kernel::actor::Actor;
use kernel::command::{Command, Report};
use kernel::dead_man::{self, Reached};
use kernel::decide::minded;
use kernel::event::Event;
use kernel::id::{CredentialId, OrderId};
use kernel::order::Side;
use kernel::refusal::Refusal;
use kernel::working::{Ended, Event as Order};

fn silence(world: &mut World, credential: CredentialId, client_id: i32, silent_ms: i64) -> Vec<Event> {
    world.act(Actor::House, Command::Silence { credential, client_id, silent_ms }).unwrap()
}

/// What is asked back or ended, after the record that says why.
fn gone(events: &[Event]) -> Vec<OrderId> {
    let mut orders: Vec<OrderId> = events.iter().skip(1).filter_map(Event::order).collect();
    orders.dedup();
    assert_eq!(events.is_empty(), orders.is_empty(), "{events:?}");
    if let Some(first) = events.first() {
        let Event::DeadMan(dead_man::Event::Reached(reached)) = first else { panic!("{first:?}") };
        assert_eq!(usize::try_from(reached.orders).unwrap(), orders.len());
    }
    orders
}

/// The API credential states ten seconds.
fn minding() -> World {
    let mut world = World::new();
    world.limit(|limits| limits.dead_man_seconds = Some(10));
    world
}

#[test]
fn a_silence_that_equals_the_timer_passes_and_a_millisecond_more_does_not() {
    for (ms, over) in [(0, false), (9_999, false), (10_000, false), (10_001, true), (i64::MAX, true), (-1, false)] {
        let mut world = minding();
        let id = world.rest(buy("1", "100"));
        let bot = world.bot;
        let events = silence(&mut world, bot, 0, ms);
        assert_eq!(gone(&events) == [id], over, "{ms}");
        if over {
            let reached = Reached { credential: bot, client_id: 0, silent_ms: ms, seconds: 10, orders: 1 };
            assert_eq!(events[0], Event::DeadMan(dead_man::Event::Reached(reached)));
            assert_eq!(silence(&mut world, bot, 0, ms), [], "it is asked back once");
            assert_eq!(world.place(buy("2", "100")), "admitted", "and whoever is back goes on");
        }
    }
}

#[test]
fn the_shorter_of_what_credential_and_account_state_binds_each_order_on_its_own_account() {
    let mut world = World::new();
    let elsewhere = world.open_account("DU2", "USD");
    let both = world.create(wide(&[world.account, elsewhere], "both", 4_300));
    let here = world.rest(buy("1", "100").by(both));
    let there = world.rest(buy("2", "100").by(both).on(elsewhere));
    assert_eq!(gone(&silence(&mut world, both, 0, i64::MAX)), [], "nobody states one");
    assert!(minded(&world.state).is_empty());
    world.account_limit(|limits| limits.dead_man_seconds = Some(7));
    assert_eq!(
        minded(&world.state).into_iter().collect::<Vec<_>>(),
        [(both, 0)],
        "also where an account alone says so"
    );
    assert_eq!(gone(&silence(&mut world, both, 0, 7_000)), []);
    assert_eq!(gone(&silence(&mut world, both, 0, 7_001)), [here]);
    let mut limits = world.state.customer.credential(both).unwrap().limits;
    limits.dead_man_seconds = Some(5);
    world.must(Command::SetCredentialLimits { id: both, limits, read: None });
    assert_eq!(gone(&silence(&mut world, both, 0, 5_001)), [there]);
}

#[test]
fn each_client_id_is_minded_by_itself_and_no_other_credential_is_touched() {
    let mut world = minding();
    let other = world.second(|new| new.limits.dead_man_seconds = Some(10));
    let first = world.rest(buy("1", "100"));
    let second = world.rest(buy("2", "100").client(1));
    world.rest(buy("3", "100").by(other));
    let bot = world.bot;
    assert_eq!(minded(&world.state).into_iter().collect::<Vec<_>>(), [(bot, 0), (bot, 1), (other, 0)]);
    assert_eq!(gone(&silence(&mut world, bot, 2, 60_000)), []);
    assert_eq!(gone(&silence(&mut world, bot, 1, 60_000)), [second]);
    assert_eq!(gone(&silence(&mut world, bot, 0, 60_000)), [first]);
}

#[test]
fn what_only_reduces_stays_until_it_would_do_more() {
    let mut world = minding();
    world.trade(buy("10", "100"));
    let stop = world.rest(sell("10", "1").stop_limit("90", "89"));
    let more = world.rest(buy("1", "90"));
    let bot = world.bot;
    assert_eq!(gone(&silence(&mut world, bot, 0, 10_001)), [more]);
    // A person closes the position elsewhere: the stop would open one.
    world.manual(Side::Sell, "10");
    assert_eq!(gone(&silence(&mut world, bot, 0, 10_001)), [stop]);
}

#[test]
fn what_is_held_and_what_is_parked_ends_and_a_cancel_that_the_venue_rejects_is_asked_again() {
    let mut world = minding();
    let resting = world.rest(buy("1", "100"));
    world.limit(|limits| limits.approve_above = Some(crate::world::amount("500")));
    let (held, approval) = world.hold(buy("6", "100"));
    let mut parent = buy("2", "99");
    parent.terms.ties.parked = true;
    assert_eq!(world.place(parent), "admitted");
    let parked = world.last();
    let bot = world.bot;
    let events = silence(&mut world, bot, 0, 10_001);
    assert_eq!(gone(&events), [resting, held, parked]);
    let ended = |id| Event::Order(Order::Ended { id, how: Ended::Cancelled, text: String::new() });
    assert!(events.contains(&ended(held)) && events.contains(&ended(parked)), "{events:?}");
    assert_eq!(world.grant(approval), "approval_not_pending");
    world.report(Report::CancelRejected { id: resting, text: String::new() });
    assert_eq!(gone(&silence(&mut world, bot, 0, 10_001)), [resting]);
}

#[test]
fn whatever_became_of_the_credential_its_orders_are_minded() {
    let ends: [fn(CredentialId) -> Command; 2] =
        [|id| Command::SuspendCredential { id }, |id| Command::RevokeCredential { id }];
    for end in ends {
        let mut world = minding();
        let id = world.rest(buy("1", "100"));
        let bot = world.bot;
        world.must(end(bot));
        assert_eq!(gone(&silence(&mut world, bot, 0, 10_001)), [id]);
    }
}

#[test]
fn a_timer_is_five_seconds_to_a_day() {
    for (seconds, fits) in [(0, false), (4, false), (5, true), (86_400, true), (86_401, false), (u32::MAX, false)] {
        let mut world = World::new();
        let code = |done: Result<Vec<Event>, Refusal>| done.map_or_else(|no| no.code(), |_| "done");
        let expected = if fits { "done" } else { "limit_out_of_range" };
        let limits = kernel::guard::Limits { dead_man_seconds: Some(seconds), ..crate::world::wide_limits() };
        let (bot, account) = (world.bot, world.account);
        let credential = Command::SetCredentialLimits { id: bot, limits, read: None };
        assert_eq!(code(world.act(LOCAL, credential)), expected, "{seconds}");
        let of_account = Command::SetAccountLimits { id: account, limits, read: None };
        assert_eq!(code(world.act(LOCAL, of_account)), expected, "{seconds}");
        let mut new = wide(&[account], "new", 4_400);
        new.limits.dead_man_seconds = Some(seconds);
        assert_eq!(code(world.act(LOCAL, Command::CreateCredential(new))), expected, "{seconds}");
    }
}
