//! Controls 11, 12, 13, 14, 15 and 20: what, how, when, and with whose position.

use super::check;
use crate::world::{Ask, Word, World, buy, currency, euro, sell};
use kernel::command::{Command, NewCredential};
use kernel::given::Session;
use kernel::instrument::{AssetClass, Instrument, Selector};

fn with(edit: fn(&mut NewCredential), ask: Ask) -> Word {
    World::with(edit).place(ask)
}
/// Owns 10, bought here; then what becomes of the order.
fn owning(edit: fn(&mut NewCredential), then: fn(&mut World), ask: Ask) -> Word {
    let mut world = World::with(edit);
    world.trade(buy("10", "100"));
    then(&mut world);
    world.place(ask)
}
fn restrict(world: &mut World) {
    world.must(Command::SetRestricted { id: world.account, restricted: [Selector::Contract(1)].into() });
}

#[test]
fn instruments_and_the_restricted_list() {
    check(&[
        (
            "a class that is listed",
            || with(|c| c.instruments = [Selector::Class(AssetClass::Stock)].into(), buy("1", "1")),
            "admitted",
        ),
        (
            "a class that is not",
            || with(|c| c.instruments = [Selector::Class(AssetClass::Etf)].into(), buy("1", "1")),
            "instrument_not_allowed",
        ),
        (
            "the contract beside it",
            || with(|c| c.instruments = [Selector::Contract(2)].into(), buy("1", "1")),
            "instrument_not_allowed",
        ),
        (
            "the symbol in another currency",
            || {
                with(
                    |c| {
                        c.instruments = [Selector::Symbol { symbol: "AAPL".into(), currency: currency("EUR") }].into();
                    },
                    buy("1", "1"),
                )
            },
            "instrument_not_allowed",
        ),
        ("restricted", || owning(|_| {}, restrict, buy("1", "1")), "instrument_restricted"),
        ("restricted, and only reducing", || owning(|_| {}, restrict, sell("10", "100")), "admitted"),
        (
            "restricted, and a unit more",
            || owning(|c| c.allowances.short_sale = true, restrict, sell("10.00000001", "100")),
            "instrument_restricted",
        ),
        ("another is not restricted", || owning(|_| {}, restrict, buy("1", "1").of(euro())), "admitted"),
    ]);
}

#[test]
fn a_list_binds_a_reducing_order() {
    let mut world = World::new();
    world.trade(buy("10", "100"));
    let narrow = world.second(|new| {
        (new.instruments, new.allowances.close_any) = ([Selector::Class(AssetClass::Forex)].into(), true);
    });
    assert_eq!(world.place(sell("1", "100").by(narrow)), "instrument_not_allowed");
}

#[test]
fn order_types() {
    check(&[
        ("a limit order", || with(|_| {}, buy("1", "1")), "admitted"),
        ("a stop-limit order", || with(|_| {}, buy("1", "1").stop_limit("101", "101")), "admitted"),
        ("a market order", || with(|_| {}, buy("1", "1").market()), "order_type_not_allowed"),
        ("a market order allowed by name", || with(|c| c.allowances.market = true, buy("1", "1").market()), "admitted"),
        (
            "a stop order, where market is allowed",
            || with(|c| c.allowances.market = true, buy("1", "1").stop("101")),
            "order_type_not_allowed",
        ),
        ("a stop order allowed by name", || with(|c| c.allowances.stop = true, buy("1", "1").stop("101")), "admitted"),
        (
            "a market order, where stop is allowed",
            || with(|c| c.allowances.stop = true, buy("1", "1").market()),
            "order_type_not_allowed",
        ),
        ("a market order that only reduces", || owning(|_| {}, |_| {}, sell("10", "1").market()), "admitted"),
        ("a stop order that only reduces", || owning(|_| {}, |_| {}, sell("10", "1").stop("90")), "admitted"),
        (
            "a unit more does not only reduce",
            || owning(|_| {}, |_| {}, sell("10.00000001", "1").market()),
            "order_type_not_allowed",
        ),
        (
            "nor does one beside another",
            || {
                owning(
                    |_| {},
                    |w| {
                        w.rest(sell("5", "200"));
                    },
                    sell("5.00000001", "1").stop("90"),
                )
            },
            "order_type_not_allowed",
        ),
        (
            "two that together do",
            || {
                owning(
                    |_| {},
                    |w| {
                        w.rest(sell("5", "200"));
                    },
                    sell("5", "1").stop("90"),
                )
            },
            "admitted",
        ),
    ]);
}

