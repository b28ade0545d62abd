//! What if: a preview of an order, answered from the guard's verdict and the venue's model. Nothing is placed by it.

use crate::contracts;
use crate::orders;
use crate::program::Program;
use crate::refuse::{REJECTED, error, line, reason};
use kernel::id::AccountId;
use kernel::instrument::Instrument;
use kernel::order::ClientRef;
use kernel::reason::{Category, Reason};
use tws::{OpenOrder, OrderState, PlaceOrder, Response};
use venue::contract::WhatIf;

/// It reads what the guard would say, and is counted as that.
pub(crate) const READ: &str = "PLACE_ORDER_WHAT_IF";

pub(crate) fn refused(place: &PlaceOrder, why: &Reason) -> Response {
    error(place.order_id, REJECTED, format!("Order rejected - reason: {}", line(why)))
}

impl Program {
    pub(crate) fn what_if(&self, place: &PlaceOrder, account: AccountId, instrument: &Instrument) -> Vec<Response> {
        let number = self.accounts().into_iter().find(|(id, _)| *id == account).map(|(_, number)| number);
        let terms = match orders::asked(place, account, instrument.clone()) {
            Ok(terms) => terms,
            Err(why) => return vec![refused(place, &why)],
        };
        let client_ref = ClientRef { client_id: self.client_id, order_id: place.order_id };
        let held = match self.actor.what_if(self.credential, client_ref, &terms) {
            Ok(verdict) => verdict.held,
            Err(no) => return vec![refused(place, &no.reason())],
        };
        let number = number.unwrap_or_default();
        match self.gate.node.venue().what_if(&number, &terms, self.actor.now()) {
            Some(model) => vec![told(place, client_ref, (instrument, &number), &model, held)],
            None => vec![refused(place, &reason(Category::Guard, "what_if_not_built", &[]))],
        }
    }
}

fn told(
    place: &PlaceOrder,
    client_ref: ClientRef,
    (instrument, account): (&Instrument, &str),
    model: &WhatIf,
    held: bool,
) -> Response {
    let mut order = place.order.clone();
    (order.what_if, order.account) = (true, account.to_owned());
    let change = model.margin_after.checked_sub(model.margin_before);
    let waits = if held { "It would wait for an approval." } else { "" };
    let state = OrderState {
        status: "PreSubmitted".to_owned(),
        init_margin_before: Some(model.margin_before),
        maint_margin_before: Some(model.margin_before),
        equity_with_loan_before: Some(model.equity),
        init_margin_change: change,
        maint_margin_change: change,
        equity_with_loan_change: Some(rust_decimal::Decimal::ZERO),
        init_margin_after: Some(model.margin_after),
        maint_margin_after: Some(model.margin_after),
        equity_with_loan_after: Some(model.equity),
        commission: Some(model.commission),
        commission_currency: model.commission_currency.clone(),
        warning_text: if model.warning.is_empty() { waits.to_owned() } else { model.warning.clone() },
        ..OrderState::default()
    };
    Response::OpenOrder(Box::new(OpenOrder {
        order_id: client_ref.order_id,
        contract: contracts::wire(instrument),
        order,
        client_id: client_ref.client_id,
        perm_id: 0,
        state,
    }))
}
