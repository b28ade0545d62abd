//! Balance: an account as upstream tells it, value by value, until it is whole. No IO.

use super::held::{Since, TOLD_ANEW_MS};
use crate::contract::{AccountView, PositionView};
use crate::exact;
use crate::report::{Report, What};
use kernel::order::Side;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use tws::Response;

/// Values and positions of one account; no account has more.
const MOST: usize = 10_000;
/// After so long without a word what an account made or lost is asked for anew; it is not told while it does not change.
const DAILY_OVERDUE_MS: i64 = 60_000;
/// After so long it is not known any more: three times asked for, and not answered.
pub(super) const DAILY_STALE_MS: i64 = 240_000;
/// After so long without a word an account's figures are asked for anew: it is looked once a minute, and older than
/// four minutes they are of no use to the guard.
const SILENT_MS: i64 = 150_000;
/// Every trade of shares changes it, so that it is told with each.
const GROSS: &str = "GrossPositionValue";
/// `false` while it is not ready to tell: what it tells then may be of before.
const READY: &str = "AccountReady";

#[derive(Debug, Default)]
struct Told {
    values: BTreeMap<(String, String), Decimal>,
    positions: BTreeMap<i64, PositionView>,
    since: BTreeMap<i64, Since>,
    whole_at: Option<Timestamp>,
    /// Upstream says that it is not ready to tell.
    unready: bool,
    /// When a value of it was told last.
    at: Timestamp,
    /// A trade was heard, and how much is held has not been told since.
    traded: bool,
}

impl Told {
    /// Of a contract that upstream has not told of, and of which something was filled, no more than that is known.
    fn positions(&self, now: Timestamp) -> Vec<PositionView> {
        let mut positions = self.positions.clone();
        for (contract_id, since) in &self.since {
            let missing = since.missing(now);
            if missing.is_zero() {
                continue;
            }
            let contract_id = *contract_id;
            let position =
                positions.entry(contract_id).or_insert(PositionView { contract_id, ..PositionView::default() });
            position.quantity = position.quantity.checked_add(missing).unwrap_or(position.quantity);
        }
        positions.into_values().collect()
    }
}

/// What an account made or lost since upstream's day began.
#[derive(Debug)]
struct Daily {
    request_id: i32,
    result: Option<Decimal>,
    /// When it was told last; before that, when it was asked for first.
    at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Balances {
    accounts: BTreeMap<String, Told>,
    daily: BTreeMap<String, Daily>,
}

impl Balances {
    /// A new connection tells everything again.
    pub(super) fn restart(&mut self, account: &str, pnl: Vec<(String, i32)>, now: Timestamp) {
        let asked = |(account, request_id)| (account, Daily { request_id, result: None, at: now });
        self.daily = pnl.into_iter().map(asked).collect();
        self.accounts = BTreeMap::from([(account.to_owned(), Told::default())]);
    }

    /// An old figure is none: what was lost since then is not in it.
    pub(super) fn daily(&self, account: &str, now: Timestamp) -> Option<Decimal> {
        self.daily.get(account).filter(|daily| now.since(daily.at) <= DAILY_STALE_MS)?.result
    }

    /// Accounts of which nothing was told for a while, with the request that nobody answers any more.
    pub(super) fn overdue(&self, now: Timestamp) -> Vec<(String, i32)> {
        let late = self.daily.iter().filter(|(_, daily)| now.since(daily.at) >= DAILY_OVERDUE_MS);
        late.map(|(account, daily)| (account.clone(), daily.request_id)).collect()
    }

    /// The figure stands, and ages, until the answer to this.
    pub(super) fn asked_again(&mut self, account: &str, request_id: i32) {
        if let Some(daily) = self.daily.get_mut(account) {
            daily.request_id = request_id;
        }
    }

    /// What these tell of trades is not in the figures that were told before.
    pub(super) fn traded(&mut self, reports: &[Report]) {
        for report in reports.iter().filter(|report| matches!(report.what, What::Filled { .. })) {
            if let Some(told) = self.accounts.get_mut(&report.account) {
                told.traded = true;
            }
        }
    }

    /// Accounts of which no value was told for long, or not since a trade. They are asked for once in a while, and the
    /// figures stand, and age, until they are told.
    pub(super) fn silent(&self, now: Timestamp) -> Vec<String> {
        let late =
            |told: &Told| told.unready || told.whole_at.is_some() && (told.traded || now.since(told.at) >= SILENT_MS);
        self.accounts.iter().filter(|(_, told)| late(told)).map(|(account, _)| account.clone()).collect()
    }

    /// The account whose balance is told, and the requests for what each account made.
    pub(super) fn subscribed(&self) -> (Option<String>, Vec<i32>) {
        (self.accounts.keys().next().cloned(), self.daily.values().map(|daily| daily.request_id).collect())
    }

