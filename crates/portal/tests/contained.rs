//! From "this was not me" to contained, at two doors at once: a program at its listener and a thief at the ticket.
//!
//! The time is the machine's: it is measured, and nothing waits for it.
#![allow(clippy::print_stdout)]

use crate::house::House;
use crate::house::passkey::{Passkey, asked, signed};
use gateway::Gate;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::guard::Limits;
use kernel::id::{CredentialId, FormId};
use kernel::instrument::{AssetClass, Selector};
use kernel::kill_switch::Level;
use kernel::money::{Amount, Currency};
use kernel::ticket::Stated;
use rust_decimal::Decimal;
use service::Clock;
use service::actor::CustomerActor;
use service::credential::{AfterChange, Closed, Wanted, create};
use service::node::answer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tws::{FrameReader, PlaceOrder, Request, Response, ServerVersion, frame};

/// Overridden by `PORTREEVE_CONTAINED`.
const TIMES: usize = 200;
const BOUND: Duration = Duration::from_secs(1);
const ACCOUNT: &str = "DU0000001";

/// Every order has another price: two alike within two seconds would be duplicates.
static CENTS: AtomicU32 = AtomicU32::new(0);

fn price() -> Decimal {
    Decimal::new(9_000 + i64::from(CENTS.fetch_add(1, Ordering::Relaxed) % 1_000), 2)
}

/// What came of one order at a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Admitted(Instant),
    Refused,
    /// The door is shut: the connection was cut, or the session is over.
    Out,
}

/// A program at its listener.
struct Program {
    stream: TcpStream,
    frames: FrameReader,
    next: i32,
}

impl Program {
    async fn connect(port: u16) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&tws::client_hello(157, 178, "")).await.unwrap();
        let mut program = Self { stream, frames: FrameReader::new(1 << 20), next: 0 };
        program.payload().await.expect("a version");
        program.says(&Request::StartApi { client_id: 1, optional_capabilities: String::new() }).await;
        while program.next == 0 {
            match program.hears().await.expect("it is let in") {
                Response::NextValidId { order_id } => program.next = order_id,
                _other => {}
            }
        }
        program
    }
    async fn payload(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(payload) = self.frames.next().unwrap() {
                return Some(payload);
            }
            let mut bytes = [0; 16 * 1024];
            match self.stream.read(&mut bytes).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.frames.push(&bytes[..count]),
            }
        }
    }
    async fn hears(&mut self) -> Option<Response> {
        let payload = self.payload().await?;
        Some(Response::decode(ServerVersion::NEWEST, &payload).unwrap())
    }
    async fn says(&mut self, request: &Request) {
        let bytes = frame(&request.encode(ServerVersion::NEWEST).unwrap());
        drop(self.stream.write_all(&bytes).await);
    }
    async fn places(&mut self) -> Came {
        let number = self.next;
        self.next += 1;
        let order = tws::Order {
            action: "BUY".to_owned(),
            total_quantity: Some(Decimal::ONE),
            order_type: "LMT".to_owned(),
            lmt_price: Some(price()),
            tif: "DAY".to_owned(),
            ..tws::Order::default()
        };
        let contract = tws::Contract {
            symbol: "AAPL".to_owned(),
            sec_type: "STK".to_owned(),
            exchange: "SMART".to_owned(),
            currency: "USD".to_owned(),
            ..tws::Contract::default()
        };
        self.says(&Request::PlaceOrder(Box::new(PlaceOrder { order_id: number, contract, order, extras: Vec::new() })))
            .await;
        loop {
            match self.hears().await {
                None => return Came::Out,
                Some(Response::OrderStatus(told)) if told.order_id == number => {
                    let open = matches!(told.status.as_str(), "PreSubmitted" | "Submitted");
                    return if open { Came::Admitted(Instant::now()) } else { Came::Refused };
                }
                Some(Response::Error { request_id, .. }) if request_id == number => return Came::Refused,
                Some(_) => {}
            }
        }
    }
}

struct Scene {
    house: House,
    actor: Arc<CustomerActor>,
    passkey: Passkey,
    /// Of the browser: the device, whoever has its session.
    device: String,
    bot: CredentialId,
    port: u16,
    gate: Arc<Gate>,
    forms: AtomicU32,
}

