//! Decide: reads the state, answers a command with events, writes nothing.

use rust_decimal::Decimal;

use crate::account::Account;
use crate::broker::Broker;
use crate::calendar::{Session, day_end, session};
use crate::call;
use crate::check;
use crate::event::{Command, Event, Given};
use crate::expiry;
use crate::fill::Draft;
use crate::instrument::{CURRENCIES, Instrument};
use crate::margin;
use crate::order::{Order, OrderState, Tif};
use crate::reason::Reason;

/// What a command does. No events: nothing new (a repeated command, or a tick without a change).
pub fn decide(broker: &Broker, command: &Command, given: &Given) -> Vec<Event> {
    let given = &Given { now_ms: given.now_ms.max(broker.last_at()), ..*given };
    match command {
        Command::OpenAccount { number, base_currency } => open_account(broker, number, base_currency, given.now_ms),
        Command::Deposit { account, currency, amount } => {
            vec![deposit(broker, account, currency, *amount, given.now_ms)]
        }
        Command::Submit(order) => submit(broker, order, given),
        Command::Replace { reference, order } => replace(broker, reference, order, given),
        Command::Cancel { reference } => cancel(broker, reference, given),
        Command::Tick => tick(broker, given),
    }
}

fn open_account(broker: &Broker, number: &str, base_currency: &str, at: i64) -> Vec<Event> {
    let rejected = |reason| vec![Event::AccountRejected { number: number.to_owned(), reason, at }];
    if let Some(known) = broker.account(number) {
        return if known.base_currency == base_currency { Vec::new() } else { rejected(Reason::AccountExists) };
    }
    if number.is_empty() || number.len() > check::LONGEST_TEXT {
        return rejected(Reason::AccountNumberUnfit);
    }
    if !CURRENCIES.contains(&base_currency) {
        return rejected(Reason::UnknownCurrency);
    }
    vec![Event::AccountOpened { number: number.to_owned(), base_currency: base_currency.to_owned(), at }]
}

fn deposit(broker: &Broker, account: &str, currency: &str, amount: Decimal, at: i64) -> Event {
    let checked = || {
        let known = broker.account(account).ok_or(Reason::UnknownAccount)?;
        if !CURRENCIES.contains(&currency) {
            return Err(Reason::UnknownCurrency);
        }
        check::deposit(amount)?;
        known.after_cash(currency, amount).ok_or(Reason::Overflow)
    };
    match checked() {
        Ok(_) => Event::Deposited { account: account.to_owned(), currency: currency.to_owned(), amount, at },
        Err(reason) => {
            Event::DepositRejected { account: account.to_owned(), currency: currency.to_owned(), reason, at }
        }
    }
}

fn submit(broker: &Broker, order: &Order, given: &Given) -> Vec<Event> {
    let at = given.now_ms;
    if let Some(known) = broker.order(&order.reference) {
        return if known.submitted() == order {
            Vec::new()
        } else {
            vec![Event::DuplicateReference { reference: order.reference.clone(), at }]
        };
    }
    let Some(perm_id) = broker.next_perm_id() else {
        return Vec::new();
    };
    let checked = || {
        let instrument = check::order(order)?;
        check::listed(instrument, at)?;
        check::quoted(instrument, given)?;
        let account = broker.account(&order.account).ok_or(Reason::UnknownAccount)?;
        if order.tif == Tif::Close && session(instrument, at, given.hours) != Session::Regular {
            return Err(Reason::NoClose);
        }
        let parent = parent(broker, order)?;
        afford(broker, account, (order, order.quantity), instrument, given)?;
        Ok((instrument, parent))
    };
    match checked() {
        Err(reason) => vec![Event::Rejected { order: order.clone(), perm_id, reason, at }],
        Ok((instrument, parent)) => {
            let expires_at = ends_at(order, instrument, given);
            let mut draft = Draft::new(broker, given);
            draft.events.push(Event::Accepted { order: order.clone(), perm_id, expires_at, at });
            let placed = OrderState::placed(order.clone(), perm_id, expires_at, at);
            draft.keep(&placed);
            // The last part of a family sets all of it free, the parent first.
            if let Some(parent) = parent.filter(|_| !order.parked) {
                let siblings = broker.open_orders().filter(|other| other.is_child_of(parent));
                let waiting = std::iter::once(parent).chain(siblings).filter(|state| state.parked);
                waiting.for_each(|state| draft.release(state));
            }
            draft.meet_quote(placed);
            draft.events
        }
    }
}

