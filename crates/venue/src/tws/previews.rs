//! Previews: what upstream would make of an order, asked so that it must not become one; if it does, it is cancelled,
//! and upstream is asked for no more of them. No IO.

use super::{CLIENT_ID, wire};
use crate::contract::{Change, NoWhatIf, WhatIf};
use kernel::id::OrderId;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::oneshot;
use tws::{OpenOrder, OrderState, Response};

type Answer = Result<WhatIf, NoWhatIf>;

/// On every preview: no order of ours has it, so that one which was made of a preview is known, also after a restart.
pub(super) const REFERENCE: &str = "portreeve-preview";
/// Numbers of previews that are remembered; older ones are known by their reference alone.
const MOST_GIVEN: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Previews {
    waiting: BTreeMap<i32, oneshot::Sender<Answer>>,
    /// Numbers that were given to previews, and so to no order.
    given: BTreeSet<i32>,
    /// Numbers of orders that are to be cancelled: nobody has asked for them.
    made: Vec<i32>,
    distrusted: bool,
}

impl Previews {
    pub(super) fn ask(&mut self, number: i32) -> Result<oneshot::Receiver<Answer>, NoWhatIf> {
        if self.distrusted {
            return Err(NoWhatIf::MadeAnOrder);
        }
        let (done, answer) = oneshot::channel();
        self.waiting.insert(number, done);
        self.given.insert(number);
        if self.given.len() > MOST_GIVEN {
            self.given.pop_first();
        }
        Ok(answer)
    }

    pub(super) fn give_up(&mut self, number: i32) {
        self.waiting.remove(&number);
    }

    /// Nobody answers any more.
    pub(super) fn lost(&mut self) {
        for done in std::mem::take(&mut self.waiting).into_values() {
            drop(done.send(Err(NoWhatIf::Lost)));
        }
    }

    /// To be cancelled now.
    pub(super) fn made(&mut self) -> Vec<i32> {
        std::mem::take(&mut self.made)
    }

    pub(super) fn heard(&mut self, response: &Response) {
        match response {
            Response::OpenOrder(told) if told.order.what_if => self.preview(told),
            Response::OpenOrder(told) if self.asked(told.client_id, told.order_id, &told.order.order_ref) => {
                self.became_an_order(told.order_id);
                if matches!(told.state.status.as_str(), "PendingSubmit" | "PreSubmitted" | "Submitted") {
                    self.made.push(told.order_id);
                }
            }
            Response::ExecutionDetails(told) if self.asked(told.client_id, told.order_id, &told.order_ref) => {
                self.became_an_order(told.order_id);
            }
            Response::Error { request_id, code, text, .. } if !wire::remarks(*code) => {
                self.answer(*request_id, Err(NoWhatIf::Told(wire::short(text))));
            }
            _ => {}
        }
    }

    /// By its reference, and by its number, should the reference have been lost with the flag. An order of ours that an
    /// earlier process wrote, and that was read late, may have that number: its reference says whose it is.
    fn asked(&self, client_id: i32, number: i32, reference: &str) -> bool {
        let nobodys = || OrderId::parse(reference).is_err() && self.given.contains(&number);
        client_id == CLIENT_ID && (reference == REFERENCE || nobodys())
    }

    /// It may be told once before its figures are there.
    fn preview(&mut self, told: &OpenOrder) {
        if told.state.init_margin_change.is_some() || told.state.init_margin_after.is_some() {
            self.answer(told.order_id, Ok(figures(&told.state)));
        }
    }

    fn became_an_order(&mut self, number: i32) {
        tracing::error!(number, "the venue has made an order of a preview: it is cancelled, and no more are asked for");
        self.distrusted = true;
        self.answer(number, Err(NoWhatIf::MadeAnOrder));
    }

    fn answer(&mut self, number: i32, answer: Answer) {
        if let Some(done) = self.waiting.remove(&number) {
            // Whoever asked may have gone.
            drop(done.send(answer));
        }
    }
}

fn figures(told: &OrderState) -> WhatIf {
    let change = |before, change, after| Change { before, change, after };
    WhatIf {
        initial: change(told.init_margin_before, told.init_margin_change, told.init_margin_after),
        maintenance: change(told.maint_margin_before, told.maint_margin_change, told.maint_margin_after),
        equity: change(told.equity_with_loan_before, told.equity_with_loan_change, told.equity_with_loan_after),
        commission: told.commission,
        least_commission: told.min_commission,
        most_commission: told.max_commission,
        commission_currency: told.commission_currency.clone(),
        warning: wire::short(&told.warning_text),
    }
}
