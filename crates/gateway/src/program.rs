//! One connected program: what it asks, checked against its credential, answered or passed on.

use crate::contracts;
use crate::gate::Gate;
use crate::later::Later;
use crate::market::Stream;
use crate::orders;
use crate::pace;
use crate::reach;
use crate::refuse::{DUPLICATE, NOT_FOUND, RATE, VALIDATION, error, line, reason};
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
use kernel::time::Timestamp;
use kernel::working::Event as OrderEvent;
use service::actor::{COUNTED, CustomerActor};
use service::node::answer;
use service::{No, Notice, Outcome};
use std::sync::Arc;
use std::time::Instant;
use tokio::task::{JoinError, JoinSet};
use tws::{Class, PlaceOrder, Request, Response};
use venue::contract::Reach;

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
    pub(crate) gate: Arc<Gate>,
    pub(crate) actor: Arc<CustomerActor>,
    pub(crate) credential: CredentialId,
    pub(crate) client_id: i32,
    pub(crate) streams: Vec<Stream>,
    pub(crate) pnl: Vec<(i32, String)>,
    pub(crate) pnl_single: Vec<(i32, String, i64)>,
    pub(crate) updates: Option<String>,
    /// Positions are told again when they change, once asked for.
    pub(crate) positions: bool,
    pub(crate) ticks: u32,
    /// As it was told last.
    pub(crate) reach: Reach,
    pub(crate) answers: JoinSet<(About, Outcome)>,
    pub(crate) later: Later,
    /// When what is being answered was read.
    pub(crate) heard: Instant,
}

impl Program {
    pub(crate) fn new(gate: Arc<Gate>, actor: Arc<CustomerActor>, credential: CredentialId, client_id: i32) -> Self {
        let reach = gate.node.venue().reach();
        Self {
            reach,
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
            later: Later::default(),
            heard: Instant::now(),
        }
    }

    /// The record as it is now: read for every message, kept for none.
    fn record<T>(&self, read: impl FnOnce(&State, &ApiCredential) -> T) -> Option<T> {
        self.actor.read(|state| state.customer.credential(self.credential).ok().map(|record| read(state, record)))
    }

    /// Time as the machine has it; what happens is stamped with the actor's.
    pub(crate) fn clock(&self) -> Timestamp {
        self.gate.node.clock().now()
    }

    /// As its credential states it now.
    pub(crate) fn per_second(&self) -> u64 {
        pace::per_second(self.record(|_, credential| credential.limits.messages_per_second).flatten())
    }

    pub(crate) fn withdrawn(&self) -> bool {
        let now = self.actor.now();
        self.record(|_, credential| credential.alive(now).is_err()).unwrap_or(true)
    }

    pub(crate) fn accounts(&self) -> Vec<(AccountId, String)> {
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
            reach::greeting(self.reach),
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
        if !self.note_read(&request) {
            return self.too_fast(request.name(), None);
        }
        // What takes risk away has places of its own.
        let most = if request.class() == Class::Reduce { 2 * MOST_WAITING } else { MOST_WAITING };
        let mut told = Vec::new();
        while self.answers.len() >= most {
            let done = self.answers.join_next().await;
            told.extend(self.answered(done));
        }
        told.extend(self.answer(request).await);
        told
    }

