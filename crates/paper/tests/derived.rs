//! Futures and options: what they cost, what lies against them, and how they end. Figures are worked out here again.

use crate::bench::{Bench, START, number, order};
use crate::margin::view;
use paper::instrument::by_id;
use paper::{Event, Hours, Instrument, Kind, Order, Reason, Side, Tif};
use rust_decimal::Decimal;

const SPY: u32 = 9_000_010;
/// They expire on Friday the 18th of December 2026, at 21:00 UTC.
const FUTURE: u32 = 9_200_012;
const CALL_550: u32 = 9_301_100;
const CALL_590: u32 = 9_301_116;
const PUT_550: u32 = 9_301_101;
const END: i64 = 1_797_627_600_000;

fn market(con_id: u32, side: Side, quantity: i64, reference: &str) -> Order {
    Order { con_id, tif: Tif::Day, ..order(reference, side, quantity, Kind::Market) }
}

fn named(con_id: u32) -> &'static Instrument {
    by_id(con_id).unwrap()
}

/// Fills of one order, which are all that is in these events besides.
fn filled(events: &[Event]) -> (Decimal, Decimal) {
    let fills: Vec<_> = events
        .iter()
        .filter_map(|event| if let Event::Filled { execution } = event { Some(execution) } else { None })
        .collect();
    let [only] = fills[..] else { panic!("{events:?}") };
    (only.price, only.commission)
}

fn cash(bench: &Bench) -> Decimal {
    bench.broker.account("DU1").unwrap().cash_in("USD")
}

fn held(bench: &Bench, con_id: u32) -> Decimal {
    bench.broker.account("DU1").unwrap().positions[&con_id].quantity
}

fn at_the_end(bench: &mut Bench) -> Vec<Event> {
    bench.given.now_ms = END;
    bench.after(0)
}

#[test]
fn they_are_what_they_are_called() {
    for (con_id, name, multiplier) in
        [(FUTURE, "PRXZ6", 50), (CALL_550, "SPY   261218C00550000", 100), (PUT_550, "SPY   261218P00550000", 100)]
    {
        let derivative = named(con_id).derivative.as_ref().unwrap();
        assert_eq!((named(con_id).local_symbol, derivative.multiplier), (name, multiplier.into()));
        assert_eq!((derivative.expiry, derivative.expires_ms), (20_261_218, END));
    }
}

#[test]
fn a_future_moves_cash_by_what_it_makes_and_no_more() {
    let (mut bench, fifty) = (Bench::funded(), Decimal::from(50));
    let (bought, fee) = filled(&bench.submit(&market(FUTURE, Side::Buy, 2, "b")));
    assert_eq!(fee, number("4.50"));
    assert_eq!(cash(&bench), number("999995.50"), "nothing but the commission is paid");
    bench.given.now_ms += 3_600_000;
    let (mark, shown) = (bench.touch(FUTURE).last, view(&bench));
    let notional = mark * fifty * Decimal::TWO;
    assert_eq!(shown.net_liquidation, number("999995.50") + (mark - bought) * fifty * Decimal::TWO);
    assert_eq!(shown.gross_position_value, notional);
    assert_eq!(shown.initial_margin, (notional / Decimal::TEN).round_dp(2));
    assert_eq!(shown.maintenance_margin, (notional * number("0.08")).round_dp(2));
    let position = &shown.positions[0];
    assert_eq!((position.average_cost, position.market_value), (bought * fifty, notional));
    assert_eq!(position.unrealized_pnl, (mark - bought) * fifty * Decimal::TWO);
    assert_eq!(position.realized_pnl, number("-4.50"));
    assert_eq!(position.daily_pnl, position.unrealized_pnl - number("4.50"));
    // One is sold: half of it is made, and the other half stays where it was.
    let (sold, _) = filled(&bench.submit(&market(FUTURE, Side::Sell, 1, "s")));
    let made = (sold - bought) * fifty;
    assert_eq!(cash(&bench), number("999993.25") + made);
    let position = &view(&bench).positions[0];
    assert_eq!((position.quantity, position.average_cost), (Decimal::ONE, bought * fifty));
    assert_eq!(position.realized_pnl, made - number("6.75"));
    // Through nothing to the other side.
    let (turned, _) = filled(&bench.submit(&market(FUTURE, Side::Sell, 2, "t")));
    let made = made + (turned - bought) * fifty;
    assert_eq!(cash(&bench), number("999988.75") + made);
    assert_eq!(held(&bench, FUTURE), Decimal::NEGATIVE_ONE);
    assert_eq!(view(&bench).positions[0].average_cost, turned * fifty);
}

