//! Listener: accepts on loopback, looks who connects, and bounds how many wait at the door.

use crate::gate::Gate;
use crate::peer::{self, Peer};
use crate::refuse::reason;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::connection;
use kernel::id::CredentialId;
use kernel::reason::Category;
use service::actor::CustomerActor;
use service::ports;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections of one credential, those still shaking hands included.
const MOST_CONNECTIONS: usize = 48;
/// Connections of other users' programs: they are told no, and never take the place of the owner's.
const MOST_STRANGERS: usize = 4;
/// A pause when the system has no more sockets to give.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// As many as tokio lets wait by itself.
const WAITING: i32 = 1_024;

pub(crate) fn bind(port: u16) -> std::io::Result<TcpListener> {
    let listener = ports::open(port)?;
    rustix::net::listen(&listener, WAITING)?;
    TcpListener::from_std(listener)
}

pub(crate) async fn accept(
    gate: Arc<Gate>,
    actor: Arc<CustomerActor>,
    credential: CredentialId,
    listener: TcpListener,
) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let strangers = Arc::new(Semaphore::new(MOST_STRANGERS));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
        };
        // Whose it is takes as long to find out as there are sockets on the machine.
        if places.available_permits() == 0 && strangers.available_permits() == 0 {
            tracing::warn!(%credential, "too many connections: one is turned away");
            continue;
        }
        let (stream, uid) = match tokio::task::spawn_blocking(move || (caller(&stream), stream)).await {
            Ok((uid, stream)) => (stream, uid),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be looked at");
                continue;
            }
        };
        if let Err(code) = uid {
            tracing::warn!(%credential, code, "nobody can tell whose program it is: it is turned away");
            let why = reason(Category::Identity, code, &[]);
            drop(actor.submit(By::House, Command::Connection(connection::Command::TurnAway { credential, why })));
        }
        let Ok(uid) = uid else { continue };
        let places = if meant(&actor, credential, uid) { &places } else { &strangers };
        let Ok(place) = Arc::clone(places).try_acquire_owned() else {
            tracing::warn!(%credential, "too many connections: one is turned away");
            continue;
        };
        let (gate, actor) = (Arc::clone(&gate), Arc::clone(&actor));
        tokio::spawn(async move {
            let why = crate::connection::serve(gate, actor, credential, uid, stream).await;
            tracing::info!(%credential, %why, "a connection ended");
            drop(place);
        });
    }
}

/// Whose program it is; otherwise what is known: that it hung up, or that nobody can tell.
fn caller(stream: &TcpStream) -> Result<u32, &'static str> {
    let (Ok(peer), Ok(local), Ok(())) = (stream.peer_addr(), stream.local_addr(), stream.set_nodelay(true)) else {
        return Err("peer_gone");
    };
    match peer::of(peer, local) {
        Peer::User(uid) => Ok(uid),
        Peer::Gone => Err("peer_gone"),
        Peer::Unknown => Err("peer_wrong"),
    }
}

/// Only which queue it waits in: who may come in is decided when it says START_API.
fn meant(actor: &CustomerActor, credential: CredentialId, uid: u32) -> bool {
    actor.read(|state| state.customer.credential(credential).is_ok_and(|known| known.peer_uid == uid))
}
