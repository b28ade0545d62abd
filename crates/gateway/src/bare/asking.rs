//! Asking: what one program asks of the bare broker, and what it is told without asking.

use super::Bare;
use super::orders::{self, Meant};
use super::tell;
use crate::account;
use crate::contracts;
use crate::history;
use crate::market::{self, Stream};
use crate::refuse::{DUPLICATE, NO_CONTRACT, NO_MARKET_DATA, REJECTED, VALIDATION, error};
use crate::tell::utc;
use kernel::reason::Reason;
use kernel::time::Timestamp;
use std::sync::Arc;
use tokio::sync::broadcast;
use tws::{ExecutionFilter, PlaceOrder, Request, Response, ServerVersion};
use venue::contract::{AccountView, PositionView};
use venue::paper::{Broker, Command, Event, Moved, OrderState, Side};
use venue::{Contract, ContractQuery, Venue};

/// Subscriptions of one program.
const MOST_STREAMS: usize = 100;
const DAY_MS: i64 = 86_400_000;

pub(super) struct Asking {
    pub(super) bare: Arc<Bare>,
    pub(super) client_id: i32,
    next_number: i32,
    streams: Vec<Stream>,
    pnl: Vec<i32>,
    pnl_single: Vec<(i32, i64)>,
    updates: bool,
    /// Something was filled, and the account was not told since.
    traded: bool,
    ticks: u32,
}

pub(super) fn words(reason: &Reason) -> String {
    lexicon::refusal(&reason.code, &reason.facts).text
}

impl Asking {
    pub(super) fn new(bare: Arc<Bare>, client_id: i32) -> Self {
        let next_number = bare.broker.look(|broker| orders::next_number(broker, client_id));
        let (streams, pnl, pnl_single) = (Vec::new(), Vec::new(), Vec::new());
        Self { bare, client_id, next_number, streams, pnl, pnl_single, updates: false, traded: false, ticks: 0 }
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Moved> {
        self.bare.broker.subscribe()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.bare.clock.now()
    }

    pub(super) fn greeting(&self) -> Vec<Response> {
        vec![
            Response::ManagedAccounts { accounts: vec![self.bare.account.clone()] },
            Response::NextValidId { order_id: self.next_number },
            error(-1, 2104, "Market data farm connection is OK:paper"),
            error(-1, 2158, "Sec-def data farm connection is OK:paper"),
        ]
    }

    pub(super) async fn message(&mut self, version: ServerVersion, payload: &[u8]) -> Vec<Response> {
        match Request::decode(version, payload) {
            Ok(request) => self.request(request).await,
            Err(wrong) => match (wrong.message_id, wrong.order_or_request_id) {
                (Some(3), Some(order_id)) => tell::refused(self.client_id, order_id, wrong.to_string()),
                (_, id) => vec![error(id.unwrap_or(-1), VALIDATION, wrong.to_string())],
            },
        }
    }

    async fn request(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::PlaceOrder(place) => self.place(&place).await,
            Request::CancelOrder { order_id, .. } => {
                self.command(order_id, Command::Cancel { reference: orders::reference(self.client_id, order_id) }).await
            }
            Request::ReqGlobalCancel => self.cancel_all().await,
            Request::ReqContractDetails { request_id, contract } => {
                let found = self.contracts(contracts::query(&contract)).await;
                if found.is_empty() {
                    return vec![no_contract(request_id)];
                }
                let details = found.iter().map(|each| contracts::details(request_id, each));
                let mut told: Vec<Response> = details.map(|each| Response::ContractDetails(Box::new(each))).collect();
                told.push(Response::ContractDetailsEnd { request_id });
                told
            }
            Request::ReqHistoricalData(query) => {
                let found = self.contracts(contracts::query(&query.contract)).await;
                let only = <[Contract; 1]>::try_from(found).ok().map(|[one]| one.instrument.contract_id);
                history::answer(self.bare.broker.as_ref(), &query, only, self.now()).await
            }
            Request::CancelHistoricalData { .. } => Vec::new(),
            Request::ReqSecDefOptParams { request_id, symbol, exchange, sec_type, con_id } => {
                let asked = contracts::chain_query(&symbol, &exchange, &sec_type, con_id);
                contracts::chains(request_id, self.bare.broker.option_chains(asked, self.now()).await)
            }
            Request::ReqMarketData { request_id, contract, snapshot, regulatory_snapshot, .. } => {
                if regulatory_snapshot {
                    return vec![error(request_id, NO_MARKET_DATA, "Regulatory snapshots are not built.")];
                }
                match self.contracts(contracts::query(&contract)).await.as_slice() {
                    [contract] => self.quotes(request_id, contract, snapshot),
                    _ => vec![no_contract(request_id)],
                }
            }
            Request::ReqAccountUpdates { subscribe, .. } => {
                self.updates = subscribe;
                if !subscribe {
                    return Vec::new();
                }
                let mut told = self.account_update().await;
                told.push(Response::AccountDownloadEnd { account: self.bare.account.clone() });
                told
            }
            Request::ReqPositions => self.positions().await,
            other => self.simple(other),
        }
    }

