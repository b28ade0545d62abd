//! A node on a faulty memory journal and the paper broker, its gate, and a raw program at the socket.

use crate::asked::Asked;
use gateway::Gate;
use kernel::actor::Actor;
use kernel::api_credential::Dormancy;
use kernel::command::{Command, NewCredential};
use kernel::event::{Event, Recorded};
use kernel::guard::{Allowances, Limits};
use kernel::id::{AccountId, CredentialId};
use kernel::instrument::{AssetClass, Selector};
use kernel::money::{Amount, Currency, Price, Quantity};
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce};
use kernel::scope::{Scope, Scopes};
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use service::actor::CustomerActor;
use service::log::JournalLog;
use service::node::answer;
use service::{Commit, ManualClock, Node};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;
use store::{FaultyStore, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tws::{Contract, FrameReader, PlaceOrder, Request, Response, ServerVersion, frame};
use venue::contract::{ContractQuery, Log, Venue};
use venue::paper::PaperVenue;

pub const ACCOUNT: &str = "DU0000001";
pub const OTHER_ACCOUNT: &str = "DU0000002";
pub const PATIENCE: Duration = Duration::from_secs(20);
const START: Timestamp = Timestamp(1_790_000_000_000);

pub struct World {
    pub clock: Arc<ManualClock>,
    pub store: FaultyStore,
    pub node: Arc<Node>,
    pub actor: Arc<CustomerActor>,
    pub gate: Arc<Gate>,
    pub venue: Arc<PaperVenue>,
    /// How often the venue was asked about a contract.
    pub asked: Arc<AtomicUsize>,
    /// Its venue tells no bars.
    pub silent: Arc<AtomicBool>,
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn own_uid() -> u32 {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap())
}

impl World {
    /// Two accounts and no credential.
    pub async fn new() -> Self {
        Self::on(|venue| venue).await
    }

    /// With prices that are told: lines of a tape.
    pub async fn replaying(rows: &str) -> Self {
        let tape = paper::Tape::parse(&format!("{}\n{rows}", paper::tape::HEADER)).unwrap();
        Self::on(|venue| venue.replaying(paper::Replay::starting(tape, START.0))).await
    }

    async fn on(prices: impl FnOnce(PaperVenue) -> PaperVenue) -> Self {
        let (store, clock) = (FaultyStore::new(), Arc::new(ManualClock::at(START)));
        let (commit, _thread) = Commit::start(Box::new(store.clone()), Box::new(|| false)).unwrap();
        let log: Arc<dyn Log> = Arc::new(JournalLog::new(commit.clone()));
        let venue = Arc::new(prices(PaperVenue::new(log, 7, paper::Hours::AroundTheClock, &[]).unwrap()));
        let asked = Arc::new(AtomicUsize::new(0));
        let silent = Arc::new(AtomicBool::new(false));
        let (paper, times) = (Arc::clone(&venue), Arc::clone(&asked));
        let watched: Arc<dyn Venue> = Arc::new(Asked { paper, times, silent: Arc::clone(&silent) });
        let node = Node::start(commit, watched, Arc::clone(&clock) as _).await.unwrap();
        node.pump();
        let actor = node.open_customer("test").await.unwrap();
        let base_currency = Currency::parse("USD").unwrap();
        for number in [ACCOUNT, OTHER_ACCOUNT] {
            let open = Command::OpenAccount { number: number.to_owned(), base_currency, live: false };
            answer(actor.submit(Actor::House, open)).await.unwrap();
            venue.open_account(number, "USD", 1_000_000.into(), START).await.unwrap();
        }
        let gate = Gate::open(Arc::clone(&node)).await;
        gate.follow();
        Self { clock, store, node, actor, gate, venue, asked, silent }
    }

    /// With one trading credential on the first account; its port comes with it.
    pub async fn trading() -> (Self, Door) {
        let world = Self::new().await;
        let door = world.credential(|_| {}).await;
        (world, door)
    }

    pub async fn credential(&self, change: impl FnOnce(&mut NewCredential)) -> Door {
        let port = free_port();
        let mut new = trading(self.accounts()[0], port);
        new.name = format!("bot-{port}");
        change(&mut new);
        let name = new.name.clone();
        let port = new.port;
        answer(self.actor.submit(Actor::House, Command::CreateCredential(new))).await.unwrap();
        self.gate.sync(&self.actor).await;
        let id = self.actor.read(|state| state.customer.credentials.iter().find(|c| c.name == name).map(|c| c.id));
        Door { port, id: id.unwrap() }
    }

    pub fn accounts(&self) -> Vec<AccountId> {
        self.actor.read(|state| state.customer.accounts.iter().map(|account| account.id).collect())
    }

    pub async fn house(&self, command: Command) {
        answer(self.actor.submit(Actor::House, command)).await.unwrap();
    }

    /// Orders of client id 1, placed without a program, so that no message rate is in the way.
    pub async fn place(&self, credential: CredentialId, many: i32) {
        let query = ContractQuery { symbol: "AAPL".to_owned(), ..ContractQuery::default() };
        let found = self.node.venue().contracts(query, self.actor.now()).await;
        let placed: Vec<_> = (1..=many)
            .map(|order_id| {
                let terms = Terms {
                    account: self.accounts()[0],
                    instrument: found[0].instrument.clone(),
                    side: Side::Buy,
                    order_qty: Quantity::parse("1").unwrap(),
                    kind: Kind::Limit {
                        price: Price::parse(&format!("10{}.{:02}", order_id / 100, order_id % 100)).unwrap(),
                    },
                    time_in_force: TimeInForce::Day,
                    outside_hours: false,
                    label: String::new(),
                    ties: kernel::ties::Ties::default(),
                };
                let command = Command::Place { client_ref: ClientRef { client_id: 1, order_id }, terms };
                self.actor.submit(Actor::Credential(credential), command)
            })
            .collect();
        for one in placed {
            answer(one).await.unwrap();
        }
    }

    /// How many appends wait for the commit thread.
    pub fn waiting(&self) -> usize {
        let shown = format!("{:?}", self.node.commit());
        shown.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
    }

    /// Everything the customer's streams hold.
    pub fn journal(&self) -> Vec<Recorded> {
        let mut store = self.store.clone();
        let mut all = Vec::new();
        for stream in [format!("customer/{}", self.actor.id), format!("book/{}", self.actor.id)] {
            let mut after = 0;
            loop {
                let events = store.load(&stream, after, 1_000).unwrap();
                let Some(last) = events.last() else { break };
                after = last.version;
                all.extend(events.iter().map(|stored| service::codec::decode(stored).unwrap()));
            }
        }
        all
    }

    pub fn recorded(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.journal().iter().filter(|one| wanted(&one.event)).count()
    }

    /// Looks again and again until it is so.
    pub async fn until(&self, mut so: impl FnMut(&Self) -> bool) {
        let looking = async {
            while !so(self) {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, looking).await.expect("it came to pass in time");
    }
}

fn trading(account: AccountId, port: u16) -> NewCredential {
    let amount = |text| Some(Amount::parse(text).unwrap());
    NewCredential {
        name: String::new(),
        scopes: Scopes::of(&Scope::ALL),
        accounts: vec![account],
        instruments: vec![Selector::Class(AssetClass::Stock)],
        port,
        peer_uid: own_uid(),
        secret: None,
        expires_at: Some(START.plus_ms(80 * 86_400_000)),
        dormancy: Dormancy::default(),
        limits: Limits {
            order_value: amount("25000"),
            day_value: amount("1000000"),
            day_count: Some(1_000),
            messages_per_second: Some(1_000),
            orders_per_second: Some(1_000),
            open_orders: Some(1_000),
            ..Limits::default()
        },
        allowances: Allowances { market: true, ..Allowances::default() },
        cancel_on_disconnect: false,
        observe: false,
    }
}

/// A credential's listener.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    pub port: u16,
    pub id: CredentialId,
}

/// A program that says exactly what the test wants.
pub struct Raw {
    pub stream: TcpStream,
    frames: FrameReader,
    version: ServerVersion,
}

impl Door {
    /// Whoever knows the port needs no more.
    pub fn at(port: u16) -> Self {
        Self { port, id: CredentialId::from_bits(0) }
    }

    pub async fn dial(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Through the version, not yet through START_API.
    pub async fn greet(&self, options: &str) -> Raw {
        self.greet_from(100, 178, options).await.expect("a version")
    }

    /// The same by a program that speaks these versions; `None` when it is answered none.
    pub async fn greet_from(&self, min: u32, max: u32, options: &str) -> Option<Raw> {
        let mut stream = self.dial().await;
        stream.write_all(&tws::client_hello(min, max, options)).await.unwrap();
        let mut raw = Raw { stream, frames: FrameReader::new(0xff_ffff), version: ServerVersion::NEWEST };
        let (version, _) = tws::parse_server_hello(&raw.payload().await?).unwrap();
        raw.version = ServerVersion::new(version).unwrap_or(ServerVersion::PROTOBUF);
        assert_eq!(raw.version.get(), version);
        Some(raw)
    }

    pub async fn connect(&self, client_id: i32) -> Raw {
        self.greet("").await.started(client_id).await
    }

    /// A program that speaks nothing but protobuf.
    pub async fn connect_in_protobuf(&self, client_id: i32) -> Raw {
        self.greet_from(213, 226, "").await.expect("a version").started(client_id).await
    }
}

impl Raw {
    pub async fn begin(self, client_id: i32) -> Raw {
        self.started(client_id).await
    }

    async fn started(mut self, client_id: i32) -> Raw {
        self.start(client_id).await;
        self.until(|told| matches!(told, Response::NextValidId { .. })).await;
        self
    }

    pub fn into_parts(self) -> (TcpStream, FrameReader, ServerVersion) {
        (self.stream, self.frames, self.version)
    }

    pub const fn version(&self) -> ServerVersion {
        self.version
    }

    pub async fn start(&mut self, client_id: i32) {
        self.say(&Request::StartApi { client_id, optional_capabilities: String::new() }).await;
    }

    pub async fn say(&mut self, request: &Request) {
        let bytes = request.encode(self.version).unwrap();
        self.bytes(&frame(&bytes)).await;
    }

    /// Fields as they are, in a frame.
    pub async fn fields(&mut self, fields: &[&str]) {
        let mut payload = Vec::new();
        for field in fields {
            payload.extend_from_slice(field.as_bytes());
            payload.push(0);
        }
        self.bytes(&frame(&payload)).await;
    }

    pub async fn bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub fn encoded(&self, request: &Request) -> Vec<u8> {
        frame(&request.encode(self.version).unwrap())
    }

    async fn payload(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(payload) = self.frames.next().unwrap() {
                return Some(payload);
            }
            let mut bytes = vec![0; 64 * 1024];
            match timeout(PATIENCE, self.stream.read(&mut bytes)).await.expect("an answer in time") {
                Ok(0) | Err(_) => return None,
                Ok(read) => self.frames.push(&bytes[..read]),
            }
        }
    }

    /// `None` when the connection has ended.
    pub async fn hear(&mut self) -> Option<Response> {
        let payload = self.payload().await?;
        Some(Response::decode(self.version, &payload).unwrap())
    }

    /// All that is told up to the first that is wanted.
    pub async fn until(&mut self, wanted: impl Fn(&Response) -> bool) -> Vec<Response> {
        let mut told = Vec::new();
        while let Some(one) = self.hear().await {
            let found = wanted(&one);
            told.push(one);
            if found {
                return told;
            }
        }
        panic!("the connection ended; before: {told:?}");
    }

    /// The first message about this number that says no.
    pub async fn refusal(&mut self, id: i32) -> (i32, String) {
        let about = |told: &Response| {
            // 2104 and 2158 are the greeting.
            matches!(told, Response::Error { request_id, code, .. } if *request_id == id && !(2_100..2_190).contains(code))
        };
        match self.until(about).await.pop() {
            Some(Response::Error { code, text, .. }) => (code, text),
            other => panic!("{other:?}"),
        }
    }

    /// All that comes before the connection ends.
    pub async fn rest(&mut self) -> Vec<Response> {
        let mut told = Vec::new();
        while let Some(one) = self.hear().await {
            told.push(one);
        }
        told
    }
}

/// A limit order for one share, far from the market.
pub fn resting(order_id: i32) -> Request {
    // Each a cent apart: two alike within two seconds are a duplicate.
    order(order_id, |order| order.lmt_price = Some(Decimal::new(10_000 + i64::from(order_id % 100), 2)))
}

pub fn order(order_id: i32, change: impl FnOnce(&mut tws::Order)) -> Request {
    let mut order = tws::Order {
        action: "BUY".to_owned(),
        total_quantity: Some(Decimal::ONE),
        order_type: "LMT".to_owned(),
        lmt_price: Some(Decimal::ONE_HUNDRED),
        tif: "DAY".to_owned(),
        ..tws::Order::default()
    };
    change(&mut order);
    let contract = apple();
    Request::PlaceOrder(Box::new(PlaceOrder { order_id, contract, order, extras: Vec::new() }))
}

pub fn apple() -> Contract {
    Contract {
        symbol: "AAPL".to_owned(),
        sec_type: "STK".to_owned(),
        exchange: "SMART".to_owned(),
        currency: "USD".to_owned(),
        ..Contract::default()
    }
}
