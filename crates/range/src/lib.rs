//! The range: a made population whose honest days and attacks a detector is measured on; it knows nothing of the detector.
//!
//! Everything follows from a seed. The numbers are assumptions, chosen for being plausible and stated where they stand:
//! `habits` (who the users are), `bot` (what their programs do), `person` (how they live), `assault` (who is attacked, and
//! how), `harm` and `theft` (what the attackers do). They were fixed before a detector was written. No network here says
//! whose it is: only a number (a prefix: IPv4 /24, IPv6 /48) and the country that a country database would give.
//!
//! What is assumed away: country databases do not err, clocks agree, and nobody is attacked twice in the 90 days.
#![forbid(unsafe_code)]

mod assault;
mod bot;
mod dice;
mod habits;
mod harm;
mod person;
mod place;
mod sight;
mod theft;

pub use assault::{Attack, Goal, Kind};
pub use habits::Style;
pub use place::Place;
pub use sight::{By, Deed, Outcome, Route, Seen, Step};

use dice::Dice;

pub const DAYS: u32 = 90;
pub const DAY_MS: i64 = 86_400_000;
pub const HOUR_MS: i64 = 3_600_000;
pub const MINUTE_MS: i64 = 60_000;
/// A Monday, 00:00 UTC.
pub const BEGINS_AT: i64 = 1_767_571_200_000;

/// A population of users; each is made by itself, so that a million fit in no memory at all.
#[derive(Clone, Copy, Debug)]
pub struct Population {
    seed: u64,
    users: u32,
}

/// All that could be seen of one user in the 90 days, in order, and the attack on them, if there was one.
#[derive(Clone, Debug)]
pub struct User {
    pub number: u32,
    pub style: Style,
    pub credentials: u32,
    pub seen: Vec<Seen>,
    pub attack: Option<Attack>,
}

impl Population {
    pub const fn new(seed: u64, users: u32) -> Self {
        Self { seed, users }
    }

    pub const fn users(&self) -> u32 {
        self.users
    }

    pub fn user(&self, number: u32) -> User {
        let mut dice = Dice::new(self.seed, u64::from(number));
        let habits = habits::draw(&mut dice, number);
        let market = person::Market::of(self.seed);
        let mut diary = person::live(&mut dice, &habits, &market);
        let attack = assault::attack(&mut dice, &habits, &mut diary);
        let mut seen = diary.seen;
        seen.sort_by_key(|one| one.at);
        let credentials = u32::try_from(habits.bots.len()).unwrap_or(u32::MAX);
        User { number, style: habits.style, credentials, seen, attack }
    }
}
