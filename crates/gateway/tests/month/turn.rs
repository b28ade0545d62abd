//! Turn: virtual time that moves only when it is turned; what is on its way through sockets and journal goes first.

use kernel::time::Timestamp;
use service::Clock;
use service::commit::Steps;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, advance};

/// A message passes some ten hands on its way from one end to the other.
const HANDS: u32 = 40;
/// Quotes change as often as this.
pub const STEP_MS: u64 = 250;
/// While something is waited for by name: little, so that no time-out comes before a thread of the system.
const WAITING_MS: u64 = 5;
/// Ten minutes of waiting for one thing.
const MOST: u32 = 120_000;

/// The clock of everybody: broker, gate and bots.
#[derive(Debug)]
pub struct Turned {
    first: i64,
    begun: Instant,
}

impl Turned {
    pub fn at(now: Timestamp) -> Self {
        Self { first: now.0, begun: Instant::now() }
    }
}

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp(self.first + i64::try_from(self.begun.elapsed().as_millis()).unwrap())
    }
}

/// Writes what waits, for as long as it lives. While it does the runtime is never idle, so time stands.
pub fn write(mut steps: Steps) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            while steps.step() {}
            yield_now().await;
        }
    })
}

async fn let_through() {
    for _ in 0..HANDS {
        yield_now().await;
    }
}

/// In one go: what was due meanwhile is due now, once.
pub async fn skip(ms: u64) {
    advance(Duration::from_millis(ms)).await;
    let_through().await;
}

/// In the steps of the market.
pub async fn pass(ms: u64) {
    for _ in 0..ms / STEP_MS {
        skip(STEP_MS).await;
    }
}

/// Until it is done, with as little time as that takes.
pub async fn drive<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..MOST {
        tokio::select! {
            biased;
            done = &mut future => return done,
            () = skip(WAITING_MS) => {}
        }
    }
    panic!("it does not come to an end");
}
