//! Orders: accepted, filled, triggered, replaced, cancelled, expired, rejected.

use paper::{Event, Kind, Reason, Side, Status, Tif};
use rust_decimal::Decimal;

use crate::bench::{AAPL, Bench, EUR_USD, number, order};

fn limit(price: &str) -> Kind {
    Kind::Limit { limit: number(price) }
}

#[test]
fn a_market_order_buys_at_the_ask_and_pays_its_commission() {
    let mut bench = Bench::funded();
    let ask = bench.touch(AAPL).ask;
    let events = bench.submit(&order("a", Side::Buy, 10, Kind::Market));
    let [Event::Accepted { perm_id, .. }, Event::Filled { execution }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(execution.price, ask);
    assert_eq!(execution.commission, number("1.00"));
    assert_eq!(execution.exec_id, format!("{perm_id:08x}.00000001.01.01"));
    let account = bench.broker.account("DU1").unwrap();
    let paid = ask * Decimal::TEN + Decimal::ONE;
    assert_eq!(account.cash_in("USD"), number("1000000") - paid);
    assert_eq!(account.positions[&AAPL].quantity, Decimal::TEN);
    assert_eq!(bench.broker.order("a").unwrap().status, Status::Filled);
    assert_eq!(bench.broker.order("a").unwrap().average_price(), ask);
    assert_eq!(bench.broker.executions(), std::slice::from_ref(execution));
}

#[test]
fn a_market_order_sells_at_the_bid_and_says_what_it_earned() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 10, Kind::Market));
    let before = bench.broker.account("DU1").unwrap().positions[&AAPL].cost;
    bench.given.now_ms += 60_000;
    let bid = bench.touch(AAPL).bid;
    let events = bench.submit(&order("b", Side::Sell, 10, Kind::Market));
    let Some(Event::Filled { execution }) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(execution.price, bid);
    let earned = bid * Decimal::TEN - before - Decimal::ONE;
    assert_eq!(execution.realized_pnl, Some(earned));
}

#[test]
fn a_large_order_fills_in_parts_of_the_displayed_size_one_a_step() {
    let mut bench = Bench::funded();
    let size = bench.touch(AAPL).ask_size;
    bench.submit(&order("a", Side::Buy, 3_000, Kind::Market));
    assert_eq!(bench.broker.order("a").unwrap().filled, size);
    assert!(bench.after(0).is_empty(), "one fill a step");
    for _ in 0..40 {
        let before = bench.broker.order("a").unwrap().filled;
        let shown = bench.touch(AAPL).ask_size;
        bench.after(250);
        let after = bench.broker.order("a").unwrap().filled;
        assert!(after - before <= shown.max(bench.touch(AAPL).ask_size));
    }
    let state = bench.broker.order("a").unwrap();
    assert_eq!((state.status, state.filled), (Status::Filled, number("3000")));
    assert!(state.fills > 3);
    let sum: Decimal = bench.broker.executions().iter().map(|each| each.quantity).sum();
    assert_eq!(sum, number("3000"));
}

#[test]
fn a_resting_limit_fills_when_the_quote_comes_and_never_beyond_its_price() {
    let mut bench = Bench::funded();
    let resting = bench.touch(AAPL).bid - number("0.05");
    let kind = Kind::Limit { limit: resting };
    let events = bench.submit(&order("a", Side::Buy, 10, kind));
    assert!(matches!(events.as_slice(), [Event::Accepted { .. }]));
    let filled = (0..20_000).find_map(|_| match bench.after(250).as_slice() {
        [Event::Filled { execution }] => Some(execution.clone()),
        _ => None,
    });
    assert!(filled.unwrap().price <= resting);
}

