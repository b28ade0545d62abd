//! Node: all actors of this process, its venue, and the pumps between them.

use crate::actor::{CustomerActor, Shared};
use crate::clock::{Clock, dice};
use crate::commit::Commit;
use crate::dispatch::Dispatch;
use crate::outcome::{No, Outcome};
use kernel::actor::Actor as By;
use kernel::command::{Command, Report as Fact};
use kernel::effect::Effect;
use kernel::id::{CustomerId, OrderId};
use kernel::kill_switch::{Level, Resting};
use kernel::working::{Commission, Execution, Status};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use store::{OutboxRow, Store};
use tokio::sync::oneshot;
use venue::{Report, Venue, What};

/// How often a report is tried again that could not be recorded: a fact is never dropped.
const AGAIN: Duration = Duration::from_millis(200);
/// How often time itself is looked at: expiries, and kill switches that wait to be written.
const TICK: Duration = Duration::from_millis(200);

pub struct Node {
    shared: Shared,
    actors: RwLock<BTreeMap<CustomerId, Arc<CustomerActor>>>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").finish_non_exhaustive()
    }
}

/// A kill acts at once; `durable` says whether it is also written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KillOutcome {
    pub durable: bool,
}

impl Node {
    /// Loads every customer, puts what was on its way back on its way, and starts the pumps.
    pub async fn start(commit: Commit, venue: Arc<dyn Venue>, clock: Arc<dyn Clock>) -> Result<Arc<Self>, String> {
        let dispatch = Arc::new(Dispatch::default());
        let shared = Shared { commit, dispatch, venue, clock };
        let loading = shared.clone();
        let (actors, rows) = reading(&shared.commit, move |store| {
            let mut actors = BTreeMap::new();
            for (stream, _) in store.streams("customer/").map_err(|error| error.to_string())? {
                let id = stream.strip_prefix("customer/").and_then(|id| CustomerId::parse(id).ok());
                let id = id.ok_or_else(|| format!("a stream is named {stream}"))?;
                actors.insert(id, CustomerActor::load(id, loading.clone(), store)?);
            }
            let rows = store.outbox(None).map_err(|error| error.to_string())?;
            Ok::<_, String>((actors, rows))
        })
        .await??;
        let node = Arc::new(Self { shared, actors: RwLock::new(actors) });
        for actor in node.actors() {
            node.recover(&actor, &rows).await?;
        }
        Ok(node)
    }

