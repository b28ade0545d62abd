//! Wire: the TWS socket of one program, whoever serves it: the handshake, strict frames, no waiting without end.

use crate::refuse::{CLIENT_ID_IN_USE, error};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tws::{FrameReader, HelloReader, Protocol, Request, Response, ServerVersion, frame, negotiate, server_hello};

/// The largest order is under 2 KiB; nothing a program sends needs more than this.
const MOST_FRAME: usize = 64 * 1024;
const READ: usize = 16 * 1024;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A program that does not read for this long is let go; nothing is kept for it.
const SLOW: Duration = Duration::from_secs(5);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum End {
    #[error("the program went away")]
    Gone,
    #[error("the handshake failed: {0}")]
    Handshake(String),
    #[error("it was turned away: {0}")]
    TurnedAway(String),
    #[error("it does not read what it is sent")]
    Slow,
    #[error("it sends more than can be answered")]
    Flood,
    #[error("its bytes are not the protocol: {0}")]
    Malformed(String),
    #[error("its credential no longer opens this listener")]
    Withdrawn,
    #[error("its day is over")]
    TooOld,
    #[error("the server ends")]
    Ending,
}

/// What a program says of itself before it asks anything.
pub(crate) struct Started {
    pub(crate) client_id: i32,
    /// The range of versions that it says it speaks.
    pub(crate) versions: String,
    /// Of the greeting, and of START_API: free texts, of which nothing is believed.
    pub(crate) connect_options: String,
    pub(crate) optional_capabilities: String,
}

pub(crate) struct Wire<S = TcpStream> {
    stream: S,
    frames: FrameReader,
    version: ServerVersion,
    read: Vec<u8>,
}

/// All that comes before the first answer has this long.
pub(crate) async fn in_time<T>(opening: impl Future<Output = Result<T, End>>) -> Result<T, End> {
    match timeout(HANDSHAKE, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(End::Handshake("it took too long".to_owned())),
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Version and START_API; nothing is said of any account before.
    pub(crate) async fn open(mut stream: S, time: impl FnOnce() -> String) -> Result<(Self, Started), End> {
        let wrong = |error: &dyn std::fmt::Display| End::Handshake(error.to_string());
        let mut read = vec![0; READ];
        let mut greeting = HelloReader::new();
        let hello = loop {
            if let Some(hello) = greeting.poll().map_err(|error| wrong(&error))? {
                break hello;
            }
            greeting.push(some(&mut stream, &mut read).await?);
        };
        let protocol = protocol(&hello.options)?;
        let version = negotiate(&hello, protocol).map_err(|error| wrong(&error))?;
        stream.write_all(&server_hello(version, &time())).await.map_err(|_| End::Gone)?;
        let mut wire = Self { stream, frames: greeting.into_frames(MOST_FRAME), version, read };
        let payload = loop {
            if let Some(payload) = wire.next()? {
                break payload;
            }
            wire.receive().await?;
        };
        let started = Request::decode(version, &payload).map_err(|error| wrong(&error))?;
        let Request::StartApi { client_id, optional_capabilities } = started else {
            return Err(End::Handshake("it does not begin with START_API".to_owned()));
        };
        let versions = format!("v{}..{}", hello.min, hello.max);
        Ok((wire, Started { client_id, versions, connect_options: hello.options, optional_capabilities }))
    }

    pub(crate) const fn version(&self) -> ServerVersion {
        self.version
    }

    /// The next message, if it is here in full.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, End> {
        self.frames.next().map_err(|error| End::Malformed(error.to_string()))
    }

    /// Waits for more bytes. Whoever stops waiting has lost none.
    pub(crate) async fn receive(&mut self) -> Result<(), End> {
        self.frames.push(some(&mut self.stream, &mut self.read).await?);
        Ok(())
    }

    pub(crate) async fn send(&mut self, responses: &[Response]) -> Result<(), End> {
        if responses.is_empty() {
            return Ok(());
        }
        // What the program's encoding has no message for is not told.
        let said = responses.iter().map(|response| response.encode(self.version)).filter(|payload| !payload.is_empty());
        let bytes: Vec<u8> = said.flat_map(|payload| frame(&payload)).collect();
        if bytes.is_empty() {
            return Ok(());
        }
        match timeout(SLOW, self.stream.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Slow),
        }
    }

    /// No place for it: it is told so, and why.
    pub(crate) async fn no_place(&mut self, text: &str) -> End {
        match self.send(&[error(-1, CLIENT_ID_IN_USE, text)]).await {
            Ok(()) => End::TurnedAway(text.to_owned()),
            Err(end) => end,
        }
    }
}

/// One of the words of a free text, without its name.
pub(crate) fn option<'a>(options: &'a str, name: &str) -> Option<&'a str> {
    options.split([' ', ',', ';']).find_map(|word| word.strip_prefix(name))
}

/// What the program asks to be answered in: the encoding is its own matter, so it says so itself.
fn protocol(options: &str) -> Result<Protocol, End> {
    let Some(word) = option(options, "protocol=") else { return Ok(Protocol::Auto) };
    // The word came from outside, next to a secret: it is not repeated.
    Protocol::parse(word).ok_or_else(|| End::Handshake("protocol= is auto, text or protobuf".to_owned()))
}

async fn some<'a>(stream: &mut (impl AsyncRead + Unpin), into: &'a mut [u8]) -> Result<&'a [u8], End> {
    match stream.read(into).await {
        Ok(read) if read > 0 => into.get(..read).ok_or(End::Gone),
        Ok(_) | Err(_) => Err(End::Gone),
    }
}
