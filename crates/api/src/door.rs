//! Door: the Unix socket in the data directory: made private, and open to the server's own user only.

use crate::places::{Place, Places};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use service::in_hand::InHand;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};

/// A pause when the system has no more sockets to give.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Why there is no socket to serve.
#[derive(Debug, thiserror::Error)]
pub enum NoSocket {
    #[error("{path}: another server answers there")]
    InUse { path: String },
    #[error("{path}: the control socket cannot be made: {why}")]
    Io { path: String, why: io::Error },
}

/// Makes the socket where nobody answers. It has its mode before it has its name.
pub fn open_socket(path: &Path) -> Result<UnixListener, NoSocket> {
    let shown = || path.display().to_string();
    let failed = |why| NoSocket::Io { path: shown(), why };
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(NoSocket::InUse { path: shown() });
    }
    let directory = path.with_extension("new");
    drop(std::fs::remove_dir_all(&directory));
    std::fs::DirBuilder::new().mode(0o700).create(&directory).map_err(failed)?;
    let hidden = directory.join("s");
    let made = UnixListener::bind(&hidden).and_then(|listener| {
        std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&hidden, path)?;
        Ok(listener)
    });
    drop(std::fs::remove_dir_all(&directory));
    made.map_err(failed)
}

/// The server's own user, and root, who could do anything anyhow.
pub(crate) const fn admits(own: u32, peer: u32) -> bool {
    peer == own || peer == 0
}

#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub uid: u32,
    pub in_hand: InHand,
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.remote_addr().clone()
    }
}

#[derive(Debug)]
pub(crate) struct Door {
    listener: UnixListener,
    own_uid: u32,
    places: Places,
}

impl Door {
    pub fn new(listener: UnixListener, own_uid: u32) -> Self {
        Self { listener, own_uid, places: Places::new() }
    }

    async fn next(&self) -> io::Result<(Io, Peer)> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let uid = stream.peer_cred()?.uid();
            if admits(self.own_uid, uid) {
                let place = self.places.take().await?;
                let in_hand = place.in_hand.clone();
                return Ok((Io { stream, place }, Peer { uid, in_hand }));
            }
            tracing::warn!(uid, "a program of another user was turned away from the control socket");
        }
    }
}

impl Listener for Door {
    type Io = Io;
    type Addr = Peer;

    async fn accept(&mut self) -> (Io, Peer) {
        loop {
            match self.next().await {
                Ok(admitted) => return admitted,
                Err(error) => {
                    tracing::warn!(%error, "a connection to the control socket could not be accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer { uid: self.own_uid, in_hand: InHand::default() })
    }
}

/// A connection and the place it takes until it ends.
#[derive(Debug)]
pub(crate) struct Io {
    stream: UnixStream,
    place: Place,
}

impl Io {
    /// Whether it has been told to make room; whoever waits for bytes is woken by it.
    fn leaves(&mut self, cx: &mut Context<'_>) -> bool {
        !self.place.leave.is_terminated() && Pin::new(&mut self.place.leave).poll(cx).is_ready()
    }
}

fn made_room() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "it asked nothing, and others waited")
}

impl AsyncRead for Io {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.leaves(cx) {
            return Poll::Ready(Err(made_room()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Io {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.leaves(cx) {
            return Poll::Ready(Err(made_room()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_user_and_root_are_let_in() {
        for (own, peer, admitted) in [(1_000, 1_000, true), (1_000, 0, true), (1_000, 1_001, false), (0, 1_000, false)]
        {
            assert_eq!(admits(own, peer), admitted, "{own} {peer}");
        }
    }
}
