//! Controls 4, 5, 8, 9 and 10: counts, duplicates, rates and repeated execution. One unit is one, or 1 ms.

use super::check;
use crate::world::{Word, World, buy, quantity, sell};
use kernel::command::Command;
use kernel::guard::{DAY_COUNT, Limits, OPEN_ORDERS};
use kernel::order::Side;

/// `n` orders are sent at once, each unlike the others; then what becomes of the next.
fn after(n: u32, edit: fn(&mut Limits), on_account: bool) -> Word {
    let mut world = World::new();
    if on_account {
        world.account_limit(edit)
    } else {
        world.limit(edit)
    }
    world.send(n);
    world.place(buy("5000", "1"))
}

impl World {
    fn send(&mut self, n: u32) {
        for n in 1..=n {
            assert_eq!(self.place(buy(&n.to_string(), "1")), "admitted", "order {n}");
        }
    }
}

#[test]
fn day_count_and_open_orders() {
    check(&[
        ("the third of three a day", || after(2, |l| l.day_count = Some(3), false), "admitted"),
        ("the fourth of three a day", || after(3, |l| l.day_count = Some(3), false), "day_count"),
        ("none a day", || after(0, |l| l.day_count = Some(0), false), "day_count"),
        ("the third of the account's three", || after(2, |l| l.day_count = Some(3), true), "admitted"),
        ("the fourth of the account's three", || after(3, |l| l.day_count = Some(3), true), "day_count"),
        ("the 200th by default", || after(DAY_COUNT - 1, |l| l.day_count = None, false), "admitted"),
        ("the 201st by default", || after(DAY_COUNT, |l| l.day_count = None, false), "day_count"),
        ("the third of three open", || after(2, |l| l.open_orders = Some(3), false), "admitted"),
        ("the fourth of three open", || after(3, |l| l.open_orders = Some(3), false), "open_orders"),
        ("the third of the account's three open", || after(2, |l| l.open_orders = Some(3), true), "admitted"),
        ("the fourth of the account's three open", || after(3, |l| l.open_orders = Some(3), true), "open_orders"),
        ("the 20th open by default", || after(OPEN_ORDERS - 1, |l| l.open_orders = None, false), "admitted"),
        ("the 21st open by default", || after(OPEN_ORDERS, |l| l.open_orders = None, false), "open_orders"),
        ("the account has no default", || after(250, |_| {}, true), "admitted"),
    ]);
}

#[test]
fn the_day_count_turns_at_midnight_and_counts_grants_not_changes() {
    let mut world = World::new();
    world.limit(|limits| (limits.day_count, limits.approve_above) = (Some(2), Some(crate::world::amount("500"))));
    let (_, held) = world.hold(buy("6", "100"));
    world.rest(buy("1", "100").number(7));
    assert_eq!(world.place(buy("2", "100").number(7)), "changed");
    assert_eq!(world.grant(held), "admitted");
    assert_eq!(world.place(buy("3", "1")), "day_count");
    world.later(43_200_000 - 1);
    assert_eq!(world.place(buy("3", "1")), "day_count");
    world.later(1);
    assert_eq!(world.place(buy("3", "1")), "admitted");
}

#[test]
fn counts_bind_reducing_orders_too() {
    let mut world = World::new();
    world.trade(buy("10", "100"));
    world.limit(|limits| limits.day_count = Some(1));
    assert_eq!(world.place(sell("1", "100")), "day_count");
    world.limit(|limits| (limits.day_count, limits.open_orders) = (None, Some(0)));
    assert_eq!(world.place(sell("1", "100")), "open_orders");
}

fn again(ms: i64, edit: fn(&mut crate::world::Ask)) -> Word {
    let mut world = World::with(|new| (new.allowances.short_sale, new.allowances.stop) = (true, true));
    world.rest(buy("1", "100").stop_limit("101", "100"));
    let mut second = buy("1", "100").stop_limit("101", "100");
    edit(&mut second);
    world.later(ms);
    world.place(second)
}

/// The memory is not empty when the second of the two comes.
fn again_after_another(ms: i64) -> Word {
    let mut world = World::new();
    world.rest(buy("1", "100"));
    world.later(1_000);
    world.rest(buy("2", "100"));
    world.later(ms - 1_000);
    world.place(buy("1", "100"))
}

