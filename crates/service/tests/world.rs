//! A node whose journal, venue and clock move only when the test says so.

use crate::venue::Wire;
use kernel::actor::Actor as By;
use kernel::api_credential::Dormancy;
use kernel::authenticator::{Kind as Proof, Passkey};
use kernel::command::{Command, NewCredential, Report};
use kernel::digest::Digest;
use kernel::guard::{Allowances, Limits};
use kernel::id::{AccountId, CredentialId, OrderId, UserId};
use kernel::instrument::{AssetClass, Instrument, Selector};
use kernel::money::{Amount, Currency, Price, Quantity};
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce};
use kernel::people::{self, Enrol, NewAuthenticator, NewDevice};
use kernel::scope::{Scope, Scopes};
use kernel::time::Timestamp;
use service::actor::CustomerActor;
use service::commit::{Commit, Steps};
use service::{ManualClock, Node, Outcome, Traces};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use store::FaultyStore;
use tokio::sync::oneshot;

pub const ACCOUNT: &str = "DU0000001";
const START: Timestamp = Timestamp(1_790_000_000_000);

/// One look at a future; nothing ever wakes it but the next look.
pub fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Option<F::Output> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

pub struct World {
    pub clock: Arc<ManualClock>,
    pub store: FaultyStore,
    pub steps: Steps,
    pub wire: Arc<Wire>,
    pub node: Arc<Node>,
    pub actor: Arc<CustomerActor>,
    pub credential: CredentialId,
    pub account: AccountId,
    pub reserves: Arc<AtomicUsize>,
    pub number: i32,
}

type Started = (Steps, Arc<Node>, Arc<AtomicUsize>);

fn start(store: &FaultyStore, wire: &Arc<Wire>, clock: &Arc<ManualClock>, traces: Traces) -> Result<Started, String> {
    let reserves = Arc::new(AtomicUsize::new(0));
    let kept = Arc::clone(&reserves);
    let reserve = Box::new(move || kept.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok());
    let (commit, mut steps) = Commit::stepped(Box::new(store.clone()), reserve);
    let mut starting: Pin<Box<dyn Future<Output = _>>> =
        Box::pin(Node::telling(commit, Arc::clone(wire) as _, Arc::clone(clock) as _, Arc::default(), traces));
    let node = loop {
        if let Some(node) = poll(&mut starting) {
            break node?;
        }
        steps.step();
    };
    Ok((steps, node, reserves))
}

impl World {
    pub fn new(idempotent: bool) -> Self {
        Self::traced(idempotent, Traces::default())
    }

    /// The same, where the way of each order is recorded.
    pub fn traced(idempotent: bool, traces: Traces) -> Self {
        let (store, clock) = (FaultyStore::new(), Arc::new(ManualClock::at(START)));
        let wire = Arc::new(Wire::new(store.clone(), idempotent));
        let (mut steps, node, reserves) = start(&store, &wire, &clock, traces).unwrap();
        let opening = Arc::clone(&node);
        let mut opening: Pin<Box<dyn Future<Output = _>>> =
            Box::pin(async move { opening.open_customer("test").await });
        let actor = loop {
            if let Some(actor) = poll(&mut opening) {
                break actor.unwrap();
            }
            steps.step();
        };
        let none = (CredentialId::new(0, 0), AccountId::new(0, 0));
        let mut world =
            Self { clock, store, steps, wire, node, actor, credential: none.0, account: none.1, reserves, number: 0 };
        let base_currency = Currency::parse("USD").unwrap();
        world.done(Command::OpenAccount { number: ACCOUNT.to_owned(), base_currency, live: false }).unwrap();
        world.account = world.actor.read(|state| state.customer.accounts[0].id);
        world.done(Command::CreateCredential(world.trading())).unwrap();
        world.credential = world.actor.read(|state| state.customer.credentials[0].id);
        world
    }

    /// One more customer, whose account and credential the world then goes on with; the one before is given back.
    pub fn another(&mut self) -> (Arc<CustomerActor>, CredentialId) {
        let before = (Arc::clone(&self.actor), self.credential);
        let node = Arc::clone(&self.node);
        self.actor = self.wait(async move { node.open_customer("another").await }).unwrap();
        let (base_currency, number) = (Currency::parse("USD").unwrap(), "DU0000002".to_owned());
        self.done(Command::OpenAccount { number, base_currency, live: false }).unwrap();
        self.account = self.actor.read(|state| state.customer.accounts[0].id);
        self.done(Command::CreateCredential(self.trading())).unwrap();
        self.credential = self.actor.read(|state| state.customer.credentials[0].id);
        before
    }

