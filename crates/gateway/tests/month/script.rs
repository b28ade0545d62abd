//! Script: the days one after the other: sessions by the minute, nights with their restarts, and what the owner does.

use super::bots::{FUNDS, MINUTES, Rebalancer, Reverter, SHARED};
use super::broker::{ACCOUNT, Tws};
use super::check;
use super::client::Client;
use super::house::House;
use super::plan::{Plan, at, is_weekend, tomorrow};
use super::turn::{STEP_MS, Turned, drive, pass, skip};
use crate::world::free_port;
use jiff::civil::Date;
use kernel::command::Command;
use kernel::id::CredentialId;
use kernel::kill_switch::Level;
use kernel::limits::Limits;
use kernel::money::Amount;
use kernel::scope::{Scope, Scopes};
use kernel::time::Timestamp;
use service::Clock;
use service::credential::{Made, Wanted};
use service::usage::Usage;
use std::path::Path;
use std::sync::Arc;
use venue::Venue;

const DAY_MS: i64 = 86_400_000;
const CHUNK_MS: i64 = 600_000;
/// What the wild bot sends before somebody stops it.
const MISTAKES: u32 = 300;
const MISTAKE_AT: u32 = 120;
const SEEN_AT: u32 = 124;
pub const RENEWED_AT: u32 = 20;
const KILL_AT: u32 = 200;
const RELEASED_AT: u32 = 260;
const LEAVES_AT: u32 = 340;
const INTERRUPTED_AT: u32 = 346;

