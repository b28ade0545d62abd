//! Requests: what one connected program asks, checked against its credential, answered or passed on.

use crate::account;
use crate::contracts;
use crate::gate::Gate;
use crate::market::{self, Stream};
use crate::orders;
use crate::refuse::{NO_CONTRACT, NO_MARKET_DATA, NOT_FOUND, VALIDATION, error, line, reason};
use crate::tell;
use kernel::actor::Actor as By;
use kernel::api_credential::ApiCredential;
use kernel::command::Command;
use kernel::event::Event;
use kernel::id::{AccountId, CredentialId};
use kernel::order::ClientRef;
use kernel::reason::{Category, Reason};
use kernel::refusal::Refusal;
use kernel::scope::Scope;
use kernel::state::State;
use kernel::working::{Event as OrderEvent, Order};
use service::actor::CustomerActor;
use service::node::answer;
use service::{No, Notice, Outcome};
use std::sync::Arc;
use tokio::task::{JoinError, JoinSet};
use tws::{Class, PlaceOrder, Request, Response};
use venue::Contract;

/// Subscriptions of one program.
const MOST_STREAMS: usize = 100;
/// Orders on their way to the journal; beyond, the next message waits.
const MOST_WAITING: usize = 256;

/// What a passed-on command is about, so that a no can be told to the right number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    Place(i32),
    Cancel(i32),
    Nothing,
}

pub(crate) struct Program {
    gate: Arc<Gate>,
    pub(crate) actor: Arc<CustomerActor>,
    credential: CredentialId,
    client_id: i32,
    streams: Vec<Stream>,
    pnl: Vec<(i32, String)>,
    pnl_single: Vec<(i32, String, i64)>,
    updates: Option<String>,
    /// Positions are told again when they change, once asked for.
    positions: bool,
    ticks: u32,
    pub(crate) answers: JoinSet<(About, Outcome)>,
}

impl Program {
    pub(crate) fn new(gate: Arc<Gate>, actor: Arc<CustomerActor>, credential: CredentialId, client_id: i32) -> Self {
        Self {
            gate,
            actor,
            credential,
            client_id,
            streams: Vec::new(),
            pnl: Vec::new(),
            pnl_single: Vec::new(),
            updates: None,
            positions: false,
            ticks: 0,
            answers: JoinSet::new(),
        }
    }

    /// The record as it is now: read for every message, kept for none.
    fn record<T>(&self, read: impl FnOnce(&State, &ApiCredential) -> T) -> Option<T> {
        self.actor.read(|state| state.customer.credential(self.credential).ok().map(|record| read(state, record)))
    }

    pub(crate) fn withdrawn(&self) -> bool {
        let now = self.actor.now();
        self.record(|_, credential| credential.alive(now).is_err()).unwrap_or(true)
    }

    fn accounts(&self) -> Vec<(AccountId, String)> {
        self.record(|state, credential| {
            let known = credential.accounts.iter().filter_map(|id| state.customer.account(*id).ok());
            known.map(|account| (account.id, account.number.clone())).collect()
        })
        .unwrap_or_default()
    }

    pub(crate) fn greeting(&self) -> Vec<Response> {
        let accounts = self.accounts().into_iter().map(|(_, number)| number).collect();
        vec![
            Response::ManagedAccounts { accounts },
            self.next_valid_id(),
            error(-1, 2104, "Market data farm connection is OK:portreeve"),
            error(-1, 2158, "Sec-def data farm connection is OK:portreeve"),
        ]
    }

    fn next_valid_id(&self) -> Response {
        let highest = self.actor.read(|state| state.book.highest_reference(self.credential, self.client_id));
        Response::NextValidId { order_id: highest.saturating_add(1) }
    }

