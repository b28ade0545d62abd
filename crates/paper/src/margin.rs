//! Margin: what an account is worth, what it must keep, and what is free; after Regulation T.
//!
//! To open a position its owner brings half of its value, long or short (a short sale leaves its proceeds here besides,
//! so that 150 % lie against it). To keep it: a quarter of a long one, three tenths of a short one. A balance in another
//! currency than the account's, held or owed, takes a twentieth to open and a twenty-fifth to keep, since it moves. What
//! the open orders could add at their worst prices counts as opened already.
//!
//! Of a future its owner brings a tenth of its notional, and keeps four fiftieths. An option that is bought is paid in
//! full and lent on by nobody. For one that is written lie its price and a fifth of what it is on, less how far that is
//! from the strike, but a tenth of it at least (of a put: of the strike).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::account::Account;
use crate::broker::Broker;
use crate::derived;
use crate::event::Given;
use crate::instrument::{Class, Instrument, by_id};
use crate::option::Right;
use crate::order::{Order, OrderState, Side};

/// How far a market order is taken to move against its owner: 1 %.
const MARKET_MOVE: Decimal = Decimal::from_parts(101, 0, 0, false, 2);
/// Of a position's value: to open it, and to keep it long or short.
const INITIAL: Decimal = Decimal::from_parts(50, 0, 0, false, 2);
const KEEP_LONG: Decimal = Decimal::from_parts(25, 0, 0, false, 2);
const KEEP_SHORT: Decimal = Decimal::from_parts(30, 0, 0, false, 2);
/// Of the value of a balance in another currency.
const FUTURE_INITIAL: Decimal = Decimal::from_parts(10, 0, 0, false, 2);
const FUTURE_KEEP: Decimal = Decimal::from_parts(8, 0, 0, false, 2);
const WRITTEN: Decimal = Decimal::from_parts(20, 0, 0, false, 2);
const WRITTEN_LEAST: Decimal = Decimal::from_parts(10, 0, 0, false, 2);
const CURRENCY_INITIAL: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
const CURRENCY_KEEP: Decimal = Decimal::from_parts(4, 0, 0, false, 2);

/// The figures of an account in its base currency, unrounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    pub total_cash: Decimal,
    pub gross_positions: Decimal,
    /// Also the equity with loan value: there is nothing here that cannot be lent on.
    pub net_liquidation: Decimal,
    /// What positions, balances and open orders take to be opened.
    pub initial: Decimal,
    /// What positions and balances take to be kept.
    pub maintenance: Decimal,
}

impl Figures {
    /// What new orders may take.
    pub fn available(&self) -> Option<Decimal> {
        self.net_liquidation.checked_sub(self.initial)
    }

    /// How far the account is from being closed by force.
    pub fn excess(&self) -> Option<Decimal> {
        self.net_liquidation.checked_sub(self.maintenance)
    }
}

/// The value of shares that so much still opens.
pub(crate) fn buying_power(available: Decimal) -> Option<Decimal> {
    available.max(Decimal::ZERO).checked_div(INITIAL)
}

/// Quantity and worst-case value of the open orders on each side of one instrument.
#[derive(Default)]
struct Pending {
    buys: Decimal,
    buys_value: Decimal,
    sells: Decimal,
    sells_value: Decimal,
}

/// What a balance could gain and lose by the open orders.
#[derive(Default)]
struct Flow {
    gained: Decimal,
    lost: Decimal,
}

