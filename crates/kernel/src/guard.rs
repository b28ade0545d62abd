//! Guard: the numeric pre-trade controls, one function that reads and never writes.
//!
//! The order of the controls is fixed: the first one that says no names the refusal. Nothing here
//! allocates, because every order of every program waits for it.

mod asked;

pub use self::asked::{Exposures, Question, Refusal, Replaced, Verdict, Worth};
pub use crate::allowances::{Allowances, by_name, may_be_short};
use crate::bounds::{Bounds, NOTHING, UNBOUND};
pub use crate::exposure::Exposure;
use crate::given::{Quote, Session};
use crate::instrument::AssetClass;
use crate::leverage::{self, Raised, Strain};
pub use crate::limits::{
    COLLAR_BPS, DAY_COUNT, FOREX_COLLAR_BPS, Limits, MESSAGES_PER_SECOND, OPEN_ORDERS, ORDERS_PER_SECOND, QUOTE_AGE_MS,
    REPEATED_FILLS, WHOLE_BPS, default_collar,
};
use crate::meter::{Bucket, Meter};
use crate::money::{Amount, Quantity};
use crate::order::{Side, TimeInForce};
pub use crate::ticket::Ticket;
use crate::time::Timestamp;
use crate::worth::{Asked, counted, worsened};

/// Reads, never writes.
pub fn decide(q: &Question<'_>) -> Result<Verdict, Refusal> {
    let plain = q.exposures.is_none()
        && q.replaces.is_none()
        && !q.account_limits.bind
        && !(q.approved | q.closes_parent | q.observing)
        && q.ticket.is_none();
    match q.terms.side {
        Side::Buy if plain => plain_buy(q),
        Side::Sell if plain => plain_sell(q),
        side => any(q, side),
    }
}

// The same, compiled apart for a new order of a customer who has nothing else open, once for each side: half the work
// is then known beforehand. Not inlined, or the compiler makes one of them again.
#[inline(never)]
fn plain_buy(q: &Question<'_>) -> Result<Verdict, Refusal> {
    judge(&simple(q), Side::Buy)
}

#[inline(never)]
fn plain_sell(q: &Question<'_>) -> Result<Verdict, Refusal> {
    judge(&simple(q), Side::Sell)
}

#[inline(never)]
fn any(q: &Question<'_>, side: Side) -> Result<Verdict, Refusal> {
    judge(q, side)
}

/// An account that states nothing is not read: that would be waiting for memory.
#[inline(always)]
fn simple<'a>(q: &Question<'a>) -> Question<'a> {
    static OPEN: Bounds = Bounds::OPEN;
    Question {
        exposures: None,
        replaces: None,
        account_limits: &OPEN,
        approved: false,
        closes_parent: false,
        observing: false,
        ticket: None,
        ..*q
    }
}

#[inline(always)]
fn judge(q: &Question<'_>, side: Side) -> Result<Verdict, Refusal> {
    static NONE: Exposures<'static> = Exposures::NONE;
    let exposures = q.exposures.unwrap_or(&NONE);
    let quantity = remaining(q)?;
    let now = exposures.reduces(side, quantity);
    // While a switch is engaged its parent opens nothing.
    switches(q, now).map_err(|why| opens(exposures, (side, quantity), why))?;
    let reduces = now || q.closes_parent;
    rates(q)?;
    permitted(q, exposures, side, quantity, reduces)?;
    let oldest = q.now.minus_ms(QUOTE_AGE_MS);
    let (quote, collar) = (fresh_quote(q, oldest), collar(q));
    if quote.is_none() && !reduces {
        return Err(Refusal::NoFreshQuote);
    }
    let asked = Asked::of(q.terms, side, quote).ok_or(Refusal::TooLarge)?;
    let bound = if q.observing { q.account_limits.collar_bps } else { collar };
    if let Some(quote) = quote.filter(|_| bound != UNBOUND) {
        within_collar((&asked, side), quote, bound)?;
    }
    let value = value(q, (&asked, side), (quote, oldest), collar, reduces)?;
    if value.is_none() && !reduces {
        return Err(Refusal::NoFreshQuote);
    }
    let worth = values(q, exposures, value, reduces)?;
    let raised = match &exposures.strain {
        Some(strain) if !reduces => strained(q, strain, (worth.value, quantity))?,
        Some(_) | None => false,
    };
    if q.replaces.is_none() && q.meter.has_just_seen(q.terms, q.now) && !q.approved {
        return Err(Refusal::Duplicate);
    }
    if exposures.own.crosses {
        return Err(Refusal::CrossesOwnOrder);
    }
    let threshold = q.limits.approve_above.min(q.account_limits.approve_above);
    let large = threshold < Amount::MAX && value.is_none_or(|value| value > threshold);
    Ok(if (large || raised) && !q.approved { Verdict::Hold(worth) } else { Verdict::Admit(worth) })
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
    if let Some(Ticket { close_only: Some(why) }) = q.ticket
        && !reduces
    {
        return Err(Refusal::CloseOnly { why });
    }
    if q.meter.disarmed.is_some() {
        return Err(Refusal::RepeatedExecution);
    }
    Ok(())
}

