//! Control 12 and 14 of the newer types: trailing stops, and orders at the close; at which price they count.

use super::check;
use crate::world::{Ask, Word, World, amount, buy, euro, price, sell};
use kernel::given::Session;
use kernel::guard::Allowances;

/// The market is at 99 and 100; the order may count so much.
fn worth(limit: &str, ask: Ask) -> Word {
    let mut world = World::with(|new| new.allowances = Allowances { outside_hours: false, ..Allowances::ALL });
    (world.bid, world.ask) = (price("99"), price("100"));
    let limit = amount(limit);
    world.limit(|limits| limits.order_value = Some(limit));
    world.place(ask)
}
fn without(ask: Ask) -> Word {
    World::with(|new| {
        new.allowances = Allowances { trailing: false, auction: false, outside_hours: false, ..Allowances::ALL };
    })
    .place(ask)
}
fn owning(ask: Ask) -> Word {
    let mut world = World::new();
    world.trade(buy("10", "100"));
    world.place(ask)
}
fn session(session: Option<Session>, ask: Ask) -> Word {
    let mut world = World::with(|new| new.allowances = Allowances::ALL);
    world.session = session;
    world.place(ask)
}

#[test]
fn trailing_stops_and_orders_at_the_close_are_allowed_by_name_or_only_reduce() {
    check(&[
        ("a trailing stop", || without(buy("1", "1").trail("1")), "order_type_not_allowed"),
        ("a trailing stop-limit", || without(buy("1", "1").trail_limit("1", "1")), "order_type_not_allowed"),
        ("a market order at the close", || without(buy("1", "1").market().at_close()), "order_type_not_allowed"),
        ("a limit order at the close", || without(buy("1", "100").at_close()), "order_type_not_allowed"),
        ("each allowed by name", || worth("1000", buy("1", "1").trail("1")), "admitted"),
        ("and this", || worth("1000", buy("1", "1").trail_limit("1", "1")), "admitted"),
        ("and this", || worth("1000", buy("1", "1").market().at_close()), "admitted"),
        ("and this", || worth("1000", buy("1", "100").at_close()), "admitted"),
        ("a trailing stop that only reduces", || owning(sell("10", "1").trail("5%")), "admitted"),
        ("an order at the close that only reduces", || owning(sell("10", "1").market().at_close()), "admitted"),
        ("a unit more", || owning(sell("10.00000001", "1").trail("5%")), "order_type_not_allowed"),
    ]);
}

#[test]
fn a_trailing_purchase_counts_where_its_stop_stands_first_moved_by_the_collar() {
    check(&[
        // 100 + 10, and 3 %.
        ("so far above the ask", || worth("113.3", buy("1", "1").trail("10")), "admitted"),
        ("a unit less is too little", || worth("113.29999999", buy("1", "1").trail("10")), "order_value"),
        ("so many hundredths", || worth("113.3", buy("1", "1").trail("10%")), "admitted"),
        ("a unit less is too little", || worth("113.29999999", buy("1", "1").trail("10%")), "order_value"),
        ("where it was told to stand", || worth("123.6", buy("1", "1").trail("1").first("120")), "admitted"),
        ("a unit less", || worth("123.59999999", buy("1", "1").trail("1").first("120")), "order_value"),
        ("a stop the market has passed", || worth("103", buy("1", "1").trail("1").first("50")), "admitted"),
        ("a unit less", || worth("102.99999999", buy("1", "1").trail("1").first("50")), "order_value"),
        ("its limit beyond the stop", || worth("112", buy("1", "1").trail_limit("10", "2")), "admitted"),
        ("a unit less", || worth("111.99999999", buy("1", "1").trail_limit("10", "2")), "order_value"),
        ("a limit within the collar of its stop", || worth("200", buy("1", "1").trail_limit("10", "3.3")), "admitted"),
        ("a unit beyond", || worth("200", buy("1", "1").trail_limit("10", "3.30000001")), "price_collar"),
    ]);
}

#[test]
fn a_trailing_sale_counts_like_one_at_the_market_however_far_behind_it_trails() {
    check(&[
        // 99, less 3 %.
        ("near", || worth("96.03", sell("1", "1").trail("1")), "admitted"),
        ("a unit less", || worth("96.02999999", sell("1", "1").trail("1")), "order_value"),
        ("far", || worth("96.02999999", sell("1", "1").trail("98")), "order_value"),
        ("further than the price", || worth("96.02999999", sell("1", "1").trail("5000")), "order_value"),
        ("told to stand far below", || worth("96.02999999", sell("1", "1").trail("1").first("1")), "order_value"),
        ("with a limit", || worth("96.02999999", sell("1", "1").trail_limit("50", "1")), "order_value"),
        ("with a limit", || worth("96.03", sell("1", "1").trail_limit("50", "1")), "admitted"),
        // 99 - 50, less 3 %: 47.53.
        ("a limit within the collar", || worth("200", sell("1", "1").trail_limit("50", "1.47")), "admitted"),
        ("a unit beyond", || worth("200", sell("1", "1").trail_limit("50", "1.47000001")), "price_collar"),
    ]);
}

#[test]
fn a_trailing_stop_without_a_quote_is_worth_nobody_knows_what() {
    let mut world = World::new();
    world.trade(buy("10", "100"));
    world.quote_age = None;
    assert_eq!(world.place(buy("1", "1").trail("1").first("100")), "order_type_not_allowed");
    assert_eq!(world.place(sell("1", "1").trail("1").first("90")), "admitted");
    world.limit(|limits| limits.approve_above = Some(amount("1000000")));
    assert_eq!(world.place(sell("2", "1").trail("1").first("90")), "held");
}

#[test]
fn an_order_at_the_close_needs_a_session_that_will_close() {
    check(&[
        ("in a session", || session(Some(Session::Regular), buy("1", "100").at_close()), "admitted"),
        ("after it", || session(Some(Session::Closed), buy("1", "100").at_close()), "no_close_to_come"),
        ("with none known", || session(None, buy("1", "100").at_close()), "no_close_to_come"),
        (
            "a pair of currencies has none",
            || session(Some(Session::Regular), buy("1", "100").of(euro()).at_close()),
            "no_close_to_come",
        ),
        (
            "a stop does not wait for it",
            || session(Some(Session::Regular), buy("1", "1").stop("101").at_close()),
            "order_fields_do_not_go_together",
        ),
    ]);
}

#[test]
fn protective_trailing_stops_are_kept_first_at_a_kill() {
    use kernel::kill_switch::{Level, Resting};
    let mut world = World::new();
    world.trade(buy("10", "100"));
    let limit = world.rest(sell("6", "120"));
    let trailing = world.rest(sell("4", "1").trail("5%"));
    let sixth = world.state.book.orders.len();
    assert_eq!(sixth, 2);
    world.manual(kernel::order::Side::Sell, "6");
    world.kill(Level::Customer, Resting::KeepProtective);
    world.act(kernel::actor::Actor::House, kernel::command::Command::Enforce { voided: Vec::new() }).unwrap();
    assert!(world.state.book.orders[&limit].cancel_requested);
    assert!(!world.state.book.orders[&trailing].cancel_requested);
}
