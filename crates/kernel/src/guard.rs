//! Guard: the numeric pre-trade controls, one function that reads and never writes.
//!
//! The order of the controls is fixed: the first one that says no names the refusal. Nothing here
//! allocates, because every order of every program waits for it.

use crate::given::{Market, Quote, Session};
use crate::instrument::AssetClass;
use crate::meter::{Likeness, Meter, Pace};
use crate::money::{Amount, Price, Quantity};
use crate::order::{Kind, Side, Terms};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

pub const COLLAR_BPS: u32 = 300;
pub const FOREX_COLLAR_BPS: u32 = 100;
/// A collar is never wider than the price itself.
const WHOLE_BPS: i64 = 10_000;
pub const QUOTE_AGE_MS: i64 = 5_000;
pub const MESSAGES_PER_SECOND: u32 = 10;
pub const ORDERS_PER_SECOND: u32 = 5;
pub const OPEN_ORDERS: u32 = 20;
pub const DAY_COUNT: u32 = 200;
pub const REPEATED_FILLS: u32 = 20;

/// What one level states; a level that states nothing does not bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_quantity: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collar_bps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_orders: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_per_second: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders_per_second: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated_fills: Option<u32>,
    /// Above this value an order waits for an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_above: Option<Amount>,
}

/// What is allowed by name; all off unless stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowances {
    pub market: bool,
    pub stop: bool,
    pub short_sale: bool,
    pub outside_hours: bool,
    /// May close what another credential opened.
    pub close_any: bool,
}

/// The strictest of two levels, of those that state one.
pub fn strictest<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (stated, None) | (None, stated) => stated,
    }
}

/// What this order would add to, seen from the credential (or the account, where it may close any).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Signed position that the order may count as its own.
    pub position: Quantity,
    /// The account's signed position.
    pub net: Quantity,
    /// Unfilled quantity of the other open orders on the same side.
    pub same_side: Quantity,
    pub open_orders: u32,
    pub open_value: Amount,
    /// An open order of the account on the other side could trade with this one.
    pub crosses: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub terms: &'a Terms,
    pub limits: &'a Limits,
    pub allowances: &'a Allowances,
    pub instrument_allowed: bool,
    pub restricted: bool,
    pub meter: &'a Meter,
    pub exposure: Exposure,
    pub account_limits: &'a Limits,
    pub account_meter: &'a Meter,
    pub account_exposure: Exposure,
    pub killed: bool,
    /// What was charged and filled already, when this changes a working order.
    pub replaces: Option<Replaced>,
    pub approved: bool,
    /// The credential's own collar values the order and does not bound it.
    pub observing: bool,
    pub market: &'a Market,
    pub now: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    pub value: Amount,
    pub filled: Quantity,
}

/// What the order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// In the account's base currency. Unknown only for an order that reduces a position, without a quote.
    pub value: Amount,
    /// What is added to the day: all of it, or what a change adds.
    pub added: Amount,
    pub pace: Pace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Admit(Charge),
    Hold(Charge),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    KillSwitch,
    RepeatedExecution,
    MessageRate { per_second: u32 },
    OrderRate { per_second: u32 },
    InstrumentNotAllowed,
    InstrumentRestricted,
    OrderTypeNotAllowed,
    NotYoursToClose { own: Quantity },
    ShortSale { position: Quantity },
    OutsideHours,
    OrderQuantity { limit: Quantity },
    NoFreshQuote,
    PriceCollar { bound: Price },
    OrderValueNotStated,
    OrderValue { value: Amount, limit: Amount },
    DayValueNotStated,
    DayValue { used: Amount, value: Amount, limit: Amount },
    DayCount { limit: u32 },
    OpenOrders { limit: u32 },
    OpenValue { used: Amount, value: Amount, limit: Amount },
    Duplicate,
    CrossesOwnOrder,
    TooLarge,
    BelowFilled { filled: Quantity },
}

/// Reads, never writes.
pub fn decide(q: &Question<'_>) -> Result<Verdict, Refusal> {
    let quantity = remaining(q)?;
    let reduces = [&q.exposure, &q.account_exposure].iter().all(|part| reduces(q.terms.side, quantity, part));
    let quote = fresh_quote(q);
    switches(q, reduces)?;
    rates(q)?;
    permitted(q, quantity, reduces)?;
    let collar = collar(q);
    if quote.is_none() && !reduces {
        return Err(Refusal::NoFreshQuote);
    }
    let bound = if q.observing { q.account_limits.collar_bps.map(i64::from) } else { Some(collar) };
    if let Some((quote, bound)) = quote.zip(bound) {
        within_collar(q.terms, &quote, bound.min(WHOLE_BPS))?;
    }
    let value = value(q, quote.as_ref(), collar)?;
    if value.is_none() && !reduces {
        return Err(Refusal::NoFreshQuote);
    }
    let charge = values(q, value, reduces)?;
    if q.replaces.is_none() && q.meter.has_just_seen(&Likeness::of(q.terms), q.now) && !q.approved {
        return Err(Refusal::Duplicate);
    }
    if q.exposure.crosses {
        return Err(Refusal::CrossesOwnOrder);
    }
    let threshold = strictest(q.limits.approve_above, q.account_limits.approve_above);
    let large = threshold.is_some_and(|threshold| value.is_none_or(|value| value > threshold));
    Ok(if large && !q.approved { Verdict::Hold(charge) } else { Verdict::Admit(charge) })
}

