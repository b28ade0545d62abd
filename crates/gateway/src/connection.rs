//! Connection: from the handshake to the end; strict, bounded, and re-reading its credential each time.

use crate::gate::{Gate, NoPlace, Place};
use crate::pace::Pace;
use crate::program::Program;
use crate::refuse::{CLIENT_ID_IN_USE, VALIDATION, error, line, reason};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::id::CredentialId;
use kernel::reason::Category;
use service::actor::CustomerActor;
use service::node::answer;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval, timeout, timeout_at};
use tws::{
    DecodeErrorKind, FrameReader, HelloReader, Request, Response, ServerVersion, frame, negotiate, server_hello,
};

/// The largest order is under 2 KiB; nothing a program sends needs more than this.
const MOST_FRAME: usize = 64 * 1024;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A program that does not read for this long is let go; nothing is kept for it.
const SLOW: Duration = Duration::from_secs(5);
const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// Nothing asked for so long: whatever was at the other end has most likely gone.
const IDLE: Duration = Duration::from_secs(12 * 3_600);
/// A client id that is still in use is looked at again so often, each time after this pause.
const GRACE_LOOKS: u32 = 15;
const GRACE: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_millis(250);

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
}

pub(crate) async fn serve(
    gate: Arc<Gate>,
    actor: Arc<CustomerActor>,
    credential: CredentialId,
    uid: u32,
    stream: TcpStream,
) -> End {
    let deadline = tokio::time::Instant::now() + HANDSHAKE;
    let opened = timeout_at(deadline, open(&gate, &actor, credential, uid, stream)).await;
    let (mut wire, frames, place, client_id) = match opened {
        Ok(Ok(opened)) => opened,
        Ok(Err(end)) => return end,
        Err(_) => return End::Handshake("it took too long".to_owned()),
    };
    let program = Program::new(Arc::clone(&gate), Arc::clone(&actor), credential, client_id);
    let end = run(&mut wire, frames, program).await;
    let command = Command::Disconnected { credential, client_id: Some(client_id) };
    let cancels = gate.node.restrict(&actor, By::House, command);
    // Asked before the place is free: whoever comes back under this client id keeps its new orders.
    drop(place);
    if let Err(no) = cancels.await {
        tracing::error!(%no, "cancels on disconnect are not recorded");
    }
    end
}

type Opened = (Wire, FrameReader, Place, i32);

/// Version, START_API, and whether the listener opens; nothing is said of the account before.
async fn open(
    gate: &Arc<Gate>,
    actor: &Arc<CustomerActor>,
    credential: CredentialId,
    uid: u32,
    mut stream: TcpStream,
) -> Result<Opened, End> {
    let mut greeting = HelloReader::new();
    let hello = loop {
        if let Some(hello) = greeting.poll().map_err(|error| End::Handshake(error.to_string()))? {
            break hello;
        }
        greeting.push(&read(&mut stream).await?);
    };
    let version = negotiate(&hello).map_err(|error| End::Handshake(error.to_string()))?;
    let now = actor.now();
    stream.write_all(&server_hello(version, &crate::tell::utc(now))).await.map_err(|_| End::Gone)?;
    let mut frames = greeting.into_frames(MOST_FRAME);
    let payload = loop {
        if let Some(payload) = frames.next().map_err(|error| End::Malformed(error.to_string()))? {
            break payload;
        }
        frames.push(&read(&mut stream).await?);
    };
    let started = Request::decode(version, &payload).map_err(|error| End::Handshake(error.to_string()))?;
    let Request::StartApi { client_id, optional_capabilities } = started else {
        return Err(End::Handshake("it does not begin with START_API".to_owned()));
    };
    let mut wire = Wire { stream, version };
    let secret = secret(&hello.options).or_else(|| secret(&optional_capabilities));
    let command = Command::UseCredential { id: credential, peer_uid: uid, secret };
    if let Err(no) = answer(actor.submit(By::Credential(credential), command)).await {
        // To a caller that has shown nothing, every reason reads the same.
        let uniform = reason(Category::Identity, "secret_wrong", &[]);
        wire.send(&[error(-1, VALIDATION, line(&uniform))]).await?;
        return Err(End::TurnedAway(no.code().to_owned()));
    }
    match place(gate, credential, client_id).await {
        Ok(place) => Ok((wire, frames, place, client_id)),
        Err(why) => {
            let text = match why {
                NoPlace::InUse => {
                    "Unable to connect as the client id is already in use. Retry with a unique client id."
                }
                NoPlace::Full => "Unable to connect: 32 clients are connected already.",
            };
            wire.send(&[error(-1, CLIENT_ID_IN_USE, text)]).await?;
            Err(End::TurnedAway(text.to_owned()))
        }
    }
}

