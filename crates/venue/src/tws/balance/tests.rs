//! Balances: what is told, how old it is, and what was filled since.
#![allow(clippy::unwrap_used)]

use super::*;

const NOW: Timestamp = Timestamp(1_000_000);

fn pnl(request_id: i32) -> Vec<(String, i32)> {
    vec![("DU1".to_owned(), request_id), ("DU2".to_owned(), request_id + 100)]
}

fn value(key: &str, value: &str, currency: &str) -> Response {
    Response::AccountValue {
        key: key.to_owned(),
        value: value.to_owned(),
        currency: currency.to_owned(),
        account: "DU1".to_owned(),
    }
}

#[test]
fn an_account_is_shown_once_it_is_whole() {
    let mut balances = Balances::default();
    balances.restart("DU1", pnl(9), NOW);
    balances.heard(&value("NetLiquidation", "1000.50", "USD"), NOW);
    balances.heard(&value("CashBalance", "900", "USD"), NOW);
    balances.heard(&value("CashBalance", "950", "BASE"), NOW);
    balances.heard(&value("RealizedPnL", "1", "EUR"), NOW);
    balances.heard(&value("RealizedPnL", "7", "BASE"), NOW);
    balances.heard(&value("AccountType", "INDIVIDUAL", ""), NOW);
    assert_eq!(balances.view("DU1", NOW), None);
    balances.heard(&Response::AccountDownloadEnd { account: "DU1".to_owned() }, NOW);
    let view = balances.view("DU1", NOW).unwrap();
    assert_eq!(view.base_currency, "USD");
    assert_eq!(view.net_liquidation, "1000.50".parse().unwrap());
    assert_eq!(view.cash, [("USD".to_owned(), Decimal::from(900))]);
    assert_eq!(view.realized_pnl, Decimal::from(7));
    assert_eq!((view.initial_margin, view.excess_liquidity), (None, None), "not said");
    assert_eq!(balances.view("DU2", NOW), None);
}

fn held(quantity: i64) -> Response {
    let contract = tws::Contract { con_id: 7, ..tws::Contract::default() };
    let position = Decimal::from(quantity);
    Response::PortfolioValue(Box::new(tws::PortfolioValue {
        contract,
        position,
        market_price: Decimal::from(10),
        market_value: Decimal::from(quantity * 10),
        average_cost: Decimal::from(9),
        unrealized_pnl: Decimal::ZERO,
        realized_pnl: Decimal::ZERO,
        account: "DU1".to_owned(),
    }))
}

fn bought(contract_id: i64, side: Side) -> Report {
    let what = What::Filled {
        exec_id: "0000e0d5.1.1".to_owned(),
        contract_id,
        side,
        quantity: exact::quantity(Decimal::from(20)).unwrap(),
        price: exact::price(Decimal::from(10)).unwrap(),
        at: NOW,
    };
    Report { account: "DU1".to_owned(), order: None, what }
}

#[test]
fn a_position_has_what_was_filled_since_it_was_told() {
    let mut balances = Balances::default();
    balances.restart("DU1", pnl(9), NOW);
    balances.heard(&value("NetLiquidation", "1", "USD"), NOW);
    balances.filled(&bought(7, Side::Buy), NOW);
    balances.heard(&held(42), NOW);
    balances.heard(&Response::AccountDownloadEnd { account: "DU1".to_owned() }, NOW);
    let quantities = |balances: &Balances, now| -> Vec<(i64, Decimal)> {
        let view = balances.view("DU1", now).unwrap();
        view.positions.iter().map(|position| (position.contract_id, position.quantity)).collect()
    };
    let figure = |contract_id, quantity: i64| (contract_id, Decimal::from(quantity));
    assert_eq!(quantities(&balances, NOW), [figure(7, 42)], "what was filled before is in the first word");
    balances.filled(&bought(7, Side::Sell), NOW);
    balances.filled(&bought(8, Side::Buy), NOW);
    assert_eq!(quantities(&balances, NOW), [figure(7, 22), figure(8, 20)]);
    let holdings = |balances: &Balances, ms| balances.holdings("DU1", NOW.plus_ms(ms)).unwrap();
    let (told, moving) = (BTreeMap::from([figure(7, 42)]), BTreeSet::from([7, 8]));
    assert_eq!(holdings(&balances, 0), (told, moving, false), "traded since upstream spoke of them");
    balances.heard(&held(22), NOW.plus_ms(1_000));
    assert_eq!(quantities(&balances, NOW.plus_ms(1_000)), [figure(7, 22), figure(8, 20)]);
    let (told, moving) = (BTreeMap::from([figure(7, 22)]), BTreeSet::from([8]));
    assert_eq!(holdings(&balances, 240_000), (told.clone(), moving, false));
    assert_eq!(
        holdings(&balances, 240_001),
        (told, BTreeSet::new(), true),
        "by now all has been told anew, and it was not there"
    );
    assert_eq!(balances.holdings("DU2", NOW), None);
    assert_eq!(quantities(&balances, NOW.plus_ms(20_000)), [figure(7, 22)], "upstream never spoke of the other");
}

