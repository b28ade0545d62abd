//! Control 3: the collar, on the side that is worse for us, and the age of what it is measured from.

use super::check;
use crate::world::{Ask, Word, World, buy, euro, price, quantity, sell};
use kernel::guard::Limits;

fn short(edit: fn(&mut Limits), on_account: fn(&mut Limits), ask: Ask) -> Word {
    let mut world = World::with(|new| new.allowances.short_sale = true);
    world.limit(edit);
    world.account_limit(on_account);
    (world.bid, world.ask) = (price("99"), price("100"));
    world.place(ask)
}
fn plain(ask: Ask) -> Word {
    short(|_| {}, |_| {}, ask)
}

#[test]
fn the_collar() {
    check(&[
        ("a purchase 3 % above the ask", || plain(buy("1", "103")), "admitted"),
        ("a unit below that", || plain(buy("1", "102.99999999")), "admitted"),
        ("a unit above that", || plain(buy("1", "103.00000001")), "price_collar"),
        ("a purchase far below the market is better, not worse", || plain(buy("1", "0.00000001")), "admitted"),
        ("a sale 3 % below the bid", || plain(sell("1", "96.03")), "admitted"),
        ("a unit above that", || plain(sell("1", "96.03000001")), "admitted"),
        ("a unit below that", || plain(sell("1", "96.02999999")), "price_collar"),
        ("a sale far above the market is better, not worse", || plain(sell("1", "9000")), "admitted"),
        ("a collar of the credential", || short(|l| l.collar_bps = Some(100), |_| {}, buy("1", "101")), "admitted"),
        ("a unit above it", || short(|l| l.collar_bps = Some(100), |_| {}, buy("1", "101.00000001")), "price_collar"),
        ("a collar of the account", || short(|_| {}, |l| l.collar_bps = Some(0), buy("1", "100")), "admitted"),
        ("a unit above it", || short(|_| {}, |l| l.collar_bps = Some(0), buy("1", "100.00000001")), "price_collar"),
        (
            "the stricter of both",
            || short(|l| l.collar_bps = Some(100), |l| l.collar_bps = Some(50), buy("1", "100.50000001")),
            "price_collar",
        ),
        (
            "a collar wider than the price is the price",
            || short(|l| l.collar_bps = Some(u32::MAX), |_| {}, buy("1", "200")),
            "admitted",
        ),
        (
            "a unit above that",
            || short(|l| l.collar_bps = Some(u32::MAX), |_| {}, buy("1", "200.00000001")),
            "price_collar",
        ),
        ("a pair of currencies 1 % above the ask", || plain(buy("1", "101").of(euro())), "admitted"),
        ("a unit above that", || plain(buy("1", "101.00000001").of(euro())), "price_collar"),
        (
            "a stop beyond the market moves the reference",
            || plain(buy("1", "206").stop_limit("200", "206")),
            "admitted",
        ),
        ("a unit above that", || plain(buy("1", "1").stop_limit("200", "206.00000001")), "price_collar"),
        ("a stop the market has passed does not", || plain(buy("1", "1").stop_limit("50", "103")), "admitted"),
        ("a unit above that", || plain(buy("1", "1").stop_limit("50", "103.00000001")), "price_collar"),
        ("a sale's stop below the market moves it", || plain(sell("1", "1").stop_limit("50", "48.5")), "admitted"),
        ("a unit below that", || plain(sell("1", "1").stop_limit("50", "48.49999999")), "price_collar"),
        ("a sale's stop above the market does not", || plain(sell("1", "1").stop_limit("500", "96.03")), "admitted"),
        ("a unit below that", || plain(sell("1", "1").stop_limit("500", "96.02999999")), "price_collar"),
    ]);
}

#[test]
fn a_bound_is_rounded_outwards() {
    let place = |ask: Ask| {
        let mut world = World::with(|new| new.allowances.short_sale = true);
        (world.bid, world.ask) = (price("0.00000035"), price("0.00000035"));
        world.place(ask)
    };
    // 35 units and 3 % are 36.05, and less 3 % are 33.95.
    assert_eq!(place(buy("1", "0.00000037")), "admitted");
    assert_eq!(place(buy("1", "0.00000038")), "price_collar");
    assert_eq!(place(sell("1", "0.00000033")), "admitted");
    assert_eq!(place(sell("1", "0.00000032")), "price_collar");
}

