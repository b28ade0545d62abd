//! A program's connection to the bare broker: handshake, then requests in and events out until it ends.

use super::asking::Asking;
use super::{Bare, Place};
use crate::refuse::{CLIENT_ID_IN_USE, error};
use crate::tell::utc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tws::{FrameReader, HelloReader, Request, Response, ServerVersion, frame, negotiate, server_hello};

const MOST_FRAME: usize = 64 * 1024;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A program that does not read for this long is let go; nothing is kept for it.
const SLOW: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(250);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error("the program went away")]
    Gone,
    #[error("the handshake failed: {0}")]
    Handshake(String),
    #[error("its client id is in use")]
    InUse,
    #[error("it does not read what it is sent")]
    Slow,
    #[error("its bytes are not the protocol: {0}")]
    Malformed(String),
}

struct Wire {
    stream: TcpStream,
    version: ServerVersion,
}

impl Wire {
    async fn send(&mut self, responses: &[Response]) -> Result<(), End> {
        if responses.is_empty() {
            return Ok(());
        }
        let bytes: Vec<u8> = responses.iter().flat_map(|response| frame(&response.encode(self.version))).collect();
        match timeout(SLOW, self.stream.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Slow),
        }
    }

    async fn read(&mut self) -> Result<Vec<u8>, End> {
        read(&mut self.stream).await
    }
}

async fn read(stream: &mut TcpStream) -> Result<Vec<u8>, End> {
    let mut bytes = vec![0; 16 * 1024];
    match stream.read(&mut bytes).await {
        Ok(0) | Err(_) => Err(End::Gone),
        Ok(read) => {
            bytes.truncate(read);
            Ok(bytes)
        }
    }
}

pub(super) async fn serve(bare: Arc<Bare>, stream: TcpStream) -> End {
    let opened = timeout(HANDSHAKE, open(&bare, stream)).await;
    let (wire, frames, place) = match opened {
        Ok(Ok(opened)) => opened,
        Ok(Err(end)) => return end,
        Err(_) => return End::Handshake("it took too long".to_owned()),
    };
    let asking = Asking::new(Arc::clone(&bare), place.client_id);
    let end = run(wire, frames, asking).await;
    drop(place);
    end
}

async fn open(bare: &Arc<Bare>, mut stream: TcpStream) -> Result<(Wire, FrameReader, Place), End> {
    stream.set_nodelay(true).map_err(|_| End::Gone)?;
    let wrong = |error: &dyn std::fmt::Display| End::Handshake(error.to_string());
    let mut reader = HelloReader::new();
    let hello = loop {
        reader.push(&read(&mut stream).await?);
        if let Some(hello) = reader.poll().map_err(|error| wrong(&error))? {
            break hello;
        }
    };
    let version = negotiate(&hello).map_err(|error| wrong(&error))?;
    let answer = server_hello(version, &utc(bare.clock.now()));
    stream.write_all(&answer).await.map_err(|_| End::Gone)?;
    let mut frames = reader.into_frames(MOST_FRAME);
    let payload = loop {
        if let Some(payload) = frames.next().map_err(|error| wrong(&error))? {
            break payload;
        }
        frames.push(&read(&mut stream).await?);
    };
    let Request::StartApi { client_id, .. } = Request::decode(version, &payload).map_err(|error| wrong(&error))? else {
        return Err(End::Handshake("it does not begin with START_API".to_owned()));
    };
    let mut wire = Wire { stream, version };
    match bare.place(client_id) {
        Some(place) => Ok((wire, frames, place)),
        None => {
            let text = "Unable to connect as the client id is already in use. Retry with a unique client id.";
            wire.send(&[error(-1, CLIENT_ID_IN_USE, text)]).await?;
            Err(End::InUse)
        }
    }
}

async fn run(mut wire: Wire, mut frames: FrameReader, mut asking: Asking) -> End {
    let mut moves = asking.subscribe();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    if let Err(end) = wire.send(&asking.greeting()).await {
        return end;
    }
    loop {
        let payload = match frames.next() {
            Ok(payload) => payload,
            Err(error) => return End::Malformed(error.to_string()),
        };
        let next = if let Some(payload) = payload {
            let mut told = asking.message(wire.version, &payload).await;
            while let Ok(moved) = moves.try_recv() {
                told.extend(asking.tell(&moved));
            }
            Ok(told)
        } else {
            tokio::select! {
                bytes = wire.read() => bytes.map(|bytes| { frames.push(&bytes); Vec::new() }),
                moved = moves.recv() => match moved {
                    Ok(moved) => Ok(asking.tell(&moved)),
                    Err(RecvError::Lagged(_)) => Err(End::Slow),
                    Err(RecvError::Closed) => Err(End::Gone),
                },
                _ = ticks.tick() => Ok(asking.tick().await),
            }
        };
        let sent = match next {
            Ok(told) => wire.send(&told).await,
            Err(end) => Err(end),
        };
        if let Err(end) = sent {
            return end;
        }
    }
}
