//! Call: accounts that have less than they must keep, and what is closed by force.

use paper::{Command, Event, Kind, Market, Order, Reason, Session, Side, Status, Tif};
use proptest::prelude::*;
use proptest::test_runner::Config;
use rust_decimal::Decimal;

use crate::bench::{AAPL, Bench, EUR_USD, START, number, order};
use crate::margin::{KO, SAP, adds_up, bench, limit, told, view};

/// 199 shares on 10,000 dollars, with a resting bid; Apple has fallen and the account is called.
fn called() -> Bench {
    let mut bench = bench("10000");
    bench.submit(&limit(AAPL, Side::Buy, 199, "100"));
    bench.submit(&limit(KO, Side::Buy, 1, "1"));
    assert!(bench.after(9_000).is_empty());
    assert_eq!(bench.broker.called_since("DU1"), None);
    let told = bench.after(1_000);
    assert!(matches!(&told[..], [Event::MarginCalled { .. }]), "{told:?}");
    assert_eq!(bench.broker.called_since("DU1"), Some(START + 10_000));
    bench
}

/// Every event of a call, of its positions that are closed, and of its end.
pub fn forced() -> Vec<Event> {
    let mut bench = called();
    bench.given.market = falling();
    bench.after(60_000);
    bench.after(1_000);
    bench.events
}

/// Apple stays down.
fn falling() -> Market<'static> {
    falling_to("66")
}

#[test]
fn an_account_below_what_it_must_keep_has_a_minute_and_is_closed_then() {
    let mut bench = called();
    bench.given.market = falling();
    // It opens nothing, and may close.
    let told = bench.submit(&limit(KO, Side::Buy, 1, "50"));
    assert!(matches!(told[0], Event::Rejected { reason: Reason::InsufficientFunds, .. }));
    assert!(bench.after(59_999).is_empty(), "its minute is not over");
    let told = bench.after(1);
    let closing: Vec<&Event> = told.iter().collect();
    let [
        Event::Cancelled { reason: Some(Reason::MarginCall), .. },
        Event::Accepted { order, .. },
        Event::Filled { execution },
    ] = closing[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!((order.kind.clone(), order.tif, order.side), (Kind::Market, Tif::Ioc, Side::Sell));
    assert!(order.reference.starts_with(paper::call::LABEL) && order.label == paper::call::LABEL);
    assert_eq!((execution.quantity, execution.price), (number("199"), number("66")));
    assert_eq!(bench.broker.order(&order.reference).unwrap().status, Status::Filled);
    let told = bench.after(250);
    assert!(matches!(&told[..], [Event::MarginMet { .. }]), "{told:?}");
    // 13,134 less what was borrowed and a commission.
    assert_eq!(view(&bench).net_liquidation, number("3232"));
    assert!(bench.after(600_000).is_empty() && bench.broker.is_idle());
}

#[test]
fn who_brings_more_or_closes_or_sees_the_market_come_back_is_left_alone() {
    let met = |change: &dyn Fn(&mut Bench)| {
        let mut bench = called();
        bench.given.market = falling();
        change(&mut bench);
        let told = bench.after(1_000);
        assert!(matches!(&told[..], [Event::MarginMet { .. }]), "{told:?}");
        assert!(bench.after(120_000).is_empty());
    };
    // 3,283.50 must be kept and 3,233 is there: what is short, and a twentieth of 3,283.50.
    met(&|bench| drop(bench.deposit("USD", "214.68")));
    met(&|bench| drop(bench.submit(&limit(AAPL, Side::Sell, 25, "66"))));
    met(&|bench| {
        bench.cancel(&limit(KO, Side::Buy, 1, "1").reference);
        bench.deposit("USD", "20000");
        assert!(!bench.broker.is_idle(), "it owes nothing, and the call goes on until somebody looks");
    });
    let mut called = called();
    let told = called.after(30_000);
    assert!(matches!(&told[..], [Event::MarginMet { .. }]), "{told:?}");
}

#[test]
fn the_position_that_takes_most_is_closed_first_and_only_as_far_as_it_must() {
    let mut bench = bench("1000000");
    // Shown are 1,000 a step.
    for _ in 0..15 {
        let reference = format!("buy {}", bench.given.now_ms);
        bench.submit(&Order { reference, ..limit(AAPL, Side::Buy, 1_000, "100") });
        bench.after(250);
    }
    let mut other = limit(KO, Side::Buy, 8_000, "50");
    other.tif = Tif::Gtc;
    bench.submit(&other);
    for _ in 0..10 {
        bench.after(250);
    }
    let held = |bench: &Bench, con_id| bench.broker.account("DU1").unwrap().positions[&con_id].quantity;
    assert_eq!((held(&bench, AAPL), held(&bench, KO)), (number("15000"), number("8000")));
    bench.given.market = falling_to("48");
    bench.given.now_ms = START + 10_000;
    assert!(matches!(&bench.send(&Command::Tick)[..], [Event::MarginCalled { .. }]));
    let told = bench.after(60_000);
    let [Event::Accepted { order, .. }, Event::Filled { execution }, Event::Cancelled { reason, .. }] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!((order.con_id, order.quantity, execution.quantity), (AAPL, number("15000"), number("1000")));
    assert_eq!(*reason, Some(Reason::ImmediateOrCancel), "what is not shown is asked for again");
    let mut steps = 1;
    while bench.broker.called_since("DU1").is_some() {
        bench.after(250);
        steps += 1;
        assert!(steps < 20);
    }
    // Equity 318,000 or so, and 280,000 to keep at the start: each thousand frees 12,000.
    assert_eq!(held(&bench, KO), number("8000"));
    assert!(held(&bench, AAPL) > Decimal::ZERO && view(&bench).excess_liquidity >= Decimal::ZERO);
}

fn falling_to(price: &str) -> Market<'static> {
    told(&[(0, "AAPL", price), (0, "KO", "50")])
}