fn looking(edit: fn(&mut World)) -> Word {
    let mut world = World::new();
    edit(&mut world);
    world.place(buy("1", "100"))
}
/// Closes what it bought while there was a quote.
fn closing(edit: fn(&mut World), ask: Ask) -> Word {
    let mut world = World::with(|new| (new.allowances.market, new.allowances.stop) = (true, true));
    world.trade(buy("1", "100"));
    edit(&mut world);
    world.place(ask)
}

#[test]
fn a_fresh_reference() {
    check(&[
        ("a quote of 4,999 ms", || looking(|w| w.quote_age = Some(4_999)), "admitted"),
        ("a quote of 5,000 ms", || looking(|w| w.quote_age = Some(5_000)), "admitted"),
        ("a quote of 5,001 ms", || looking(|w| w.quote_age = Some(5_001)), "no_fresh_quote"),
        ("no quote", || looking(|w| w.quote_age = None), "no_fresh_quote"),
        ("a rate of 4,999 ms", || looking(|w| w.rate_age = Some(4_999)), "admitted"),
        ("a rate of 5,000 ms", || looking(|w| w.rate_age = Some(5_000)), "admitted"),
        ("a rate of 5,001 ms", || looking(|w| w.rate_age = Some(5_001)), "no_fresh_quote"),
        ("no rate", || looking(|w| w.rate_age = None), "no_fresh_quote"),
        ("an ask below its bid", || looking(|w| w.bid = price("100.00000001")), "no_fresh_quote"),
        ("a bid of nothing", || looking(|w| w.bid = price("0")), "no_fresh_quote"),
        ("a bid below nothing", || looking(|w| w.bid = price("-0.00000001")), "no_fresh_quote"),
        ("a reducing order needs no quote", || closing(|w| w.quote_age = None, sell("1", "1")), "admitted"),
        ("nor a rate", || closing(|w| w.rate_age = None, sell("1", "100")), "admitted"),
        ("nor one at market", || closing(|w| w.quote_age = Some(5_001), sell("1", "1").market()), "admitted"),
        ("nor a stop", || closing(|w| w.quote_age = None, sell("1", "1").stop("90")), "admitted"),
        ("with a fresh quote it keeps to the collar", || closing(|_| {}, sell("1", "96.99999999")), "price_collar"),
        (
            "a unit more than the position is not reducing",
            || closing(|w| w.quote_age = None, sell("1.00000001", "1")),
            "short_sale",
        ),
    ]);
}

#[test]
fn numbers_that_do_not_fit_are_refused_and_never_panic() {
    let huge = |edit: fn(&mut Ask)| {
        let mut world = World::with(|new| {
            (new.allowances.short_sale, new.allowances.market, new.allowances.stop) = (true, true, true);
        });
        world.rate = kernel::money::Rate::from_units(i64::MAX);
        let mut ask = buy("1", "100");
        edit(&mut ask);
        world.place(ask)
    };
    let most = kernel::money::Price::from_units(i64::MAX);
    assert_eq!(most, price("92233720368.54775807"));
    assert_eq!(huge(|ask| ask.terms.order_qty = kernel::money::Quantity::from_units(i64::MAX)), "number_too_large");
    assert_eq!(huge(|ask| *ask = ask.clone().stop("92233720368.54775807")), "number_too_large");
    assert_eq!(huge(|ask| *ask = ask.clone().stop_limit("92233720368.54775807", "1")), "number_too_large");
    assert_eq!(huge(|ask| ask.terms.order_qty = kernel::money::Quantity::from_units(i64::MIN)), "quantity_malformed");
    assert_eq!(huge(|ask| ask.terms.order_qty = quantity("0")), "quantity_malformed");
    assert_eq!(huge(|ask| *ask = ask.clone().stop("-0.00000001")), "price_malformed");
    let mut world = World::new();
    let other = world.second(|_| {});
    let most = kernel::money::Quantity::from_units(i64::MAX);
    world.limit(|limits| limits.order_value = Some(kernel::money::Amount::from_units(i128::MAX)));
    world.limit(|limits| limits.day_value = Some(kernel::money::Amount::from_units(i128::MAX)));
    let mut ask = buy("1", "0.00000001");
    ask.terms.order_qty = most;
    world.trade(ask.clone());
    // Positions are held at the edge of the type; nothing wraps.
    world.later(2_000);
    world.trade(ask);
    assert_eq!(world.position(world.bot), (most, most));
    assert_eq!(world.place(sell("1", "100").by(other)), "not_yours_to_close");
}