/// What the order can still trade; a change must leave at least what is filled.
fn remaining(q: &Question<'_>) -> Result<Quantity, Refusal> {
    let filled = q.replaces.map_or(Quantity::ZERO, |replaced| replaced.filled);
    let rest = q.terms.order_qty.checked_sub(filled).ok_or(Refusal::TooLarge)?;
    if rest.is_positive() { Ok(rest) } else { Err(Refusal::BelowFilled { filled }) }
}

/// Whether, with all that is open on its side, it can only bring the position towards zero.
fn reduces(side: Side, quantity: Quantity, exposure: &Exposure) -> bool {
    let against = match side {
        Side::Sell => exposure.position.is_positive(),
        Side::Buy => exposure.position.is_negative(),
    };
    let total = quantity.checked_add(exposure.same_side);
    against && total.is_some_and(|total| total <= exposure.position.saturating_abs())
}

/// Controls 18 and 10.
fn switches(q: &Question<'_>, reduces: bool) -> Result<(), Refusal> {
    if q.killed && !reduces {
        return Err(Refusal::KillSwitch);
    }
    if q.meter.disarmed.is_some() {
        return Err(Refusal::RepeatedExecution);
    }
    Ok(())
}

/// Control 9. A grant is not a new message of the program.
fn rates(q: &Question<'_>) -> Result<(), Refusal> {
    if q.approved {
        return Ok(());
    }
    let pace = pace(q.limits, q.account_limits);
    let (own, here) = (q.meter.rates, q.meter.rates_on(q.terms.account));
    for (bucket, rate) in [(own.messages, Some(pace.messages)), (here.messages, pace.account_messages)] {
        if let Some(per_second) = rate.filter(|rate| !bucket.has_room(q.now, *rate, rate.saturating_mul(2))) {
            return Err(Refusal::MessageRate { per_second });
        }
    }
    for (bucket, rate) in [(own.orders, Some(pace.orders)), (here.orders, pace.account_orders)] {
        let full = |rate: &u32| q.replaces.is_none() && !bucket.has_room(q.now, *rate, *rate);
        if let Some(per_second) = rate.filter(full) {
            return Err(Refusal::OrderRate { per_second });
        }
    }
    Ok(())
}

/// The credential's own rates or the defaults, and the account's where that states any.
pub fn pace(credential: &Limits, account: &Limits) -> Pace {
    let fills = credential.repeated_fills.unwrap_or(REPEATED_FILLS);
    Pace {
        messages: credential.messages_per_second.unwrap_or(MESSAGES_PER_SECOND),
        orders: credential.orders_per_second.unwrap_or(ORDERS_PER_SECOND),
        repeated_fills: strictest(Some(fills), account.repeated_fills).unwrap_or(fills),
        account_messages: account.messages_per_second,
        account_orders: account.orders_per_second,
    }
}

/// Controls 11, 12, 20, 13, 14 and 2.
fn permitted(q: &Question<'_>, quantity: Quantity, reduces: bool) -> Result<(), Refusal> {
    if !q.instrument_allowed {
        return Err(Refusal::InstrumentNotAllowed);
    }
    if q.restricted && !reduces {
        return Err(Refusal::InstrumentRestricted);
    }
    let type_allowed = match q.terms.kind {
        Kind::Limit { .. } | Kind::StopLimit { .. } => true,
        Kind::Market => q.allowances.market,
        Kind::Stop { .. } => q.allowances.stop,
    };
    if !type_allowed && !reduces {
        return Err(Refusal::OrderTypeNotAllowed);
    }
    if q.terms.side == Side::Sell && q.terms.instrument.class != AssetClass::Forex && !q.allowances.short_sale {
        let with = |exposure: &Exposure| quantity.checked_add(exposure.same_side).ok_or(Refusal::TooLarge);
        let (own, net) = (q.exposure.position, q.exposure.net);
        // What a person sold elsewhere is gone, whoever bought it.
        if with(&q.account_exposure)? > net {
            return Err(Refusal::ShortSale { position: own.min(net) });
        }
        if with(&q.exposure)? > own {
            return Err(Refusal::NotYoursToClose { own });
        }
    }
    let regular = q.market.session == Some(Session::Regular) && !q.terms.outside_hours;
    if !regular && !q.allowances.outside_hours {
        return Err(Refusal::OutsideHours);
    }
    match strictest(q.limits.order_quantity, q.account_limits.order_quantity) {
        Some(limit) if q.terms.order_qty > limit && !reduces => Err(Refusal::OrderQuantity { limit }),
        Some(_) | None => Ok(()),
    }
}

