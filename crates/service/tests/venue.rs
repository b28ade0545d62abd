//! A venue at the other end of a wire: it takes one poll to write, and keeps what it was sent.

use kernel::effect::Effect;
use kernel::given::{Quote, RateQuote, Session};
use kernel::id::OrderId;
use kernel::money::{Currency, Price, Rate};
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use store::FaultyStore;
use venue::contract::{AccountView, Contract, ContractQuery, FullQuote, Holdings, Later, Unsent, Venue};
use venue::{Report, What};

pub struct Wire {
    store: FaultyStore,
    pub sent: Mutex<Vec<Effect>>,
    /// Something was sent while the journal could still lose it.
    pub too_early: AtomicBool,
    pub idempotent: bool,
    /// Its own record is in the journal.
    pub here: AtomicBool,
    /// It is not connected: nothing is taken.
    pub down: AtomicBool,
    /// It panics instead of taking the next instruction.
    pub panics: AtomicBool,
    /// What the venue says of orders when it is asked.
    pub known: Mutex<Vec<Report>>,
    /// What the account made or lost today, where it says so.
    pub daily: Mutex<Option<Decimal>>,
    /// What the account holds, where it says so.
    pub held: Mutex<Option<Holdings>>,
    /// When it has told what the account is worth and holds, where it has.
    pub told: Mutex<Option<Timestamp>>,
    pub worth: Mutex<(Decimal, Decimal)>,
}

impl Wire {
    pub fn new(store: FaultyStore, idempotent: bool) -> Self {
        let (sent, known, daily, held) = (Mutex::default(), Mutex::default(), Mutex::default(), Mutex::default());
        let (told, worth) = (Mutex::default(), Mutex::default());
        let off = || AtomicBool::new(false);
        let (too_early, down, panics, here) = (off(), off(), off(), off());
        Self { store, sent, too_early, down, panics, idempotent, here, known, daily, held, told, worth }
    }
    pub fn submitted(&self) -> Vec<OrderId> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter(|effect| matches!(effect, Effect::Submit { .. })).map(Effect::order).collect()
    }
    pub fn replaced(&self) -> usize {
        self.sent.lock().unwrap().iter().filter(|effect| matches!(effect, Effect::Replace { .. })).count()
    }
    pub fn cancelled(&self) -> Vec<OrderId> {
        self.sent.lock().unwrap().iter().filter(|effect| effect.is_cancel()).map(Effect::order).collect()
    }
    pub fn knows(&self, order: OrderId, account: &str, what: What) {
        self.known.lock().unwrap().push(Report { account: account.to_owned(), order: Some(order), what });
    }
}

impl Venue for Wire {
    fn name(&self) -> &'static str {
        "wire"
    }
    fn idempotent(&self) -> bool {
        self.idempotent
    }
    fn is_recorded_here(&self) -> bool {
        self.here.load(Ordering::SeqCst)
    }
    fn send(&self, effect: Effect, _now: Timestamp) -> Later<'_, Result<(), Unsent>> {
        let mut polled = false;
        let mut effect = Some(effect);
        Box::pin(poll_fn(move |_| {
            if !polled {
                polled = true;
                return Poll::Pending;
            }
            if self.panics.swap(false, Ordering::SeqCst) {
                std::panic::resume_unwind(Box::new("the venue panics, as it was told to"));
            }
            if self.down.load(Ordering::SeqCst) {
                return Poll::Ready(Err(Unsent::NotConnected));
            }
            if self.store.unsynced() > 0 {
                self.too_early.store(true, Ordering::SeqCst);
            }
            self.sent.lock().unwrap().extend(effect.take());
            Poll::Ready(Ok(()))
        }))
    }
    fn recount(&self, orders: Vec<OrderId>) -> Later<'_, Vec<Report>> {
        let known = self.known.lock().unwrap().clone();
        let asked = known.into_iter().filter(|report| report.order.is_some_and(|id| orders.contains(&id))).collect();
        Box::pin(async move { asked })
    }
    fn reports(&self) -> Later<'_, Vec<Report>> {
        Box::pin(std::future::pending())
    }
    fn contracts(&self, _: ContractQuery, _: Timestamp) -> Later<'_, Vec<Contract>> {
        Box::pin(async { Vec::new() })
    }
    fn watch(&self, _: i64) {}
    fn quote(&self, _: i64, now: Timestamp) -> Option<Quote> {
        Some(Quote { bid: Price::parse("99.99").ok()?, ask: Price::parse("100.01").ok()?, at: now })
    }
    fn full_quote(&self, _: i64, _: Timestamp) -> Option<FullQuote> {
        None
    }
    fn rate(&self, _: Currency, _: Currency, now: Timestamp) -> Option<RateQuote> {
        Some(RateQuote { rate: Rate::ONE, at: now })
    }
    fn session(&self, _: i64, _: Timestamp) -> Option<Session> {
        Some(Session::Regular)
    }
    fn holdings(&self, _: &str, _: Timestamp) -> Option<Holdings> {
        self.held.lock().unwrap().clone()
    }
    fn account(&self, _: &str, _: Timestamp) -> Option<AccountView> {
        let zero = Decimal::ZERO;
        let (net_liquidation, gross_position_value) = *self.worth.lock().unwrap();
        Some(AccountView {
            at: *self.told.lock().unwrap(),
            base_currency: "USD".to_owned(),
            cash: Vec::new(),
            rates: Vec::new(),
            net_liquidation,
            total_cash: zero,
            buying_power: zero,
            available_funds: zero,
            equity_with_loan: Some(zero),
            initial_margin: Some(zero),
            maintenance_margin: Some(zero),
            excess_liquidity: Some(zero),
            gross_position_value,
            stock_value: Some(zero),
            realized_pnl: zero,
            unrealized_pnl: zero,
            daily_pnl: *self.daily.lock().unwrap(),
            positions: Vec::new(),
        })
    }
}
