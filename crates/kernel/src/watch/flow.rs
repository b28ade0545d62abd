//! What usually goes through a credential or a person's ticket: instruments, sizes, rates, hours, refusals, connections.

use super::heat::{BIT, Heat};
use super::signal::Signal;
use super::sitting::Sitting;
use super::usual::{Daily, Hours, Known, Novelty, Pace, Sizes, Surge, rarity, tail};
use super::{Asked, Deed, Observation, Place};
use crate::time::Timestamp;
use alloc::vec::Vec;

const MINUTE_MS: i64 = 60_000;
const BURST_MS: i64 = 10 * MINUTE_MS;
/// Days with orders, and orders, before which nothing is said of rates and sizes.
const LEARNED_DAYS: u32 = 2;
const LEARNED_ORDERS: u32 = 3;
const DAY_MS: i64 = 86_400_000;
const SPELL_MS: i64 = 10 * DAY_MS;
/// What was new within this time is young, and so much is counted of it.
const YOUNG_MS: i64 = 14 * DAY_MS;
const YOUNG: usize = 6;
/// What is about this rare happens all the time, and counts nothing; among many orders more is.
const ORDINARY: i32 = BIT;
/// Programs that are heard of in a day, of one credential.
const CLIENTS_A_DAY: u8 = 16;
/// Refusals kept to count a burst by.
const BURST: usize = 16;

/// An instrument that is new: since when and which order, and how often it was bought again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Young {
    instrument: u64,
    since: Timestamp,
    order: u32,
    again: u32,
    known: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    by_hand: bool,
    pub pace: Pace,
    instruments: Known<64>,
    /// Of days with orders: those on which an instrument was new.
    new_days: Novelty<4>,
    new_today: u8,
    /// What was new within two weeks.
    young: Vec<Young>,
    /// Of what is no longer young: how many there were, and how often they were bought again.
    grown: u32,
    grown_again: u32,
    /// All orders.
    count: u32,
    /// Of the orders: those that were refused.
    refusing: Novelty<32>,
    refused_today: u16,
    /// By hand: days with orders, the further orders of such a day, and those of a spell of ten days.
    trading_days: u16,
    in_a_day: Surge,
    in_a_spell: Surge,
    spell: Option<Timestamp>,
    /// When the spell began: days with orders, and the further orders of such days.
    usual_burst: (u16, u32),
    sizes: Sizes,
    orders: Daily,
    hours: Hours,
    sitting: Sitting,
    /// Whether the last order was in what is young.
    last_young: bool,
    refused: Vec<Timestamp>,
    same: Option<(Asked, u8)>,
    networks: Known<8>,
    clients: Known<4>,
    new_network: Novelty<16>,
    new_client: Novelty<16>,
    networks_today: u8,
    /// Connections of programs that were new on the day.
    clients_today: u8,
    pub heat: Heat,
}

/// Whose orders come several at a time has days and weeks with many: that many times fewer bits.
fn of_bursts((days, further): (u16, u32), bits: i32) -> i32 {
    let days = i64::from(days) + 1;
    i32::try_from(i64::from(bits) * days / (days + i64::from(further))).unwrap_or(0)
}

/// How rare it is to buy something new again so often, for whoever did it that often with so many others (a Poisson
/// rate that is learned; the prior is once with every second).
fn bought_again(times: u32, (others, again): (u32, u32)) -> i32 {
    let (of, before) = (others.saturating_add(2), again.saturating_add(1));
    (0..times.min(100)).map(|n| rarity((n + 1).saturating_mul(of), before.saturating_add(n))).sum()
}

impl Flow {
    /// By a person's own hand.
    pub fn by_hand() -> Self {
        Self { by_hand: true, ..Self::default() }
    }

    pub fn observe(&mut self, seen: &Observation) {
        let at = seen.at;
        self.heat.fade(at);
        if self.pace.note(at) {
            self.turn();
        }
        match seen.deed {
            Deed::Ordered { instrument, value, reduces, refused } => {
                self.ordered(at, instrument, value, reduces);
                self.refusing.note(false);
                if let Some(asked) = refused {
                    self.refusal(at, asked);
                }
            }
            Deed::Rejected { asked } => self.refusal(at, asked),
            Deed::Connected { place, client } => self.connected(at, place, client),
            Deed::ConnectRefused { place } => {
                let known = place.network.is_none_or(|network| self.networks.has(network));
                self.heat.add(at, Signal::CredentialRefused, if known { BIT / 4 } else { 3 * BIT });
            }
            // Whoever has the secret and is not the owner's program: nothing more has to be seen.
            Deed::SecretElsewhere => self.heat.add(at, Signal::SecretElsewhere, Signal::SecretElsewhere.cap()),
            Deed::Failed { .. }
            | Deed::SignedIn { .. }
            | Deed::InUse { .. }
            | Deed::DeviceBound { .. }
            | Deed::Widened { .. }
            | Deed::Asked { .. } => {}
        }
    }