    async fn place(&mut self, place: &PlaceOrder) -> Vec<Response> {
        let order_id = place.order_id;
        let found = self.contracts(contracts::query(&place.contract)).await;
        let instrument = match found.as_slice() {
            [contract] => Some(contract.instrument.clone()),
            _ => None,
        };
        if place.order.what_if {
            return self.what_if(place, instrument).await;
        }
        self.next_number = self.next_number.max(order_id.saturating_add(1));
        let account = &self.bare.account;
        let meant = self.bare.broker.look(|broker| orders::meant(broker, account, self.client_id, place, instrument));
        match meant {
            Meant::Do(command) => self.command(order_id, command).await,
            Meant::Used => vec![error(order_id, DUPLICATE, "Duplicate order id")],
            Meant::NoContract => vec![no_contract(order_id)],
            Meant::Declined(why) => {
                let text = format!("Order rejected - reason: {}", words(&why));
                tell::refused(self.client_id, order_id, text)
            }
            Meant::Unchanged(state, why) => tell::not_changed(&state, REJECTED, words(&why)),
        }
    }

    /// What comes of it is told with the events; a command without events has changed nothing.
    async fn command(&self, order_id: i32, command: Command) -> Vec<Response> {
        match self.bare.broker.tell(command, self.now()).await {
            Ok(events) if events.is_empty() => self.bare.broker.look(|broker| {
                let state = broker.order(&orders::reference(self.client_id, order_id));
                state.map(|state| tell::standing(state).to_vec()).unwrap_or_default()
            }),
            Ok(_) => Vec::new(),
            Err(why) => {
                tracing::error!(%why, "the paper broker could not record an instruction");
                vec![error(order_id, REJECTED, format!("Order rejected - reason: {why}"))]
            }
        }
    }

    /// Everything of the account, whoever placed it.
    async fn cancel_all(&self) -> Vec<Response> {
        let open = |broker: &Broker| broker.open_orders().map(|state| state.order.reference.clone()).collect();
        let open: Vec<String> = self.bare.broker.look(open);
        for reference in open {
            if let Err(why) = self.bare.broker.tell(Command::Cancel { reference }, self.now()).await {
                return vec![error(-1, VALIDATION, why.to_string())];
            }
        }
        Vec::new()
    }

    async fn contracts(&self, query: ContractQuery) -> Vec<Contract> {
        self.bare.broker.contracts(query, self.now()).await
    }

    fn quotes(&mut self, request_id: i32, contract: &Contract, snapshot: bool) -> Vec<Response> {
        let contract_id = contract.instrument.contract_id;
        let Some(quote) = self.bare.broker.full_quote(contract_id, self.now()) else {
            return vec![error(request_id, NO_MARKET_DATA, "No quote is to be had.")];
        };
        let mut told = market::preamble(request_id, contract.min_tick).to_vec();
        if snapshot {
            told.extend(market::snapshot(request_id, &quote));
        } else if self.streams.len() >= MOST_STREAMS {
            return vec![error(request_id, 101, "Max number of tickers has been reached")];
        } else {
            let mut stream = Stream::new(request_id, contract_id);
            told.extend(stream.changes(quote));
            self.streams.push(stream);
        }
        told
    }

    fn view(&self) -> Option<AccountView> {
        self.bare.broker.account(&self.bare.account, self.now())
    }

