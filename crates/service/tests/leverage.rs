//! Controls 6, 13 and 19 at run time: the venue's figures are asked for where somebody states a limit, and are in the record.

use crate::world::World;
use kernel::command::Command;
use kernel::event::Event;
use kernel::guard::Limits;
use kernel::money::{Amount, Leverage};
use kernel::working::Event as Order;
use rust_decimal::Decimal;
use service::Outcome;

/// Worth 10,000 and holding 5,000, told now.
fn stating(limits: Limits) -> World {
    let mut world = World::new(false);
    *world.wire.worth.lock().unwrap() = (Decimal::from(10_000), Decimal::from(5_000));
    *world.wire.told.lock().unwrap() = Some(world.actor.now());
    world.done(Command::SetAccountLimits { id: world.account, limits, read: None }).unwrap();
    world
}
fn at_most(leverage: &str) -> Limits {
    Limits { leverage: Leverage::parse(leverage).ok(), ..Limits::default() }
}
fn placed(world: &mut World, quantity: &str) -> Outcome {
    let answer = world.place(quantity);
    world.write_all();
    answer.blocking_recv().unwrap()
}
fn code(outcome: Outcome) -> String {
    match outcome {
        Ok(_) => "admitted".to_owned(),
        Err(no) => format!("{no:?}"),
    }
}

#[test]
fn the_figures_that_were_told_decide_and_are_in_the_record() {
    let mut world = stating(at_most("1.5"));
    let recorded = placed(&mut world, "100").unwrap();
    let Event::Order(Order::Admitted { market, .. }) = &recorded[0].event else { panic!("{recorded:?}") };
    let figures = market.figures.unwrap();
    assert_eq!(figures.net_liquidation, Amount::parse("10000").unwrap());
    assert_eq!(Some(figures.at), *world.wire.told.lock().unwrap());
    assert!(code(placed(&mut world, "12")).contains("Leverage"), "a hundred for 90.01 are open");
    *world.wire.worth.lock().unwrap() = (Decimal::from(12_000), Decimal::from(5_000));
    assert_eq!(code(placed(&mut world, "12")), "admitted");
}

#[test]
fn old_figures_and_none_add_no_risk() {
    let mut world = stating(at_most("1.5"));
    world.clock.advance_ms(240_000);
    assert_eq!(code(placed(&mut world, "1")), "admitted");
    world.clock.advance_ms(1);
    assert!(code(placed(&mut world, "1")).contains("NoFreshFigures"));
    *world.wire.told.lock().unwrap() = Some(world.actor.now());
    assert_eq!(code(placed(&mut world, "1")), "admitted");
    *world.wire.told.lock().unwrap() = None;
    assert!(code(placed(&mut world, "1")).contains("NoFreshFigures"), "a trade was told since");
}

#[test]
fn where_nothing_is_stated_nothing_is_asked_and_nothing_is_recorded() {
    let mut world = stating(Limits::default());
    *world.wire.told.lock().unwrap() = None;
    let recorded = placed(&mut world, "100").unwrap();
    let Event::Order(Order::Admitted { market, .. }) = &recorded[0].event else { panic!("{recorded:?}") };
    assert_eq!(market.figures, None);
}

#[test]
fn an_order_that_raises_the_leverage_says_so_to_whoever_is_asked() {
    let mut world = stating(Limits { approve_leverage_above: Leverage::parse("1.25").ok(), ..Limits::default() });
    let recorded = placed(&mut world, "100").unwrap();
    assert!(recorded.iter().any(|one| matches!(&one.event, Event::Order(Order::Held { .. }))), "{recorded:?}");
    let text = world.actor.read(|state| {
        let (id, approval) = state.book.pending.first_key_value().unwrap();
        service::words::asked::order(state, *id, approval).unwrap().display()
    });
    let line = "with all that is open the account would come to hold 1.41 times its net value, above 1.25";
    assert!(text.lines().any(|one| one == line), "{text}");
}
