//! Listener: accepts on loopback, looks who connects, and bounds how many wait at the door.

use crate::connection;
use crate::gate::Gate;
use crate::peer;
use kernel::id::CredentialId;
use service::actor::CustomerActor;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections of one credential, those still shaking hands included.
const MOST_CONNECTIONS: usize = 48;
/// A pause when the system has no more sockets to give.
const EXHAUSTED: Duration = Duration::from_millis(100);

pub(crate) async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

pub(crate) async fn accept(
    gate: Arc<Gate>,
    actor: Arc<CustomerActor>,
    credential: CredentialId,
    listener: TcpListener,
) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!(%credential, "too many connections: one is turned away");
            continue;
        };
        let (gate, actor) = (Arc::clone(&gate), Arc::clone(&actor));
        tokio::spawn(async move {
            let why = serve(gate, actor, credential, stream).await;
            tracing::info!(%credential, %why, "a connection ended");
            drop(place);
        });
    }
}

async fn serve(
    gate: Arc<Gate>,
    actor: Arc<CustomerActor>,
    credential: CredentialId,
    stream: TcpStream,
) -> connection::End {
    let addresses = stream.peer_addr().and_then(|peer| stream.local_addr().map(|local| (peer, local)));
    let Ok((peer, local)) = addresses else { return connection::End::Gone };
    let Some(uid) = peer::uid(peer, local) else { return connection::End::UnknownPeer };
    if stream.set_nodelay(true).is_err() {
        return connection::End::Gone;
    }
    connection::serve(gate, actor, credential, uid, stream).await
}
