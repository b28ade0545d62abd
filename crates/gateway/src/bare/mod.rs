//! Bare: the paper broker behind a TWS socket of its own, as an IB Gateway has one: no credential, no guard.

mod asking;
mod connection;
mod orders;
mod preview;
mod tell;

use service::Clock;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use venue::paper::PaperVenue;

/// Connections, those still shaking hands included.
const MOST_CONNECTIONS: usize = 128;
/// A pause when the system has no more sockets to give.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// The broker, the one account that is shown, and who is connected.
pub struct Bare {
    broker: Arc<PaperVenue>,
    clock: Arc<dyn Clock>,
    account: String,
    clients: Mutex<BTreeSet<i32>>,
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bare").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A client id in use; given back when it is dropped.
#[derive(Debug)]
struct Place {
    bare: Arc<Bare>,
    client_id: i32,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.bare.clients.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.client_id);
    }
}

impl Bare {
    /// The account must have been opened at the broker.
    pub fn new(broker: Arc<PaperVenue>, clock: Arc<dyn Clock>, account: String) -> Arc<Self> {
        Arc::new(Self { broker, clock, account, clients: Mutex::default() })
    }

    /// Accepts programs until the process ends. Nobody is asked for a credential, so nobody from
    /// another machine is let in, whatever the listener is bound to.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                    continue;
                }
            };
            if !loopback(peer.ip()) {
                tracing::warn!(%peer, "a connection from another machine is turned away");
                continue;
            }
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!("too many connections: one is turned away");
                continue;
            };
            let bare = Arc::clone(&self);
            tokio::spawn(async move {
                if let Err(why) = stream.set_nodelay(true) {
                    tracing::debug!(%why, "a connection ended as it began");
                    return;
                }
                bare.welcome(stream).await;
                drop(place);
            });
        }
    }

    /// One program, on a connection that is there already, until it ends.
    pub async fn welcome(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let why = connection::serve(self, stream).await;
        tracing::debug!(%why, "a connection ended");
    }

    fn place(self: &Arc<Self>, client_id: i32) -> Option<Place> {
        let new = self.clients.lock().unwrap_or_else(PoisonError::into_inner).insert(client_id);
        new.then(|| Place { bare: Arc::clone(self), client_id })
    }
}

fn loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}
