//! Histories: random sequences of commands, with everything that bad input can be among them.

use std::collections::BTreeMap;

use paper::instrument::by_id;
use paper::{Command, Event, Kind, Order, OrderState, Side, Tif, Trail, decide};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::bench::{AAPL, Bench, EUR_USD, order};

/// Apple, SAP in euro, Vodafone in pounds, two pairs, and an id that nothing has.
const CONTRACTS: [u32; 6] = [AAPL, 9_000_014, 9_000_018, EUR_USD, 9_000_103, 77];
const CURRENCIES: [&str; 5] = ["USD", "EUR", "GBP", "JPY", "XXX"];

/// One step of a history. Prices are given in ticks away from the market of that moment.
#[derive(Clone, Debug)]
pub enum Step {
    Wait { ms: i64 },
    Deposit { account: usize, currency: usize, amount: Decimal },
    OpenAgain { base: usize },
    Submit(Draft),
    Replace(Draft),
    Repeat { reference: u8 },
    Cancel { reference: u8 },
}

#[derive(Clone, Debug)]
pub struct Draft {
    reference: u8,
    account: usize,
    contract: usize,
    side: Side,
    quantity: Decimal,
    kind: u8,
    stop: i64,
    limit: i64,
    tif: Tif,
}

fn account(index: usize) -> String {
    format!("DU{}", index % 3 + 1)
}

fn reference(number: u8) -> String {
    format!("order {number}")
}

fn quantities() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        6 => (1_i64..900).prop_map(Decimal::from),
        3 => (1_i64..3_000).prop_map(Decimal::from),
        1 => (1_i64..60_000).prop_map(Decimal::from),
        1 => prop_oneof![
            Just(Decimal::MAX),
            Just(Decimal::MIN),
            Just(Decimal::ZERO),
            Just(Decimal::new(15, 1)),
            Just(Decimal::from(1_000_000_000)),
        ],
    ]
}

