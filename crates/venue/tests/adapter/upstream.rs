//! Upstream: the other end of the adapter's connection, played by the test itself.

use kernel::effect::Effect;
use kernel::id::{AccountId, OrderId};
use kernel::instrument::{AssetClass, Instrument};
use kernel::money::{Currency, Price, Quantity};
use kernel::order::{Kind, Side, Terms, TimeInForce};
use kernel::time::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use tws::{
    Execution, FrameReader, HelloReader, OpenOrder, OrderState, OrderStatus, PlaceOrder, Request, Response,
    ServerVersion, frame, negotiate, server_hello,
};
use venue::contract::Later;
use venue::tws::{ConnectError, Dial, Incoming, Outgoing, TwsVenue};
use venue::{Report, Venue, What};

pub const ACCOUNT: &str = "DU1234567";
/// Longer than the adapter waits for anything, shorter than a test that hangs.
const PATIENCE: Duration = Duration::from_secs(90);

pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it did not happen in time")
}

pub struct Upstream {
    listener: TcpListener,
    /// In memory instead, where time is virtual.
    memory: Option<(Line, Mutex<mpsc::UnboundedReceiver<DuplexStream>>)>,
    /// What it speaks; the newest that both do unless it is said.
    version: Option<ServerVersion>,
}

/// A connected adapter and the other end in memory, in this version; there is no other connection after it.
pub async fn in_memory(version: Option<u32>) -> (Arc<TwsVenue>, Peer) {
    let version = version.map(|number| ServerVersion::new(number).unwrap());
    Upstream { version, ..Upstream::in_memory().await }.open().await
}

/// The way to an upstream in memory.
#[derive(Clone)]
struct Line(mpsc::UnboundedSender<DuplexStream>);

impl Dial for Line {
    fn dial(&self) -> Later<'_, Result<(Incoming, Outgoing), ConnectError>> {
        let (near, far) = tokio::io::duplex(1 << 20);
        let taken = self.0.send(far).map_err(|_| ConnectError::Closed);
        let (read, write) = tokio::io::split(near);
        Box::pin(async { taken.map(|()| (Box::new(read) as Incoming, Box::new(write) as Outgoing)) })
    }
}

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One accepted connection.
pub struct Peer {
    stream: Box<dyn Stream>,
    frames: FrameReader,
    version: ServerVersion,
}

/// What upstream knows when it is asked for our orders.
#[derive(Clone, Debug, Default)]
pub struct Past {
    pub open: Vec<Response>,
    pub executed: Vec<Response>,
    pub completed: Vec<Response>,
}

impl Upstream {
    pub async fn bind() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), memory: None, version: None }
    }

    /// For tests in which time is virtual: a socket of the system would be waited for in another time.
    pub async fn in_memory() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { memory: Some((Line(sender), Mutex::new(receiver))), ..Self::bind().await }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub async fn connect(&self) -> Result<Arc<TwsVenue>, ConnectError> {
        match &self.memory {
            Some((line, _)) => TwsVenue::over(Box::new(line.clone()), None, || Timestamp(1_000)).await,
            None => TwsVenue::connect(self.address(), None, || Timestamp(1_000)).await,
        }
    }

    /// Up to START_API, and nothing more.
    pub async fn start(&self) -> Peer {
        let mut stream: Box<dyn Stream> = match &self.memory {
            Some((_, dialled)) => Box::new(soon(async { dialled.lock().await.recv().await }).await.unwrap()),
            None => Box::new(soon(self.listener.accept()).await.unwrap().0),
        };
        let mut hello = HelloReader::new();
        let told = loop {
            hello.push(&read(stream.as_mut()).await.unwrap());
            if let Some(told) = hello.poll().unwrap() {
                break told;
            }
        };
        let version = self.version.unwrap_or_else(|| negotiate(&told, tws::Protocol::Auto).unwrap());
        stream.write_all(&server_hello(version, "20261122 10:00:00 UTC")).await.unwrap();
        let mut peer = Peer { stream, frames: hello.into_frames(1 << 20), version };
        let started = peer.next().await.unwrap();
        assert!(matches!(started, Request::StartApi { client_id: 7_300, .. }), "{started:?}");
        peer
    }

    pub async fn accept(&self, next_number: i32, past: Past) -> Peer {
        let mut peer = self.greet(next_number).await;
        peer.tell(past).await;
        peer
    }

    /// Connected, and nothing of our orders is told yet.
    pub async fn greet(&self, next_number: i32) -> Peer {
        self.greet_for(&[ACCOUNT], next_number).await
    }

    pub async fn greet_for(&self, accounts: &[&str], next_number: i32) -> Peer {
        let mut peer = self.start().await;
        let accounts = accounts.iter().map(|account| (*account).to_owned()).collect();
        peer.say(&[Response::ManagedAccounts { accounts }, Response::NextValidId { order_id: next_number }]).await;
        peer
    }

    /// A connected adapter, and the other end.
    pub async fn open(&self) -> (Arc<TwsVenue>, Peer) {
        let (venue, peer) = tokio::join!(self.connect(), self.accept(1, Past::default()));
        (venue.unwrap(), peer)
    }
}

