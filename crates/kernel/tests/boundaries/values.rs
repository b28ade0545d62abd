//! Controls 1, 2, 4, 5 and 19: values and quantities. One unit of quantity is 1e-8.

use super::{account_limited, check, limited};
use crate::world::{Ask, Word, World, amount, buy, price, quantity, sell, wide};
use kernel::guard::Limits;
use kernel::money::Rate;

fn value_1000(limits: &mut Limits) {
    limits.order_value = Some(amount("1000"));
}
fn quantity_10(limits: &mut Limits) {
    limits.order_quantity = Some(quantity("10"));
}
fn above_1000(limits: &mut Limits) {
    limits.approve_above = Some(amount("1000"));
}
fn day_1000(limits: &mut Limits) {
    limits.day_value = Some(amount("1000"));
}
fn open_1000(limits: &mut Limits) {
    limits.open_value = Some(amount("1000"));
}
/// After an order of 600 that rests.
fn after_600(edit: fn(&mut Limits), on_account: bool, ask: Ask) -> Word {
    let mut world = World::new();
    if on_account {
        world.account_limit(edit)
    } else {
        world.limit(edit)
    }
    world.rest(buy("6", "100"));
    world.place(ask)
}
fn all_markets(edit: fn(&mut Limits), ask: Ask) -> Word {
    let mut world = World::with(|new| {
        (new.allowances.market, new.allowances.stop, new.allowances.short_sale) = (true, true, true);
    });
    world.limit(edit);
    world.place(ask)
}

#[test]
fn order_value() {
    check(&[
        ("a unit less than the limit", || limited(value_1000, buy("9.99999999", "100")), "admitted"),
        ("the limit", || limited(value_1000, buy("10", "100")), "admitted"),
        ("a unit more than the limit", || limited(value_1000, buy("10.00000001", "100")), "order_value"),
        ("a unit of price more", || limited(value_1000, buy("10", "100.00000001")), "order_value"),
        ("a sale that opens counts too", || all_markets(value_1000, sell("10.00000001", "100")), "order_value"),
        ("the account's limit", || account_limited(value_1000, buy("10", "100")), "admitted"),
        ("more than the account's limit", || account_limited(value_1000, buy("10.00000001", "100")), "order_value"),
        (
            "not stated means none allowed",
            || limited(|l| l.order_value = None, buy("0.00000001", "100")),
            "order_value_not_stated",
        ),
        (
            "a purchase at market counts the ask and the collar",
            || all_markets(|l| l.order_value = Some(amount("1030")), buy("10", "1").market()),
            "admitted",
        ),
        (
            "and a unit more is too much",
            || all_markets(|l| l.order_value = Some(amount("1030")), buy("10.00000001", "1").market()),
            "order_value",
        ),
        (
            "a sale at market counts the bid less the collar",
            || all_markets(|l| l.order_value = Some(amount("970")), sell("10", "1").market()),
            "admitted",
        ),
        (
            "and a unit more is too much",
            || all_markets(|l| l.order_value = Some(amount("970")), sell("10.00000001", "1").market()),
            "order_value",
        ),
        (
            "a stop counts its stop price and the collar",
            || all_markets(|l| l.order_value = Some(amount("2060")), buy("10", "1").stop("200")),
            "admitted",
        ),
        (
            "and a unit more is too much",
            || all_markets(|l| l.order_value = Some(amount("2060")), buy("10.00000001", "1").stop("200")),
            "order_value",
        ),
        (
            "a stop-limit counts its limit price",
            || all_markets(value_1000, buy("5", "1").stop_limit("199", "200")),
            "admitted",
        ),
        (
            "and a unit more is too much",
            || all_markets(value_1000, buy("5.00000001", "1").stop_limit("199", "200")),
            "order_value",
        ),
    ]);
}

#[test]
fn values_are_converted_at_the_reference_rate_and_rounded_up() {
    let place = |rate: i64, limit: &str| {
        let mut world = World::new();
        world.rate = Rate::from_units(rate);
        let limit = amount(limit);
        world.limit(move |limits| limits.order_value = Some(limit));
        world.place(buy("0.00000001", "100"))
    };
    // 1e-8 x 100 x 0.33333333 is 3.3333333e-7, exactly.
    assert_eq!(place(33_333_333, "0.00000033333333"), "admitted");
    assert_eq!(place(33_333_333, "0.0000003333333299"), "order_value");
    let mut world = World::new();
    (world.rate, world.bid, world.ask) = (Rate::from_units(1), price("0.00000001"), price("0.00000001"));
    // 1e-8 x 1e-8 x 1e-8 is less than the smallest amount, and counts as that.
    world.limit(|limits| limits.order_value = Some(amount("0")));
    assert_eq!(world.place(buy("0.00000001", "0.00000001")), "order_value");
    world.limit(|limits| limits.order_value = Some(amount("0.0000000000000001")));
    assert_eq!(world.place(buy("0.00000001", "0.00000001")), "admitted");
}

#[test]
fn order_quantity() {
    check(&[
        ("a unit less", || limited(quantity_10, buy("9.99999999", "1")), "admitted"),
        ("the limit", || limited(quantity_10, buy("10", "1")), "admitted"),
        ("a unit more", || limited(quantity_10, buy("10.00000001", "1")), "order_quantity"),
        ("the account's limit", || account_limited(quantity_10, buy("10", "1")), "admitted"),
        ("a unit more than the account's", || account_limited(quantity_10, buy("10.00000001", "1")), "order_quantity"),
        (
            "what is filled counts when it is changed",
            || {
                let mut world = World::new();
                world.limit(quantity_10);
                let id = world.rest(buy("10", "100").number(1));
                world.fill(id, quantity("5"));
                world.place(buy("10.00000001", "100").number(1))
            },
            "order_quantity",
        ),
    ]);
}

