//! What lies under options that were written is not reduced, but taken from beneath them.

use super::check;
use crate::world::{Ask, Word, World, amount, apple, buy, currency, price, quantity, sell, wide};
use kernel::actor::Actor;
use kernel::command::{Command, NewCredential, Report};
use kernel::id::{AccountId, OrderId};
use kernel::instrument::{AssetClass, Derivative, Instrument, Right, Selector, Struck};
use kernel::kill_switch::{Level, Resting};
use kernel::order::Side;
use kernel::ties::{Fills, Group};

fn option(contract_id: i64, symbol: &str, right: Right) -> Instrument {
    let option = Some(Struck { right, strike: price("90") });
    let derivative = Some(Derivative { multiplier: quantity("2"), expiry: 20_270_115, option });
    Instrument { contract_id, symbol: symbol.into(), class: AssetClass::Option, derivative, ..apple() }
}
/// Each stands for two shares.
fn call() -> Instrument {
    option(32, "AAPL", Right::Call)
}
fn other_call() -> Instrument {
    option(33, "AAPL", Right::Call)
}
fn put() -> Instrument {
    option(34, "AAPL", Right::Put)
}
fn other_put() -> Instrument {
    option(35, "AAPL", Right::Put)
}
fn elsewhere() -> Instrument {
    option(36, "MSFT", Right::Call)
}
fn in_euros() -> Instrument {
    Instrument { currency: currency("EUR"), ..option(37, "AAPL", Right::Call) }
}

fn writes(new: &mut NewCredential) {
    new.instruments = [Selector::Class(AssetClass::Stock), Selector::Class(AssetClass::Option)].into();
    (new.allowances.option_writing, new.allowances.short_sale, new.allowances.stop) = (true, true, true);
}
/// What was traded, one after the other.
fn having(trades: &[Ask]) -> World {
    let mut world = World::with(writes);
    for ask in trades {
        world.trade(ask.clone());
        world.later(10_000);
    }
    world
}
fn killed(trades: &[Ask], ask: Ask) -> Word {
    let mut world = having(trades);
    world.kill(Level::Customer, Resting::KeepProtective);
    world.place(ask)
}
/// Ten shares, and three calls written: four shares are free.
fn covered(by: fn() -> Instrument, ask: Ask) -> Word {
    killed(&[buy("10", "100"), sell("3", "100").of(by())], ask)
}
/// Ten of one option are held, and so many of another are written.
fn spread(held: Instrument, written: Instrument, many: &str, ask: Ask) -> Word {
    killed(&[buy("10", "100").of(held), sell(many, "100").of(written)], ask)
}
fn with(mut new: NewCredential, edit: fn(&mut NewCredential)) -> NewCredential {
    edit(&mut new);
    new
}
fn last_account(world: &World) -> AccountId {
    world.state.customer.accounts.last().unwrap().id
}
fn grouped(mut ask: Ask) -> Ask {
    ask.terms.ties.group = Some(Group { name: "one".into(), fills: Fills::CancelBlocked });
    ask
}
const UNCOVERS: Word = "uncovers_written_option";

#[test]
fn shares_under_a_call() {
    check(&[
        ("what is free", || covered(call, sell("4", "100")), "admitted"),
        ("a unit more", || covered(call, sell("4.00000001", "100")), UNCOVERS),
        ("more than there are", || covered(call, sell("10.00000001", "100")), "kill_switch_engaged"),
        ("the call itself", || covered(call, buy("3", "100").of(call())), "admitted"),
        ("more of it", || covered(call, buy("3.00000001", "100").of(call())), "kill_switch_engaged"),
        ("under a put", || covered(put, sell("10", "100")), "admitted"),
        ("under a call on another", || covered(elsewhere, sell("10", "100")), "admitted"),
        ("under one in another currency", || covered(in_euros, sell("10", "100")), "admitted"),
        (
            "where calls are naked already",
            || killed(&[buy("10", "100"), sell("50", "100").of(call())], sell("0.00000001", "100")),
            UNCOVERS,
        ),
        (
            "beside calls that cover",
            || {
                let both = [buy("3", "100").of(other_call()), sell("3", "100").of(call())];
                killed(&[&[buy("10", "100")], &both[..]].concat(), sell("10", "100"))
            },
            "admitted",
        ),
        (
            "once it is bought back elsewhere",
            || {
                let mut world = having(&[buy("10", "100"), sell("3", "100").of(call())]);
                let mut by_hand = world.execution(None, Side::Buy, quantity("3"));
                by_hand.contract_id = call().contract_id;
                world.report(Report::Filled(by_hand));
                world.kill(Level::Customer, Resting::KeepProtective);
                world.place(sell("10", "100"))
            },
            "admitted",
        ),
        (
            "shares that were sold short are bought",
            || killed(&[sell("10", "100"), sell("3", "100").of(call())], buy("10", "100")),
            "admitted",
        ),
    ]);
}