    fn turn(&mut self) {
        let traded = self.orders.today > 0;
        if traded {
            self.new_days.note(self.new_today > 0);
        }
        self.orders.turn();
        if traded {
            self.in_a_day.turn(1);
        }
        (self.new_today, self.networks_today, self.clients_today) = (0, 0, 0);
        self.same = None;
        self.refused_today = 0;
        self.trading_days = self.trading_days.saturating_add(u16::from(traded));
    }

    fn ordered(&mut self, at: Timestamp, instrument: u64, value: Option<u64>, reduces: bool) {
        self.orders.today += 1;
        self.count = self.count.saturating_add(1);
        self.sitting.opens(at);
        let new = self.instruments.see(instrument, at);
        if new {
            self.new_today = self.new_today.saturating_add(1);
            let more = i32::from(self.new_today) - 1;
            self.heat.raise(at, Signal::NewInstrument, self.new_days.bits() + more * BIT - ORDINARY / 2);
            self.is_young(at, instrument);
        }
        self.once_more(at, instrument, reduces);
        if self.by_hand {
            self.hand(at);
        }
        self.sits(at, instrument, new);
        let signal = if self.by_hand { Signal::OddHour } else { Signal::OffHours };
        self.heat.raise(at, signal, self.hours.bits(at));
        if let Some(value) = value.filter(|_| self.sizes.count() >= LEARNED_ORDERS) {
            // Two and a half usual deviations are ordinary among many orders; each further one counts a bit and a half.
            self.heat.raise(at, Signal::OrderSize, (self.sizes.above(value) * 2 - 5 * 16) * BIT * 3 / 4 / 16);
        }
        if !self.by_hand {
            self.heat.raise(at, Signal::OrderRate, self.orders.bits(LEARNED_DAYS) - 2 * ORDINARY);
        }
        self.hours.note(at);
        if let Some(value) = value {
            self.sizes.note(value);
        }
    }

    fn sits(&mut self, at: Timestamp, instrument: u64, new: bool) {
        let young = self.young.iter().find(|one| one.instrument == instrument).map(|one| one.since);
        let young = young.filter(|since| at.since(*since) < YOUNG_MS);
        self.last_young = young.is_some();
        self.sitting.ordered(at, new, young, &mut self.heat);
        let of_the_day = (self.orders.today == 1, new && self.new_today == 1);
        self.sitting.day(at, of_the_day, self.new_days.rate(), &mut self.heat);
    }

    /// What was bought for the first time, from now on.
    fn is_young(&mut self, at: Timestamp, instrument: u64) {
        let old = self.young.iter().filter(|young| at.since(young.since) >= YOUNG_MS).count();
        let gone = if self.young.len().saturating_sub(old) >= YOUNG { old + 1 } else { old };
        for young in self.young.drain(..gone) {
            self.grown = self.grown.saturating_add(1);
            self.grown_again = self.grown_again.saturating_add(young.again);
        }
        let known = self.instruments.count();
        self.young.push(Young { instrument, since: at, order: self.count, again: 0, known });
    }

    /// A person buys what is new once, and another time something else.
    fn once_more(&mut self, at: Timestamp, instrument: u64, reduces: bool) {
        let count = self.count;
        // Whoever has many that are new buys one of them again sooner.
        let many = rarity(u32::try_from(self.young.len()).unwrap_or(0), 1);
        let young = self.young.iter_mut().find(|one| one.instrument == instrument && one.order != count && !reduces);
        if let Some(young) = young.filter(|one| at.since(one.since) < YOUNG_MS) {
            young.again = young.again.saturating_add(1);
            // As if all that is known were bought alike: how rare so many of one are among the orders since.
            let (known, since) = (young.known + 1, count.saturating_sub(young.order).max(1));
            let bits = tail(young.again, since, (known, 1)) - many;
            self.heat.raise(at, Signal::OneInstrument, bits);
            let again = young.again;
            let bits = bought_again(again, self.others(instrument));
            self.heat.raise(at, Signal::BoughtAgain, bits);
        }
    }

