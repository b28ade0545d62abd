//! Connection: a program at a credential's listener, from who it is to its end; its credential is read each time.

use crate::gate::{Gate, NoPlace, Place};
use crate::pace::Pace;
use crate::program::Program;
use crate::refuse::{IN_USE, VALIDATION, error, line, reason};
use crate::wire::{End, Wire, in_time, option};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::connection::{self, Opened};
use kernel::digest::Digest;
use kernel::id::CredentialId;
use kernel::reason::Category;
use service::Unheard;
use service::actor::CustomerActor;
use service::node::answer;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tws::{DecodeErrorKind, Request, Response, ServerVersion};

const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// Nothing asked for so long: whatever was at the other end has most likely gone.
const IDLE: Duration = Duration::from_secs(12 * 3_600);
/// A client id that is still in use is looked at again so often, each time after this pause.
const GRACE_LOOKS: u32 = 15;
const GRACE: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_millis(250);

pub(crate) async fn serve(
    gate: Arc<Gate>,
    actor: Arc<CustomerActor>,
    credential: CredentialId,
    uid: u32,
    stream: TcpStream,
) -> End {
    let (mut wire, place, client_id) = match in_time(open(&gate, &actor, credential, uid, stream)).await {
        Ok(opened) => opened,
        Err(end) => return end,
    };
    let mut program = Program::new(Arc::clone(&gate), Arc::clone(&actor), credential, client_id);
    // Held until all is asked for: whoever ends the server waits for it.
    let mut ending = gate.ending();
    let end = run(&mut wire, &mut program, &mut ending).await;
    let command = Command::Disconnected { credential, client_id: Some(client_id) };
    let cancels = gate.node.restrict(&actor, By::House, command);
    // Asked before the place is free: whoever comes back under this client id keeps its new orders.
    drop(place);
    if let Err(no) = cancels.await {
        tracing::error!(%no, "cancels on disconnect are not recorded");
    }
    drop(ending);
    end
}

/// Whether the listener opens to what this program shows, and has a place for it.
async fn open(
    gate: &Arc<Gate>,
    actor: &Arc<CustomerActor>,
    credential: CredentialId,
    uid: u32,
    stream: TcpStream,
) -> Result<(Wire, Place, i32), End> {
    let (mut wire, started) = Wire::open(stream, || crate::tell::utc(actor.now())).await?;
    let secret = secret(&started.connect_options).or_else(|| secret(&started.optional_capabilities));
    let command = Command::UseCredential { id: credential, peer_uid: uid, secret };
    if let Err(no) = answer(actor.submit(By::Credential(credential), command)).await {
        // To a caller that has shown nothing, every reason reads the same.
        let uniform = reason(Category::Identity, "secret_wrong", &[]);
        wire.send(&[error(-1, VALIDATION, line(&uniform))]).await?;
        return Err(End::TurnedAway(no.code().to_owned()));
    }
    match place(gate, credential, started.client_id).await {
        Ok(place) => {
            let opened = Opened { credential, client: started.versions, peer_uid: uid };
            // Not waited for: it opens nothing.
            let seen = Command::Connection(connection::Command::Open(opened));
            drop(actor.submit(By::Credential(credential), seen));
            Ok((wire, place, started.client_id))
        }
        Err(NoPlace::InUse) => Err(wire.no_place(IN_USE).await),
        Err(NoPlace::Full) => Err(wire.no_place("Unable to connect: 32 clients are connected already.").await),
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
    option(options, "secret=").map(|secret| Digest::of(&[secret.as_bytes()]))
}

async fn run(wire: &mut Wire, program: &mut Program, ending: &mut watch::Receiver<bool>) -> End {
    let mut notices = program.actor.subscribe();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let born = Instant::now();
    let mut heard = Instant::now();
    let mut pace = Pace::new(program.clock(), program.per_second());
    let life = program.actor.life(program.credential, program.client_id);
    if let Err(end) = wire.send(&program.greeting()).await {
        return end;
    }
    loop {
        loop {
            let payload = match wire.next() {
                Ok(Some(payload)) => payload,
                Ok(None) => break,
                Err(end) => return end,
            };
            heard = Instant::now();
            program.heard = heard.into_std();
            // Also what is refused, or cannot be read: whoever sends it is there.
            life.sign(program.clock());
            let told = handle(wire.version(), &payload, program, &mut pace).await;
            if let Err(end) = wire.send(&told).await {
                return end;
            }
            if pace.flooded() {
                return End::Flood;
            }
        }
        let next = tokio::select! {
            received = wire.receive() => received.map(|()| Vec::new()),
            () = told(ending) => Err(End::Ending),
            notice = notices.recv() => match notice {
                Ok(notice) => Ok(program.tell(&notice)),
                Err(Unheard::Behind) => Err(End::Slow),
                Err(Unheard::Over) => Err(End::Gone),
            },
            done = program.answers.join_next(), if !program.answers.is_empty() => Ok(program.answered(done)),
            told = program.later.next(), if !program.later.is_empty() => Ok(told),
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

/// Once the server ends, or is gone.
async fn told(ending: &mut watch::Receiver<bool>) {
    drop(ending.wait_for(|ending| *ending).await);
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
