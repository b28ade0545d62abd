//! A TWS or IB Gateway as a venue: one connection, one client id, every instruction written at most once.

mod asking;
mod balance;
mod bars;
mod chains;
mod details;
mod dial;
mod fills;
mod find;
mod held;
mod hours;
mod keep;
mod link;
mod orders;
mod previews;
mod questions;
mod quotes;
mod shrinking;
mod wire;

pub use wire::rejects;

use crate::contract::{
    AccountView, ChainQuery, Contract, ContractQuery, FullQuote, Holdings, Later, NoWhatIf, OptionChain, Reach, Unsent,
    Venue, WhatIf,
};
use crate::history::{Bar, BarsQuery, NoBars};
use crate::report::{Queue, Report};
use asking::{Syncing, Told};
use balance::Balances;
use details::Details;
use dial::Loopback;
use keep::Chore;
use kernel::effect::Effect;
use kernel::given::{Quote, RateQuote, Session};
use kernel::id::OrderId;
use kernel::money::Currency;
use kernel::order::Terms;
use kernel::time::Timestamp;
use link::{Link, Written};
use orders::{FIRST_REQUEST, Orders};
use previews::Previews;
use questions::Places;
use quotes::Quotes;
use rust_decimal::Decimal;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tws::Request;

pub use dial::{Dial, Incoming, Outgoing};
pub use link::ConnectError;

/// The client id that this house is known by upstream: orders belong to it.
pub const CLIENT_ID: i32 = 7_300;
/// Contracts that wait to be watched; one that finds no room is asked for again with the next order.
const MOST_CHORES: usize = 1_024;
const ANSWER: Duration = Duration::from_secs(10);

struct State {
    orders: Orders,
    quotes: Quotes,
    balances: Balances,
    details: Details,
    bars: bars::Asked,
    chains: chains::Chains,
    previews: Previews,
    syncing: Option<Syncing>,
    /// The list of fills that was asked for last, and when; and when the newest was asked for that was told to its end.
    fills_asked: Option<(i32, Timestamp)>,
    fills_listed: Option<Timestamp>,
    next_request: i32,
    /// Upstream has lost its own connection: it takes no orders that could reach a market.
    cut_off: bool,
    /// Our connection is gone, or is back and our orders are not told yet.
    unsettled: bool,
    losses: u64,
    /// Which connection it is: what was asked on another is not told on this one.
    connection: u64,
    accounts: Vec<String>,
    /// Those that are served; empty for all.
    served: Vec<String>,
}

impl State {
    /// Numbers of requests never meet those of orders.
    fn request_id(&mut self) -> i32 {
        self.next_request = self.next_request.checked_add(1).filter(|id| *id < i32::MAX).unwrap_or(FIRST_REQUEST);
        self.next_request
    }
}

pub struct TwsVenue {
    dial: Box<dyn Dial>,
    named: Option<String>,
    client_id: i32,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    state: Mutex<State>,
    /// Held while bytes are written: whoever gets it next knows that they have been.
    link: tokio::sync::Mutex<Option<Link>>,
    /// Told when a write shows that the connection is of no more use.
    broken: Notify,
    reports: Queue,
    ticked: Notify,
    chores: mpsc::Sender<Chore>,
    /// One question for all orders at a time.
    sync: tokio::sync::Mutex<()>,
    places: Places,
}

