//! Control 7 at run time: the venue's figure of the day is looked at once a second, and what it stops is stopped at once.

use crate::world::World;
use kernel::command::Command;
use kernel::day_loss::Reached;
use kernel::event::Event;
use kernel::guard::Limits;
use kernel::kill_switch::Level;
use kernel::money::Amount;
use rust_decimal::Decimal;
use std::str::FromStr;

fn stating(loss: &str) -> World {
    let mut world = World::new(false);
    let limits = Limits { day_loss: Some(Amount::parse(loss).unwrap()), ..Limits::default() };
    world.done(Command::SetAccountLimits { id: world.account, limits, read: None }).unwrap();
    world
}

fn says(world: &mut World, result: Option<&str>, after_ms: i64) -> bool {
    *world.wire.daily.lock().unwrap() = result.map(|result| Decimal::from_str(result).unwrap());
    world.clock.advance_ms(after_ms);
    world.node.look_at_the_clock();
    world.write_all();
    let account = Level::Account(world.account);
    world.actor.read(|state| state.customer.kills.iter().any(|switch| switch.level == account))
}

#[test]
fn an_account_that_lost_more_than_it_may_is_stopped_and_its_resting_entry_is_cancelled() {
    let mut world = stating("500");
    let resting = world.place("1");
    world.write_all();
    drop(resting);
    world.send_all();
    assert!(!says(&mut world, Some("-500"), 1_000), "at the figure it goes on");
    assert!(!says(&mut world, Some("-500.01"), 999), "not before a second has passed");
    assert!(says(&mut world, Some("-500.01"), 1));
    world.send_all();
    assert_eq!(world.wire.cancelled(), world.wire.submitted(), "what rested is asked back");
    let refused = world.place("1");
    world.write_all();
    let told = format!("{:?}", refused.blocking_recv().unwrap());
    assert!(told.contains("Guard(KillSwitch)"), "{told}");
    let world = world.crash();
    let reached = world.actor.read(|state| state.customer.losses.clone());
    assert_eq!(
        (reached.len(), reached[0].base),
        (1, Amount::parse("500.01").unwrap()),
        "and it is known after a crash"
    );
}

#[test]
fn where_the_venue_says_nothing_or_nobody_states_anything_nothing_is_stopped_and_nothing_is_written() {
    let mut world = stating("500");
    let before = world.store.syncs();
    assert!(!says(&mut world, None, 5_000));
    assert!(!says(&mut world, Some("70000"), 5_000));
    assert_eq!(world.store.syncs(), before, "looking is not an event");
    let mut world = World::new(false);
    assert!(!says(&mut world, Some("-1000000"), 5_000));
}

#[test]
fn the_record_says_what_was_lost_in_words() {
    let mut world = stating("500");
    assert!(says(&mut world, Some("-812.5"), 1_000));
    let at = world.actor.now();
    let told = world.actor.read(|state| {
        let known = state.customer.losses[0];
        let limit = Amount::parse("500").unwrap();
        let reached = Reached { level: known.level, account: known.account, loss: known.base, limit, at };
        let event = Event::DayLoss(kernel::day_loss::Event::Reached(reached));
        let recorded = kernel::event::Recorded {
            at,
            actor: kernel::actor::Actor::House,
            correlation: kernel::id::CorrelationId::new(0, 0),
            event,
            v: kernel::event::VERSION,
        };
        service::words::story::tell(state, &recorded).text
    });
    assert_eq!(told, "the account DU0000001 lost 812.50 USD today, which is more than it may (500)");
}
