//! Families: brackets that wait for their last part, children that close what was filled, groups of which one trades.

use crate::bench::{AAPL, Bench, number, order};
use paper::{Event, Group, Kind, Order, Reason, Side, Status};
use rust_decimal::Decimal;

fn parked(mut one: Order) -> Order {
    one.parked = true;
    one
}
fn child(mut one: Order) -> Order {
    one.parent = Some("p".to_owned());
    one.group = Some(Group { name: "p".to_owned(), cancels: false });
    one
}
fn grouped(mut one: Order, cancels: bool) -> Order {
    one.group = Some(Group { name: "g".to_owned(), cancels });
    one
}
fn limit(price: Decimal) -> Kind {
    Kind::Limit { limit: price }
}
fn status(bench: &Bench, reference: &str) -> Status {
    bench.broker.order(reference).unwrap().status
}
fn reason(bench: &Bench, reference: &str) -> Option<Reason> {
    bench.broker.order(reference).unwrap().reason
}

/// A parent at the market, a profit-taker far above and a stop far below.
fn bracket(bench: &mut Bench, entry: Kind) -> Vec<Event> {
    bench.submit(&parked(order("p", Side::Buy, 10, entry)));
    let profit = child(order("t", Side::Sell, 10, limit(number("900.00"))));
    bench.submit(&parked(profit));
    bench.submit(&child(order("s", Side::Sell, 10, Kind::Stop { stop: number("1.00") })))
}

#[test]
fn a_parent_waits_for_its_last_child_and_fills_when_it_comes() {
    let mut bench = Bench::funded();
    bench.submit(&parked(order("p", Side::Buy, 10, Kind::Market)));
    assert!(bench.after(60_000).is_empty() && status(&bench, "p") == Status::Working);
    let events = bracket(&mut bench, Kind::Market);
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| match event {
            Event::Accepted { .. } => "accepted",
            Event::Released { .. } => "released",
            Event::Filled { .. } => "filled",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["accepted", "released", "filled", "released"]);
    assert_eq!(
        (status(&bench, "p"), status(&bench, "t"), status(&bench, "s")),
        (Status::Filled, Status::Working, Status::Working)
    );
}

#[test]
fn a_child_trades_after_its_parent_and_the_fill_of_one_ends_the_other() {
    let mut bench = Bench::funded();
    let far = number("1.00");
    bench.submit(&parked(order("p", Side::Buy, 10, limit(far))));
    // It would fill at once if it stood alone.
    bench.submit(&parked(child(order("t", Side::Sell, 10, limit(far)))));
    bench.submit(&child(order("s", Side::Sell, 10, Kind::Stop { stop: number("900.00") })));
    assert!(bench.after(1_000).is_empty(), "the parent has filled nothing");
    let mut through = order("p", Side::Buy, 10, limit(bench.touch(AAPL).ask));
    through.parked = false;
    bench.replace(&through);
    bench.after(250);
    let (profit, stop) = (status(&bench, "t"), status(&bench, "s"));
    assert!(matches!((profit, stop), (Status::Filled, Status::Cancelled)), "{profit:?} {stop:?}");
    assert_eq!(reason(&bench, "s"), Some(Reason::OneCancelsOthers));
    assert!(bench.broker.account("DU1").unwrap().positions.get(&AAPL).is_none_or(|held| held.quantity.is_zero()));
}

#[test]
fn with_a_parent_that_filled_nothing_its_children_end() {
    let mut bench = Bench::funded();
    bracket(&mut bench, limit(number("1.00")));
    bench.cancel("p");
    assert_eq!((reason(&bench, "t"), reason(&bench, "s")), (Some(Reason::ParentEnded), Some(Reason::ParentEnded)));
    let late = child(order("u", Side::Sell, 10, limit(number("900.00"))));
    bench.submit(&late);
    assert_eq!(reason(&bench, "u"), Some(Reason::ParentEnded));
}

