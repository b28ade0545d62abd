//! Notices on their way out: from the outbox to e-mail, push and webhooks, at least once, however long a carrier is down.

mod backoff;
mod expand;
mod rows;
mod send;

pub(crate) use backoff::{GIVEN_UP_AFTER_MS, LONGEST_MS, wait_ms};
pub use rows::{EMAIL, NOTIFY, PUSH, Row, Told, is_notice, of_hook, place};
pub use send::{ADDRESS, Next, SUBSCRIPTION};

use crate::node::Node;
use crate::sealed::Sealed;
use kernel::id::NoticeId;
use kernel::time::Timestamp;
use notify::Carrier;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Unsent ones of one user by one carrier; what comes besides is counted in the last of them.
pub const MOST: usize = 20;
/// Sent by one carrier at the same time.
const AT_ONCE: usize = 4;
/// How often it is looked whether a failed pass can be done.
const AGAIN: Duration = Duration::from_secs(5);

/// What the actors need to know of it. Off until carriers are there: nothing is written for nobody.
#[derive(Debug, Default)]
pub struct Outgoing {
    on: AtomicBool,
    /// A program of the operator's is told of each fill.
    fills: AtomicBool,
    arrived: Notify,
    /// Moves when a checkpoint waits to be sent.
    checkpoints: watch::Sender<u64>,
}

impl Outgoing {
    pub fn of(carriers: &Carriers) -> Arc<Self> {
        let outgoing = Self::default();
        outgoing.set(carriers);
        Arc::new(outgoing)
    }
    fn set(&self, carriers: &Carriers) {
        self.fills.store(carriers.hooks.iter().any(|hook| hook.fills), Ordering::Release);
        self.on.store(!carriers.is_empty(), Ordering::Release);
    }
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }
    pub(crate) fn tells_fills(&self) -> bool {
        self.fills.load(Ordering::Acquire)
    }
    pub(crate) fn checkpoints(&self) -> watch::Sender<u64> {
        self.checkpoints.clone()
    }
    pub(crate) fn arrived(&self) {
        self.arrived.notify_one();
    }
}

/// A program of the operator's that is told everything but fills, and those on request.
pub struct Hook {
    pub name: String,
    pub fills: bool,
    pub carrier: Arc<dyn Carrier>,
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Default)]
pub struct Carriers {
    pub email: Option<Arc<dyn Carrier>>,
    pub push: Option<Arc<dyn Carrier>>,
    pub hooks: Vec<Hook>,
}

impl Carriers {
    pub fn is_empty(&self) -> bool {
        self.email.is_none() && self.push.is_none() && self.hooks.is_empty()
    }
    /// As they are told: `email`, `push`, `webhook:NAME`.
    pub fn names(&self) -> Vec<String> {
        let email = self.email.iter().map(|_| EMAIL.to_owned());
        let push = self.push.iter().map(|_| PUSH.to_owned());
        email.chain(push).chain(self.hooks.iter().map(|hook| rows::of_hook(&hook.name))).collect()
    }
    pub fn named(&self, name: &str) -> Option<&Arc<dyn Carrier>> {
        match name {
            EMAIL => return self.email.as_ref(),
            PUSH => return self.push.as_ref(),
            _ => {}
        }
        self.hooks.iter().find(|hook| rows::of_hook(&hook.name) == name).map(|hook| &hook.carrier)
    }
}

impl std::fmt::Debug for Carriers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Of those that were tried and not sent: how often, and when they are tried next.
#[derive(Debug, Default)]
struct Tried {
    waits: BTreeMap<NoticeId, (u32, Timestamp)>,
    /// In somebody's hands just now.
    sending: Vec<NoticeId>,
}

pub struct Delivery {
    node: Arc<Node>,
    sealed: Arc<Sealed>,
    carriers: Carriers,
    /// Of the portal: the only place that a notice leads to.
    origin: String,
    tried: Mutex<Tried>,
    /// Held while rows are read and changed, never while one is sent.
    turn: tokio::sync::Mutex<()>,
    ready: watch::Sender<u64>,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("carriers", &self.carriers).finish_non_exhaustive()
    }
}

impl Delivery {
    /// From here on what is worth a notice is written into the outbox.
    pub fn open(node: Arc<Node>, sealed: Arc<Sealed>, carriers: Carriers, origin: String) -> Arc<Self> {
        node.outgoing().set(&carriers);
        let (ready, _) = watch::channel(0);
        let (tried, turn) = (Mutex::default(), tokio::sync::Mutex::new(()));
        Arc::new(Self { node, sealed, carriers, origin, tried, turn, ready })
    }

    pub fn carriers(&self) -> &Carriers {
        &self.carriers
    }

    /// Runs until the process ends: whoever hands out never waits for a carrier, and no carrier for another.
    pub fn pump(self: &Arc<Self>) {
        if self.carriers.is_empty() {
            return;
        }
        let this = Arc::clone(self);
        tokio::spawn(crate::node::keep_up("notices", move || Arc::clone(&this).hand_out()));
        for name in self.carriers.names() {
            for _ in 0..AT_ONCE {
                let (this, name) = (Arc::clone(self), name.clone());
                tokio::spawn(crate::node::keep_up("carrier", move || Arc::clone(&this).carry(name.clone())));
            }
        }
    }

    async fn hand_out(self: Arc<Self>) {
        let outgoing = self.node.outgoing();
        loop {
            let arrived = outgoing.arrived.notified();
            match self.expand().await {
                Ok(()) => arrived.await,
                Err(why) => {
                    tracing::error!(%why, "notices wait in the outbox");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn carry(self: Arc<Self>, carrier: String) {
        let mut ready = self.ready.subscribe();
        loop {
            ready.mark_unchanged();
            match self.send_next(&carrier).await {
                Ok(send::Next::Again) => {}
                Ok(send::Next::At(at)) => {
                    let ms = at.since(self.node.clock().now()).clamp(0, backoff::LONGEST_MS);
                    let wait = Duration::from_millis(u64::try_from(ms).unwrap_or_default());
                    drop(tokio::time::timeout(wait, ready.changed()).await);
                }
                Ok(send::Next::Nothing) => drop(ready.changed().await),
                Err(why) => {
                    tracing::error!(%why, carrier, "a notice could not be taken from the outbox");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    fn tried(&self) -> MutexGuard<'_, Tried> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
