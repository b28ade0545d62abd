//! Gate: the real service on the real adapter, one process of it: its journal may outlive it, nothing else does.

use super::plan::Dice;
use super::seen::{DAY_VALUE, OPEN_ORDERS, OPEN_VALUE, ORDER_VALUE};
use super::upstream::{ACCOUNT, CONTRACT, Line, Upstream, later};
use kernel::actor::Actor as By;
use kernel::api_credential::Dormancy;
use kernel::command::{Command, NewCredential};
use kernel::guard::{Allowances, Limits};
use kernel::id::{AccountId, CredentialId};
use kernel::instrument::{AssetClass, Instrument, Selector};
use kernel::money::{Amount, Currency};
use kernel::scope::{Scope, Scopes};
use kernel::time::Timestamp;
use service::actor::CustomerActor;
use service::commit::{Commit, Steps};
use service::{Clock, Node, Outcome};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use store::FaultyStore;
use tokio::sync::oneshot;
use venue::contract::ContractQuery;
use venue::tws::TwsVenue;

/// The process ended in the middle of whatever it did.
#[derive(Debug)]
pub struct Crash;

/// How long the journal takes for a batch, and how often it is looked at.
const SYNC: Duration = Duration::from_millis(3);

pub struct Gate {
    pub steps: Steps,
    pub venue: Arc<TwsVenue>,
    pub actor: Arc<CustomerActor>,
    pub instrument: Instrument,
    /// It dies after so many more batches: what they hold is durable, and nothing of it was sent.
    pub dies_after: Option<u64>,
}

fn amount(whole: i64) -> Option<Amount> {
    Amount::parse(&whole.to_string()).ok()
}

/// Writes until the future is done.
pub async fn writing<T>(steps: &mut Steps, future: impl Future<Output = T>) -> T {
    let mut future: Pin<&mut _> = pin!(future);
    loop {
        if let Poll::Ready(done) = futures_poll(&mut future).await {
            return done;
        }
        if !steps.step() {
            tokio::select! {
                done = &mut future => return done,
                () = later(SYNC) => {}
            }
        }
    }
}

async fn futures_poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

impl Gate {
    /// As `serve` starts it; where upstream does not let it in it is started again.
    pub async fn start(store: &FaultyStore, upstream: &Arc<Upstream>) -> Self {
        let clock = Arc::clone(&upstream.clock);
        let venue = loop {
            let now = Arc::clone(&clock);
            match TwsVenue::over(Box::new(Line(Arc::clone(upstream))), None, move || now.now()).await {
                Ok(venue) => break venue,
                Err(_) => later(Duration::from_secs(1)).await,
            }
        };
        let (commit, mut steps) = Commit::stepped(Box::new(store.clone()), Box::new(|| false));
        let starting = Node::start(commit, Arc::clone(&venue) as _, clock as _);
        let node = writing(&mut steps, starting).await.unwrap();
        node.pump();
        let actor = match node.actors().first() {
            Some(actor) => Arc::clone(actor),
            None => set_up(&mut steps, &node, upstream.clock.now()).await,
        };
        let instrument = instrument();
        let gate = Self { steps, venue, actor, instrument, dies_after: None };
        // A program asks for its contract before it orders: its quotes stream from then on.
        let (venue, now) = (Arc::clone(&gate.venue), upstream.clock.now());
        tokio::spawn(async move {
            let query = ContractQuery { contract_id: i64::from(CONTRACT), ..ContractQuery::default() };
            venue::Venue::contracts(venue.as_ref(), query, now).await;
        });
        gate
    }

    /// Virtual time passes, and the journal is written.
    pub async fn pass(&mut self, ms: u64) -> Result<(), Crash> {
        let end = tokio::time::Instant::now() + Duration::from_millis(ms);
        loop {
            while self.steps.step() {
                if let Some(left) = self.dies_after.as_mut() {
                    match left.checked_sub(1) {
                        Some(rest) => *left = rest,
                        None => return Err(Crash),
                    }
                }
            }
            let now = tokio::time::Instant::now();
            if now >= end {
                return Ok(());
            }
            later(SYNC.min(end - now)).await;
        }
    }

    pub fn credential(&self) -> CredentialId {
        self.actor.read(|state| state.customer.credentials[0].id)
    }

    pub fn account(&self) -> AccountId {
        self.actor.read(|state| state.customer.accounts[0].id)
    }

    pub fn program(&self, command: Command) -> oneshot::Receiver<Outcome> {
        self.actor.submit(By::Credential(self.credential()), command)
    }
}

fn instrument() -> Instrument {
    Instrument {
        contract_id: i64::from(CONTRACT),
        symbol: "AAPL".to_owned(),
        class: AssetClass::Stock,
        currency: Currency::parse("USD").unwrap(),
        derivative: None,
    }
}

async fn set_up(steps: &mut Steps, node: &Arc<Node>, now: Timestamp) -> Arc<CustomerActor> {
    let actor = writing(steps, node.open_customer("test")).await.unwrap();
    let base_currency = Currency::parse("USD").unwrap();
    let open = Command::OpenAccount { number: ACCOUNT.to_owned(), base_currency, live: false };
    writing(steps, service::node::answer(actor.submit(By::Local { uid: 0 }, open))).await.unwrap();
    let account = actor.read(|state| state.customer.accounts[0].id);
    let create = Command::CreateCredential(trading(account, now));
    writing(steps, service::node::answer(actor.submit(By::Local { uid: 0 }, create))).await.unwrap();
    actor
}

fn trading(account: AccountId, now: Timestamp) -> NewCredential {
    NewCredential {
        name: "bot".to_owned(),
        scopes: Scopes::of(&Scope::ALL),
        accounts: vec![account],
        instruments: vec![Selector::Class(AssetClass::Stock)],
        port: 4_100,
        peer_uid: 0,
        secret: None,
        expires_at: Some(now.plus_ms(80 * 86_400_000)),
        dormancy: Dormancy::default(),
        limits: Limits {
            order_value: amount(ORDER_VALUE),
            day_value: amount(DAY_VALUE),
            day_count: Some(1_000),
            open_orders: u32::try_from(OPEN_ORDERS).ok(),
            open_value: amount(OPEN_VALUE),
            messages_per_second: Some(1_000),
            orders_per_second: Some(1_000),
            repeated_fills: Some(1_000),
            ..Limits::default()
        },
        allowances: Allowances { outside_hours: true, trailing: true, ..Allowances::default() },
        cancel_on_disconnect: false,
        observe: false,
    }
}

/// A whole number of hundredths, around a price.
pub fn near(dice: &mut Dice, cents: i64, low: i64, high: i64) -> i64 {
    let span = u64::try_from(high - low).unwrap();
    cents * (10_000 + low + i64::try_from(dice.below(span)).unwrap()) / 10_000
}
