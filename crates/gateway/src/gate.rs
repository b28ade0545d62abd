//! Gate: one loopback listener for each living credential, opened and closed as their records say.

use crate::closed::{Closed, ClosedListeners};
use crate::listener;
use crate::recording::OpenMinutes;
use kernel::api_credential::{ApiCredential, State};
use kernel::event::Event;
use kernel::id::{CredentialId, CustomerId};
use service::actor::CustomerActor;
use service::{Node, Unheard};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

#[derive(Debug)]
pub struct Gate {
    pub(crate) node: Arc<Node>,
    open: Mutex<BTreeMap<CredentialId, (u16, JoinHandle<()>)>>,
    /// Those that should be open and are not.
    closed: Mutex<ClosedListeners>,
    /// One at a time: two who open the same listener would find the port taken.
    syncing: tokio::sync::Mutex<()>,
    /// Client ids in use, by credential: a second connection with the same id is turned away.
    clients: Mutex<BTreeMap<CredentialId, Vec<i32>>>,
    minutes: Mutex<OpenMinutes>,
    /// Told once, when the server ends; every connection listens.
    ending: watch::Sender<bool>,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often it is looked whether a port that is taken should be tried again.
const LOOK: Duration = Duration::from_millis(250);
/// How long connections have to end when the server does.
const LAST: Duration = Duration::from_secs(5);

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
    /// Opens all listeners there should be now. A port that is taken keeps nothing else from opening.
    pub async fn open(node: Arc<Node>) -> Arc<Self> {
        let gate = Arc::new(Self {
            node,
            open: Mutex::default(),
            closed: Mutex::default(),
            syncing: tokio::sync::Mutex::default(),
            clients: Mutex::default(),
            minutes: Mutex::default(),
            ending: watch::Sender::new(false),
        });
        gate.count_reads();
        gate.sync_all().await;
        gate
    }

    /// Follows the records of all customers from now on, and tries again what could not be opened.
    pub fn follow(self: &Arc<Self>) {
        let gate = Arc::clone(self);
        let mut notices = gate.node.subscribe();
        tokio::spawn(async move {
            loop {
                let waits = hold(&gate.closed).any();
                let waited = if waits { timeout(LOOK, notices.recv()).await } else { Ok(notices.recv().await) };
                match waited {
                    Ok(Ok(notice)) if matches!(notice.recorded.event, Event::Credential(_)) => {
                        gate.sync_of(notice.customer).await;
                    }
                    Ok(Ok(_)) | Err(_) => {}
                    Ok(Err(Unheard::Behind)) => gate.sync_all().await,
                    Ok(Err(Unheard::Over)) => return,
                }
                let due = hold(&gate.closed).due(gate.node.clock().now());
                for customer in due {
                    gate.sync_of(customer).await;
                }
            }
        });
    }

    async fn sync_all(self: &Arc<Self>) {
        for actor in self.node.actors() {
            self.sync(&actor).await;
        }
    }

    async fn sync_of(self: &Arc<Self>, customer: CustomerId) {
        if let Some(actor) = self.node.actor(customer) {
            self.sync(&actor).await;
        }
    }

    /// The credentials that nobody can reach now, whoever's they are.
    pub fn closed(&self) -> Vec<Closed> {
        hold(&self.closed).all()
    }

    /// Nobody comes in any more, and whoever is here leaves: then what was read is written down.
    pub async fn close(&self) {
        self.ending.send_replace(true);
        let _one = self.syncing.lock().await;
        for (_, (_, task)) in std::mem::take(&mut *hold(&self.open)) {
            task.abort();
        }
        if timeout(LAST, self.ending.closed()).await.is_err() {
            tracing::error!("some connections did not end: what they read last is not in the journal");
        }
        self.last_reads().await;
    }

    /// Programs that are connected and have said who they are.
    pub fn connected(&self) -> usize {
        hold(&self.clients).values().map(Vec::len).sum()
    }

    pub(crate) fn minutes(&self) -> MutexGuard<'_, OpenMinutes> {
        hold(&self.minutes)
    }

    pub(crate) fn ending(&self) -> watch::Receiver<bool> {
        self.ending.subscribe()
    }

    /// Makes the listeners those of the records.
    pub async fn sync(self: &Arc<Self>, actor: &Arc<CustomerActor>) {
        let _one = self.syncing.lock().await;
        if *self.ending.borrow() {
            return;
        }
        let wanted: Vec<Closed> = self.wanted(actor);
        let mine = actor.read(|state| state.customer.credentials.iter().map(|c| c.id).collect::<Vec<_>>());
        let stays = |id: CredentialId, port: u16| wanted.iter().any(|one| one.credential == id && one.port == port);
        let ended: Vec<_> =
            hold(&self.open).extract_if(.., |id, (port, _)| mine.contains(id) && !stays(*id, *port)).collect();
        for (_, (_, task)) in ended {
            // Its port is free once the task is gone.
            task.abort();
            drop(task.await);
        }
        hold(&self.closed).keep(actor.id, |id| wanted.iter().any(|one| one.credential == id));
        for one in wanted {
            if !hold(&self.open).contains_key(&one.credential) {
                self.listen(actor, one).await;
            }
        }
    }

    /// What should be open, told as if it were not.
    fn wanted(&self, actor: &CustomerActor) -> Vec<Closed> {
        let since = self.node.clock().now();
        actor.read(|state| {
            let living = state.customer.programs().filter(|credential| credential.state != State::Revoked);
            let closed = |known: &ApiCredential| Closed {
                credential: known.id,
                customer: actor.id,
                name: known.name.clone(),
                port: known.port,
                why: String::new(),
                since,
            };
            living.map(closed).collect()
        })
    }

    async fn listen(self: &Arc<Self>, actor: &Arc<CustomerActor>, one: Closed) {
        let (id, port) = (one.credential, one.port);
        let listener = match listener::bind(port) {
            Ok(listener) => listener,
            Err(why) => {
                let (name, told) = (one.name.clone(), why.to_string());
                if hold(&self.closed).failed(Closed { why: why.to_string(), ..one }) {
                    tracing::error!(
                        credential = %name, port, why = %told,
                        "a credential cannot be reached: its port cannot be listened on; it is tried again"
                    );
                }
                return;
            }
        };
        let task = tokio::spawn(listener::accept(Arc::clone(self), Arc::clone(actor), id, listener));
        hold(&self.open).insert(id, (port, task));
        if hold(&self.closed).opened(id) {
            tracing::info!(credential = %one.name, port, "a credential can be reached again");
        }
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
