//! World: what every route works on: the node, the one customer, and what is done after a change.

use crate::problem::Problem;
use journal::SigningKey;
use kernel::id::AccountId;
use service::Node;
use service::actor::CustomerActor;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};

pub use service::credential::{AfterChange, Closed};

pub type ClosedListeners = Box<dyn Fn() -> Closed + Send + Sync>;

/// What the API needs of the process around it.
pub struct Hooks {
    pub after_credentials_changed: AfterChange,
    pub closed_listeners: ClosedListeners,
    /// The portal's true address, where it could be opened: links lead there.
    pub portal: Option<String>,
    /// Signs checkpoints of the journal.
    pub key: Arc<SigningKey>,
    /// The user the server runs as: who may connect, and whose programs may use a new credential.
    pub own_uid: u32,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Requests that are worked on at once. A kill switch does not stand in this queue.
const MOST_REQUESTS: usize = 32;

pub(crate) struct World {
    pub node: Arc<Node>,
    pub hooks: Hooks,
    /// One change of limits at a time: it is made on what it has read.
    pub limiting: Mutex<()>,
    pub places: Semaphore,
}

pub(crate) type Shared = Arc<World>;
pub(crate) type Answer<T> = Result<T, Problem>;

impl World {
    pub fn new(node: Arc<Node>, hooks: Hooks) -> Shared {
        Arc::new(Self { node, hooks, limiting: Mutex::new(()), places: Semaphore::new(MOST_REQUESTS) })
    }

    /// There is one customer for now; every route takes it from here.
    pub fn customer(&self) -> Answer<Arc<CustomerActor>> {
        self.node
            .actors()
            .into_iter()
            .next()
            .ok_or_else(|| Problem::refusal(&kernel::customer::Refusal::NotOpen.into(), Problem::correlation()))
    }
}

/// Runs to its end even if whoever asked goes away: a kill is not cut off half-way.
pub(crate) async fn whole<T: Send + 'static>(work: impl Future<Output = Answer<T>> + Send + 'static) -> Answer<T> {
    tokio::spawn(work).await.unwrap_or_else(|_| Err(Problem::failed("the request was not carried out to its end")))
}

/// The account that the venue knows by this number.
pub(crate) fn account_id(actor: &CustomerActor, number: &str) -> Answer<AccountId> {
    Ok(service::credential::account_id(actor, number)?)
}
