//! Line: the venue's reports on their way into the journal, in the order in which they came; many share a sync.

use super::Node;
use crate::actor::CustomerActor;
use crate::outcome::{No, Outcome};
use kernel::command::Report as Fact;
use kernel::id::AccountId;
use kernel::state::State;
use kernel::working::{Commission, Execution};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::oneshot::{self, error::RecvError};
use venue::{Report, What};

/// Most reports that are asked for and not recorded yet: as many as one transaction takes.
const ON_THE_WAY: usize = 256;

struct Asked {
    report: Report,
    actor: Arc<CustomerActor>,
    answer: oneshot::Receiver<Outcome>,
}

/// A fact is never dropped: what could not be recorded waits again, before all that came after it.
#[derive(Default)]
pub struct Line {
    waiting: VecDeque<Report>,
    asked: VecDeque<Asked>,
    /// Could not be recorded, nor those behind them; oldest first.
    failed: Vec<(Arc<CustomerActor>, Report)>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (waiting, asked) = (self.waiting.len() + self.failed.len(), self.asked.len());
        f.debug_struct("Line").field("waiting", &waiting).field("asked", &asked).finish()
    }
}

impl Line {
    pub fn extend(&mut self, reports: Vec<Report>) {
        self.waiting.extend(reports);
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.asked.is_empty() && self.failed.is_empty()
    }

    /// There is more than may be on the way: the venue keeps what comes now.
    pub fn is_long(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Asks for what waits to be recorded, up to as much as may be on the way.
    pub fn ask(&mut self, node: &Node) {
        while self.failed.is_empty()
            && self.asked.len() < ON_THE_WAY
            && let Some(report) = self.waiting.pop_front()
        {
            if let Some((actor, fact)) = addressed(node, &report) {
                let answer = actor.report(fact);
                self.asked.push_back(Asked { report, actor, answer });
            }
        }
    }

    /// Waits for the oldest that is on the way. False when it could not be recorded: then it is time for `again`.
    /// Whoever stops waiting has lost nothing.
    pub async fn settle(&mut self) -> bool {
        if let (Some(oldest), true) = (self.asked.front_mut(), self.failed.is_empty()) {
            let recorded = is_recorded((&mut oldest.answer).await);
            if let Some(Asked { report, actor, .. }) = self.asked.pop_front()
                && !recorded
            {
                self.failed.push((actor, report));
            }
        }
        self.failed.is_empty()
    }

    /// What could not be recorded waits again, and so does all that came after it for the same customer. When this
    /// returns, nothing is on the way.
    pub async fn again(&mut self) {
        while let Some(next) = self.asked.front_mut() {
            let recorded = is_recorded((&mut next.answer).await);
            let Some(Asked { report, actor, .. }) = self.asked.pop_front() else { break };
            if !recorded || self.failed.iter().any(|(other, _)| other.id == actor.id) {
                self.failed.push((actor, report));
            }
        }
        // In the order in which they came, before all that waits.
        for (actor, report) in self.failed.drain(..).rev() {
            actor.line_again();
            self.waiting.push_front(report);
        }
    }
}

fn is_recorded(answer: Result<Outcome, RecvError>) -> bool {
    match answer {
        Ok(Ok(_) | Err(No::Refused { .. })) => true,
        Ok(Err(No::NotRecorded { .. } | No::Busy)) | Err(_) => false,
    }
}

/// Whose it is, and what is to be recorded; what nobody here could record is passed over. What names an open order
/// is about that order, whatever account is told with it; a fill moves the account that it is told of.
fn addressed(node: &Node, report: &Report) -> Option<(Arc<CustomerActor>, Fact)> {
    let of_account = |state: &State| {
        state.customer.accounts.iter().find(|account| account.number == report.account).map(|account| account.id)
    };
    let named = report.order.filter(|_| !matches!(report.what, What::Filled { .. } | What::Commissioned { .. }));
    let of_order = |state: &State| named.and_then(|id| state.book.orders.get(&id)).map(|order| order.terms.account);
    let actors = node.actors();
    let find = |known: &dyn Fn(&State) -> Option<AccountId>| {
        actors.iter().find_map(|actor| actor.read(known).map(|account| (Arc::clone(actor), account)))
    };
    let Some((actor, account)) = find(&of_order).or_else(|| find(&of_account)) else {
        tracing::error!(account = %report.account, "the venue reports on an account that nobody has");
        return None;
    };
    fact(report, account).map(|fact| (actor, fact))
}

fn fact(report: &Report, account: AccountId) -> Option<Fact> {
    Some(match (&report.what, report.order) {
        (What::Filled { exec_id, contract_id, side, quantity, price, at }, order) => Fact::Filled(Execution {
            exec_id: exec_id.clone(),
            order,
            account,
            contract_id: *contract_id,
            side: *side,
            quantity: *quantity,
            price: *price,
            at: *at,
        }),
        (What::Commissioned { exec_id, amount, currency, realized }, _) => Fact::Commissioned(Commission {
            exec_id: exec_id.clone(),
            amount: *amount,
            currency: *currency,
            realized: *realized,
        }),
        (What::Acknowledged { venue_ref }, Some(id)) => Fact::Acknowledged { id, venue_ref: venue_ref.clone() },
        (What::Replaced, Some(id)) => Fact::Replaced { id },
        (What::ReplaceRejected { text }, Some(id)) => Fact::ReplaceRejected { id, text: text.clone() },
        (What::CancelRejected { text }, Some(id)) => Fact::CancelRejected { id, text: text.clone() },
        (What::Ended { how, text }, Some(id)) => Fact::Ended { id, how: *how, text: text.clone() },
        (What::Unknown, Some(id)) => Fact::Unknown { id },
        (
            What::Acknowledged { .. }
            | What::Replaced
            | What::ReplaceRejected { .. }
            | What::CancelRejected { .. }
            | What::Ended { .. }
            | What::Unknown,
            None,
        ) => return None,
    })
}