#[test]
fn with_a_parent_that_filled_in_part_its_children_close_that_part() {
    let mut bench = Bench::funded();
    let size = i64::try_from(bench.touch(AAPL).ask_size).unwrap();
    bench.submit(&parked(order("p", Side::Buy, size + 50, Kind::Market)));
    bench.submit(&child(order("t", Side::Sell, size + 50, limit(number("1.00")))));
    bench.cancel("p");
    assert_eq!(bench.broker.order("p").unwrap().filled, Decimal::from(size));
    for _ in 0..40 {
        bench.after(1_000);
    }
    let profit = bench.broker.order("t").unwrap();
    assert_eq!((profit.filled, profit.reason), (Decimal::from(size), Some(Reason::ParentEnded)));
}

#[test]
fn a_family_of_which_a_part_was_rejected_is_never_released() {
    let mut bench = Bench::funded();
    bench.submit(&parked(order("p", Side::Buy, 10, Kind::Market)));
    bench.submit(&parked(child(order("t", Side::Sell, 10, limit(number("0"))))));
    bench.submit(&child(order("s", Side::Sell, 10, Kind::Stop { stop: number("1.00") })));
    assert_eq!(reason(&bench, "s"), Some(Reason::PartRejected));
    bench.after(60_000);
    assert_eq!(bench.broker.order("p").unwrap().filled, Decimal::ZERO);
}

#[test]
fn a_child_of_nothing_is_rejected() {
    let mut bench = Bench::funded();
    bench.submit(&child(order("t", Side::Sell, 10, Kind::Market)));
    assert_eq!(reason(&bench, "t"), Some(Reason::ParentUnfit));
    bench.submit(&parked(order("p", Side::Buy, 10, Kind::Market)));
    bench.submit(&child(order("u", Side::Buy, 10, Kind::Market)));
    assert_eq!(reason(&bench, "u"), Some(Reason::ParentUnfit));
}

#[test]
fn a_fill_cancels_the_others_of_its_group_or_takes_as_much_from_them() {
    for cancels in [true, false] {
        let mut bench = Bench::funded();
        bench.submit(&order("a", Side::Buy, 20, Kind::Market));
        bench.after(250);
        bench.submit(&grouped(order("x", Side::Sell, 10, limit(number("900.00"))), cancels));
        bench.submit(&grouped(order("y", Side::Sell, 4, Kind::Market), cancels));
        let other = bench.broker.order("x").unwrap();
        if cancels {
            assert_eq!((other.status, other.reason), (Status::Cancelled, Some(Reason::OneCancelsOthers)));
        } else {
            assert_eq!((other.status, other.remaining()), (Status::Working, Decimal::from(6)));
        }
        assert_eq!(bench.broker.order("y").unwrap().filled, Decimal::from(4));
    }
}

#[test]
fn two_of_a_group_that_could_fill_in_the_same_instant_fill_no_more_than_one() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 20, Kind::Market));
    bench.after(250);
    let bid = bench.touch(AAPL).bid;
    for reference in ["x", "y"] {
        bench.submit(&grouped(order(reference, Side::Sell, 10, limit(bid + Decimal::ONE)), false));
    }
    for _ in 0..400_000 {
        if !bench.broker.order("x").unwrap().is_open() {
            break;
        }
        bench.after(250);
    }
    let filled = |reference: &str| bench.broker.order(reference).unwrap().filled;
    assert_eq!(filled("x") + filled("y"), Decimal::TEN);
}

#[test]
fn of_two_children_that_could_fill_as_soon_as_they_are_set_free_one_closes_the_parent() {
    let mut bench = Bench::funded();
    bench.submit(&parked(order("p", Side::Buy, 10, Kind::Market)));
    bench.submit(&parked(child(order("t", Side::Sell, 10, limit(number("1.00"))))));
    bench.submit(&parked(child(order("u", Side::Sell, 10, limit(number("1.01"))))));
    bench.submit(&child(order("s", Side::Sell, 10, Kind::Stop { stop: number("1.00") })));
    let statuses = ["p", "t", "u", "s"].map(|reference| status(&bench, reference));
    assert_eq!(statuses, [Status::Filled, Status::Filled, Status::Cancelled, Status::Cancelled]);
    assert!(bench.broker.account("DU1").unwrap().positions.get(&AAPL).is_none_or(|held| held.quantity.is_zero()));
}
