//! Upstream: the real paper broker behind its real TWS socket, in memory, with the weather in between.

use super::pipe::{self, Waiting};
use super::plan::{Dice, Weather};
use super::seen::Seen;
use crate::behind::Ledger;
use gateway::bare::Bare;
use kernel::time::Timestamp;
use service::Clock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::duplex;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};
use venue::contract::{Later, Log};
use venue::paper::PaperVenue;
use venue::tws::{ConnectError, Dial, Incoming, Outgoing};

pub const ACCOUNT: &str = "DU0000001";
pub const CONTRACT: i32 = 265_598;
pub const OTHER_CONTRACT: i32 = 9_000_008;
const PLAY_MONEY: i64 = 1_000_000;
/// Little enough that a message is written in parts while nobody reads.
const SOCKET: usize = 600;
const ROOM: usize = 1 << 20;

/// Virtual time, which goes on from one process to the next.
#[derive(Debug)]
pub struct Virtual {
    before: AtomicI64,
    begun: Mutex<Option<Instant>>,
}

impl Virtual {
    pub fn at(now: Timestamp) -> Self {
        Self { before: AtomicI64::new(now.0), begun: Mutex::new(None) }
    }

    pub fn begin(&self) {
        *self.begun.lock().unwrap() = Some(Instant::now());
    }

    pub fn end(&self) {
        let now = self.now();
        self.before.store(now.0, Ordering::SeqCst);
        *self.begun.lock().unwrap() = None;
    }
}

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        let since = self.begun.lock().unwrap().map_or(0, |begun| begun.elapsed().as_millis());
        Timestamp(self.before.load(Ordering::SeqCst) + i64::try_from(since).unwrap())
    }
}

/// Virtual time passes: nothing waits for it but what the history has under way.
pub async fn later(long: Duration) {
    drop(tokio::time::timeout(long, std::future::pending::<()>()).await);
}

/// What ends a connection, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// At once, with all that was on its way in either direction.
    Both,
    /// In the middle of a frame.
    HalfFrame,
    /// Towards the gate; what the gate has said is still read, late, and its client id is in use so long.
    Lingering,
}

pub struct Inner {
    pub dice: Dice,
    /// For what was added since: what a seed decided before, it decides still.
    pub later: Dice,
    pub weather: Weather,
    /// The broker as its process has it; `None` while that is down.
    broker: Option<(Arc<PaperVenue>, Arc<Bare>)>,
    waiting: Vec<Arc<Mutex<Waiting>>>,
    pub seen: Seen,
}

pub struct Upstream {
    pub clock: Arc<Virtual>,
    ledger: Arc<Ledger>,
    seed: u64,
    pub inner: Mutex<Inner>,
    pub breaks: watch::Sender<Break>,
    /// 1100 was said, and nothing after it.
    pub cut_off: watch::Sender<bool>,
    /// Codes that are still to be said to whoever is connected.
    pub announced: Mutex<Vec<i32>>,
}

impl Upstream {
    pub fn new(seed: u64, now: Timestamp) -> Arc<Self> {
        let mut dice = Dice::new(seed);
        let mut later = Dice::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let weather = Weather::of(&mut dice, &mut later);
        let inner = Inner { dice, later, weather, broker: None, waiting: Vec::new(), seen: Seen::default() };
        Arc::new(Self {
            clock: Arc::new(Virtual::at(now)),
            ledger: Arc::default(),
            seed,
            inner: Mutex::new(inner),
            breaks: watch::Sender::new(Break::Both),
            cut_off: watch::Sender::new(false),
            announced: Mutex::default(),
        })
    }

