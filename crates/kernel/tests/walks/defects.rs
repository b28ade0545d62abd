//! Walks that once got through.

use crate::world::{World, buy, price, quantity, sell, wide};
use kernel::actor::Actor;
use kernel::command::{Command, Report};
use kernel::guard::{Allowances, Limits};
use kernel::kill_switch::{Level, Resting};
use kernel::order::Side;
use kernel::time::Timestamp;
use kernel::working::Ended;

const STOPS: Allowances = Allowances { market: true, stop: true, ..Allowances::NONE };

#[test]
fn a_buy_stop_below_the_market_counts_what_the_market_costs() {
    let mut world = World::with(|new| new.allowances = STOPS);
    world.limit(|limits| limits.order_value = Some(crate::world::amount("1000")));
    assert_eq!(world.place(buy("500", "1").stop("1")), "order_value");
}

#[test]
fn a_sell_stop_above_the_market_counts_what_the_market_pays() {
    let mut world = World::with(|new| new.allowances = Allowances { short_sale: true, ..STOPS });
    world.limit(|limits| limits.order_value = Some(crate::world::amount("970")));
    assert_eq!(world.place(sell("10", "1").stop("500")), "admitted");
    assert_eq!(world.place(sell("10.00000001", "1").stop("500")), "order_value");
}

#[test]
fn a_part_that_a_person_closed_elsewhere_is_not_reduced_again_under_a_kill_switch() {
    let mut world = World::new();
    world.trade(buy("100", "100"));
    world.manual(Side::Sell, "100");
    world.kill(Level::Customer, Resting::KeepProtective);
    assert_eq!(world.place(sell("100", "100")), "kill_switch_engaged");
}

#[test]
fn a_part_that_a_person_closed_elsewhere_cannot_be_sold_short() {
    let mut world = World::new();
    world.trade(buy("100", "100"));
    world.manual(Side::Sell, "40");
    assert_eq!(world.place(sell("60.00000001", "100")), "short_sale");
    assert_eq!(world.place(sell("60", "100")), "admitted");
}

#[test]
fn a_stop_that_would_open_a_position_is_not_protective() {
    let mut world = World::with(|new| new.allowances = STOPS);
    world.trade(buy("100", "100"));
    let stop = world.rest(sell("100", "1").stop("90"));
    world.manual(Side::Sell, "100");
    world.kill(Level::Customer, Resting::KeepProtective);
    let events = world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert_eq!(events.len(), 1);
    assert!(world.state.book.orders[&stop].cancel_requested);
}

#[test]
fn a_protective_stop_of_one_that_may_close_any_is_kept() {
    let mut world = World::new();
    let closer = world.second(|new| new.allowances = Allowances { close_any: true, ..STOPS });
    world.trade(buy("100", "100"));
    let stop = world.rest(sell("100", "1").stop("90").by(closer));
    world.kill(Level::Customer, Resting::KeepProtective);
    assert_eq!(world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap(), []);
    assert!(!world.state.book.orders[&stop].cancel_requested);
}

#[test]
fn a_fill_that_is_told_after_midnight_is_still_its_credentials() {
    let mut world = World::new();
    world.now = Timestamp((NOON_DAY + 1) * 86_400_000 - 1);
    let id = world.rest(buy("100", "100"));
    world.ended(id, Ended::Cancelled);
    world.later(2);
    let execution = world.execution(Some(id), Side::Buy, quantity("100"));
    world.report(Report::Filled(execution));
    assert_eq!(world.position(world.bot), (quantity("100"), quantity("100")));
    assert_eq!(world.place(sell("100", "100")), "admitted");
}
const NOON_DAY: i64 = 20_700;

#[test]
fn observe_mode_values_a_sale_at_the_market_and_so_keeps_to_the_accounts_limits() {
    let mut world = World::with(|new| {
        new.observe = true;
        new.allowances = Allowances { short_sale: true, ..Allowances::default() };
    });
    world.account_limit(|limits| *limits = Limits { order_value: Some(crate::world::amount("1000")), ..*limits });
    assert_eq!(world.place(sell("100", "100").market()), "order_value");
    assert_eq!(world.place(buy("9", "100").market()), "admitted");
}