/// Clients leave their socket open for a moment after they disconnect; who comes back at once is waited for.
async fn place(gate: &Arc<Gate>, credential: CredentialId, client_id: i32) -> Result<Place, NoPlace> {
    for _ in 0..GRACE_LOOKS {
        match gate.place(credential, client_id) {
            Err(NoPlace::InUse) => tokio::time::sleep(GRACE).await,
            other => return other,
        }
    }
    gate.place(credential, client_id)
}

/// `secret=…` among the words of a free text; only its hash goes any further.
fn secret(options: &str) -> Option<Digest> {
    let words = options.split([' ', ',', ';']);
    words.filter_map(|word| word.strip_prefix("secret=")).next().map(|secret| Digest::of(&[secret.as_bytes()]))
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

async fn run(wire: &mut Wire, mut frames: FrameReader, mut program: Program) -> End {
    let mut notices = program.actor.subscribe();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let born = Instant::now();
    let mut heard = Instant::now();
    let mut pace = Pace::new(program.clock(), program.per_second());
    if let Err(end) = wire.send(&program.greeting()).await {
        return end;
    }
    loop {
        loop {
            let payload = match frames.next() {
                Ok(Some(payload)) => payload,
                Ok(None) => break,
                Err(error) => return End::Malformed(error.to_string()),
            };
            heard = Instant::now();
            let told = handle(wire.version, &payload, &mut program, &mut pace).await;
            if let Err(end) = wire.send(&told).await {
                return end;
            }
            if pace.flooded() {
                return End::Flood;
            }
        }
        let next = tokio::select! {
            bytes = read(&mut wire.stream) => bytes.map(|bytes| { frames.push(&bytes); Vec::new() }),
            notice = notices.recv() => match notice {
                Ok(notice) => Ok(program.tell(&notice)),
                Err(RecvError::Lagged(_)) => Err(End::Slow),
                Err(RecvError::Closed) => Err(End::Gone),
            },
            done = program.answers.join_next(), if !program.answers.is_empty() => Ok(program.answered(done)),
            _ = ticks.tick() => Ok(program.tick().await),
        };
        let sent = match next {
            Ok(told) => wire.send(&told).await,
            Err(end) => Err(end),
        };
        if let Err(end) = sent {
            return end;
        }
        if program.withdrawn() {
            return End::Withdrawn;
        }
        if born.elapsed() > LIFETIME || heard.elapsed() > IDLE {
            return End::TooOld;
        }
    }
}

async fn handle(version: ServerVersion, payload: &[u8], program: &mut Program, pace: &mut Pace) -> Vec<Response> {
    let in_time = pace.take(program.clock(), program.per_second());
    match Request::decode(version, payload) {
        Ok(request) if in_time || request.class() == tws::Class::Reduce => program.request(request).await,
        Ok(request) => {
            let order_id = if let Request::PlaceOrder(place) = &request { Some(place.order_id) } else { None };
            program.too_fast(request.name(), order_id)
        }
        Err(wrong) => {
            let why = wrong.to_string();
            let order = matches!(wrong.message_id, Some(3)).then_some(wrong.order_or_request_id).flatten();
            if !in_time {
                return program.too_fast("a malformed message", order);
            }
            let told = match &wrong.kind {
                DecodeErrorKind::NotBuilt { field, value } => {
                    reason(Category::Guard, "field_not_understood", &[("field", field), ("value", value)])
                }
                _ => reason(Category::Guard, "message_malformed", &[("why", &why)]),
            };
            match order {
                Some(order_id) => program.decline(order_id, told),
                None => vec![error(wrong.order_or_request_id.unwrap_or(-1), VALIDATION, line(&told))],
            }
        }
    }
}