    fn allowed(&self, request: &Request) -> Result<(), Reason> {
        let scope = match request.class() {
            Class::Session => return Ok(()),
            Class::Account => Scope::AccountRead,
            Class::Market => Scope::MarketRead,
            // Recorded by the kernel, refusal and all.
            Class::Trade | Class::Reduce if !matches!(request, Request::Other { .. }) => return Ok(()),
            Class::Trade => Scope::OrderSubmit,
            Class::Reduce => Scope::OrderCancel,
            Class::Config
                if matches!(request, Request::ReqAutoOpenOrders { .. } | Request::SetServerLogLevel { .. }) =>
            {
                return Ok(());
            }
            Class::Config | Class::Deny => {
                return Err(reason(Category::Entitlement, "message_denied", &[("message", request.name())]));
            }
        };
        let now = self.actor.now();
        match self.record(|_, credential| credential.may(scope, now)) {
            Some(Ok(())) => Ok(()),
            Some(Err(refusal)) => Err(Refusal::from(refusal).reason()),
            None => Err(reason(Category::Identity, "credential_not_found", &[])),
        }
    }

    pub(crate) async fn request(&mut self, request: Request) -> Vec<Response> {
        if let Err(why) = self.allowed(&request) {
            return vec![error(request_id(&request), VALIDATION, line(&why))];
        }
        while self.answers.len() >= MOST_WAITING {
            let done = self.answers.join_next().await;
            let told = self.answered(done);
            if !told.is_empty() {
                return told;
            }
        }
        match request {
            Request::PlaceOrder(place) => self.place(&place).await,
            Request::CancelOrder { order_id, .. } => {
                let client_ref = ClientRef { client_id: self.client_id, order_id };
                self.pass_on(About::Cancel(order_id), Command::Cancel { client_ref })
            }
            Request::ReqGlobalCancel => self.pass_on(About::Nothing, Command::CancelAll),
            Request::ReqContractDetails { .. } | Request::ReqMarketData { .. } | Request::ReqMatchingSymbols { .. } => {
                self.market_request(request).await
            }
            Request::ReqAccountUpdates { .. } | Request::ReqPositions | Request::ReqPositionsMulti { .. } => {
                self.positions_request(request).await
            }
            other => self.simple(other),
        }
    }

    fn pass_on(&mut self, about: About, command: Command) -> Vec<Response> {
        let by = By::Credential(self.credential);
        let restricts = matches!(about, About::Cancel(_) | About::Nothing);
        if restricts {
            let (gate, actor) = (Arc::clone(&self.gate), Arc::clone(&self.actor));
            self.answers.spawn(async move { (about, gate.node.restrict(&actor, by, command).await) });
        } else {
            let receiver = self.actor.submit(by, command);
            self.answers.spawn(async move { (about, answer(receiver).await) });
        }
        Vec::new()
    }

    /// A no that left a record is told with the record; what left none is told here.
    pub(crate) fn answered(&mut self, done: Option<Result<(About, Outcome), JoinError>>) -> Vec<Response> {
        let Some(Ok((about, Err(no)))) = done else { return Vec::new() };
        let why = match &no {
            No::Refused { refusal, .. } => refusal.reason(),
            No::NotRecorded { .. } | No::Busy => reason(Category::Guard, no.code(), &[]),
        };
        match (about, &no) {
            (About::Place(_), No::Refused { .. }) => Vec::new(),
            (About::Place(order_id), _) => match self.own_order(order_id) {
                Some((order, number)) => tell::not_changed(&order, &number, line(&why)),
                None => tell::refused(order_id, self.client_id, &why),
            },
            (About::Cancel(order_id), No::Refused { .. }) => {
                let text = format!("OrderId {order_id} that needs to be cancelled is not found. {}", line(&why));
                vec![error(order_id, NOT_FOUND, text)]
            }
            (About::Cancel(_) | About::Nothing, _) => vec![error(-1, VALIDATION, line(&why))],
        }
    }

    fn own_order(&self, order_id: i32) -> Option<(Order, String)> {
        self.actor.read(|state| {
            let own = |order: &&Order| {
                order.credential == self.credential
                    && order.client_ref == ClientRef { client_id: self.client_id, order_id }
            };
            state.book.orders.values().find(own).map(|order| (order.clone(), tell::number(state, order)))
        })
    }