#[test]
fn duplicates() {
    check(&[
        ("the same order at once", || again(0, |_| {}), "duplicate_order"),
        ("after 1,999 ms", || again(1_999, |_| {}), "duplicate_order"),
        ("after 2,000 ms", || again(2_000, |_| {}), "admitted"),
        ("after 2,001 ms", || again(2_001, |_| {}), "admitted"),
        ("from another connection", || again(0, |a| a.client_id = 1), "duplicate_order"),
        ("a unit more", || again(0, |a| *a = buy("1.00000001", "1").stop_limit("101", "100")), "admitted"),
        ("at another price", || again(0, |a| *a = buy("1", "1").stop_limit("101", "100.00000001")), "admitted"),
        ("at another stop price", || again(0, |a| *a = buy("1", "1").stop_limit("101.00000001", "100")), "admitted"),
        ("as a stop order", || again(0, |a| *a = buy("1", "1").stop("101")), "admitted"),
        ("on the other side", || again(0, |a| *a = sell("1", "1").stop_limit("101", "100")), "admitted"),
        ("in another instrument", || again(0, |a| *a = a.clone().of(crate::world::euro())), "admitted"),
        ("a label makes no difference", || again(0, |a| a.terms.label = "x".into()), "duplicate_order"),
        ("after 2,000 ms, with another one between", || again_after_another(2_000), "admitted"),
        ("after 1,999 ms, with another one between", || again_after_another(1_999), "duplicate_order"),
        (
            "a refused one does not count",
            || {
                let mut world = World::new();
                world.session = None;
                assert_eq!(world.place(buy("1", "100")), "outside_hours");
                world.session = Some(kernel::given::Session::Regular);
                world.place(buy("1", "100"))
            },
            "admitted",
        ),
        (
            "a held one does",
            || {
                let mut world = World::new();
                world.limit(|limits| limits.approve_above = Some(crate::world::amount("1")));
                world.hold(buy("1", "100"));
                world.place(buy("1", "100"))
            },
            "duplicate_order",
        ),
    ]);
}

fn fast(edit: fn(&mut Limits), on_account: bool, sent: u32, ms: i64) -> Word {
    let mut world = World::new();
    if on_account {
        world.account_limit(edit)
    } else {
        world.limit(edit)
    }
    world.send(sent);
    world.later(ms);
    world.place(buy("5000", "1"))
}
fn messages_3(limits: &mut Limits) {
    limits.messages_per_second = Some(3);
}
fn orders_3(limits: &mut Limits) {
    limits.orders_per_second = Some(3);
}

/// Two orders 100 ms apart on an account of two a second; the credential itself may send many.
fn refilled(ms: i64) -> Word {
    let mut world = World::new();
    world.account_limit(|limits| limits.orders_per_second = Some(2));
    world.rest(buy("1", "100"));
    world.later(100);
    world.rest(buy("2", "100"));
    world.later(ms - 100);
    world.place(buy("3", "100"))
}

#[test]
fn rates() {
    check(&[
        ("the sixth message of a rate of three", || fast(messages_3, false, 5, 0), "admitted"),
        ("the seventh", || fast(messages_3, false, 6, 0), "message_rate"),
        ("a third of a second later, all but 1 ms", || fast(messages_3, false, 6, 333), "message_rate"),
        ("a third of a second later", || fast(messages_3, false, 6, 334), "admitted"),
        ("the account's: the sixth", || fast(messages_3, true, 5, 0), "admitted"),
        ("the account's: the seventh", || fast(messages_3, true, 6, 0), "message_rate"),
        ("the account's: a third of a second later, all but 1 ms", || fast(messages_3, true, 6, 333), "message_rate"),
        ("the account's: a third of a second later", || fast(messages_3, true, 6, 334), "admitted"),
        ("the third order of a rate of three", || fast(orders_3, false, 2, 0), "admitted"),
        ("the fourth", || fast(orders_3, false, 3, 0), "order_rate"),
        ("a third of a second later, all but 1 ms", || fast(orders_3, false, 3, 333), "order_rate"),
        ("a third of a second later", || fast(orders_3, false, 3, 334), "admitted"),
        ("the account's: the third", || fast(orders_3, true, 2, 0), "admitted"),
        ("the account's: the fourth", || fast(orders_3, true, 3, 0), "order_rate"),
        ("the account's: what comes back in 200 ms is its own", || refilled(200), "order_rate"),
        ("the account's: and in 500 ms", || refilled(500), "admitted"),
        ("by default five orders", || fast(|l| l.orders_per_second = None, false, 4, 0), "admitted"),
        ("and no sixth", || fast(|l| l.orders_per_second = None, false, 5, 0), "order_rate"),
        ("by default twenty messages", || fast(|l| l.messages_per_second = None, false, 19, 0), "admitted"),
        ("and no 21st", || fast(|l| l.messages_per_second = None, false, 20, 0), "message_rate"),
        ("a rate of none", || fast(|l| l.messages_per_second = Some(0), false, 0, 0), "message_rate"),
    ]);
}

