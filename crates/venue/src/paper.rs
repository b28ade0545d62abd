//! The embedded paper broker as a venue: its events are durable in its own stream before it reports them.

mod contracts;
mod told;

use crate::contract::{
    AccountView, Contract, ContractQuery, FullQuote, Later, Log, LogEvent, PositionView, Unsent, Venue,
};
use crate::exact;
use crate::report::Report;
use kernel::effect::Effect;
use kernel::given::{Quote, RateQuote, Session};
use kernel::id::OrderId;
use kernel::money::Currency;
use kernel::time::Timestamp;
use paper::{Broker, Command, Event, Given, Hours};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

pub const STREAM: &str = "paper";

/// Reports that nobody fetched; beyond this the oldest are dropped and told again by a recount.
const MOST_REPORTS: usize = 100_000;

pub struct PaperVenue {
    log: Arc<dyn Log>,
    seed: u64,
    hours: Hours,
    /// One instruction at a time: the broker's version must be durable before the next decision.
    turn: tokio::sync::Mutex<u64>,
    broker: Mutex<Broker>,
    reports: Mutex<VecDeque<Report>>,
    arrived: Notify,
}

impl std::fmt::Debug for PaperVenue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaperVenue").field("seed", &self.seed).finish_non_exhaustive()
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
            seed,
            hours,
            turn: tokio::sync::Mutex::new(recorded.len() as u64),
            broker: Mutex::new(broker),
            reports: Mutex::new(VecDeque::new()),
            arrived: Notify::new(),
        })
    }

    fn given(&self, now: Timestamp) -> Given {
        let now_ms = now.0.max(hold(&self.broker).last_at());
        Given { now_ms, seed: self.seed, hours: self.hours }
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
        self.log.append(STREAM, *version, rows).await.map_err(Unsent::NotRecorded)?;
        *version += events.len() as u64;
        let reports: Vec<Report> = {
            let mut broker = hold(&self.broker);
            events.iter().for_each(|event| paper::apply(&mut broker, event));
            events.iter().flat_map(|event| told::told(&broker, event)).collect()
        };
        self.publish(reports);
        Ok(events)
    }

    fn publish(&self, new: Vec<Report>) {
        let mut reports = hold(&self.reports);
        reports.extend(new);
        let over = reports.len().saturating_sub(MOST_REPORTS);
        reports.drain(..over);
        drop(reports);
        self.arrived.notify_one();
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

    /// Lets resting orders meet the quote of this moment.
    pub async fn tick(&self, now: Timestamp) -> Result<(), Unsent> {
        if hold(&self.broker).open_orders().next().is_none() {
            return Ok(());
        }
        self.tell(Command::Tick, now).await.map(|_| ())
    }
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

    fn send(&self, effect: Effect, now: Timestamp) -> Later<'_, Result<(), Unsent>> {
        Box::pin(async move {
            let Some(command) = contracts::command(&effect) else {
                return Err(Unsent::NotRecorded("the paper broker cannot name this instrument".to_owned()));
            };
            let told_again = match &effect {
                Effect::Submit { id, .. } => Some(*id),
                Effect::Replace { .. } | Effect::Cancel { .. } => None,
            };
            let events = self.tell(command, now).await?;
            // Known already: the same instruction came again after a crash, and is told what came of it.
            if let Some(id) = told_again
                && events.is_empty()
            {
                let again = self.recount(vec![id]).await;
                self.publish(again);
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
        Box::pin(async move {
            loop {
                let waiting = self.arrived.notified();
                let reports: Vec<Report> = hold(&self.reports).drain(..).collect();
                if !reports.is_empty() {
                    return reports;
                }
                waiting.await;
            }
        })
    }

    fn contracts(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>> {
        Box::pin(async move { contracts::find(&query, now, self.hours) })
    }

    fn watch(&self, _contract_id: i64) {}

    fn quote(&self, contract_id: i64, now: Timestamp) -> Option<Quote> {
        let touch = paper::touch(self.seed, contracts::instrument(contract_id)?, now.0);
        Some(Quote {
            bid: exact::price(touch.bid).ok()?,
            ask: exact::price(touch.ask).ok()?,
            at: Timestamp(touch.at_ms),
        })
    }

    fn full_quote(&self, contract_id: i64, now: Timestamp) -> Option<FullQuote> {
        let quote = paper::quote(self.seed, contracts::instrument(contract_id)?, now.0);
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
        let rate = paper::rate(self.seed, from.as_str(), to.as_str(), now.0)?;
        Some(RateQuote { rate: exact::rate(rate).ok()?, at: now })
    }

    fn session(&self, contract_id: i64, now: Timestamp) -> Option<Session> {
        Some(match paper::session(contracts::instrument(contract_id)?, now.0, self.hours) {
            paper::Session::Regular => Session::Regular,
            paper::Session::Closed => Session::Closed,
        })
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
        Some(AccountView {
            positions: positions.collect(),
            base_currency: view.base_currency,
            cash: view.cash,
            net_liquidation: view.net_liquidation,
            total_cash: view.total_cash,
            buying_power: view.buying_power,
            available_funds: view.available_funds,
            gross_position_value: view.gross_position_value,
            realized_pnl: view.realized_pnl,
            unrealized_pnl: view.unrealized_pnl,
            daily_pnl: view.daily_pnl,
        })
    }
}
