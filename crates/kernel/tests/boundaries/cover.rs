//! What lies under an option that was written is not reduced, but taken from beneath it.

use super::check;
use crate::world::{Ask, Word, World, amount, apple, buy, price, quantity, sell};
use kernel::actor::Actor;
use kernel::command::{Command, NewCredential, Report};
use kernel::instrument::{AssetClass, Derivative, Instrument, Right, Selector, Struck};
use kernel::kill_switch::{Level, Resting};
use kernel::order::Side;

fn option(contract_id: i64, symbol: &str) -> Instrument {
    let option = Some(Struck { right: Right::Call, strike: price("90") });
    let derivative = Some(Derivative { multiplier: quantity("100"), expiry: 20_270_115, option });
    Instrument { contract_id, symbol: symbol.into(), class: AssetClass::Option, derivative, ..apple() }
}
/// On the stock, on the stock again, and on another.
fn call() -> Instrument {
    option(32, "AAPL")
}
fn other_leg() -> Instrument {
    option(33, "AAPL")
}
fn elsewhere() -> Instrument {
    option(34, "MSFT")
}

fn writes(new: &mut NewCredential) {
    new.instruments = [Selector::Class(AssetClass::Stock), Selector::Class(AssetClass::Option)].into();
    new.allowances.option_writing = true;
    new.allowances.stop = true;
}
/// Ten shares and ten of an option are held, and ten of another are written.
fn covered(by: fn() -> Instrument) -> World {
    let mut world = World::with(writes);
    world.trade(buy("10", "100"));
    world.later(10_000);
    world.trade(buy("10", "100").of(other_leg()));
    world.later(10_000);
    world.trade(sell("10", "100").of(by()));
    world.later(10_000);
    world
}
fn killed(by: fn() -> Instrument, ask: Ask) -> Word {
    let mut world = covered(by);
    world.kill(Level::Customer, Resting::KeepProtective);
    world.place(ask)
}

#[test]
fn what_covers_is_sold_under_no_switch_until_the_option_is_bought_back() {
    check(&[
        ("the shares", || killed(call, sell("1", "100")), "uncovers_written_option"),
        ("the other leg", || killed(call, sell("1", "100").of(other_leg())), "uncovers_written_option"),
        ("the option itself", || killed(call, buy("10", "100").of(call())), "admitted"),
        ("more than there are", || killed(call, sell("10.00000001", "100")), "kill_switch_engaged"),
        ("more of it", || killed(call, buy("10.00000001", "100").of(call())), "kill_switch_engaged"),
        ("the shares, of an option on another", || killed(elsewhere, sell("1", "100")), "admitted"),
        ("the leg, of an option on another", || killed(elsewhere, sell("1", "100").of(other_leg())), "admitted"),
        (
            "once it is bought back",
            || {
                let mut world = covered(call);
                world.kill(Level::Customer, Resting::KeepProtective);
                world.trade(buy("10", "100").of(call()));
                world.later(10_000);
                world.place(sell("1", "100"))
            },
            "admitted",
        ),
        (
            "once it was bought back elsewhere",
            || {
                let mut world = covered(call);
                let mut by_hand = world.execution(None, Side::Buy, quantity("10"));
                by_hand.contract_id = call().contract_id;
                world.report(Report::Filled(by_hand));
                world.kill(Level::Customer, Resting::KeepProtective);
                world.place(sell("1", "100"))
            },
            "admitted",
        ),
    ]);
}

#[test]
fn it_counts_like_any_order() {
    let valued = |by: fn() -> Instrument| {
        let mut world = covered(by);
        world.limit(|limits| limits.order_value = Some(amount("99")));
        world.place(sell("1", "100"))
    };
    assert_eq!((valued(call), valued(elsewhere)), ("order_value", "admitted"));
}

#[test]
fn a_resting_order_that_would_uncover_is_cancelled_at_a_kill() {
    for (by, cancelled) in [(call as fn() -> Instrument, true), (elsewhere, false)] {
        let mut world = covered(by);
        let stop = world.rest(sell("5", "1").stop_limit("90", "89"));
        world.kill(Level::Customer, Resting::KeepProtective);
        world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
        assert_eq!(world.state.book.orders[&stop].cancel_requested, cancelled);
    }
}