async fn read(stream: &mut dyn Stream) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 64 * 1024];
    match stream.read(&mut bytes).await {
        Ok(0) | Err(_) => None,
        Ok(count) => Some(bytes[..count].to_vec()),
    }
}

impl Peer {
    pub async fn say(&mut self, responses: &[Response]) {
        let version = self.version;
        let bytes: Vec<u8> = responses.iter().flat_map(|each| frame(&each.encode(version))).collect();
        self.stream.write_all(&bytes).await.unwrap();
    }

    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Until the connection does not take what is said.
    pub async fn refused(&mut self) {
        soon(async { while self.stream.write_all(&[0; 64 * 1024]).await.is_ok() {} }).await;
    }

    /// `None` when the adapter has closed the connection.
    pub async fn next(&mut self) -> Option<Request> {
        soon(async {
            loop {
                if let Some(payload) = self.frames.next().unwrap() {
                    return Some(Request::decode(self.version, &payload).unwrap());
                }
                self.frames.push(&read(self.stream.as_mut()).await?);
            }
        })
        .await
    }

    /// The next request that is about orders; contracts are answered with "no such thing".
    pub async fn asked(&mut self) -> Request {
        loop {
            match self.next().await.expect("the adapter has gone") {
                Request::ReqContractDetails { request_id, .. } => {
                    self.say(&[error(request_id, 200, "No security definition")]).await;
                }
                Request::ReqAccountUpdates { .. }
                | Request::ReqPnl { .. }
                | Request::CancelPnl { .. }
                | Request::ReqMarketData { .. } => {}
                other => return other,
            }
        }
    }

    pub async fn placed(&mut self) -> PlaceOrder {
        match self.asked().await {
            Request::PlaceOrder(place) => *place,
            other => panic!("not an order: {other:?}"),
        }
    }

    pub async fn cancelled(&mut self) -> i32 {
        match self.asked().await {
            Request::CancelOrder { order_id, .. } => order_id,
            other => panic!("not a cancel: {other:?}"),
        }
    }

    /// The three questions for our orders; the number of the one for executions.
    pub async fn questioned(&mut self) -> i32 {
        assert_eq!(self.asked().await, Request::ReqOpenOrders);
        let executions = self.asked().await;
        let Request::ReqExecutions { request_id, .. } = executions else { panic!("{executions:?}") };
        let completed = self.asked().await;
        assert!(matches!(completed, Request::ReqCompletedOrders { .. }), "{completed:?}");
        request_id
    }

    /// Answers the three questions for our orders.
    pub async fn tell(&mut self, past: Past) {
        let request_id = self.questioned().await;
        self.say(&past.open).await;
        self.say(&[Response::OpenOrderEnd]).await;
        self.say(&past.executed).await;
        self.say(&[Response::ExecutionDetailsEnd { request_id }]).await;
        self.say(&past.completed).await;
        self.say(&[Response::CompletedOrdersEnd]).await;
    }
}

