//! What a user usually does: networks, countries, devices, hours, and how they come in.

use super::heat::{BIT, Heat};
use super::signal::Signal;
use super::usual::{Hours, Known, Novelty, Pace, Sizes};
use super::{Deed, Observation, Place};
use crate::time::Timestamp;
use alloc::vec::Vec;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// A device is new for so long.
const NEW_MS: i64 = 72 * HOUR_MS;
/// Nobody is in another country within this time.
const TRAVEL_MS: i64 = 2 * HOUR_MS;
/// What is about this rare happens all the time, and counts nothing.
const ORDINARY: i32 = BIT;
const SESSIONS: usize = 8;
/// Less for a new device until somebody signs in with it without a passkey, and then where its network is known.
const NEW_UNUSED: i32 = 6 * BIT;
const NEW_AT_HOME: i32 = 3 * BIT;
/// A session on a shared computer that goes on for so long is in use by somebody.
const STAYS_MS: i64 = 3 * MINUTE_MS;
const DEVICES: usize = 6;
/// How long sessions of people at large last, until it is known better.
const PEOPLES_MINUTES: [u64; 4] = [10, 20, 40, 60];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    networks: Known<24>,
    countries: Known<8>,
    /// The latest device that came, when, and how rare that was.
    newest: Option<(u64, Timestamp, i32)>,
    new_network: Novelty<4>,
    new_country: Novelty<16>,
    new_device: Novelty<32>,
    travel: Novelty<16>,
    weaker: Novelty<3>,
    shared: Novelty<64>,
    widened: Novelty<32>,
    hours: Hours,
    last: Option<(u16, Timestamp)>,
    asked: Option<Timestamp>,
    /// Of each device: its sign-ins, and the sessions that moved to a network that was not known.
    moves: Vec<(u64, Novelty<16>)>,
    sessions: Vec<Session>,
    /// Of sessions that are over, in minutes.
    lengths: Sizes,
    pub pace: Pace,
    pub heat: Heat,
}

/// Where a session is used from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Session {
    key: u64,
    began: Timestamp,
    used: Timestamp,
    learned: bool,
    device: u64,
    /// None until it is known.
    network: Option<u64>,
    before: Option<(u64, Timestamp)>,
    country: Option<u16>,
    new_device: bool,
    new_network: bool,
    /// To a network that was not known.
    strayed: bool,
    /// How rare it is that it is on a shared computer; 0 where it is not.
    shared: i32,
}

impl Person {
    pub fn observe(&mut self, seen: &Observation) {
        let at = seen.at;
        self.heat.fade(at);
        match seen.deed {
            Deed::Failed { place, known, second } => self.failed(at, place, known, second),
            Deed::SignedIn { place, device, session, resistant, shared } => {
                self.pace.note(at);
                self.signed_in(at, place, (device, session), resistant, shared);
            }
            Deed::InUse { place, session } => {
                self.lasts(at, session);
                self.in_use(at, place, session);
            }
            Deed::DeviceBound { device, .. } => {
                // In their first week everybody's devices are new: the phone is paired after the desk.
                if self.pace.settled(at) {
                    let bits = self.new_device.bits();
                    self.newest = Some((device, at, bits));
                    self.heat.raise(at, Signal::NewDevice, bits - NEW_UNUSED);
                }
                self.new_device.mark(true);
            }
            Deed::Widened { session } => self.widen(at, session),
            Deed::Asked { place } => {
                // Once belongs to every new device.
                let again = self.asked.is_some_and(|last| at.since(last) < 24 * HOUR_MS);
                self.asked = Some(at);
                if again {
                    let bits = if self.unknown(place) { 5 * BIT / 2 } else { BIT };
                    self.heat.add(at, Signal::AskedAgain, bits);
                }
            }
            Deed::Connected { .. }
            | Deed::ConnectRefused { .. }
            | Deed::SecretElsewhere
            | Deed::Ordered { .. }
            | Deed::Rejected { .. } => {}
        }
    }