#[test]
fn a_future_is_settled_at_its_index_on_its_last_day() {
    let mut bench = Bench::funded();
    let (bought, _) = filled(&bench.submit(&market(FUTURE, Side::Buy, 2, "b")));
    let rests = Order { kind: Kind::Limit { limit: 4_000.into() }, tif: Tif::Gtc, ..market(FUTURE, Side::Buy, 1, "r") };
    bench.submit(&rests);
    bench.given.now_ms = END - 1;
    assert!(bench.after(0).is_empty() && !bench.broker.is_idle());
    let told = at_the_end(&mut bench);
    let [Event::Expired { reference, .. }, Event::Accepted { order, .. }, Event::Filled { execution }] = &told[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!((reference.as_str(), order.label.as_str(), order.side), ("r", "expiry", Side::Sell));
    assert_eq!((execution.quantity, execution.commission), (Decimal::TWO, Decimal::ZERO));
    let index = bench.touch(FUTURE).last;
    assert!((execution.price - index).abs() < Decimal::ONE, "{} {index}", execution.price);
    assert_eq!(cash(&bench), number("999995.50") + (execution.price - bought) * Decimal::from(100));
    assert_eq!((held(&bench, FUTURE), view(&bench).net_liquidation), (Decimal::ZERO, cash(&bench)));
    assert!(bench.after(250).is_empty() && bench.broker.is_idle(), "once");
    let late = bench.submit(&market(FUTURE, Side::Buy, 1, "late"));
    assert!(matches!(&late[..], [Event::Rejected { reason: Reason::NotListed, .. }]), "{late:?}");
}

#[test]
fn an_option_is_paid_in_full_and_brings_what_it_is_worth_in_the_end() {
    let (mut bench, hundred) = (Bench::funded(), Decimal::ONE_HUNDRED);
    let (in_it, fee) = filled(&bench.submit(&market(CALL_550, Side::Buy, 2, "in")));
    assert_eq!(fee, number("1.30"));
    let (out_of_it, fee) = filled(&bench.submit(&market(PUT_550, Side::Buy, 1, "out")));
    assert_eq!(fee, number("1"));
    let paid = number("999997.70") - in_it * hundred * Decimal::TWO - out_of_it * hundred;
    assert_eq!(cash(&bench), paid);
    let spot = bench.touch(SPY).last;
    assert!(in_it > spot - Decimal::from(550) && out_of_it < Decimal::TEN, "{in_it} {out_of_it} {spot}");
    let shown = view(&bench);
    assert_eq!(shown.initial_margin, shown.gross_position_value, "nobody lends on an option");
    assert_eq!(shown.maintenance_margin, shown.gross_position_value);
    let told = at_the_end(&mut bench);
    let prices: Vec<Decimal> = told
        .iter()
        .filter_map(|event| if let Event::Filled { execution } = event { Some(execution.price) } else { None })
        .collect();
    let worth = bench.touch(SPY).last - Decimal::from(550);
    // In the order of their numbers: the call, and the put that nobody wants.
    assert_eq!(prices, [worth, Decimal::ZERO], "{told:?}");
    assert_eq!(cash(&bench), paid + worth * hundred * Decimal::TWO);
    assert_eq!(view(&bench).positions.iter().map(|each| each.quantity).sum::<Decimal>(), Decimal::ZERO);
}

#[test]
fn for_a_written_option_lies_a_fifth_of_what_it_is_on() {
    let (mut bench, hundred) = (Bench::funded(), Decimal::ONE_HUNDRED);
    bench.submit(&market(CALL_590, Side::Sell, 1, "near"));
    bench.submit(&market(PUT_550, Side::Sell, 2, "far"));
    let (spot, near, far) = (bench.touch(SPY).last, bench.touch(CALL_590).last, bench.touch(PUT_550).last);
    let out_of_it = (Decimal::from(590) - spot).max(Decimal::ZERO);
    let call = near + spot * number("0.2") - out_of_it;
    let put = far + (spot * number("0.2") - (spot - Decimal::from(550))).max(number("55"));
    let shown = view(&bench);
    assert_eq!(shown.maintenance_margin, (call * hundred + put * hundred * Decimal::TWO).round_dp(2));
    assert_eq!(shown.initial_margin, shown.maintenance_margin);
    assert_eq!(shown.gross_position_value, near * hundred + far * hundred * Decimal::TWO);
    // More than there is to lie against them is not written.
    let many = bench.submit(&market(CALL_590, Side::Sell, 100, "many"));
    assert!(matches!(&many[..], [Event::Rejected { reason: Reason::InsufficientFunds, .. }]), "{many:?}");
    let told = at_the_end(&mut bench);
    assert!(told.iter().any(|event| matches!(event, Event::Accepted { order, .. } if order.side == Side::Buy)));
    assert!(view(&bench).gross_position_value.is_zero());
}

#[test]
fn what_a_future_loses_is_called_for() {
    let mut bench = Bench::empty();
    bench.deposit("USD", "520000");
    for n in 0..4 {
        bench.submit(&market(FUTURE, Side::Sell, 5, &format!("{n}")));
        bench.given.now_ms += 250;
    }
    assert_eq!(held(&bench, FUTURE), Decimal::from(-20));
    while bench.given.now_ms < END && bench.broker.called_since("DU1").is_none() {
        bench.after(3_600_000);
    }
    let since = bench.broker.called_since("DU1").expect("a rise of two hundredths or so");
    assert!(view(&bench).excess_liquidity < Decimal::ZERO, "at {since}");
    let bought = |bench: &Bench| {
        bench.events.iter().any(|event| matches!(event, Event::Accepted { order, .. } if order.label == "liquidation" && order.con_id == FUTURE))
    };
    let mut steps = 0;
    while !bought(&bench) && steps < 400 && bench.given.now_ms < END {
        bench.after(60_000);
        steps += 1;
    }
    assert!(bought(&bench));
}

#[test]
fn only_what_is_listed_is_taken() {
    let mut bench = Bench::funded();
    for (con_id, reason) in [
        (FUTURE - 3, Reason::NotListed),
        (FUTURE + 15, Reason::NotListed),
        (CALL_590 + 400, Reason::NotListed),
        (FUTURE + 1, Reason::UnknownInstrument),
        (9_200_000, Reason::UnknownInstrument),
        (CALL_550 + 34, Reason::UnknownInstrument),
    ] {
        let told = bench.submit(&market(con_id, Side::Buy, 1, &con_id.to_string()));
        assert!(matches!(&told[..], [Event::Rejected { reason: why, .. }] if *why == reason), "{con_id} {told:?}");
    }
}

#[test]
fn quotes_are_on_the_grid_not_crossed_and_follow_what_they_are_on() {
    let bench = Bench::funded();
    for each in paper::derived::all_listed(START) {
        for hour in 0..30 {
            let at = START + hour * 3_600_000;
            let touch = bench.given.market.touch(each, at).unwrap();
            assert!(touch.bid >= each.min_tick && touch.ask > touch.bid, "{} {touch:?}", each.local_symbol);
            assert!(touch.bid <= touch.last && touch.last <= touch.ask);
            assert!((touch.last / each.min_tick).fract().is_zero());
        }
        assert!(bench.given.market.touch(each, END + 400 * 86_400_000).is_none(), "what has expired is not quoted");
    }
    // A call of a lower strike, and a later day, is worth more.
    let last = |con_id: u32| bench.touch(con_id).bid;
    assert!(last(CALL_550) > last(CALL_590) && last(CALL_590 + 100) > last(CALL_590));
    assert_eq!(paper::session(named(FUTURE), START, Hours::Exchange), paper::Session::Closed);
}