#[test]
fn a_stop_sleeps_until_its_price_and_then_sells_at_the_market() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 10, Kind::Market));
    let stop = bench.touch(AAPL).bid - number("0.05");
    let events = bench.submit(&order("b", Side::Sell, 10, Kind::Stop { stop }));
    assert!(matches!(events.as_slice(), [Event::Accepted { .. }]));
    let woken = (0..20_000).map(|_| bench.after(250)).find(|events| !events.is_empty());
    match woken.unwrap().as_slice() {
        [Event::Triggered { price, .. }, Event::Filled { execution }] => {
            assert!(*price <= stop);
            assert_eq!(execution.price, *price);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stop_limit_that_woke_still_respects_its_limit() {
    let mut bench = Bench::funded();
    let ask = bench.touch(AAPL).ask;
    let kind = Kind::StopLimit { stop: ask, limit: ask - number("10") };
    let events = bench.submit(&order("a", Side::Buy, 10, kind));
    assert!(matches!(events.as_slice(), [Event::Accepted { .. }, Event::Triggered { .. }]));
    assert_eq!(bench.broker.order("a").unwrap().status, Status::Triggered);
    assert!(bench.after(250).is_empty());
}

#[test]
fn what_an_ioc_order_cannot_fill_at_once_is_cancelled() {
    let mut bench = Bench::funded();
    let mut large = order("a", Side::Buy, 3_000, Kind::Market);
    large.tif = Tif::Ioc;
    let events = bench.submit(&large);
    assert!(matches!(
        events.as_slice(),
        [
            Event::Accepted { .. },
            Event::Filled { .. },
            Event::Cancelled { reason: Some(Reason::ImmediateOrCancel), .. }
        ]
    ));
    let mut resting = order("b", Side::Buy, 10, limit("1.00"));
    resting.tif = Tif::Ioc;
    bench.submit(&resting);
    assert_eq!(bench.broker.order("b").unwrap().status, Status::Cancelled);
}

#[test]
fn a_day_order_expires_with_the_utc_day_and_a_gtc_order_does_not() {
    let mut bench = Bench::funded();
    let mut day = order("day", Side::Buy, 10, limit("1.00"));
    day.tif = Tif::Day;
    bench.submit(&day);
    bench.submit(&order("gtc", Side::Buy, 10, limit("1.00")));
    let midnight = (bench.given.now_ms / 86_400_000 + 1) * 86_400_000;
    assert_eq!(bench.broker.next_expiry(), Some(midnight));
    assert!(bench.after(midnight - 1 - bench.given.now_ms).is_empty());
    let events = bench.after(1);
    assert!(matches!(events.as_slice(), [Event::Expired { reference, .. }] if reference == "day"));
    assert!(bench.broker.order("gtc").unwrap().is_open());
}

#[test]
fn a_currency_order_moves_two_balances_and_leaves_no_position() {
    let mut bench = Bench::funded();
    let mut euro = order("a", Side::Buy, 50_000, Kind::Market);
    euro.con_id = EUR_USD;
    let ask = bench.touch(EUR_USD).ask;
    bench.submit(&euro);
    let account = bench.broker.account("DU1").unwrap();
    assert_eq!(account.cash_in("EUR"), number("50000"));
    let paid = ask * number("50000") + number("2.00");
    assert_eq!(account.cash_in("USD"), number("1000000") - paid);
    assert!(account.positions.is_empty());
}

#[test]
fn a_replaced_order_keeps_what_is_filled_and_its_identity() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 3_000, Kind::Market));
    let filled = bench.broker.order("a").unwrap().filled;
    let mut smaller = order("a", Side::Buy, 2_000, limit("1.00"));
    assert!(matches!(bench.replace(&smaller).as_slice(), [Event::Replaced { .. }]));
    assert!(bench.replace(&smaller).is_empty(), "a repeated replace does nothing");
    let state = bench.broker.order("a").unwrap();
    assert_eq!((state.filled, state.remaining()), (filled, number("2000") - filled));
    let mut reason = |order: &paper::Order| match bench.replace(order).as_slice() {
        [Event::ReplaceRejected { reason, .. }] => *reason,
        other => panic!("{other:?}"),
    };
    smaller.quantity = filled;
    assert_eq!(reason(&smaller), Reason::QuantityNotAboveFilled);
    smaller.side = Side::Sell;
    assert_eq!(reason(&smaller), Reason::ReplaceChangesIdentity);
    assert_eq!(reason(&order("z", Side::Buy, 1, Kind::Market)), Reason::UnknownOrder);
    let first = order("a", Side::Buy, 3_000, Kind::Market);
    assert!(bench.submit(&first).is_empty(), "the first submission may still come again");
    bench.cancel("a");
    let again = bench.replace(&order("a", Side::Buy, 2_500, Kind::Market));
    assert!(matches!(again.as_slice(), [Event::ReplaceRejected { reason: Reason::OrderEnded, .. }]));
}

#[test]
fn a_cancel_ends_an_open_order_and_nothing_else() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 10, limit("1.00")));
    assert!(matches!(bench.cancel("a").as_slice(), [Event::Cancelled { reason: None, .. }]));
    let reason = |events: Vec<Event>| match events.as_slice() {
        [Event::CancelRejected { reason, .. }] => Some((*reason, reason.code())),
        _ => None,
    };
    assert_eq!(reason(bench.cancel("a")), Some((Reason::OrderEnded, 10_148)));
    assert_eq!(reason(bench.cancel("b")), Some((Reason::UnknownOrder, 10_147)));
}