    /// Of what else was ever new: how many there were, and how often they were bought again.
    fn others(&self, instrument: u64) -> (u32, u32) {
        let others = self.young.iter().filter(|one| one.instrument != instrument);
        others.fold((self.grown, self.grown_again), |(of, again), one| {
            (of.saturating_add(1), again.saturating_add(one.again))
        })
    }

    /// How seldom there are orders at all, and how many there are now.
    fn hand(&mut self, at: Timestamp) {
        let days = self.pace.days(at);
        self.heat.raise(at, Signal::SeldomTrades, rarity(days + 4, u32::from(self.trading_days) + 1) - ORDINARY);
        let began = *self.spell.get_or_insert(at);
        let spells = at.since(began).div_euclid(SPELL_MS);
        if spells > 0 {
            self.in_a_spell.turn(u32::try_from(spells).unwrap_or(0));
            self.spell = Some(at);
            self.usual_burst = (self.trading_days, self.in_a_day.before());
        }
        self.in_a_spell.note();
        // The first of a day is no further one.
        if self.orders.today > 1 {
            self.in_a_day.note();
        }
        if u32::from(self.trading_days) >= LEARNED_DAYS {
            self.heat.raise(
                at,
                Signal::OrderRate,
                of_bursts((self.trading_days, self.in_a_day.before()), self.in_a_day.bits()) - ORDINARY,
            );
        }
        if self.in_a_spell.spans() > 0 {
            self.heat.raise(at, Signal::OrderSpell, of_bursts(self.usual_burst, self.in_a_spell.bits()) - ORDINARY);
        }
    }

    /// More of a day's orders than usual, many in ten minutes, or the very same again.
    fn refusal(&mut self, at: Timestamp, asked: Asked) {
        self.refused_today = self.refused_today.saturating_add(1);
        if self.last_young {
            Sitting::refused(at, &mut self.heat);
        }
        let of = u32::try_from(self.orders.today).unwrap_or(u32::MAX);
        let bits = tail(self.refused_today.into(), of, self.refusing.rate());
        self.heat.raise(at, Signal::RefusedOften, bits - ORDINARY);
        self.refusing.mark(true);
        self.refused.retain(|before| at.since(*before) < BURST_MS);
        if self.refused.len() >= BURST {
            self.refused.remove(0);
        }
        self.refused.push(at);
        if self.refused.len() >= 5 {
            self.heat.raise(at, Signal::Refusals, 3 * BIT);
        }
        if self.refused.len() >= 10 {
            self.heat.raise(at, Signal::Refusals, 6 * BIT);
        }
        let times = match self.same {
            Some((same, times)) if same == asked => times.saturating_add(1),
            _other => 1,
        };
        self.same = Some((asked, times));
        if times >= 2 {
            self.heat.add(at, Signal::SameRefused, if times == 2 { 2 * BIT } else { 3 * BIT });
        }
    }

    fn connected(&mut self, at: Timestamp, place: Place, client: u64) {
        let first = self.clients == Known::default();
        let (rare_network, rare_client) = (self.new_network.bits(), self.new_client.bits());
        let network = place.network.is_some_and(|network| self.networks.see(network, at));
        let program = self.clients.see(client, at);
        self.new_network.note(network);
        self.new_client.note(program);
        if network {
            self.networks_today = self.networks_today.saturating_add(1);
        }
        if program {
            self.clients_today = self.clients_today.saturating_add(1);
        }
        if first {
            return;
        }
        if network {
            self.heat.raise(at, Signal::CredentialNetwork, rare_network);
        }
        if program {
            self.heat.raise(at, Signal::CredentialClient, rare_client);
        }
        if program && self.clients_today > 1 {
            self.heat.add(at, Signal::ManyPrograms, 3 * BIT);
        }
        if network && self.networks_today > 1 {
            self.heat.add(at, Signal::ManyNetworks, 3 * BIT);
        }
    }

    /// Whether such a connection adds to what is known: the first of each program on a day, and of few programs.
    pub fn wants(&self, at: Timestamp, client: u64) -> bool {
        let today = self.clients.seen_at(client).is_some_and(|seen| seen.day() == at.day());
        !today && (self.clients_today < CLIENTS_A_DAY || !self.pace.is_today(at))
    }

    /// What is kept is bounded: so much and no more, whatever is seen.
    pub const MOST_BYTES: usize = 2_048;
    pub fn bytes(&self) -> usize {
        let known = self.instruments.bytes() + self.networks.bytes() + self.clients.bytes();
        let young = self.young.len() * core::mem::size_of::<Young>();
        core::mem::size_of::<Self>() + known + young + self.refused.len() * core::mem::size_of::<Timestamp>()
    }
}
