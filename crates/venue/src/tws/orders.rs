//! Orders: what was told upstream, what came back, and which of our orders each number means. No IO.

mod cancels;
mod lost;
mod rest;
mod status;

use super::fills::Fills;
use super::keep::Unfit;
use super::shrinking::{Bound, Shrinking};
use super::wire;
use crate::report::{Report, What};
use kernel::effect::Tied;
use kernel::id::OrderId;
use kernel::money::Price;
use kernel::order::Terms;
use kernel::time::Timestamp;
use kernel::working::Ended;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, VecDeque};
use tws::{CompletedOrder, OpenOrder, PlaceOrder, Response};

/// Ended orders that are remembered; late messages about older ones name them themselves.
const MOST_ENDED: usize = 10_000;
/// From here on numbers belong to requests: upstream answers both with the same field.
pub(super) const FIRST_REQUEST: i32 = 2_000_000_000;
/// Upstream's words for an order that works.
const WORKS: [&str; 3] = ["PreSubmitted", "Submitted", "PendingCancel"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Written, and not a word about it yet.
    Sent,
    /// Written perhaps; told as unknown.
    Lost,
    Working,
    Ended,
}

/// What is known of a change that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Awaited,
    /// The connection that it was written on is gone.
    Lost,
    /// Gone, and upstream has told the old terms since.
    OldTerms,
}

#[derive(Clone, Debug)]
struct Change {
    terms: Terms,
    answer: Answer,
}

#[derive(Clone, Debug)]
struct Known {
    /// Absent while upstream has only told its past.
    number: Option<i32>,
    account: String,
    stage: Stage,
    perm_id: i64,
    replacing: Option<Change>,
    /// Of a trailing stop: where it began, if that was said.
    start: Option<Option<Price>>,
    cancelling: bool,
    /// Its cancel was written on this connection.
    cancel_told: bool,
    /// That its cancel waits for a number was said on this connection.
    wait_told: bool,
    /// Upstream's last word on whether it works was `Inactive`.
    inactive: bool,
    /// Upstream has refused it, or a change of it, and has not said since that it works.
    refused: Option<String>,
    ended: Option<(Ended, String)>,
    /// What an order that was filled whole came to, though its fills may be told later.
    whole: Option<Decimal>,
}

#[derive(Debug)]
pub(super) struct Orders {
    client_id: i32,
    next: i32,
    known: BTreeMap<OrderId, Known>,
    by_number: BTreeMap<i32, OrderId>,
    ended: VecDeque<OrderId>,
    owed: Vec<OrderId>,
    undead: Vec<i32>,
    fills: Fills,
    shrinking: Shrinking,
}

/// Upstream tells where a trailing stop stands by now, never where it began: that it was moved could not be seen.
fn start(terms: &Terms) -> Option<Option<Price>> {
    terms.kind.trail().map(|_| terms.kind.stop_px())
}

impl Orders {
    pub(super) fn new(client_id: i32) -> Self {
        let (known, by_number, ended) = (BTreeMap::new(), BTreeMap::new(), VecDeque::new());
        Self {
            client_id,
            next: 1,
            known,
            by_number,
            ended,
            owed: Vec::new(),
            undead: Vec::new(),
            fills: Fills::default(),
            shrinking: Shrinking::default(),
        }
    }

    /// Upstream's next number; ours may be further on.
    pub(super) fn next_valid(&mut self, number: i32) {
        self.next = self.next.max(number);
    }

    pub(super) fn submit(&mut self, id: OrderId, account: &str, order: Bound<'_>) -> Result<PlaceOrder, Unfit> {
        if self.known.get(&id).is_some_and(|known| known.number.is_some() || known.stage != Stage::Lost) {
            return Err(Unfit::Told);
        }
        let parent = self.parent(order.1)?;
        let number = self.number().ok_or(Unfit::OutOfNumbers)?;
        self.by_number.insert(number, id);
        let known = self.entry(id, account);
        known.number = Some(number);
        known.stage = Stage::Sent;
        known.start = start(order.0);
        self.shrinking.asked(id, order);
        Ok(wire::place(number, id, account, (order.0, order.1, parent)))
    }

    /// The next one, never given twice.
    pub(super) fn number(&mut self) -> Option<i32> {
        let number = Some(self.next).filter(|number| *number < FIRST_REQUEST)?;
        self.next = number.saturating_add(1);
        Some(number)
    }

    /// The number of the parent; a child whose parent is not known upstream is not sent: it would stand alone.
    fn parent(&self, tied: &Tied) -> Result<i32, Unfit> {
        let Some(parent) = tied.parent else { return Ok(0) };
        self.known.get(&parent).and_then(|known| known.number).ok_or(Unfit::NoNumber)
    }

