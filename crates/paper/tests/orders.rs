//! Orders: accepted, filled, triggered, replaced, cancelled, expired, rejected.

use paper::{Command, Event, Kind, Reason, Side, Status, Tif, account_view, apply};
use rust_decimal::Decimal;

use crate::bench::{AAPL, Bench, EUR_USD, number, order};

fn reject_reason(events: &[Event]) -> Option<Reason> {
    match events {
        [Event::Rejected { reason, .. }] => Some(*reason),
        _ => None,
    }
}

fn limit(price: &str) -> Kind {
    Kind::Limit {
        limit: number(price),
    }
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
    assert_eq!(
        (state.status, state.filled),
        (Status::Filled, number("3000"))
    );
    assert!(state.fills > 3);
    let sum: Decimal = bench
        .broker
        .executions()
        .iter()
        .map(|each| each.quantity)
        .sum();
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
    let woken = (0..20_000)
        .map(|_| bench.after(250))
        .find(|events| !events.is_empty());
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
    let kind = Kind::StopLimit {
        stop: ask,
        limit: ask - number("10"),
    };
    let events = bench.submit(&order("a", Side::Buy, 10, kind));
    assert!(matches!(
        events.as_slice(),
        [Event::Accepted { .. }, Event::Triggered { .. }]
    ));
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
            Event::Cancelled {
                reason: Some(Reason::ImmediateOrCancel),
                ..
            }
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
fn a_repeated_submit_does_nothing_and_a_different_one_is_refused_without_harm() {
    let mut bench = Bench::funded();
    let first = order("a", Side::Buy, 10, Kind::Market);
    bench.submit(&first);
    let before = bench.broker.clone();
    assert!(bench.submit(&first).is_empty());
    let events = bench.submit(&order("a", Side::Buy, 11, Kind::Market));
    assert!(matches!(
        events.as_slice(),
        [Event::DuplicateReference { .. }]
    ));
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
    assert_eq!(
        reject("b", &|order| order.con_id = 7),
        Reason::UnknownInstrument
    );
    assert_eq!(
        reject("c", &|order| order.account = "DU2".into()),
        Reason::UnknownAccount
    );
    assert_eq!(
        reject("d", &|order| order.quantity = 0.into()),
        Reason::QuantityNotPositive
    );
    assert_eq!(
        reject("e", &|order| order.quantity = number("-5")),
        Reason::QuantityNotPositive
    );
    assert_eq!(
        reject("f", &|order| order.quantity = number("1.5")),
        Reason::QuantityOffIncrement
    );
    assert_eq!(
        reject("g", &|order| order.quantity = Decimal::MAX),
        Reason::TooLarge
    );
    assert_eq!(
        reject("h", &|order| order.kind = limit("0")),
        Reason::PriceNotPositive
    );
    assert_eq!(
        reject("i", &|order| order.kind = Kind::Stop { stop: Decimal::MAX }),
        Reason::TooLarge
    );
    assert_eq!(
        reject("j", &|order| order.quantity = 1_000_000_000.into()),
        Reason::InsufficientFunds
    );
    assert_eq!(reject("", &|_| {}), Reason::ReferenceEmpty);
    assert_eq!(
        reject("k", &|order| order.label = "x".repeat(300)),
        Reason::TextTooLong
    );
}

#[test]
fn an_account_buys_no_more_than_it_has_counting_its_open_orders() {
    let mut bench = Bench::empty();
    bench.deposit("USD", "10000");
    bench.submit(&order("a", Side::Buy, 49, limit("100.00")));
    bench.submit(&order("b", Side::Buy, 50, limit("100.00")));
    assert!(bench.broker.order("b").unwrap().is_open());
    let events = bench.submit(&order("c", Side::Buy, 1, limit("100.00")));
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
    assert!(matches!(
        bench.replace(&smaller).as_slice(),
        [Event::Replaced { .. }]
    ));
    assert!(
        bench.replace(&smaller).is_empty(),
        "a repeated replace does nothing"
    );
    let state = bench.broker.order("a").unwrap();
    assert_eq!(
        (state.filled, state.remaining()),
        (filled, number("2000") - filled)
    );
    let mut reason = |order: &paper::Order| match bench.replace(order).as_slice() {
        [Event::ReplaceRejected { reason, .. }] => *reason,
        other => panic!("{other:?}"),
    };
    smaller.quantity = filled;
    assert_eq!(reason(&smaller), Reason::QuantityNotAboveFilled);
    smaller.side = Side::Sell;
    assert_eq!(reason(&smaller), Reason::ReplaceChangesIdentity);
    assert_eq!(
        reason(&order("z", Side::Buy, 1, Kind::Market)),
        Reason::UnknownOrder
    );
    bench.cancel("a");
    let again = bench.replace(&order("a", Side::Buy, 2_500, Kind::Market));
    assert!(matches!(
        again.as_slice(),
        [Event::ReplaceRejected {
            reason: Reason::OrderEnded,
            ..
        }]
    ));
}

#[test]
fn a_cancel_ends_an_open_order_and_nothing_else() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 10, limit("1.00")));
    assert!(matches!(
        bench.cancel("a").as_slice(),
        [Event::Cancelled { reason: None, .. }]
    ));
    let reason = |events: Vec<Event>| match events.as_slice() {
        [Event::CancelRejected { reason, .. }] => Some((*reason, reason.code())),
        _ => None,
    };
    assert_eq!(
        reason(bench.cancel("a")),
        Some((Reason::OrderEnded, 10_148))
    );
    assert_eq!(
        reason(bench.cancel("b")),
        Some((Reason::UnknownOrder, 10_147))
    );
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
    assert_eq!(
        view.net_liquidation,
        view.total_cash + position.market_value
    );
    assert_eq!(view.gross_position_value, position.market_value);
    // Bought and sold today: the day's result is all there is.
    assert_eq!(
        position.daily_pnl,
        position.realized_pnl + position.unrealized_pnl
    );
    let cash = bench.broker.account("DU1").unwrap().cash_in("USD");
    assert_eq!(
        cash - number("1000000") + position.market_value,
        position.daily_pnl
    );
    assert_eq!(view.buying_power, view.available_funds);
    assert_eq!(
        account_view(&bench.broker, "DU9", &bench.given),
        Err(Reason::UnknownAccount)
    );
}