#[test]
fn day_value() {
    check(&[
        ("a unit less", || after_600(day_1000, false, buy("3.99999999", "100")), "admitted"),
        ("the limit", || after_600(day_1000, false, buy("4", "100")), "admitted"),
        ("a unit more", || after_600(day_1000, false, buy("4.00000001", "100")), "day_value"),
        ("the account's limit", || after_600(day_1000, true, buy("4", "100")), "admitted"),
        ("a unit more than the account's", || after_600(day_1000, true, buy("4.00000001", "100")), "day_value"),
        ("not stated means none allowed", || limited(|l| l.day_value = None, buy("1", "100")), "day_value_not_stated"),
        (
            "a reducing order needs none",
            || {
                let mut world = World::new();
                world.trade(buy("5", "100"));
                world.limit(|limits| limits.day_value = None);
                world.place(sell("5", "100"))
            },
            "admitted",
        ),
        (
            "the last millisecond of the day counts",
            || {
                let mut world = World::new();
                world.limit(day_1000);
                world.rest(buy("6", "100"));
                world.later(43_200_000 - 1);
                world.place(buy("4.00000001", "100"))
            },
            "day_value",
        ),
        (
            "midnight begins anew",
            || {
                let mut world = World::new();
                world.limit(day_1000);
                world.rest(buy("6", "100"));
                world.later(43_200_000);
                world.place(buy("10", "100"))
            },
            "admitted",
        ),
    ]);
}

#[test]
fn open_value() {
    check(&[
        ("a unit less", || after_600(open_1000, false, buy("3.99999999", "100")), "admitted"),
        ("the limit", || after_600(open_1000, false, buy("4", "100")), "admitted"),
        ("a unit more", || after_600(open_1000, false, buy("4.00000001", "100")), "open_value"),
        ("the account's limit", || after_600(open_1000, true, buy("4", "100")), "admitted"),
        ("a unit more than the account's", || after_600(open_1000, true, buy("4.00000001", "100")), "open_value"),
        (
            "a change on its way counts the larger value",
            || {
                let mut world = World::new();
                world.limit(open_1000);
                world.rest(buy("2", "100").number(1));
                assert_eq!(world.place(buy("6", "100").number(1)), "changed");
                world.place(buy("4.00000001", "100"))
            },
            "open_value",
        ),
    ]);
}

#[test]
fn approval_threshold() {
    check(&[
        ("a unit less", || limited(above_1000, buy("9.99999999", "100")), "admitted"),
        ("the threshold", || limited(above_1000, buy("10", "100")), "admitted"),
        ("a unit more", || limited(above_1000, buy("10.00000001", "100")), "held"),
        ("the account's threshold", || account_limited(above_1000, buy("10", "100")), "admitted"),
        ("a unit more than the account's", || account_limited(above_1000, buy("10.00000001", "100")), "held"),
        (
            "a reducing order is held too",
            || {
                let mut world = World::new();
                world.trade(buy("20", "100"));
                world.limit(above_1000);
                world.place(sell("10.00000001", "100"))
            },
            "held",
        ),
        (
            "a reducing order of unknown value is held",
            || {
                let mut world = World::new();
                world.trade(buy("20", "100"));
                world.limit(above_1000);
                world.rate_age = None;
                world.place(sell("0.00000001", "100"))
            },
            "held",
        ),
    ]);
}

#[test]
fn a_change_adds_its_positive_difference_and_gives_nothing_back() {
    let mut world = World::new();
    world.limit(day_1000);
    let id = world.rest(buy("6", "100").number(1));
    for (quantity, word) in
        [("10.00000001", "day_value"), ("1", "changed"), ("5.00000001", "day_value"), ("5", "changed")]
    {
        assert_eq!(world.place(buy(quantity, "100").number(1)), word, "{quantity}");
        if word == "changed" {
            world.report(kernel::command::Report::Replaced { id });
        }
    }
    assert_eq!(world.place(buy("0.00000001", "100")), "day_value");
}

#[test]
fn a_held_order_is_charged_when_it_is_granted() {
    let mut world = World::new();
    world.limit(|limits| (limits.day_value, limits.approve_above) = (Some(amount("1000")), Some(amount("500"))));
    let (_, first) = world.hold(buy("6", "100"));
    world.rest(buy("4", "100"));
    assert_eq!(world.grant(first), "admitted");
    assert_eq!(world.place(buy("0.00000001", "100")), "day_value");
}

#[test]
fn two_credentials_share_what_the_account_states_and_nothing_else() {
    let mut world = World::new();
    let other = world.create(wide(&[world.account], "other", 4_200));
    world.limit(day_1000);
    world.rest(buy("10", "100"));
    assert_eq!(world.place(buy("1", "100")), "day_value");
    assert_eq!(world.place(buy("10", "100").by(other)), "admitted");
    world.account_limit(|limits| limits.day_value = Some(amount("2001")));
    assert_eq!(world.place(buy("1.00000001", "1").by(other)), "day_value");
    assert_eq!(world.place(buy("1", "1").by(other)), "admitted");
}