#[test]
fn a_change_is_a_message_and_no_order_and_what_is_refused_or_cancelled_is_neither() {
    let mut world = World::new();
    world.limit(|limits| (limits.messages_per_second, limits.orders_per_second) = (Some(1), Some(1)));
    let id = world.rest(buy("1", "100").number(1));
    world.session = None;
    assert_eq!(world.place(buy("2", "100")), "order_rate");
    assert_eq!(world.place(buy("2", "100").number(1)), "outside_hours");
    world.session = Some(kernel::given::Session::Regular);
    assert_eq!(world.place(buy("2", "100").number(1)), "changed");
    world.report(kernel::command::Report::Replaced { id });
    assert_eq!(world.place(buy("3", "100").number(1)), "message_rate");
    let bot = kernel::actor::Actor::Credential(world.bot);
    assert_eq!(world.act(bot, Command::CancelAll).unwrap().len(), 1);
}

/// Fills of one share each at the given times; then what becomes of an order.
fn filled(most: u32, times: &[i64], side: fn(usize) -> Side) -> World {
    let mut world = World::with(|new| new.allowances.short_sale = true);
    world.limit(|limits| limits.repeated_fills = Some(most));
    let start = world.now;
    let buying = world.rest(buy("100", "100"));
    let selling = world.rest(sell("100", "200"));
    for (n, at) in times.iter().enumerate() {
        world.now = start.plus_ms(*at);
        let id = if side(n) == Side::Buy { buying } else { selling };
        world.fill(id, quantity("1"));
    }
    world
}
fn buys(_: usize) -> Side {
    Side::Buy
}

#[test]
fn repeated_execution() {
    check(&[
        ("two of three", || filled(3, &[0, 0], buys).place(buy("1", "1")), "admitted"),
        ("three of three", || filled(3, &[0, 0, 0], buys).place(buy("1", "1")), "repeated_execution"),
        (
            "the third 59,999 ms after the first",
            || filled(3, &[0, 1, 59_999], buys).place(buy("1", "1")),
            "repeated_execution",
        ),
        ("the third 60,000 ms after the first", || filled(3, &[0, 1, 60_000], buys).place(buy("1", "1")), "admitted"),
        (
            "two of one side and one of the other",
            || filled(3, &[0, 0, 0], |n| [Side::Buy, Side::Sell][n % 2]).place(buy("1", "1")),
            "admitted",
        ),
        (
            "an hour later still",
            || filled(3, &[0, 0, 0], buys).later(3_600_000).place(buy("1", "1")),
            "repeated_execution",
        ),
        ("a reducing order as well", || filled(3, &[0, 0, 0], buys).place(sell("1", "300")), "repeated_execution"),
        (
            "until a person re-arms",
            || {
                let mut world = filled(3, &[0, 0, 0], buys);
                world.must(Command::Rearm { credential: world.bot });
                world.place(buy("1", "1"))
            },
            "admitted",
        ),
        (
            "and no program may",
            || {
                let world = filled(3, &[0, 0, 0], buys);
                let bot = kernel::actor::Actor::Credential(world.bot);
                world.decide(bot, &Command::Rearm { credential: world.bot }).unwrap_err().code()
            },
            "not_yours",
        ),
        (
            "the account's limit",
            || {
                let mut world = World::new();
                world.account_limit(|limits| limits.repeated_fills = Some(1));
                world.trade(buy("1", "100"));
                world.place(buy("2", "100"))
            },
            "repeated_execution",
        ),
        (
            "another credential is not concerned",
            || {
                let mut world = filled(3, &[0, 0, 0], buys);
                let other = world.second(|_| {});
                world.place(buy("1", "1").by(other))
            },
            "admitted",
        ),
        ("by default nineteen", || by_default(19), "admitted"),
        ("by default twenty", || by_default(20), "repeated_execution"),
    ]);
    assert_eq!(filled(3, &[0, 0, 0], buys).decide(kernel::actor::Actor::House, &Command::Expire).unwrap(), []);
}

fn by_default(fills: u32) -> Word {
    let mut world = World::new();
    world.limit(|limits| limits.repeated_fills = None);
    let id = world.rest(buy("100", "100"));
    (0..fills).for_each(|_| world.fill(id, quantity("1")));
    world.place(buy("1", "1"))
}
