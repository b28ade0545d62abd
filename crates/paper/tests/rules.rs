//! Rules: what the broker rejects, what an account can carry, and what harms nothing.

use paper::{Command, Event, Kind, Reason, Side, Status, account_view, apply};
use rust_decimal::Decimal;

use crate::bench::{AAPL, Bench, EUR_USD, START, number, order};

fn reject_reason(events: &[Event]) -> Option<Reason> {
    match events {
        [Event::Rejected { reason, .. }] => Some(*reason),
        _ => None,
    }
}

fn limit(price: &str) -> Kind {
    Kind::Limit { limit: number(price) }
}

#[test]
fn a_repeated_submit_does_nothing_and_a_different_one_is_refused_without_harm() {
    let mut bench = Bench::funded();
    let first = order("a", Side::Buy, 10, Kind::Market);
    bench.submit(&first);
    let before = bench.broker.clone();
    assert!(bench.submit(&first).is_empty());
    let events = bench.submit(&order("a", Side::Buy, 11, Kind::Market));
    assert!(matches!(events.as_slice(), [Event::DuplicateReference { .. }]));
    assert_eq!(bench.broker, before);
}

#[test]
fn orders_that_cannot_be_are_rejected_by_name() {
    let mut bench = Bench::funded();
    let mut reject = |reference: &str, change: &dyn Fn(&mut paper::Order)| {
        let mut order = order(reference, Side::Buy, 10, limit("200.00"));
        change(&mut order);
        let reason = reject_reason(&bench.submit(&order));
        assert_eq!(bench.broker.order(&order.reference).unwrap().reason, reason);
        reason.unwrap()
    };
    let tick = reject("a", &|order| order.kind = limit("200.005"));
    assert_eq!((tick, tick.code()), (Reason::PriceOffTick, 110));
    assert_eq!(reject("b", &|order| order.con_id = 7), Reason::UnknownInstrument);
    assert_eq!(reject("c", &|order| order.account = "DU2".into()), Reason::UnknownAccount);
    assert_eq!(reject("d", &|order| order.quantity = 0.into()), Reason::QuantityNotPositive);
    assert_eq!(reject("e", &|order| order.quantity = number("-5")), Reason::QuantityNotPositive);
    assert_eq!(reject("f", &|order| order.quantity = number("1.5")), Reason::QuantityOffIncrement);
    assert_eq!(reject("g", &|order| order.quantity = Decimal::MAX), Reason::TooLarge);
    assert_eq!(reject("h", &|order| order.kind = limit("0")), Reason::PriceNotPositive);
    assert_eq!(reject("i", &|order| order.kind = Kind::Stop { stop: Decimal::MAX }), Reason::TooLarge);
    assert_eq!(reject("j", &|order| order.quantity = 1_000_000_000.into()), Reason::InsufficientFunds);
    assert_eq!(reject("", &|_| {}), Reason::ReferenceEmpty);
    assert_eq!(reject("k", &|order| order.label = "x".repeat(300)), Reason::TextTooLong);
}

#[test]
fn an_account_buys_no_more_than_it_has_counting_its_open_orders() {
    let mut bench = Bench::empty();
    bench.deposit("USD", "10000");
    bench.submit(&order("a", Side::Buy, 98, limit("100.00")));
    bench.submit(&order("b", Side::Buy, 100, limit("100.00")));
    assert!(bench.broker.order("b").unwrap().is_open());
    let events = bench.submit(&order("c", Side::Buy, 3, limit("100.00")));
    assert_eq!(reject_reason(&events), Some(Reason::InsufficientFunds));
    bench.cancel("a");
    bench.submit(&order("d", Side::Buy, 1, limit("100.00")));
    assert!(bench.broker.order("d").unwrap().is_open());
}

#[test]
fn a_position_can_always_be_closed_and_a_short_is_bounded_by_what_the_account_is_worth() {
    let mut bench = Bench::empty();
    bench.deposit("USD", "24000");
    bench.submit(&order("a", Side::Buy, 100, Kind::Market));
    assert_eq!(bench.broker.order("a").unwrap().status, Status::Filled);
    let events = bench.submit(&order("too much", Side::Sell, 250, Kind::Market));
    assert_eq!(reject_reason(&events), Some(Reason::InsufficientFunds));
    bench.submit(&order("b", Side::Sell, 100, Kind::Market));
    assert_eq!(bench.broker.order("b").unwrap().status, Status::Filled);
    bench.given.now_ms += 1_000;
    bench.submit(&order("short", Side::Sell, 50, Kind::Market));
    let account = bench.broker.account("DU1").unwrap();
    assert_eq!(account.positions[&AAPL].quantity, number("-50"));
}