    async fn place(&mut self, place: &PlaceOrder) -> Vec<Response> {
        let account =
            self.record(|state, credential| orders::account(state, &credential.accounts, &place.order.account));
        let account = match account {
            Some(Ok(account)) => account,
            Some(Err(why)) => return self.decline(place.order_id, why),
            None => return self.decline(place.order_id, reason(Category::Identity, "credential_not_found", &[])),
        };
        let now = self.actor.now();
        let found = self.gate.node.venue().contracts(contracts::query(&place.contract), now).await;
        let [contract] = found.as_slice() else {
            return self.decline(place.order_id, reason(Category::Entitlement, "contract_not_found", &[]));
        };
        self.gate.node.venue().watch(contract.instrument.contract_id);
        match orders::terms(place, account, contract.instrument.clone()) {
            Ok(terms) => {
                let client_ref = ClientRef { client_id: self.client_id, order_id: place.order_id };
                self.pass_on(About::Place(place.order_id), Command::Place { client_ref, terms })
            }
            Err(why) => self.decline(place.order_id, why),
        }
    }

    /// Refused before the guard could look at it; recorded, and told with the record.
    pub(crate) fn decline(&mut self, order_id: i32, why: Reason) -> Vec<Response> {
        let client_ref = ClientRef { client_id: self.client_id, order_id };
        self.pass_on(About::Place(order_id), Command::Decline { client_ref, reason: why })
    }

    async fn contract(&self, contract: &tws::Contract) -> Option<Contract> {
        let found = self.gate.node.venue().contracts(contracts::query(contract), self.actor.now()).await;
        match <[Contract; 1]>::try_from(found) {
            Ok([only]) => Some(only),
            Err(_) => None,
        }
    }

