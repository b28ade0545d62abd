//! What if: a preview of an order, answered from the guard's verdict and the venue's model. Nothing is placed by it.

use crate::contracts;
use crate::orders;
use crate::program::Program;
use crate::refuse::{REJECTED, error, line, reason};
use kernel::id::AccountId;
use kernel::instrument::Instrument;
use kernel::order::ClientRef;
use kernel::reason::{Category, Reason};
use std::sync::Arc;
use tws::{OpenOrder, OrderState, PlaceOrder, Response};
use venue::contract::{NoWhatIf, WhatIf};

/// It reads what the guard would say, and is counted as that.
pub(crate) const READ: &str = "PLACE_ORDER_WHAT_IF";

pub(crate) fn refused(place: &PlaceOrder, why: &Reason) -> Response {
    error(place.order_id, REJECTED, format!("Order rejected - reason: {}", line(why)))
}

/// By the venue: in its own words, where it has any.
fn no_preview(place: &PlaceOrder, why: NoWhatIf) -> Response {
    let code = match why {
        NoWhatIf::Told(text) => return error(place.order_id, REJECTED, format!("Order rejected - reason: {text}")),
        NoWhatIf::NotBuilt => "what_if_not_built",
        NoWhatIf::Lost => "venue_lost",
        NoWhatIf::Silent => "what_if_not_answered",
        NoWhatIf::MadeAnOrder => "what_if_made_an_order",
    };
    refused(place, &reason(Category::Guard, code, &[]))
}

impl Program {
    pub(crate) fn what_if(&mut self, place: &PlaceOrder, account: AccountId, instrument: Instrument) -> Vec<Response> {
        let terms = match orders::asked(place, account, instrument) {
            Ok(terms) => terms,
            Err(why) => return vec![refused(place, &why)],
        };
        let client_ref = ClientRef { client_id: self.client_id, order_id: place.order_id };
        let held = match self.actor.what_if(self.credential, client_ref, &terms) {
            Ok(verdict) => verdict.held,
            Err(no) => return vec![refused(place, &no.reason())],
        };
        if self.later.is_full() {
            return vec![refused(place, &reason(Category::Guard, "message_flood", &[("message", "whatIf")]))];
        }
        let Some((_, number)) = self.accounts().into_iter().find(|(id, _)| *id == account) else {
            return vec![refused(place, &reason(Category::Entitlement, "account_not_allowed", &[]))];
        };
        let (gate, now) = (Arc::clone(&self.gate), self.actor.now());
        let place = PlaceOrder { order: tws::Order { account: number, ..place.order.clone() }, ..place.clone() };
        self.later.begin(async move {
            let instrument = terms.instrument.clone();
            match gate.node.venue().what_if(place.order.account.clone(), terms, now).await {
                Ok(model) => vec![told(&place, client_ref, &instrument, model, held)],
                Err(why) => vec![no_preview(&place, why)],
            }
        });
        Vec::new()
    }
}

pub(crate) fn told(
    place: &PlaceOrder,
    client_ref: ClientRef,
    instrument: &Instrument,
    model: WhatIf,
    held: bool,
) -> Response {
    let order = tws::Order { what_if: true, ..place.order.clone() };
    let waits = if held { "It would wait for an approval." } else { "" };
    let state = OrderState {
        status: "PreSubmitted".to_owned(),
        init_margin_before: model.initial.before,
        maint_margin_before: model.maintenance.before,
        equity_with_loan_before: model.equity.before,
        init_margin_change: model.initial.change,
        maint_margin_change: model.maintenance.change,
        equity_with_loan_change: model.equity.change,
        init_margin_after: model.initial.after,
        maint_margin_after: model.maintenance.after,
        equity_with_loan_after: model.equity.after,
        commission: model.commission,
        min_commission: model.least_commission,
        max_commission: model.most_commission,
        commission_currency: model.commission_currency,
        warning_text: if model.warning.is_empty() { waits.to_owned() } else { model.warning },
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
