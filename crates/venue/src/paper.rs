//! The embedded paper broker as a venue: its events are durable in its own stream before it reports them.

mod bars;
mod contracts;
mod told;

use crate::contract::{
    AccountView, ChainQuery, Contract, ContractQuery, FullQuote, Later, Log, LogEvent, NoWhatIf, OptionChain,
    PositionView, Space, Unsent, Venue, WhatIf,
};
use crate::exact;
use crate::history::{Bar, BarsQuery, NoBars};
use crate::report::{Queue, Report, What};
use kernel::effect::Effect;
use kernel::given::{Quote, RateQuote, Session};
use kernel::id::OrderId;
use kernel::money::Currency;
use kernel::order::Terms;
use kernel::time::Timestamp;
use paper::{Given, Market, Replay};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

pub use contracts::{cancels, named, order};
pub use paper::call::LABEL as LIQUIDATION;
pub use paper::{
    Broker, Command, Event, Execution, Group, Hours, Kind, Order, OrderState, Reason, Side, Status, Tif, Trail,
};

pub const STREAM: &str = "paper";

/// Events that a listener may lag behind; one that lags more is told so and looks again.
const MOST_MOVES: usize = 4_096;

/// An event of the broker, durable, with the order it is about as it stands after it.
#[derive(Clone, Debug)]
pub struct Moved {
    pub event: Arc<Event>,
    pub order: Option<Arc<OrderState>>,
}

/// Where its prices come from.
#[derive(Clone, Debug)]
enum Prices {
    Computed(u64),
    Told(Arc<Replay>),
}

impl Prices {
    fn market(&self) -> Market<'_> {
        match self {
            Prices::Computed(seed) => Market::Computed(*seed),
            Prices::Told(replay) => Market::Told(replay),
        }
    }
}

pub struct PaperVenue {
    log: Arc<dyn Log>,
    prices: Prices,
    hours: Hours,
    /// One instruction at a time: the broker's version must be durable before the next decision.
    turn: tokio::sync::Mutex<u64>,
    broker: Mutex<Broker>,
    reports: Queue,
    moves: broadcast::Sender<Moved>,
}

impl std::fmt::Debug for PaperVenue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaperVenue").field("hours", &self.hours).finish_non_exhaustive()
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was wrong with a recorded event of the broker.
#[derive(Debug, thiserror::Error)]
#[error("event {version} of the paper broker cannot be read: {why}")]
pub struct Unreadable {
    pub version: u64,
    pub why: String,
}

impl PaperVenue {
    /// From the recorded events of its stream.
    pub fn new(log: Arc<dyn Log>, seed: u64, hours: Hours, recorded: &[serde_json::Value]) -> Result<Self, Unreadable> {
        let mut broker = Broker::new();
        for (version, body) in (1..).zip(recorded) {
            let event: Event =
                serde_json::from_value(body.clone()).map_err(|error| Unreadable { version, why: error.to_string() })?;
            paper::apply(&mut broker, &event);
        }
        Ok(Self {
            log,
            prices: Prices::Computed(seed),
            hours,
            turn: tokio::sync::Mutex::new(recorded.len() as u64),
            broker: Mutex::new(broker),
            reports: Queue::default(),
            moves: broadcast::Sender::new(MOST_MOVES),
        })
    }

    /// The same with prices that are told instead of computed.
    #[must_use]
    pub fn replaying(self, replay: Replay) -> Self {
        Self { prices: Prices::Told(Arc::new(replay)), ..self }
    }

