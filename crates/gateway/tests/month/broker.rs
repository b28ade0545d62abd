//! Broker: the paper broker behind its TWS socket, as a process that ends and comes back, and all that it was told.

use super::turn::{STEP_MS, Turned};
use crate::behind::{Ends, Frames, Ledger, MOST, shake_hands};
use gateway::bare::Bare;
use kernel::time::Timestamp;
use paper::Event;
use rust_decimal::Decimal;
use service::Clock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, DuplexStream, ReadHalf, duplex};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tws::{PlaceOrder, Request, Response, ServerVersion, frame};
use venue::contract::Log;
use venue::paper::PaperVenue;

pub const ACCOUNT: &str = "DU0000001";
const MONEY: i64 = 1_000_000;
const SEED: u64 = 11;
/// Prices, sizes and their like: a TWS that is cut off has none, and does not tell them later.
const MARKET: [&[u8]; 5] = [b"1\0", b"2\0", b"45\0", b"46\0", b"58\0"];

/// An order as it was read from the wire.
#[derive(Clone, Debug)]
pub struct Told {
    pub at: Timestamp,
    pub reference: String,
    pub number: i32,
    pub sell: bool,
    pub quantity: Decimal,
    pub limit: Decimal,
}

struct Process {
    venue: Arc<PaperVenue>,
    _tasks: JoinSet<()>,
}

pub struct Tws {
    clock: Arc<Turned>,
    ledger: Arc<Ledger>,
    pub port: u16,
    process: Mutex<Option<Process>>,
    told: Mutex<Vec<Told>>,
    cut_off: watch::Sender<bool>,
    says: broadcast::Sender<i32>,
}

impl Tws {
    pub fn new(clock: Arc<Turned>, port: u16) -> Arc<Self> {
        let (ledger, process, told) = (Arc::default(), Mutex::default(), Mutex::default());
        let (cut_off, says) = (watch::Sender::new(false), broadcast::Sender::new(16));
        Arc::new(Self { clock, ledger, port, process, told, cut_off, says })
    }

    /// A process begins on what the last one recorded: it knows orders, and no sessions.
    pub async fn boot(self: &Arc<Self>) {
        let recorded = self.ledger.0.lock().unwrap().clone();
        let log: Arc<dyn Log> = Arc::clone(&self.ledger) as _;
        let venue = Arc::new(PaperVenue::new(log, SEED, paper::Hours::Exchange, &recorded).unwrap());
        venue.open_account(ACCOUNT, "USD", MONEY.into(), self.clock.now()).await.unwrap();
        let bare = Bare::new(Arc::clone(&venue), Arc::clone(&self.clock) as _, ACCOUNT.to_owned());
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.cut_off.send_replace(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(Arc::clone(self), bare, listener));
        tasks.spawn(market(Arc::clone(&venue), Arc::clone(&self.clock)));
        *self.process.lock().unwrap() = Some(Process { venue, _tasks: tasks });
    }

    /// The process ends, and all its connections with it.
    pub fn end(&self) {
        *self.process.lock().unwrap() = None;
    }

    /// It loses its own connection: 1100, and nothing passes until it is back.
    pub fn cut_off(&self) {
        self.cut_off.send_replace(true);
        drop(self.says.send(1_100));
    }

    pub fn back(&self, code: i32) {
        self.cut_off.send_replace(false);
        drop(self.says.send(code));
    }

    pub fn look<T>(&self, read: impl FnOnce(&venue::paper::Broker) -> T) -> T {
        let venue = self.process.lock().unwrap().as_ref().map(|process| Arc::clone(&process.venue));
        venue.expect("the TWS is there").look(read)
    }

    pub fn events(&self) -> Vec<Event> {
        let recorded = self.ledger.0.lock().unwrap();
        recorded.iter().map(|body| serde_json::from_value(body.clone()).unwrap()).collect()
    }

    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    fn note(&self, place: &PlaceOrder) {
        let order = &place.order;
        self.told.lock().unwrap().push(Told {
            at: self.clock.now(),
            reference: order.order_ref.clone(),
            number: place.order_id,
            sell: order.action == "SELL",
            quantity: order.total_quantity.unwrap(),
            limit: order.lmt_price.expect("the bots say a limit"),
        });
    }
}

/// Resting orders meet each new quote.
async fn market(venue: Arc<PaperVenue>, clock: Arc<Turned>) {
    let mut ticks = interval(Duration::from_millis(STEP_MS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        venue.tick(clock.now()).await.unwrap();
    }
}

async fn accept(tws: Arc<Tws>, bare: Arc<Bare>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        connections.spawn(pipe(Arc::clone(&tws), Arc::clone(&bare), stream));
    }
}

async fn pipe(tws: Arc<Tws>, bare: Arc<Bare>, stream: TcpStream) {
    let (near, far) = duplex(MOST);
    let says = tws.says.subscribe();
    let (from_gate, to_gate) = stream.into_split();
    let through = async {
        let hands = shake_hands(from_gate, to_gate, near).await;
        let Some(Ends { gate, to_gate, broker, to_broker, version }) = hands else { return };
        tokio::select! {
            () = hear(&tws, gate, to_broker, version) => {}
            () = tell(&tws, broker, to_gate, (version, says)) => {}
        }
    };
    tokio::select! {
        () = bare.welcome(far) => {}
        () = through => {}
    }
}

async fn hear(
    tws: &Tws,
    mut gate: Frames<OwnedReadHalf>,
    mut to_broker: tokio::io::WriteHalf<DuplexStream>,
    version: ServerVersion,
) {
    let mut cut_off = tws.cut_off.subscribe();
    while let Some(payload) = gate.next().await {
        match Request::decode(version, &payload) {
            Ok(Request::PlaceOrder(place)) => tws.note(&place),
            Ok(_) => {}
            Err(wrong) => panic!("the gate says what cannot be read: {wrong}"),
        }
        drop(cut_off.wait_for(|cut_off| !*cut_off).await);
        if to_broker.write_all(&frame(&payload)).await.is_err() {
            return;
        }
    }
}

/// Whoever is cut off tells what had happened when it is back, and nothing of what the prices were.
async fn tell(
    tws: &Tws,
    mut broker: Frames<ReadHalf<DuplexStream>>,
    mut to_gate: OwnedWriteHalf,
    (version, mut says): (ServerVersion, broadcast::Receiver<i32>),
) {
    let mut kept = VecDeque::new();
    loop {
        let (mut said, mut next) = (None, None);
        tokio::select! {
            biased;
            code = says.recv() => said = code.ok(),
            payload = broker.next() => next = payload,
        }
        if said.is_none() && next.is_none() {
            return;
        }
        let remark = said.map(|code| {
            let (request_id, text) = (-1, "connectivity".to_owned());
            Response::Error { request_id, code, text, reject_json: String::new() }.encode(version)
        });
        let cut_off = *tws.cut_off.borrow();
        kept.extend(next.filter(|payload| !cut_off || !MARKET.iter().any(|kind| payload.starts_with(kind))));
        let due = remark.into_iter().chain(if cut_off { VecDeque::new() } else { std::mem::take(&mut kept) });
        for payload in due {
            if to_gate.write_all(&frame(&payload)).await.is_err() {
                return;
            }
        }
    }
}