fn fresh_quote(q: &Question<'_>) -> Option<Quote> {
    let quote = q.market.quote?;
    let fresh = q.now.since(quote.at) <= QUOTE_AGE_MS;
    let sane = quote.bid.is_positive() && quote.ask >= quote.bid;
    (fresh && sane).then_some(quote)
}

fn collar(q: &Question<'_>) -> i64 {
    let by_default = match q.terms.instrument.class {
        AssetClass::Forex => FOREX_COLLAR_BPS,
        AssetClass::Stock | AssetClass::Etf => COLLAR_BPS,
    };
    let stated = strictest(q.limits.collar_bps, q.account_limits.collar_bps);
    i64::from(stated.unwrap_or(by_default)).min(WHOLE_BPS)
}

/// Where the market is, or will be when a stop that lies beyond it triggers.
fn reference(terms: &Terms, quote: &Quote) -> Price {
    let stop_px = terms.kind.stop_px();
    match terms.side {
        Side::Buy => stop_px.map_or(quote.ask, |stop| stop.max(quote.ask)),
        Side::Sell => stop_px.map_or(quote.bid, |stop| stop.min(quote.bid)),
    }
}

/// Moved against us.
fn worsened(side: Side, price: Price, bps: i64) -> Result<Price, Refusal> {
    let against = match side {
        Side::Buy => bps,
        Side::Sell => -bps,
    };
    price.moved_bps(against).ok_or(Refusal::TooLarge)
}

/// Control 3: a price may not be worse for us than the reference moved by the collar.
fn within_collar(terms: &Terms, quote: &Quote, collar: i64) -> Result<(), Refusal> {
    let Some(price) = terms.kind.price() else {
        return Ok(());
    };
    let bound = worsened(terms.side, reference(terms, quote), collar)?;
    let beyond = match terms.side {
        Side::Buy => price > bound,
        Side::Sell => price < bound,
    };
    if beyond { Err(Refusal::PriceCollar { bound }) } else { Ok(()) }
}

/// What the order counts, in the account's currency; `None` where no fresh figure is to be had.
fn value(q: &Question<'_>, quote: Option<&Quote>, collar: i64) -> Result<Option<Amount>, Refusal> {
    let (kind, side) = (&q.terms.kind, q.terms.side);
    let reference = quote.map(|quote| reference(q.terms, quote)).or_else(|| kind.stop_px());
    let price = match (kind.price(), reference) {
        (Some(price), _) => price,
        (None, Some(reference)) => worsened(side, reference, collar)?,
        (None, None) => return Ok(None),
    };
    let Some(rate) = q.market.rate.filter(|rate| q.now.since(rate.at) <= QUOTE_AGE_MS) else {
        return Ok(None);
    };
    let local = q.terms.order_qty.times(price).ok_or(Refusal::TooLarge)?;
    local.at_rate(rate.rate).ok_or(Refusal::TooLarge).map(Some)
}

/// Controls 1, 4 and 5. Values never block an order that only reduces a position; counts do.
fn values(q: &Question<'_>, value: Option<Amount>, reduces: bool) -> Result<Charge, Refusal> {
    let value = value.unwrap_or(Amount::ZERO);
    let before = q.replaces.map_or(Amount::ZERO, |replaced| replaced.value);
    let added = value.checked_sub(before).ok_or(Refusal::TooLarge)?.max(Amount::ZERO);
    if !reduces {
        let stated = q.limits.order_value.ok_or(Refusal::OrderValueNotStated)?;
        let limit = strictest(Some(stated), q.account_limits.order_value).unwrap_or(stated);
        if value > limit {
            return Err(Refusal::OrderValue { value, limit });
        }
    }
    let new_order = q.replaces.is_none();
    // The defaults bind where the credential states nothing; an account that states nothing does not bind.
    for (limits, meter, exposure, credential) in
        [(q.limits, q.meter, &q.exposure, true), (q.account_limits, q.account_meter, &q.account_exposure, false)]
    {
        if credential && !reduces && limits.day_value.is_none() {
            return Err(Refusal::DayValueNotStated);
        }
        if let Some(limit) = limits.day_value.filter(|_| !reduces) {
            let used = meter.day_value(q.now);
            if used.checked_add(added).is_none_or(|total| total > limit) {
                return Err(Refusal::DayValue { used, value: added, limit });
            }
        }
        let day_count = limits.day_count.or(credential.then_some(DAY_COUNT));
        if let Some(limit) = day_count.filter(|limit| new_order && meter.day_count(q.now) >= *limit) {
            return Err(Refusal::DayCount { limit });
        }
        let open_orders = limits.open_orders.or(credential.then_some(OPEN_ORDERS));
        if let Some(limit) = open_orders.filter(|limit| new_order && exposure.open_orders >= *limit) {
            return Err(Refusal::OpenOrders { limit });
        }
        if let Some(limit) = limits.open_value.filter(|_| !reduces) {
            let used = exposure.open_value;
            if used.checked_add(value).is_none_or(|total| total > limit) {
                return Err(Refusal::OpenValue { used, value, limit });
            }
        }
    }
    Ok(Charge { value, added, pace: pace(q.limits, q.account_limits) })
}
