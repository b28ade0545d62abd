//! Link: a connection as a TWS takes it: greeting, version, start, accounts; and what writing to it came to.

use super::dial::{Dial, Incoming, Outgoing};
use super::orders::FIRST_REQUEST;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tws::{
    EncodeError, FrameReader, PlaceOrder, Request, Response, ServerVersion, client_hello, frame, parse_server_hello,
};

/// Nothing that is read here is longer; the longest messages are contract details.
const MOST_FRAME: usize = 1024 * 1024;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Upstream that does not read for this long is let go.
const SLOW: Duration = Duration::from_secs(5);
const CLIENT_ID_IN_USE: i32 = 326;
/// After a crash upstream may still read what the dead process wrote: so often it is asked again.
const LOOKS: u32 = 25;
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Why there is no connection, by name.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("{0} is not on this machine: a TWS asks nobody for a password, so it is reached on loopback only")]
    NotLoopback(SocketAddr),
    #[error("nothing listens on {0}: start TWS or IB Gateway, enable its API, and compare the port")]
    NothingListens(SocketAddr, #[source] std::io::Error),
    #[error("what listens there does not speak the TWS protocol: {0}")]
    NotATws(String),
    #[error("it speaks version {0}; versions 157 to 178 are spoken here")]
    Version(u32),
    #[error("client id {0} is in use there already, perhaps by another Portreeve")]
    ClientIdInUse(i32),
    #[error("account {0} is a live one: that it is meant has to be said, with --account {0}")]
    Live(String),
    #[error("it has no account {0}; it has {1}: compare --account")]
    NoAccount(String, String),
    #[error("it closed the connection before it told its accounts")]
    Closed,
    #[error(
        "it would give the next order the number {0}: from 2000000000 on none is given; reset the API order ids in TWS"
    )]
    Numbers(i32),
    #[error("it did not answer in time: {0}")]
    Silent(&'static str),
}

pub(super) struct Link {
    write: Outgoing,
    version: ServerVersion,
    /// Whoever wrote was stopped half way: what is written next would be read as the rest of it.
    torn: bool,
}

/// What became of the bytes of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    All,
    /// Not one byte: it may be told again.
    Nothing,
    /// Some, or nobody knows: the connection is of no more use.
    Perhaps,
}

impl Link {
    /// Read back first: bytes that do not say that it is a preview are an order.
    pub(super) async fn write_preview(&mut self, place: PlaceOrder) -> Result<Written, EncodeError> {
        let request = Request::PlaceOrder(Box::new(place));
        let read = Request::decode(self.version, &request.encode(self.version)?);
        if !matches!(&read, Ok(Request::PlaceOrder(place)) if place.order.what_if) {
            tracing::error!("a preview does not read as one: it is not written");
            return Ok(Written::Nothing);
        }
        self.write(&[request]).await
    }

    /// Whoever stops waiting may have torn a message in two: then nothing more is written here.
    pub(super) async fn write(&mut self, requests: &[Request]) -> Result<Written, EncodeError> {
        if self.torn {
            return Ok(Written::Nothing);
        }
        let mut bytes = Vec::new();
        for request in requests {
            bytes.extend(frame(&request.encode(self.version)?));
        }
        let mut rest = bytes.as_slice();
        loop {
            if rest.is_empty() {
                return Ok(Written::All);
            }
            match timeout(SLOW, self.write.write(rest)).await {
                Ok(Ok(written)) if written > 0 => {
                    rest = rest.get(written..).unwrap_or_default();
                    self.torn = !rest.is_empty();
                }
                // A write that failed or timed out has taken nothing of what it was given.
                _ if rest.len() == bytes.len() => return Ok(Written::Nothing),
                _ => return Ok(Written::Perhaps),
            }
        }
    }
}

pub(super) struct Hearing {
    read: Incoming,
    frames: FrameReader,
    version: ServerVersion,
}

/// Why nothing more is heard.
#[derive(Debug, thiserror::Error)]
pub(super) enum Deaf {
    #[error("it closed the connection")]
    Closed,
    #[error("its bytes are not the protocol: {0}")]
    Malformed(String),
}

impl Hearing {
    async fn payload(&mut self) -> Result<Vec<u8>, Deaf> {
        loop {
            if let Some(payload) = self.frames.next().map_err(|error| Deaf::Malformed(error.to_string()))? {
                return Ok(payload);
            }
            let bytes = read(&mut self.read).await.ok_or(Deaf::Closed)?;
            self.frames.push(&bytes);
        }
    }

    /// Safe to drop while it waits: what has come stays in the buffer.
    pub(super) async fn next(&mut self) -> Result<Response, Deaf> {
        let payload = self.payload().await?;
        Response::decode(self.version, &payload).map_err(|error| Deaf::Malformed(error.to_string()))
    }
}

async fn read(read: &mut Incoming) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 16 * 1024];
    match read.read(&mut bytes).await {
        Ok(0) | Err(_) => None,
        Ok(count) => {
            bytes.truncate(count);
            Some(bytes)
        }
    }
}