#[test]
fn observe_mode_keeps_to_the_accounts_collar() {
    let mut world = World::with(|new| new.observe = true);
    world.account_limit(|limits| limits.collar_bps = Some(500));
    assert_eq!(world.place(buy("1", "104")), "admitted");
    assert_eq!(world.place(buy("1", "105.00000001")), "price_collar");
}

#[test]
fn an_order_filled_while_its_change_was_rejected_is_filled() {
    let mut world = World::new();
    let id = world.rest(buy("10", "100").number(1));
    assert_eq!(world.place(buy("20", "100").number(1)), "changed");
    world.fill(id, quantity("10"));
    assert!(world.is_open(id));
    world.report(Report::ReplaceRejected { id, text: String::new() });
    assert!(!world.is_open(id));
}

#[test]
fn an_order_filled_to_its_new_quantity_is_filled() {
    let mut world = World::new();
    let id = world.rest(buy("20", "100").number(1));
    assert_eq!(world.place(buy("10", "100").number(1)), "changed");
    world.fill(id, quantity("10"));
    assert!(world.is_open(id));
    world.report(Report::Replaced { id });
    assert!(!world.is_open(id));
}

#[test]
fn a_flood_of_orders_does_not_make_the_guard_forget_the_latest() {
    let mut world = World::new();
    world.limit(|limits| {
        (limits.open_orders, limits.orders_per_second, limits.messages_per_second) =
            (Some(5_000), Some(5_000), Some(5_000));
    });
    for n in 1..=1_030i64 {
        let mut one = buy("1", "1");
        one.terms.order_qty = kernel::money::Quantity::from_units(n);
        assert_eq!(world.place(one), "admitted");
    }
    let mut again = buy("1", "1");
    again.terms.order_qty = kernel::money::Quantity::from_units(1_030);
    assert_eq!(world.place(again), "duplicate_order");
}

#[test]
fn a_second_account_is_no_way_around() {
    let mut world = World::new();
    let elsewhere = world.open_account("DU2", "USD");
    assert_eq!(world.place(buy("1", "100").on(elsewhere)), "account_not_allowed");
    let both = wide(&[world.account, elsewhere], "both", 4_300);
    let both = world.create(both);
    world.trade(buy("1", "100").by(both));
    assert_eq!(world.place(sell("1", "100").by(both).on(elsewhere)), "short_sale");
    assert_eq!(price("100"), world.bid);
}

#[test]
fn a_cancel_that_the_venue_rejected_can_be_asked_for_again() {
    let mut world = World::new();
    let id = world.rest(buy("10", "100"));
    for _ in 0..2 {
        let events = world.act(Actor::Credential(world.bot), Command::CancelAll).unwrap();
        assert_eq!(events.len(), 1);
        assert!(world.state.book.orders[&id].cancel_requested);
        world.report(Report::CancelRejected { id, text: String::new() });
        assert!(!world.state.book.orders[&id].cancel_requested);
    }
}

#[test]
fn a_switch_that_cancels_all_does_so_beside_one_that_keeps() {
    let mut world = World::with(|new| new.allowances = STOPS);
    world.trade(buy("100", "100"));
    let stop = world.rest(sell("100", "1").stop("90"));
    world.kill(Level::Credential(world.bot), Resting::KeepProtective);
    world.kill(Level::Account(world.account), Resting::CancelAll);
    world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert!(world.state.book.orders[&stop].cancel_requested);
}

#[test]
fn the_rate_of_a_slow_account_is_not_refilled_by_orders_on_a_fast_one() {
    let mut world = World::new();
    let slow = world.open_account("DU2", "USD");
    world.must(Command::SetAccountLimits {
        id: slow,
        limits: Limits { messages_per_second: Some(1), orders_per_second: Some(2), ..Limits::default() },
        read: None,
    });
    let both = world.create(wide(&[world.account, slow], "both", 4_300));
    for qty in ["1", "2"] {
        assert_eq!(world.place(buy(qty, "100").by(both).on(slow)), "admitted");
    }
    for qty in ["3", "4", "5"] {
        world.later(100);
        assert_eq!(world.place(buy(qty, "100").by(both)), "admitted");
        world.later(100);
        assert_eq!(world.place(buy("9", "100").by(both).on(slow)), "message_rate");
    }
    world.later(400);
    assert_eq!(world.place(buy("9", "100").by(both).on(slow)), "admitted");
}
