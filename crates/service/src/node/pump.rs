//! Pumps: what runs as long as the node does. One that panics is started again; nothing of it is lost in silence.

use super::{Node, answer};
use crate::actor::CustomerActor;
use crate::outcome::No;
use kernel::actor::Actor as By;
use kernel::command::{Command, Report as Fact};
use kernel::id::OrderId;
use kernel::kill_switch::{Engaged, Level};
use kernel::working::{Commission, Execution};
use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use venue::{Report, What};

/// How often a report is tried again that could not be recorded: a fact is never dropped.
const AGAIN: Duration = Duration::from_millis(200);
/// How often time itself is looked at: expiries, and what waits to be written.
const TICK: Duration = Duration::from_millis(200);
/// How often space is to be set aside for the brakes while there is none.
const RESERVE_MS: i64 = 10_000;

/// Until it ends by itself, or the runtime does.
async fn keep_up<T: Future<Output = ()> + Send + 'static>(name: &'static str, mut run: impl FnMut() -> T) {
    while let Err(error) = tokio::spawn(run()).await {
        if !error.is_panic() {
            return;
        }
        tracing::error!(name, "a pump has panicked; it is started again");
        tokio::time::sleep(AGAIN).await;
    }
}

impl Node {
    /// Runs until the process ends.
    pub fn pump(self: &Arc<Self>) {
        let shared = self.shared.clone();
        tokio::spawn(keep_up("dispatch", move || {
            Arc::clone(&shared.dispatch).run(Arc::clone(&shared.venue), Arc::clone(&shared.clock))
        }));
        // Outlives a panic: what came with the report that caused it is still taken.
        let (node, came) = (Arc::clone(self), Arc::new(Mutex::new(VecDeque::new())));
        tokio::spawn(keep_up("reports", move || Arc::clone(&node).take_all(Arc::clone(&came))));
        let node = Arc::clone(self);
        tokio::spawn(keep_up("clock", move || {
            let node = Arc::clone(&node);
            async move {
                let mut ticks = tokio::time::interval(TICK);
                ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                loop {
                    ticks.tick().await;
                    node.look_at_the_clock();
                }
            }
        }));
    }

    async fn take_all(self: Arc<Self>, came: Arc<Mutex<VecDeque<Report>>>) {
        let next = || came.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        loop {
            while let Some(report) = next() {
                self.take(report).await;
            }
            let more = self.shared.venue.reports().await;
            came.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
        }
    }

    pub(super) async fn take(&self, report: Report) {
        let found = self.actors().into_iter().find_map(|actor| {
            let known = |state: &kernel::state::State| {
                state
                    .customer
                    .accounts
                    .iter()
                    .find(|account| account.number == report.account)
                    .map(|account| account.id)
            };
            actor.read(known).map(|account| (actor, account))
        });
        let Some((actor, account)) = found else {
            tracing::error!(account = %report.account, "the venue reports on an account that nobody has");
            return;
        };
        let Some(fact) = fact(&report, account) else { return };
        loop {
            match answer(actor.submit(By::Venue, Command::Report(fact.clone()))).await {
                Err(No::NotRecorded { .. } | No::Busy) => tokio::time::sleep(AGAIN).await,
                Ok(_) | Err(No::Refused { .. }) => return,
            }
        }
    }

    /// Time-outs, what waits to be written, and what dispatch has to say of orders it does not send.
    pub fn look_at_the_clock(&self) {
        for id in self.shared.dispatch.recalled() {
            self.about(id, By::House, Command::Enforce { voided: vec![id] });
        }
        for effect in self.shared.dispatch.doubtful() {
            tracing::error!(order = %effect.order(), "nobody knows whether an instruction was sent");
            if effect.is_cancel() {
                self.shared.dispatch.push(effect);
            } else {
                let id = effect.order();
                self.about(id, By::Venue, Command::Report(Fact::Unknown { id }));
            }
        }
        let actors = self.actors();
        let firm = |(_, switch): &(By, Engaged)| switch.level == Level::Firm;
        if let Some((by, switch)) = actors.iter().find_map(|actor| actor.unrecorded().into_iter().find(firm)) {
            let command = Command::Engage { level: switch.level, resting: switch.resting };
            for actor in actors.iter().filter(|actor| !actor.unrecorded().iter().any(firm)) {
                actor.brake(by, &command);
            }
        }
        actors.iter().for_each(CustomerActor::look_at_the_clock);
        self.look_at_the_reserve();
    }

    /// Something to record of an order, whoever's it is.
    fn about(&self, id: OrderId, by: By, command: Command) {
        let knows = |actor: &Arc<CustomerActor>| actor.read(|state| state.book.orders.contains_key(&id));
        if let Some(actor) = self.actors().into_iter().find(knows) {
            drop(actor.submit(by, command));
        }
    }

    /// Space that was given away is set aside again when the disk has it.
    fn look_at_the_reserve(&self) {
        let (now, tried) = (self.shared.clock.now().0, self.reserve_tried.load(Ordering::Relaxed));
        // A clock that was set back does not put it off.
        let due = now < tried || now.saturating_sub(tried) >= RESERVE_MS;
        if due && self.shared.commit.lacks_reserve() {
            self.reserve_tried.store(now, Ordering::Relaxed);
            self.shared.commit.keep_reserve();
        }
    }
}

fn fact(report: &Report, account: kernel::id::AccountId) -> Option<Fact> {
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
