//! Fill: what the quote of this step does to an open order: wake its stop, fill it, cancel the rest.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::account::Account;
use crate::broker::Broker;
use crate::calendar::{Session, session};
use crate::commission::commission;
use crate::event::{Event, Execution, Given};
use crate::instrument::{Instrument, by_id};
use crate::order::{OrderState, Side, Status, Tif, beyond};
use crate::quote::{Touch, step_start};
use crate::reason::Reason;

/// To the nearest step of the instrument's prices; none where it would not be a price.
fn on_grid(price: Decimal, instrument: &Instrument) -> Option<Decimal> {
    let steps = price.checked_div(instrument.min_tick)?.round();
    steps.checked_mul(instrument.min_tick).filter(|price| *price > Decimal::ZERO)
}

/// A decision being made: the events so far, and the accounts as these leave them.
pub(crate) struct Draft<'a> {
    broker: &'a Broker,
    given: &'a Given<'a>,
    accounts: BTreeMap<String, Account>,
    /// Orders as the events leave them.
    orders: BTreeMap<String, OrderState>,
    /// Orders that the broker itself has placed in it.
    pub placed: i64,
    pub events: Vec<Event>,
}

impl<'a> Draft<'a> {
    pub fn new(broker: &'a Broker, given: &'a Given<'a>) -> Self {
        Draft { broker, given, accounts: BTreeMap::new(), orders: BTreeMap::new(), placed: 0, events: Vec::new() }
    }

    /// Lets an order meet the quote. At most one fill an order and step: the displayed size is
    /// used up until the next one. Orders do not compete for it with one another.
    pub fn meet_quote(&mut self, state: OrderState) {
        let mut state = self.orders.get(&state.order.reference).cloned().unwrap_or(state);
        if !state.is_open() {
            return;
        }
        self.keep(&state);
        let now = self.given.now_ms;
        if state.expires_at.is_some_and(|end| end <= now) {
            self.close(state, now);
            return;
        }
        let free = match self.free(&state) {
            None => return self.cancel(&mut state, Reason::ParentEnded),
            Some(free) if free.is_zero() || state.parked || state.order.tif == Tif::Close => return,
            Some(free) => free,
        };
        if let Some(instrument) = by_id(state.order.con_id)
            && session(instrument, now, self.given.hours) == Session::Regular
            && let Some(touch) = self.given.market.touch(instrument, now)
        {
            self.trail(&mut state, instrument, &touch);
            self.wake(&mut state, &touch);
            self.fill(&mut state, instrument, &touch, free);
        }
        match state.order.tif {
            Tif::Ioc if state.is_open() => self.cancel(&mut state, Reason::ImmediateOrCancel),
            Tif::Fok if state.is_open() => self.cancel(&mut state, Reason::FillOrKill),
            Tif::Ioc | Tif::Fok | Tif::Day | Tif::Gtc | Tif::Close => {}
        }
    }

    /// Its trading day has ended: what waited for the auction fills whole at the last prices of the day, if its
    /// limit lets it; everything else has expired.
    fn close(&mut self, mut state: OrderState, now: i64) {
        let end = state.expires_at.unwrap_or(now);
        let instrument = by_id(state.order.con_id).filter(|_| state.order.tif == Tif::Close);
        let free = self.free(&state).unwrap_or_default();
        if let Some(instrument) = instrument.filter(|_| !state.parked && !free.is_zero())
            && let Some(mut touch) = self.given.market.touch(instrument, end.saturating_sub(1))
        {
            // An auction is as deep as it must be.
            (touch.bid_size, touch.ask_size) = (state.order.quantity, state.order.quantity);
            self.fill(&mut state, instrument, &touch, free);
        }
        if state.is_open() {
            self.events.push(Event::Expired { reference: state.order.reference.clone(), at: now });
            state.end(Status::Expired, None, now);
            self.keep(&state);
        }
    }