    /// Runs until the process ends.
    pub fn pump(self: &Arc<Self>) {
        let shared = self.shared.clone();
        tokio::spawn(Arc::clone(&shared.dispatch).run(Arc::clone(&shared.venue), Arc::clone(&shared.clock)));
        let node = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                for report in node.shared.venue.reports().await {
                    node.take(report).await;
                }
            }
        });
        let node = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                node.look_at_the_clock();
            }
        });
    }

    pub fn actors(&self) -> Vec<Arc<CustomerActor>> {
        self.actors.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub fn actor(&self, id: CustomerId) -> Option<Arc<CustomerActor>> {
        self.actors.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub fn venue(&self) -> &dyn Venue {
        self.shared.venue.as_ref()
    }

    pub fn clock(&self) -> &dyn Clock {
        self.shared.clock.as_ref()
    }

    pub fn dispatch(&self) -> &Dispatch {
        &self.shared.dispatch
    }

    pub fn commit(&self) -> &Commit {
        &self.shared.commit
    }

    /// A new customer, empty but for its name.
    pub async fn open_customer(&self, name: &str) -> Result<Arc<CustomerActor>, No> {
        let unrecorded = |why: String| No::NotRecorded { why };
        let fresh = dice().map_err(|error| unrecorded(error.to_string()))?;
        let id = CustomerId::new(self.shared.clock.now().0, fresh);
        let loading = self.shared.clone();
        let actor = reading(&self.shared.commit, move |store| CustomerActor::load(id, loading, store))
            .await
            .and_then(|loaded| loaded)
            .map_err(unrecorded)?;
        self.actors.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&actor));
        answer(actor.submit(By::House, Command::OpenCustomer { id, name: name.to_owned() })).await?;
        Ok(actor)
    }

    /// Once this returns, nothing that was admitted before and falls under the switch is sent.
    pub async fn kill(
        &self,
        actor: &Arc<CustomerActor>,
        by: By,
        level: Level,
        resting: Resting,
    ) -> Result<KillOutcome, No> {
        let command = Command::Engage { level, resting };
        let durable = match answer(actor.submit(by, command.clone())).await {
            Ok(_) => true,
            Err(No::NotRecorded { why }) => {
                tracing::error!(%why, "a kill switch acts without a record; it is written as soon as possible");
                for each in self.reach(actor, level) {
                    each.brake(by, &command);
                }
                false
            }
            Err(no) => return Err(no),
        };
        if level == Level::Firm && durable {
            for each in self.actors().iter().filter(|each| each.id != actor.id) {
                answer(each.submit(By::House, Command::Enforce { voided: Vec::new() })).await?;
            }
        }
        self.shared.dispatch.settle().await;
        Ok(KillOutcome { durable })
    }

    fn reach(&self, actor: &Arc<CustomerActor>, level: Level) -> Vec<Arc<CustomerActor>> {
        if level == Level::Firm { self.actors() } else { vec![Arc::clone(actor)] }
    }

    /// What only takes risk away goes out even when it cannot be recorded.
    /// It is asked when this is called, not when the answer is first waited for: what is asked next comes after it.
    pub fn restrict(
        &self,
        actor: &Arc<CustomerActor>,
        by: By,
        command: Command,
    ) -> impl Future<Output = Outcome> + Send + use<> {
        let asked = actor.submit(by, command.clone());
        let actor = Arc::clone(actor);
        async move {
            let outcome = answer(asked).await;
            if let Err(No::NotRecorded { .. }) = outcome {
                let sent = actor.brake(by, &command);
                tracing::warn!(cancels = sent.len(), "cancels go out without a record");
            }
            outcome
        }
    }

    /// Where the node left off: the venue is asked, and only what it surely does not have is told again.
    async fn recover(self: &Arc<Self>, actor: &Arc<CustomerActor>, rows: &[OutboxRow]) -> Result<(), String> {
        let open: Vec<OrderId> = actor.read(|state| state.book.orders.keys().copied().collect());
        for report in self.shared.venue.recount(open).await {
            self.take(report).await;
        }
        // A kill that was acknowledged before the crash still stands: nothing it covers is told again.
        let unanswered = actor.unanswered();
        for row in rows {
            let effect: Effect = serde_json::from_slice(&row.body).map_err(|error| error.to_string())?;
            let waits = unanswered.get(&effect.order()).is_some_and(|ids| ids.contains(&row.id));
            if !waits {
                continue;
            }
            let resend = effect.is_cancel() || self.shared.venue.idempotent();
            let stopped = actor.read(|state| is_stopped(state, effect.order()));
            if resend && (effect.is_cancel() || !stopped) {
                self.shared.dispatch.push(effect);
            } else {
                let fact = Fact::Unknown { id: effect.order() };
                answer(actor.submit(By::Venue, Command::Report(fact))).await.map_err(|no| no.to_string())?;
            }
        }
        let credentials: Vec<_> = actor.read(|state| state.customer.credentials.iter().map(|c| c.id).collect());
        for credential in credentials {
            let command = Command::Disconnected { credential, client_id: None };
            answer(actor.submit(By::House, command)).await.map_err(|no| no.to_string())?;
        }
        let enforce = Command::Enforce { voided: Vec::new() };
        answer(actor.submit(By::House, enforce)).await.map_err(|no| no.to_string())?;
        Ok(())
    }

    async fn take(&self, report: Report) {
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

    /// Time-outs, and kill switches that act without a record.
    pub fn look_at_the_clock(&self) {
        for actor in self.actors() {
            actor.write_counts();
            let now = actor.now();
            let due = actor.read(|state| kernel::book::next_wakeup(&state.book).is_some_and(|at| at <= now));
            if due {
                drop(actor.submit(By::House, Command::Expire));
            }
            for switch in actor.unrecorded() {
                let command = Command::Engage { level: switch.level, resting: switch.resting };
                drop(actor.submit(By::House, command));
            }
        }
    }

    /// How far the journal reaches, for those who show it.
    pub async fn with_store<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
    ) -> Result<T, String> {
        reading(&self.shared.commit, read).await
    }
}

fn is_stopped(state: &kernel::state::State, id: OrderId) -> bool {
    let Some(order) = state.book.orders.get(&id) else { return true };
    let kills = [&state.customer.kills, &state.firm.kills];
    let stopped = |kills: &&Vec<_>| kernel::kill_switch::stops(kills, order.credential, order.terms.account).is_some();
    order.status == Status::Admitted && kills.iter().any(stopped)
}

async fn reading<T: Send + 'static>(
    commit: &Commit,
    read: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
) -> Result<T, String> {
    let (reply, answer) = oneshot::channel();
    commit.read(Box::new(move |store| drop(reply.send(read(store)))));
    answer.await.map_err(|_| "the commit thread has ended".to_owned())
}

/// Waits for what a submitted command came to.
pub async fn answer(receiver: oneshot::Receiver<Outcome>) -> Outcome {
    receiver.await.unwrap_or_else(|_| Err(No::NotRecorded { why: "the node is ending".to_owned() }))
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