#[test]
fn short_sale() {
    check(&[
        ("all that is owned", || owning(|_| {}, |_| {}, sell("10", "100")), "admitted"),
        ("a unit more", || owning(|_| {}, |_| {}, sell("10.00000001", "100")), "short_sale"),
        (
            "a unit more, allowed by name",
            || owning(|c| c.allowances.short_sale = true, |_| {}, sell("10.00000001", "100")),
            "admitted",
        ),
        (
            "what rests is counted",
            || {
                owning(
                    |_| {},
                    |w| {
                        w.rest(sell("4", "200"));
                    },
                    sell("6", "100"),
                )
            },
            "admitted",
        ),
        (
            "and a unit more",
            || {
                owning(
                    |_| {},
                    |w| {
                        w.rest(sell("4", "200"));
                    },
                    sell("6.00000001", "100"),
                )
            },
            "short_sale",
        ),
        ("from nothing", || with(|_| {}, sell("0.00000001", "100")), "short_sale"),
        ("a pair of currencies", || with(|_| {}, sell("1", "100").of(euro())), "admitted"),
        ("another instrument does not help", || owning(|_| {}, |_| {}, sell("1", "100").of(other())), "short_sale"),
        (
            "a filled order is changed to sell a unit more",
            || {
                owning(
                    |_| {},
                    |w| {
                        let id = w.rest(sell("4", "100").number(9));
                        w.fill(id, crate::world::quantity("2"));
                    },
                    sell("10.00000001", "100").number(9),
                )
            },
            "short_sale",
        ),
        (
            "a filled order is changed to sell all that is left",
            || {
                owning(
                    |_| {},
                    |w| {
                        let id = w.rest(sell("4", "100").number(9));
                        w.fill(id, crate::world::quantity("2"));
                    },
                    sell("10", "100").number(9),
                )
            },
            "changed",
        ),
    ]);
}
fn other() -> Instrument {
    Instrument {
        contract_id: 7,
        symbol: "MSFT".into(),
        class: AssetClass::Stock,
        currency: currency("USD"),
        derivative: None,
    }
}

/// One bought 10, the other 5.
fn two(edit: fn(&mut NewCredential), ask: Ask) -> Word {
    let mut world = World::new();
    world.trade(buy("10", "100"));
    let second = world.second(edit);
    world.trade(buy("5", "100").by(second));
    world.place(ask.by(second))
}

#[test]
fn attribution() {
    check(&[
        ("all of its own", || two(|_| {}, sell("5", "100")), "admitted"),
        ("a unit of the other's", || two(|_| {}, sell("5.00000001", "100")), "not_yours_to_close"),
        ("all there is", || two(|_| {}, sell("15", "100")), "not_yours_to_close"),
        ("a unit more than there is", || two(|_| {}, sell("15.00000001", "100")), "short_sale"),
        (
            "all there is, where it may close any",
            || two(|c| c.allowances.close_any = true, sell("15", "100")),
            "admitted",
        ),
        (
            "a unit more, where it may close any",
            || two(|c| c.allowances.close_any = true, sell("15.00000001", "100")),
            "short_sale",
        ),
        (
            "what the other has open counts against any",
            || {
                let mut world = World::new();
                world.trade(buy("10", "100"));
                world.rest(sell("4", "200"));
                let closer = world.second(|new| new.allowances.close_any = true);
                world.place(sell("6.00000001", "100").by(closer))
            },
            "short_sale",
        ),
        (
            "and up to there it may",
            || {
                let mut world = World::new();
                world.trade(buy("10", "100"));
                world.rest(sell("4", "200"));
                let closer = world.second(|new| new.allowances.close_any = true);
                world.place(sell("6", "1").market().by(closer))
            },
            "admitted",
        ),
    ]);
}

fn at(session: Option<Session>, edit: fn(&mut NewCredential), ask: Ask) -> Word {
    let mut world = World::with(edit);
    world.session = session;
    world.place(ask)
}