    /// A trailing stop is moved to where the market lets it stand, never back.
    fn trail(&mut self, state: &mut OrderState, instrument: &Instrument, touch: &Touch) {
        let Some((by, _)) = state.order.kind.trail().filter(|_| state.waits_for_stop()) else { return };
        let side = state.order.side;
        let from = match side {
            Side::Buy => touch.ask,
            Side::Sell => touch.bid,
        };
        let fresh = by.from(from).and_then(|far| beyond(side, from, far)).and_then(|stop| on_grid(stop, instrument));
        let Some(fresh) = fresh else { return };
        let better = state.stop().is_none_or(|stop| match side {
            Side::Buy => fresh < stop,
            Side::Sell => fresh > stop,
        });
        if better {
            state.trailed_to = Some(fresh);
            self.keep(state);
            let reference = state.order.reference.clone();
            self.events.push(Event::Trailed { reference, stop: fresh, at: self.given.now_ms });
        }
    }

    /// A stop to buy wakes when the ask reaches it, a stop to sell when the bid does: these are
    /// the prices it then meets (the last price lies between them).
    fn wake(&mut self, state: &mut OrderState, touch: &Touch) {
        let Some(stop) = state.stop() else {
            return;
        };
        let (price, reached) = match state.order.side {
            Side::Buy => (touch.ask, touch.ask >= stop),
            Side::Sell => (touch.bid, touch.bid <= stop),
        };
        if state.waits_for_stop() && reached {
            state.status = Status::Triggered;
            self.keep(state);
            self.events.push(Event::Triggered {
                reference: state.order.reference.clone(),
                price,
                at: self.given.now_ms,
            });
        }
    }

    fn fill(&mut self, state: &mut OrderState, instrument: &Instrument, touch: &Touch, free: Decimal) {
        let (price, size) = match state.order.side {
            Side::Buy => (touch.ask, touch.ask_size),
            Side::Sell => (touch.bid, touch.bid_size),
        };
        let beyond_limit = state.limit().is_some_and(|limit| match state.order.side {
            Side::Buy => price > limit,
            Side::Sell => price < limit,
        });
        let filled_this_step = state.last_fill_at.is_some_and(|at| step_start(at) >= touch.at_ms);
        if beyond_limit || filled_this_step || state.waits_for_stop() {
            return;
        }
        let quantity = state.remaining().min(size).min(free);
        if state.order.tif == Tif::Fok && quantity < state.remaining() {
            return;
        }
        let fee = commission(instrument, quantity, price, self.given);
        match fee.and_then(|fee| self.execute(state, instrument, (quantity, price), fee)) {
            Some((execution, account, after)) => {
                self.accounts.insert(account.number.clone(), account);
                self.events.push(Event::Filled { execution });
                *state = after;
                self.keep(state);
                self.bear_on_others(state, quantity);
            }
            None => {
                self.cancel(state, Reason::Overflow);
            }
        }
    }

    /// The execution, with the account and the order after it; `None` if a figure overflows.
    fn execute(
        &self,
        state: &OrderState,
        instrument: &Instrument,
        (quantity, price): (Decimal, Decimal),
        commission: Decimal,
    ) -> Option<(Execution, Account, OrderState)> {
        let order = &state.order;
        let account = self.account(&order.account)?;
        let number = state.fills.checked_add(1)?;
        let mut execution = Execution {
            exec_id: format!("{:08x}.{number:08x}.01.01", state.perm_id),
            reference: order.reference.clone(),
            account: order.account.clone(),
            con_id: order.con_id,
            side: order.side,
            quantity,
            price,
            commission,
            commission_currency: instrument.currency.to_owned(),
            realized_pnl: None,
            at: self.given.now_ms,
        };
        let (account, earned) = account.after_fill(&execution)?;
        execution.realized_pnl = earned;
        let after = state.after_fill(&execution)?;
        Some((execution, account, after))
    }

    /// Its contract has expired: what is held becomes money at what it is worth, and nothing is charged for it.
    pub fn settle(&mut self, state: &OrderState, instrument: &Instrument, price: Decimal) -> bool {
        let quantity = state.order.quantity;
        let Some((execution, account, after)) = self.execute(state, instrument, (quantity, price), Decimal::ZERO)
        else {
            return false;
        };
        self.accounts.insert(account.number.clone(), account);
        let (order, perm_id, at) = (state.order.clone(), state.perm_id, self.given.now_ms);
        self.events.push(Event::Accepted { order, perm_id, expires_at: None, at });
        self.events.push(Event::Filled { execution });
        self.keep(&after);
        true
    }

