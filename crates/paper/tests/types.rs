//! Types: whole or not at all, at the close, and stops that follow the market.

use crate::bench::{AAPL, Bench, EUR_USD, START, number, order};
use paper::{Event, Hours, Kind, Reason, Side, Status, Tif, Trail};
use rust_decimal::Decimal;

fn with(tif: Tif, mut one: paper::Order) -> paper::Order {
    one.tif = tif;
    one
}

#[test]
fn fill_or_kill_fills_whole_at_once_or_not_at_all() {
    let mut bench = Bench::funded();
    let size = bench.touch(AAPL).ask_size;
    let whole = i64::try_from(size).unwrap();
    bench.submit(&with(Tif::Fok, order("a", Side::Buy, whole, Kind::Market)));
    assert_eq!(bench.broker.order("a").unwrap().status, Status::Filled);
    bench.after(250);
    let size = i64::try_from(bench.touch(AAPL).ask_size).unwrap();
    let events = bench.submit(&with(Tif::Fok, order("b", Side::Buy, size + 1, Kind::Market)));
    let [Event::Accepted { .. }, Event::Cancelled { reason: Some(Reason::FillOrKill), .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(bench.broker.order("b").unwrap().filled, Decimal::ZERO);
    let beyond = Kind::Limit { limit: number("1.00") };
    bench.submit(&with(Tif::Fok, order("c", Side::Buy, 1, beyond)));
    assert_eq!(bench.broker.order("c").unwrap().reason, Some(Reason::FillOrKill));
}

#[test]
fn an_order_at_the_close_waits_for_it_and_fills_whole_at_the_last_price_of_the_day() {
    let mut bench = Bench::funded();
    bench.given.hours = Hours::Exchange;
    // 09:13 in New York: not open yet.
    let events = bench.submit(&with(Tif::Close, order("a", Side::Buy, 10, Kind::Market)));
    assert!(matches!(events.as_slice(), [Event::Rejected { reason: Reason::NoClose, .. }]), "{events:?}");
    bench.given.now_ms = START + 3_600_000;
    let cheap = Kind::Limit { limit: number("1.00") };
    bench.submit(&with(Tif::Close, order("b", Side::Buy, 2_000, Kind::Market)));
    bench.submit(&with(Tif::Close, order("c", Side::Buy, 10, cheap)));
    let stop = Kind::Stop { stop: number("1.00") };
    bench.submit(&with(Tif::Close, order("d", Side::Buy, 10, stop)));
    assert_eq!(bench.broker.order("d").unwrap().reason, Some(Reason::Combination));
    let close = bench.broker.order("b").unwrap().expires_at.unwrap();
    bench.given.now_ms = close - 1;
    let last = bench.touch(AAPL).ask;
    assert!(bench.after(0).is_empty(), "a millisecond before the close nothing has happened");
    let events = bench.after(60_000);
    let [Event::Filled { execution }, Event::Expired { reference, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((execution.quantity, execution.price), (Decimal::from(2_000), last));
    assert_eq!(reference, "c");
}

#[test]
fn a_pair_of_currencies_has_no_close() {
    let mut bench = Bench::funded();
    let mut pair = with(Tif::Close, order("a", Side::Buy, 20_000, Kind::Market));
    pair.con_id = EUR_USD;
    assert!(matches!(bench.submit(&pair).as_slice(), [Event::Rejected { reason: Reason::NoClose, .. }]));
}

/// The best bid that a sale's stop has seen.
fn highest(bench: &mut Bench, until: impl Fn(&Bench) -> bool) -> Decimal {
    let mut best = bench.touch(AAPL).bid;
    for _ in 0..40_000 {
        if until(bench) {
            return best;
        }
        bench.given.now_ms += 250;
        best = best.max(bench.touch(AAPL).bid);
        bench.after(0);
    }
    panic!("nothing has happened in so long a time");
}

#[test]
fn a_trailing_stop_follows_the_best_price_and_sells_when_the_market_comes_back_so_far() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 10, Kind::Market));
    bench.given.now_ms += 250;
    let far = number("0.50");
    bench.submit(&order("t", Side::Sell, 10, Kind::Trail { by: Trail::Amount(far), stop: None }));
    let best = highest(&mut bench, |bench| !bench.broker.order("t").unwrap().is_open());
    let state = bench.broker.order("t").unwrap();
    assert_eq!((state.status, state.trailed_to), (Status::Filled, Some(best - far)));
    assert!(state.average_price() <= best - far);
    let stops: Vec<Decimal> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Trailed { stop, .. } => Some(*stop),
            _ => None,
        })
        .collect();
    assert!(stops.len() > 1 && stops.windows(2).all(|two| two[0] < two[1]), "it never goes back: {stops:?}");
}

#[test]
fn a_trailing_stop_limit_does_not_sell_below_its_limit() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 10, Kind::Market));
    bench.given.now_ms += 250;
    let bid = bench.touch(AAPL).bid;
    // Passed already: it is a limit order at once, so far below where it was told to stand.
    let kind =
        Kind::TrailLimit { by: Trail::Percent(number("1")), stop: Some(bid + Decimal::TEN), offset: number("0.01") };
    bench.submit(&order("t", Side::Sell, 10, kind));
    let state = bench.broker.order("t").unwrap();
    assert_eq!((state.status, state.limit()), (Status::Triggered, Some(bid + number("9.99"))));
}

#[test]
fn a_distance_that_is_none_is_rejected_by_name() {
    let mut bench = Bench::funded();
    let mut reject = |reference: &str, by: Trail| {
        bench.submit(&order(reference, Side::Buy, 1, Kind::Trail { by, stop: None }));
        bench.broker.order(reference).unwrap().reason
    };
    assert_eq!(reject("a", Trail::Amount(Decimal::ZERO)), Some(Reason::PriceNotPositive));
    assert_eq!(reject("b", Trail::Percent(Decimal::ONE_HUNDRED)), Some(Reason::TooLarge));
    assert_eq!(reject("c", Trail::Amount(Decimal::MAX)), Some(Reason::TooLarge));
}
