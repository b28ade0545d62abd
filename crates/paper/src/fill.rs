//! Fill: what the quote of this step does to an open order: wake its stop, fill it, cancel the rest.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::account::Account;
use crate::broker::Broker;
use crate::calendar::{Session, session};
use crate::commission::commission;
use crate::event::{Event, Execution, Given};
use crate::instrument::{Instrument, by_id};
use crate::order::{OrderState, Side, Status, Tif};
use crate::quote::{Touch, step_start, touch};
use crate::reason::Reason;

/// A decision being made: the events so far, and the accounts as these leave them.
pub(crate) struct Draft<'a> {
    broker: &'a Broker,
    given: &'a Given,
    accounts: BTreeMap<String, Account>,
    pub events: Vec<Event>,
}

impl<'a> Draft<'a> {
    pub fn new(broker: &'a Broker, given: &'a Given) -> Self {
        Draft { broker, given, accounts: BTreeMap::new(), events: Vec::new() }
    }

    /// Lets an order meet the quote. At most one fill an order and step: the displayed size is
    /// used up until the next one. Orders do not compete for it with one another.
    pub fn meet_quote(&mut self, mut state: OrderState) {
        let now = self.given.now_ms;
        if state.expires_at.is_some_and(|end| end <= now) {
            self.events.push(Event::Expired { reference: state.order.reference, at: now });
            return;
        }
        if let Some(instrument) = by_id(state.order.con_id)
            && session(instrument, now, self.given.hours) == Session::Regular
        {
            let touch = touch(self.given.seed, instrument, now);
            self.wake(&mut state, &touch);
            self.fill(&mut state, instrument, &touch);
        }
        if state.is_open() && state.order.tif == Tif::Ioc {
            self.cancel(&state, Reason::ImmediateOrCancel);
        }
    }

    /// A stop to buy wakes when the ask reaches it, a stop to sell when the bid does: these are
    /// the prices it then meets (the last price lies between them).
    fn wake(&mut self, state: &mut OrderState, touch: &Touch) {
        let Some(stop) = state.order.kind.stop() else {
            return;
        };
        let (price, reached) = match state.order.side {
            Side::Buy => (touch.ask, touch.ask >= stop),
            Side::Sell => (touch.bid, touch.bid <= stop),
        };
        if state.waits_for_stop() && reached {
            state.status = Status::Triggered;
            self.events.push(Event::Triggered {
                reference: state.order.reference.clone(),
                price,
                at: self.given.now_ms,
            });
        }
    }

    fn fill(&mut self, state: &mut OrderState, instrument: &Instrument, touch: &Touch) {
        let (price, size) = match state.order.side {
            Side::Buy => (touch.ask, touch.ask_size),
            Side::Sell => (touch.bid, touch.bid_size),
        };
        let beyond_limit = state.order.kind.limit().is_some_and(|limit| match state.order.side {
            Side::Buy => price > limit,
            Side::Sell => price < limit,
        });
        let filled_this_step = state.last_fill_at.is_some_and(|at| step_start(at) >= touch.at_ms);
        if beyond_limit || filled_this_step || state.waits_for_stop() {
            return;
        }
        let quantity = state.remaining().min(size);
        match self.execute(state, instrument, quantity, price) {
            Some((execution, account, after)) => {
                self.accounts.insert(account.number.clone(), account);
                self.events.push(Event::Filled { execution });
                *state = after;
            }
            None => {
                self.cancel(state, Reason::Overflow);
                state.end(Status::Cancelled, Some(Reason::Overflow), self.given.now_ms);
            }
        }
    }

    /// The execution, with the account and the order after it; `None` if a figure overflows.
    fn execute(
        &self,
        state: &OrderState,
        instrument: &Instrument,
        quantity: Decimal,
        price: Decimal,
    ) -> Option<(Execution, Account, OrderState)> {
        let order = &state.order;
        let account = self.accounts.get(&order.account).or_else(|| self.broker.account(&order.account))?;
        let number = state.fills.checked_add(1)?;
        let mut execution = Execution {
            exec_id: format!("{:08x}.{number:08x}.01.01", state.perm_id),
            reference: order.reference.clone(),
            account: order.account.clone(),
            con_id: order.con_id,
            side: order.side,
            quantity,
            price,
            commission: commission(instrument, quantity, price, self.given)?,
            commission_currency: instrument.currency.to_owned(),
            realized_pnl: None,
            at: self.given.now_ms,
        };
        let (account, earned) = account.after_fill(&execution)?;
        execution.realized_pnl = earned;
        let after = state.after_fill(&execution)?;
        Some((execution, account, after))
    }

    fn cancel(&mut self, state: &OrderState, reason: Reason) {
        self.events.push(Event::Cancelled {
            reference: state.order.reference.clone(),
            reason: Some(reason),
            at: self.given.now_ms,
        });
    }
}
