//! Conserved: over random histories nothing is made or lost, and the events tell the whole story.

use std::collections::{BTreeMap, BTreeSet};

use paper::instrument::by_id;
use paper::{Broker, Event, Execution, Order, Side, apply};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;

use crate::bench::Bench;
use crate::histories::{histories, walk};

/// Cash by account and currency as the events have it, computed apart from the crate.
fn cash_of(events: &[Event]) -> BTreeMap<(String, String), Decimal> {
    let mut cash: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    let mut add = |account: &str, currency: &str, amount: Decimal| {
        *cash.entry((account.to_owned(), currency.to_owned())).or_default() += amount;
    };
    for event in events {
        match event {
            Event::Deposited { account, currency, amount, .. } => add(account, currency, *amount),
            Event::Filled { execution } => {
                let instrument = by_id(execution.con_id).unwrap();
                let quantity = signed(execution);
                add(&execution.account, instrument.currency, -quantity * execution.price);
                add(&execution.account, &execution.commission_currency, -execution.commission);
                if instrument.is_forex() {
                    add(&execution.account, instrument.symbol, quantity);
                }
            }
            _ => {}
        }
    }
    cash.retain(|_, amount| !amount.is_zero());
    cash
}

fn signed(execution: &Execution) -> Decimal {
    match execution.side {
        Side::Buy => execution.quantity,
        Side::Sell => -execution.quantity,
    }
}

fn fills(events: &[Event]) -> impl Iterator<Item = &Execution> {
    events.iter().filter_map(|event| match event {
        Event::Filled { execution } => Some(execution),
        _ => None,
    })
}

fn check_cash(bench: &Bench) {
    let mut held = BTreeMap::new();
    for account in bench.broker.accounts() {
        for (currency, amount) in &account.cash {
            held.insert((account.number.clone(), currency.clone()), *amount);
        }
    }
    held.retain(|_, amount: &mut Decimal| !amount.is_zero());
    assert_eq!(held, cash_of(&bench.events));
}

fn check_positions(bench: &Bench) {
    let mut quantities: BTreeMap<(String, u32), (Decimal, Decimal, Decimal)> = BTreeMap::new();
    for fill in fills(&bench.events) {
        if !by_id(fill.con_id).unwrap().is_forex() {
            let sum = quantities.entry((fill.account.clone(), fill.con_id)).or_default();
            sum.0 += signed(fill);
            sum.1 += -signed(fill) * fill.price - fill.commission;
            sum.2 += fill.realized_pnl.unwrap_or_default();
        }
    }
    for account in bench.broker.accounts() {
        for (con_id, position) in &account.positions {
            let key = (account.number.clone(), *con_id);
            let (quantity, cash, realized) = quantities.remove(&key).unwrap();
            assert_eq!(position.quantity, quantity);
            assert_eq!(position.realized, realized);
            assert_eq!(position.realized - position.cost, cash, "what is not earned is cost");
            assert!(!position.quantity.is_zero() || position.cost.is_zero());
        }
    }
    assert!(quantities.is_empty());
}

fn check_orders(bench: &Bench) {
    let mut ids = BTreeSet::new();
    let mut filled: BTreeMap<&str, Decimal> = BTreeMap::new();
    for fill in fills(&bench.events) {
        assert!(ids.insert(&fill.exec_id), "an execution id is used once");
        *filled.entry(&fill.reference).or_default() += fill.quantity;
    }
    for state in bench.broker.open_orders().chain(bench.broker.ended_orders()) {
        let sum = filled.remove(state.order.reference.as_str()).unwrap_or_default();
        assert_eq!(state.filled, sum);
        assert!(sum.is_zero() || sum <= state.order.quantity);
    }
    assert!(filled.is_empty(), "every fill has its order");
}

/// Every fill was at a price its order allowed when it happened.
fn check_limits(bench: &Bench) {
    let mut orders: BTreeMap<&str, &Order> = BTreeMap::new();
    for event in &bench.events {
        match event {
            Event::Accepted { order, .. } | Event::Replaced { order, .. } => {
                orders.insert(&order.reference, order);
            }
            Event::Filled { execution } => {
                let limit = orders[execution.reference.as_str()].kind.limit();
                assert!(limit.is_none_or(|limit| match execution.side {
                    Side::Buy => execution.price <= limit,
                    Side::Sell => execution.price >= limit,
                }));
            }
            _ => {}
        }
    }
}

fn check_replay(bench: &Bench) {
    let mut replayed = Broker::new();
    for event in &bench.events {
        let text = serde_json::to_string(event).unwrap();
        let back: Event = serde_json::from_str(&text).unwrap();
        assert_eq!(&back, event);
        apply(&mut replayed, &back);
    }
    assert_eq!(replayed, bench.broker);
    assert_eq!(serde_json::to_string(&replayed).unwrap(), serde_json::to_string(&bench.broker).unwrap());
}

fn check_views(bench: &Bench) {
    for account in bench.broker.accounts() {
        let view = paper::account_view(&bench.broker, &account.number, &bench.given).unwrap();
        assert!(view.buying_power >= Decimal::ZERO);
        assert_eq!(view.equity_with_loan - view.initial_margin, view.available_funds);
        assert_eq!(view.equity_with_loan - view.maintenance_margin, view.excess_liquidity);
        assert!(view.maintenance_margin <= view.initial_margin, "{view:?}");
        // What the positions are worth and the cash are the whole.
        let rate =
            |currency: &str| bench.given.market.rate(currency, &account.base_currency, bench.given.now_ms).unwrap();
        let held: Decimal = view.positions.iter().map(|each| each.market_value * rate(each.currency)).sum();
        assert!((view.net_liquidation - view.total_cash - held).abs() <= Decimal::new(2, 2), "{view:?}");
        assert_eq!(view.positions.len(), account.positions.len());
    }
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn nothing_is_made_or_lost(steps in histories()) {
        let bench = walk(&steps);
        check_cash(&bench);
        check_positions(&bench);
        check_orders(&bench);
        check_limits(&bench);
        check_replay(&bench);
        check_views(&bench);
    }
}

#[test]
fn random_histories_see_every_kind_of_event_and_reason_often() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut partial = 0;
    for _ in 0..300 {
        let steps = histories().new_tree(&mut runner).unwrap().current();
        let bench = walk(&steps);
        for event in &bench.events {
            let value = serde_json::to_value(event).unwrap();
            let tag = value["event"].as_str().unwrap();
            *seen.entry(tag.to_owned()).or_default() += 1;
            if let Some(reason) = value["reason"].as_str() {
                *seen.entry(format!("{tag}: {reason}")).or_default() += 1;
            }
        }
        let orders = bench.broker.open_orders().chain(bench.broker.ended_orders());
        partial += orders.filter(|state| state.fills > 1).count();
    }
    let often = |what: &str| seen.get(what).copied().unwrap_or(0);
    for what in [
        "account_rejected",
        "deposited",
        "deposit_rejected",
        "accepted",
        "rejected",
        "duplicate_reference",
        "triggered",
        "filled",
        "replaced",
        "replace_rejected",
        "cancelled",
        "cancel_rejected",
        "expired",
        "rejected: insufficient_funds",
        "cancelled: immediate_or_cancel",
        "replace_rejected: order_ended",
    ] {
        assert!(often(what) >= 20, "{what}: {} of {seen:?}", often(what));
    }
    assert!(partial >= 20, "{partial} orders filled in parts");
}