    fn market(&self) -> Market<'_> {
        self.prices.market()
    }

    fn given(&self, now: Timestamp) -> Given<'_> {
        let now_ms = now.0.max(hold(&self.broker).last_at());
        Given { now_ms, market: self.market(), hours: self.hours }
    }

    /// Decides, records, and only then reports.
    pub async fn tell(&self, command: Command, now: Timestamp) -> Result<Vec<Event>, Unsent> {
        let mut version = self.turn.lock().await;
        let given = self.given(now);
        let events = paper::decide(&hold(&self.broker), &command, &given);
        if events.is_empty() {
            return Ok(events);
        }
        let rows = events.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let space = if matches!(command, Command::Tick) { Space::Ordinary } else { Space::Reserve };
        self.log.append(STREAM, *version, rows, space).await.map_err(Unsent::NotRecorded)?;
        *version += events.len() as u64;
        let (reports, moves): (Vec<Vec<Report>>, Vec<Moved>) = {
            let mut broker = hold(&self.broker);
            events.iter().map(|event| moved(&mut broker, event)).unzip()
        };
        self.reports.push(reports.into_iter().flatten().collect());
        for each in moves {
            // Nobody listens to an embedded broker: its reports are enough.
            drop(self.moves.send(each));
        }
        Ok(events)
    }

    /// Tells again what the broker did by orders of its own. Such a fill belongs to no order that a start asks about, so
    /// one that was written down just before a crash would be lost to the book, which knows what it heard already.
    pub fn retell(&self, now: Timestamp) {
        // The book counts its days by what it heard: a clock that was ahead once is what both go by.
        let now = Timestamp(self.given(now).now_ms);
        self.reports.push(told::of_nobody(&hold(&self.broker), now));
    }

    /// Events from now on, each told after it became durable.
    pub fn subscribe(&self) -> broadcast::Receiver<Moved> {
        self.moves.subscribe()
    }

    /// The broker as it stands.
    pub fn look<T>(&self, read: impl FnOnce(&Broker) -> T) -> T {
        read(&hold(&self.broker))
    }

    /// Opens the account with play money unless it is there already.
    pub async fn open_account(
        &self,
        number: &str,
        currency: &str,
        deposit: rust_decimal::Decimal,
        now: Timestamp,
    ) -> Result<(), Unsent> {
        if hold(&self.broker).account(number).is_some() {
            return Ok(());
        }
        let (number, currency) = (number.to_owned(), currency.to_owned());
        self.tell(Command::OpenAccount { number: number.clone(), base_currency: currency.clone() }, now).await?;
        self.tell(Command::Deposit { account: number, currency, amount: deposit }, now).await?;
        Ok(())
    }

    /// Lets resting orders meet the quote of this moment, and accounts be judged by it.
    pub async fn tick(&self, now: Timestamp) -> Result<(), Unsent> {
        if hold(&self.broker).is_idle() {
            return Ok(());
        }
        self.tell(Command::Tick, now).await.map(|_| ())
    }
}

fn moved(broker: &mut Broker, event: &Event) -> (Vec<Report>, Moved) {
    if matches!(event, Event::MarginCalled { .. }) {
        tracing::warn!("a paper account has less than its positions take to be kept: they are closed in a minute");
    }
    paper::apply(broker, event);
    let order = event.reference().and_then(|reference| broker.order(reference)).cloned().map(Arc::new);
    let reports = order.as_ref().map(|state| told::told(state, event)).unwrap_or_default();
    (reports, Moved { event: Arc::new(event.clone()), order })
}

fn row(event: &Event) -> Result<LogEvent, Unsent> {
    let body = serde_json::to_value(event).map_err(|error| Unsent::NotRecorded(error.to_string()))?;
    let name = body.get("event").and_then(serde_json::Value::as_str).unwrap_or("event");
    Ok(LogEvent { tag: format!("paper.{name}"), at: Timestamp(event.at()), body })
}

