//! History: one seed, played to its end: a program that trades, upstream in bad weather, processes that die, and
//! then calm, in which everything is compared.

use super::check;
use super::gate::{Crash, Gate, near};
use super::plan::{Dice, Weather};
use super::seen::Seen;
use super::upstream::{ACCOUNT, Break, CONTRACT, Upstream, market};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::id::OrderId;
use kernel::kill_switch::{Level, Resting};
use kernel::money::{Price, Quantity};
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce, Trail};
use kernel::ties::Ties;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use service::Clock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::FaultyStore;
use venue::Venue;
use venue::history::{BarsQuery, Show, Size, Span};

/// 2026-09-21 13:06:40 UTC: no history reaches midnight.
const START: Timestamp = Timestamp(1_790_000_000_000);
const PAUSE: u64 = 35_000;
/// A pause before it connects again, a connection without a word, and lists that are asked for again.
const LONGEST_WITHOUT_ORDERS: u64 = 75_000;
/// Of one order.
pub const MOST_SHARES: u64 = 28;
/// Of one process, in virtual time.
const LONGEST: Duration = Duration::from_secs(1_200);

/// What a history came to, for whoever sums them up.
#[derive(Debug, Default)]
pub struct Tally {
    pub orders: usize,
    pub executions: usize,
    pub unknown: usize,
    pub faults: BTreeMap<&'static str, u64>,
}

pub struct History {
    pub dice: Dice,
    pub upstream: Arc<Upstream>,
    pub store: FaultyStore,
    weather: Weather,
    left: u64,
    number: i32,
    by_hand: u32,
    /// The program has engaged the account's switch by then.
    pub killed: bool,
    /// What rested then, each of which it cancels.
    pub rested: BTreeSet<OrderId>,
    /// It asks for previews and bars too.
    asks: bool,
    kills_at: Option<u64>,
}

/// So close that some of them are met.
fn trailing(dice: &mut Dice) -> Kind {
    let cents = i64::try_from(dice.between(20, 300)).unwrap();
    Kind::TrailingStop { trail: Trail::Amount(Price::from_units(cents * 1_000_000)), stop_px: None }
}

/// Whole histories only: the error says what did not hold.
pub fn play(seed: u64) -> Result<Tally, String> {
    let mut dice = Dice::new(seed.wrapping_mul(31).wrapping_add(7));
    let upstream = Upstream::new(seed, START);
    let weather = upstream.hold().weather.clone();
    let left = dice.between(3, 30);
    let kills_at = dice.chance(200).then(|| dice.below(left));
    let store = FaultyStore::new();
    let (number, by_hand, killed, rested) = (0, 0, false, BTreeSet::new());
    // One in four, so that the others are what they were before there were questions.
    let asks = seed % 4 == 2;
    let mut history = History { dice, upstream, store, weather, left, number, by_hand, killed, rested, asks, kills_at };
    while !history.life()? {
        history.store = history.store.crash();
    }
    let seen = std::mem::take(&mut history.upstream.hold().seen);
    history.tally(seen)
}

impl History {
    fn tally(&self, seen: Seen) -> Result<Tally, String> {
        if let Some(wrong) = seen.wrong.first() {
            return Err(format!("{wrong} ({} such)", seen.wrong.len()));
        }
        let mut tally = Tally { orders: seen.orders.len(), faults: seen.faults, ..Tally::default() };
        check::count(self, &mut tally);
        Ok(tally)
    }

