//! Dispatch: durable effects on their way to the venue, cancels first, and the gate that a kill closes.

use crate::clock::Clock;
use kernel::effect::Effect;
use kernel::id::OrderId;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use venue::Venue;

/// How long to wait before telling a venue that did not take an instruction.
const AGAIN: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Waiting {
    cancels: VecDeque<Effect>,
    orders: VecDeque<Effect>,
}

/// Every effect in here is durable and surely unsent.
#[derive(Default)]
pub struct Dispatch {
    waiting: Mutex<Waiting>,
    arrived: Notify,
    /// Held while an instruction is being handed over: whoever gets it next knows that it has been.
    gate: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatch").field("waiting", &self.waiting()).finish()
    }
}

impl Dispatch {
    fn hold(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn waiting(&self) -> usize {
        let waiting = self.hold();
        waiting.cancels.len() + waiting.orders.len()
    }

    /// A cancel goes before everything but an unsent instruction about its own order.
    pub fn push(&self, effect: Effect) {
        let mut waiting = self.hold();
        let follows = waiting.orders.iter().any(|other| other.order() == effect.order());
        if effect.is_cancel() && !follows {
            waiting.cancels.push_back(effect);
        } else {
            waiting.orders.push_back(effect);
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Takes unsent orders back: what is returned will never be sent.
    pub fn withhold(&self, covered: impl Fn(OrderId) -> bool) -> Vec<OrderId> {
        let mut waiting = self.hold();
        let mut voided: Vec<OrderId> = Vec::new();
        waiting.orders.retain(|effect| match effect {
            Effect::Submit { id, .. } if covered(*id) => {
                voided.push(*id);
                false
            }
            // A change of an order may raise its risk; the order itself is cancelled next.
            Effect::Replace { id, .. } => !covered(*id),
            Effect::Submit { .. } | Effect::Cancel { .. } => true,
        });
        waiting.orders.retain(|effect| !voided.contains(&effect.order()));
        voided
    }

    /// Returns when nothing that was popped before is still on its way out.
    pub async fn settle(&self) {
        drop(self.gate.lock().await);
    }

    fn pop(&self) -> Option<Effect> {
        let mut waiting = self.hold();
        waiting.cancels.pop_front().or_else(|| waiting.orders.pop_front())
    }

    fn put_back(&self, effect: Effect) {
        let mut waiting = self.hold();
        if effect.is_cancel() {
            waiting.cancels.push_front(effect);
        } else {
            waiting.orders.push_front(effect);
        }
    }

    /// Hands over the next effect, if any; false when the venue did not take it.
    pub async fn send_next(&self, venue: &dyn Venue, clock: &dyn Clock) -> Option<bool> {
        let gate = self.gate.lock().await;
        let effect = self.pop()?;
        let sent = venue.send(effect.clone(), clock.now()).await;
        if let Err(why) = &sent {
            tracing::warn!(order = %effect.order(), %why, "the venue did not take an instruction; it will be told again");
            self.put_back(effect);
        }
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
