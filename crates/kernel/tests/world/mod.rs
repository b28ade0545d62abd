//! World: a customer whose state is made of events only, a clock that is told, a market that is set.

mod ask;

pub use ask::{Ask, buy, sell};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::command::{Command, NewCredential, Report};
use kernel::decide;
use kernel::event::{Event, Recorded, VERSION};
use kernel::given::{Figures, Given, Market, Quote, RateQuote, Session};
use kernel::guard::{Allowances, Limits};
use kernel::id::{AccountId, ApprovalId, CorrelationId, CredentialId, CustomerId, OrderId};
use kernel::instrument::{AssetClass, Instrument, Selector};
use kernel::kill_switch::{Level, Resting};
use kernel::money::{Amount, Currency, Leverage, Price, Quantity, Rate};
use kernel::order::{ClientRef, Side};
use kernel::refusal::Refusal;
use kernel::scope::{Scope, Scopes};
use kernel::state::{self, State};
use kernel::time::Timestamp;
use kernel::working::{self, Ended, Execution};

pub const NOON: Timestamp = Timestamp(20_700 * 86_400_000 + 43_200_000);
pub const LOCAL: Actor = Actor::Local { uid: 1_000 };

pub fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}
pub fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}
pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}
pub fn leverage(text: &str) -> Leverage {
    Leverage::parse(text).unwrap()
}
pub fn currency(text: &str) -> Currency {
    Currency::parse(text).unwrap()
}
pub fn apple() -> Instrument {
    let (symbol, class) = ("AAPL".into(), AssetClass::Stock);
    Instrument { contract_id: 1, symbol, class, currency: currency("USD"), derivative: None }
}
pub fn euro() -> Instrument {
    Instrument { contract_id: 2, symbol: "EUR".into(), class: AssetClass::Forex, ..apple() }
}

/// What came of an order, in one word: a code where it is a refusal.
pub type Word = &'static str;

#[derive(Clone, Debug)]
pub struct World {
    pub state: State,
    pub now: Timestamp,
    pub log: Vec<Recorded>,
    pub bid: Price,
    pub ask: Price,
    /// `None`: there is no quote.
    pub quote_age: Option<i64>,
    pub rate: Rate,
    pub rate_age: Option<i64>,
    pub venue_lost: bool,
    pub session: Option<Session>,
    /// What the venue says of the account; asked for or not.
    pub figures: Option<Figures>,
    pub account: AccountId,
    pub bot: CredentialId,
    dice: u128,
    executions: u32,
}

/// A credential whose limits are too wide to matter, so that a test narrows the one it is about.
pub fn wide(accounts: &[AccountId], name: &str, port: u16) -> NewCredential {
    NewCredential {
        name: name.into(),
        scopes: Scopes::of(&Scope::ALL),
        accounts: accounts.into(),
        instruments: [Selector::Class(AssetClass::Stock), Selector::Class(AssetClass::Forex)].into(),
        port,
        peer_uid: 1_000,
        secret: None,
        expires_at: Some(NOON.plus_ms(80 * 86_400_000)),
        dormancy: Default::default(),
        limits: wide_limits(),
        allowances: Allowances::default(),
        cancel_on_disconnect: false,
        observe: false,
    }
}

