//! A credential's own orders and executions, told to one connected program: never another's.

use crate::program::Program;
use crate::tell;
use kernel::order::ClientRef;
use kernel::working::Order;
use tws::Response;

impl Program {
    pub(crate) fn open_orders(&self, client_id: Option<i32>) -> Vec<Response> {
        let mut told = self.actor.read(|state| {
            let own = |order: &&Order| {
                order.credential == self.credential && client_id.is_none_or(|id| order.client_ref.client_id == id)
            };
            let own = state.book.orders.values().filter(own);
            own.flat_map(|order| tell::standing(order, &tell::number(state, order))).collect::<Vec<_>>()
        });
        told.push(Response::OpenOrderEnd);
        told
    }

    pub(crate) fn completed(&self) -> Vec<Response> {
        let mut told = self.actor.read(|state| {
            let own = state.book.day.ended.iter().filter(|(order, _)| order.credential == self.credential);
            own.map(|(order, how)| tell::completed(order, *how, &tell::number(state, order))).collect::<Vec<_>>()
        });
        told.push(Response::CompletedOrdersEnd);
        told
    }

    pub(crate) fn executions(&self, request_id: i32, filter: &tws::ExecutionFilter) -> Vec<Response> {
        let says = |said: &str, is: &str| said.is_empty() || said == is;
        let mut told = self.actor.read(|state| {
            let mut told = Vec::new();
            for executed in &state.book.day.executions {
                let Some(order) = executed.order.as_ref().filter(|order| order.credential == self.credential) else {
                    continue;
                };
                let number = tell::number(state, order);
                let side = if executed.execution.side == kernel::order::Side::Buy { "BUY" } else { "SELL" };
                let wanted = says(&filter.account, &number)
                    && says(&filter.symbol, &order.terms.instrument.symbol)
                    && says(&filter.side, side)
                    && (filter.client_id == 0 || filter.client_id == order.client_ref.client_id);
                if wanted {
                    told.push(tell::execution(request_id, &executed.execution, order, &number));
                    told.extend(executed.commission.as_ref().map(tell::commission));
                }
            }
            told
        });
        told.push(Response::ExecutionDetailsEnd { request_id });
        told
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
