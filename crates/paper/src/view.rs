//! View: an account in figures, marked to the quotes of a moment.

use rust_decimal::Decimal;

use crate::account::{Account, Position};
use crate::broker::Broker;
use crate::event::Given;
use crate::instrument::by_id;
use crate::margin::{buying_power, counted, figures};
use crate::reason::Reason;

/// One position in the instrument's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionView {
    pub con_id: u32,
    pub currency: &'static str,
    pub quantity: Decimal,
    pub average_cost: Decimal,
    pub market_price: Decimal,
    pub market_value: Decimal,
    /// Earned by what was closed, ever.
    pub realized_pnl: Decimal,
    pub unrealized_pnl: Decimal,
    /// Since the UTC day began, realized and unrealized together.
    pub daily_pnl: Decimal,
}

/// An account. Totals are in its base currency, rounded to the cent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    pub number: String,
    pub base_currency: String,
    /// Exact, by currency.
    pub cash: Vec<(String, Decimal)>,
    pub net_liquidation: Decimal,
    pub total_cash: Decimal,
    pub equity_with_loan: Decimal,
    /// What positions, balances and open orders take to be opened.
    pub initial_margin: Decimal,
    /// What positions and balances take to be kept.
    pub maintenance_margin: Decimal,
    /// Equity less the one, and less the other.
    pub available_funds: Decimal,
    pub excess_liquidity: Decimal,
    /// The value of shares that what is available still buys; never below zero.
    pub buying_power: Decimal,
    pub gross_position_value: Decimal,
    pub positions: Vec<PositionView>,
    pub realized_pnl: Decimal,
    pub unrealized_pnl: Decimal,
    pub daily_pnl: Decimal,
}

/// The account at a moment.
pub fn account_view(broker: &Broker, number: &str, given: &Given) -> Result<AccountView, Reason> {
    let account = broker.account(number).ok_or(Reason::UnknownAccount)?;
    view(broker, account, given).ok_or(Reason::Overflow)
}

fn view(broker: &Broker, account: &Account, given: &Given) -> Option<AccountView> {
    let orders = counted(broker, &account.number, None);
    let figures = figures(account, orders, given)?;
    let available_funds = less(figures.net_liquidation, figures.initial)?;
    let mut positions = Vec::new();
    let mut sums = [Decimal::ZERO; 3];
    for (con_id, position) in &account.positions {
        let each = position_view(*con_id, position, given)?;
        let rate = given.market.rate(each.currency, &account.base_currency, given.now_ms)?;
        let parts = [each.realized_pnl, each.unrealized_pnl, each.daily_pnl];
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum = sum.checked_add(part.checked_mul(rate)?)?;
        }
        positions.push(each);
    }
    let [realized_pnl, unrealized_pnl, daily_pnl] = sums.map(|sum| sum.round_dp(2));
    let cash = account.cash.iter();
    Some(AccountView {
        number: account.number.clone(),
        base_currency: account.base_currency.clone(),
        cash: cash.map(|(name, amount)| (name.clone(), *amount)).collect(),
        net_liquidation: figures.net_liquidation.round_dp(2),
        total_cash: figures.total_cash.round_dp(2),
        equity_with_loan: figures.net_liquidation.round_dp(2),
        initial_margin: figures.initial.round_dp(2),
        maintenance_margin: figures.maintenance.round_dp(2),
        available_funds,
        excess_liquidity: less(figures.net_liquidation, figures.maintenance)?,
        buying_power: buying_power(available_funds)?.normalize(),
        gross_position_value: figures.gross_positions.round_dp(2),
        positions,
        realized_pnl,
        unrealized_pnl,
        daily_pnl,
    })
}

/// Of the rounded figures, so that what is shown adds up.
fn less(equity: Decimal, margin: Decimal) -> Option<Decimal> {
    equity.round_dp(2).checked_sub(margin.round_dp(2))
}

fn position_view(con_id: u32, position: &Position, given: &Given) -> Option<PositionView> {
    let instrument = by_id(con_id)?;
    let market_price = given.market.mark(instrument, given.now_ms).last;
    let worth = |quantity: Decimal, price: Decimal| quantity.checked_mul(price)?.checked_mul(instrument.multiplier());
    let market_value = worth(position.quantity, market_price)?;
    let (held, moved) = position.since_midnight(given.now_ms);
    let midnight = given.now_ms.saturating_sub(given.now_ms.rem_euclid(86_400_000));
    let price_then = given.market.mark(instrument, midnight).last;
    let daily_pnl = market_value.checked_add(moved)?.checked_sub(worth(held, price_then)?)?;
    Some(PositionView {
        con_id,
        currency: instrument.currency,
        quantity: position.quantity,
        average_cost: position.average_cost(),
        market_price,
        market_value,
        realized_pnl: position.realized,
        unrealized_pnl: market_value.checked_sub(position.cost)?,
        daily_pnl,
    })
}
