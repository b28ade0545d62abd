//! Pumps: what runs as long as the node does. One that panics is started again; nothing of it is lost in silence.

use super::{Line, Node};
use crate::actor::CustomerActor;
use kernel::actor::Actor as By;
use kernel::command::{Command, Report as Fact};
use kernel::id::OrderId;
use kernel::kill_switch::{Engaged, Level};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use venue::Report;

/// How often a report is tried again that could not be recorded: a fact is never dropped.
const AGAIN: Duration = Duration::from_millis(200);
/// How often time itself is looked at: expiries, and what waits to be written.
const TICK: Duration = Duration::from_millis(200);
/// How often space is to be set aside for the brakes while there is none.
const RESERVE_MS: i64 = 10_000;

/// Until it ends by itself, or the runtime does.
pub(crate) async fn keep_up<T: Future<Output = ()> + Send + 'static>(name: &'static str, mut run: impl FnMut() -> T) {
    while let Err(error) = tokio::spawn(run()).await {
        if !error.is_panic() {
            return;
        }
        tracing::error!(name, "a pump has panicked; it is started again");
        tokio::time::sleep(AGAIN).await;
    }
}

/// A fact is never dropped.
async fn again_unless(recorded: bool, line: &mut Line) {
    if !recorded {
        line.again().await;
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
        // Outlives a panic: what came with or before the report that caused it is still taken.
        let (node, line) = (Arc::clone(self), Arc::new(tokio::sync::Mutex::new(Line::default())));
        tokio::spawn(keep_up("reports", move || Arc::clone(&node).take_all(Arc::clone(&line))));
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

    async fn take_all(self: Arc<Self>, line: Arc<tokio::sync::Mutex<Line>>) {
        let mut line = line.lock().await;
        let mut more = self.shared.venue.reports();
        loop {
            line.ask(&self);
            tokio::select! {
                reports = &mut more, if !line.is_long() => {
                    line.extend(reports);
                    more = self.shared.venue.reports();
                }
                recorded = line.settle(), if !line.is_empty() => again_unless(recorded, &mut line).await,
            }
        }
    }

    /// Until all of them are recorded.
    pub(super) async fn take(&self, reports: Vec<Report>) {
        let mut line = Line::default();
        line.extend(reports);
        line.ask(self);
        while !line.is_empty() {
            let recorded = line.settle().await;
            again_unless(recorded, &mut line).await;
            line.ask(self);
        }
    }

    /// Time-outs, what waits to be written, and what dispatch has to say of orders it does not send.
    pub fn look_at_the_clock(&self) {
        for id in self.shared.dispatch.recalled() {
            self.about(id, By::House, Command::Enforce { voided: vec![id] });
        }
        for id in self.shared.dispatch.unchanged() {
            let text = super::UNCHANGED.to_owned();
            self.about(id, By::House, Command::Report(Fact::ReplaceRejected { id, text }));
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
