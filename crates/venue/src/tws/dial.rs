//! Dial: how a connection upstream is opened; over loopback, unless a test has something else in between.

use super::link::ConnectError;
use crate::contract::Later;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

pub type Incoming = Box<dyn AsyncRead + Send + Unpin>;
pub type Outgoing = Box<dyn AsyncWrite + Send + Unpin>;

pub trait Dial: Send + Sync {
    /// A new connection, before a byte is said on it.
    fn dial(&self) -> Later<'_, Result<(Incoming, Outgoing), ConnectError>>;
}

/// A TWS asks nobody for a password: it is reached on this machine or not at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loopback(pub(super) SocketAddr);

impl Dial for Loopback {
    fn dial(&self) -> Later<'_, Result<(Incoming, Outgoing), ConnectError>> {
        let Self(address) = *self;
        Box::pin(async move {
            if !address.ip().to_canonical().is_loopback() {
                return Err(ConnectError::NotLoopback(address));
            }
            let nothing = |error| ConnectError::NothingListens(address, error);
            let stream = TcpStream::connect(address).await.map_err(nothing)?;
            stream.set_nodelay(true).map_err(nothing)?;
            let (read, write) = stream.into_split();
            Ok((Box::new(read) as Incoming, Box::new(write) as Outgoing))
        })
    }
}
