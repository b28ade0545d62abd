//! Behind: what stands behind the gate where a TWS is played: its journal, and the frames passed on between the two.

use std::sync::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, split};
use tws::{FrameReader, HelloReader, ServerVersion, frame};
use venue::contract::{Later, Log, LogEvent, Space};

pub const MOST: usize = 1 << 20;

/// The broker's own journal: it outlives every process.
#[derive(Debug, Default)]
pub struct Ledger(pub Mutex<Vec<serde_json::Value>>);

impl Log for Ledger {
    fn append(&self, _: &str, expected: u64, events: Vec<LogEvent>, _: Space) -> Later<'_, Result<(), String>> {
        let mut all = self.0.lock().unwrap();
        assert_eq!(all.len() as u64, expected);
        all.extend(events.into_iter().map(|event| event.body));
        Box::pin(async { Ok(()) })
    }
}

pub struct Frames<R> {
    read: R,
    frames: FrameReader,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub fn of(read: R) -> Self {
        Self { read, frames: FrameReader::new(MOST) }
    }

    /// Whoever stops waiting has lost nothing.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(payload) = self.frames.next().ok()? {
                return Some(payload);
            }
            let mut bytes = vec![0; 4_096];
            match self.read.read(&mut bytes).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.frames.push(&bytes[..count]),
            }
        }
    }
}

pub struct Ends<R, W> {
    pub gate: Frames<R>,
    pub to_gate: W,
    pub broker: Frames<ReadHalf<DuplexStream>>,
    pub to_broker: WriteHalf<DuplexStream>,
    pub version: ServerVersion,
}

/// What the gate says first goes to the broker, and its answer back.
pub async fn shake_hands<R, W>(mut from_gate: R, mut to_gate: W, broker: DuplexStream) -> Option<Ends<R, W>>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (from_broker, mut to_broker) = split(broker);
    let mut hello = HelloReader::new();
    let told = loop {
        let mut bytes = vec![0; 4_096];
        let count = from_gate.read(&mut bytes).await.ok().filter(|count| *count > 0)?;
        hello.push(&bytes[..count]);
        if let Some(told) = hello.poll().unwrap() {
            break told;
        }
    };
    to_broker.write_all(&tws::client_hello(told.min, told.max, &told.options)).await.ok()?;
    let mut broker = Frames::of(from_broker);
    let answer = broker.next().await?;
    let version = ServerVersion::new(tws::parse_server_hello(&answer).unwrap().0).unwrap();
    to_gate.write_all(&frame(&answer)).await.ok()?;
    let gate = Frames { read: from_gate, frames: hello.into_frames(MOST) };
    Some(Ends { gate, to_gate, broker, to_broker, version })
}
