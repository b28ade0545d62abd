//! The paper broker, and how often it was asked about a contract or told to watch one.

use kernel::effect::Effect;
use kernel::given::{Quote, RateQuote, Session};
use kernel::id::OrderId;
use kernel::money::Currency;
use kernel::order::Terms;
use kernel::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use venue::contract::{
    AccountView, ChainQuery, Contract, ContractQuery, FullQuote, Later, NoWhatIf, OptionChain, Unsent, Venue, WhatIf,
};
use venue::history::{Bar, BarsQuery, NoBars};
use venue::paper::PaperVenue;
use venue::report::Report;

pub struct Asked {
    pub paper: Arc<PaperVenue>,
    pub times: Arc<AtomicUsize>,
    /// It tells no bars: whoever asks for them waits.
    pub silent: Arc<AtomicBool>,
}

impl Venue for Asked {
    fn name(&self) -> &'static str {
        self.paper.name()
    }
    fn idempotent(&self) -> bool {
        self.paper.idempotent()
    }
    fn send(&self, effect: Effect, now: Timestamp) -> Later<'_, Result<(), Unsent>> {
        self.paper.send(effect, now)
    }
    fn recount(&self, orders: Vec<OrderId>) -> Later<'_, Vec<Report>> {
        self.paper.recount(orders)
    }
    fn reports(&self) -> Later<'_, Vec<Report>> {
        self.paper.reports()
    }
    fn contracts(&self, query: ContractQuery, now: Timestamp) -> Later<'_, Vec<Contract>> {
        self.times.fetch_add(1, Ordering::SeqCst);
        self.paper.contracts(query, now)
    }
    fn option_chains(&self, asked: ChainQuery, now: Timestamp) -> Later<'_, Vec<OptionChain>> {
        self.paper.option_chains(asked, now)
    }
    fn watch(&self, contract_id: i64) {
        self.times.fetch_add(1, Ordering::SeqCst);
        self.paper.watch(contract_id);
    }
    fn quote(&self, contract_id: i64, now: Timestamp) -> Option<Quote> {
        self.paper.quote(contract_id, now)
    }
    fn full_quote(&self, contract_id: i64, now: Timestamp) -> Option<FullQuote> {
        self.paper.full_quote(contract_id, now)
    }
    fn rate(&self, from: Currency, to: Currency, now: Timestamp) -> Option<RateQuote> {
        self.paper.rate(from, to, now)
    }
    fn session(&self, contract_id: i64, now: Timestamp) -> Option<Session> {
        self.paper.session(contract_id, now)
    }
    fn account(&self, number: &str, now: Timestamp) -> Option<AccountView> {
        self.paper.account(number, now)
    }

    fn bars(&self, asked: BarsQuery, now: Timestamp) -> Later<'_, Result<Vec<Bar>, NoBars>> {
        if self.silent.load(Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        self.paper.bars(asked, now)
    }

    fn what_if(&self, account: String, terms: Terms, now: Timestamp) -> Later<'_, Result<WhatIf, NoWhatIf>> {
        self.paper.what_if(account, terms, now)
    }
}