/// Computes them for an account with these open orders and what remains of each; `None` on overflow.
pub(crate) fn figures<'a>(
    account: &Account,
    orders: impl Iterator<Item = (&'a Order, Decimal)>,
    given: &Given,
) -> Option<Figures> {
    let mut held = Figures {
        total_cash: Decimal::ZERO,
        gross_positions: Decimal::ZERO,
        net_liquidation: Decimal::ZERO,
        initial: Decimal::ZERO,
        maintenance: Decimal::ZERO,
    };
    for (con_id, position) in &account.positions {
        let instrument = by_id(*con_id)?;
        let value = value_of(account, instrument, position.quantity, given)?;
        // What a future stood at when it came was never paid: it is worth what it has made since.
        let unpaid = if instrument.class == Class::Future { position.cost } else { Decimal::ZERO };
        let unpaid = in_base(account, instrument.currency, unpaid, given)?;
        held.net_liquidation = held.net_liquidation.checked_add(value)?.checked_sub(unpaid)?;
        held.gross_positions = held.gross_positions.checked_add(value.abs())?;
        let (initial, maintenance) = taken(account, instrument, position.quantity, given)?;
        held.initial = held.initial.checked_add(initial)?;
        held.maintenance = held.maintenance.checked_add(maintenance)?;
    }
    let mut flows: BTreeMap<&str, Flow> = BTreeMap::new();
    for (con_id, pending) in pending_by_instrument(orders, given)? {
        let instrument = by_id(con_id)?;
        if instrument.class != Class::Future {
            flow(&mut flows, instrument.currency, pending.sells_value, pending.buys_value)?;
        }
        if instrument.is_forex() {
            flow(&mut flows, instrument.symbol, pending.buys, pending.sells)?;
        } else {
            let owned = account.positions.get(&con_id).map_or(Decimal::ZERO, |position| position.quantity);
            let bought = opening(instrument, beyond(pending.buys, pending.buys_value, -owned)?, Side::Buy, given)?;
            let sold = opening(instrument, beyond(pending.sells, pending.sells_value, owned)?, Side::Sell, given)?;
            let opened = in_base(account, instrument.currency, bought.max(sold), given)?;
            held.initial = held.initial.checked_add(opened)?;
        }
    }
    let named = account.cash.keys().map(String::as_str);
    for currency in named.chain(flows.keys().copied()).collect::<std::collections::BTreeSet<&str>>() {
        let balance = account.cash_in(currency);
        let amount = in_base(account, currency, balance, given)?;
        held.total_cash = held.total_cash.checked_add(amount)?;
        if currency != account.base_currency {
            let most = flows.get(currency).map_or(Some(balance.abs()), |flow| {
                let (up, down) = (balance.checked_add(flow.gained)?, balance.checked_sub(flow.lost)?);
                Some(up.abs().max(down.abs()).max(balance.abs()))
            })?;
            let opened = in_base(account, currency, most, given)?.checked_mul(CURRENCY_INITIAL)?;
            held.initial = held.initial.checked_add(opened)?;
            held.maintenance = held.maintenance.checked_add(kept_in(account, currency, balance, given)?)?;
        }
    }
    held.net_liquidation = held.net_liquidation.checked_add(held.total_cash)?;
    Some(held)
}

/// What a position takes to be opened, and to be kept.
pub(crate) fn taken(
    account: &Account,
    instrument: &Instrument,
    quantity: Decimal,
    given: &Given,
) -> Option<(Decimal, Decimal)> {
    let value = value_of(account, instrument, quantity, given)?;
    let size = value.abs();
    Some(match instrument.class {
        Class::Stock | Class::Etf | Class::Forex => (size.checked_mul(INITIAL)?, kept(value)?),
        Class::Future => (size.checked_mul(FUTURE_INITIAL)?, size.checked_mul(FUTURE_KEEP)?),
        Class::Option if quantity.is_sign_negative() => {
            let besides = written(instrument, quantity.abs(), given)?;
            let owed = size.checked_add(in_base(account, instrument.currency, besides, given)?)?;
            (owed, owed)
        }
        Class::Option => (size, size),
    })
}

/// What so many contracts of such a value take to be opened, in the instrument's currency.
fn opening(
    instrument: &Instrument,
    (quantity, value): (Decimal, Decimal),
    side: Side,
    given: &Given,
) -> Option<Decimal> {
    match (instrument.class, side) {
        (Class::Stock | Class::Etf | Class::Forex, _) => value.checked_mul(INITIAL),
        (Class::Future, _) => value.checked_mul(FUTURE_INITIAL),
        (Class::Option, Side::Buy) => Some(value),
        (Class::Option, Side::Sell) => value.checked_add(written(instrument, quantity, given)?),
    }
}

