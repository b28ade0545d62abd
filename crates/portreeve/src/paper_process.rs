//! Paper process: the paper broker alone, on a TWS socket of its own, with its own journal.

use crate::opening;
use crate::prices;
use crate::serve::{self, Failed};
use gateway::bare::Bare;
use paper::{Hours, Tape};
use service::log::JournalLog;
use service::{Clock, SystemClock};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};
use venue::contract::Log;
use venue::paper::PaperVenue;

const TICK: Duration = Duration::from_millis(250);
const PLAY_MONEY: i64 = 1_000_000;

#[derive(Clone, Debug)]
pub struct Options {
    pub listen: SocketAddr,
    pub data: PathBuf,
    /// `None` takes the data directory's own, drawn at its first start.
    pub seed: Option<u64>,
    pub hours: Hours,
    /// Replayed from the start on, instead of the computed quotes.
    pub prices: Option<Tape>,
}

/// Runs until it is told to end. Everything it acknowledges is in its journal first.
pub async fn run(options: Options) -> Result<(), Failed> {
    if !options.listen.ip().to_canonical().is_loopback() {
        let why = format!("it asks nobody for a credential, so it listens on loopback only, not on {}", options.listen);
        return Err(Failed::Paper(why));
    }
    serve::prepare(&options.data)?;
    let key = serve::key(&options.data)?;
    let own = key.public().key().iter().take(8).fold(0_u64, |own, byte| (own << 8) | u64::from(*byte));
    let (commit, thread) = opening::commit(&options.data)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let log: Arc<dyn Log> = Arc::new(JournalLog::new(commit.clone()));
    let recorded = serve::recorded(&commit).await?;
    let broker = PaperVenue::new(log, options.seed.unwrap_or(own), options.hours, &recorded);
    let broker = broker.map_err(|error| Failed::Paper(error.to_string()))?;
    let broker = Arc::new(prices::replayed(broker, options.prices, clock.now()));
    let account = format!("DU{:07}", own % 10_000_000);
    let opened = broker.open_account(&account, "USD", PLAY_MONEY.into(), clock.now()).await;
    opened.map_err(|error| Failed::Paper(error.to_string()))?;
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|why| Failed::System { what: "the paper broker cannot listen", why })?;
    tracing::info!(listen = %options.listen, %account, data = %options.data.display(), "the paper broker listens");
    let bare = Bare::new(Arc::clone(&broker), Arc::clone(&clock), account);
    let serving = tokio::spawn(bare.serve(listener));
    let passing = tokio::spawn(market(broker, clock));
    ended().await?;
    serving.abort();
    passing.abort();
    commit.close();
    drop(thread.join());
    Ok(())
}

/// Time passes: resting orders meet each new quote.
async fn market(broker: Arc<PaperVenue>, clock: Arc<dyn Clock>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = broker.tick(clock.now()).await {
            tracing::error!(%error, "the paper broker could not record a tick");
        }
    }
}

async fn ended() -> Result<(), Failed> {
    let system = |why| Failed::System { what: "signals cannot be listened to", why };
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