    /// Writes until the future is done.
    pub fn wait<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = Box::pin(future);
        loop {
            if let Some(value) = poll(&mut future) {
                return value;
            }
            self.steps.step();
        }
    }

    /// The process ends without warning and another begins on what the disk has.
    pub fn crash(self) -> Self {
        self.try_crash().unwrap()
    }

    /// The other may refuse to begin.
    pub fn try_crash(self) -> Result<Self, String> {
        let store = self.store.crash();
        let wire = Arc::new(Wire::new(store.clone(), self.wire.idempotent));
        wire.known.lock().unwrap().extend(self.wire.known.lock().unwrap().drain(..));
        wire.here.store(self.wire.here.load(Ordering::SeqCst), Ordering::SeqCst);
        let (steps, node, reserves) = start(&store, &wire, &self.clock, Traces::default())?;
        let actor = node.actors().remove(0);
        Ok(Self { store, steps, wire, node, actor, reserves, ..self })
    }

    fn trading(&self) -> NewCredential {
        let amount = |text| Some(Amount::parse(text).unwrap());
        NewCredential {
            name: "bot".to_owned(),
            scopes: Scopes::of(&Scope::ALL),
            accounts: vec![self.account],
            instruments: vec![Selector::Class(AssetClass::Stock)],
            port: 4_100,
            peer_uid: 0,
            secret: None,
            expires_at: Some(START.plus_ms(80 * 86_400_000)),
            dormancy: Dormancy::default(),
            limits: Limits {
                order_value: amount("25000"),
                day_value: amount("1000000000"),
                day_count: Some(1_000_000),
                open_orders: Some(1_000),
                approve_above: amount("10000"),
                messages_per_second: Some(1_000),
                orders_per_second: Some(1_000),
                ..Limits::default()
            },
            allowances: Allowances::default(),
            cancel_on_disconnect: false,
            observe: false,
        }
    }

    pub fn limit(&self, quantity: &str, price: Price) -> Terms {
        Terms {
            account: self.account,
            instrument: Instrument {
                contract_id: 1,
                symbol: "X".to_owned(),
                class: AssetClass::Stock,
                currency: Currency::parse("USD").unwrap(),
                derivative: None,
            },
            side: Side::Buy,
            order_qty: Quantity::parse(quantity).unwrap(),
            kind: Kind::Limit { price },
            time_in_force: TimeInForce::Day,
            outside_hours: false,
            label: String::new(),
            ties: kernel::ties::Ties::default(),
        }
    }

    /// The next order of the program, each a cent apart so that none is a duplicate.
    pub fn place(&mut self, quantity: &str) -> oneshot::Receiver<Outcome> {
        self.number += 1;
        let price = Price::from_units(9_000_000_000 + i64::from(self.number % 500) * 1_000_000);
        let terms = self.limit(quantity, price);
        let client_ref = ClientRef { client_id: 1, order_id: self.number };
        self.actor.submit(By::Credential(self.credential), Command::Place { client_ref, terms })
    }

    /// Enrolled from a browser, with a passkey that cannot be copied and counts.
    pub fn owner(&mut self) -> (UserId, By) {
        let digest = |text: &str| Digest::plain(text.as_bytes());
        let offer = people::Command::OfferEnrolment { sha256: digest("link") };
        self.done(Command::People(offer)).unwrap();
        let passkey = Passkey {
            credential_id: "key".to_owned(),
            public_key: "none".to_owned(),
            aaguid: String::new(),
            backup_eligible: false,
            backed_up: false,
            sign_count: 0,
        };
        let user = UserId::from_bits(7);
        let enrol = Enrol {
            user,
            link: digest("link"),
            name_sha256: digest("name"),
            name_key: digest("name's key"),
            passkey: NewAuthenticator { kind: Proof::Passkey(passkey), sealed_sha256: None },
            device: NewDevice { sha256: digest("device"), label: "a browser".to_owned() },
            session: digest("session"),
        };
        let mut answer = self.actor.submit(By::Visitor, Command::People(people::Command::Enrol(enrol)));
        self.write_all();
        drop(answer.try_recv().unwrap().unwrap());
        let session = self.actor.read(|state| state.customer.people.sessions.last().unwrap().id);
        (user, By::User { user, session })
    }

    pub fn ask(&mut self, command: Command) -> oneshot::Receiver<Outcome> {
        self.actor.submit(By::Local { uid: 0 }, command)
    }

    pub fn done(&mut self, command: Command) -> Outcome {
        let mut answer = self.ask(command);
        self.write_all();
        answer.try_recv().expect("answered once written")
    }

    pub fn venue_says(&mut self, fact: Report) {
        drop(self.actor.submit(By::Venue, Command::Report(fact)));
    }

    pub fn write_all(&mut self) {
        while self.steps.step() {}
    }

    /// Hands over everything that waits for the venue.
    pub fn send_all(&self) {
        let node = Arc::clone(&self.node);
        let mut sending: Pin<Box<dyn Future<Output = ()>>> =
            Box::pin(async move { while node.dispatch().send_next(node.venue(), node.clock()).await == Some(true) {} });
        while poll(&mut sending).is_none() {}
    }

    pub fn open(&self) -> Vec<OrderId> {
        self.actor.read(|state| state.book.orders.keys().copied().collect())
    }
}