    async fn held(&self) -> Vec<(Contract, PositionView)> {
        let mut held = Vec::new();
        for position in self.view().map(|view| view.positions).unwrap_or_default() {
            let query = ContractQuery { contract_id: position.contract_id, ..ContractQuery::default() };
            held.extend(self.contracts(query).await.into_iter().next().map(|contract| (contract, position)));
        }
        held
    }

    async fn positions(&self) -> Vec<Response> {
        let account = &self.bare.account;
        let told = |(contract, position): (Contract, PositionView)| Response::Position {
            account: account.clone(),
            contract: contracts::full(&contract),
            position: position.quantity,
            average_cost: position.average_cost,
        };
        let mut told: Vec<Response> = self.held().await.into_iter().map(told).collect();
        told.push(Response::PositionEnd);
        told
    }

    async fn account_update(&self) -> Vec<Response> {
        let account = &self.bare.account;
        let Some(view) = self.view() else { return Vec::new() };
        let mut told = account::updates(account, &view);
        for (contract, position) in self.held().await {
            told.push(account::portfolio(account, &contract, &position));
        }
        let time = utc(self.now()).get(9..14).unwrap_or("00:00").to_owned();
        told.push(Response::AccountTime { time });
        told
    }

    fn simple(&mut self, request: Request) -> Vec<Response> {
        let account = self.bare.account.clone();
        match request {
            Request::ReqIds => vec![Response::NextValidId { order_id: self.next_number }],
            Request::ReqManagedAccounts => vec![Response::ManagedAccounts { accounts: vec![account] }],
            Request::ReqCurrentTime => {
                vec![Response::CurrentTime { epoch_seconds: self.now().0.div_euclid(1_000) }]
            }
            Request::ReqOpenOrders => self.open_orders(Some(self.client_id)),
            Request::ReqAllOpenOrders => self.open_orders(None),
            // There is nobody who places orders by hand here.
            Request::ReqAutoOpenOrders { .. } => vec![Response::OpenOrderEnd],
            Request::ReqCompletedOrders { .. } => self.completed(),
            Request::ReqExecutions { request_id, filter } => self.executions(request_id, &filter),
            Request::ReqAccountSummary { request_id, tags, .. } => {
                let view = self.view();
                let lines = view.map(|view| account::summary(request_id, &account, &tags, &view));
                let mut told = lines.unwrap_or_default();
                told.push(Response::AccountSummaryEnd { request_id });
                told
            }
            Request::ReqAccountUpdatesMulti { request_id, model, .. } => {
                let view = self.view();
                let lines = view.map(|view| account::updates_multi(request_id, &account, &model, &view));
                let mut told = lines.unwrap_or_default();
                told.push(Response::AccountUpdateMultiEnd { request_id });
                told
            }
            Request::ReqMarketRule { rule_id } => match contracts::rule_step(rule_id) {
                Some(increment) => {
                    let low_edge = rust_decimal::Decimal::ZERO;
                    let increments = vec![tws::response::PriceIncrement { low_edge, increment }];
                    vec![Response::MarketRule { rule_id, increments }]
                }
                None => vec![error(-1, VALIDATION, "There is no such market rule.")],
            },
            other => self.subscription(other),
        }
    }