/// What lies against so many written options besides their price.
fn written(instrument: &Instrument, quantity: Decimal, given: &Given) -> Option<Decimal> {
    let derivative = instrument.derivative.as_ref()?;
    let (under, struck) = (derived::under(derivative)?, derivative.option?);
    let (spot, strike) = (given.market.mark(under, given.now_ms).last, struck.strike(under)?);
    let (out_of_it, least) = match struck.right {
        Right::Call => (strike.checked_sub(spot)?, spot),
        Right::Put => (spot.checked_sub(strike)?, strike),
    };
    let part = spot.checked_mul(WRITTEN)?.checked_sub(out_of_it.max(Decimal::ZERO))?;
    let each = part.max(least.checked_mul(WRITTEN_LEAST)?);
    each.checked_mul(derivative.multiplier)?.checked_mul(quantity)
}

/// What shares of this value take to be kept.
fn kept(value: Decimal) -> Option<Decimal> {
    value.abs().checked_mul(if value.is_sign_negative() { KEEP_SHORT } else { KEEP_LONG })
}

/// What a balance in another currency takes to be kept.
pub(crate) fn kept_in(account: &Account, currency: &str, balance: Decimal, given: &Given) -> Option<Decimal> {
    in_base(account, currency, balance.abs(), given)?.checked_mul(CURRENCY_KEEP)
}

/// Of a quantity at the mark, in the account's currency.
pub(crate) fn value_of(
    account: &Account,
    instrument: &Instrument,
    quantity: Decimal,
    given: &Given,
) -> Option<Decimal> {
    let price = given.market.mark(instrument, given.now_ms).last;
    in_base(account, instrument.currency, quantity.checked_mul(price)?.checked_mul(instrument.multiplier())?, given)
}

fn in_base(account: &Account, currency: &str, amount: Decimal, given: &Given) -> Option<Decimal> {
    if amount.is_zero() {
        return Some(amount);
    }
    amount.checked_mul(given.market.rate(currency, &account.base_currency, given.now_ms)?)
}

/// What an execution can cost besides its price: the commission, and the way from the price to the mark.
pub(crate) fn friction(
    account: &Account,
    instrument: &Instrument,
    quantity: Decimal,
    fee: Decimal,
    given: &Given,
) -> Option<Decimal> {
    let touch = given.market.mark(instrument, given.now_ms);
    let spread = touch.ask.checked_sub(touch.bid)?.checked_mul(quantity)?.checked_mul(instrument.multiplier())?;
    in_base(account, instrument.currency, spread.checked_add(fee)?, given)
}

/// Whether an order, with the others of its side, only closes what is held.
pub(crate) fn only_closes<'a>(
    account: &Account,
    others: impl Iterator<Item = (&'a Order, Decimal)>,
    (order, remaining): (&Order, Decimal),
) -> Option<bool> {
    let held = account.positions.get(&order.con_id).map_or(Decimal::ZERO, |position| position.quantity);
    let closable = match order.side {
        Side::Buy => -held,
        Side::Sell => held,
    };
    let mut same = others.filter(|(other, _)| other.con_id == order.con_id && other.side == order.side);
    let all = same.try_fold(remaining, |sum, (_, remaining)| sum.checked_add(remaining))?;
    Some(all <= closable)
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
        let instrument = by_id(order.con_id)?;
        let price = worst_price(order, instrument, given)?;
        let value = remaining.checked_mul(price)?.checked_mul(instrument.multiplier())?;
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

/// How much of a side, and which value, is left once the opposite position of `closable` is closed.
fn beyond(quantity: Decimal, value: Decimal, closable: Decimal) -> Option<(Decimal, Decimal)> {
    let opening = quantity.checked_sub(closable.max(Decimal::ZERO))?;
    if opening <= Decimal::ZERO {
        return Some((Decimal::ZERO, Decimal::ZERO));
    }
    Some((opening, value.checked_div(quantity)?.checked_mul(opening)?))
}

fn flow<'a>(flows: &mut BTreeMap<&'a str, Flow>, currency: &'a str, gained: Decimal, lost: Decimal) -> Option<()> {
    let sum = flows.entry(currency).or_default();
    sum.gained = sum.gained.checked_add(gained)?;
    sum.lost = sum.lost.checked_add(lost)?;
    Some(())
}
