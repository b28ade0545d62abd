//! Dispatch: durable effects on their way to the venue, cancels first, and the gate that a kill closes.

use crate::clock::Clock;
use crate::traces::Traces;
use kernel::effect::Effect;
use kernel::id::OrderId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use venue::Venue;

/// How long to wait before telling a venue that did not take an instruction.
const AGAIN: Duration = Duration::from_millis(100);
/// Unsent instructions beyond which new orders are turned away. Cancels always get in, one for each order.
pub const WAITING: usize = 8_192;

#[derive(Default)]
struct Waiting {
    cancels: VecDeque<Effect>,
    orders: VecDeque<Effect>,
    /// How many instructions of an order wait in `orders`, and in `cancels`.
    of: BTreeMap<OrderId, (usize, usize)>,
    /// What is just being handed over, and whether a kill has called it back meanwhile.
    handing: Option<Effect>,
    called_back: bool,
    /// Called back in time: the venue did not take it, and it will not be told again.
    recalled: Vec<OrderId>,
    /// Orders at the venue whose change was called back in time: they stand as they were.
    unchanged: Vec<OrderId>,
    /// Whoever handed it over has ended half way: nobody knows whether it was sent.
    doubtful: Vec<Effect>,
}

impl Waiting {
    fn count(&mut self, effect: &Effect) -> &mut (usize, usize) {
        self.of.entry(effect.order()).or_default()
    }

    fn forget(&mut self, effect: &Effect, cancel: bool) {
        let (orders, cancels) = self.count(effect);
        let count = if cancel { cancels } else { orders };
        *count = count.saturating_sub(1);
        if *self.count(effect) == (0, 0) {
            self.of.remove(&effect.order());
        }
    }

    fn pop(&mut self) -> Option<Effect> {
        if let Some(lost) = self.handing.take() {
            self.doubtful.push(lost);
        }
        let cancel = self.cancels.pop_front();
        let (effect, first) = match cancel {
            Some(effect) => (effect, true),
            None => (self.orders.pop_front()?, false),
        };
        self.forget(&effect, first);
        (self.handing, self.called_back) = (Some(effect.clone()), false);
        Some(effect)
    }

    /// Back to the front, unless a kill has called it back.
    fn put_back(&mut self, effect: Effect) {
        if !self.called_back {
            let cancel = effect.is_cancel();
            let (orders, cancels) = self.count(&effect);
            let count = if cancel { cancels } else { orders };
            *count += 1;
            let queue = if cancel { &mut self.cancels } else { &mut self.orders };
            queue.push_front(effect);
        } else if let Effect::Submit { id, .. } = effect {
            // The venue never hears of it: nothing that follows makes sense there.
            self.recalled.push(id);
            self.orders.retain(|other| other.order() != id);
            self.cancels.retain(|other| other.order() != id);
            self.of.remove(&id);
        } else {
            self.unchanged.push(effect.order());
        }
    }
}

/// Every effect in here is durable and surely unsent.
#[derive(Default)]
pub struct Dispatch {
    waiting: Mutex<Waiting>,
    arrived: Notify,
    /// Held while an instruction is being handed over: whoever gets it next knows that it has been.
    gate: tokio::sync::Mutex<()>,
    traces: Traces,
}

impl std::fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatch").field("waiting", &self.waiting()).finish()
    }
}

impl Dispatch {
    pub fn traced(traces: Traces) -> Self {
        Self { traces, ..Self::default() }
    }