/// Whoever closes is told what there is to close first.
#[cold]
fn opens(exposures: &Exposures<'_>, (side, quantity): (Side, Quantity), why: Refusal) -> Refusal {
    let switched = matches!(why, Refusal::KillSwitch | Refusal::CloseOnly { .. });
    // Nothing but cover keeps what goes towards zero from passing these.
    if switched && exposures.towards_zero(side, quantity) { Refusal::Uncovers } else { why }
}

/// Control 9. A grant is not a new message of the program.
#[inline(always)]
fn rates(q: &Question<'_>) -> Result<(), Refusal> {
    if q.approved {
        return Ok(());
    }
    let messages = |bucket: Bucket, rate: u32| bucket.has_room(q.now, rate, rate.saturating_mul(2));
    let orders = |bucket: Bucket, rate: u32| q.replaces.is_some() || bucket.has_room(q.now, rate, rate);
    // What the credential did here is looked up only where the account states a rate.
    let here = || q.meter.rates_on(q.terms.account);
    let (own, account) = (q.limits, q.account_limits);
    if !messages(q.meter.rates.messages, own.messages) {
        return Err(Refusal::MessageRate { per_second: own.messages });
    }
    if account.messages != UNBOUND && !messages(here().messages, account.messages) {
        return Err(Refusal::MessageRate { per_second: account.messages });
    }
    if !orders(q.meter.rates.orders, own.orders) {
        return Err(Refusal::OrderRate { per_second: own.orders });
    }
    if account.orders != UNBOUND && !orders(here().orders, account.orders) {
        return Err(Refusal::OrderRate { per_second: account.orders });
    }
    Ok(())
}

/// Controls 11, 12, 20, 13, 14, 2 and 6.
#[inline(always)]
fn permitted(
    q: &Question<'_>,
    exposures: &Exposures<'_>,
    side: Side,
    quantity: Quantity,
    reduces: bool,
) -> Result<(), Refusal> {
    // What a person may open is listed; what they may close is not.
    let may = q.instrument_allowed || reduces && q.ticket.is_some();
    if !may {
        return Err(Refusal::InstrumentNotAllowed);
    }
    if q.restricted && !reduces {
        return Err(Refusal::InstrumentRestricted);
    }
    if !by_name(q.terms.kind, q.terms.time_in_force, &q.limits.allowances) && !reduces {
        return Err(Refusal::OrderTypeNotAllowed);
    }
    let class = q.terms.instrument.class;
    if side == Side::Sell && !q.closes_parent && !may_be_short(class, &q.limits.allowances) {
        let with = |exposure: &Exposure| quantity.checked_add(exposure.same_side).ok_or(Refusal::TooLarge);
        let (own, net) = (exposures.own.position, exposures.own.net);
        // What a person sold elsewhere is gone, whoever bought it.
        if with(&exposures.account)? > net {
            let (writes, position) = (class == AssetClass::Option, own.min(net));
            return Err(if writes { Refusal::OptionWriting { position } } else { Refusal::ShortSale { position } });
        }
        if with(&exposures.own)? > own {
            return Err(Refusal::NotYoursToClose { own });
        }
    }
    // Currencies have no auction, and a session that has ended has no close to come.
    let no_close = q.market.session != Some(Session::Regular) || class == AssetClass::Forex;
    if q.terms.time_in_force == TimeInForce::AtTheClose && no_close {
        return Err(Refusal::NoClose);
    }
    let regular = q.market.session == Some(Session::Regular) && !q.terms.outside_hours;
    if !regular && !q.limits.allowances.outside_hours {
        return Err(Refusal::OutsideHours);
    }
    let limit = q.limits.order_quantity.min(q.account_limits.order_quantity);
    if q.terms.order_qty > limit && !reduces {
        return Err(Refusal::OrderQuantity { limit });
    }
    let sized = !reduces && (q.limits.sized || q.account_limits.sized);
    if sized { positions(q, exposures, side, quantity) } else { Ok(()) }
}

/// Control 6, of the credential and then of the account; a level that states nothing has no bound.
#[cold]
fn positions(q: &Question<'_>, exposures: &Exposures<'_>, side: Side, quantity: Quantity) -> Result<(), Refusal> {
    let (own, account) = exposures.positions;
    // What the credential states for itself is not its bound while it is observed.
    let own = if q.observing { Quantity::MAX } else { own };
    for (exposure, limit) in [(&exposures.own, own), (&exposures.account, account)] {
        let position = exposure.worst(side, quantity).ok_or(Refusal::TooLarge)?;
        if position > limit {
            return Err(Refusal::PositionQuantity { position, limit });
        }
    }
    Ok(())
}