/// What was counted on the way, beside the journal.
#[derive(Debug, Default)]
pub struct Noted {
    /// Of each week: connections of the gate to the TWS that were lost.
    pub losses: Vec<u64>,
    pub used: Vec<(&'static str, Usage)>,
    pub limits: Vec<(&'static str, Limits)>,
    /// Of the mistake: orders that were said, and those that reached the TWS.
    pub mistakes: (u32, usize),
    pub evenings: usize,
    /// Times that a bot was not let in.
    pub turned_away: u32,
}

pub struct Month {
    plan: Plan,
    clock: Arc<Turned>,
    pub tws: Arc<Tws>,
    pub house: House,
    pub slow: Rebalancer,
    pub quick: Reverter,
    /// Their API credentials of now.
    pub slow_id: CredentialId,
    pub quick_id: CredentialId,
    pub noted: Noted,
}

fn amount(text: &str) -> Option<Amount> {
    Amount::parse(text).ok()
}

fn wanted(name: &str, instruments: &[&str], port: u16, limits: Limits) -> Wanted {
    let scopes = [Scope::AccountRead, Scope::MarketRead, Scope::OrderSubmit, Scope::OrderCancel];
    Wanted {
        name: name.to_owned(),
        scopes: Some(Scopes::of(&scopes)),
        accounts: vec![ACCOUNT.to_owned()],
        instruments: instruments.iter().map(|symbol| format!("{symbol}/USD")).collect(),
        limits,
        listen: Some(port.to_string()),
        ..Wanted::default()
    }
}

impl Month {
    /// Early on the first day: the gate is up, and both bots are at their listeners, watched.
    pub async fn begin(plan: Plan, directory: &Path) -> Self {
        let clock = Arc::new(Turned::at(at(plan.first, 8, 0)));
        let tws = Tws::new(Arc::clone(&clock), free_port());
        tws.boot().await;
        let house = House::open(directory, &tws, Arc::clone(&clock)).await;
        let tiny = Limits { order_value: amount("1"), day_value: amount("1"), ..Limits::NONE };
        let mut made: Vec<(Made, u16)> = Vec::new();
        for (name, instruments) in [("rebalancer-try", &FUNDS[..]), ("reverter-try", &[SHARED][..])] {
            let port = free_port();
            let expires_at = Some(clock.now().plus_ms(14 * DAY_MS));
            let wanted = Wanted { observe: true, expires_at, ..wanted(name, instruments, port, tiny) };
            made.push((house.create(&wanted).await, port));
        }
        let slow = Rebalancer::new(Client::new(made[0].1, FUNDS.to_vec()));
        let quick = Reverter::new(Client::new(made[1].1, vec![SHARED]));
        let (slow_id, quick_id) = (made[0].0.id, made[1].0.id);
        Self { plan, clock, tws, house, slow, quick, slow_id, quick_id, noted: Noted::default() }
    }

    pub async fn play(&mut self) {
        let days = self.plan.trading_days();
        for (number, day) in days.iter().copied().enumerate() {
            self.until(at(day, 9, 29)).await;
            assert!(!self.house.venue.reach().lost, "on {day} the TWS is there before the market opens");
            self.session(number, at(day, 9, 30)).await;
            self.until(at(day, 16, 30)).await;
            let week = number / 5;
            self.noted.losses.resize(week + 1, 0);
            self.noted.losses[week] = self.house.venue.reach().losses;
            check::evening(self, day);
            self.noted.evenings += 1;
            if number + 1 == self.plan.observed {
                self.enforce(day).await;
            }
            if number + 1 < days.len() {
                self.night(number, day).await;
            }
        }
        // What rests over night would rest on.
        self.until(self.clock.now().plus_ms(CHUNK_MS)).await;
    }

    async fn hear(&mut self) {
        for client in [&mut self.slow.client, &mut self.quick.client] {
            client.hear();
            if !client.is_connected() && !drive(client.connect()).await {
                // It tries again in a minute.
                self.noted.turned_away += 1;
            }
        }
    }

    /// Nobody trades: in the ten minutes that are left out, what is due is due at their end.
    async fn until(&mut self, moment: Timestamp) {
        while self.clock.now() < moment {
            let left = moment.since(self.clock.now()).min(CHUNK_MS);
            skip(u64::try_from(left).unwrap()).await;
            self.slow.client.hear();
            self.quick.client.hear();
            if left == CHUNK_MS {
                pass(2 * STEP_MS).await;
            }
        }
    }

    async fn session(&mut self, number: usize, opens: Timestamp) {
        self.hear().await;
        if number == self.plan.wild {
            self.noted.mistakes.0 = MISTAKES;
        }
        for minute in 0..MINUTES {
            self.until(opens.plus_ms(i64::from(minute) * 60_000)).await;
            pass(4 * STEP_MS).await;
            self.owner(number, minute).await;
            self.hear().await;
            self.slow.minute(minute).await;
            if number == self.plan.wild && (MISTAKE_AT..SEEN_AT).contains(&minute) {
                self.mistake(minute).await;
            } else {
                self.quick.minute(minute).await;
            }
            if number == self.plan.interrupted && minute == INTERRUPTED_AT {
                self.interrupted().await;
            }
            for _ in 0..8 {
                pass(STEP_MS).await;
                self.slow.client.hear();
                self.quick.client.hear();
            }
            check::minute(self);
        }
    }

    async fn mistake(&mut self, minute: u32) {
        if minute == MISTAKE_AT {
            self.quick.wild = MISTAKES;
        }
        let before = self.slow.client.held(FUNDS[1]);
        self.slow.top_up(minute).await;
        for _ in 0..16 {
            self.quick.run_wild(minute).await;
            pass(STEP_MS).await;
            self.hear().await;
        }
        assert!(self.slow.client.held(FUNDS[1]) > before, "the other one trades on");
    }

    /// TWS is gone with orders on their way, and is started again a minute later.
    async fn interrupted(&mut self) {
        pass(STEP_MS).await;
        self.tws.end();
        for _ in 0..40 {
            pass(4 * STEP_MS).await;
            self.slow.client.hear();
            self.quick.client.hear();
        }
        assert!(self.slow.client.lost && self.quick.client.lost, "both bots were told 1100");
        self.tws.boot().await;
    }

    /// What a person does on the days on which something happens.
    async fn owner(&mut self, number: usize, minute: u32) {
        let plan = self.plan;
        if number + 1 == plan.observed && minute == LEAVES_AT {
            // What it holds would stay the part of the credential that bought it.
            self.slow.leaves = true;
        }
        if number == plan.wild && minute == SEEN_AT {
            let told = self.tws.told();
            let since = self.clock.now().minus_ms(i64::from(SEEN_AT - MISTAKE_AT + 1) * 60_000);
            let own = self.of(self.quick_id);
            self.noted.mistakes.1 = told.iter().filter(|one| one.at >= since && own(&one.reference)).count();
            self.quick.wild = 0;
            self.quick.client.hang_up();
            // It was stopped by its fills of one minute; mended, it may go on, and sell what it holds.
            self.house.ask(Command::Rearm { credential: self.quick_id }).await;
        }
        if number == plan.expired && minute == RENEWED_AT {
            self.renew().await;
        }
        if number == plan.killed && minute == KILL_AT {
            self.house.kill(Level::Customer).await;
        }
        if number == plan.killed && minute == RELEASED_AT {
            self.house.release(Level::Customer).await;
        }
    }

    fn of(&self, id: CredentialId) -> impl Fn(&str) -> bool + use<> {
        let own = self.house.actor.read(|state| {
            let book = &state.book;
            let ended = book.day.ended.iter().map(|(order, _)| order);
            let own = book.orders.values().chain(ended).filter(|order| order.credential == id);
            own.map(|order| order.id.to_string()).collect::<Vec<_>>()
        });
        move |reference| own.iter().any(|id| id == reference)
    }

    /// The credential has expired in the night; the bot is let in no more. Its successor listens at the same port.
    async fn renew(&mut self) {
        assert!(!self.quick.client.is_connected(), "a program whose credential has expired is not let in");
        let (old, limits, port) = (self.quick_id, self.house.limits(self.quick_id), self.quick.client.port);
        self.house.revoke(old).await;
        self.quick.client.hang_up();
        self.quick_id = self.house.create(&wanted("reverter-2", &[SHARED], port, limits)).await.id;
        self.slow.client.secret = Some(self.house.rotate(self.slow_id).await);
    }
}

impl Month {
    /// After the last day of watching: what was used at most, twice, is what is stated from now on.
    async fn enforce(&mut self, day: Date) {
        let since = at(self.plan.first, 0, 0);
        let (slow, quick) = (self.slow_id, self.quick_id);
        let slow_used = self.house.usage(slow, since).await;
        let quick_used = self.house.usage(quick, since).await;
        for id in [slow, quick] {
            self.house.revoke(id).await;
        }
        self.slow.client.hang_up();
        self.quick.client.hang_up();
        let limits = (slow_used.twice(), quick_used.twice());
        let expires_at = Some(at(self.expires_on(), 2, 0));
        let secret = true;
        let rebalancer = wanted("rebalancer", &FUNDS, self.slow.client.port, limits.0);
        let reverter = wanted("reverter", &[SHARED], self.quick.client.port, limits.1);
        let made = self.house.create(&Wanted { secret, ..rebalancer }).await;
        (self.slow_id, self.slow.client.secret) = (made.id, made.secret);
        self.quick_id = self.house.create(&Wanted { expires_at, cancel_on_disconnect: true, ..reverter }).await.id;
        let account = Command::SetAccountLimits {
            id: self.house.account(),
            limits: Limits {
                day_value: amount("900000"),
                open_value: amount("250000"),
                day_loss: amount("10000"),
                ..Limits::NONE
            },
            read: None,
        };
        self.house.ask(account).await;
        (self.slow.leaves, self.noted.limits) = (false, vec![("rebalancer", limits.0), ("reverter", limits.1)]);
        self.noted.used = vec![("rebalancer-try", slow_used), ("reverter-try", quick_used)];
        assert!(self.clock.now() > at(day, 16, 0));
    }

    fn expires_on(&self) -> Date {
        self.plan.trading_days()[self.plan.expired]
    }

    /// 23:45 TWS restarts; 00:20 its own connection is reset; on Sunday it wants a person, who comes on Monday.
    async fn night(&mut self, number: usize, day: Date) {
        let next = self.plan.trading_days()[number + 1];
        let mut night = day;
        while night < next {
            let morning = tomorrow(night);
            if is_weekend(morning) && !is_weekend(tomorrow(morning)) {
                // Sunday morning: signed out, until Monday.
                self.until(at(morning, 1, 0)).await;
                self.tws.end();
                self.until(at(next, 8, 40)).await;
                self.tws.boot().await;
                pass(120_000).await;
                return;
            }
            self.until(at(night, 23, 45)).await;
            self.tws.end();
            pass(90_000).await;
            self.tws.boot().await;
            pass(60_000).await;
            self.until(at(morning, 0, 20)).await;
            self.tws.cut_off();
            pass(120_000).await;
            self.tws.back(if number.is_multiple_of(2) { 1_102 } else { 1_101 });
            pass(30_000).await;
            night = morning;
        }
    }
}