    fn hold(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn waiting(&self) -> usize {
        let waiting = self.hold();
        waiting.cancels.len() + waiting.orders.len()
    }

    /// While a venue takes nothing, what waits for it does not grow without end.
    pub fn has_room(&self) -> bool {
        self.hold().orders.len() < WAITING
    }

    /// A cancel goes before everything but an unsent instruction about its own order. One that waits already is
    /// not put there twice.
    pub fn push(&self, effect: Effect) {
        let mut waiting = self.hold();
        let (orders, cancels) = waiting.of.get(&effect.order()).copied().unwrap_or_default();
        // What is being handed over may come back.
        let follows = orders > 0 || waiting.handing.as_ref().is_some_and(|other| other.order() == effect.order());
        if !effect.is_cancel() || follows {
            let doubled = effect.is_cancel() && waiting.orders.iter().rev().any(|other| *other == effect);
            if doubled {
                return;
            }
            waiting.count(&effect).0 += 1;
            waiting.orders.push_back(effect);
        } else if cancels == 0 {
            waiting.count(&effect).1 += 1;
            waiting.cancels.push_back(effect);
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Takes unsent orders back: what is returned will never be sent.
    pub fn withhold(&self, covered: impl Fn(OrderId) -> bool) -> Vec<OrderId> {
        let mut waiting = self.hold();
        let mut voided: Vec<OrderId> = Vec::new();
        let (mut kept, mut taken, mut unchanged) = (VecDeque::new(), Vec::new(), Vec::new());
        for effect in std::mem::take(&mut waiting.orders) {
            let id = effect.order();
            let back = match &effect {
                Effect::Submit { .. } if covered(id) => {
                    voided.push(id);
                    true
                }
                // A change of an order may raise its risk; the order itself is cancelled next.
                Effect::Replace { .. } => voided.contains(&id) || covered(id),
                Effect::Submit { .. } | Effect::Cancel { .. } => voided.contains(&id),
            };
            if back && matches!(effect, Effect::Replace { .. }) && !voided.contains(&id) {
                unchanged.push(id);
            }
            if back { taken.push(effect) } else { kept.push_back(effect) }
        }
        waiting.unchanged.append(&mut unchanged);
        waiting.orders = kept;
        let in_hand = waiting.handing.as_ref().filter(|effect| !effect.is_cancel());
        waiting.called_back |= in_hand.is_some_and(|effect| covered(effect.order()));
        taken.iter().for_each(|effect| waiting.forget(effect, false));
        voided
    }

    /// Returns when nothing that was popped before is still on its way out.
    pub async fn settle(&self) {
        drop(self.gate.lock().await);
    }

    /// Instructions of which nobody knows whether they were sent; each is told once.
    pub fn doubtful(&self) -> Vec<Effect> {
        std::mem::take(&mut self.hold().doubtful)
    }

    /// Orders that a kill called back while they were being handed over, and that the venue did not take.
    pub fn recalled(&self) -> Vec<OrderId> {
        std::mem::take(&mut self.hold().recalled)
    }

    /// Orders whose change a kill called back before the venue had it; each is told once.
    pub fn unchanged(&self) -> Vec<OrderId> {
        std::mem::take(&mut self.hold().unchanged)
    }

    fn handed(&self, back: Option<Effect>) {
        let mut waiting = self.hold();
        waiting.handing = None;
        if let Some(effect) = back {
            waiting.put_back(effect);
        }
    }

    /// Hands over the next effect, if any; false when the venue did not take it.
    pub async fn send_next(&self, venue: &dyn Venue, clock: &dyn Clock) -> Option<bool> {
        let gate = self.gate.lock().await;
        let effect = self.hold().pop()?;
        self.traces.leaves(&effect);
        let sent = venue.send(effect.clone(), clock.now()).await;
        if let Err(why) = &sent {
            tracing::warn!(order = %effect.order(), %why, "the venue did not take an instruction; it will be told again");
        }
        if sent.is_ok() {
            self.traces.handed(&effect);
        }
        self.handed(sent.is_err().then_some(effect));
        drop(gate);
        Some(sent.is_ok())
    }

    pub async fn run(self: Arc<Self>, venue: Arc<dyn Venue>, clock: Arc<dyn Clock>) {
        loop {
            let arrived = self.arrived.notified();
            match self.send_next(venue.as_ref(), clock.as_ref()).await {
                Some(true) => {}
                Some(false) => tokio::time::sleep(AGAIN).await,
                None => arrived.await,
            }
        }
    }
}