#[test]
fn the_other_leg_of_a_spread() {
    check(&[
        ("a call", || spread(other_call(), call(), "4", sell("6", "100").of(other_call())), "admitted"),
        ("one more", || spread(other_call(), call(), "4", sell("6.00000001", "100").of(other_call())), UNCOVERS),
        ("a put", || spread(other_put(), put(), "4", sell("6", "100").of(other_put())), "admitted"),
        ("one put more", || spread(other_put(), put(), "4", sell("6.00000001", "100").of(other_put())), UNCOVERS),
        (
            "shares do not cover a put",
            || {
                let trades = [buy("10", "100"), buy("10", "100").of(other_put()), sell("4", "100").of(put())];
                killed(&trades, sell("6.00000001", "100").of(other_put()))
            },
            UNCOVERS,
        ),
        ("a put under a call", || spread(put(), call(), "4", sell("10", "100").of(put())), "admitted"),
        ("a call under a put", || spread(call(), put(), "4", sell("10", "100").of(call())), "admitted"),
    ]);
}

#[test]
fn what_is_open_to_be_sold_may_trade_first() {
    // Killed alone, so that the other's orders rest.
    fn beside(open: Ask, quantity: &str) -> Word {
        let mut world = having(&[buy("10", "100")]);
        let other = world.second(writes);
        world.rest(open.by(other));
        let bot = world.bot;
        world.kill(Level::Credential(bot), Resting::KeepProtective);
        world.place(sell(quantity, "100"))
    }
    // Three calls are written, so that four shares are free; another's order rests.
    fn written(open: fn(&World) -> Ask, quantity: &str) -> Word {
        let mut world = having(&[buy("10", "100"), sell("3", "100").of(call())]);
        let elsewhere = world.open_account("DU2", "USD");
        let account = world.account;
        let other = world.create(NewCredential {
            accounts: [account, elsewhere].into(),
            ..with(wide(&[account], "other", 4_200), writes)
        });
        let ask = open(&world).by(other);
        world.rest(ask);
        let bot = world.bot;
        world.kill(Level::Credential(bot), Resting::KeepProtective);
        world.place(sell(quantity, "100"))
    }
    check(&[
        ("shares", || written(|_| sell("3", "110"), "1"), "admitted"),
        ("and more of them", || written(|_| sell("3", "110"), "1.00000001"), UNCOVERS),
        ("more of a call", || written(|_| sell("1", "110").of(call()), "2"), "admitted"),
        ("and more than that", || written(|_| sell("1", "110").of(call()), "2.00000001"), UNCOVERS),
        ("calls that are bought back", || written(|_| buy("3", "90").of(call()), "4"), "admitted"),
        ("on another account", || written(|world| sell("3", "110").on(last_account(world)), "4"), "admitted"),
        (
            "a call on another account",
            || written(|world| sell("3", "110").of(call()).on(last_account(world)), "4"),
            "admitted",
        ),
        ("a call that is about to be written", || beside(sell("3", "110").of(call()), "4"), "admitted"),
        ("and a unit more", || beside(sell("3", "110").of(call()), "4.00000001"), UNCOVERS),
        ("a put", || beside(sell("3", "110").of(put()), "10"), "admitted"),
        ("a call that is bought", || beside(buy("3", "90").of(call()), "10"), "admitted"),
    ]);
}

