//! Node: all actors of this process and their venue; how they start, and how a kill reaches all of them.

mod line;
mod pump;

pub use line::Line;
pub(crate) use pump::keep_up;

use crate::actor::{CustomerActor, Shared, Starting, Told};
use crate::clock::{Clock, dice};
use crate::commit::{Commit, Failed, Room};
use crate::dispatch::Dispatch;
use crate::notice::Hearing;
use crate::notices::Outgoing;
use crate::outcome::{No, Outcome};
use crate::traces::Traces;
use kernel::actor::Actor as By;
use kernel::api_credential::{ApiCredential, State as Standing};
use kernel::command::{Command, Report as Fact};
use kernel::effect::Effect;
use kernel::id::{CustomerId, OrderId};
use kernel::incident::{Suspect, Why};
use kernel::kill_switch::{Level, Resting};
use kernel::time::Timestamp;
use kernel::working::Status;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, PoisonError, RwLock};
use store::{Append, Reader, Receipt, Store};
use tokio::sync::oneshot;
use venue::Venue;

/// A journal that is further than the clock by more than this was written by a clock that was wrong, or is now.
const AHEAD_MS: i64 = 5_000;
/// Holds no events: it is only tried whether its receipt can be written.
const PROBE: &str = "ready";
/// Said of a change that was taken back before the venue had it.
const UNCHANGED: &str = "trading was stopped before the change was sent";