    /// Nothing of a submission was written: as if it had never been prepared.
    pub(super) fn unsubmit(&mut self, id: OrderId) {
        self.shrinking.forget(id);
        if let Some(number) = self.known.remove(&id).and_then(|known| known.number) {
            self.by_number.remove(&number);
        }
    }

    pub(super) fn replace(&mut self, id: OrderId, account: &str, order: Bound<'_>) -> Result<PlaceOrder, Unfit> {
        let parent = self.parent(order.1).unwrap_or(0);
        let known = self.known.get_mut(&id).filter(|known| known.stage != Stage::Ended).ok_or(Unfit::NoNumber)?;
        let number = known.number.ok_or(Unfit::NoNumber)?;
        if known.start.is_some() && known.start != start(order.0) {
            return Err(Unfit::StartStands);
        }
        known.replacing = Some(Change { terms: order.0.clone(), answer: Answer::Awaited });
        self.shrinking.asked(id, order);
        Ok(wire::place(number, id, account, (order.0, order.1, parent)))
    }

    /// An earlier process has perhaps written this change.
    pub(super) fn resume(&mut self, id: OrderId, account: &str, terms: Terms) {
        self.entry(id, account).replacing = Some(Change { terms, answer: Answer::Lost });
    }

    /// An earlier process has perhaps submitted this order, with these terms.
    pub(super) fn stands(&mut self, id: OrderId, account: &str, order: Bound<'_>) {
        self.entry(id, account).start = start(order.0);
        self.shrinking.asked(id, order);
        // What is told of it was perhaps told before this: a recount tells it again.
        drop(self.rest_has_ended(id));
    }

    pub(super) fn unreplace(&mut self, id: OrderId) {
        if let Some(known) = self.known.get_mut(&id) {
            known.replacing = None;
        }
    }

    fn entry(&mut self, id: OrderId, account: &str) -> &mut Known {
        self.known.entry(id).or_insert_with(|| Known {
            number: None,
            account: account.to_owned(),
            stage: Stage::Lost,
            perm_id: 0,
            replacing: None,
            start: None,
            cancelling: false,
            cancel_told: false,
            wait_told: false,
            inactive: false,
            refused: None,
            ended: None,
            whole: None,
        })
    }

    /// Whether it ever arrived is open: it stays charged, and is not told again.
    pub(super) fn doubtful(&mut self, id: OrderId) -> Vec<Report> {
        let Some(known) = self.known.get_mut(&id) else { return Vec::new() };
        if known.stage == Stage::Sent {
            known.stage = Stage::Lost;
        }
        vec![Report { account: known.account.clone(), order: Some(id), what: What::Unknown }]
    }

    /// The connection is gone: what was written and not answered is doubtful.
    pub(super) fn dropped(&mut self) -> Vec<Report> {
        for known in self.known.values_mut() {
            (known.cancel_told, known.wait_told) = (false, false);
            if let Some(change) = known.replacing.as_mut() {
                change.answer = Answer::Lost;
            }
        }
        let sent = self.known.iter().filter(|(_, known)| known.stage == Stage::Sent).map(|(id, _)| *id);
        sent.collect::<Vec<_>>().into_iter().flat_map(|id| self.doubtful(id)).collect()
    }

    /// What is known of these orders, from the beginning. Of an unknown one nothing: absence proves nothing.
    pub(super) fn recount(&self, orders: &[OrderId]) -> Vec<Report> {
        orders.iter().flat_map(|id| self.recount_one(*id)).collect()
    }

    fn recount_one(&self, id: OrderId) -> Vec<Report> {
        let Some(known) = self.known.get(&id) else { return Vec::new() };
        let report = |what| Report { account: known.account.clone(), order: Some(id), what };
        let seen = known.perm_id != 0 && matches!(known.stage, Stage::Working | Stage::Ended);
        let mut told: Vec<Report> = Vec::new();
        told.extend(seen.then(|| report(What::Acknowledged { venue_ref: known.perm_id.to_string() })));
        told.extend(self.fills.of(id));
        told.extend(known.ended.as_ref().map(|(how, text)| report(What::Ended { how: *how, text: text.clone() })));
        told
    }