    // The weather, what was seen, and the broker.
    pub fn hold(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub fn broker(&self) -> Option<Arc<PaperVenue>> {
        self.hold().broker.as_ref().map(|(venue, _)| Arc::clone(venue))
    }

    pub fn bare(&self) -> Option<Arc<Bare>> {
        self.hold().broker.as_ref().map(|(_, bare)| Arc::clone(bare))
    }

    /// A process of the broker begins on what the last one recorded: it knows orders, and no sessions.
    pub async fn boot(self: &Arc<Self>) {
        let recorded = self.ledger.0.lock().unwrap().clone();
        let log: Arc<dyn Log> = Arc::clone(&self.ledger) as _;
        let venue = PaperVenue::new(log, self.seed, paper::Hours::AroundTheClock, &recorded).unwrap();
        let venue = Arc::new(venue);
        venue.open_account(ACCOUNT, "USD", PLAY_MONEY.into(), self.clock.now()).await.unwrap();
        let bare = Bare::new(Arc::clone(&venue), Arc::clone(&self.clock) as _, ACCOUNT.to_owned());
        self.hold().broker = Some((venue, bare));
        self.cut_off.send_replace(false);
        self.announced.lock().unwrap().clear();
    }

    /// Its process dies: all connections with it.
    pub fn die(&self) {
        self.hold().broker = None;
        self.break_off(Break::Both);
    }

    /// To everybody who is connected, in the next thing they are told.
    pub fn say(&self, code: i32) {
        self.announced.lock().unwrap().push(code);
        self.hold().seen.fault("cut off");
    }

    pub fn break_off(&self, how: Break) {
        self.breaks.send_replace(how);
    }

    /// What a dead process of the gate had written: upstream may still read it, or may not.
    pub async fn raise_ghosts(self: &Arc<Self>) {
        let waiting = std::mem::take(&mut self.hold().waiting);
        for one in waiting {
            // Numbers of previews that a dead process asked for are given again: none of them is read late.
            one.lock().unwrap().retain(|(payload, place)| place.is_some() || !payload.starts_with(b"3\0"));
            let lost = self.hold().dice.chance(500);
            if lost || one.lock().unwrap().is_empty() {
                pipe::lose(self, &one);
            } else {
                self.hold().seen.fault("read after a crash");
                pipe::ghost(Arc::clone(self), one).await;
            }
        }
    }
}

/// Resting orders meet each new quote.
pub async fn market(upstream: Arc<Upstream>) {
    let mut ticks = interval(Duration::from_millis(250));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(broker) = upstream.broker() {
            broker.tick(upstream.clock.now()).await.unwrap();
        }
    }
}

/// The way from the gate to the broker.
pub struct Line(pub Arc<Upstream>);

impl Dial for Line {
    fn dial(&self) -> Later<'_, Result<(Incoming, Outgoing), ConnectError>> {
        let upstream = Arc::clone(&self.0);
        Box::pin(async move {
            let nobody = || {
                let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
                ConnectError::NothingListens("127.0.0.1:4002".parse().unwrap(), refused)
            };
            let turned_away = {
                let mut inner = upstream.hold();
                let often = inner.weather.no_entry;
                inner.dice.chance(often).then(|| inner.dice.below(3))
            };
            let bare = upstream.bare().filter(|_| turned_away != Some(0)).ok_or_else(nobody)?;
            let (gate, ours) = duplex(SOCKET);
            let (read, write) = tokio::io::split(gate);
            let (near, far) = duplex(ROOM);
            let silent = turned_away == Some(1);
            if turned_away.is_some() {
                upstream.hold().seen.fault("no entry");
            }
            if !silent {
                tokio::spawn(bare.welcome(far));
                let waiting = Arc::new(Mutex::new(Waiting::default()));
                upstream.hold().waiting.push(Arc::clone(&waiting));
                // From here on: what broke the last one is not told to it, and is not taken back from the last one.
                let breaks = upstream.breaks.subscribe();
                tokio::spawn(pipe::run(upstream, (ours, near), waiting, breaks));
            } else {
                // Accepted, and then not a word.
                tokio::spawn(async move {
                    later(Duration::from_secs(20)).await;
                    drop(ours);
                });
            }
            Ok((Box::new(read) as Incoming, Box::new(write) as Outgoing))
        })
    }
}

impl Inner {
    pub fn is_to_be_a_family(&mut self) -> bool {
        let often = self.weather.families;
        self.later.chance(often)
    }

    pub fn waiting_done(&mut self, waiting: &Arc<Mutex<Waiting>>) {
        self.waiting.retain(|one| !Arc::ptr_eq(one, waiting));
    }
}