impl Scene {
    async fn new() -> (Self, String) {
        let house = House::new().await;
        house.node.pump();
        let (phone, passkey) = house.by_link("maya").await;
        let actor = house.node.actors().pop().unwrap();
        let base_currency = Currency::parse("USD").unwrap();
        let account = Command::OpenAccount { number: ACCOUNT.to_owned(), base_currency, live: false };
        answer(actor.submit(Actor::House, account)).await.unwrap();
        house.paper.open_account(ACCOUNT, "USD", 1_000_000_000.into(), house.clock.now()).await.unwrap();
        let limits = serde_json::json!({
            "order_value": "1000000", "day_value": "1000000000", "day_count": 1_000_000, "open_orders": 100_000,
            "messages_per_second": 100_000, "orders_per_second": 100_000,
        });
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let wanted = Wanted {
            name: "bot".to_owned(),
            scopes: Some(kernel::scope::Scopes::of(&kernel::scope::Scope::ALL)),
            accounts: vec![ACCOUNT.to_owned()],
            instruments: vec!["stock".to_owned()],
            listen: Some(format!("127.0.0.1:{port}")),
            limits: serde_json::from_value(limits).unwrap(),
            ..Wanted::default()
        };
        let gate = Gate::open(Arc::clone(&house.node)).await;
        gate.follow();
        let after: AfterChange = Box::new(|_| Box::pin(async { Closed::new() }));
        let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap());
        let bot = create(&actor, Actor::House, &wanted, uid, &after).await.unwrap().id;
        gate.sync(&actor).await;
        let device = phone.split("; ").find(|one| one.contains("device")).unwrap().to_owned();
        let scene = Self { house, actor, passkey, device, bot, port, gate, forms: AtomicU32::new(1) };
        scene.widen_ticket().await;
        (scene, phone)
    }
    async fn does(&self, command: Command) {
        answer(self.actor.submit(Actor::House, command)).await.unwrap();
    }
    async fn widen_ticket(&self) {
        let (user, session) = self.actor.read(|state| {
            let session = state.customer.people.sessions.last().unwrap();
            (session.user, session.id)
        });
        answer(self.actor.submit(Actor::User { user, session }, Command::OpenTicket)).await.unwrap();
        let amount = |text| Some(Amount::parse(text).unwrap());
        let limits = Limits {
            order_value: amount("1000000"),
            day_value: amount("1000000000"),
            day_count: Some(1_000_000),
            open_orders: Some(100_000),
            messages_per_second: Some(100_000),
            orders_per_second: Some(100_000),
            ..Limits::default()
        };
        let instruments = vec![Selector::Class(AssetClass::Stock)];
        let expires_at = Some(self.house.clock.now().plus_ms(86_400_000));
        let stated = Stated { limits, instruments, expires_at, ..Stated::default() };
        let id = self.actor.read(|state| state.customer.ticket(user).unwrap().id);
        self.does(Command::SetTicket { id, stated, read: None }).await;
    }
    /// Another session in the same browser: a copy of it is as good.
    async fn thief(&self) -> String {
        let page = self.house.get("/sign-in", &self.device).await;
        let (visit, asked) = (page.cookies(), asked(&page));
        let fields = [("ceremony", asked.ceremony.as_str()), ("response", &signed(&self.passkey, &asked))];
        let cookie = format!("{}; {visit}", self.device);
        let done = self.house.post(0, "/sign-in/passkey", &fields, &cookie).await;
        assert_eq!(done.status, 303, "{}", done.body);
        format!("{}; {}", self.device, done.cookies())
    }
    async fn at_the_ticket(&self, cookie: &str) -> Came {
        let number = self.forms.fetch_add(1, Ordering::Relaxed);
        let key = FormId::new(self.house.clock.now().0, u128::from(number)).to_string();
        let price = price().to_string();
        let fields = [
            ("key", key.as_str()),
            ("account", ACCOUNT),
            ("instrument", "AAPL/USD"),
            ("side", "buy"),
            ("type", "limit"),
            ("quantity", "1"),
            ("price", &price),
            ("stop", ""),
        ];
        let said = self.house.post(0, "/ticket", &fields, cookie).await;
        let to = said.headers.get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        match said.status {
            303 if to.starts_with("/orders/") => Came::Admitted(Instant::now()),
            303 => Came::Out,
            _refused => Came::Refused,
        }
    }
    /// By the house: what people have to sign is another test's.
    async fn undone(&self) {
        let (id, ticket) = self.actor.read(|state| {
            let ticket = state.customer.credentials.iter().find(|one| one.holder.is_some()).unwrap().id;
            (state.customer.incidents.last().unwrap().id, ticket)
        });
        self.does(Command::Release { level: Level::Customer }).await;
        self.does(Command::ResumeCredential { id: self.bot }).await;
        self.does(Command::ResumeCredential { id: ticket }).await;
        self.does(Command::CloseIncident { id }).await;
        self.gate.sync(&self.actor).await;
        // Rates, duplicates, and how often a passkey signs in within five minutes are no part of this.
        self.house.clock.advance_ms(6_000);
    }
}