    /// Of a network that nobody could tell nothing is said.
    fn unknown(&self, place: Place) -> bool {
        place.network.is_some_and(|network| !self.networks.has(network))
    }

    fn surprise(&mut self, at: Timestamp, signal: Signal, bits: i32) {
        self.heat.raise(at, signal, bits - ORDINARY);
    }

    fn failed(&mut self, at: Timestamp, place: Place, known: bool, second: bool) {
        let bits = match (known || !self.unknown(place), second) {
            (true, _) => BIT / 4,
            (false, false) => 6 * BIT,
            (false, true) => 9 * BIT,
        };
        self.heat.add(at, Signal::FailedSignIns, bits);
    }

    fn signed_in(&mut self, at: Timestamp, place: Place, (device, session): (u64, u64), resistant: bool, shared: bool) {
        let hour = self.hours.bits(at);
        self.heat.raise(at, Signal::OddHour, hour);
        if !resistant {
            self.surprise(at, Signal::WeakerAuthenticator, self.weaker.bits());
        }
        let of_shared = if shared { self.shared.bits() } else { 0 };
        self.surprise(at, Signal::SharedComputer, of_shared);
        self.new_device.note(false);
        self.widened.note(false);
        self.used(device);
        self.weaker.note(!resistant);
        self.shared.note(shared);
        self.hours.note(at);
        self.ended(at);
        let network = self.arrived(at, place);
        let new = self.newest.filter(|(newest, since, _)| *newest == device && at.since(*since) < NEW_MS);
        let new_device = new.is_some();
        // Whoever phished a password or took a number has no passkey of the owner's to show.
        if let Some((.., bits)) = new.filter(|_| !resistant) {
            let by = match (network, place.network) {
                (true, _) => BIT,
                (false, None) => 0,
                (false, Some(_)) => -NEW_AT_HOME,
            };
            self.heat.raise(at, Signal::NewDevice, bits + by);
        }
        if self.sessions.len() >= SESSIONS {
            self.sessions.remove(0);
        }
        self.sessions.push(Session {
            key: session,
            began: at,
            used: at,
            learned: false,
            device,
            network: place.network,
            before: None,
            country: place.country,
            new_device,
            new_network: network,
            strayed: false,
            shared: of_shared,
        });
    }

    /// How long the session goes on, beside those that are over.
    fn lasts(&mut self, at: Timestamp, key: u64) {
        let Some(session) = self.sessions.iter_mut().find(|one| one.key == key) else { return };
        session.used = at;
        if at.since(session.began) >= STAYS_MS {
            self.heat.raise(at, Signal::SharedInUse, session.shared);
        }
        let minutes = at.since(session.began).div_euclid(MINUTE_MS);
        let bits = u64::try_from(minutes).map_or(0, |minutes| self.lengths.tail_bits(minutes));
        self.heat.raise(at, Signal::LongSession, bits - 4 * ORDINARY);
    }

    /// What was not used for an hour is over, and learned.
    fn ended(&mut self, at: Timestamp) {
        if self.lengths.count() == 0 {
            PEOPLES_MINUTES.iter().for_each(|minutes| self.lengths.note(*minutes));
        }
        for one in self.sessions.iter_mut().filter(|one| !one.learned && at.since(one.used) >= HOUR_MS) {
            one.learned = true;
            self.lengths.note(u64::try_from(one.used.since(one.began).div_euclid(MINUTE_MS)).unwrap_or(0));
        }
    }

    fn used(&mut self, device: u64) {
        if !self.moves.iter().any(|(one, _)| *one == device) {
            if self.moves.len() >= DEVICES {
                self.moves.remove(0);
            }
            self.moves.push((device, Novelty::default()));
        }
        self.moves.iter_mut().filter(|(one, _)| *one == device).for_each(|(_, moves)| moves.note(false));
    }

