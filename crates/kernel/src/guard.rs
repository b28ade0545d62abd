//! Guard: the numeric pre-trade controls, one function that reads and never writes.
//!
//! The order of the controls is fixed: the first one that says no names the refusal. Nothing here
//! allocates, because every order of every program waits for it.

use crate::given::{Market, Quote, Session};
use crate::instrument::AssetClass;
pub use crate::limits::{
    Allowances, COLLAR_BPS, DAY_COUNT, FOREX_COLLAR_BPS, Limits, MESSAGES_PER_SECOND, OPEN_ORDERS, ORDERS_PER_SECOND,
    QUOTE_AGE_MS, REPEATED_FILLS, strictest,
};
pub use crate::meter::Charge;
use crate::meter::{Bucket, Meter, Pace};
use crate::money::{Amount, Price, Quantity};
use crate::order::{Kind, Side, Terms};
use crate::time::Timestamp;
pub use crate::working::Exposure;
use serde::{Deserialize, Serialize};

/// A collar is never wider than the price itself.
const WHOLE_BPS: i64 = 10_000;

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
    let towards_zero = |part: &Exposure| part.reduces(q.terms.side, quantity);
    let reduces = towards_zero(&q.exposure) && towards_zero(&q.account_exposure);
    let pace = Pace::of(q.limits, q.account_limits);
    let quote = fresh_quote(q);
    switches(q, reduces)?;
    rates(q, &pace)?;
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
    let charge = values(q, value, reduces, pace)?;
    if q.replaces.is_none() && q.meter.has_just_seen(q.terms, q.now) && !q.approved {
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
#[inline]
fn remaining(q: &Question<'_>) -> Result<Quantity, Refusal> {
    let filled = q.replaces.map_or(Quantity::ZERO, |replaced| replaced.filled);
    let rest = q.terms.order_qty.checked_sub(filled).ok_or(Refusal::TooLarge)?;
    if rest.is_positive() { Ok(rest) } else { Err(Refusal::BelowFilled { filled }) }
}

/// Controls 18 and 10.
#[inline]
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
#[inline(always)]
fn rates(q: &Question<'_>, pace: &Pace) -> Result<(), Refusal> {
    if q.approved {
        return Ok(());
    }
    let messages = |bucket: Bucket, rate: u32| bucket.has_room(q.now, rate, rate.saturating_mul(2));
    let orders = |bucket: Bucket, rate: u32| q.replaces.is_some() || bucket.has_room(q.now, rate, rate);
    // What the credential did here is looked up only where the account states a rate.
    let here = || q.meter.rates_on(q.terms.account);
    if !messages(q.meter.rates.messages, pace.messages) {
        return Err(Refusal::MessageRate { per_second: pace.messages });
    }
    if let Some(per_second) = pace.account_messages
        && !messages(here().messages, per_second)
    {
        return Err(Refusal::MessageRate { per_second });
    }
    if !orders(q.meter.rates.orders, pace.orders) {
        return Err(Refusal::OrderRate { per_second: pace.orders });
    }
    if let Some(per_second) = pace.account_orders
        && !orders(here().orders, per_second)
    {
        return Err(Refusal::OrderRate { per_second });
    }
    Ok(())
}

/// Controls 11, 12, 20, 13, 14 and 2.
#[inline(always)]
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

#[inline]
fn fresh_quote(q: &Question<'_>) -> Option<Quote> {
    let quote = q.market.quote?;
    let fresh = q.now.since(quote.at) <= QUOTE_AGE_MS;
    let sane = quote.bid.is_positive() && quote.ask >= quote.bid;
    (fresh && sane).then_some(quote)
}

#[inline]
fn collar(q: &Question<'_>) -> i64 {
    let by_default = match q.terms.instrument.class {
        AssetClass::Forex => FOREX_COLLAR_BPS,
        AssetClass::Stock | AssetClass::Etf => COLLAR_BPS,
    };
    let stated = strictest(q.limits.collar_bps, q.account_limits.collar_bps);
    i64::from(stated.unwrap_or(by_default)).min(WHOLE_BPS)
}

/// Where the market is, or will be when a stop that lies beyond it triggers.
#[inline(always)]
fn reference(terms: &Terms, quote: &Quote) -> Price {
    let stop_px = terms.kind.stop_px();
    match terms.side {
        Side::Buy => stop_px.map_or(quote.ask, |stop| stop.max(quote.ask)),
        Side::Sell => stop_px.map_or(quote.bid, |stop| stop.min(quote.bid)),
    }
}

/// Moved against us.
#[inline(always)]
fn worsened(side: Side, price: Price, bps: i64) -> Result<Price, Refusal> {
    let against = match side {
        Side::Buy => bps,
        Side::Sell => -bps,
    };
    price.moved_bps(against).ok_or(Refusal::TooLarge)
}

/// Control 3: a price may not be worse for us than the reference moved by the collar.
#[inline(always)]
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
#[inline(always)]
fn value(q: &Question<'_>, quote: Option<&Quote>, collar: i64) -> Result<Option<Amount>, Refusal> {
    let (kind, side) = (&q.terms.kind, q.terms.side);
    let reference = || quote.map(|quote| reference(q.terms, quote)).or_else(|| kind.stop_px());
    let price = match kind.price() {
        Some(price) => price,
        None => match reference() {
            Some(reference) => worsened(side, reference, collar)?,
            None => return Ok(None),
        },
    };
    let Some(rate) = q.market.rate.filter(|rate| q.now.since(rate.at) <= QUOTE_AGE_MS) else {
        return Ok(None);
    };
    let local = q.terms.order_qty.times(price).ok_or(Refusal::TooLarge)?;
    local.at_rate(rate.rate).ok_or(Refusal::TooLarge).map(Some)
}

/// Controls 1, 4 and 5. Values never block an order that only reduces a position; counts do.
#[inline(always)]
fn values(q: &Question<'_>, value: Option<Amount>, reduces: bool, pace: Pace) -> Result<Charge, Refusal> {
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
    let counted = Counted { value, added, reduces, new_order: q.replaces.is_none(), now: q.now };
    // The defaults bind where the credential states nothing; an account that states nothing does not bind.
    level(&counted, q.limits, q.meter, &q.exposure, true)?;
    level(&counted, q.account_limits, q.account_meter, &q.account_exposure, false)?;
    Ok(Charge { value, added, pace })
}

struct Counted {
    value: Amount,
    added: Amount,
    reduces: bool,
    new_order: bool,
    now: Timestamp,
}

/// Controls 4 and 5 of the credential, or of the account.
#[inline(always)]
fn level(q: &Counted, limits: &Limits, meter: &Meter, exposure: &Exposure, credential: bool) -> Result<(), Refusal> {
    if credential && !q.reduces && limits.day_value.is_none() {
        return Err(Refusal::DayValueNotStated);
    }
    if let Some(limit) = limits.day_value.filter(|_| !q.reduces) {
        let used = meter.day_value(q.now);
        if used.checked_add(q.added).is_none_or(|total| total > limit) {
            return Err(Refusal::DayValue { used, value: q.added, limit });
        }
    }
    let day_count = limits.day_count.or(credential.then_some(DAY_COUNT));
    if let Some(limit) = day_count.filter(|limit| q.new_order && meter.day_count(q.now) >= *limit) {
        return Err(Refusal::DayCount { limit });
    }
    let open_orders = limits.open_orders.or(credential.then_some(OPEN_ORDERS));
    if let Some(limit) = open_orders.filter(|limit| q.new_order && exposure.open_orders >= *limit) {
        return Err(Refusal::OpenOrders { limit });
    }
    if let Some(limit) = limits.open_value.filter(|_| !q.reduces) {
        let used = exposure.open_value;
        if used.checked_add(q.value).is_none_or(|total| total > limit) {
            return Err(Refusal::OpenValue { used, value: q.value, limit });
        }
    }
    Ok(())
}
