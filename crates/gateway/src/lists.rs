//! A credential's own orders and executions, told to one connected program: never another's.
//!
//! Lists are taken slice by slice and put into words after each: no order waits while a long list is made.

use crate::program::Program;
use crate::tell;
use kernel::book::Executed;
use kernel::id::OrderId;
use kernel::order::{ClientRef, Side};
use kernel::state::State;
use kernel::working::Order;
use std::ops::Bound;
use tws::Response;

/// So much of a list is looked at before others may have the state.
const SLICE: usize = 128;

impl Program {
    pub(crate) fn open_orders(&self, client_id: Option<i32>) -> Vec<Response> {
        let own = |order: &Order| {
            order.credential == self.credential && client_id.is_none_or(|id| order.client_ref.client_id == id)
        };
        let mut told = Vec::new();
        let mut after: Bound<OrderId> = Bound::Unbounded;
        loop {
            let (last, taken) = self.actor.read(|state| {
                let slice = || state.book.orders.range((after, Bound::Unbounded)).take(SLICE);
                let own = slice().map(|(_, order)| order).filter(|order| own(order));
                let taken: Vec<_> = own.map(|order| (order.clone(), tell::number(state, order))).collect();
                (slice().last().map(|(id, _)| *id), taken)
            });
            told.extend(taken.iter().flat_map(|(order, number)| tell::standing(order, number)));
            match last {
                Some(id) => after = Bound::Excluded(id),
                None => break,
            }
        }
        told.push(Response::OpenOrderEnd);
        told
    }

    pub(crate) fn completed(&self) -> Vec<Response> {
        let mut told = self.of_the_day(
            |state| &state.book.day.ended,
            |state, (order, how)| {
                let own = order.credential == self.credential;
                own.then(|| (order.clone(), *how, tell::number(state, order)))
            },
            |(order, how, number)| vec![tell::completed(&order, how, &number)],
        );
        told.push(Response::CompletedOrdersEnd);
        told
    }

    pub(crate) fn executions(&self, request_id: i32, filter: &tws::ExecutionFilter) -> Vec<Response> {
        let says = |said: &str, is: &str| said.is_empty() || said == is;
        let wanted = |executed: &Executed, order: &Order, number: &str| {
            let side = if executed.execution.side == Side::Buy { "BUY" } else { "SELL" };
            says(&filter.account, number)
                && says(&filter.symbol, &order.terms.instrument.symbol)
                && says(&filter.side, side)
                && (filter.client_id == 0 || filter.client_id == order.client_ref.client_id)
        };
        let mut told = self.of_the_day(
            |state| &state.book.day.executions,
            |state, executed| {
                let order = executed.order.as_ref().filter(|order| order.credential == self.credential)?;
                let number = tell::number(state, order);
                wanted(executed, order, &number).then(|| (executed.clone(), order.clone(), number))
            },
            |(executed, order, number)| {
                let mut told = vec![tell::execution(request_id, &executed.execution, &order, &number)];
                told.extend(executed.commission.as_ref().map(tell::commission));
                told
            },
        );
        told.push(Response::ExecutionDetailsEnd { request_id });
        told
    }

    /// The day's lists only grow, so a place in them stays that place; at midnight they begin anew, and this ends.
    fn of_the_day<E, T>(
        &self,
        list: impl Fn(&State) -> &Vec<E>,
        take: impl Fn(&State, &E) -> Option<T>,
        tell: impl Fn(T) -> Vec<Response>,
    ) -> Vec<Response> {
        let (mut told, mut from) = (Vec::new(), 0_usize);
        loop {
            let (seen, taken) = self.actor.read(|state| {
                let slice = list(state).get(from..).unwrap_or_default();
                let slice = slice.get(..SLICE).unwrap_or(slice);
                (slice.len(), slice.iter().filter_map(|one| take(state, one)).collect::<Vec<_>>())
            });
            told.extend(taken.into_iter().flat_map(&tell));
            if seen < SLICE {
                return told;
            }
            from = from.saturating_add(seen);
        }
    }

    pub(crate) fn own_order(&self, order_id: i32) -> Option<(Order, String)> {
        self.actor.read(|state| {
            let own = |order: &&Order| {
                order.credential == self.credential
                    && order.client_ref == ClientRef { client_id: self.client_id, order_id }
            };
            state.book.orders.values().find(own).map(|order| (order.clone(), tell::number(state, order)))
        })
    }
}
