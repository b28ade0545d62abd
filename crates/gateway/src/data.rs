//! Market data, balances, positions and profit, to one connected program.

use crate::account;
use crate::contracts;
use crate::history;
use crate::market::{self, Stream};
use crate::program::Program;
use crate::refuse::{NO_CONTRACT, NO_MARKET_DATA, VALIDATION, error, line, reason};
use crate::tell;
use kernel::event::Event;
use kernel::reason::Category;
use kernel::state::State;
use kernel::working::{Event as OrderEvent, Execution};
use std::sync::Arc;
use tws::history::HistoryQuery;
use tws::{Request, Response};
use venue::Contract;
use venue::contract::{AccountView, ChainQuery, PositionView};

/// A question that is not even asked.
const NO_HISTORY_NOW: i32 = 322;
/// Subscriptions of one program.
const MOST_STREAMS: usize = 100;

impl Program {
    /// The numbers of the accounts meant, of those that the credential may see.
    pub(crate) fn numbers(&self, named: &str) -> Vec<String> {
        let all = self.accounts().into_iter().map(|(_, number)| number);
        all.filter(|number| named.is_empty() || named == "All" || named == number).collect()
    }

    async fn contract(&self, contract: &tws::Contract) -> Option<Contract> {
        let found = self.gate.node.venue().contracts(contracts::query(contract), self.actor.now()).await;
        match <[Contract; 1]>::try_from(found) {
            Ok([only]) => Some(only),
            Err(_) => None,
        }
    }

