//! Account values, positions and profit, in the protocol's own keys.

use crate::contracts;
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use tws::{PortfolioValue, Response};
use venue::Contract;
use venue::contract::{AccountView, PositionView};

/// What a summary can ask for, with its value.
fn totals(view: &AccountView) -> Vec<(&'static str, Decimal)> {
    let worth = Some(view.net_liquidation).filter(|worth| *worth > Decimal::ZERO);
    // Of an account that is worth nothing there are no parts.
    let part = |figure: Option<Decimal>| Some(figure?.checked_div(worth?)?.round_dp(4).normalize());
    let all = [
        ("NetLiquidation", Some(view.net_liquidation)),
        ("TotalCashValue", Some(view.total_cash)),
        ("SettledCash", Some(view.total_cash)),
        ("AccruedCash", Some(Decimal::ZERO)),
        ("BuyingPower", Some(view.buying_power)),
        ("EquityWithLoanValue", view.equity_with_loan),
        ("GrossPositionValue", Some(view.gross_position_value)),
        ("AvailableFunds", Some(view.available_funds)),
        ("ExcessLiquidity", view.excess_liquidity),
        ("FullAvailableFunds", Some(view.available_funds)),
        ("FullExcessLiquidity", view.excess_liquidity),
        ("InitMarginReq", view.initial_margin),
        ("MaintMarginReq", view.maintenance_margin),
        ("FullInitMarginReq", view.initial_margin),
        ("FullMaintMarginReq", view.maintenance_margin),
        ("Cushion", part(view.excess_liquidity)),
        ("Leverage", part(Some(view.gross_position_value))),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// Key, value and currency of everything an account update tells.
fn values(view: &AccountView) -> Vec<(String, String, String)> {
    let base = &view.base_currency;
    let mut values = vec![("AccountType".to_owned(), "INDIVIDUAL".to_owned(), String::new())];
    for (key, value) in totals(view) {
        values.push((key.to_owned(), value.to_string(), base.clone()));
    }
    for (currency, amount) in &view.cash {
        values.push(("CashBalance".to_owned(), amount.round_dp(4).normalize().to_string(), currency.clone()));
        values.push(("Currency".to_owned(), currency.clone(), currency.clone()));
    }
    for (currency, rate) in &view.rates {
        values.push(("ExchangeRate".to_owned(), rate.to_string(), currency.clone()));
    }
    let sums = [
        ("CashBalance", view.total_cash),
        ("NetLiquidationByCurrency", view.net_liquidation),
        ("UnrealizedPnL", view.unrealized_pnl),
        ("RealizedPnL", view.realized_pnl),
    ];
    for (key, value) in sums.into_iter().chain(view.stock_value.map(|value| ("StockMarketValue", value))) {
        values.push((key.to_owned(), value.to_string(), "BASE".to_owned()));
    }
    values
}

/// `tags` is a list, or a word that means the whole ledger.
pub(crate) fn summary(request_id: i32, account: &str, tags: &str, view: &AccountView) -> Vec<Response> {
    let told = |tag: &str, value: String, currency: &str| Response::AccountSummary {
        request_id,
        account: account.to_owned(),
        tag: tag.to_owned(),
        value,
        currency: currency.to_owned(),
    };
    let mut lines = Vec::new();
    // Each tag once, however often it is asked for: a short question has a short answer.
    let mut asked = BTreeSet::new();
    for tag in tags.split(',').map(str::trim) {
        if !asked.insert(if tag.starts_with("$LEDGER") { "$LEDGER" } else { tag }) {
            continue;
        }
        if tag == "AccountType" {
            lines.push(told(tag, "INDIVIDUAL".to_owned(), ""));
        }
        if tag.starts_with("$LEDGER") {
            lines.extend(
                values(view)
                    .iter()
                    .filter(|(_, _, currency)| !currency.is_empty())
                    .map(|(key, value, currency)| told(key, value.clone(), currency)),
            );
        }
        if let Some((key, value)) = totals(view).iter().find(|(key, _)| *key == tag) {
            lines.push(told(key, value.to_string(), &view.base_currency));
        }
    }
    lines
}

pub(crate) fn updates(account: &str, view: &AccountView) -> Vec<Response> {
    let told = |(key, value, currency)| Response::AccountValue { key, value, currency, account: account.to_owned() };
    values(view).into_iter().map(told).collect()
}

pub(crate) fn updates_multi(request_id: i32, account: &str, model: &str, view: &AccountView) -> Vec<Response> {
    let told = |(key, value, currency)| Response::AccountUpdateMulti {
        request_id,
        account: account.to_owned(),
        model: model.to_owned(),
        key,
        value,
        currency,
    };
    values(view).into_iter().map(told).collect()
}

pub(crate) fn portfolio(account: &str, contract: &Contract, position: &PositionView) -> Response {
    Response::PortfolioValue(Box::new(PortfolioValue {
        contract: contracts::full(contract),
        position: position.quantity,
        market_price: position.market_price,
        market_value: cents(position.market_value),
        average_cost: position.average_cost,
        unrealized_pnl: cents(position.unrealized_pnl),
        realized_pnl: cents(position.realized_pnl),
        account: account.to_owned(),
    }))
}

fn cents(value: Decimal) -> Decimal {
    value.round_dp(2)
}

pub(crate) fn pnl(request_id: i32, view: &AccountView) -> Response {
    Response::Pnl {
        request_id,
        daily: view.daily_pnl.map(cents),
        unrealized: Some(cents(view.unrealized_pnl)),
        realized: Some(cents(view.realized_pnl)),
    }
}

pub(crate) fn pnl_single(request_id: i32, position: Option<&PositionView>) -> Response {
    Response::PnlSingle {
        request_id,
        position: position.map_or(Decimal::ZERO, |position| position.quantity),
        daily: position.map(|position| cents(position.daily_pnl)),
        unrealized: position.map(|position| cents(position.unrealized_pnl)),
        realized: position.map(|position| cents(position.realized_pnl)),
        value: position.map(|position| cents(position.market_value)),
    }
}
