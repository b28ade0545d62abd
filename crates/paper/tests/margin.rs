//! Margin: figures worked out by hand, and accounts that have less than they must keep.

use paper::{
    AccountView, Command, Event, Kind, Market, Order, Reason, Replay, Session, Side, Status, Tape, Tif, account_view,
    what_if,
};
use rust_decimal::Decimal;

use crate::bench::{AAPL, Bench, EUR_USD, START, number, order};

const SAP: u32 = 9_000_014;
const KO: u32 = 9_000_008;

/// Prices without a spread. After ten seconds Apple falls, after forty it rises; for ten minutes somebody quotes.
fn bench(base: &str) -> Bench {
    let rows = [
        "00:00Z,AAPL,,,100",
        "00:00Z,SAP,,,200",
        "00:00Z,KO,,,50",
        "00:00Z,EUR.USD,,,1.1",
        "00:10Z,AAPL,,,66",
        "00:40Z,AAPL,,,160",
        "10:00Z,IBM,,,1",
    ];
    let text: String = rows.iter().map(|row| format!("2026-01-02T03:{row}\n")).collect();
    let tape = Tape::parse(&format!("{}\n{text}", paper::tape::HEADER)).unwrap();
    let replay: &'static Replay = Box::leak(Box::new(Replay::starting(tape, START)));
    let mut bench = Bench::empty();
    bench.given.market = Market::Told(replay);
    bench.deposit("USD", base);
    bench
}

fn limit(con_id: u32, side: Side, quantity: i64, price: &str) -> Order {
    let mut order = order(&format!("{con_id} {side:?} {quantity} {price}"), side, quantity, Kind::Market);
    order.kind = Kind::Limit { limit: number(price) };
    order.con_id = con_id;
    order
}

fn view(bench: &Bench) -> AccountView {
    account_view(&bench.broker, "DU1", &bench.given).unwrap()
}

fn adds_up(view: &AccountView) {
    assert_eq!(view.equity_with_loan, view.net_liquidation);
    assert_eq!(view.available_funds, view.equity_with_loan - view.initial_margin);
    assert_eq!(view.excess_liquidity, view.equity_with_loan - view.maintenance_margin);
    assert_eq!(view.buying_power, view.available_funds.max(Decimal::ZERO) * Decimal::TWO);
    assert!(view.maintenance_margin <= view.initial_margin);
}

/// Ten thousand dollars, and what is done with them.
#[test]
fn figures_are_those_that_were_worked_out_by_hand() {
    // Net liquidation, gross, initial, maintenance, available, excess, buying power.
    let table: [(&str, Vec<Order>, i64, [&str; 7]); 9] = [
        ("nothing", vec![], 0, ["10000", "0", "0", "0", "10000", "10000", "20000"]),
        (
            // Cash is 10,000 - 10,000 - 1.
            "a long that cash pays",
            vec![limit(AAPL, Side::Buy, 100, "100")],
            0,
            ["9999", "10000", "5000", "2500", "4999", "7499", "9998"],
        ),
        (
            // Cash is 10,000 - 19,900 - 1: borrowed.
            "a long that is half borrowed",
            vec![limit(AAPL, Side::Buy, 199, "100")],
            0,
            ["9999", "19900", "9950", "4975", "49", "5024", "98"],
        ),
        (
            // 199 x 66 = 13,134 less 9,901.
            "the same after a fall",
            vec![limit(AAPL, Side::Buy, 199, "100")],
            10,
            ["3233", "13134", "6567", "3283.50", "-3334", "-50.50", "0"],
        ),
        (
            // Cash is 10,000 + 10,000 - 1, which is 150 % of the short and more.
            "a short",
            vec![limit(AAPL, Side::Sell, 100, "100")],
            0,
            ["9999", "10000", "5000", "3000", "4999", "6999", "9998"],
        ),
        (
            "the same after a rise",
            vec![limit(AAPL, Side::Sell, 100, "100")],
            40,
            ["3999", "16000", "8000", "4800", "-4001", "-801", "0"],
        ),
        (
            // 2,001 euro borrowed are 2,201.10 dollars: 110.055 to open, 88.044 to keep.
            "a share in another currency",
            vec![limit(SAP, Side::Buy, 10, "200")],
            0,
            ["9998.90", "2200", "1210.06", "638.04", "8788.84", "9360.86", "17577.68"],
        ),
        (
            // 50,000 euro borrowed are 55,000 dollars; the commission is two.
            "a currency that is not held",
            vec![limit(EUR_USD, Side::Sell, 50_000, "1.1")],
            0,
            ["9998", "0", "2750", "2200", "7248", "7798", "14496"],
        ),
        (
            "an order that rests",
            vec![limit(AAPL, Side::Buy, 50, "90")],
            0,
            ["10000", "0", "2250", "0", "7750", "10000", "15500"],
        ),
    ];
    for (name, orders, seconds, wanted) in table {
        let mut bench = bench("10000");
        for order in orders {
            let told = bench.submit(&order);
            assert!(matches!(told[0], Event::Accepted { .. }), "{name}: {told:?}");
        }
        bench.given.now_ms += seconds * 1_000;
        let view = view(&bench);
        let found = [
            view.net_liquidation,
            view.gross_position_value,
            view.initial_margin,
            view.maintenance_margin,
            view.available_funds,
            view.excess_liquidity,
            view.buying_power,
        ];
        assert_eq!(found, wanted.map(number), "{name}");
        adds_up(&view);
    }
}

