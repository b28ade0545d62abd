//! Margin: figures worked out by hand.

use paper::{AccountView, Event, Kind, Market, Order, Reason, Replay, Side, Tape, account_view, what_if};
use rust_decimal::Decimal;

use crate::bench::{AAPL, Bench, EUR_USD, START, number, order};

pub const SAP: u32 = 9_000_014;
pub const KO: u32 = 9_000_008;

/// Prices without a spread. After ten seconds Apple falls, after forty it rises; for ten minutes somebody quotes.
pub fn bench(base: &str) -> Bench {
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

pub fn limit(con_id: u32, side: Side, quantity: i64, price: &str) -> Order {
    let mut order = order(&format!("{con_id} {side:?} {quantity} {price}"), side, quantity, Kind::Market);
    order.kind = Kind::Limit { limit: number(price) };
    order.con_id = con_id;
    order
}

pub fn view(bench: &Bench) -> AccountView {
    account_view(&bench.broker, "DU1", &bench.given).unwrap()
}

pub fn adds_up(view: &AccountView) {
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

/// A tape of its own: what each symbol says in each of its seconds.
pub fn told(rows: &[(u32, &str, &str)]) -> Market<'static> {
    let line =
        |(second, symbol, last): &(u32, &str, &str)| format!("2026-01-02T03:00:{second:02}Z,{symbol},,,{last}\n");
    let text: String = rows.iter().map(line).collect();
    let text = format!("{}\n{text}2026-01-02T03:10:00Z,IBM,,,1\n", paper::tape::HEADER);
    Market::Told(Box::leak(Box::new(Replay::starting(Tape::parse(&text).unwrap(), START))))
}

#[test]
fn what_nobody_quotes_is_rejected_by_name() {
    let mut bench = bench("10000");
    let told = bench.submit(&limit(9_000_001, Side::Buy, 1, "450"));
    assert!(matches!(told[0], Event::Rejected { reason: Reason::NotQuoted, .. }), "{told:?}");
    assert_eq!(Reason::NotQuoted.code(), 201);
}

/// What it brings makes a larger balance in that currency than there was, which takes more by itself.
#[test]
fn a_share_in_another_currency_is_closed_though_nothing_is_available() {
    let mut bench = bench("100");
    bench.deposit("EUR", "13000");
    let told_of = bench.submit(&limit(SAP, Side::Buy, 110, "200"));
    assert!(matches!(told_of[..], [Event::Accepted { .. }, Event::Filled { .. }]), "{told_of:?}");
    bench.given.market = told(&[(0, "SAP", "165"), (0, "EUR.USD", "1.1")]);
    assert!(view(&bench).available_funds < Decimal::ZERO);
    bench.given.now_ms += 250;
    let closed = bench.submit(&limit(SAP, Side::Sell, 110, "165"));
    assert!(matches!(closed[..], [Event::Accepted { .. }, Event::Filled { .. }]), "{closed:?}");
}

#[test]
fn a_preview_counts_what_is_open_besides() {
    let mut bench = bench("10000");
    bench.submit(&limit(KO, Side::Buy, 100, "40"));
    let told = what_if(&bench.broker, &limit(AAPL, Side::Buy, 10, "100"), &bench.given).unwrap();
    assert_eq!((told.initial.before, told.initial.after), (number("2000"), number("2500")));
}
