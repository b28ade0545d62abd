//! Account: cash by currency and positions, exact to the last digit.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::event::Execution;
use crate::instrument::{Class, by_id};
use crate::order::Side;

/// No balance, cost or quantity grows beyond this; below it every sum here is exact in 28 digits.
pub const LARGEST: Decimal = Decimal::from_parts(0xa764_0000, 0x0de0_b6b3, 0, false, 0);
const DAY_MS: i64 = 86_400_000;

/// What is held of one stock or fund. Negative quantities are short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub quantity: Decimal,
    /// What the open quantity cost with commissions; negative for what a short sale brought in.
    pub cost: Decimal,
    /// What closed quantities have earned after commissions, ever.
    pub realized: Decimal,
    /// The UTC day of the last fill, what was held when it began, and the cash it moved since.
    pub day: i64,
    pub day_quantity: Decimal,
    pub day_cash: Decimal,
}

impl Position {
    /// Cost of one unit to eight places; zero when nothing is held.
    pub fn average_cost(&self) -> Decimal {
        self.cost.checked_div(self.quantity).map_or(Decimal::ZERO, |cost| cost.round_dp(8).normalize())
    }

    /// What was held when the UTC day of this moment began, and the cash moved since.
    pub fn since_midnight(&self, now_ms: i64) -> (Decimal, Decimal) {
        if self.day == now_ms.div_euclid(DAY_MS) {
            (self.day_quantity, self.day_cash)
        } else {
            (self.quantity, Decimal::ZERO)
        }
    }

    /// The position after a fill, and what the fill earned if it closed anything.
    ///
    /// The part that closes releases its share of the cost, rounded to eight places (what is
    /// rounded away stays in the cost, so nothing is lost). The commission belongs to the closing
    /// part where there is one, to the cost otherwise.
    fn after(&self, fill: &Execution, multiplier: Decimal) -> Option<(Self, Option<Decimal>)> {
        let worth = |quantity: Decimal| quantity.checked_mul(fill.price)?.checked_mul(multiplier);
        let value = worth(fill.quantity)?;
        let (signed, cash) = match fill.side {
            Side::Buy => (fill.quantity, -value),
            Side::Sell => (-fill.quantity, value),
        };
        let (day_quantity, day_cash) = self.since_midnight(fill.at);
        let mut after = Position {
            quantity: bounded(self.quantity.checked_add(signed)?)?,
            day: fill.at.div_euclid(DAY_MS),
            day_quantity,
            day_cash: bounded(day_cash.checked_add(cash)?.checked_sub(fill.commission)?)?,
            ..self.clone()
        };
        let closes = !self.quantity.is_zero() && self.quantity.is_sign_positive() != signed.is_sign_positive();
        if !closes {
            let cost = self.cost.checked_sub(cash)?.checked_add(fill.commission)?;
            after.cost = bounded(cost)?;
            return Some((after, None));
        }
        let closed = fill.quantity.min(self.quantity.abs());
        let released = if closed == self.quantity.abs() {
            self.cost
        } else {
            let share = closed.checked_div(self.quantity.abs())?;
            self.cost.checked_mul(share)?.round_dp(8)
        };
        let closed_value = worth(closed)?;
        let closed_cash = match fill.side {
            Side::Buy => -closed_value,
            Side::Sell => closed_value,
        };
        let opened_cash = cash.checked_sub(closed_cash)?;
        after.cost = bounded(self.cost.checked_sub(released)?.checked_sub(opened_cash)?)?;
        let earned = closed_cash.checked_sub(released)?.checked_sub(fill.commission)?;
        after.realized = bounded(self.realized.checked_add(earned)?)?;
        Some((after, Some(earned)))
    }

    /// The same of a future: its cost is what it stood at, and the commission is paid and realized at once.
    fn after_future(&self, fill: &Execution, multiplier: Decimal) -> Option<(Self, Option<Decimal>)> {
        let free = Execution { commission: Decimal::ZERO, ..fill.clone() };
        let (mut after, earned) = self.after(&free, multiplier)?;
        after.realized = bounded(after.realized.checked_sub(fill.commission)?)?;
        after.day_cash = bounded(after.day_cash.checked_sub(fill.commission)?)?;
        Some((after, earned))
    }
}