impl std::fmt::Debug for TwsVenue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwsVenue").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl TwsVenue {
    /// Connects, finds our orders again, and keeps the connection from then on. `named`: somebody has said which of its
    /// accounts is meant, so that one of them may be live.
    pub async fn connect(
        address: SocketAddr,
        named: Option<String>,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Arc<Self>, ConnectError> {
        Self::over(Box::new(Loopback(address)), named, now).await
    }

    /// Whether what it trades is real money.
    pub fn is_live(number: &str) -> bool {
        !link::is_paper(number)
    }

    /// The same on whatever connections are dialled so.
    pub async fn over(
        dial: Box<dyn Dial>,
        named: Option<String>,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Arc<Self>, ConnectError> {
        let opened = link::open_first(dial.as_ref(), CLIENT_ID, named.as_deref()).await?;
        let (chores, waiting) = mpsc::channel(MOST_CHORES);
        let state = State {
            orders: Orders::new(CLIENT_ID),
            quotes: Quotes::default(),
            balances: Balances::default(),
            details: Details::default(),
            bars: bars::Asked::default(),
            chains: chains::Chains::default(),
            previews: Previews::default(),
            syncing: None,
            fills_asked: None,
            fills_listed: None,
            next_request: FIRST_REQUEST,
            cut_off: false,
            unsettled: true,
            losses: 0,
            connection: 0,
            accounts: opened.accounts.clone(),
            served: Vec::new(),
        };
        let venue = Arc::new(Self {
            dial,
            named,
            client_id: CLIENT_ID,
            now: Box::new(now),
            state: Mutex::new(state),
            link: tokio::sync::Mutex::new(None),
            broken: Notify::new(),
            reports: Queue::default(),
            ticked: Notify::new(),
            chores,
            sync: tokio::sync::Mutex::new(()),
            places: Places::default(),
        });
        let hearing = venue.take_over(opened).await;
        let listening = tokio::spawn(keep::hear(Arc::clone(&venue), hearing));
        let doing = tokio::spawn(keep::chores(Arc::clone(&venue), waiting));
        if !venue.settle_in().await.is_enough() {
            // Nobody has it: it must not stay connected under the house's client id.
            listening.abort();
            doing.abort();
            return Err(ConnectError::Silent("its open orders and executions"));
        }
        tokio::spawn(asking::look_again(Arc::clone(&venue)));
        tokio::spawn(keep::pairs(Arc::clone(&venue)));
        Ok(venue)
    }

    /// The numbers of upstream's accounts.
    pub fn accounts(&self) -> Vec<String> {
        self.hold().accounts.clone()
    }

    fn hold(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For questions and cancels of our own making, which may be lost. True when they were written.
    async fn ask(&self, requests: &[Request]) -> bool {
        let mut slot = self.link.lock().await;
        let Some(link) = slot.as_mut() else { return false };
        let written = matches!(link.write(requests).await, Ok(Written::All));
        if !written {
            *slot = None;
            self.broken.notify_one();
        }
        written
    }

    async fn hand_over(&self, effect: Effect) -> Result<(), Unsent> {
        let mut slot = self.link.lock().await;
        let Some(link) = slot.as_mut() else { return Err(Unsent::NotConnected) };
        let id = effect.order();
        let prepared = self.prepare(&effect)?;
        let Some(request) = prepared else { return Ok(()) };
        let written = match link.write(&[request]).await {
            Ok(written) => written,
            Err(error) => {
                self.take_back(&effect);
                return Err(Unsent::NotRecorded(error.to_string()));
            }
        };
        if written == Written::All {
            return Ok(());
        }
        *slot = None;
        self.broken.notify_one();
        match (&effect, written) {
            // A cancel may be told twice, and must not be lost.
            (Effect::Cancel { .. }, _) => Err(Unsent::NotConnected),
            (_, Written::Nothing) => {
                self.take_back(&effect);
                Err(Unsent::NotConnected)
            }
            (_, Written::Perhaps | Written::All) => {
                let doubtful = self.hold().orders.doubtful(id);
                self.reports.push(doubtful);
                Ok(())
            }
        }
    }

    fn take_back(&self, effect: &Effect) {
        match effect {
            Effect::Submit { id, .. } => self.hold().orders.unsubmit(*id),
            Effect::Replace { id, .. } => self.hold().orders.unreplace(*id),
            Effect::Cancel { .. } => {}
        }
    }

    /// `None`: nothing is to be written, and that is the end of it.
    fn prepare(&self, effect: &Effect) -> Result<Option<Request>, Unsent> {
        let mut state = self.hold();
        if state.cut_off && !effect.is_cancel() {
            return Err(Unsent::NotConnected);
        }
        let prepared = match effect {
            Effect::Submit { id, account, terms, tied } => {
                state.orders.submit(*id, account, (terms, tied)).map(|place| Request::PlaceOrder(Box::new(place)))
            }
            Effect::Replace { id, account, terms, tied } => {
                state.orders.replace(*id, account, (terms, tied)).map(|place| Request::PlaceOrder(Box::new(place)))
            }
            Effect::Cancel { id } => {
                state.orders.cancel(*id).map(|order_id| Request::CancelOrder { order_id, manual_time: String::new() })
            }
        };
        let unfit = match prepared {
            Ok(request) => return Ok(Some(find::listed(request, &state.details))),
            Err(unfit) => unfit,
        };
        drop(state);
        self.reports.push(keep::unfit(effect, unfit));
        Ok(None)
    }
}

impl Venue for TwsVenue {
    fn name(&self) -> &'static str {
        "tws"
    }

    /// An order number that was used is refused there, but what we wrote into a dying connection we cannot number.
    fn idempotent(&self) -> bool {
        false
    }

    fn reach(&self) -> Reach {
        let state = self.hold();
        Reach { lost: state.unsettled || state.cut_off, losses: state.losses }
    }

    /// Returns once the bytes are in the socket.
    fn send(&self, effect: Effect, _now: Timestamp) -> Later<'_, Result<(), Unsent>> {
        Box::pin(self.hand_over(effect))
    }

    fn resume(&self, unanswered: Vec<Effect>) {
        let mut state = self.hold();
        for effect in unanswered {
            match effect {
                Effect::Submit { id, account, terms, tied } => state.orders.stands(id, &account, (&terms, &tied)),
                Effect::Replace { id, account, terms, .. } => state.orders.resume(id, &account, terms),
                Effect::Cancel { .. } => {}
            }
        }
    }

    fn recount(&self, orders: Vec<OrderId>) -> Later<'_, Vec<Report>> {
        Box::pin(async move {
            if self.find_orders_again().await != Told::All {
                tracing::warn!("the venue was not asked again; what it told before is what is known");
            }
            self.hold().orders.recount(&orders)
        })
    }

    fn reports(&self) -> Later<'_, Vec<Report>> {
        Box::pin(self.reports.take())
    }

    fn contracts(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>> {
        Box::pin(self.find_with_quote(query, now))
    }

    fn option_chains(&self, asked: ChainQuery, _now: Timestamp) -> Later<'_, Vec<OptionChain>> {
        Box::pin(self.chains(asked))
    }

    fn look_up(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>> {
        Box::pin(self.find(query, now))
    }

    fn watch(&self, contract_id: i64) {
        if self.hold().quotes.want(contract_id) && self.chores.try_send(Chore::Watch(contract_id)).is_err() {
            tracing::warn!(contract_id, "too many contracts wait to be watched");
        }
    }

    fn glance(&self, contract_id: i64) {
        if self.hold().quotes.glance(contract_id) && self.chores.try_send(Chore::Glance(contract_id)).is_err() {
            self.hold().quotes.look_away(contract_id);
        }
    }

    fn look_away(&self, contract_id: i64) {
        let ended = self.hold().quotes.look_away(contract_id);
        if ended.is_some_and(|request_id| self.chores.try_send(Chore::End(request_id)).is_err()) {
            tracing::warn!(contract_id, "too many contracts wait to be watched: this one streams on unread");
        }
    }

    fn quote(&self, contract_id: i64, _now: Timestamp) -> Option<Quote> {
        self.hold().quotes.quote(contract_id)
    }

    fn full_quote(&self, contract_id: i64, _now: Timestamp) -> Option<FullQuote> {
        self.hold().quotes.full(contract_id)
    }

    fn rate(&self, from: Currency, to: Currency, now: Timestamp) -> Option<RateQuote> {
        self.hold().quotes.rate(from, to, now)
    }

    fn session(&self, contract_id: i64, now: Timestamp) -> Option<Session> {
        let (hours, zone) = {
            let state = self.hold();
            let contract = state.details.contract(contract_id)?;
            (contract.trading_hours.clone(), contract.time_zone.clone())
        };
        hours::session(&hours, &zone, now)
    }

    fn account(&self, number: &str, now: Timestamp) -> Option<AccountView> {
        self.hold().balances.view(number, now)
    }

    fn holdings(&self, number: &str, now: Timestamp) -> Option<Holdings> {
        let state = self.hold();
        if state.unsettled || state.cut_off {
            return None;
        }
        let (told, moving, whole) = state.balances.holdings(number, now)?;
        Some(Holdings { told, moving, whole, fills_listed: state.fills_listed? })
    }

    fn daily(&self, number: &str, now: Timestamp) -> Option<Decimal> {
        self.hold().balances.daily(number, now)
    }

    fn what_if(&self, account: String, terms: Terms, _now: Timestamp) -> Later<'_, Result<WhatIf, NoWhatIf>> {
        Box::pin(self.preview(account, terms))
    }

    fn bars(&self, asked: BarsQuery, now: Timestamp) -> Later<'_, Result<Vec<Bar>, NoBars>> {
        Box::pin(self.past(asked, now))
    }
}
