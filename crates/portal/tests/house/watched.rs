//! The paper broker, and what of it was asked that would cost a line of market data elsewhere.

use kernel::effect::Effect;
use kernel::given::{Quote, RateQuote, Session};
use kernel::id::OrderId;
use kernel::money::Currency;
use kernel::time::Timestamp;
use std::sync::{Arc, Mutex};
use venue::contract::{AccountView, Contract, ContractQuery, FullQuote, Later, Unsent, Venue};
use venue::paper::PaperVenue;
use venue::report::Report;

pub struct Watched {
    inner: Arc<PaperVenue>,
    asked: Mutex<Vec<String>>,
}

impl Watched {
    pub fn over(inner: Arc<PaperVenue>) -> Self {
        Self { inner, asked: Mutex::default() }
    }
    /// Since the last time.
    pub fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
    fn note(&self, what: impl Into<String>) {
        self.asked.lock().unwrap().push(what.into());
    }
}

impl Venue for Watched {
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    fn idempotent(&self) -> bool {
        self.inner.idempotent()
    }
    fn send(&self, effect: Effect, now: Timestamp) -> Later<'_, Result<(), Unsent>> {
        self.inner.send(effect, now)
    }
    fn recount(&self, orders: Vec<OrderId>) -> Later<'_, Vec<Report>> {
        self.inner.recount(orders)
    }
    fn reports(&self) -> Later<'_, Vec<Report>> {
        self.inner.reports()
    }
    /// At a TWS this keeps a line open for what is found.
    fn contracts(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>> {
        self.note("contracts");
        self.inner.contracts(query, now)
    }
    fn look_up(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>> {
        self.note("look_up");
        self.inner.look_up(query, now)
    }
    fn watch(&self, contract_id: i64) {
        self.note("watch");
        self.inner.watch(contract_id);
    }
    fn glance(&self, contract_id: i64) {
        self.note("glance");
        self.inner.glance(contract_id);
    }
    fn look_away(&self, contract_id: i64) {
        self.inner.look_away(contract_id);
    }
    fn quote(&self, contract_id: i64, now: Timestamp) -> Option<Quote> {
        self.inner.quote(contract_id, now)
    }
    fn full_quote(&self, contract_id: i64, now: Timestamp) -> Option<FullQuote> {
        self.inner.full_quote(contract_id, now)
    }
    fn rate(&self, from: Currency, to: Currency, now: Timestamp) -> Option<RateQuote> {
        self.inner.rate(from, to, now)
    }
    fn session(&self, contract_id: i64, now: Timestamp) -> Option<Session> {
        self.inner.session(contract_id, now)
    }
    fn account(&self, number: &str, now: Timestamp) -> Option<AccountView> {
        self.inner.account(number, now)
    }
}
