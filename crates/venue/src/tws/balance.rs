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
mod tests;