    /// What a message means for our orders; one that means nothing for them yields nothing.
    pub(super) fn heard(&mut self, response: &Response, now: Timestamp) -> Vec<Report> {
        match response {
            // A preview says nothing of an order, whatever number and reference it has.
            Response::OpenOrder(order) if order.order.what_if => Vec::new(),
            Response::OpenOrder(order) => self.open_order(order),
            Response::CompletedOrder(order) => self.completed(order),
            Response::OrderStatus(status) if status.client_id == self.client_id => {
                let Some(id) = self.by_number.get(&status.order_id).copied() else { return Vec::new() };
                self.status(id, &status.status, status.perm_id, status.filled)
            }
            Response::Error { request_id, code, text, .. } => match self.by_number.get(request_id).copied() {
                Some(id) => self.error(id, *code, text),
                None => Vec::new(),
            },
            Response::ExecutionDetails(execution) => {
                let ours = execution.client_id == self.client_id;
                let by_number = self.by_number.get(&execution.order_id).copied().filter(|_| ours);
                let order = OrderId::parse(&execution.order_ref).ok().or(by_number);
                if let Some(id) = order {
                    self.bind(id, &execution.account, ours.then_some(execution.order_id), execution.perm_id);
                    self.work(id);
                }
                self.fills.execution(execution, order, now)
            }
            Response::CommissionReport { exec_id, commission, currency, realized_pnl } => {
                self.fills.commission(exec_id, *commission, currency, *realized_pnl)
            }
            _ => Vec::new(),
        }
    }

    fn bind(&mut self, id: OrderId, account: &str, number: Option<i32>, perm_id: i64) {
        let known = self.entry(id, account);
        if known.account.is_empty() {
            account.clone_into(&mut known.account);
        }
        if perm_id != 0 && known.stage != Stage::Sent {
            known.perm_id = perm_id;
        }
        if let Some(number) = number.filter(|_| known.number.is_none()) {
            // One of a request's, or none at all: by it nothing could be changed or cancelled.
            if !(1..FIRST_REQUEST).contains(&number) {
                tracing::error!(order = %id, number, "the venue tells an order under a number that no order has");
                return;
            }
            known.number = Some(number);
            let owed = known.cancelling.then_some(id);
            self.owed.extend(owed);
            self.by_number.insert(number, id);
            self.next = self.next.max(number.saturating_add(1));
        }
    }

    fn open_order(&mut self, told: &OpenOrder) -> Vec<Report> {
        let Ok(id) = OrderId::parse(&told.order.order_ref) else { return Vec::new() };
        let ours = told.client_id == self.client_id;
        self.bind(id, &told.order.account, ours.then_some(told.order_id), 0);
        if ours {
            self.look_for_undead(id, told);
        }
        let mut reports = self.status(id, &told.state.status, told.perm_id, Decimal::ZERO);
        // Also where it was done as soon as it was changed.
        let has_worked = |known: &&mut Known| match known.stage {
            Stage::Working => true,
            Stage::Ended => known.ended.is_none(),
            Stage::Sent | Stage::Lost => false,
        };
        if let Some(known) = self.known.get_mut(&id).filter(has_worked)
            && let Some(change) = known.replacing.as_mut()
        {
            if wire::same_terms(&change.terms, &told.order, self.shrinking.may(id)) {
                known.replacing = None;
                reports.push(Report { account: known.account.clone(), order: Some(id), what: What::Replaced });
            } else if change.answer == Answer::Lost {
                change.answer = Answer::OldTerms;
            }
        }
        reports
    }

    fn completed(&mut self, told: &CompletedOrder) -> Vec<Report> {
        let Ok(id) = OrderId::parse(&told.order.order_ref) else { return Vec::new() };
        self.bind(id, &told.order.account, None, told.perm_id);
        match told.status.as_str() {
            "Inactive" => self.end(id, Ended::Rejected, &told.completed_status),
            "Cancelled" | "ApiCancelled" => self.end(id, Ended::Cancelled, &told.completed_status),
            word => self.status(id, word, told.perm_id, told.filled_quantity),
        }
    }

    fn end(&mut self, id: OrderId, how: Ended, text: &str) -> Vec<Report> {
        let text = text.to_owned();
        let Some(account) = self.close(id, Some((how, text.clone()))) else { return Vec::new() };
        vec![Report { account, order: Some(id), what: What::Ended { how, text } }]
    }

    /// The account of an order that was open until now.
    fn close(&mut self, id: OrderId, ended: Option<(Ended, String)>) -> Option<String> {
        let known = self.known.get_mut(&id).filter(|known| known.stage != Stage::Ended)?;
        known.stage = Stage::Ended;
        if ended.is_some() {
            self.shrinking.forget(id);
        }
        known.ended = ended;
        let account = known.account.clone();
        self.ended.push_back(id);
        while self.ended.len() > MOST_ENDED {
            if let Some(oldest) = self.ended.pop_front() {
                self.unsubmit(oldest);
            }
        }
        Some(account)
    }
}
