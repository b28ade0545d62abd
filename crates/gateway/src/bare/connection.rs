//! A program's connection to the bare broker: requests in and events out until it ends.

use super::asking::Asking;
use super::{Bare, Place};
use crate::refuse::IN_USE;
use crate::tell::utc;
use crate::wire::{End, Wire, in_time};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

const TICK: Duration = Duration::from_millis(250);

pub(super) async fn serve(bare: Arc<Bare>, stream: impl AsyncRead + AsyncWrite + Unpin) -> End {
    let (wire, place) = match in_time(open(&bare, stream)).await {
        Ok(opened) => opened,
        Err(end) => return end,
    };
    let asking = Asking::new(Arc::clone(&bare), place.client_id);
    let end = run(wire, asking).await;
    drop(place);
    end
}

async fn open<S: AsyncRead + AsyncWrite + Unpin>(bare: &Arc<Bare>, stream: S) -> Result<(Wire<S>, Place), End> {
    let (mut wire, started) = Wire::open(stream, || utc(bare.clock.now())).await?;
    match bare.place(started.client_id) {
        Some(place) => Ok((wire, place)),
        None => Err(wire.no_place(IN_USE).await),
    }
}

async fn run<S: AsyncRead + AsyncWrite + Unpin>(mut wire: Wire<S>, mut asking: Asking) -> End {
    let mut moves = asking.subscribe();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    if let Err(end) = wire.send(&asking.greeting()).await {
        return end;
    }
    loop {
        let payload = match wire.next() {
            Ok(payload) => payload,
            Err(end) => return end,
        };
        let next = if let Some(payload) = payload {
            let mut told = asking.message(wire.version(), &payload).await;
            while let Ok(moved) = moves.try_recv() {
                told.extend(asking.tell(&moved));
            }
            Ok(told)
        } else {
            tokio::select! {
                received = wire.receive() => received.map(|()| Vec::new()),
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