impl Venue for PaperVenue {
    fn name(&self) -> &'static str {
        "paper"
    }

    fn idempotent(&self) -> bool {
        true
    }

    fn is_recorded_here(&self) -> bool {
        true
    }

    fn send(&self, effect: Effect, now: Timestamp) -> Later<'_, Result<(), Unsent>> {
        Box::pin(async move {
            let Some(command) = contracts::command(&effect) else {
                return Err(Unsent::NotRecorded("the paper broker cannot name this instrument".to_owned()));
            };
            let events = self.tell(command, now).await?;
            // The order is that already: the same instruction came again after a crash, or asks for what is so.
            // It changes nothing, and is told what came of it all the same.
            if events.is_empty() {
                let again = match effect {
                    Effect::Submit { id, .. } => self.recount(vec![id]).await,
                    Effect::Replace { id, account, .. } => {
                        vec![Report { account, order: Some(id), what: What::Replaced }]
                    }
                    Effect::Cancel { .. } => Vec::new(),
                };
                self.reports.push(again);
            }
            Ok(())
        })
    }

    fn recount(&self, orders: Vec<OrderId>) -> Later<'_, Vec<Report>> {
        Box::pin(async move {
            let broker = hold(&self.broker);
            orders.iter().flat_map(|id| told::recount(&broker, *id)).collect()
        })
    }

    fn reports(&self) -> Later<'_, Vec<Report>> {
        Box::pin(self.reports.take())
    }

    fn contracts(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>> {
        Box::pin(async move { contracts::find(&query, now, self.hours) })
    }

    fn option_chains(&self, asked: ChainQuery, now: Timestamp) -> Later<'_, Vec<OptionChain>> {
        Box::pin(std::future::ready(contracts::chain(&asked, now).into_iter().collect()))
    }

    fn watch(&self, _contract_id: i64) {}

    fn quote(&self, contract_id: i64, now: Timestamp) -> Option<Quote> {
        let touch = self.market().shown(contracts::instrument(contract_id)?, now.0)?;
        Some(Quote {
            bid: exact::price(touch.bid).ok()?,
            ask: exact::price(touch.ask).ok()?,
            at: Timestamp(touch.at_ms),
        })
    }

    fn full_quote(&self, contract_id: i64, now: Timestamp) -> Option<FullQuote> {
        let quote = self.market().quote(contracts::instrument(contract_id)?, now.0)?;
        Some(FullQuote {
            bid: quote.bid,
            ask: quote.ask,
            last: quote.last,
            bid_size: quote.bid_size,
            ask_size: quote.ask_size,
            last_size: quote.last_size,
            open: quote.open,
            high: quote.high,
            low: quote.low,
            close: quote.close,
            volume: quote.volume,
            at: Timestamp(quote.at_ms),
        })
    }

    fn rate(&self, from: Currency, to: Currency, now: Timestamp) -> Option<RateQuote> {
        let (rate, since) = self.market().quoted_rate(from.as_str(), to.as_str(), now.0)?;
        let at = match self.prices {
            Prices::Computed(_) => now,
            Prices::Told(_) => Timestamp(since),
        };
        Some(RateQuote { rate: exact::rate(rate).ok()?, at })
    }

    fn session(&self, contract_id: i64, now: Timestamp) -> Option<Session> {
        Some(match paper::session(contracts::instrument(contract_id)?, now.0, self.hours) {
            paper::Session::Regular => Session::Regular,
            paper::Session::Closed => Session::Closed,
        })
    }

    fn what_if(&self, account: String, terms: Terms, now: Timestamp) -> Later<'_, Result<WhatIf, NoWhatIf>> {
        let told = contracts::order("what if".to_owned(), &account, &terms).and_then(|order| {
            let given = self.given(now);
            paper::what_if(&hold(&self.broker), &order, &given)
        });
        let unknown = || NoWhatIf::Told("the paper broker has no such account or instrument".to_owned());
        Box::pin(std::future::ready(told.map(told::what_if).ok_or_else(unknown)))
    }

    fn bars(&self, asked: BarsQuery, now: Timestamp) -> Later<'_, Result<Vec<Bar>, NoBars>> {
        let (prices, hours) = (self.prices.clone(), self.hours);
        let drawn = move || bars::draw(prices.market(), hours, &asked, now);
        // Thousands of prices are computed: not on a thread that others wait for.
        Box::pin(async move { tokio::task::spawn_blocking(drawn).await.unwrap_or(Err(NoBars::Silent)) })
    }

    fn account(&self, number: &str, now: Timestamp) -> Option<AccountView> {
        let given = self.given(now);
        let broker = hold(&self.broker);
        let view = paper::account_view(&broker, number, &given).ok()?;
        let positions = view.positions.iter().map(|position| PositionView {
            contract_id: i64::from(position.con_id),
            quantity: position.quantity,
            average_cost: position.average_cost,
            market_price: position.market_price,
            market_value: position.market_value,
            realized_pnl: position.realized_pnl,
            unrealized_pnl: position.unrealized_pnl,
            daily_pnl: position.daily_pnl,
        });
        let rates = view.cash.iter().filter_map(|(currency, _)| {
            let rate = given.market.rate(currency, &view.base_currency, given.now_ms)?;
            Some((currency.clone(), rate.round_dp(8).normalize()))
        });
        Some(AccountView {
            positions: positions.collect(),
            rates: rates.collect(),
            at: Some(now),
            base_currency: view.base_currency,
            cash: view.cash,
            net_liquidation: view.net_liquidation,
            total_cash: view.total_cash,
            buying_power: view.buying_power,
            available_funds: view.available_funds,
            equity_with_loan: Some(view.equity_with_loan),
            initial_margin: Some(view.initial_margin),
            maintenance_margin: Some(view.maintenance_margin),
            excess_liquidity: Some(view.excess_liquidity),
            gross_position_value: view.gross_position_value,
            // What is not money: of a future what it has made since it came.
            stock_value: view.net_liquidation.checked_sub(view.total_cash),
            realized_pnl: view.realized_pnl,
            unrealized_pnl: view.unrealized_pnl,
            daily_pnl: Some(view.daily_pnl),
        })
    }
}