pub struct Node {
    shared: Shared,
    actors: RwLock<BTreeMap<CustomerId, Arc<CustomerActor>>>,
    /// When space was last to be set aside for the brakes.
    reserve_tried: AtomicI64,
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
        Self::telling(commit, venue, clock, Arc::default(), Traces::default()).await
    }

    /// The same, where people are told what happens: also of what comes to light while it starts; and where the way of
    /// each order is.
    pub async fn telling(
        commit: Commit,
        venue: Arc<dyn Venue>,
        clock: Arc<dyn Clock>,
        outgoing: Arc<Outgoing>,
        traces: Traces,
    ) -> Result<Arc<Self>, String> {
        let dispatch = Arc::new(Dispatch::traced(traces.clone()));
        let firm = Arc::new(AtomicU64::new(0));
        let notices = Arc::default();
        let shared = Shared { commit, dispatch, venue, clock, firm, outgoing, notices, traces };
        let loading = shared.clone();
        let (actors, rows) = reading(&shared.commit, move |store| {
            let (mut actors, mut starting) = (BTreeMap::new(), Starting::begin(store)?);
            for (stream, _) in store.streams("customer/").map_err(|error| error.to_string())? {
                let id = stream.strip_prefix("customer/").and_then(|id| CustomerId::parse(id).ok());
                let id = id.ok_or_else(|| format!("a stream is named {stream}"))?;
                actors.insert(id, starting.actor(id, loading.clone(), store)?);
            }
            Ok::<_, String>((actors, starting.told_venue()?))
        })
        .await??;
        let node = Arc::new(Self { shared, actors: RwLock::new(actors), reserve_tried: AtomicI64::new(i64::MIN) });
        for actor in node.actors() {
            node.warn_if_ahead(&actor);
            node.recover(&actor, rows.get(actor.book()).map_or(&[], Vec::as_slice)).await?;
        }
        Ok(node)
    }

    pub fn actors(&self) -> Vec<Arc<CustomerActor>> {
        self.actors.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub fn actor(&self, id: CustomerId) -> Option<Arc<CustomerActor>> {
        self.actors.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// The notices of all customers, of those too who come later.
    pub fn subscribe(&self) -> Hearing {
        self.shared.notices.subscribe()
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

    pub fn traces(&self) -> &Traces {
        &self.shared.traces
    }

    pub(crate) fn outgoing(&self) -> Arc<Outgoing> {
        Arc::clone(&self.shared.outgoing)
    }

    pub fn commit(&self) -> &Commit {
        &self.shared.commit
    }

    /// Whether the journal can be written: where the last transaction failed, one is tried that leaves but its receipt.
    pub async fn is_writing(&self) -> bool {
        if self.shared.commit.tally().is_writing() {
            return matches!(self.with_store(|store| store.head()).await, Ok(Ok(_)));
        }
        let Ok(dice) = dice() else { return false };
        let append = Append { id: dice.to_be_bytes(), stream: PROBE.to_owned(), ..Append::default() };
        let (reply, answer) = oneshot::channel();
        let done =
            Box::new(move |_: &mut dyn Store, result: Result<Receipt, Failed>| drop(reply.send(result.map(|_| ()))));
        self.shared.commit.append(append, Room::Ordinary, done) && matches!(answer.await, Ok(Ok(())))
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
        let opened = answer(actor.submit(By::House, Command::OpenCustomer { id, name: name.to_owned() })).await;
        if let Err(no) = opened {
            self.actors.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
            return Err(no);
        }
        Ok(actor)
    }

    fn warn_if_ahead(&self, actor: &CustomerActor) {
        let (clock, now): (Timestamp, Timestamp) = (self.shared.clock.now(), actor.now());
        if now.since(clock) > AHEAD_MS {
            let (customer, ahead_ms) = (actor.id, now.since(clock));
            tracing::error!(%customer, ahead_ms, "the journal is ahead of the clock: time stands still until the clock has caught up");
        }
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
        let others = || self.actors().into_iter().filter(|other| level == Level::Firm && other.id != actor.id);
        // The actor itself acts on a switch that it cannot record, whether somebody waits here or not.
        let durable = match answer(actor.submit(by, command.clone())).await {
            Ok(_) => true,
            Err(No::NotRecorded { .. } | No::Busy) => {
                others().for_each(|other| drop(other.brake(by, &command)));
                false
            }
            Err(no @ No::Refused { .. }) => return Err(no),
        };
        if durable {
            // They look again, because the firm has moved, and take back what is unsent before they answer.
            let enforce = || Command::Enforce { voided: Vec::new() };
            let asked: Vec<_> = others().map(|other| other.submit(By::House, enforce())).collect();
            for enforced in asked {
                if let Err(no) = answer(enforced).await {
                    tracing::error!(%no, "a customer's cancels went out without a record");
                }
            }
        }
        self.shared.dispatch.settle().await;
        Ok(KillOutcome { durable })
    }

    /// Once this returns, what the suspect could do is stopped. What could not be recorded acts all the same; then
    /// sessions and credentials are as they were, and it is to be done again.
    pub async fn contain(
        &self,
        actor: &Arc<CustomerActor>,
        by: By,
        suspect: Suspect,
        why: Why,
    ) -> Result<KillOutcome, No> {
        let durable = match answer(actor.submit(by, Command::OpenIncident { suspect, why })).await {
            Ok(_) => true,
            Err(No::NotRecorded { .. } | No::Busy) => false,
            Err(no @ No::Refused { .. }) => return Err(no),
        };
        self.shared.dispatch.settle().await;
        Ok(KillOutcome { durable })
    }

    /// What only takes risk away goes out even when it cannot be recorded.
    /// It is asked when this is called, not when the answer is first waited for: what is asked next comes after it.
    pub fn restrict(
        &self,
        actor: &Arc<CustomerActor>,
        by: By,
        command: Command,
    ) -> impl Future<Output = Outcome> + Send + use<> {
        answer(actor.submit(by, command))
    }

    /// Where the node left off: the venue is asked, and only what it surely does not have is told again.
    async fn recover(self: &Arc<Self>, actor: &Arc<CustomerActor>, rows: &[Told]) -> Result<(), String> {
        let open: Vec<OrderId> = actor.read(|state| state.book.orders.keys().copied().collect());
        let mut earlier: Vec<Effect> = actor.read(|state| {
            let open =
                state.book.orders.values().filter(|order| !matches!(order.status, Status::Held | Status::Parked));
            open.filter_map(|order| kernel::effect::standing(state, order)).collect()
        });
        earlier.extend(changes(actor, rows));
        self.shared.venue.resume(earlier);
        self.take(self.shared.venue.recount(open).await).await;
        let voided = self.tell_again(actor, rows).await?;
        let credentials: Vec<_> = actor.read(|state| state.customer.credentials.iter().map(|c| c.id).collect());
        for credential in credentials {
            let command = Command::Disconnected { credential, client_id: None };
            answer(actor.submit(By::House, command)).await.map_err(|no| no.to_string())?;
        }
        let enforce = Command::Enforce { voided };
        answer(actor.submit(By::House, enforce)).await.map_err(|no| no.to_string())?;
        Ok(())
    }

    /// A kill that was acknowledged before the crash still stands: nothing it covers is told again. Given back are
    /// orders that were surely never sent.
    async fn tell_again(&self, actor: &Arc<CustomerActor>, rows: &[Told]) -> Result<Vec<OrderId>, String> {
        let (unanswered, venue) = (actor.unanswered(), &self.shared.venue);
        let mut voided = Vec::new();
        for (id, effect) in rows {
            let waits = unanswered.get(&effect.order()).is_some_and(|ids| ids.contains(id));
            if !waits {
                continue;
            }
            let effect = effect.clone();
            let resend = effect.is_cancel() || venue.idempotent();
            let (id, stopped) = (effect.order(), actor.read(|state| is_stopped(state, effect.order())));
            if resend && (effect.is_cancel() || !stopped) {
                self.shared.dispatch.push(effect);
                continue;
            }
            let fact = match effect {
                Effect::Submit { .. } if venue.is_recorded_here() => {
                    voided.push(id);
                    continue;
                }
                Effect::Replace { .. } if venue.is_recorded_here() => {
                    Fact::ReplaceRejected { id, text: UNCHANGED.to_owned() }
                }
                Effect::Submit { .. } | Effect::Replace { .. } | Effect::Cancel { .. } => Fact::Unknown { id },
            };
            answer(actor.submit(By::Venue, Command::Report(fact))).await.map_err(|no| no.to_string())?;
        }
        Ok(voided)
    }

    /// For whoever shows what is written: read beside the appends, which do not wait for it.
    pub async fn with_reader<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Reader) -> T + Send + 'static,
    ) -> Result<T, String> {
        let (reply, answer) = oneshot::channel();
        self.shared.commit.look(Box::new(move |reader| drop(reply.send(read(reader)))));
        answer.await.map_err(|_| "too many read at once, or the node is ending".to_owned())
    }

    /// Takes its turn with the appends: for the few rows that a decision is made on.
    pub async fn with_store<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
    ) -> Result<T, String> {
        reading(&self.shared.commit, read).await
    }
}

/// Changes that were perhaps sent, and that the venue has not answered.
fn changes(actor: &CustomerActor, rows: &[Told]) -> Vec<Effect> {
    let unanswered = actor.unanswered();
    let waits = |(id, effect): &&Told| unanswered.get(&effect.order()).is_some_and(|ids| ids.contains(id));
    let changes = rows.iter().filter(waits).map(|(_, effect)| effect);
    changes.filter(|effect| matches!(effect, Effect::Replace { .. })).cloned().collect()
}

fn is_stopped(state: &kernel::state::State, id: OrderId) -> bool {
    let Some(order) = state.book.orders.get(&id) else { return true };
    let kills = [&state.customer.kills, &state.firm.kills];
    let active = |record: &ApiCredential| record.state == Standing::Active;
    // What a backup has as waiting may have been sent since, whatever a person says later.
    let restored = state.firm.restored.is_some_and(|restored| order.since <= restored.at);
    // Revoking and suspending take back what is unsent, as a kill does: also when the node ended in between.
    restored
        || !state.customer.credential(order.credential).is_ok_and(active)
        || kills.iter().any(|kills| kernel::kill_switch::stops(kills, order.credential, order.terms.account).is_some())
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