    async fn answer(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::PlaceOrder(place) => self.place(&place).await,
            Request::CancelOrder { order_id, .. } => {
                let client_ref = ClientRef { client_id: self.client_id, order_id };
                self.pass_on(About::Cancel(order_id), Command::Cancel { client_ref })
            }
            Request::ReqGlobalCancel => self.pass_on(About::Nothing, Command::CancelAll),
            Request::ReqContractDetails { .. }
            | Request::ReqMarketData { .. }
            | Request::ReqHistoricalData(_)
            | Request::ReqSecDefOptParams { .. }
            | Request::ReqMatchingSymbols { .. } => self.market_request(request).await,
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
            // Carried out to its end, also when the program goes away right after asking.
            let carried = tokio::spawn(self.gate.node.restrict(&self.actor, by, command));
            let ended = |error: JoinError| Err(No::NotRecorded { why: error.to_string() });
            self.answers.spawn(async move { (about, carried.await.unwrap_or_else(ended)) });
        } else {
            let receiver = self.actor.submit_heard(by, command, self.heard);
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
            (About::Place(order_id), _) => self.not_taken(order_id, &why),
            (About::Cancel(order_id), No::Refused { .. }) => {
                let text = format!("OrderId {order_id} that needs to be cancelled is not found. {}", line(&why));
                vec![error(order_id, NOT_FOUND, text)]
            }
            (About::Cancel(_) | About::Nothing, _) => vec![error(-1, VALIDATION, line(&why))],
        }
    }

    /// An order that is open goes on, one that has ended stays as it ended, and only a new one ends here.
    fn not_taken(&self, order_id: i32, why: &Reason) -> Vec<Response> {
        if let Some((order, number)) = self.own_order(order_id) {
            return tell::not_changed(&order, &number, line(why));
        }
        let highest = self.actor.read(|state| state.book.highest_reference(self.credential, self.client_id));
        if (1..=highest).contains(&order_id) {
            return vec![error(order_id, DUPLICATE, format!("Duplicate order id. {}", line(why)))];
        }
        tell::refused(order_id, self.client_id, why)
    }

    /// More than can be answered: nothing is done, nothing is recorded, and what is told is still true.
    pub(crate) fn too_fast(&self, name: &str, order_id: Option<i32>) -> Vec<Response> {
        let why = reason(Category::Guard, "message_flood", &[("message", name)]);
        match order_id {
            Some(order_id) => self.not_taken(order_id, &why),
            None => vec![error(-1, RATE, line(&why))],
        }
    }

    async fn place(&mut self, place: &PlaceOrder) -> Vec<Response> {
        if place.order.what_if && !self.note(crate::what_if::READ) {
            return self.too_fast(crate::what_if::READ, Some(place.order_id));
        }
        // The venue is one for all: nothing is asked of it for an order that the guard would not look at.
        let now = self.actor.now();
        let account = self.record(|state, credential| {
            credential.may(Scope::OrderSubmit, now).map_err(|refusal| Refusal::from(refusal).reason())?;
            orders::account(state, &credential.accounts, &place.order.account)
        });
        let account = match account {
            Some(Ok(account)) => account,
            Some(Err(why)) => return self.not_placed(place, why),
            None => return self.not_placed(place, reason(Category::Identity, "credential_not_found", &[])),
        };
        let found = self.gate.node.venue().contracts(contracts::query(&place.contract), now).await;
        let [contract] = found.as_slice() else {
            return self.not_placed(place, reason(Category::Entitlement, "contract_not_found", &[]));
        };
        self.gate.node.venue().watch(contract.instrument.contract_id);
        if place.order.what_if {
            return self.what_if(place, account, contract.instrument.clone());
        }
        match orders::terms(place, account, contract.instrument.clone()) {
            Ok(terms) => {
                let client_ref = ClientRef { client_id: self.client_id, order_id: place.order_id };
                self.pass_on(About::Place(place.order_id), Command::Place { client_ref, terms })
            }
            Err(why) => self.decline(place.order_id, why),
        }
    }

    /// A preview is refused without a record: nobody has asked for an order.
    fn not_placed(&mut self, place: &PlaceOrder, why: Reason) -> Vec<Response> {
        if place.order.what_if { vec![crate::what_if::refused(place, &why)] } else { self.decline(place.order_id, why) }
    }

    /// Refused before the guard could look at it; recorded, and told with the record.
    pub(crate) fn decline(&mut self, order_id: i32, why: Reason) -> Vec<Response> {
        let client_ref = ClientRef { client_id: self.client_id, order_id };
        self.pass_on(About::Place(order_id), Command::Decline { client_ref, reason: why })
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
            Request::CancelHistoricalData { request_id } => quiet(|| self.later.call_off(request_id)),
            Request::ReqFamilyCodes => vec![Response::FamilyCodes { codes: Vec::new() }],
            other => {
                let why = reason(Category::Entitlement, "message_not_built", &[("message", other.name())]);
                vec![error(request_id(&other), VALIDATION, line(&why))]
            }
        }
    }

    /// Orders of this program, as they become durable.
    pub(crate) fn tell(&self, notice: &Notice) -> Vec<Response> {
        let about = match (&notice.order, &notice.recorded.event) {
            (Some(order), _) => (order.credential, order.client_ref),
            (None, Event::Order(OrderEvent::Refused { ask, .. })) => (ask.credential, ask.client_ref),
            (None, Event::Order(OrderEvent::Declined { credential, client_ref, reason })) => {
                // A count is for the owner: the program was told each refusal when it was.
                if reason.code == COUNTED {
                    return Vec::new();
                }
                if *credential == self.credential && client_ref.client_id == self.client_id {
                    return self.not_taken(client_ref.order_id, reason);
                }
                (*credential, *client_ref)
            }
            (None, event) => return self.elsewhere(event),
        };
        let mut moved = Vec::new();
        if let (Event::Order(OrderEvent::Filled { execution }), Some(order)) = (&notice.recorded.event, &notice.order) {
            moved = self.moved(execution, &order.terms.instrument);
        }
        if about.0 != self.credential || about.1.client_id != self.client_id {
            return moved;
        }
        let number = notice.order.as_ref().map(|order| self.actor.read(|state| tell::number(state, order)));
        let mut told = tell::event(notice, &number.unwrap_or_default());
        told.extend(moved);
        told
    }
}

fn quiet(change: impl FnOnce()) -> Vec<Response> {
    change();
    Vec::new()
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
        | Request::CancelHistoricalData { request_id }
        | Request::ReqUserInfo { request_id }
        | Request::ReqSecDefOptParams { request_id, .. } => *request_id,
        Request::ReqHistoricalData(query) => query.request_id,
        Request::Other { request_id, .. } => request_id.unwrap_or(-1),
        _ => -1,
    }
}