    fn subscription(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::ReqPnl { request_id, .. } => {
                if self.pnl.len() < MOST_STREAMS {
                    self.pnl.push(request_id);
                }
                self.view().map(|view| account::pnl(request_id, &view)).into_iter().collect()
            }
            Request::ReqPnlSingle { request_id, con_id, .. } => {
                if self.pnl_single.len() < MOST_STREAMS {
                    self.pnl_single.push((request_id, i64::from(con_id)));
                }
                self.view().map(|view| single(request_id, i64::from(con_id), &view)).into_iter().collect()
            }
            Request::CancelPnl { request_id } => {
                self.pnl.retain(|id| *id != request_id);
                Vec::new()
            }
            Request::CancelPnlSingle { request_id } => {
                self.pnl_single.retain(|(id, _)| *id != request_id);
                Vec::new()
            }
            Request::CancelMarketData { request_id } => {
                self.streams.retain(|stream| stream.request_id != request_id);
                Vec::new()
            }
            Request::ReqMarketDataType { .. }
            | Request::SetServerLogLevel { .. }
            | Request::CancelAccountSummary { .. }
            | Request::CancelAccountUpdatesMulti { .. }
            | Request::CancelPositionsMulti { .. }
            | Request::CancelPositions => Vec::new(),
            other => vec![error(-1, VALIDATION, format!("{} is not built in the paper broker.", other.name()))],
        }
    }

    fn open_orders(&self, client_id: Option<i32>) -> Vec<Response> {
        let wanted = |state: &&OrderState| {
            let whose = orders::numbers(&state.order.reference).map(|(client, _)| client);
            client_id.is_none() || whose == client_id
        };
        let tell = |broker: &Broker| broker.open_orders().filter(wanted).flat_map(tell::standing).collect();
        let mut told: Vec<Response> = self.bare.broker.look(tell);
        told.push(Response::OpenOrderEnd);
        told
    }

    fn midnight(&self) -> i64 {
        self.now().0.div_euclid(DAY_MS).saturating_mul(DAY_MS)
    }

    fn completed(&self) -> Vec<Response> {
        let midnight = self.midnight();
        let today = |state: &&OrderState| state.ended_at.is_some_and(|at| at >= midnight);
        let tell = |broker: &Broker| broker.ended_orders().filter(today).map(tell::completed).collect();
        let mut told: Vec<Response> = self.bare.broker.look(tell);
        told.push(Response::CompletedOrdersEnd);
        told
    }

    fn executions(&self, request_id: i32, filter: &ExecutionFilter) -> Vec<Response> {
        let midnight = self.midnight();
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).take(14).collect::<String>();
        let since = digits(&filter.time);
        let says = |said: &str, is: &str| said.is_empty() || said == is;
        let mut told = self.bare.broker.look(|broker| {
            let mut told = Vec::new();
            let today = broker.executions().iter().rev().take_while(|fill| fill.at >= midnight);
            for fill in today.collect::<Vec<_>>().into_iter().rev() {
                let Some(state) = broker.order(&fill.reference) else { continue };
                let whose = orders::numbers(&fill.reference).map(|(client, _)| client);
                let side = if fill.side == Side::Buy { "BUY" } else { "SELL" };
                let wanted = (filter.client_id == 0 || whose == Some(filter.client_id))
                    && says(&filter.account, &fill.account)
                    && says(&filter.side, side)
                    && digits(&utc(Timestamp(fill.at))) >= since;
                if wanted {
                    told.extend([tell::execution(request_id, fill, state), tell::commission(fill)]);
                }
            }
            told
        });
        told.push(Response::ExecutionDetailsEnd { request_id });
        told
    }

    /// Its own orders only, as on a TWS.
    pub(super) fn tell(&mut self, moved: &Moved) -> Vec<Response> {
        self.traded |= matches!(*moved.event, Event::Filled { .. });
        tell::event(moved, self.client_id)
    }

    /// Four times a second: quotes; once a second: profit; every few seconds, and after a fill: the account.
    pub(super) async fn tick(&mut self) -> Vec<Response> {
        self.ticks = self.ticks.wrapping_add(1);
        let (now, broker) = (self.now(), Arc::clone(&self.bare.broker));
        let mut told = Vec::new();
        for stream in &mut self.streams {
            let quote = broker.full_quote(stream.contract_id, now);
            told.extend(quote.map(|quote| stream.changes(quote)).unwrap_or_default());
        }
        let profits = !(self.pnl.is_empty() && self.pnl_single.is_empty());
        if profits
            && self.ticks.is_multiple_of(4)
            && let Some(view) = self.view()
        {
            told.extend(self.pnl.iter().map(|request_id| account::pnl(*request_id, &view)));
            told.extend(self.pnl_single.iter().map(|(request_id, id)| single(*request_id, *id, &view)));
        }
        if self.updates && (std::mem::take(&mut self.traded) || self.ticks.is_multiple_of(12)) {
            told.extend(self.account_update().await);
        }
        told
    }
}

fn single(request_id: i32, contract_id: i64, view: &AccountView) -> Response {
    account::pnl_single(request_id, view.positions.iter().find(|each| each.contract_id == contract_id))
}

pub(super) fn no_contract(request_id: i32) -> Response {
    error(request_id, NO_CONTRACT, "No security definition has been found for the request")
}