pub(super) struct Opened {
    pub(super) link: Link,
    pub(super) hearing: Hearing,
    pub(super) accounts: Vec<String>,
    pub(super) next_number: i32,
}

/// At the start: waits until upstream has noticed that an earlier process of ours is gone.
pub(super) async fn open_first(dial: &dyn Dial, client_id: i32, named: Option<&str>) -> Result<Opened, ConnectError> {
    for _ in 1..LOOKS {
        match open(dial, client_id, named).await {
            Err(ConnectError::ClientIdInUse(_)) => tokio::time::sleep(LOOK_AGAIN).await,
            other => return other,
        }
    }
    open(dial, client_id, named).await
}

/// A login with a live account is used only where one was `named`, and is that one; and one that was named is there, also
/// when somebody else has signed in meanwhile.
pub(super) async fn open(dial: &dyn Dial, client_id: i32, named: Option<&str>) -> Result<Opened, ConnectError> {
    match timeout(HANDSHAKE, shake_hands(dial, client_id)).await {
        Ok(Ok(opened)) => match opened.accounts.iter().find(|account| !is_paper(account)) {
            Some(live) if named.is_none_or(is_paper) => Err(ConnectError::Live(live.clone())),
            Some(_) | None => match named.filter(|named| !opened.accounts.iter().any(|account| account == named)) {
                Some(named) => Err(ConnectError::NoAccount(named.to_owned(), opened.accounts.join(", "))),
                None => Ok(opened),
            },
        },
        Ok(Err(why)) => Err(why),
        Err(_) => Err(ConnectError::Silent("the handshake")),
    }
}

async fn shake_hands(dial: &dyn Dial, client_id: i32) -> Result<Opened, ConnectError> {
    let (mut read_half, mut write) = dial.dial().await?;
    let (oldest, newest) = (ServerVersion::OLDEST.get(), ServerVersion::NEWEST.get());
    let greeting = client_hello(oldest, newest, "");
    write.write_all(&greeting).await.map_err(|_| ConnectError::Closed)?;
    let mut frames = FrameReader::new(MOST_FRAME);
    let answer = loop {
        match frames.next() {
            Ok(Some(payload)) => break payload,
            Ok(None) => {}
            Err(error) => return Err(ConnectError::NotATws(error.to_string())),
        }
        frames.push(&read(&mut read_half).await.ok_or(ConnectError::Closed)?);
    };
    let (number, _) = parse_server_hello(&answer).map_err(|error| ConnectError::NotATws(error.to_string()))?;
    let version = ServerVersion::new(number).ok_or(ConnectError::Version(number))?;
    let mut link = Link { write, version, torn: false };
    let start = Request::StartApi { client_id, optional_capabilities: String::new() };
    if !matches!(link.write(&[start]).await, Ok(Written::All)) {
        return Err(ConnectError::Closed);
    }
    let mut hearing = Hearing { read: read_half, frames, version };
    let (mut accounts, mut next_number) = (Vec::new(), None);
    while accounts.is_empty() || next_number.is_none() {
        match hearing.next().await {
            Ok(Response::ManagedAccounts { accounts: told }) => accounts = told,
            Ok(Response::NextValidId { order_id }) if order_id >= FIRST_REQUEST => {
                return Err(ConnectError::Numbers(order_id));
            }
            Ok(Response::NextValidId { order_id }) => next_number = Some(order_id),
            Ok(Response::Error { code: CLIENT_ID_IN_USE, .. }) => return Err(ConnectError::ClientIdInUse(client_id)),
            Ok(_) => {}
            Err(Deaf::Closed) => return Err(ConnectError::Closed),
            Err(Deaf::Malformed(why)) => return Err(ConnectError::NotATws(why)),
        }
    }
    Ok(Opened { link, hearing, accounts, next_number: next_number.unwrap_or(1) })
}

/// What is not surely play money is real.
pub(super) fn is_paper(account: &str) -> bool {
    account.starts_with("DU")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// The first line of what a program says, longer than the other end takes at once.
    fn half_written(link: &mut Link) {
        let asked = [Request::ReqOpenOrders];
        let mut writing = pin!(link.write(&asked));
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(writing.as_mut().poll(&mut context), Poll::Pending), "the other end takes four bytes");
    }

    #[tokio::test]
    async fn nothing_is_written_behind_a_message_that_was_torn_in_two() {
        let (near, mut far) = tokio::io::duplex(4);
        let mut link = Link { write: Box::new(near), version: ServerVersion::NEWEST, torn: false };
        half_written(&mut link);
        let mut taken = [0; 4];
        tokio::io::AsyncReadExt::read_exact(&mut far, &mut taken).await.unwrap();
        assert_eq!(link.write(&[Request::ReqIds]).await.unwrap(), Written::Nothing);
        // One that is whole leaves nothing behind.
        let (near, _far) = tokio::io::duplex(64);
        let mut link = Link { write: Box::new(near), version: ServerVersion::NEWEST, torn: false };
        assert_eq!(link.write(&[Request::ReqOpenOrders]).await.unwrap(), Written::All);
        assert_eq!(link.write(&[Request::ReqOpenOrders]).await.unwrap(), Written::All);
    }
}