    /// One process of the gate, from its start to its crash, or to the end of all. True when it is the end.
    fn life(&mut self) -> Result<bool, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let ended = runtime.block_on(async {
            let lived = tokio::time::timeout(LONGEST, self.lived()).await;
            // Time outside of the runtime is another one.
            self.upstream.clock.end();
            lived.unwrap_or_else(|_| Err("it does not come to an end".to_owned()))
        });
        self.upstream.hold().weather = self.weather.clone();
        drop(runtime);
        ended
    }

    async fn lived(&mut self) -> Result<bool, String> {
        self.upstream.clock.begin();
        self.upstream.boot().await;
        self.upstream.raise_ghosts().await;
        tokio::spawn(market(Arc::clone(&self.upstream)));
        let mut gate = Gate::start(&self.store, &self.upstream).await;
        let traded = self.trade(&mut gate).await;
        let calm = match traded {
            Ok(()) => self.calm(&mut gate).await,
            Err(crash) => Err(crash),
        };
        let Ok(calm) = calm else {
            self.upstream.hold().seen.fault("crash of the gate");
            return Ok(false);
        };
        calm?;
        check::all(self, &gate)?;
        // Whoever reads the journal from its beginning finds the same.
        let before = gate.actor.read(|state| state.book.clone());
        let (clock, store) = (Arc::clone(&self.upstream.clock), self.store.crash());
        drop(clock);
        self.store = store;
        check::same_when_read_again(&gate, &mut self.store, &before)?;
        Ok(true)
    }

    async fn trade(&mut self, gate: &mut Gate) -> Result<(), Crash> {
        gate.pass(1_500).await?;
        while self.left > 0 {
            self.left -= 1;
            self.bad_weather(gate).await?;
            if self.kills_at == Some(self.left) {
                self.kill(gate).await?;
            }
            if self.asks && self.dice.chance(400) {
                self.ask(gate);
            }
            match self.dice.below(100) {
                0..=69 if self.upstream.hold().is_to_be_a_family() => self.place_family(gate),
                0..=69 => self.place(gate),
                70..=81 => self.change(gate),
                _ => self.cancel(gate),
            }
            let pause = if self.dice.chance(500) { self.dice.below(15) } else { self.dice.between(20, 1_500) };
            gate.pass(pause).await?;
        }
        Ok(())
    }

    async fn bad_weather(&mut self, gate: &mut Gate) -> Result<(), Crash> {
        let weather = self.weather.clone();
        if self.dice.chance(weather.restart) {
            self.upstream.hold().seen.fault("restart of the broker");
            self.upstream.die();
            let down = self.dice.between(10, 8_000);
            if self.dice.chance(600) {
                self.place(gate);
            }
            gate.pass(down).await?;
            self.upstream.boot().await;
        }
        if self.dice.chance(weather.cut_off) {
            let (cut, back) = (1_100, if self.dice.chance(500) { 1_101 } else { 1_102 });
            if !*self.upstream.cut_off.borrow() {
                self.upstream.say(cut);
                self.upstream.cut_off.send_replace(true);
            } else {
                self.upstream.cut_off.send_replace(false);
                self.upstream.say(back);
            }
        }
        if self.dice.chance(weather.break_off) {
            let how = self.dice.pick(&[Break::Both, Break::HalfFrame, Break::Lingering]).copied();
            self.upstream.break_off(how.unwrap_or(Break::Both));
        }
        if self.dice.chance(weather.crash) && gate.dies_after.is_none() {
            gate.dies_after = Some(self.dice.below(6));
        }
        if self.dice.chance(weather.manual) {
            self.trade_by_hand().await;
        }
        Ok(())
    }

    /// Somebody trades on the same account at the TWS itself.
    async fn trade_by_hand(&mut self) {
        let Some(broker) = self.upstream.broker() else { return };
        self.by_hand += 1;
        let side = if self.dice.chance(700) { paper::Side::Buy } else { paper::Side::Sell };
        if side == paper::Side::Sell {
            self.upstream.hold().seen.sold_by_hand = true;
        }
        self.upstream.hold().seen.fault("by hand");
        let order = paper::Order {
            reference: format!("{}:{}", if self.dice.chance(500) { 0 } else { 5 }, self.by_hand),
            account: ACCOUNT.to_owned(),
            con_id: u32::try_from(CONTRACT).unwrap(),
            side,
            quantity: Decimal::from(self.dice.between(1, 5)),
            kind: paper::Kind::Market,
            tif: paper::Tif::Day,
            label: String::new(),
            outside_hours: false,
            parent: None,
            parked: false,
            group: None,
        };
        broker.tell(paper::Command::Submit(order), self.upstream.clock.now()).await.unwrap();
    }

    fn terms(&mut self, gate: &Gate, side: Side) -> Terms {
        let cents = gate
            .venue
            .quote(i64::from(CONTRACT), self.upstream.clock.now())
            .map_or(23_000, |quote| quote.bid.units() / 1_000_000);
        // Some are filled at once, some rest; each a different price, so that none is a duplicate.
        let away = match side {
            Side::Buy => near(&mut self.dice, cents, -250, 60),
            Side::Sell => near(&mut self.dice, cents, -60, 250),
        };
        let price = Price::from_units((away * 100 + i64::from(self.number % 100)) / 100 * 1_000_000);
        Terms {
            account: gate.account(),
            instrument: gate.instrument.clone(),
            side,
            order_qty: Quantity::parse(&self.dice.between(1, MOST_SHARES).to_string()).unwrap(),
            kind: Kind::Limit { price },
            time_in_force: if self.dice.chance(500) { TimeInForce::Day } else { TimeInForce::GoodTillCancel },
            outside_hours: false,
            label: String::new(),
            ties: Ties::default(),
        }
    }

    fn place(&mut self, gate: &Gate) {
        self.number += 1;
        let side = if self.dice.chance(650) { Side::Buy } else { Side::Sell };
        let terms = self.terms(gate, side);
        let client_ref = ClientRef { client_id: 1, order_id: self.number };
        drop(gate.program(Command::Place { client_ref, terms }));
    }

    /// A purchase with a profit to take and a stop that trails: sent together, and one cancels or reduces the other.
    fn place_family(&mut self, gate: &Gate) {
        self.upstream.hold().seen.fault("family");
        let parent = self.number + 1;
        let mut order_qty = None;
        for part in 0..3 {
            self.number += 1;
            let mut terms = self.terms(gate, if part == 0 { Side::Buy } else { Side::Sell });
            terms.order_qty = *order_qty.get_or_insert(terms.order_qty);
            if part == 2 {
                terms.kind = trailing(&mut self.dice);
            }
            terms.ties = Ties { parent: (part > 0).then_some(parent), parked: part < 2, group: None };
            let client_ref = ClientRef { client_id: 1, order_id: self.number };
            drop(gate.program(Command::Place { client_ref, terms }));
        }
    }

    fn some_open(&mut self, gate: &Gate) -> Option<(ClientRef, Terms)> {
        let mut open: Vec<(ClientRef, Terms)> = gate.actor.read(|state| {
            let orders = state.book.orders.values();
            orders.map(|order| (order.client_ref, order.terms.clone())).collect()
        });
        // Not by their ids, which are random even where the seed is the same.
        open.sort_by_key(|(client_ref, _)| client_ref.order_id);
        self.dice.pick(&open).cloned()
    }

    /// What an order would do, or past prices: nobody waits for the answer.
    fn ask(&mut self, gate: &Gate) {
        self.number += 1;
        let terms = self.terms(gate, Side::Buy);
        let (venue, now) = (Arc::clone(&gate.venue), self.upstream.clock.now());
        if self.dice.chance(600) {
            self.upstream.hold().seen.fault("preview");
            tokio::spawn(async move { drop(venue.what_if(ACCOUNT.to_owned(), terms, now).await) });
        } else {
            let (span, size) = (Span::parse("3600 S").unwrap(), Size::parse("1 min").unwrap());
            let contract_id = i64::from(CONTRACT);
            let query = BarsQuery { contract_id, end: now, span, size, show: Show::Trades, regular_hours: false };
            tokio::spawn(async move { drop(venue.bars(query, now).await) });
        }
    }

    fn change(&mut self, gate: &Gate) {
        let Some((client_ref, old)) = self.some_open(gate) else { return };
        let side = old.side;
        let Terms { order_qty, mut kind, .. } = self.terms(gate, side);
        if old.kind.trail().is_some() {
            kind = trailing(&mut self.dice);
        }
        // What was parked is sent by now.
        let ties = Ties { parked: false, ..old.ties.clone() };
        drop(gate.program(Command::Place { client_ref, terms: Terms { order_qty, kind, ties, ..old } }));
    }

    fn cancel(&mut self, gate: &Gate) {
        let Some((client_ref, _)) = self.some_open(gate) else { return };
        drop(gate.program(Command::Cancel { client_ref }));
    }

    async fn kill(&mut self, gate: &mut Gate) -> Result<(), Crash> {
        let level = Level::Account(gate.account());
        let engage = Command::Engage { level, resting: Resting::CancelAll };
        self.rested = gate.actor.read(|state| state.book.orders.keys().copied().collect());
        drop(gate.actor.submit(By::Local { uid: 0 }, engage));
        self.upstream.hold().seen.fault("kill switch");
        gate.pass(50).await?;
        self.killed = gate.actor.read(|state| !state.customer.kills.is_empty());
        Ok(())
    }

    /// Nothing is wrong any more: orders are taken again, and all holds. Then one connection is made in which all is
    /// asked again.
    async fn calm(&mut self, gate: &mut Gate) -> Result<Result<(), String>, Crash> {
        self.upstream.hold().weather = Weather::default();
        if self.upstream.cut_off.send_replace(false) {
            self.upstream.say(1_102);
        }
        let mut waited = 0;
        while gate.venue.reach().lost {
            if waited > LONGEST_WITHOUT_ORDERS {
                return Ok(Err("orders are refused although nothing is wrong any more".to_owned()));
            }
            waited += 500;
            gate.pass(500).await?;
        }
        // What was on its way has come, and upstream was asked again: that is so every minute. All that is held has been told
        // anew, which is so after four; what it holds and no fill explains has been seen, and is known a minute later.
        gate.pass(400_000).await?;
        self.killed = gate.actor.read(|state| !state.customer.kills.is_empty());
        if let Err(why) = self.takes_an_order(gate).await? {
            return Ok(Err(why));
        }
        if let Err(why) = check::all(self, gate) {
            return Ok(Err(format!("without another connection: {why}")));
        }
        self.upstream.break_off(Break::Both);
        gate.pass(PAUSE).await?;
        Ok(Ok(()))
    }

    /// The guard may have its reasons; that the venue is lost is none of them any more, and what it admits arrives.
    async fn takes_an_order(&mut self, gate: &mut Gate) -> Result<Result<(), String>, Crash> {
        self.number += 1;
        let terms = Terms { order_qty: Quantity::parse("1").unwrap(), ..self.terms(gate, Side::Buy) };
        let client_ref = ClientRef { client_id: 1, order_id: self.number };
        let mut answer = gate.program(Command::Place { client_ref, terms });
        gate.pass(4_000).await?;
        Ok(match answer.try_recv() {
            Ok(Ok(_)) => {
                self.upstream.hold().seen.fault("order at the end");
                Ok(())
            }
            Ok(Err(service::No::Refused { refusal, .. })) if refusal.code() != "venue_lost" => Ok(()),
            other => Err(format!("an order at the end is not taken: {other:?}")),
        })
    }
}