fn drafts() -> impl Strategy<Value = Draft> {
    let side = prop_oneof![3 => Just(Side::Buy), 2 => Just(Side::Sell)];
    let tif = prop_oneof![2 => Just(Tif::Day), 3 => Just(Tif::Gtc), 1 => Just(Tif::Ioc), 1 => Just(Tif::Fok), 1 => Just(Tif::Close)];
    let ticks = || prop_oneof![10 => -6_i64..7, 1 => -40_000_i64..40_000];
    let contract = prop_oneof![12 => 0_usize..5, 1 => Just(5)];
    let account = prop_oneof![12 => 0_usize..2, 1 => Just(2)];
    let shape = (0_u8..40, account, contract, side, quantities());
    (shape, 0_u8..8, ticks(), ticks(), tif).prop_map(|(shape, kind, stop, limit, tif)| Draft {
        reference: shape.0,
        account: shape.1,
        contract: shape.2,
        side: shape.3,
        quantity: shape.4,
        kind,
        stop,
        limit,
        tif,
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let amount = prop_oneof![
        6 => (1_i64..100_000_000).prop_map(|cents| Decimal::new(cents, 2)),
        1 => prop_oneof![Just(Decimal::MAX), Just(Decimal::NEGATIVE_ONE), Just(Decimal::new(1, 3))],
    ];
    let wait = prop_oneof![
        20 => 0_i64..2_000,
        4 => 0_i64..600_000,
        2 => 0_i64..100_000_000,
    ];
    prop_oneof![
        8 => wait.prop_map(|ms| Step::Wait { ms }),
        2 => (0_usize..3, 0_usize..5, amount).prop_map(|(account, currency, amount)| {
            Step::Deposit { account, currency, amount }
        }),
        1 => (0_usize..5).prop_map(|base| Step::OpenAgain { base }),
        8 => drafts().prop_map(Step::Submit),
        3 => drafts().prop_map(Step::Replace),
        2 => (0_u8..40).prop_map(|reference| Step::Repeat { reference }),
        2 => (0_u8..40).prop_map(|reference| Step::Cancel { reference }),
    ]
}

pub fn histories() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(steps(), 1..120)
}

/// The order a draft means at this moment; a replacement keeps the identity of what it replaces.
fn resolve(bench: &Bench, draft: &Draft, replaces: Option<&Order>) -> Order {
    let mut wanted = order(&reference(draft.reference), draft.side, 1, Kind::Market);
    wanted.account = account(draft.account);
    wanted.con_id = CONTRACTS[draft.contract];
    if let Some(known) = replaces {
        wanted.account.clone_from(&known.account);
        wanted.con_id = known.con_id;
        wanted.side = known.side;
        wanted.reference.clone_from(&known.reference);
    }
    wanted.quantity = draft.quantity;
    wanted.tif = draft.tif;
    if let Some(instrument) = by_id(wanted.con_id) {
        let last = bench.touch(wanted.con_id).last;
        let price = |ticks: i64| last + instrument.min_tick * Decimal::from(ticks);
        let (stop, limit) = (price(draft.stop), price(draft.limit));
        wanted.kind = match draft.kind {
            0 | 1 => Kind::Market,
            2 => Kind::Limit { limit },
            3 => Kind::Stop { stop },
            4 => Kind::StopLimit { stop, limit },
            5 => Kind::Trail { by: Trail::Amount(instrument.min_tick * Decimal::from(draft.limit)), stop: None },
            6 => Kind::Trail { by: Trail::Percent(Decimal::new(draft.limit, 2)), stop: Some(stop) },
            _ => Kind::TrailLimit {
                by: Trail::Amount(instrument.min_tick * Decimal::from(draft.limit)),
                stop: None,
                offset: instrument.min_tick * Decimal::from(draft.stop),
            },
        };
    }
    wanted
}

/// Half of the time the oldest open order, so that changes meet orders that can change.
fn target(bench: &Bench, number: u8) -> String {
    let oldest = bench.broker.open_orders().next();
    match oldest.filter(|_| number.is_multiple_of(2)) {
        Some(open) => open.order.reference.clone(),
        None => reference(number),
    }
}

fn command(bench: &mut Bench, step: &Step) -> Command {
    match step {
        Step::Wait { ms } => {
            bench.given.now_ms += ms;
            Command::Tick
        }
        Step::Deposit { account: index, currency, amount } => {
            Command::Deposit { account: account(*index), currency: CURRENCIES[*currency].to_owned(), amount: *amount }
        }
        Step::OpenAgain { base } => {
            Command::OpenAccount { number: account(*base), base_currency: CURRENCIES[*base].to_owned() }
        }
        Step::Submit(draft) => Command::Submit(resolve(bench, draft, None)),
        Step::Replace(draft) => {
            let reference = target(bench, draft.reference);
            let known = bench.broker.order(&reference).map(|each| &each.order);
            let order = resolve(bench, draft, known);
            Command::Replace { reference, order }
        }
        Step::Repeat { reference: number } => match bench.broker.order(&reference(*number)) {
            Some(state) => Command::Submit(state.submitted().clone()),
            None => Command::Tick,
        },
        Step::Cancel { reference } => Command::Cancel { reference: target(bench, *reference) },
    }
}

fn free(bench: &Bench) -> BTreeMap<String, Decimal> {
    let view = |number: &str| paper::account_view(&bench.broker, number, &bench.given).unwrap();
    bench.broker.accounts().map(|each| (each.number.clone(), view(&each.number).available_funds)).collect()
}

fn check_free(bench: &Bench, before: &BTreeMap<String, Decimal>, events: &[Event]) {
    for (account, now) in free(bench) {
        let base = &bench.broker.account(&account).unwrap().base_currency;
        let cost = |event: &Event| {
            let Event::Filled { execution } = event else { return Decimal::ZERO };
            let instrument = by_id(execution.con_id).unwrap();
            let touch = bench.touch(execution.con_id);
            let rate = bench.given.market.rate(instrument.currency, base, bench.given.now_ms).unwrap();
            ((touch.ask - touch.bid) * execution.quantity + execution.commission) * rate
        };
        let theirs =
            events.iter().filter(|event| matches!(event, Event::Filled { execution } if execution.account == account));
        let cost: Decimal = theirs.map(cost).sum();
        let least = before[&account].min(Decimal::ZERO) - cost - Decimal::new(2, 2);
        assert!(now >= least, "{account}: {now} is free, and {} was: {events:?}", before[&account]);
    }
}

/// Walks a history; what must hold at each step is checked on the way.
pub fn walk(steps: &[Step]) -> Bench {
    let mut bench = Bench::funded();
    bench.send(&Command::OpenAccount { number: "DU2".to_owned(), base_currency: "EUR".to_owned() });
    let mut ended: BTreeMap<i64, OrderState> = BTreeMap::new();
    for step in steps {
        let command = command(&mut bench, step);
        let before = bench.broker.clone();
        let free = free(&bench);
        let events = bench.send(&command);
        // No time has passed: what an order takes was free, and what is lost besides is its cost.
        if matches!(command, Command::Submit(_) | Command::Replace { .. }) {
            check_free(&bench, &free, &events);
        }
        assert_eq!(events, decide(&before, &command, &bench.given), "same input, same events");
        if matches!(step, Step::Repeat { .. }) && matches!(command, Command::Submit(_)) {
            assert!(events.is_empty(), "a repeated order does nothing");
        }
        for state in bench.broker.ended_orders() {
            let first = ended.entry(state.perm_id).or_insert_with(|| state.clone());
            assert_eq!(first, state, "an ended order never changes");
        }
        for state in bench.broker.open_orders() {
            assert!(!ended.contains_key(&state.perm_id), "an ended order stays ended");
        }
    }
    bench
}
