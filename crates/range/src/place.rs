//! Networks: homes whose prefix is leased, offices that share one, carriers that change it daily, hotels, VPNs, hosts.

use crate::dice::{Dice, mixed};

/// Where something came from: a prefix, and what a country database says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub network: u64,
    pub country: u16,
}

pub const COUNTRIES: u64 = 40;
/// Hours east of UTC, by country.
const ZONES: [i64; 12] = [-8, -5, -5, 0, 1, 1, 1, 2, 3, 5, 8, 9];
/// An ISP's region has so many prefixes, and a new lease is one of them.
const LEASES: u64 = 64;
/// What a carrier puts its phones behind: few prefixes of IPv4, very many of IPv6.
const CARRIER_V4: u64 = 48;
const CARRIER_V6: u64 = 4_096;
const VPN_EXITS: u64 = 200;
/// Where a VPN's exits stand.
const VPN_COUNTRIES: u64 = 6;

pub fn zone(country: u16) -> i64 {
    ZONES.get(usize::from(country) % ZONES.len()).copied().unwrap_or(0)
}

fn network(kind: u64, whose: u64, which: u64) -> u64 {
    mixed(mixed(kind << 32 ^ which) ^ whose)
}

/// A household: IPv4, and IPv6 beside it in two of five; a third of them get a new prefix every three weeks or so.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    country: u16,
    isp: u64,
    key: u64,
    v6: bool,
    /// Days that a lease lasts; 0 for ever.
    lease_days: u32,
}

impl Home {
    pub fn draw(dice: &mut Dice, country: u16) -> Self {
        let lease_days = if dice.chance(350) { u32::try_from(dice.between(7, 45)).unwrap_or(21) } else { 0 };
        let isp = u64::from(country) * 100 + dice.below(30);
        Self { country, isp, key: dice.roll(), v6: dice.chance(400), lease_days }
    }

    pub fn place(&self, dice: &mut Dice, day: u32) -> Place {
        let lease = u64::from(day.checked_div(self.lease_days).unwrap_or(0));
        let drawn = mixed(self.key ^ lease);
        let network = if self.v6 && dice.chance(700) {
            network(2, self.isp, drawn)
        } else {
            network(1, self.isp, drawn % LEASES)
        };
        Place { network, country: self.country }
    }
}

pub fn office(country: u16, number: u64) -> Place {
    Place { network: network(3, number, 0), country }
}

/// The phone's network of a day: another one tomorrow, shared with many.
pub fn carrier(country: u16, carrier: u64, user: u64, day: u32, v6: bool) -> Place {
    let drawn = mixed(user ^ mixed(u64::from(day)));
    let slot = if v6 { CARRIER_V4 + drawn % CARRIER_V6 } else { drawn % CARRIER_V4 };
    Place { network: network(4, carrier, slot), country }
}

/// A hotel, a café, an airport, a friend's home: seen once or for a few days.
pub fn elsewhere(dice: &mut Dice, country: u16) -> Place {
    Place { network: network(5, dice.roll(), 0), country }
}

/// An exit of a provider that many use; in another country as often as the provider stands elsewhere.
pub fn vpn(dice: &mut Dice, provider: u64, home: u16) -> Place {
    let exit = dice.below(VPN_EXITS);
    let away = exit % 10 < 3;
    let country = if away { u16::try_from(exit % VPN_COUNTRIES).unwrap_or(0) } else { home };
    Place { network: network(6, provider, exit << 16 | u64::from(country)), country }
}

/// A rented host: its address stays until its owner moves.
pub fn host(dice: &mut Dice, country: u16) -> Place {
    Place { network: network(7, dice.below(3_000), 0), country }
}