#[test]
fn hours() {
    check(&[
        ("in the session", || at(Some(Session::Regular), |_| {}, buy("1", "100")), "admitted"),
        ("outside it", || at(Some(Session::Closed), |_| {}, buy("1", "100")), "outside_hours"),
        ("when it is not known", || at(None, |_| {}, buy("1", "100")), "outside_hours"),
        (
            "asking to trade outside it",
            || at(Some(Session::Regular), |_| {}, buy("1", "100").outside_hours()),
            "outside_hours",
        ),
        (
            "outside it, allowed by name",
            || at(Some(Session::Closed), |c| c.allowances.outside_hours = true, buy("1", "100")),
            "admitted",
        ),
        (
            "not known, allowed by name",
            || at(None, |c| c.allowances.outside_hours = true, buy("1", "100").outside_hours()),
            "admitted",
        ),
        (
            "a reducing order keeps hours too",
            || owning(|_| {}, |w| w.session = Some(Session::Closed), sell("1", "100")),
            "outside_hours",
        ),
    ]);
}

/// A sale rests at 102, a purchase at 98; both prices are far apart.
fn between(ask: Ask) -> Word {
    let mut world = World::with(|new| {
        (new.allowances.short_sale, new.allowances.market, new.allowances.stop) = (true, true, true);
    });
    world.rest(sell("1", "102"));
    world.rest(buy("1", "98"));
    let other = world.second(|new| {
        (new.allowances.short_sale, new.allowances.market, new.allowances.stop) = (true, true, true);
    });
    world.place(ask.by(other))
}

#[test]
fn crossing() {
    check(&[
        ("a purchase a unit below the resting sale", || between(buy("1", "101.99999999")), "admitted"),
        ("a purchase at the resting sale", || between(buy("1", "102")), "crosses_own_order"),
        ("a purchase a unit above it", || between(buy("1", "102.00000001")), "crosses_own_order"),
        ("a sale a unit above the resting purchase", || between(sell("1", "98.00000001")), "admitted"),
        ("a sale at the resting purchase", || between(sell("1", "98")), "crosses_own_order"),
        ("a sale a unit below it", || between(sell("1", "97.99999999")), "crosses_own_order"),
        ("a purchase at market", || between(buy("1", "1").market()), "crosses_own_order"),
        ("a sale at market", || between(sell("1", "1").market()), "crosses_own_order"),
        ("a stop crosses nothing", || between(buy("1", "1").stop("101")), "admitted"),
        ("nor does a stop-limit", || between(buy("1", "1").stop_limit("103", "104")), "admitted"),
        ("another instrument", || between(buy("1", "101").of(euro())), "admitted"),
        ("a resting stop is not crossed", || after(sell("1", "1").stop("90"), buy("1", "100")), "admitted"),
        ("nor is a stop-limit", || after(sell("1", "1").stop_limit("90", "89"), buy("1", "100")), "admitted"),
        ("a resting order at market is", || after(sell("1", "1").market(), buy("1", "1")), "crosses_own_order"),
        (
            "a change on its way is",
            || {
                let mut world = World::with(|new| new.allowances.short_sale = true);
                world.rest(sell("1", "102").number(1));
                assert_eq!(world.place(sell("1", "101").number(1)), "changed");
                world.place(buy("1", "101"))
            },
            "crosses_own_order",
        ),
        (
            "a change may not cross either",
            || {
                let mut world = World::with(|new| new.allowances.short_sale = true);
                world.rest(sell("1", "102"));
                world.rest(buy("1", "101").number(7));
                world.place(buy("1", "102").number(7))
            },
            "crosses_own_order",
        ),
        (
            "an order does not cross itself",
            || {
                let mut world = World::new();
                world.rest(buy("1", "101").number(7));
                world.place(buy("1", "102").number(7))
            },
            "changed",
        ),
    ]);
}
fn after(resting: Ask, ask: Ask) -> Word {
    let mut world = World::with(|new| {
        (new.allowances.short_sale, new.allowances.market, new.allowances.stop) = (true, true, true);
    });
    world.rest(resting);
    world.place(ask)
}
