//! What usually goes through a credential or a person's ticket: instruments, sizes, rates, hours, refusals, connections.

use super::heat::{BIT, Heat, Signal};
use super::usual::{Daily, Hours, Known, Novelty, Pace, Sizes};
use super::{Asked, Deed, Observation, Place};
use crate::time::Timestamp;
use alloc::vec::Vec;

const MINUTE_MS: i64 = 60_000;
const BURST_MS: i64 = 10 * MINUTE_MS;
/// Days with orders, and orders, before which nothing is said of rates and sizes.
const LEARNED_DAYS: u32 = 2;
const LEARNED_ORDERS: u32 = 3;
/// What is about this rare happens all the time, and counts nothing; among many orders more is.
const ORDINARY: i32 = BIT;
/// Programs that are heard of in a day, of one credential.
const CLIENTS_A_DAY: u8 = 16;
/// Refusals kept to count a burst by.
const BURST: usize = 16;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    by_hand: bool,
    pub pace: Pace,
    instruments: Known<64>,
    /// Of days with orders: those on which an instrument was new.
    new_days: Novelty<4>,
    new_today: u8,
    /// The latest that was new, and how often it was bought since.
    newest: Option<(u64, u8)>,
    sizes: Sizes,
    orders: Daily,
    hours: Hours,
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

impl Flow {
    /// By a person's own hand: until it is known better, a day has one to four orders.
    pub fn by_hand() -> Self {
        let mut flow = Self { by_hand: true, ..Self::default() };
        for orders in [1, 1, 2, 4] {
            flow.orders.learn(orders);
        }
        flow
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
        if self.orders.today > 0 {
            self.new_days.note(self.new_today > 0);
        }
        self.orders.turn();
        (self.new_today, self.networks_today, self.clients_today) = (0, 0, 0);
        (self.newest, self.same) = (None, None);
    }

    fn ordered(&mut self, at: Timestamp, instrument: u64, value: Option<u64>, reduces: bool) {
        self.orders.today += 1;
        if self.instruments.see(instrument, at) {
            self.new_today = self.new_today.saturating_add(1);
            self.newest = Some((instrument, 0));
            let more = i32::from(self.new_today) - 1;
            self.heat.raise(at, Signal::NewInstrument, self.new_days.bits() + more * BIT - ORDINARY / 2);
        } else if self.by_hand
            && !reduces
            && let Some((_, again)) = self.newest.as_mut().filter(|(newest, _)| *newest == instrument)
        {
            *again = again.saturating_add(1);
            // A program that trades something new trades it all day.
            self.heat.add(at, Signal::OneInstrument, BIT * 3 / 4);
        }
        self.heat.raise(at, Signal::OddHour, self.hours.bits(at) - ORDINARY);
        if let Some(value) = value.filter(|_| self.sizes.count() >= LEARNED_ORDERS) {
            // Two and a half usual deviations are ordinary among many orders; each further one counts a bit and a half.
            self.heat.raise(at, Signal::OrderSize, (self.sizes.above(value) * 2 - 5 * 16) * BIT * 3 / 4 / 16);
        }
        self.heat.raise(at, Signal::OrderRate, self.orders.bits(LEARNED_DAYS) - 2 * ORDINARY);
        self.hours.note(at);
        if let Some(value) = value {
            self.sizes.note(value);
        }
    }

    /// Many in ten minutes, or the very same again.
    fn refusal(&mut self, at: Timestamp, asked: Asked) {
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
        if times >= 3 {
            self.heat.add(at, Signal::SameRefused, 2 * BIT);
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
        core::mem::size_of::<Self>() + known + self.refused.len() * core::mem::size_of::<Timestamp>()
    }
}