/// One account of the broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub number: String,
    pub base_currency: String,
    /// Negative where the account has borrowed.
    pub cash: BTreeMap<String, Decimal>,
    /// By contract id. A closed position stays, with what it realized.
    pub positions: BTreeMap<u32, Position>,
}

impl Account {
    pub(crate) fn new(number: &str, base_currency: &str) -> Self {
        Account {
            number: number.to_owned(),
            base_currency: base_currency.to_owned(),
            cash: BTreeMap::new(),
            positions: BTreeMap::new(),
        }
    }

    pub fn cash_in(&self, currency: &str) -> Decimal {
        self.cash.get(currency).copied().unwrap_or(Decimal::ZERO)
    }

    /// Whether it has borrowed anything, cash or shares, or holds what can cost more than it has brought: one that has
    /// not always has enough.
    pub(crate) fn owes(&self) -> bool {
        let open = |con_id: &u32| by_id(*con_id).is_some_and(|instrument| instrument.class == Class::Future);
        self.cash.values().any(|amount| *amount < Decimal::ZERO)
            || self.held().any(|(con_id, position)| position.quantity < Decimal::ZERO || open(con_id))
    }

    /// Whether it holds what will expire.
    pub(crate) fn waits_for_expiry(&self) -> bool {
        self.held().any(|(con_id, _)| by_id(*con_id).is_some_and(|instrument| instrument.derivative.is_some()))
    }

    /// What is not closed.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&u32, &Position)> {
        self.positions.iter().filter(|(_, position)| !position.quantity.is_zero())
    }

    /// The account with an amount more of a currency; `None` if the balance grows too large.
    pub(crate) fn after_cash(&self, currency: &str, amount: Decimal) -> Option<Self> {
        let mut after = self.clone();
        after.add_cash(currency, amount)?;
        Some(after)
    }

    /// The account after a fill, and what the fill earned if it closed anything; `None` if a
    /// figure grows too large. A pair moves two balances, a share or an option one balance and one position; of a future
    /// only what it has made moves the balance.
    pub(crate) fn after_fill(&self, fill: &Execution) -> Option<(Self, Option<Decimal>)> {
        let instrument = by_id(fill.con_id)?;
        let multiplier = instrument.multiplier();
        let value = fill.quantity.checked_mul(fill.price)?.checked_mul(multiplier)?;
        let mut after = self.clone();
        let before = self.positions.get(&fill.con_id).cloned().unwrap_or_default();
        if instrument.class == Class::Future {
            let (position, made) = before.after_future(fill, multiplier)?;
            after.positions.insert(fill.con_id, position);
            after.add_cash(instrument.currency, made.unwrap_or_default())?;
            after.add_cash(&fill.commission_currency, -fill.commission)?;
            let earned = match made {
                Some(made) => Some(made.checked_sub(fill.commission)?),
                None => None,
            };
            return Some((after, earned));
        }
        let paid = match fill.side {
            Side::Buy => -value,
            Side::Sell => value,
        };
        after.add_cash(instrument.currency, paid)?;
        after.add_cash(&fill.commission_currency, -fill.commission)?;
        if instrument.is_forex() {
            let bought = match fill.side {
                Side::Buy => fill.quantity,
                Side::Sell => -fill.quantity,
            };
            after.add_cash(instrument.symbol, bought)?;
            return Some((after, None));
        }
        let (position, earned) = before.after(fill, multiplier)?;
        after.positions.insert(fill.con_id, position);
        Some((after, earned))
    }

    fn add_cash(&mut self, currency: &str, amount: Decimal) -> Option<()> {
        let balance = bounded(self.cash_in(currency).checked_add(amount)?)?;
        self.cash.insert(currency.to_owned(), balance);
        Some(())
    }
}