#[test]
fn an_order_may_take_what_is_available_with_its_commission_and_not_a_share_more() {
    let reason = |quantity| match &bench("10000").submit(&limit(AAPL, Side::Buy, quantity, "100"))[0] {
        Event::Rejected { reason, .. } => Some((*reason, reason.code())),
        _ => None,
    };
    assert_eq!(reason(199), None);
    assert_eq!(reason(200), Some((Reason::InsufficientFunds, 201)), "its commission is not covered");
    // A bid below the market takes half of what it says.
    let mut bench = bench("10000");
    bench.submit(&limit(AAPL, Side::Buy, 300, "60"));
    let told = bench.submit(&limit(KO, Side::Sell, 40, "50"));
    assert!(matches!(told[0], Event::Rejected { reason: Reason::InsufficientFunds, .. }), "{told:?}");
    assert!(matches!(bench.submit(&limit(KO, Side::Sell, 39, "50"))[0], Event::Accepted { .. }));
}

#[test]
fn a_preview_tells_before_and_after_of_the_same_model_and_places_nothing() {
    let mut bench = bench("10000");
    let before = bench.broker.clone();
    let told = what_if(&bench.broker, &limit(AAPL, Side::Buy, 100, "100"), &bench.given).unwrap();
    let both = |change: paper::what_if::Change| (change.before, change.after);
    assert_eq!(both(told.initial), (number("0"), number("5000")));
    assert_eq!(both(told.maintenance), (number("0"), number("2500")));
    assert_eq!(both(told.equity), (number("10000"), number("9999")));
    assert_eq!((told.commission, told.refused), (number("1.00"), None));
    let much = what_if(&bench.broker, &limit(AAPL, Side::Buy, 200, "100"), &bench.given).unwrap();
    assert_eq!((much.initial.after, much.refused), (number("10000"), Some(Reason::InsufficientFunds)));
    assert_eq!(bench.broker, before);
    // What was told is what comes: the order filled, nothing else open.
    bench.submit(&limit(AAPL, Side::Buy, 100, "100"));
    let view = view(&bench);
    assert_eq!((view.initial_margin, view.maintenance_margin), (told.initial.after, told.maintenance.after));
    assert_eq!(view.equity_with_loan, told.equity.after);
    let closing = what_if(&bench.broker, &limit(AAPL, Side::Sell, 100, "100"), &bench.given).unwrap();
    assert_eq!(both(closing.maintenance), (number("2500"), number("0")));
}

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
    met(&|bench| drop(bench.deposit("USD", "50.50")));
    met(&|bench| drop(bench.submit(&limit(AAPL, Side::Sell, 10, "66"))));
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
    let text =
        format!("2026-01-02T03:00:00Z,AAPL,,,{price}\n2026-01-02T03:00:00Z,KO,,,50\n2026-01-02T03:10:00Z,IBM,,,1\n");
    let tape = Tape::parse(&format!("{}\n{text}", paper::tape::HEADER)).unwrap();
    Market::Told(Box::leak(Box::new(Replay::starting(tape, START))))
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

/// A tape of its own: what each symbol says in each of its seconds.
fn told(rows: &[(u32, &str, &str)]) -> Market<'static> {
    let line =
        |(second, symbol, last): &(u32, &str, &str)| format!("2026-01-02T03:00:{second:02}Z,{symbol},,,{last}\n");
    let text: String = rows.iter().map(line).collect();
    let text = format!("{}\n{text}2026-01-02T03:10:00Z,IBM,,,1\n", paper::tape::HEADER);
    Market::Told(Box::leak(Box::new(Replay::starting(Tape::parse(&text).unwrap(), START))))
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
