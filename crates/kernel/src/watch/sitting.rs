//! A sitting: orders that follow one another within an hour or two, and what of them was never ordered before.

use super::heat::{BIT, Heat};
use super::signal::Signal;
use super::usual::{Novelty, Surge, tail};
use crate::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
/// Until so long after its last order, and after its first.
const PAUSE_MS: i64 = HOUR_MS;
const LONGEST_MS: i64 = 2 * HOUR_MS;
const SPELL_MS: i64 = 10 * 24 * HOUR_MS;

/// The one that goes on, beside those that are over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sitting {
    began: Timestamp,
    last: Timestamp,
    orders: u32,
    /// Of these: in what was new since the sitting began.
    fresh: u32,
    /// Once in how many orders there was something new, when it began.
    usually: (u32, u32),
    /// The further orders of each.
    further: Surge,
    /// Of all orders: the first in an instrument.
    news: Novelty<4>,
    spell: Spell,
}

/// Of ten days: those with orders, those on which something was new, and how often that was before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Spell {
    began: Option<Timestamp>,
    days: u32,
    new: u32,
    usually: (u32, u32),
}

impl Sitting {
    /// Before the order is counted.
    pub fn opens(&mut self, at: Timestamp) {
        if at.since(self.last) > PAUSE_MS || at.since(self.began) > LONGEST_MS {
            if self.orders > 0 {
                self.further.turn(1);
            }
            (self.began, self.orders, self.fresh) = (at, 0, 0);
            self.usually = self.news.rate();
        }
        self.last = at;
    }

    /// `new`: never ordered before. `young`: since when it is known, if that is not long.
    pub fn ordered(&mut self, at: Timestamp, new: bool, young: Option<Timestamp>, heat: &mut Heat) {
        self.news.note(new);
        self.orders = self.orders.saturating_add(1);
        if self.orders > 1 {
            self.further.note();
            heat.raise(at, Signal::OrderSitting, self.further.bits());
        }
        if young.is_some_and(|since| since >= self.began) {
            self.fresh = self.fresh.saturating_add(1);
            heat.raise(at, Signal::FreshOrders, tail(self.fresh, self.orders, self.usually));
        }
    }

    /// Days with something new, among those with orders. `first` of the day, `new` for the first time on it.
    pub fn day(&mut self, at: Timestamp, (first, new): (bool, bool), usually: (u32, u32), heat: &mut Heat) {
        if self.spell.began.is_none_or(|began| at.since(began) > SPELL_MS) {
            self.spell = Spell { began: Some(at), days: 0, new: 0, usually };
        }
        let spell = &mut self.spell;
        spell.days = spell.days.saturating_add(u32::from(first));
        spell.new = spell.new.saturating_add(u32::from(new));
        heat.raise(at, Signal::NewDays, tail(spell.new, spell.days.max(1), spell.usually));
    }

    /// What was just bought for the first times is refused.
    pub fn refused(at: Timestamp, heat: &mut Heat) {
        heat.add(at, Signal::NewRefused, 4 * BIT);
    }
}
