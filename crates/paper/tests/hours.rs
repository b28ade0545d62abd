//! Hours: with `Hours::Exchange` orders wait for the session of their instrument.

use paper::{Event, Hours, Kind, Side, Status, Tif};

use crate::bench::{Bench, order};

/// The bench starts on a Tuesday 16 minutes and 40 seconds before New York opens.
const UNTIL_OPEN: i64 = 1_000_000;

#[test]
fn a_market_order_before_the_open_waits_for_it() {
    let mut bench = Bench::funded();
    bench.given.hours = Hours::Exchange;
    let events = bench.submit(&order("a", Side::Buy, 10, Kind::Market));
    assert!(matches!(events.as_slice(), [Event::Accepted { .. }]));
    assert!(bench.after(UNTIL_OPEN - 1).is_empty());
    assert!(matches!(bench.after(1).as_slice(), [Event::Filled { .. }]));
}

#[test]
fn a_day_order_ends_at_the_close() {
    let mut bench = Bench::funded();
    bench.given.hours = Hours::Exchange;
    let limit = "1.00".parse().unwrap();
    let mut day = order("a", Side::Buy, 10, Kind::Limit { limit });
    day.tif = Tif::Day;
    bench.submit(&day);
    let six_and_a_half_hours = 23_400_000;
    assert!(bench.after(UNTIL_OPEN + six_and_a_half_hours - 1).is_empty());
    bench.after(1);
    assert_eq!(bench.broker.order("a").unwrap().status, Status::Expired);
}

#[test]
fn an_ioc_order_outside_the_session_is_cancelled() {
    let mut bench = Bench::funded();
    bench.given.hours = Hours::Exchange;
    let mut now = order("a", Side::Buy, 10, Kind::Market);
    now.tif = Tif::Ioc;
    bench.submit(&now);
    let state = bench.broker.order("a").unwrap();
    assert_eq!((state.status, state.fills), (Status::Cancelled, 0));
}