#[test]
fn accounts_and_deposits_that_cannot_be_are_rejected_by_name() {
    let mut bench = Bench::funded();
    let reason = |events: Vec<Event>| match events.as_slice() {
        [Event::DepositRejected { reason, .. } | Event::AccountRejected { reason, .. }] => *reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        reason(bench.deposit("USD", "-1")),
        Reason::AmountNotPositive
    );
    assert_eq!(reason(bench.deposit("USD", "0.001")), Reason::AmountOffCent);
    assert_eq!(reason(bench.deposit("XXX", "1")), Reason::UnknownCurrency);
    assert_eq!(
        reason(bench.deposit("USD", "1000000000001")),
        Reason::TooLarge
    );
    let mut open = |number: &str, base: &str| {
        bench.send(&Command::OpenAccount {
            number: number.to_owned(),
            base_currency: base.to_owned(),
        })
    };
    assert!(
        open("DU1", "USD").is_empty(),
        "opening it again does nothing"
    );
    assert_eq!(reason(open("DU1", "EUR")), Reason::AccountExists);
    assert_eq!(reason(open("DU2", "CHF")), Reason::UnknownCurrency);
    assert_eq!(reason(open("", "USD")), Reason::AccountNumberUnfit);
}

#[test]
fn time_that_runs_backwards_stands_still() {
    let mut bench = Bench::funded();
    bench.submit(&order("a", Side::Buy, 10, limit("1.00")));
    let last = bench.broker.last_at();
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