#[derive(Default)]
struct Figures {
    answered: Vec<Duration>,
    last: Vec<Duration>,
    cancelled: Vec<Duration>,
    orders: usize,
}

/// Until the door says no; when the last one was admitted, and how many.
async fn storm(mut one: impl AsyncFnMut() -> Came) -> (Option<Instant>, usize) {
    let (mut last, mut count) = (None, 0);
    while let Came::Admitted(at) = one().await {
        (last, count) = (Some(at), count + 1);
    }
    (last, count)
}

async fn once(scene: &Scene, phone: &str, n: usize, figures: &mut Figures) {
    let thief = scene.thief().await;
    let mut program = Program::connect(scene.port).await;
    assert!(
        matches!(program.places().await, Came::Admitted(_))
            && matches!(scene.at_the_ticket(&thief).await, Came::Admitted(_))
    );
    let taps = async {
        // Somewhere in the middle of what the two are doing.
        for _ in 0..n % 23 {
            tokio::task::yield_now().await;
        }
        let gone = kernel::id::SessionId::new(1, 1);
        let begun = Instant::now();
        let said = scene.house.post(0, &format!("/sessions/{gone}/not-me"), &[], phone).await;
        assert_eq!(said.status, 303, "{}", said.body);
        (begun, Instant::now())
    };
    let storms = futures_util::future::join(
        storm(async || program.places().await),
        storm(async || scene.at_the_ticket(&thief).await),
    );
    let ((begun, answered), ((by_program, some), (by_thief, more))) = tokio::join!(taps, storms);
    // Whoever tries again is refused, at either door.
    let again = match tokio::time::timeout(BOUND, program.places()).await {
        Ok(came) => came,
        Err(_) => Came::Out,
    };
    assert!(!matches!(again, Came::Admitted(_)), "the program was let in again");
    assert!(!matches!(scene.at_the_ticket(&thief).await, Came::Admitted(_)), "the thief was let in again");
    while scene.actor.read(|state| !state.book.orders.is_empty()) {
        assert!(begun.elapsed() < 10 * BOUND, "orders that rest were not cancelled");
        tokio::task::yield_now().await;
    }
    figures.cancelled.push(begun.elapsed());
    figures.answered.push(answered.duration_since(begun));
    let last = [by_program, by_thief].into_iter().flatten().max();
    figures.last.push(last.map_or(Duration::ZERO, |last| last.saturating_duration_since(begun)));
    figures.orders += some + more + 2;
    scene.undone().await;
}

fn told(name: &str, all: &mut [Duration]) -> Duration {
    all.sort();
    let at = |part: usize| all[(all.len() - 1) * part / 100];
    println!("{name}: median {:?}, p99 {:?}, longest {:?}", at(50), at(99), at(100));
    at(100)
}

/// No order of the user is admitted at any door a second after the tap, and what rests is cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_tap_to_contained_it_is_less_than_a_second_at_the_listener_and_at_the_ticket() {
    let (scene, phone) = Scene::new().await;
    let times = std::env::var("PORTREEVE_CONTAINED").map_or(TIMES, |text| text.parse().unwrap());
    let mut figures = Figures::default();
    for n in 0..times {
        once(&scene, &phone, n, &mut figures).await;
    }
    println!("{times} incidents, {} orders were admitted before", figures.orders);
    assert!(figures.orders > 2 * times, "nobody was trading");
    told("from the tap to its answer", &mut figures.answered);
    let last = told("from the tap to the last order that was admitted", &mut figures.last);
    let cancelled = told("from the tap to the last resting order cancelled", &mut figures.cancelled);
    assert!(last < BOUND && cancelled < BOUND, "{last:?} {cancelled:?}");
}