    async fn market_request(&mut self, request: Request) -> Vec<Response> {
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

    async fn positions_request(&mut self, request: Request) -> Vec<Response> {
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

    /// The numbers of the accounts meant, of those that the credential may see.
    fn numbers(&self, named: &str) -> Vec<String> {
        let all = self.accounts().into_iter().map(|(_, number)| number);
        all.filter(|number| named.is_empty() || named == "All" || named == number).collect()
    }

    async fn positions(&self, number: &str) -> Vec<(Contract, venue::contract::PositionView)> {
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

    fn simple(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::ReqIds => vec![self.next_valid_id()],
            Request::ReqManagedAccounts => {
                vec![Response::ManagedAccounts { accounts: self.numbers("") }]
            }
            Request::ReqCurrentTime => {
                vec![Response::CurrentTime { epoch_seconds: self.actor.now().0.div_euclid(1_000) }]
            }
            Request::ReqOpenOrders => self.open_orders(Some(self.client_id)),
            Request::ReqAllOpenOrders => self.open_orders(None),
            // Orders of other programs are never bound; a list is what a client expects.
            Request::ReqAutoOpenOrders { .. } => vec![Response::OpenOrderEnd],
            Request::ReqCompletedOrders { .. } => self.completed(),
            Request::ReqExecutions { request_id, filter } => self.executions(request_id, &filter),
            Request::ReqAccountSummary { request_id, group, tags } => self.summary(request_id, &group, &tags),
            Request::ReqAccountUpdatesMulti { request_id, account, model, .. } => {
                self.updates_multi(request_id, &account, &model)
            }
            Request::ReqPnl { request_id, account, .. } => self.start_pnl(request_id, &account),
            Request::ReqPnlSingle { request_id, account, con_id, .. } => {
                self.start_pnl_single(request_id, &account, i64::from(con_id))
            }
            Request::CancelPnl { request_id } => quiet(|| self.pnl.retain(|(id, _)| *id != request_id)),
            Request::CancelPnlSingle { request_id } => quiet(|| self.pnl_single.retain(|(id, _, _)| *id != request_id)),
            Request::CancelMarketData { request_id } => {
                quiet(|| self.streams.retain(|stream| stream.request_id != request_id))
            }
            Request::CancelPositions => quiet(|| self.positions = false),
            Request::ReqMarketDataType { .. }
            | Request::SetServerLogLevel { .. }
            | Request::CancelAccountSummary { .. }
            | Request::CancelAccountUpdatesMulti { .. }
            | Request::CancelPositionsMulti { .. } => Vec::new(),
            Request::ReqMarketRule { rule_id } => match contracts::rule_step(rule_id) {
                Some(increment) => {
                    let increments =
                        vec![tws::response::PriceIncrement { low_edge: rust_decimal::Decimal::ZERO, increment }];
                    vec![Response::MarketRule { rule_id, increments }]
                }
                None => vec![error(-1, VALIDATION, "There is no such market rule.")],
            },
            Request::ReqUserInfo { request_id } => {
                vec![Response::UserInfo { request_id, white_branding_id: String::new() }]
            }
            Request::ReqFamilyCodes => vec![Response::FamilyCodes { codes: Vec::new() }],
            Request::ReqSecDefOptParams { request_id, .. } => vec![Response::OptionParametersEnd { request_id }],
            other => {
                let why = reason(Category::Entitlement, "message_not_built", &[("message", other.name())]);
                vec![error(request_id(&other), VALIDATION, line(&why))]
            }
        }
    }

    fn open_orders(&self, client_id: Option<i32>) -> Vec<Response> {
        let mut told = self.actor.read(|state| {
            let own = |order: &&Order| {
                order.credential == self.credential && client_id.is_none_or(|id| order.client_ref.client_id == id)
            };
            let own = state.book.orders.values().filter(own);
            own.flat_map(|order| tell::standing(order, &tell::number(state, order))).collect::<Vec<_>>()
        });
        told.push(Response::OpenOrderEnd);
        told
    }

    fn completed(&self) -> Vec<Response> {
        let mut told = self.actor.read(|state| {
            let own = state.book.day.ended.iter().filter(|(order, _)| order.credential == self.credential);
            own.map(|(order, how)| tell::completed(order, *how, &tell::number(state, order))).collect::<Vec<_>>()
        });
        told.push(Response::CompletedOrdersEnd);
        told
    }

    fn executions(&self, request_id: i32, filter: &tws::ExecutionFilter) -> Vec<Response> {
        let says = |said: &str, is: &str| said.is_empty() || said == is;
        let mut told = self.actor.read(|state| {
            let mut told = Vec::new();
            for executed in &state.book.day.executions {
                let Some(order) = executed.order.as_ref().filter(|order| order.credential == self.credential) else {
                    continue;
                };
                let number = tell::number(state, order);
                let side = if executed.execution.side == kernel::order::Side::Buy { "BUY" } else { "SELL" };
                let wanted = says(&filter.account, &number)
                    && says(&filter.symbol, &order.terms.instrument.symbol)
                    && says(&filter.side, side)
                    && (filter.client_id == 0 || filter.client_id == order.client_ref.client_id);
                if wanted {
                    told.push(tell::execution(request_id, &executed.execution, order, &number));
                    told.extend(executed.commission.as_ref().map(tell::commission));
                }
            }
            told
        });
        told.push(Response::ExecutionDetailsEnd { request_id });
        told
    }

    fn view(&self, number: &str) -> Option<venue::contract::AccountView> {
        self.gate.node.venue().account(number, self.actor.now())
    }

    fn summary(&self, request_id: i32, group: &str, tags: &str) -> Vec<Response> {
        let mut told = Vec::new();
        for number in self.numbers(group) {
            let view = self.view(&number);
            told.extend(view.map(|view| account::summary(request_id, &number, tags, &view)).unwrap_or_default());
        }
        told.push(Response::AccountSummaryEnd { request_id });
        told
    }

    fn updates_multi(&self, request_id: i32, named: &str, model: &str) -> Vec<Response> {
        let mut told = Vec::new();
        for number in self.numbers(named) {
            let view = self.view(&number);
            told.extend(view.map(|view| account::updates_multi(request_id, &number, model, &view)).unwrap_or_default());
        }
        told.push(Response::AccountUpdateMultiEnd { request_id });
        told
    }

    fn start_pnl(&mut self, request_id: i32, named: &str) -> Vec<Response> {
        let [number] = self.numbers(named).try_into().unwrap_or([String::new()]);
        let Some(view) = self.view(&number) else { return vec![not_allowed(request_id)] };
        if self.pnl.len() < MOST_STREAMS {
            self.pnl.push((request_id, number));
        }
        vec![account::pnl(request_id, &view)]
    }

    fn start_pnl_single(&mut self, request_id: i32, named: &str, contract_id: i64) -> Vec<Response> {
        let [number] = self.numbers(named).try_into().unwrap_or([String::new()]);
        let Some(view) = self.view(&number) else { return vec![not_allowed(request_id)] };
        if self.pnl_single.len() < MOST_STREAMS {
            self.pnl_single.push((request_id, number, contract_id));
        }
        vec![account::pnl_single(request_id, view.positions.iter().find(|each| each.contract_id == contract_id))]
    }

    /// Orders of this program, as they become durable.
    pub(crate) fn tell(&self, notice: &Notice) -> Vec<Response> {
        let about = match (&notice.order, &notice.recorded.event) {
            (Some(order), _) => (order.credential, order.client_ref),
            (None, Event::Order(OrderEvent::Refused { ask, .. })) => (ask.credential, ask.client_ref),
            (None, Event::Order(OrderEvent::Declined { credential, client_ref, reason })) => {
                if *credential == self.credential
                    && client_ref.client_id == self.client_id
                    && let Some((order, number)) = self.own_order(client_ref.order_id)
                {
                    return tell::not_changed(&order, &number, line(reason));
                }
                (*credential, *client_ref)
            }
            (None, _) => return Vec::new(),
        };
        if about.0 != self.credential || about.1.client_id != self.client_id {
            return Vec::new();
        }
        let number = notice.order.as_ref().map(|order| self.actor.read(|state| tell::number(state, order)));
        tell::event(notice, &number.unwrap_or_default())
    }

    /// Four times a second: quotes; once a second: profit; every few seconds: the account.
    pub(crate) async fn tick(&mut self) -> Vec<Response> {
        self.ticks = self.ticks.wrapping_add(1);
        let now = self.actor.now();
        let mut told = Vec::new();
        let venue = self.gate.node.venue();
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
}

fn quiet(change: impl FnOnce()) -> Vec<Response> {
    change();
    Vec::new()
}

fn no_contract(request_id: i32) -> Response {
    error(request_id, NO_CONTRACT, "No security definition has been found for the request")
}

fn not_allowed(request_id: i32) -> Response {
    error(request_id, VALIDATION, line(&reason(Category::Entitlement, "account_not_allowed", &[])))
}

/// The number a request goes by, where it has one.
fn request_id(request: &Request) -> i32 {
    match request {
        Request::ReqExecutions { request_id, .. }
        | Request::ReqAccountSummary { request_id, .. }
        | Request::ReqAccountUpdatesMulti { request_id, .. }
        | Request::ReqPositionsMulti { request_id, .. }
        | Request::ReqPnl { request_id, .. }
        | Request::ReqPnlSingle { request_id, .. }
        | Request::ReqContractDetails { request_id, .. }
        | Request::ReqMarketData { request_id, .. }
        | Request::ReqMatchingSymbols { request_id, .. }
        | Request::ReqUserInfo { request_id }
        | Request::ReqSecDefOptParams { request_id, .. } => *request_id,
        Request::Other { request_id, .. } => request_id.unwrap_or(-1),
        _ => -1,
    }
}