/// Controls 6 and 13, over the venue's own figures; whether the leverage takes an approval. What only reduces raises
/// nothing.
#[cold]
fn strained(q: &Question<'_>, strain: &Strain<'_>, order: (Amount, Quantity)) -> Result<bool, Refusal> {
    let adds = leverage::part(order.0, order.1, q.terms.order_qty);
    // A TWS leaves futures out of the gross value, and has of a written option its premium.
    let measured = match q.terms.instrument.class {
        AssetClass::Future => false,
        AssetClass::Option => q.terms.side == Side::Buy,
        AssetClass::Stock | AssetClass::Etf | AssetClass::Forex => true,
    };
    strain
        .check(q.market.figures.as_ref(), (adds, measured), q.now, q.observing)
        .map_err(|why| Refusal::Strained { why })
}

/// For whoever is asked: where a new order is held for its leverage, what it would come to.
pub fn raised(q: &Question<'_>, value: Amount) -> Option<Raised> {
    q.exposures?.strain?.raised(q.market.figures.as_ref()?, value)
}

#[inline]
fn fresh_quote<'a>(q: &Question<'a>, oldest: Timestamp) -> Option<&'a Quote> {
    let quote = q.market.quote.as_ref()?;
    let fresh = quote.at >= oldest;
    let sane = quote.bid.is_positive() && quote.ask >= quote.bid;
    (fresh && sane).then_some(quote)
}

#[inline]
fn collar(q: &Question<'_>) -> u32 {
    match q.limits.collar_bps.min(q.account_limits.collar_bps) {
        UNBOUND => default_collar(q.terms.instrument.class),
        stated => stated,
    }
}

/// Control 3: a price may not be worse for us than the reference moved by the collar.
#[inline(always)]
fn within_collar((asked, side): (&Asked, Side), quote: &Quote, collar: u32) -> Result<(), Refusal> {
    let Some(price) = asked.price else {
        return Ok(());
    };
    let bound = worsened(asked.reference(quote, side), side, collar).ok_or(Refusal::TooLarge)?;
    let beyond = match side {
        Side::Buy => price > bound,
        Side::Sell => price < bound,
    };
    if beyond { Err(Refusal::PriceCollar { bound }) } else { Ok(()) }
}

/// What the order counts, in the account's currency; `None` where no fresh figure is to be had.
#[inline(always)]
fn value(
    q: &Question<'_>,
    (asked, side): (&Asked, Side),
    (quote, oldest): (Option<&Quote>, Timestamp),
    collar: u32,
    reduces: bool,
) -> Result<Option<Amount>, Refusal> {
    let price = match asked.own() {
        Some(price) => price,
        None => match asked.from(quote, side) {
            Some(from) => worsened(from, side, collar).ok_or(Refusal::TooLarge)?,
            None => return Ok(None),
        },
    };
    let Some(rate) = q.market.rate.as_ref().filter(|rate| rate.at >= oldest) else {
        return Ok(None);
    };
    let local = counted(q.terms, side, price, reduces).ok_or(Refusal::TooLarge)?;
    local.at_rate(rate.rate).ok_or(Refusal::TooLarge).map(Some)
}

/// Controls 1, 4 and 5. Values never block an order that only reduces a position; counts do.
#[inline(always)]
fn values(q: &Question<'_>, exposures: &Exposures<'_>, value: Option<Amount>, reduces: bool) -> Result<Worth, Refusal> {
    let value = value.unwrap_or(Amount::ZERO);
    let before = q.replaces.map_or(Amount::ZERO, |replaced| replaced.value);
    let added = value.checked_sub(before).ok_or(Refusal::TooLarge)?.max(Amount::ZERO);
    if !reduces {
        let limit = q.limits.order_value.min(q.account_limits.order_value);
        if value > limit {
            let stated = q.limits.order_value != NOTHING;
            return Err(if stated { Refusal::OrderValue { value, limit } } else { Refusal::OrderValueNotStated });
        }
    }
    let counted = Counted { value, added, reduces, new_order: q.replaces.is_none(), now: q.now };
    level(&counted, q.limits, q.meter, &exposures.own)?;
    if q.account_limits.bind {
        level(&counted, q.account_limits, q.account_meter, &exposures.account)?;
    }
    Ok(Worth { value, added })
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
fn level(q: &Counted, limits: &Bounds, meter: &Meter, exposure: &Exposure) -> Result<(), Refusal> {
    if !q.reduces {
        let (used, limit) = (meter.day_value(q.now), limits.day_value);
        if used.checked_add(q.added).is_none_or(|total| total > limit) {
            let stated = limit != NOTHING;
            return Err(if stated {
                Refusal::DayValue { used, value: q.added, limit }
            } else {
                Refusal::DayValueNotStated
            });
        }
    }
    if q.new_order && meter.day_count(q.now) >= limits.day_count {
        return Err(Refusal::DayCount { limit: limits.day_count });
    }
    if q.new_order && exposure.open_orders >= limits.open_orders {
        return Err(Refusal::OpenOrders { limit: limits.open_orders });
    }
    if !q.reduces {
        let (used, limit) = (exposure.open_value, limits.open_value);
        if used.checked_add(q.value).is_none_or(|total| total > limit) {
            return Err(Refusal::OpenValue { used, value: q.value, limit });
        }
    }
    Ok(())
}