    /// A fill cancels the others of its group, or takes as much from each; what then has nothing left ends.
    fn bear_on_others(&mut self, filled: &mut OrderState, quantity: Decimal) {
        if let Some(group) = &filled.order.group {
            let cancels = group.cancels;
            let known = self.broker.open_orders().filter(|other| !self.orders.contains_key(&other.order.reference));
            let mut others: Vec<OrderState> =
                known.chain(self.orders.values()).filter(|other| other.is_grouped_with(filled)).cloned().collect();
            others.sort_by_key(|other| other.perm_id);
            for mut other in others {
                if other.is_open() && !cancels {
                    let reference = other.order.reference.clone();
                    self.events.push(Event::Reduced { reference, by: quantity, at: self.given.now_ms });
                    other.give_up(quantity);
                    self.keep(&other);
                }
                if other.is_open() && (cancels || other.remaining().is_zero()) {
                    self.cancel(&mut other, Reason::OneCancelsOthers);
                }
            }
        }
        if filled.is_open() && filled.remaining().is_zero() {
            self.cancel(filled, Reason::OneCancelsOthers);
        }
    }

    /// How much the parent lets it fill now; an order without one is free. `None`: there is nothing any more that it
    /// could close.
    fn free(&self, state: &OrderState) -> Option<Decimal> {
        let Some(reference) = &state.order.parent else { return Some(Decimal::MAX) };
        let known = self.orders.get(reference).or_else(|| self.broker.order(reference));
        let parent = known?;
        let closed = state.filled.checked_add(state.given_up)?;
        let free = parent.filled.checked_sub(closed)?.max(Decimal::ZERO);
        (parent.is_open() || !free.is_zero()).then_some(free)
    }

    /// The account as the events leave it.
    pub fn account(&self, number: &str) -> Option<&Account> {
        self.accounts.get(number).or_else(|| self.broker.account(number))
    }

    /// Its open orders as the events leave them.
    pub fn open_orders(&self, account: &str) -> Vec<OrderState> {
        let known = self.broker.open_orders().filter(|other| !self.orders.contains_key(&other.order.reference));
        let theirs = known.chain(self.orders.values()).filter(|other| other.order.account == account);
        theirs.filter(|other| other.is_open()).cloned().collect()
    }

    pub fn keep(&mut self, state: &OrderState) {
        self.orders.insert(state.order.reference.clone(), state.clone());
    }

    /// Its family is whole: it is in the market. A sibling that was set free before it may have ended it already.
    pub fn release(&mut self, waiting: &OrderState) {
        let mut state = self.orders.get(&waiting.order.reference).unwrap_or(waiting).clone();
        if !state.is_open() {
            return;
        }
        self.events.push(Event::Released { reference: state.order.reference.clone(), at: self.given.now_ms });
        state.parked = false;
        self.keep(&state);
        self.meet_quote(state);
    }

    /// Its parent has ended: so does what has nothing to close.
    pub fn left_alone(&mut self, mut state: OrderState) {
        if self.free(&state).is_none() {
            self.cancel(&mut state, Reason::ParentEnded);
        }
    }

    /// The owner has cancelled it.
    pub fn cancelled(&mut self, state: &OrderState) {
        let mut state = state.clone();
        self.events.push(Event::Cancelled {
            reference: state.order.reference.clone(),
            reason: None,
            at: self.given.now_ms,
        });
        state.end(Status::Cancelled, None, self.given.now_ms);
        self.keep(&state);
    }

    pub fn cancel(&mut self, state: &mut OrderState, reason: Reason) {
        self.events.push(Event::Cancelled {
            reference: state.order.reference.clone(),
            reason: Some(reason),
            at: self.given.now_ms,
        });
        state.end(Status::Cancelled, Some(reason), self.given.now_ms);
        self.keep(state);
    }
}