pub fn wide_limits() -> Limits {
    Limits {
        order_value: Some(amount("1000000")),
        day_value: Some(amount("100000000")),
        day_count: Some(100_000),
        open_orders: Some(1_000),
        messages_per_second: Some(1_000),
        orders_per_second: Some(1_000),
        repeated_fills: Some(1_000),
        ..Limits::default()
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// One account in dollars, one credential, the market at 100 on both sides.
    pub fn with(edit: impl FnOnce(&mut NewCredential)) -> Self {
        let mut world = Self {
            state: State::default(),
            now: NOON,
            log: Vec::new(),
            bid: price("100"),
            ask: price("100"),
            quote_age: Some(0),
            rate: Rate::ONE,
            rate_age: Some(0),
            venue_lost: false,
            session: Some(Session::Regular),
            figures: None,
            account: AccountId::new(0, 0),
            bot: CredentialId::new(0, 0),
            dice: 0,
            executions: 0,
        };
        world.must(Command::OpenCustomer { id: CustomerId::new(1, 1), name: "Maya".into() });
        world.account = world.open_account("DU1", "USD");
        let mut new = wide(&[world.account], "bot", 4_100);
        edit(&mut new);
        world.bot = world.create(new);
        world
    }

    pub fn open_account(&mut self, number: &str, base: &str) -> AccountId {
        self.must(Command::OpenAccount { number: number.into(), base_currency: currency(base), live: false });
        self.state.customer.accounts.last().unwrap().id
    }
    pub fn create(&mut self, new: NewCredential) -> CredentialId {
        self.must(Command::CreateCredential(new));
        self.state.customer.credentials.last().unwrap().id
    }
    /// A second credential on the same account.
    pub fn second(&mut self, edit: impl FnOnce(&mut NewCredential)) -> CredentialId {
        let mut new = wide(&[self.account], "second", 4_200);
        edit(&mut new);
        self.create(new)
    }

    /// Told now: so much is the account worth, so much it holds, and half of that is taken as margin.
    pub fn worth(&mut self, net: &str, gross: &str) {
        let (net_liquidation, gross_position_value) = (amount(net), amount(gross));
        let initial_margin = Some(Amount::from_units(gross_position_value.units() / 2));
        self.figures = Some(Figures { net_liquidation, gross_position_value, initial_margin, at: self.now });
    }

    pub fn given(&self) -> Given {
        let quote = self.quote_age.map(|age| Quote { bid: self.bid, ask: self.ask, at: self.now.minus_ms(age) });
        let rate = self.rate_age.map(|age| RateQuote { rate: self.rate, at: self.now.minus_ms(age) });
        Given {
            now: self.now,
            dice: [self.dice * 2 + 1, self.dice * 2 + 2],
            correlation: CorrelationId::new(self.now.0, self.dice),
            market: Market { quote, rate, session: self.session, figures: self.figures },
            venue_lost: self.venue_lost,
        }
    }

    pub fn decide(&self, actor: Actor, command: &Command) -> Result<Vec<Event>, Refusal> {
        decide::decide(&self.state, &actor, command, &self.given())
    }

    /// Decides, records, applies; a refusal that matters is recorded too, as the service does.
    pub fn act(&mut self, actor: Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        let given = self.given();
        let decided = decide::decide(&self.state, &actor, &command, &given);
        let events = match &decided {
            Ok(events) => events.clone(),
            Err(refusal) => {
                decide::refused(&self.state, &actor, &command, refusal, &given).into_iter().collect::<Vec<_>>()
            }
        };
        for event in events {
            let recorded = Recorded { at: self.now, actor, correlation: given.correlation, event, v: VERSION };
            state::apply(&mut self.state, &recorded);
            self.log.push(recorded);
        }
        self.dice += 1;
        decided
    }

    pub fn must(&mut self, command: Command) -> Vec<Event> {
        self.act(LOCAL, command).unwrap()
    }

    /// What the house does by itself.
    pub fn must_house(&mut self, command: Command) -> Vec<Event> {
        self.act(Actor::House, command).unwrap()
    }

    pub fn order(&self, ask: &Ask) -> (Actor, Command) {
        let credential = ask.by.unwrap_or(self.bot);
        let next = self.state.book.highest_reference(credential, ask.client_id) + 1;
        let client_ref = ClientRef { client_id: ask.client_id, order_id: ask.number.unwrap_or(next) };
        let mut terms = ask.terms.clone();
        if terms.account == AccountId::new(0, 0) {
            terms.account = self.account;
        }
        (Actor::Credential(credential), Command::Place { client_ref, terms })
    }

    /// `admitted`, `held`, `changed`, or the code of the refusal.
    pub fn place(&mut self, ask: Ask) -> Word {
        let (actor, command) = self.order(&ask);
        match self.act(actor, command) {
            Ok(events) => word(&events),
            Err(refusal) => refusal.code(),
        }
    }

    pub fn last(&self) -> OrderId {
        *self.state.book.orders.last_key_value().unwrap().0
    }
    /// Admitted and acknowledged: it rests at the venue.
    pub fn rest(&mut self, ask: Ask) -> OrderId {
        assert_eq!(self.place(ask), "admitted");
        let id = self.last();
        self.report(Report::Acknowledged { id, venue_ref: "v".into() });
        id
    }
    /// Admitted and filled.
    pub fn trade(&mut self, ask: Ask) -> OrderId {
        let qty = ask.terms.order_qty;
        let id = self.rest(ask);
        self.fill(id, qty);
        id
    }
    pub fn hold(&mut self, ask: Ask) -> (OrderId, ApprovalId) {
        assert_eq!(self.place(ask), "held");
        let id = *self.state.book.pending.last_key_value().unwrap().0;
        (self.last(), id)
    }

    pub fn report(&mut self, report: Report) -> Vec<Event> {
        self.act(Actor::Venue, Command::Report(report)).unwrap()
    }
    pub fn execution(&mut self, order: Option<OrderId>, side: Side, qty: Quantity) -> Execution {
        self.executions += 1;
        Execution {
            exec_id: format!("e{}", self.executions),
            order,
            account: self.account,
            contract_id: 1,
            side,
            quantity: qty,
            price: price("100"),
            at: self.now,
        }
    }
    pub fn fill(&mut self, id: OrderId, qty: Quantity) {
        let terms = self.state.book.orders[&id].terms.clone();
        let mut execution = self.execution(Some(id), terms.side, qty);
        execution.account = terms.account;
        execution.contract_id = terms.instrument.contract_id;
        self.report(Report::Filled(execution));
    }
    /// A fill of an order that did not come from here: a person at the venue's own screen.
    pub fn manual(&mut self, side: Side, qty: &str) {
        let execution = self.execution(None, side, quantity(qty));
        self.report(Report::Filled(execution));
    }
    pub fn ended(&mut self, id: OrderId, how: Ended) {
        self.report(Report::Ended { id, how, text: String::new() });
    }

    pub fn kill(&mut self, level: Level, resting: Resting) {
        self.must(Command::Engage { level, resting });
    }
    pub fn grant(&mut self, id: ApprovalId) -> Word {
        match self.act(LOCAL, Command::Answer { id, verdict: Verdict::Grant }) {
            Ok(events) => word(&events),
            Err(refusal) => refusal.code(),
        }
    }
    pub fn limit(&mut self, edit: impl FnOnce(&mut Limits)) {
        let id = self.bot;
        let mut limits = self.state.customer.credential(id).unwrap().limits;
        edit(&mut limits);
        self.must(Command::SetCredentialLimits { id, limits, read: None });
    }
    pub fn account_limit(&mut self, edit: impl FnOnce(&mut Limits)) {
        let id = self.account;
        let mut limits = self.state.customer.account(id).unwrap().limits;
        edit(&mut limits);
        self.must(Command::SetAccountLimits { id, limits, read: None });
    }
    pub fn later(&mut self, ms: i64) -> &mut Self {
        self.now = self.now.plus_ms(ms);
        self
    }
    pub fn position(&self, credential: CredentialId) -> (Quantity, Quantity) {
        self.state.book.position(self.account, 1, credential)
    }
    pub fn is_open(&self, id: OrderId) -> bool {
        self.state.book.orders.contains_key(&id)
    }
}

fn word(events: &[Event]) -> Word {
    let of_one = |event: &Event| match event {
        Event::Order(working::Event::Admitted { .. }) => Some("admitted"),
        Event::Order(working::Event::Held { .. }) => Some("held"),
        Event::Order(working::Event::ReplaceAdmitted { .. }) => Some("changed"),
        Event::Order(working::Event::Ended { how: Ended::RefusedWhenGranted, .. }) => Some("refused when granted"),
        _ => None,
    };
    events.iter().find_map(of_one).unwrap_or("something else")
}
