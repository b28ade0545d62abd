//! Balance: an account as upstream tells it, value by value, until it is whole. No IO.

use crate::contract::{AccountView, PositionView};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use tws::Response;

/// Values and positions of one account; no account has more.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
struct Told {
    values: BTreeMap<(String, String), Decimal>,
    positions: BTreeMap<i64, PositionView>,
    daily: Option<Decimal>,
    whole: bool,
}

#[derive(Debug, Default)]
pub(super) struct Balances {
    accounts: BTreeMap<String, Told>,
    /// Of which account the profit with this request number is told.
    pnl: BTreeMap<i32, String>,
}

impl Balances {
    /// A new connection tells everything again.
    pub(super) fn restart(&mut self, account: &str, pnl_request: i32) {
        self.pnl = BTreeMap::from([(pnl_request, account.to_owned())]);
        self.accounts = BTreeMap::from([(account.to_owned(), Told::default())]);
    }

    pub(super) fn heard(&mut self, response: &Response) {
        match response {
            Response::AccountValue { key, value, currency, account } => {
                let Some(told) = self.accounts.get_mut(account) else { return };
                let Ok(value) = value.parse::<Decimal>() else { return };
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
                    told.positions.insert(contract_id, view);
                }
            }
            Response::AccountDownloadEnd { account } => {
                if let Some(told) = self.accounts.get_mut(account) {
                    told.whole = true;
                }
            }
            Response::Pnl { request_id, daily, .. } => {
                let account = self.pnl.get(request_id);
                if let Some(told) = account.and_then(|account| self.accounts.get_mut(account)) {
                    told.daily = *daily;
                }
            }
            _ => {}
        }
    }

    /// `None` until all of it has been told.
    pub(super) fn view(&self, account: &str) -> Option<AccountView> {
        let told = self.accounts.get(account).filter(|told| told.whole)?;
        let find = |key: &str| told.values.iter().find(|((name, _), _)| name == key);
        let total = |key: &str| find(key).map(|(_, value)| *value).unwrap_or_default();
        let ledger = |key: &str| {
            let base = told.values.get(&(key.to_owned(), "BASE".to_owned()));
            base.copied().unwrap_or_else(|| total(key))
        };
        let ((_, base_currency), net_liquidation) = find("NetLiquidation")?;
        let cash = told.values.iter().filter(|((key, currency), _)| key == "CashBalance" && currency != "BASE");
        Some(AccountView {
            base_currency: base_currency.clone(),
            cash: cash.map(|((_, currency), amount)| (currency.clone(), *amount)).collect(),
            net_liquidation: *net_liquidation,
            total_cash: total("TotalCashValue"),
            buying_power: total("BuyingPower"),
            available_funds: total("AvailableFunds"),
            gross_position_value: total("GrossPositionValue"),
            realized_pnl: ledger("RealizedPnL"),
            unrealized_pnl: ledger("UnrealizedPnL"),
            daily_pnl: told.daily,
            positions: told.positions.values().cloned().collect(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
        balances.restart("DU1", 9);
        balances.heard(&value("NetLiquidation", "1000.50", "USD"));
        balances.heard(&value("CashBalance", "900", "USD"));
        balances.heard(&value("CashBalance", "950", "BASE"));
        balances.heard(&value("RealizedPnL", "1", "EUR"));
        balances.heard(&value("RealizedPnL", "7", "BASE"));
        balances.heard(&value("AccountType", "INDIVIDUAL", ""));
        assert_eq!(balances.view("DU1"), None);
        balances.heard(&Response::AccountDownloadEnd { account: "DU1".to_owned() });
        let view = balances.view("DU1").unwrap();
        assert_eq!(view.base_currency, "USD");
        assert_eq!(view.net_liquidation, "1000.50".parse().unwrap());
        assert_eq!(view.cash, [("USD".to_owned(), Decimal::from(900))]);
        assert_eq!(view.realized_pnl, Decimal::from(7));
        assert_eq!(balances.view("DU2"), None);
    }

    #[test]
    fn a_new_connection_begins_with_nothing() {
        let mut balances = Balances::default();
        balances.restart("DU1", 9);
        balances.heard(&value("NetLiquidation", "1", "USD"));
        balances.heard(&Response::AccountDownloadEnd { account: "DU1".to_owned() });
        balances.restart("DU1", 10);
        assert_eq!(balances.view("DU1"), None);
    }
}
