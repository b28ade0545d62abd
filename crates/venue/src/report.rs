//! Reports: what a venue says happened, about orders it knows by our own reference.

use kernel::id::OrderId;
use kernel::money::{Amount, Currency, Price, Quantity};
use kernel::order::Side;
use kernel::time::Timestamp;
use kernel::working::Ended;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Reports that nobody fetched; beyond this the oldest are dropped and told again by a recount.
const MOST_REPORTS: usize = 100_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The account's number at the venue.
    pub account: String,
    /// `None` for an order placed by hand or by someone we do not know.
    pub order: Option<OrderId>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Acknowledged { venue_ref: String },
    Replaced,
    ReplaceRejected { text: String },
    CancelRejected { text: String },
    Filled { exec_id: String, contract_id: i64, side: Side, quantity: Quantity, price: Price, at: Timestamp },
    Commissioned { exec_id: String, amount: Amount, currency: Currency, realized: Option<Amount> },
    Ended { how: Ended, text: String },
    Unknown,
}

/// Reports on their way to whoever asks for them: one reader, bounded.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Mutex<VecDeque<Report>>,
    arrived: Notify,
}

impl Queue {
    fn hold(&self) -> MutexGuard<'_, VecDeque<Report>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, new: Vec<Report>) {
        if new.is_empty() {
            return;
        }
        let mut waiting = self.hold();
        waiting.extend(new);
        let over = waiting.len().saturating_sub(MOST_REPORTS);
        waiting.drain(..over);
        drop(waiting);
        self.arrived.notify_one();
    }

    /// All that waits, once there is any.
    pub(crate) async fn take(&self) -> Vec<Report> {
        loop {
            let arriving = self.arrived.notified();
            let reports: Vec<Report> = self.hold().drain(..).collect();
            if !reports.is_empty() {
                return reports;
            }
            arriving.await;
        }
    }
}