#[test]
fn nothing_is_closed_where_nothing_trades_and_a_short_is_bought_back() {
    let mut bench = bench("10000");
    bench.submit(&limit(AAPL, Side::Sell, 100, "100"));
    bench.after(40_000);
    assert!(bench.broker.called_since("DU1").is_some());
    bench.given.hours = paper::Hours::Exchange;
    let apple = paper::instrument::by_id(AAPL).unwrap();
    let now = bench.given.now_ms + 60_000;
    assert_eq!(paper::session(apple, now, bench.given.hours), Session::Closed);
    assert!(bench.after(60_000).is_empty(), "the exchange is closed");
    bench.given.hours = paper::Hours::AroundTheClock;
    let told = bench.after(250);
    let [Event::Accepted { order, .. }, Event::Filled { execution }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((order.side, execution.quantity, execution.price), (Side::Buy, number("100"), number("160")));
}

#[test]
fn a_currency_that_was_borrowed_is_bought_back_over_its_pair() {
    let mut bench = bench("10000");
    bench.given.market = told(&[(0, "EUR.USD", "1.1"), (10, "EUR.USD", "1.15")]);
    bench.submit(&limit(EUR_USD, Side::Sell, 150_000, "1.1"));
    // 165,000 dollars came in less 3.30; 172,500 are owed, of which 6,900 must be there.
    let told = bench.after(10_000);
    assert!(matches!(&told[..], [Event::MarginCalled { .. }]), "{told:?}");
    assert_eq!(view(&bench).excess_liquidity, number("-4403.30"));
    let told = bench.after(60_000);
    let [Event::Accepted { order, .. }, Event::Filled { execution }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((order.con_id, order.side, execution.quantity), (EUR_USD, Side::Buy, number("150000")));
    assert!(matches!(&bench.after(250)[..], [Event::MarginMet { .. }]));
    let view = view(&bench);
    assert_eq!((view.cash[0].clone(), view.maintenance_margin), (("EUR".to_owned(), number("0")), number("0")));
    assert!(view.net_liquidation > number("2490") && view.net_liquidation < number("2497"));
}

#[test]
fn a_currency_on_the_other_side_of_its_pair_and_one_without_a_pair_are_closed_too() {
    // Yen are owed by an account in euro: over the dollar, and then over the euro's own pair.
    let prices = |yen: &str| told(&[(0, "USD.JPY", yen), (0, "EUR.USD", "1")]);
    let mut bench = Bench::empty();
    bench.given.market = prices("150");
    bench.send(&Command::OpenAccount { number: "DU2".to_owned(), base_currency: "EUR".to_owned() });
    let (account, currency) = ("DU2".to_owned(), "EUR".to_owned());
    bench.send(&Command::Deposit { account, currency, amount: number("10000") });
    let mut order = limit(9_000_103, Side::Buy, 90_000, "150");
    order.account = "DU2".to_owned();
    assert!(matches!(bench.submit(&order)[..], [Event::Accepted { .. }, Event::Filled { .. }]));
    bench.given.market = prices("142.5");
    bench.after(250);
    assert_eq!(bench.broker.called_since("DU2"), Some(START + 250));
    let first = bench.after(60_000);
    let Some(Event::Filled { execution }) = first.last() else { panic!("{first:?}") };
    // 13,500,270 yen are 94,738 dollars: a few more than what is held, and so the heavier.
    assert_eq!((execution.con_id, execution.side), (9_000_103, Side::Sell));
    let cash = |bench: &Bench, currency: &str| bench.broker.account("DU2").unwrap().cash_in(currency);
    assert!(cash(&bench, "JPY").abs() < number("500"), "{}", cash(&bench, "JPY"));
    bench.after(250);
    assert_eq!(bench.broker.called_since("DU2"), None);
}

#[test]
fn a_call_is_not_met_by_a_hair_nor_does_it_begin_anew_with_each_step() {
    let mut bench = called();
    bench.given.market = falling();
    // One cent below the twentieth.
    bench.deposit("USD", "214.67");
    assert!(bench.after(120_000).is_empty(), "it is not short, so nothing is closed, and the call goes on");
    bench.given.market = falling_to("64");
    let told = bench.after(250);
    assert!(told.iter().any(|event| matches!(event, Event::Filled { .. })), "its minute was over: {told:?}");
}

/// The commission of a pair is paid in its second currency, two dollars at least: of little the closing costs more than it frees.
#[test]
fn a_little_that_is_owed_in_yen_is_left_alone() {
    let mut bench = bench("10000");
    bench.given.market = told(&[(0, "USD.JPY", "150"), (0, "AAPL", "100")]);
    let mut yen = limit(9_000_103, Side::Buy, 60, "150");
    yen.con_id = 9_000_103;
    bench.submit(&yen);
    bench.submit(&limit(AAPL, Side::Sell, 100, "100"));
    bench.given.market = told(&[(0, "USD.JPY", "150"), (0, "AAPL", "300")]);
    for _ in 0..500 {
        bench.after(60_000);
    }
    let account = bench.broker.account("DU1").unwrap();
    assert_eq!((account.positions[&AAPL].quantity, account.cash_in("JPY")), (number("0"), number("-9300")));
    assert_eq!(bench.broker.executions().len(), 3, "what was asked for, and one that closed");
    assert!(view(&bench).net_liquidation < Decimal::ZERO && bench.broker.called_since("DU1").is_some());
}

#[test]
fn an_account_that_owes_more_than_it_has_is_closed_and_stays_called() {
    let mut bench = bench("10000");
    bench.submit(&limit(AAPL, Side::Sell, 100, "100"));
    bench.given.market = told(&[(0, "AAPL", "300")]);
    bench.after(250);
    assert!(matches!(bench.after(60_000)[..], [Event::Accepted { .. }, Event::Filled { .. }]));
    assert!(bench.after(250).is_empty() && bench.broker.called_since("DU1").is_some());
    assert!(view(&bench).net_liquidation < Decimal::ZERO);
    let told = bench.submit(&limit(AAPL, Side::Buy, 1, "300"));
    assert!(matches!(told[0], Event::Rejected { reason: Reason::InsufficientFunds, .. }));
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    /// Whatever is held and wherever prices go: after its minute an account has enough, or nothing is left to close.
    #[test]
    fn what_is_closed_by_force_is_closed_until_there_is_enough(
        orders in prop::collection::vec((0_usize..5, any::<bool>(), 1_i64..400), 1..6),
        moved in prop::collection::vec(20_i64..300, 5),
    ) {
        const PRICES: [(u32, &str, i64); 5] = [(AAPL, "AAPL", 100), (SAP, "SAP", 200), (KO, "KO", 50), (EUR_USD, "EUR.USD", 1),
            (9_000_103, "USD.JPY", 150)];
        let price = |index: usize, part: i64| Decimal::new(PRICES[index].2 * part, 2).to_string();
        let all = |parts: &[i64]| -> Vec<String> { (0..5).map(|index| price(index, parts[index])).collect() };
        let rows = |prices: &[String]| -> Vec<(u32, &'static str, String)> {
            PRICES.iter().zip(prices).map(|((_, symbol, _), price)| (0, *symbol, price.clone())).collect()
        };
        let market = |parts: &[i64]| {
            let rows = rows(&all(parts));
            told(&rows.iter().map(|(second, symbol, price)| (*second, *symbol, price.as_str())).collect::<Vec<_>>())
        };
        let mut bench = bench("10000");
        bench.given.market = market(&[100; 5]);
        for (number, (index, buys, quantity)) in orders.iter().enumerate() {
            let scale = if *index >= 3 { 400 } else { 1 };
            let side = if *buys { Side::Buy } else { Side::Sell };
            let mut wanted = order(&format!("order {number}"), side, quantity * scale, Kind::Market);
            wanted.con_id = PRICES[*index].0;
            bench.submit(&wanted);
        }
        bench.given.market = market(&moved);
        bench.after(250);
        let called = bench.broker.called_since("DU1").is_some();
        prop_assert_eq!(called, view(&bench).excess_liquidity < Decimal::ZERO);
        bench.after(60_000);
        for _ in 0..20 {
            bench.after(250);
        }
        // Then all is done that can be done.
        let done = bench.events.len();
        for _ in 0..50 {
            bench.after(60_000 / 10);
        }
        prop_assert!(bench.events.len() <= done + 1, "{:?}", &bench.events[done..]);
        let account = bench.broker.account("DU1").unwrap();
        let closed = account.positions.values().all(|position| position.quantity.is_zero())
            && account.cash.iter().filter(|(currency, _)| *currency != "USD").all(|(currency, amount)| {
                let rate = bench.given.market.rate(currency, "USD", bench.given.now_ms).unwrap();
                // Two times two dollars are a twenty-fifth of this.
                (amount * rate).abs() <= number("101")
            });
        prop_assert!(view(&bench).excess_liquidity >= Decimal::ZERO || closed, "{:?}", account);
        let calls = bench.events.iter().filter(|event| matches!(event, Event::MarginCalled { .. })).count();
        prop_assert_eq!(calls, usize::from(called));
        adds_up(&view(&bench));
    }
}