    pub(crate) async fn market_request(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::ReqContractDetails { request_id, contract } => {
                let query = contracts::query(&contract);
                let found = self.gate.node.venue().contracts(query, self.actor.now()).await;
                if found.is_empty() {
                    return vec![no_contract(request_id)];
                }
                let details = found.iter().map(|each| contracts::details(request_id, each));
                let mut told: Vec<Response> = details.map(|each| Response::ContractDetails(Box::new(each))).collect();
                told.push(Response::ContractDetailsEnd { request_id });
                told
            }
            Request::ReqMarketData { request_id, contract, snapshot, regulatory_snapshot, .. } => {
                if regulatory_snapshot {
                    let why = reason(Category::Entitlement, "message_not_built", &[("message", "regulatory snapshot")]);
                    return vec![error(request_id, NO_MARKET_DATA, line(&why))];
                }
                let Some(contract) = self.contract(&contract).await else { return vec![no_contract(request_id)] };
                self.quotes(request_id, &contract, snapshot)
            }
            Request::ReqSecDefOptParams { request_id, symbol, exchange, sec_type, con_id } => {
                self.option_chains(request_id, contracts::chain_query(&symbol, &exchange, &sec_type, con_id))
            }
            Request::ReqHistoricalData(query) => self.bars(*query),
            Request::ReqMatchingSymbols { request_id, pattern } => {
                let query = venue::ContractQuery { symbol: pattern, ..venue::ContractQuery::default() };
                let found = self.gate.node.venue().contracts(query, self.actor.now()).await;
                let sample = |each: &Contract| tws::response::SymbolSample {
                    con_id: contracts::full(each).con_id,
                    symbol: each.instrument.symbol.clone(),
                    sec_type: each.sec_type.clone(),
                    primary_exchange: each.primary_exchange.clone(),
                    currency: each.instrument.currency.to_string(),
                    derivative_sec_types: Vec::new(),
                    description: each.long_name.clone(),
                };
                vec![Response::SymbolSamples { request_id, samples: found.iter().map(sample).collect() }]
            }
            _ => Vec::new(),
        }
    }

    /// The same for the options on something.
    fn option_chains(&mut self, request_id: i32, asked: ChainQuery) -> Vec<Response> {
        let (gate, now) = (Arc::clone(&self.gate), self.actor.now());
        let answer = async move { contracts::chains(request_id, gate.node.venue().option_chains(asked, now).await) };
        let (full, text) = match self.later.is_full() {
            true => (true, "Too many questions wait for an answer: ask again later."),
            false => (false, "Duplicate ticker ID for a question"),
        };
        if !full && self.later.begin_as(request_id, answer) {
            return Vec::new();
        }
        vec![error(request_id, NO_HISTORY_NOW, text)]
    }

    /// Told when the venue has told it; other messages are answered meanwhile.
    fn bars(&mut self, query: HistoryQuery) -> Vec<Response> {
        let (gate, now, request_id) = (Arc::clone(&self.gate), self.actor.now(), query.request_id);
        if self.later.is_full() {
            return vec![error(request_id, NO_HISTORY_NOW, "Too many questions wait for an answer: ask again later.")];
        }
        let answer = async move {
            let venue = gate.node.venue();
            let found = venue.look_up(contracts::query(&query.contract), now).await;
            let only = <[Contract; 1]>::try_from(found).ok().map(|[one]| one.instrument.contract_id);
            history::answer(venue, &query, only, now).await
        };
        if self.later.begin_as(request_id, answer) {
            return Vec::new();
        }
        vec![error(request_id, NO_HISTORY_NOW, "Duplicate ticker ID for API historical data query")]
    }

    fn quotes(&mut self, request_id: i32, contract: &Contract, snapshot: bool) -> Vec<Response> {
        let contract_id = contract.instrument.contract_id;
        let venue = self.gate.node.venue();
        venue.watch(contract_id);
        let quote = venue.full_quote(contract_id, self.actor.now());
        let mut told = market::preamble(request_id, contract.min_tick).to_vec();
        if snapshot {
            match quote {
                Some(quote) => told.extend(market::snapshot(request_id, &quote)),
                None => told.push(error(request_id, NO_MARKET_DATA, "No quote is to be had.")),
            }
            return told;
        }
        if self.streams.len() >= MOST_STREAMS {
            return vec![error(request_id, 101, "Max number of tickers has been reached")];
        }
        let mut stream = Stream::new(request_id, contract_id);
        told.extend(quote.map(|quote| stream.changes(quote)).unwrap_or_default());
        self.streams.push(stream);
        told
    }

    pub(crate) async fn positions_request(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::ReqAccountUpdates { subscribe: false, .. } => {
                self.updates = None;
                Vec::new()
            }
            Request::ReqAccountUpdates { account, .. } => match self.numbers(&account).as_slice() {
                [number] => {
                    self.updates = Some(number.clone());
                    let mut told = self.account_update(number).await;
                    told.push(Response::AccountDownloadEnd { account: number.clone() });
                    told
                }
                _ => vec![not_allowed(-1)],
            },
            Request::ReqPositions => {
                self.positions = true;
                let mut told = Vec::new();
                for number in self.numbers("") {
                    for (contract, position) in self.positions(&number).await {
                        told.push(Response::Position {
                            account: number.clone(),
                            contract: contracts::full(&contract),
                            position: position.quantity,
                            average_cost: position.average_cost,
                        });
                    }
                }
                told.push(Response::PositionEnd);
                told
            }
            Request::ReqPositionsMulti { request_id, account, model } => {
                let mut told = Vec::new();
                for number in self.numbers(&account) {
                    for (contract, position) in self.positions(&number).await {
                        told.push(Response::PositionMulti {
                            request_id,
                            account: number.clone(),
                            contract: contracts::full(&contract),
                            position: position.quantity,
                            average_cost: position.average_cost,
                            model: model.clone(),
                        });
                    }
                }
                told.push(Response::PositionMultiEnd { request_id });
                told
            }
            _ => Vec::new(),
        }
    }

    async fn positions(&self, number: &str) -> Vec<(Contract, PositionView)> {
        let now = self.actor.now();
        let Some(view) = self.gate.node.venue().account(number, now) else { return Vec::new() };
        let mut found = Vec::new();
        for position in view.positions {
            let query = venue::ContractQuery { contract_id: position.contract_id, ..venue::ContractQuery::default() };
            let contracts = self.gate.node.venue().contracts(query, now).await;
            found.extend(contracts.into_iter().next().map(|contract| (contract, position)));
        }
        found
    }

    async fn account_update(&self, number: &str) -> Vec<Response> {
        let now = self.actor.now();
        let Some(view) = self.gate.node.venue().account(number, now) else { return Vec::new() };
        let mut told = account::updates(number, &view);
        for (contract, position) in self.positions(number).await {
            told.push(account::portfolio(number, &contract, &position));
        }
        let time = tell::utc(now).get(9..14).unwrap_or("00:00").to_owned();
        told.push(Response::AccountTime { time });
        told
    }

    fn view(&self, number: &str) -> Option<AccountView> {
        self.gate.node.venue().account(number, self.actor.now())
    }

    pub(crate) fn summary(&self, request_id: i32, group: &str, tags: &str) -> Vec<Response> {
        let mut told = Vec::new();
        for number in self.numbers(group) {
            let view = self.view(&number);
            told.extend(view.map(|view| account::summary(request_id, &number, tags, &view)).unwrap_or_default());
        }
        told.push(Response::AccountSummaryEnd { request_id });
        told
    }

    pub(crate) fn updates_multi(&self, request_id: i32, named: &str, model: &str) -> Vec<Response> {
        let mut told = Vec::new();
        for number in self.numbers(named) {
            let view = self.view(&number);
            told.extend(view.map(|view| account::updates_multi(request_id, &number, model, &view)).unwrap_or_default());
        }
        told.push(Response::AccountUpdateMultiEnd { request_id });
        told
    }

    pub(crate) fn start_pnl(&mut self, request_id: i32, named: &str) -> Vec<Response> {
        let [number] = self.numbers(named).try_into().unwrap_or([String::new()]);
        let Some(view) = self.view(&number) else { return vec![not_allowed(request_id)] };
        if self.pnl.len() < MOST_STREAMS {
            self.pnl.push((request_id, number));
        }
        vec![account::pnl(request_id, &view)]
    }

    pub(crate) fn start_pnl_single(&mut self, request_id: i32, named: &str, contract_id: i64) -> Vec<Response> {
        let [number] = self.numbers(named).try_into().unwrap_or([String::new()]);
        let Some(view) = self.view(&number) else { return vec![not_allowed(request_id)] };
        if self.pnl_single.len() < MOST_STREAMS {
            self.pnl_single.push((request_id, number, contract_id));
        }
        vec![account::pnl_single(request_id, view.positions.iter().find(|each| each.contract_id == contract_id))]
    }

    /// Four times a second: quotes; once a second: profit; every few seconds: the account.
    pub(crate) async fn tick(&mut self) -> Vec<Response> {
        self.ticks = self.ticks.wrapping_add(1);
        let now = self.actor.now();
        let venue = self.gate.node.venue();
        let mut told = crate::reach::changes(&mut self.reach, venue.reach());
        for stream in &mut self.streams {
            let quote = venue.full_quote(stream.contract_id, now);
            told.extend(quote.map(|quote| stream.changes(quote)).unwrap_or_default());
        }
        if self.ticks.is_multiple_of(4) {
            for (request_id, number) in &self.pnl {
                told.extend(self.view(number).map(|view| account::pnl(*request_id, &view)));
            }
            for (request_id, number, contract_id) in &self.pnl_single {
                told.extend(self.view(number).map(|view| {
                    let position = view.positions.iter().find(|each| each.contract_id == *contract_id);
                    account::pnl_single(*request_id, position)
                }));
            }
        }
        if self.ticks.is_multiple_of(12)
            && let Some(number) = self.updates.clone()
        {
            told.extend(self.account_update(&number).await);
        }
        told
    }

    /// What concerns no order of ours: a silence, and a fill of an order that was made elsewhere, the venue's own too.
    /// Whoever asked for positions is told the fill, as nobody's here, and the new position.
    pub(crate) fn elsewhere(&self, event: &Event) -> Vec<Response> {
        let Event::Order(OrderEvent::Filled { execution: fill }) = event else {
            return tell::silent(event, self.credential, self.client_id);
        };
        let key = (fill.account, fill.contract_id);
        let known = |state: &State| state.book.positions.get(&key).and_then(|position| position.instrument.clone());
        let Some(instrument) = self.actor.read(known) else { return Vec::new() };
        let mut told = self.moved(fill, &instrument);
        // Of an order that another credential's day has forgotten: its execution is that one's alone.
        if fill.order.is_some() {
            return told;
        }
        if let Some(Response::Position { account, .. }) = told.first() {
            told.insert(0, tell::executed_elsewhere(fill, &instrument, account));
        }
        told
    }

    /// A fill has moved a position: whoever asked for positions is told the new one.
    pub(crate) fn moved(&self, fill: &Execution, instrument: &kernel::instrument::Instrument) -> Vec<Response> {
        let accounts = self.accounts();
        let Some((_, number)) = accounts.iter().find(|(id, _)| *id == fill.account).filter(|_| self.positions) else {
            return Vec::new();
        };
        let view = self.view(number);
        let positions = view.iter().flat_map(|view| &view.positions);
        let now = positions.into_iter().find(|position| position.contract_id == fill.contract_id);
        vec![Response::Position {
            account: number.clone(),
            contract: contracts::wire(instrument),
            position: now.map_or(rust_decimal::Decimal::ZERO, |position| position.quantity),
            average_cost: now.map_or(rust_decimal::Decimal::ZERO, |position| position.average_cost),
        }]
    }
}

fn no_contract(request_id: i32) -> Response {
    error(request_id, NO_CONTRACT, "No security definition has been found for the request")
}

fn not_allowed(request_id: i32) -> Response {
    error(request_id, VALIDATION, line(&reason(Category::Entitlement, "account_not_allowed", &[])))
}
