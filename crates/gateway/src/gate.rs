//! Gate: one loopback listener for each living credential, opened and closed as their records say.

use crate::listener;
use kernel::api_credential::State;
use kernel::event::Event;
use kernel::id::CredentialId;
use service::Node;
use service::actor::CustomerActor;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// Why a listener is not there.
#[derive(Debug, thiserror::Error)]
pub enum NoListener {
    #[error("127.0.0.1:{port} cannot be listened on: {why}")]
    Bind { port: u16, why: std::io::Error },
}

#[derive(Debug)]
pub struct Gate {
    pub(crate) node: Arc<Node>,
    open: Mutex<BTreeMap<CredentialId, (u16, AbortHandle)>>,
    /// One at a time: two who open the same listener would find the port taken.
    syncing: tokio::sync::Mutex<()>,
    /// Client ids in use, by credential: a second connection with the same id is turned away.
    clients: Mutex<BTreeMap<CredentialId, Vec<i32>>>,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often a port that is taken is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Most programs on one credential, as on a TWS.
const MOST_CLIENTS: usize = 32;

/// Why a connection may not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPlace {
    InUse,
    Full,
}

/// A place among a credential's clients; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<Gate>,
    credential: CredentialId,
    client_id: i32,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(clients) = hold(&self.gate.clients).get_mut(&self.credential) {
            clients.retain(|client| *client != self.client_id);
        }
    }
}

impl Gate {
    /// Opens all listeners there should be now; a port that is taken is an error at the start.
    pub async fn open(node: Arc<Node>) -> Result<Arc<Self>, NoListener> {
        let gate = Arc::new(Self {
            node,
            open: Mutex::default(),
            syncing: tokio::sync::Mutex::default(),
            clients: Mutex::default(),
        });
        for actor in gate.node.actors() {
            gate.sync(&actor).await?;
        }
        Ok(gate)
    }

    /// Follows the records of one customer from now on.
    pub fn follow(self: &Arc<Self>, actor: Arc<CustomerActor>) {
        let gate = Arc::clone(self);
        let mut notices = actor.subscribe();
        tokio::spawn(async move {
            use tokio::sync::broadcast::error::RecvError;
            let mut complete = true;
            loop {
                let waited = if complete { Ok(notices.recv().await) } else { timeout(AGAIN, notices.recv()).await };
                match waited {
                    Ok(Ok(notice)) if !matches!(notice.recorded.event, Event::Credential(_)) => continue,
                    Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => {}
                    Ok(Err(RecvError::Closed)) => return,
                }
                let missing = gate.sync(&actor).await.err();
                if let Some(error) = missing.as_ref().filter(|_| complete) {
                    tracing::error!(%error, "a credential has no listener; it is tried again");
                }
                complete = missing.is_none();
            }
        });
    }

    /// Makes the listeners those of the records.
    pub async fn sync(self: &Arc<Self>, actor: &Arc<CustomerActor>) -> Result<(), NoListener> {
        let _one = self.syncing.lock().await;
        let wanted: BTreeMap<CredentialId, u16> = actor.read(|state| {
            let living = state.customer.credentials.iter().filter(|credential| credential.state != State::Revoked);
            living.map(|credential| (credential.id, credential.port)).collect()
        });
        let mine = actor.read(|state| state.customer.credentials.iter().map(|c| c.id).collect::<Vec<_>>());
        hold(&self.open).retain(|id, (port, task)| {
            let keep = !mine.contains(id) || wanted.get(id) == Some(port);
            if !keep {
                task.abort();
            }
            keep
        });
        let mut missing = Ok(());
        for (id, port) in wanted {
            if hold(&self.open).contains_key(&id) {
                continue;
            }
            let listener = match listener::bind(port).await {
                Ok(listener) => listener,
                // The others open all the same: whoever takes one port has not taken all.
                Err(why) => {
                    missing = missing.and(Err(NoListener::Bind { port, why }));
                    continue;
                }
            };
            let task = tokio::spawn(listener::accept(Arc::clone(self), Arc::clone(actor), id, listener));
            match hold(&self.open).entry(id) {
                Entry::Vacant(place) => {
                    place.insert((port, task.abort_handle()));
                }
                Entry::Occupied(_) => task.abort(),
            }
        }
        missing
    }

    pub(crate) fn place(self: &Arc<Self>, credential: CredentialId, client_id: i32) -> Result<Place, NoPlace> {
        let mut clients = hold(&self.clients);
        let taken = clients.entry(credential).or_default();
        if taken.contains(&client_id) {
            return Err(NoPlace::InUse);
        }
        if taken.len() >= MOST_CLIENTS {
            return Err(NoPlace::Full);
        }
        taken.push(client_id);
        Ok(Place { gate: Arc::clone(self), credential, client_id })
    }
}
