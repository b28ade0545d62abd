//! The contract: what the house asks of any venue, and what a venue answers.

use crate::exact;
use crate::history::{Bar, BarsQuery, NoBars};
use crate::report::Report;
use kernel::effect::Effect;
use kernel::given::{Figures, Quote, RateQuote, Session};
use kernel::id::OrderId;
use kernel::instrument::Instrument;
use kernel::money::{Amount, Currency};
use kernel::order::Terms;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;

pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The venue's own record of what is traded: orders are built from this, never from a program's claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    pub instrument: Instrument,
    /// `STK`, `CASH`, `FUT` or `OPT`.
    pub sec_type: String,
    pub exchange: String,
    pub primary_exchange: String,
    pub local_symbol: String,
    pub trading_class: String,
    pub long_name: String,
    /// `COMMON`, `ETF` or empty.
    pub stock_type: String,
    pub time_zone: String,
    pub trading_hours: String,
    pub min_tick: Decimal,
    pub size_increment: Decimal,
    /// Of a future or an option: what it is on, where the venue says so.
    pub under_contract_id: i64,
}

/// What a program says of a contract; empty fields say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractQuery {
    pub contract_id: i64,
    pub symbol: String,
    pub sec_type: String,
    pub exchange: String,
    pub primary_exchange: String,
    pub currency: String,
    pub local_symbol: String,
    pub trading_class: String,
    /// `yyyymmdd`, or a month.
    pub expiry: String,
    /// Zero says nothing.
    pub strike: Decimal,
    pub right: String,
    pub multiplier: String,
}

/// What a program says of a thing whose options it asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainQuery {
    pub symbol: String,
    /// Of futures whose options are asked for; empty else.
    pub exchange: String,
    pub sec_type: String,
    pub contract_id: i64,
}

/// The options on one thing, at one exchange, of one class: each of these days with each of these strikes, or nearly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionChain {
    pub exchange: String,
    pub under_contract_id: i64,
    pub trading_class: String,
    pub multiplier: String,
    pub expirations: Vec<String>,
    pub strikes: Vec<Decimal>,
}

/// A quote with all that is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullQuote {
    pub bid: Decimal,
    pub ask: Decimal,
    pub last: Decimal,
    pub bid_size: Decimal,
    pub ask_size: Decimal,
    pub last_size: Decimal,
    pub open: Decimal,
    pub high: Decimal,
    pub low: Decimal,
    pub close: Decimal,
    pub volume: Decimal,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// When the venue told these figures; `None` where it has told of a trade since then that may not be in them.
    pub at: Option<Timestamp>,
    pub base_currency: String,
    pub cash: Vec<(String, Decimal)>,
    /// What one of a currency is worth in the account's.
    pub rates: Vec<(String, Decimal)>,
    pub net_liquidation: Decimal,
    pub total_cash: Decimal,
    pub buying_power: Decimal,
    pub available_funds: Decimal,
    /// These where the venue says them.
    pub equity_with_loan: Option<Decimal>,
    /// What is taken to open what is held and asked for, and to keep what is held.
    pub initial_margin: Option<Decimal>,
    pub maintenance_margin: Option<Decimal>,
    pub excess_liquidity: Option<Decimal>,
    pub gross_position_value: Decimal,
    /// What is short counts against it; where the venue says it.
    pub stock_value: Option<Decimal>,
    pub realized_pnl: Decimal,
    pub unrealized_pnl: Decimal,
    /// Since the venue's day began, where it says so.
    pub daily_pnl: Option<Decimal>,
    pub positions: Vec<PositionView>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PositionView {
    pub contract_id: i64,
    pub quantity: Decimal,
    pub average_cost: Decimal,
    pub market_price: Decimal,
    pub market_value: Decimal,
    pub realized_pnl: Decimal,
    pub unrealized_pnl: Decimal,
    pub daily_pnl: Decimal,
}

/// What an account holds by the venue's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings {
    pub told: BTreeMap<i64, Decimal>,
    /// It has had the time to tell everything anew: what is not here is nothing.
    pub whole: bool,
    /// Traded since the venue spoke of them: of these its word is old.
    pub moving: BTreeSet<i64>,
    /// What was traded until then has been told.
    pub fills_listed: Timestamp,
}

/// A figure without an order, what the order adds, and with it; absent where the venue does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub before: Option<Decimal>,
    pub change: Option<Decimal>,
    pub after: Option<Decimal>,
}

/// What an order would do to its account, by the venue's own model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// What positions and open orders tie up to be opened, and to be kept.
    pub initial: Change,
    pub maintenance: Change,
    pub equity: Change,
    pub commission: Option<Decimal>,
    pub least_commission: Option<Decimal>,
    pub most_commission: Option<Decimal>,
    pub commission_currency: String,
    /// What the venue would have its customer know, or why it would not take the order.
    pub warning: String,
}

/// Why there is no preview. Of none of them an order has come, but for the last, and that one is cancelled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWhatIf {
    #[error("previews of this venue are not built")]
    NotBuilt,
    #[error("the connection to the venue is lost")]
    Lost,
    #[error("the venue did not answer in time")]
    Silent,
    #[error("{0}")]
    Told(String),
    #[error("the venue has made an order of a preview: it is asked for no more of them")]
    MadeAnOrder,
}

