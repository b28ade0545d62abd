//! Call: what happens to an account that has less than its positions take to be kept.
//!
//! Its owner has a minute to bring more, to close something, or to see the market come back. Then its orders are
//! cancelled and the broker closes: of what trades now, the position (or the balance in another currency) that takes
//! most to be kept, with as much as the market shows, step by step until the account has enough.

use rust_decimal::Decimal;

use crate::account::Account;
use crate::broker::Broker;
use crate::calendar::{Session, session};
use crate::commission::commission;
use crate::event::{Event, Given};
use crate::fill::Draft;
use crate::instrument::{Instrument, all, by_id};
use crate::margin::{figures, kept_in, taken};
use crate::order::{Order, OrderState, Side};
use crate::reason::Reason;

/// How long an account may have too little.
pub const GRACE_MS: i64 = 60_000;
/// A call ends with so much more than must be kept, so that it does not come and go with each step.
const SLACK: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
/// What a conversion frees is at least so many times what it costs: what is owed in yen pays its commission in yen.
const WORTH: Decimal = Decimal::TWO;
/// What the broker's own orders are labelled with; their references begin with it, too.
pub const LABEL: &str = "liquidation";

pub(crate) fn look(draft: &mut Draft, broker: &Broker, number: &str, given: &Given) {
    let (at, since) = (given.now_ms, broker.called_since(number));
    let Some(account) = draft.account(number).filter(|account| since.is_some() || account.owes()).cloned() else {
        return;
    };
    let (short, enough) = match judged(&account, given) {
        // What owes nothing always has enough.
        _ if !account.owes() => (false, true),
        Some((excess, slack)) => (excess < Decimal::ZERO, excess >= slack),
        // What does not fit in figures is left alone: it cannot be judged.
        None => return,
    };
    match since {
        None if short => draft.events.push(Event::MarginCalled { account: number.to_owned(), at }),
        Some(_) if enough => draft.events.push(Event::MarginMet { account: number.to_owned(), at }),
        Some(since) if short && at.saturating_sub(since) >= GRACE_MS => close(draft, broker, &account, given),
        Some(_) | None => {}
    }
}

/// How much more it has than it must keep, and how much more ends a call.
fn judged(account: &Account, given: &Given) -> Option<(Decimal, Decimal)> {
    let figures = figures(account, std::iter::empty(), given)?;
    Some((figures.excess()?, figures.maintenance.checked_mul(SLACK)?))
}

fn close(draft: &mut Draft, broker: &Broker, account: &Account, given: &Given) {
    for mut state in draft.open_orders(&account.number) {
        draft.cancel(&mut state, Reason::MarginCall);
    }
    let Some(Weighed { con_id, side, quantity, .. }) = heaviest(account, given) else { return };
    let Some(perm_id) = broker.next_perm_id().and_then(|next| next.checked_add(draft.placed)) else { return };
    // What this step does not take is asked for again at the next, by what is held then.
    let order = Order::by_the_broker(LABEL, perm_id, &account.number, con_id, (side, quantity));
    draft.placed = draft.placed.saturating_add(1);
    let at = given.now_ms;
    draft.events.push(Event::Accepted { order: order.clone(), perm_id, expires_at: None, at });
    draft.meet_quote(OrderState::placed(order, perm_id, None, at));
}

/// What would close something, and what that takes to be kept.
struct Weighed {
    weight: Decimal,
    con_id: u32,
    side: Side,
    quantity: Decimal,
}

/// Of what trades now, what takes most to be kept.
fn heaviest(account: &Account, given: &Given) -> Option<Weighed> {
    let positions = account.positions.iter().filter_map(|(con_id, position)| {
        let instrument = traded(by_id(*con_id)?, given)?;
        let (_, weight) = taken(account, instrument, position.quantity, given)?;
        let side = if position.quantity.is_sign_negative() { Side::Buy } else { Side::Sell };
        Some(Weighed { weight, con_id: *con_id, side, quantity: position.quantity.abs() })
    });
    let foreign = account.cash.iter().filter(|(currency, _)| **currency != account.base_currency);
    let balances = foreign.filter_map(|(currency, balance)| converted(account, currency, *balance, given));
    let all = positions.chain(balances).filter(|each| !each.quantity.is_zero());
    all.max_by_key(|each| (each.weight, each.con_id))
}

/// A balance in another currency is closed over its pair with the account's, or with the dollar where there is none.
fn converted(account: &Account, currency: &str, balance: Decimal, given: &Given) -> Option<Weighed> {
    let pair = pair_of(currency, &account.base_currency).or_else(|| pair_of(currency, "USD"))?;
    let touch = given.market.touch(traded(pair, given)?, given.now_ms)?;
    let weight = kept_in(account, currency, balance, given)?;
    let owed = balance.is_sign_negative();
    let (side, amount) = if pair.symbol == currency {
        (if owed { Side::Buy } else { Side::Sell }, balance.abs())
    } else {
        let (side, price) = if owed { (Side::Sell, touch.bid) } else { (Side::Buy, touch.ask) };
        (side, balance.abs().checked_div(price)?)
    };
    // What is less than the smallest order stays.
    let quantity = amount.checked_sub(amount.checked_rem(pair.size_increment)?)?.normalize();
    let fee = commission(pair, quantity, touch.ask, given)?;
    let rate = given.market.rate(pair.currency, &account.base_currency, given.now_ms)?;
    if weight < fee.checked_mul(rate)?.checked_mul(WORTH)? {
        return None;
    }
    Some(Weighed { weight, con_id: pair.con_id, side, quantity })
}

fn pair_of(one: &str, other: &str) -> Option<&'static Instrument> {
    let is = |each: &&Instrument| {
        (each.symbol == one && each.currency == other) || (each.symbol == other && each.currency == one)
    };
    all().iter().filter(|each| each.is_forex()).find(is)
}

fn traded<'a>(instrument: &'a Instrument, given: &Given) -> Option<&'a Instrument> {
    let regular = session(instrument, given.now_ms, given.hours) == Session::Regular;
    (regular && given.market.touch(instrument, given.now_ms).is_some()).then_some(instrument)
}