    pub(super) fn heard(&mut self, response: &Response, now: Timestamp) {
        match response {
            Response::AccountValue { key, value, currency, account } => {
                let Some(told) = self.accounts.get_mut(account) else { return };
                // What is told now may be of before: all of it is waited for anew.
                if key == READY {
                    told.unready = value == "false";
                    told.whole_at = told.whole_at.filter(|_| !told.unready);
                }
                let Ok(value) = value.parse::<Decimal>() else { return };
                told.at = now;
                told.traded &= key != GROSS;
                let key = (key.clone(), currency.clone());
                if told.values.len() < MOST || told.values.contains_key(&key) {
                    told.values.insert(key, value);
                }
            }
            Response::PortfolioValue(line) => {
                let Some(told) = self.accounts.get_mut(&line.account) else { return };
                let contract_id = i64::from(line.contract.con_id);
                let view = PositionView {
                    contract_id,
                    quantity: line.position,
                    average_cost: line.average_cost,
                    market_price: line.market_price,
                    market_value: line.market_value,
                    realized_pnl: line.realized_pnl,
                    unrealized_pnl: line.unrealized_pnl,
                    // Upstream tells it only where it is asked for each position.
                    daily_pnl: Decimal::ZERO,
                };
                if told.positions.len() < MOST || told.positions.contains_key(&contract_id) {
                    let quantity = view.quantity;
                    let before = told.positions.insert(contract_id, view).map_or(Decimal::ZERO, |view| view.quantity);
                    if let Some(change) = quantity.checked_sub(before).filter(|_| told.whole_at.is_some()) {
                        told.since.entry(contract_id).or_default().told(change, now);
                    }
                }
            }
            Response::AccountDownloadEnd { account } => {
                if let Some(told) = self.accounts.get_mut(account) {
                    told.whole_at = Some(now).filter(|_| !told.unready);
                }
            }
            Response::Pnl { request_id, daily, .. } => {
                if let Some(told) = self.daily.values_mut().find(|told| told.request_id == *request_id) {
                    (told.result, told.at) = (*daily, now);
                }
            }
            _ => {}
        }
    }

    /// A fill that upstream told as it happened: its word on the position may come seconds later.
    pub(super) fn filled(&mut self, report: &Report, now: Timestamp) {
        let What::Filled { contract_id, side, quantity, .. } = &report.what else { return };
        let told = self.accounts.get_mut(&report.account).filter(|told| told.whole_at.is_some());
        let Some(told) = told else { return };
        if told.since.len() < MOST || told.since.contains_key(contract_id) {
            let quantity = exact::from_quantity(*quantity);
            let change = if *side == Side::Sell { -quantity } else { quantity };
            told.since.entry(*contract_id).or_default().filled(change, now);
        }
    }

    /// `None` until all of it has been told.
    pub(super) fn holdings(
        &self,
        account: &str,
        now: Timestamp,
    ) -> Option<(BTreeMap<i64, Decimal>, BTreeSet<i64>, bool)> {
        let told = self.accounts.get(account)?;
        let all_told_at = told.whole_at?;
        let moving = told.since.iter().filter(|(_, since)| since.is_moving(all_told_at, now));
        let quantity = |(id, position): (&i64, &PositionView)| (*id, position.quantity);
        let whole = now.since(all_told_at) > TOLD_ANEW_MS;
        Some((told.positions.iter().map(quantity).collect(), moving.map(|(id, _)| *id).collect(), whole))
    }

    /// `None` until all of it has been told.
    pub(super) fn view(&self, account: &str, now: Timestamp) -> Option<AccountView> {
        let told = self.accounts.get(account).filter(|told| told.whole_at.is_some())?;
        let find = |key: &str| told.values.iter().find(|((name, _), _)| name == key);
        let said = |key: &str| find(key).map(|(_, value)| *value);
        let total = |key: &str| said(key).unwrap_or_default();
        let ledger = |key: &str| {
            let base = told.values.get(&(key.to_owned(), "BASE".to_owned()));
            base.copied().unwrap_or_else(|| total(key))
        };
        let ((_, base_currency), net_liquidation) = find("NetLiquidation")?;
        let each = |wanted: &str| {
            let own = told.values.iter().filter(|((key, currency), _)| key == wanted && currency != "BASE");
            own.map(|((_, currency), figure)| (currency.clone(), *figure)).collect()
        };
        // Both of one currency, and heard of since the last trade.
        let gross = told.values.get(&(GROSS.to_owned(), base_currency.clone()));
        Some(AccountView {
            at: Some(told.at).filter(|_| gross.is_some() && !told.traded),
            base_currency: base_currency.clone(),
            cash: each("CashBalance"),
            rates: each("ExchangeRate"),
            net_liquidation: *net_liquidation,
            total_cash: total("TotalCashValue"),
            buying_power: total("BuyingPower"),
            available_funds: total("AvailableFunds"),
            equity_with_loan: said("EquityWithLoanValue"),
            initial_margin: said("InitMarginReq"),
            maintenance_margin: said("MaintMarginReq"),
            excess_liquidity: said("ExcessLiquidity"),
            gross_position_value: gross.copied().unwrap_or_default(),
            stock_value: told.values.get(&("StockMarketValue".to_owned(), "BASE".to_owned())).copied(),
            realized_pnl: ledger("RealizedPnL"),
            unrealized_pnl: ledger("UnrealizedPnL"),
            daily_pnl: self.daily(account, now),
            positions: told.positions(now),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
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
            if known || balances.holdings("DU1", NOW).is_none() {
                balances.heard(&end, NOW);
            }
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
}