    /// From there somebody came in. Whether the network is new.
    fn arrived(&mut self, at: Timestamp, place: Place) -> bool {
        let Some(network) = place.network else { return false };
        let new = !self.networks.has(network);
        // A country that is new has networks that are: that counts once.
        let abroad = self.country(at, place);
        if new && !abroad {
            self.surprise(at, Signal::NewNetwork, self.new_network.bits());
        }
        self.new_network.note(new);
        self.networks.see(network, at);
        new
    }

    /// Whether it counted.
    fn country(&mut self, at: Timestamp, place: Place) -> bool {
        let Some(country) = place.country else {
            return false;
        };
        let new = !self.countries.has(u64::from(country));
        let jumped = self.last.is_some_and(|(last, then)| last != country && at.since(then) < TRAVEL_MS);
        // One event, one signal: the one that is rarer.
        let (rare_country, rare_jump) = (self.new_country.bits(), if jumped { self.travel.bits() } else { 0 });
        if new && self.last.is_some() && rare_country >= rare_jump {
            self.surprise(at, Signal::NewCountry, rare_country);
        } else {
            self.surprise(at, Signal::ImpossibleTravel, rare_jump);
        }
        self.new_country.note(new && self.last.is_some());
        self.travel.note(jumped);
        self.countries.see(u64::from(country), at);
        self.last = Some((country, at));
        new || jumped
    }

    /// A session whose network changes; who uses it from two at a time is not one person.
    fn in_use(&mut self, at: Timestamp, place: Place, key: u64) {
        let Some(here) = place.network else { return };
        if let Some(session) = self.sessions.iter_mut().find(|one| one.key == key && one.network.is_none()) {
            (session.network, session.country) = (Some(here), place.country);
            let new = self.arrived(at, place);
            self.sessions.iter_mut().filter(|one| one.key == key).for_each(|one| one.new_network = new);
            return;
        }
        let unknown = self.unknown(place);
        let Some(session) = self.sessions.iter_mut().find(|one| one.key == key) else {
            return;
        };
        let Some(there) = session.network.filter(|there| *there != here) else {
            return;
        };
        let back = session.before.is_some_and(|(network, then)| network == here && at.since(then) < HOUR_MS);
        let abroad = place.country.is_some() && session.country != place.country;
        let (first, strayed) = (unknown && !session.strayed, session.strayed);
        (session.before, session.network) = (Some((there, at)), place.network);
        session.strayed |= unknown;
        if back && strayed {
            self.heat.add(at, Signal::TwoNetworks, 4 * BIT);
        }
        if first {
            let device = session.device;
            // Phones move between networks, other devices hardly.
            if let Some((_, moves)) = self.moves.iter_mut().find(|(one, _)| *one == device) {
                let bits = moves.bits();
                moves.mark(true);
                self.surprise(at, Signal::SessionMoved, bits);
            }
        }
        if abroad {
            self.country(at, place);
        }
        self.networks.see(here, at);
    }

    fn widen(&mut self, at: Timestamp, key: u64) {
        let new_device = self.sessions.iter().any(|one| one.key == key && one.new_device && one.new_network);
        let bits = self.widened.bits() / 2 + if new_device { 2 * BIT } else { 0 };
        self.surprise(at, Signal::Widened, bits);
        self.widened.mark(true);
    }

    /// The owner says that it was them: what was seen is usual from now on.
    pub fn forgive(&mut self) {
        self.heat.clear();
    }

    /// What is kept is bounded: so much and no more, whatever is seen.
    pub const MOST_BYTES: usize = 2_048;
    pub fn bytes(&self) -> usize {
        let sessions = self.sessions.len() * core::mem::size_of::<Session>();
        let moves = self.moves.len() * core::mem::size_of::<(u64, Novelty<16>)>();
        core::mem::size_of::<Self>() + self.networks.bytes() + self.countries.bytes() + moves + sessions
    }
}