fn bounded(figure: Decimal) -> Option<Decimal> {
    (figure.abs() <= LARGEST).then_some(figure)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn fill(side: Side, quantity: i64, price: &str, commission: i64, at: i64) -> Execution {
        Execution {
            exec_id: String::new(),
            reference: String::new(),
            account: "DU1".to_owned(),
            con_id: 265_598,
            side,
            quantity: quantity.into(),
            price: price.parse().unwrap(),
            commission: commission.into(),
            commission_currency: "USD".to_owned(),
            realized_pnl: None,
            at,
        }
    }

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn the_largest_figure_is_a_million_million_million() {
        assert_eq!(LARGEST, number("1000000000000000000"));
    }

    #[test]
    fn a_sale_through_zero_closes_the_long_and_opens_a_short() {
        let account = Account::new("DU1", "USD");
        let (account, earned) = account.after_fill(&fill(Side::Buy, 100, "10", 1, 0)).unwrap();
        assert_eq!(earned, None);
        assert_eq!(account.positions[&265_598].average_cost(), number("10.01"));
        let (account, earned) = account.after_fill(&fill(Side::Sell, 150, "12", 2, 1)).unwrap();
        // 100 × 12 − 1,001 − 2
        assert_eq!(earned, Some(number("197")));
        let position = &account.positions[&265_598];
        assert_eq!(position.quantity, number("-50"));
        assert_eq!(position.average_cost(), number("12"));
        assert_eq!(account.cash_in("USD"), number("797"));
    }

    #[test]
    fn a_short_earns_when_it_is_bought_back_for_less() {
        let account = Account::new("DU1", "USD");
        let (account, earned) = account.after_fill(&fill(Side::Sell, 100, "12", 1, 0)).unwrap();
        assert_eq!(earned, None);
        assert_eq!(account.positions[&265_598].average_cost(), number("11.99"));
        let (account, earned) = account.after_fill(&fill(Side::Buy, 40, "10", 1, 1)).unwrap();
        // 40 × (11.99 − 10) − 1
        assert_eq!(earned, Some(number("78.6")));
        assert_eq!(account.positions[&265_598].cost, number("-719.4"));
    }

    #[test]
    fn what_rounding_leaves_stays_in_the_cost() {
        let account = Account::new("DU1", "USD");
        let (account, _) = account.after_fill(&fill(Side::Buy, 3, "33.33", 1, 0)).unwrap();
        let (account, first) = account.after_fill(&fill(Side::Sell, 1, "40", 1, 1)).unwrap();
        let (account, second) = account.after_fill(&fill(Side::Sell, 2, "40", 1, 2)).unwrap();
        let position = &account.positions[&265_598];
        assert!(position.quantity.is_zero() && position.cost.is_zero());
        assert_eq!(first.unwrap() + second.unwrap(), account.cash_in("USD"));
        assert_eq!(position.realized, account.cash_in("USD"));
    }

    #[test]
    fn the_day_begins_with_what_was_held() {
        let account = Account::new("DU1", "USD");
        let (account, _) = account.after_fill(&fill(Side::Buy, 100, "10", 1, 0)).unwrap();
        let (account, _) = account.after_fill(&fill(Side::Sell, 40, "11", 1, DAY_MS + 5)).unwrap();
        let position = &account.positions[&265_598];
        assert_eq!(position.since_midnight(DAY_MS + 9), (number("100"), number("439")));
        assert_eq!(position.since_midnight(2 * DAY_MS), (number("60"), number("0")));
    }

    #[test]
    fn a_figure_that_grows_too_large_is_an_answer() {
        let account = Account::new("DU1", "USD").after_cash("USD", LARGEST).unwrap();
        assert_eq!(account.after_cash("USD", Decimal::ONE), None);
        assert_eq!(account.after_cash("USD", Decimal::MAX), None);
        let mut huge = fill(Side::Buy, 1, "1", 0, 0);
        huge.quantity = Decimal::MAX;
        huge.price = Decimal::MAX;
        assert_eq!(account.after_fill(&huge), None);
    }
}