/// The order that it says it belongs to: of the same account and contract and of the other side, and there still or
/// with something to close.
fn parent<'a>(broker: &'a Broker, order: &Order) -> Result<Option<&'a OrderState>, Reason> {
    let Some(reference) = &order.parent else { return Ok(None) };
    let parent = broker.order(reference).ok_or(Reason::ParentUnfit)?;
    let fits = parent.order.account == order.account
        && parent.order.con_id == order.con_id
        && parent.order.side != order.side
        && parent.order.parent.is_none();
    if !fits {
        return Err(Reason::ParentUnfit);
    }
    if !parent.is_open() && parent.filled.is_zero() {
        return Err(Reason::ParentEnded);
    }
    if broker.lost_a_child(parent) { Err(Reason::PartRejected) } else { Ok(Some(parent)) }
}

/// Replacing an order by what it already is changes nothing, so a repeated command is harmless.
fn replace(broker: &Broker, reference: &str, order: &Order, given: &Given) -> Vec<Event> {
    let at = given.now_ms;
    let checked = || {
        let known = broker.order(reference).ok_or(Reason::UnknownOrder)?;
        if known.order == *order {
            return Ok(None);
        }
        if !known.is_open() {
            return Err(Reason::OrderEnded);
        }
        let same = known.order.reference == order.reference
            && known.order.account == order.account
            && known.order.con_id == order.con_id
            && known.order.side == order.side
            && known.order.parent == order.parent
            && known.order.group == order.group;
        if !same {
            return Err(Reason::ReplaceChangesIdentity);
        }
        let instrument = check::order(order)?;
        let account = broker.account(&order.account).ok_or(Reason::UnknownAccount)?;
        let remaining = order.quantity.checked_sub(known.filled).ok_or(Reason::Overflow)?;
        if remaining <= Decimal::ZERO {
            return Err(Reason::QuantityNotAboveFilled);
        }
        afford(broker, account, (order, remaining), instrument, given)?;
        Ok(Some((known, instrument)))
    };
    match checked() {
        Err(reason) => vec![Event::ReplaceRejected { reference: reference.to_owned(), reason, at }],
        Ok(None) => Vec::new(),
        Ok(Some((known, instrument))) => {
            let expires_at = ends_at(order, instrument, given);
            let mut draft = Draft::new(broker, given);
            draft.events.push(Event::Replaced { order: order.clone(), expires_at, at });
            let mut state = known.clone();
            state.replace(order.clone(), expires_at);
            draft.meet_quote(state);
            draft.events
        }
    }
}

/// With an order that has filled nothing end those that were to close what it fills.
fn cancel(broker: &Broker, reference: &str, given: &Given) -> Vec<Event> {
    let rejected = |reason| vec![Event::CancelRejected { reference: reference.to_owned(), reason, at: given.now_ms }];
    match broker.order(reference) {
        None => rejected(Reason::UnknownOrder),
        Some(known) if !known.is_open() => rejected(Reason::OrderEnded),
        Some(known) => {
            let mut draft = Draft::new(broker, given);
            draft.cancelled(known);
            let children = broker.open_orders().filter(|other| other.is_child_of(known));
            children.cloned().for_each(|child| draft.left_alone(child));
            draft.events
        }
    }
}

fn tick(broker: &Broker, given: &Given) -> Vec<Event> {
    let mut draft = Draft::new(broker, given);
    for state in broker.open_orders() {
        draft.meet_quote(state.clone());
    }
    for account in broker.accounts() {
        expiry::look(&mut draft, broker, &account.number, given);
        call::look(&mut draft, broker, &account.number, given);
    }
    draft.events
}

/// Whether the account can carry the order beside its open ones (an order of the same reference,
/// which is being replaced, is left out).
fn afford(
    broker: &Broker,
    account: &Account,
    (order, remaining): (&Order, Decimal),
    instrument: &Instrument,
    given: &Given,
) -> Result<(), Reason> {
    if order.parent.is_some() {
        // It closes what its parent opens, which is counted.
        return Ok(());
    }
    let others = margin::counted(broker, &order.account, Some(order));
    check::funds(account, others, (order, remaining), instrument, given)
}

fn ends_at(order: &Order, instrument: &Instrument, given: &Given) -> Option<i64> {
    let day = match order.tif {
        Tif::Day | Tif::Close => Some(day_end(instrument, given.now_ms, given.hours)),
        Tif::Gtc | Tif::Ioc | Tif::Fok => None,
    };
    // With its contract ends whatever still rests.
    let last = instrument.derivative.as_ref().map(|derivative| derivative.expires_ms);
    [day, last].into_iter().flatten().min()
}