#[test]
fn it_counts_like_any_order() {
    let valued = |by: fn() -> Instrument| {
        let mut world = having(&[buy("10", "100"), sell("3", "100").of(by())]);
        world.limit(|limits| limits.order_value = Some(amount("99")));
        world.place(sell("5", "100"))
    };
    assert_eq!((valued(call), valued(elsewhere)), ("order_value", "admitted"));
}

#[test]
fn a_resting_order_stays_at_a_kill_as_far_as_nothing_is_uncovered() {
    for (by, many, cancelled) in [(call as fn() -> Instrument, "4", false), (call, "5", true), (elsewhere, "5", false)]
    {
        let mut world = having(&[buy("10", "100"), sell("3", "100").of(by())]);
        let stop = world.rest(sell(many, "1").stop_limit("90", "89"));
        world.kill(Level::Customer, Resting::KeepProtective);
        world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
        assert_eq!(world.state.book.orders[&stop].cancel_requested, cancelled, "{many}");
    }
    let mut world = having(&[sell("10", "100"), sell("3", "100").of(call())]);
    let stop = world.rest(buy("10", "1").stop_limit("110", "111"));
    world.kill(Level::Customer, Resting::KeepProtective);
    world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert!(!world.state.book.orders[&stop].cancel_requested, "it protects from what may lose without end");
}

/// Ten shares, three calls written: four are free.
fn free_four() -> World {
    having(&[buy("10", "100"), sell("3", "100").of(call())])
}

#[test]
fn of_a_group_one_is_sold_and_a_child_sells_what_its_parent_buys() {
    let valued = |world: &mut World, ask: Ask| {
        world.limit(|limits| limits.order_value = Some(amount("99")));
        world.place(ask)
    };
    let mut world = free_four();
    world.rest(grouped(sell("4", "110")));
    assert_eq!(valued(&mut world.clone(), grouped(sell("4", "111"))), "admitted");
    assert_eq!(valued(&mut world, sell("4", "111")), "order_value");
    let mut world = free_four();
    let parent = world.state.book.highest_reference(world.bot, 0) + 1;
    let mut entry = buy("4", "90").number(parent);
    entry.terms.ties.parked = true;
    assert_eq!(world.place(entry), "admitted");
    let mut profit = sell("4", "110").number(parent + 1);
    profit.terms.ties.parent = Some(parent);
    assert_eq!(world.place(profit), "admitted");
    assert_eq!(valued(&mut world, sell("4", "111")), "admitted");
}

#[test]
fn at_a_kill_stops_are_kept_first_and_of_a_group_all() {
    fn kept(world: &mut World, orders: [OrderId; 2]) -> [bool; 2] {
        world.kill(Level::Customer, Resting::KeepProtective);
        world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
        orders.map(|id| !world.state.book.orders[&id].cancel_requested)
    }
    let mut world = free_four();
    let orders = [world.rest(sell("4", "110")), world.rest(sell("4", "1").stop_limit("90", "89"))];
    assert_eq!(kept(&mut world, orders), [false, true]);
    let mut world = free_four();
    let orders = [sell("4", "110"), sell("4", "1").stop_limit("90", "89")].map(|ask| world.rest(grouped(ask)));
    assert_eq!(kept(&mut world, orders), [true, true]);
}

#[test]
fn calls_that_the_venue_told_of_are_counted_once() {
    let mut world = World::with(|new| {
        writes(new);
        new.allowances.close_any = true;
    });
    world.trade(sell("2", "100").of(call()));
    let (account, contract_id) = (world.account, other_call().contract_id);
    world.report(Report::PositionTold { account, contract_id, net: quantity("10"), was: quantity("0") });
    world.later(10_000);
    let other = world.second(writes);
    world.rest(sell("2", "110").of(other_call()).by(other));
    let bot = world.bot;
    world.kill(Level::Credential(bot), Resting::KeepProtective);
    assert_eq!(world.clone().place(sell("6.00000001", "100").of(other_call())), UNCOVERS);
    assert_eq!(world.place(sell("6", "100").of(other_call())), "admitted");
}