#[test]
fn the_view_adds_up() {
    let mut bench = Bench::funded();
    bench.deposit("EUR", "5000");
    bench.submit(&order("a", Side::Buy, 100, Kind::Market));
    bench.given.now_ms += 60_000;
    bench.submit(&order("b", Side::Sell, 40, Kind::Market));
    bench.given.now_ms += 60_000;
    let view = account_view(&bench.broker, "DU1", &bench.given).unwrap();
    let [position] = view.positions.as_slice() else {
        panic!("{view:?}");
    };
    assert_eq!(view.net_liquidation, view.total_cash + position.market_value);
    assert_eq!(view.gross_position_value, position.market_value);
    // Bought and sold today: the day's result is all there is.
    assert_eq!(position.daily_pnl, position.realized_pnl + position.unrealized_pnl);
    let cash = bench.broker.account("DU1").unwrap().cash_in("USD");
    assert_eq!(cash - number("1000000") + position.market_value, position.daily_pnl);
    assert_eq!(view.buying_power, view.available_funds * Decimal::TWO);
    assert_eq!(account_view(&bench.broker, "DU9", &bench.given), Err(Reason::UnknownAccount));
}

#[test]
fn accounts_and_deposits_that_cannot_be_are_rejected_by_name() {
    let mut bench = Bench::funded();
    let reason = |events: Vec<Event>| match events.as_slice() {
        [Event::DepositRejected { reason, .. } | Event::AccountRejected { reason, .. }] => *reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(bench.deposit("USD", "-1")), Reason::AmountNotPositive);
    assert_eq!(reason(bench.deposit("USD", "0.001")), Reason::AmountOffCent);
    assert_eq!(reason(bench.deposit("XXX", "1")), Reason::UnknownCurrency);
    assert_eq!(reason(bench.deposit("USD", "1000000000001")), Reason::TooLarge);
    let mut open = |number: &str, base: &str| {
        bench.send(&Command::OpenAccount { number: number.to_owned(), base_currency: base.to_owned() })
    };
    assert!(open("DU1", "USD").is_empty(), "opening it again does nothing");
    assert_eq!(reason(open("DU1", "EUR")), Reason::AccountExists);
    assert_eq!(reason(open("DU2", "CHF")), Reason::UnknownCurrency);
    assert_eq!(reason(open("", "USD")), Reason::AccountNumberUnfit);
}

#[test]
fn time_that_runs_backwards_stands_still() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 10, limit("1.00")));
    let last = START;
    assert_eq!(bench.broker.last_at(), last);
    bench.given.now_ms = i64::MIN;
    bench.submit(&order("b", Side::Buy, 10, Kind::Market));
    assert_eq!(bench.broker.order("b").unwrap().placed_at, last);
}

#[test]
fn events_that_no_decision_returns_cannot_break_the_state() {
    let mut bench = Bench::funded();
    let events = bench.submit(&order("a", Side::Buy, 10, Kind::Market));
    let Some(Event::Filled { execution }) = events.last().cloned() else {
        panic!("{events:?}");
    };
    let mut strange = execution;
    strange.quantity = Decimal::MAX;
    strange.price = Decimal::MAX;
    strange.reference = "nobody".to_owned();
    let before = bench.broker.account("DU1").cloned();
    apply(&mut bench.broker, &Event::Filled { execution: strange });
    assert_eq!(bench.broker.account("DU1").cloned(), before);
}

#[test]
fn currency_that_is_not_held_is_borrowed_only_as_far_as_the_account_is_worth() {
    let mut bench = Bench::empty();
    bench.deposit("USD", "100000");
    let pair = |reference: &str, side, quantity| {
        let mut order = order(reference, side, quantity, Kind::Market);
        order.con_id = EUR_USD;
        order
    };
    // A twentieth of what is borrowed must be there.
    let rich = bench.submit(&pair("a", Side::Sell, 2_000_000));
    assert_eq!(reject_reason(&rich), Some(Reason::InsufficientFunds));
    // Sells euro that are not there.
    bench.submit(&pair("b", Side::Sell, 60_000));
    let account = bench.broker.account("DU1").unwrap();
    assert_eq!(account.cash_in("EUR"), number("-60000"));
    let more = bench.submit(&pair("c", Side::Sell, 1_900_000));
    assert_eq!(reject_reason(&more), Some(Reason::InsufficientFunds));
    // Buying them back pays from the dollars held.
    bench.submit(&pair("d", Side::Buy, 60_000));
    assert_eq!(bench.broker.order("d").unwrap().status, Status::Filled);
}

#[test]
fn an_account_with_nothing_free_may_still_close() {
    let mut bench = Bench::empty();
    bench.deposit("USD", "13000.50");
    bench.submit(&order("a", Side::Buy, 100, Kind::Market));
    // Bids tie up what is left, half of what they say.
    for price in ["10.00", "1.00"] {
        let bids = (0..500)
            .take_while(|count| {
                let bid = order(&format!("bid {count} {price}"), Side::Buy, 1, limit(price));
                reject_reason(&bench.submit(&bid)).is_none()
            })
            .count();
        assert!((1..500).contains(&bids), "{bids}");
    }
    let view = account_view(&bench.broker, "DU1", &bench.given).unwrap();
    assert!(view.available_funds < Decimal::ONE, "less than a commission");
    bench.given.now_ms += 1_000;
    bench.submit(&order("close", Side::Sell, 100, Kind::Market));
    assert_eq!(bench.broker.order("close").unwrap().status, Status::Filled);
}
