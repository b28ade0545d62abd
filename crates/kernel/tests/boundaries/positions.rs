//! Control 6: the most that could be held of one instrument, long or short. One unit of quantity is 1e-8.

use super::{account_limited, check, limited};
use crate::world::{Ask, Word, World, amount, buy, euro, quantity, sell};
use kernel::guard::Limits;
use kernel::order::Side;

fn position_10(limits: &mut Limits) {
    limits.position_quantity = Some(quantity("10"));
}
/// So much is held, of which the rest is asked for.
fn held(side: Side, many: &str, edit: fn(&mut World), ask: Ask) -> Word {
    let mut world = World::with(|new| new.allowances.short_sale = true);
    let opened = match side {
        Side::Buy => buy(many, "100"),
        Side::Sell => sell(many, "100"),
    };
    world.trade(opened);
    world.later(2_000);
    edit(&mut world);
    world.place(ask)
}
fn by_credential(world: &mut World) {
    world.limit(position_10);
}
fn by_account(world: &mut World) {
    world.account_limit(position_10);
}

#[test]
fn position_quantity() {
    use Side::{Buy, Sell};
    check(&[
        ("the limit at once", || limited(position_10, buy("10", "1")), "admitted"),
        ("a unit more at once", || limited(position_10, buy("10.00000001", "1")), "position_quantity"),
        (
            "a unit more than the account's",
            || account_limited(position_10, buy("10.00000001", "1")),
            "position_quantity",
        ),
        ("up to the limit", || held(Buy, "6", by_credential, buy("4", "99")), "admitted"),
        ("a unit beyond it", || held(Buy, "6", by_credential, buy("4.00000001", "99")), "position_quantity"),
        ("a unit beyond the account's", || held(Buy, "6", by_account, buy("4.00000001", "99")), "position_quantity"),
        ("short up to the limit", || held(Sell, "6", by_credential, sell("4", "101")), "admitted"),
        ("short a unit beyond it", || held(Sell, "6", by_credential, sell("4.00000001", "101")), "position_quantity"),
        ("through nothing to the other limit", || held(Buy, "6", by_credential, sell("16", "101")), "admitted"),
        ("a unit through it", || held(Buy, "6", by_credential, sell("16.00000001", "101")), "position_quantity"),
        ("what only reduces, however much is held", || held(Buy, "60", by_credential, sell("60", "101")), "admitted"),
        ("back inside from beyond", || held(Buy, "60", by_credential, sell("70", "101")), "admitted"),
        (
            "open orders of that side count",
            || {
                let mut world = World::new();
                world.limit(position_10);
                world.rest(buy("7", "98"));
                world.place(buy("3.00000001", "99"))
            },
            "position_quantity",
        ),
        (
            "and those of the other side give nothing back",
            || {
                let mut world = World::with(|new| new.allowances.short_sale = true);
                world.trade(buy("10", "100"));
                world.limit(position_10);
                world.rest(sell("10", "110"));
                world.place(buy("1", "99"))
            },
            "position_quantity",
        ),
        (
            "another instrument has its own",
            || {
                let mut world = World::new();
                world.limit(position_10);
                world.rest(buy("10", "98"));
                world.place(buy("10", "99").of(euro()))
            },
            "admitted",
        ),
        (
            "the account's counts what another credential holds",
            || {
                let mut world = World::new();
                let other = world.second(|_| {});
                world.account_limit(position_10);
                world.trade(buy("7", "100").by(other));
                world.place(buy("4", "99"))
            },
            "position_quantity",
        ),
        (
            "and the credential's does not",
            || {
                let mut world = World::new();
                let other = world.second(|_| {});
                world.limit(position_10);
                world.trade(buy("7", "100").by(other));
                world.place(buy("10", "99"))
            },
            "admitted",
        ),
        (
            "a change counts what is left of it, beside what has filled",
            || {
                let mut world = World::new();
                world.limit(position_10);
                let id = world.rest(buy("8", "98").number(1));
                world.fill(id, quantity("5"));
                world.place(buy("10.00000001", "98").number(1))
            },
            "position_quantity",
        ),
        (
            "up to the limit it is changed",
            || {
                let mut world = World::new();
                world.limit(position_10);
                let id = world.rest(buy("8", "98").number(1));
                world.fill(id, quantity("5"));
                world.place(buy("10", "98").number(1))
            },
            "changed",
        ),
        (
            "a child of a bracket closes what its parent opens, whatever else is open on its side",
            || {
                let mut world = World::with(|new| new.allowances.short_sale = true);
                world.limit(position_10);
                world.rest(sell("5", "130"));
                let mut parent = buy("10", "99").number(10);
                parent.terms.ties.parked = true;
                assert_eq!(world.place(parent), "admitted");
                let mut child = sell("10", "120");
                child.terms.ties.parent = Some(10);
                world.place(child)
            },
            "admitted",
        ),
        (
            "in observe mode the credential's own lets it pass",
            || {
                let mut world = World::with(|new| new.observe = true);
                world.limit(position_10);
                world.place(buy("11", "98"))
            },
            "admitted",
        ),
        (
            "and the account's does not",
            || {
                let mut world = World::with(|new| new.observe = true);
                world.account_limit(position_10);
                world.place(buy("11", "98"))
            },
            "position_quantity",
        ),
        (
            "beside an account's that does not bind, too",
            || {
                let mut world = World::with(|new| new.observe = true);
                world.limit(position_10);
                world.account_limit(|limits| limits.position_quantity = Some(quantity("11")));
                world.place(buy("11", "98"))
            },
            "admitted",
        ),
        (
            "a grant is decided on what is held then",
            || {
                let mut world = World::new();
                world.limit(|limits| {
                    position_10(limits);
                    limits.approve_above = Some(amount("500"));
                });
                let (_, id) = world.hold(buy("6", "100"));
                world.manual(Side::Buy, "5");
                world.account_limit(position_10);
                world.grant(id)
            },
            "refused when granted",
        ),
    ]);
}