pub fn error(request_id: i32, code: i32, text: &str) -> Response {
    Response::Error { request_id, code, text: text.to_owned(), reject_json: String::new() }
}

pub fn id(number: u128) -> OrderId {
    OrderId::new(1_000, number)
}

pub fn terms(quantity: &str, limit: &str) -> Terms {
    Terms {
        account: AccountId::new(1, 1),
        instrument: Instrument {
            contract_id: 265_598,
            symbol: "AAPL".to_owned(),
            class: AssetClass::Stock,
            currency: Currency::parse("USD").unwrap(),
            derivative: None,
        },
        side: Side::Buy,
        order_qty: Quantity::parse(quantity).unwrap(),
        kind: Kind::Limit { price: Price::parse(limit).unwrap() },
        time_in_force: TimeInForce::Day,
        outside_hours: false,
        label: "the program's own word".to_owned(),
        ties: kernel::ties::Ties::default(),
    }
}

pub fn submit(id: OrderId) -> Effect {
    Effect::Submit { id, account: ACCOUNT.to_owned(), terms: terms("10", "100"), tied: kernel::effect::Tied::default() }
}

pub fn replace(id: OrderId, limit: &str) -> Effect {
    Effect::Replace {
        id,
        account: ACCOUNT.to_owned(),
        terms: terms("10", limit),
        tied: kernel::effect::Tied::default(),
    }
}

pub async fn send(venue: &TwsVenue, effect: Effect) {
    soon(venue.send(effect, Timestamp(1_000))).await.unwrap();
}

pub fn status(number: i32, word: &str) -> Response {
    Response::OrderStatus(Box::new(OrderStatus {
        order_id: number,
        status: word.to_owned(),
        perm_id: 77,
        client_id: 7_300,
        ..OrderStatus::default()
    }))
}

pub fn open_order(place: &PlaceOrder, word: &str) -> Response {
    Response::OpenOrder(Box::new(OpenOrder {
        order_id: place.order_id,
        contract: place.contract.clone(),
        order: place.order.clone(),
        client_id: 7_300,
        perm_id: 77,
        state: OrderState { status: word.to_owned(), ..OrderState::default() },
    }))
}

pub fn fill(place: &PlaceOrder, exec_id: &str, shares: &str) -> Response {
    Response::ExecutionDetails(Box::new(Execution {
        request_id: -1,
        order_id: place.order_id,
        contract: place.contract.clone(),
        exec_id: exec_id.to_owned(),
        time: "20261122 10:00:00 UTC".to_owned(),
        account: ACCOUNT.to_owned(),
        side: "BOT".to_owned(),
        shares: shares.parse().unwrap(),
        price: "99.5".parse().unwrap(),
        perm_id: 77,
        client_id: 7_300,
        order_ref: place.order.order_ref.clone(),
        ..Execution::default()
    }))
}

pub fn commission(exec_id: &str) -> Response {
    Response::CommissionReport {
        exec_id: exec_id.to_owned(),
        commission: "1.25".parse().unwrap(),
        currency: "USD".to_owned(),
        realized_pnl: None,
    }
}

/// The next reports, this many, of which each must be about the order.
pub async fn reports(venue: &TwsVenue, order: OrderId, count: usize) -> Vec<What> {
    let mut told: Vec<Report> = Vec::new();
    while told.len() < count {
        told.extend(soon(venue.reports()).await);
    }
    assert_eq!(told.len(), count, "{told:?}");
    let about = |report: Report| {
        assert_eq!(report.order, Some(order));
        assert_eq!(report.account, ACCOUNT);
        report.what
    };
    told.into_iter().map(about).collect()
}

pub fn acknowledged() -> What {
    What::Acknowledged { venue_ref: "77".to_owned() }
}
