//! Power: what an account is worth, and whether it can carry one more order without leverage.
//!
//! There is no margin model. The rule: the value of all positions (short ones count as much as
//! long ones) or, where larger, the cash borrowed, plus what the open orders could add to either
//! at their worst price, must not exceed the net liquidation value. An order that adds nothing is
//! always carried.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::account::Account;
use crate::broker::Broker;
use crate::event::Given;
use crate::instrument::{Instrument, by_id};
use crate::order::{Order, OrderState, Side};

/// How far a market order is taken to move against its owner: 1 %.
const MARKET_MOVE: Decimal = Decimal::from_parts(101, 0, 0, false, 2);

/// What an account is worth in its base currency, unrounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Power {
    pub total_cash: Decimal,
    pub gross_positions: Decimal,
    pub net_liquidation: Decimal,
    /// What positions, loans and open orders tie up.
    pub required: Decimal,
}

impl Power {
    pub fn free(&self) -> Option<Decimal> {
        self.net_liquidation.checked_sub(self.required)
    }
}

/// Quantity and worst-case value of the open orders on each side of one instrument.
#[derive(Default)]
struct Pending {
    buys: Decimal,
    buys_value: Decimal,
    sells: Decimal,
    sells_value: Decimal,
}

/// Computes it for an account with these open orders and what remains of each; `None` on overflow.
pub(crate) fn power<'a>(
    account: &Account,
    orders: impl Iterator<Item = (&'a Order, Decimal)>,
    given: &Given,
) -> Option<Power> {
    let base = |currency: &str, amount: Decimal| -> Option<Decimal> {
        if amount.is_zero() {
            return Some(amount);
        }
        amount.checked_mul(given.market.rate(currency, &account.base_currency, given.now_ms)?)
    };
    let (mut total_cash, mut borrowed) = (Decimal::ZERO, Decimal::ZERO);
    for (currency, amount) in &account.cash {
        let amount = base(currency, *amount)?;
        total_cash = total_cash.checked_add(amount)?;
        borrowed = borrowed.checked_add((-amount).max(Decimal::ZERO))?;
    }
    let (mut gross_positions, mut net_positions) = (Decimal::ZERO, Decimal::ZERO);
    for (con_id, position) in &account.positions {
        let instrument = by_id(*con_id)?;
        let price = given.market.mark(instrument, given.now_ms).last;
        let value = base(instrument.currency, position.quantity.checked_mul(price)?)?;
        net_positions = net_positions.checked_add(value)?;
        gross_positions = gross_positions.checked_add(value.abs())?;
    }
    let mut required = gross_positions.max(borrowed);
    let mut claims: BTreeMap<&str, Decimal> = BTreeMap::new();
    for (con_id, pending) in pending_by_instrument(orders, given)? {
        let instrument = by_id(con_id)?;
        if instrument.is_forex() {
            claim(&mut claims, instrument.currency, pending.buys_value)?;
            claim(&mut claims, instrument.symbol, pending.sells)?;
        } else {
            let held = account.positions.get(&con_id).map_or(Decimal::ZERO, |position| position.quantity);
            let bought = beyond(pending.buys, pending.buys_value, -held)?;
            let sold = beyond(pending.sells, pending.sells_value, held)?;
            required = required.checked_add(base(instrument.currency, bought.max(sold))?)?;
        }
    }
    for (currency, wanted) in claims {
        let held = account.cash_in(currency).max(Decimal::ZERO);
        let short = wanted.checked_sub(held)?.max(Decimal::ZERO);
        required = required.checked_add(base(currency, short)?)?;
    }
    Some(Power { total_cash, gross_positions, net_liquidation: total_cash.checked_add(net_positions)?, required })
}

/// The open orders of an account that tie something up, besides one that is asked about, and what remains of each.
/// A child closes what its parent opens; of a group no more trades than the largest.
pub(crate) fn counted<'a>(
    broker: &'a Broker,
    account: &'a str,
    asked: Option<&'a Order>,
) -> impl Iterator<Item = (&'a Order, Decimal)> + Clone {
    let theirs = broker.open_orders().filter(move |each| each.order.account == account && each.order.parent.is_none());
    let same = |one: &Order, other: &Order| {
        one.group.is_some() && one.group == other.group && one.side == other.side && one.con_id == other.con_id
    };
    let larger = move |each: &OrderState| {
        let rank = |state: &OrderState| (state.remaining(), state.perm_id);
        let by_asked = asked.is_some_and(|asked| same(asked, &each.order) && asked.quantity >= each.remaining());
        by_asked
            || broker.open_orders().any(|other| {
                other.order.account == account && same(&other.order, &each.order) && rank(other) > rank(each)
            })
    };
    let besides = move |each: &&OrderState| asked.is_none_or(|asked| asked.reference != each.order.reference);
    theirs.filter(besides).filter(move |each| !larger(each)).map(|each| (&each.order, each.remaining()))
}

/// The highest price the order could fill at, or for a sale the price that makes its short dearest.
pub(crate) fn worst_price(order: &Order, instrument: &Instrument, given: &Given) -> Option<Decimal> {
    let ask = given.market.mark(instrument, given.now_ms).ask;
    if let Some((by, offset)) = order.kind.trail() {
        let stop = match (order.side, order.kind.stop()) {
            // It rises with the market, which nothing bounds: the market stands for it.
            (Side::Sell, _) => ask,
            (Side::Buy, Some(stop)) => stop,
            (Side::Buy, None) => ask.checked_add(by.from(ask)?)?,
        };
        return match offset {
            Some(offset) if order.side == Side::Buy => stop.max(ask).checked_add(offset),
            _ => stop.max(ask).checked_mul(MARKET_MOVE),
        };
    }
    match (order.side, order.kind.limit()) {
        (Side::Buy, Some(limit)) => Some(limit),
        (Side::Sell, Some(limit)) => Some(limit.max(ask)),
        (Side::Buy | Side::Sell, None) => {
            let from = order.kind.stop().unwrap_or(ask).max(ask);
            from.checked_mul(MARKET_MOVE)
        }
    }
}

fn pending_by_instrument<'a>(
    orders: impl Iterator<Item = (&'a Order, Decimal)>,
    given: &Given,
) -> Option<BTreeMap<u32, Pending>> {
    let mut by_instrument: BTreeMap<u32, Pending> = BTreeMap::new();
    for (order, remaining) in orders {
        let price = worst_price(order, by_id(order.con_id)?, given)?;
        let value = remaining.checked_mul(price)?;
        let pending = by_instrument.entry(order.con_id).or_default();
        let (quantity, sum) = match order.side {
            Side::Buy => (&mut pending.buys, &mut pending.buys_value),
            Side::Sell => (&mut pending.sells, &mut pending.sells_value),
        };
        *quantity = quantity.checked_add(remaining)?;
        *sum = sum.checked_add(value)?;
    }
    Some(by_instrument)
}

/// The part of a side's value that is left once the opposite position of `closable` is closed.
fn beyond(quantity: Decimal, value: Decimal, closable: Decimal) -> Option<Decimal> {
    let opening = quantity.checked_sub(closable.max(Decimal::ZERO))?;
    if opening <= Decimal::ZERO {
        return Some(Decimal::ZERO);
    }
    value.checked_div(quantity)?.checked_mul(opening)
}

fn claim<'a>(claims: &mut BTreeMap<&'a str, Decimal>, currency: &'a str, amount: Decimal) -> Option<()> {
    let sum = claims.entry(currency).or_default();
    *sum = sum.checked_add(amount)?;
    Some(())
}