/// Why an instruction did not reach the venue. It surely did not: it may be told again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    #[error("the venue is not connected")]
    NotConnected,
    #[error("the venue could not record it: {0}")]
    NotRecorded(String),
}

/// Whether what is handed over now could reach a market, and how often that was lost so far: who looks now and then
/// sees also what was lost and found in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub lost: bool,
    pub losses: u64,
}

pub trait Venue: Send + Sync {
    fn name(&self) -> &'static str;

    /// Whether an order told twice under one reference is still one order there.
    fn idempotent(&self) -> bool;

    /// Whether its own record is in this journal: what it does not tell in a recount it never had.
    fn is_recorded_here(&self) -> bool {
        false
    }

    /// A venue in this process is always reached.
    fn reach(&self) -> Reach {
        Reach::default()
    }

    /// Hands an instruction over. What comes of it arrives as reports.
    fn send(&self, effect: Effect, now: Timestamp) -> Later<'_, Result<(), Unsent>>;

    /// What an earlier process handed over, or not: orders that are open in our book, as they were submitted, and after
    /// them changes that nobody has answered. What the venue tells of these orders from now on answers them. One that
    /// knows our references needs none of it.
    fn resume(&self, _earlier: Vec<Effect>) {}

    /// What the venue knows of these orders, told again from the beginning.
    fn recount(&self, orders: Vec<OrderId>) -> Later<'_, Vec<Report>>;

    /// Reports that have come since the last call; waits for the first.
    fn reports(&self) -> Later<'_, Vec<Report>>;

    fn contracts(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>>;

    /// The same for whoever only looks: nothing is asked for besides.
    fn look_up(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>> {
        self.contracts(query, now)
    }

    /// The options on something; none where there are none, or where the venue does not say in time.
    fn option_chains(&self, _asked: ChainQuery, _now: Timestamp) -> Later<'_, Vec<OptionChain>> {
        Box::pin(async { Vec::new() })
    }

    /// Asks that quotes of this contract be kept fresh.
    fn watch(&self, contract_id: i64);

    /// The same for whoever only looks: takes nobody else's place, and ends with `look_away`. A venue that quotes
    /// without being asked has nothing to do.
    fn glance(&self, _contract_id: i64) {}

    fn look_away(&self, _contract_id: i64) {}

    fn quote(&self, contract_id: i64, now: Timestamp) -> Option<Quote>;

    fn full_quote(&self, contract_id: i64, now: Timestamp) -> Option<FullQuote>;

    fn rate(&self, from: Currency, to: Currency, now: Timestamp) -> Option<RateQuote>;

    fn session(&self, contract_id: i64, now: Timestamp) -> Option<Session>;

    fn account(&self, number: &str, now: Timestamp) -> Option<AccountView>;

    /// What it holds, where it could have been traded past us. `None` while the venue has not told all of it.
    fn holdings(&self, _number: &str, _now: Timestamp) -> Option<Holdings> {
        None
    }

    /// What an account made or lost since the venue's day began. `None` where it does not say, or has not for long.
    fn daily(&self, number: &str, now: Timestamp) -> Option<Decimal> {
        self.account(number, now)?.daily_pnl
    }

    /// What the guard goes by where somebody states what an account may bear; `None` where the venue does not say all
    /// of it, in this currency.
    fn figures(&self, number: &str, base: Currency, now: Timestamp) -> Option<Figures> {
        let view = self.account(number, now).filter(|view| view.base_currency == base.as_str())?;
        let initial_margin = match view.initial_margin {
            Some(told) => Some(exact::amount(told).ok()?),
            None => None,
        };
        let told = Figures {
            net_liquidation: exact::amount(view.net_liquidation).ok()?,
            gross_position_value: exact::amount(view.gross_position_value).ok()?,
            initial_margin,
            at: view.at?,
        };
        // Less than nothing is held or taken by nobody.
        let sane = !told.gross_position_value.is_negative() && !initial_margin.is_some_and(Amount::is_negative);
        sane.then_some(told)
    }

    /// Of the order by itself, whatever binds it to others. Nothing is placed by it.
    fn what_if(&self, _account: String, _terms: Terms, _now: Timestamp) -> Later<'_, Result<WhatIf, NoWhatIf>> {
        Box::pin(async { Err(NoWhatIf::NotBuilt) })
    }

    /// Past prices; a venue that cannot tell them says so.
    fn bars(&self, _asked: BarsQuery, _now: Timestamp) -> Later<'_, Result<Vec<Bar>, NoBars>> {
        Box::pin(async { Err(NoBars::NotBuilt) })
    }
}

/// Which space an append may use: what a market does by itself leaves alone what is kept for brakes and for facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    Ordinary,
    Reserve,
}

/// A durable log that an adapter may keep its own state in; its streams lie beside ours.
pub trait Log: Send + Sync {
    /// Appends after version `expected`; returns once durable.
    fn append(&self, stream: &str, expected: u64, events: Vec<LogEvent>, space: Space)
    -> Later<'_, Result<(), String>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    pub tag: String,
    pub at: Timestamp,
    pub body: serde_json::Value,
}