#[test]
fn figures_are_as_old_as_their_last_word_and_none_between_a_trade_and_the_next() {
    let mut balances = Balances::default();
    balances.restart("DU1", pnl(9), NOW);
    balances.heard(&value("NetLiquidation", "1000", "USD"), NOW);
    balances.heard(&Response::AccountDownloadEnd { account: "DU1".to_owned() }, NOW);
    let at = |balances: &Balances| balances.view("DU1", NOW).unwrap().at;
    assert_eq!(at(&balances), None, "how much it holds was not told");
    balances.heard(&value("GrossPositionValue", "7", "EUR"), NOW);
    assert_eq!(at(&balances), None, "that is of another currency");
    balances.heard(&value("GrossPositionValue", "500", "USD"), NOW.plus_ms(1));
    assert_eq!(at(&balances), Some(NOW.plus_ms(1)));
    assert_eq!(balances.view("DU1", NOW).unwrap().gross_position_value, Decimal::from(500));
    // Only what has changed is told.
    balances.heard(&value("NetLiquidation", "1001", "USD"), NOW.plus_ms(2));
    assert_eq!(at(&balances), Some(NOW.plus_ms(2)));
    balances.traded(&[Report { account: "DU2".to_owned(), ..bought(1, Side::Buy) }]);
    assert_eq!(at(&balances), Some(NOW.plus_ms(2)), "another account's");
    balances.traded(&[bought(1, Side::Buy)]);
    assert_eq!(at(&balances), None);
    balances.heard(&value("NetLiquidation", "1002", "USD"), NOW.plus_ms(4));
    assert_eq!(at(&balances), None, "this may have been worked out before");
    balances.heard(&value("GrossPositionValue", "600", "USD"), NOW.plus_ms(5));
    assert_eq!(at(&balances), Some(NOW.plus_ms(5)));
}

#[test]
fn an_account_is_asked_for_anew_when_it_is_silent_or_was_not_told_since_a_trade() {
    let mut balances = Balances::default();
    balances.restart("DU1", pnl(9), NOW);
    balances.traded(&[bought(1, Side::Buy)]);
    assert!(balances.silent(NOW).is_empty(), "it is being told");
    balances.heard(&value("GrossPositionValue", "0", "USD"), NOW);
    balances.heard(&Response::AccountDownloadEnd { account: "DU1".to_owned() }, NOW);
    assert!(balances.silent(NOW.plus_ms(SILENT_MS - 1)).is_empty());
    assert_eq!(balances.silent(NOW.plus_ms(SILENT_MS)), ["DU1"]);
    balances.traded(&[bought(1, Side::Buy)]);
    assert_eq!(balances.silent(NOW), ["DU1"]);
}

#[test]
fn what_upstream_is_not_ready_to_tell_is_not_known_and_is_asked_for_anew() {
    let mut balances = Balances::default();
    balances.restart("DU1", pnl(9), NOW);
    let end = Response::AccountDownloadEnd { account: "DU1".to_owned() };
    for (ready, known) in [("false", false), ("true", true), ("false", false)] {
        balances.heard(&value("AccountReady", ready, ""), NOW);
        balances.heard(&value("NetLiquidation", "1", "USD"), NOW);
        balances.heard(&end, NOW);
        assert_eq!(balances.view("DU1", NOW).is_some(), known, "{ready}");
        assert_eq!(balances.holdings("DU1", NOW).is_some(), known, "{ready}");
        assert_eq!(balances.silent(NOW).is_empty(), known, "{ready}");
    }
}

#[test]
fn a_new_connection_begins_with_nothing() {
    let mut balances = Balances::default();
    balances.restart("DU1", pnl(9), NOW);
    balances.heard(&value("NetLiquidation", "1", "USD"), NOW);
    balances.heard(&Response::AccountDownloadEnd { account: "DU1".to_owned() }, NOW);
    balances.restart("DU1", pnl(10), NOW);
    assert_eq!(balances.view("DU1", NOW), None);
}

#[test]
fn an_old_figure_of_the_day_is_none_and_is_asked_for_before_it_is() {
    let mut balances = Balances::default();
    balances.restart("DU1", pnl(9), NOW);
    let told = |request_id| {
        let daily = Some(Decimal::from(-700));
        Response::Pnl { request_id, daily, unrealized: None, realized: None }
    };
    assert_eq!(balances.daily("DU2", NOW), None);
    balances.heard(&told(109), NOW);
    assert_eq!(balances.daily("DU2", NOW.plus_ms(DAILY_STALE_MS)), Some(Decimal::from(-700)));
    assert_eq!(balances.daily("DU2", NOW.plus_ms(DAILY_STALE_MS + 1)), None);
    assert_eq!(balances.daily("DU1", NOW), None, "each account's own");
    let one = ("DU1".to_owned(), 9);
    assert_eq!(balances.overdue(NOW.plus_ms(DAILY_OVERDUE_MS - 1)), []);
    assert_eq!(balances.overdue(NOW.plus_ms(DAILY_OVERDUE_MS)), [one, ("DU2".to_owned(), 109)]);
    let later = NOW.plus_ms(DAILY_OVERDUE_MS);
    balances.asked_again("DU2", 300);
    balances.heard(&told(109), later);
    assert_eq!(balances.daily("DU2", NOW.plus_ms(DAILY_STALE_MS + 1)), None, "nobody asked for that any more");
    balances.heard(&told(300), later);
    assert_eq!(balances.daily("DU2", NOW.plus_ms(DAILY_STALE_MS + 1)), Some(Decimal::from(-700)));
}
