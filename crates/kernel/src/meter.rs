//! Meter: what a credential or an account has used up: the day's value and count, rates, repeats.

use crate::bounds::{Bounds, UNBOUND};
use crate::id::{AccountId, CredentialId};
use crate::money::{Amount, Price, Quantity};
use crate::order::{Side, Terms};
use crate::time::Timestamp;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Two orders alike within this time are one order sent twice.
pub const DUPLICATE_MS: i64 = 2_000;
/// Fills are counted over this time for repeated execution.
pub const REPEATED_MS: i64 = 60_000;
/// Keeps the memory of one meter bounded whatever the limits say.
const MOST_KEPT: usize = 1_024;
const TOKEN: i64 = 1_000;

/// A token bucket in thousandths, so that refilling needs no fractions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    used: i64,
    at: Timestamp,
}

impl Bucket {
    const FULL: Self = Self { used: 0, at: Timestamp(0) };

    /// What is used of `burst` at `now`, when `rate` tokens a second come back.
    #[inline]
    const fn used_at(self, now: Timestamp, rate: u32) -> i64 {
        if self.used == 0 {
            return 0;
        }
        let back = now.since(self.at).saturating_mul(rate as i64);
        let used = self.used.saturating_sub(if back > 0 { back } else { 0 });
        if used > 0 { used } else { 0 }
    }
    #[inline]
    pub const fn has_room(self, now: Timestamp, rate: u32, burst: u32) -> bool {
        self.used_at(now, rate) + TOKEN <= (burst as i64) * TOKEN
    }
    pub const fn take(&mut self, now: Timestamp, rate: u32) {
        self.used = self.used_at(now, rate).saturating_add(TOKEN);
        if now.0 > self.at.0 {
            self.at = now;
        }
    }
}

const fn stated(rate: u32) -> Option<u32> {
    if rate == UNBOUND { None } else { Some(rate) }
}

/// The rates in force when an order was admitted: folding the event must not need today's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    pub messages: u32,
    pub orders: u32,
    pub repeated_fills: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_messages: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_orders: Option<u32>,
}

impl Pace {
    /// The credential's own rates or the defaults, and the account's where that states any.
    #[inline]
    pub const fn of(credential: &Bounds, account: &Bounds) -> Self {
        let (fills, least) = (credential.repeated_fills, account.repeated_fills);
        Self {
            messages: credential.messages,
            orders: credential.orders,
            repeated_fills: if least < fills { least } else { fills },
            account_messages: stated(account.messages),
            account_orders: stated(account.orders),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    pub messages: Bucket,
    pub orders: Bucket,
}

impl Rates {
    const fn take(&mut self, now: Timestamp, messages: u32, orders: Option<u32>) {
        self.messages.take(now, messages);
        if let Some(orders) = orders {
            self.orders.take(now, orders);
        }
    }
}

/// Enough of an order to know it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness {
    pub contract_id: i64,
    pub side: Side,
    pub quantity: Quantity,
    pub price: Option<Price>,
    pub stop_px: Option<Price>,
}

impl Likeness {
    pub fn of(terms: &Terms) -> Self {
        Self {
            contract_id: terms.instrument.contract_id,
            side: terms.side,
            quantity: terms.order_qty,
            price: terms.kind.price(),
            stop_px: terms.kind.stop_px(),
        }
    }
}

/// What every order needs lies together; the lists are made when something is to be kept in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Meter {
    day_value: Amount,
    day_ends: Timestamp,
    day_count: u32,
    pub rates: Rates,
    /// Since when repeated execution keeps it from trading, until a person re-arms it.
    pub disarmed: Option<Timestamp>,
    /// When the last of the recent orders was asked for.
    newest: Timestamp,
    kept: Option<Box<Kept>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    /// What a credential did on one account, for the rate that account states: an order elsewhere,
    /// at another rate, must not refill it.
    on_account: BTreeMap<AccountId, Rates>,
    recent: Vec<(Timestamp, Likeness)>,
    fills: Vec<(Timestamp, i64, Side)>,
}

impl Meter {
    /// Of what has used nothing yet.
    pub const NEW: Self = Self {
        day_value: Amount::ZERO,
        day_ends: Timestamp(0),
        day_count: 0,
        rates: Rates { messages: Bucket::FULL, orders: Bucket::FULL },
        disarmed: None,
        newest: Timestamp(0),
        kept: None,
    };

    #[inline]
    pub fn day_value(&self, now: Timestamp) -> Amount {
        if now < self.day_ends { self.day_value } else { Amount::ZERO }
    }
    #[inline]
    pub fn day_count(&self, now: Timestamp) -> u32 {
        if now < self.day_ends { self.day_count } else { 0 }
    }
    /// The list itself is looked through only where its newest entry is new enough.
    #[inline]
    pub fn has_just_seen(&self, terms: &Terms, now: Timestamp) -> bool {
        self.newest > now.minus_ms(DUPLICATE_MS) && self.recently(&Likeness::of(terms), now)
    }
    #[cold]
    fn recently(&self, likeness: &Likeness, now: Timestamp) -> bool {
        let recent = self.kept.iter().flat_map(|kept| &kept.recent);
        { recent }.any(|(at, seen)| now.since(*at) < DUPLICATE_MS && seen == likeness)
    }

    fn kept(&mut self) -> &mut Kept {
        self.kept.get_or_insert_default()
    }
    pub fn rates_on(&self, account: AccountId) -> Rates {
        self.kept.as_ref().and_then(|kept| kept.on_account.get(&account).copied()).unwrap_or_default()
    }
    /// A message that was let through, and perhaps a new order.
    pub fn take(&mut self, now: Timestamp, account: AccountId, pace: &Pace, new: bool) {
        self.rates.take(now, pace.messages, new.then_some(pace.orders));
        let here = self.kept().on_account.entry(account).or_default();
        here.take(
            now,
            pace.account_messages.unwrap_or(pace.messages),
            new.then_some(pace.account_orders.unwrap_or(pace.orders)),
        );
    }

    /// A new order, or the difference a change makes; a value once charged stays charged for its day.
    pub fn charge(&mut self, now: Timestamp, value: Amount, orders: u32) {
        if now >= self.day_ends {
            (self.day_ends, self.day_value, self.day_count) = (now.day().end(), Amount::ZERO, 0);
        }
        self.day_value = self.day_value.saturating_add(value);
        self.day_count = self.day_count.saturating_add(orders);
    }
    pub fn remember(&mut self, now: Timestamp, likeness: Likeness) {
        let recent = &mut self.kept().recent;
        recent.retain(|(at, _)| now.since(*at) < DUPLICATE_MS);
        if recent.len() >= MOST_KEPT {
            recent.remove(0);
        }
        recent.push((now, likeness));
        self.newest = self.newest.max(now);
    }
    /// Counts an execution; the one that reaches `most` in a minute disarms.
    pub fn filled(&mut self, now: Timestamp, contract_id: i64, side: Side, most: u32) {
        let fills = &mut self.kept().fills;
        fills.retain(|(at, _, _)| now.since(*at) < REPEATED_MS);
        if fills.len() < MOST_KEPT {
            fills.push((now, contract_id, side));
        }
        let alike = fills.iter().filter(|(_, contract, s)| *contract == contract_id && *s == side).count();
        if alike >= most as usize || fills.len() == MOST_KEPT {
            self.disarmed.get_or_insert(now);
        }
    }
    pub fn rearm(&mut self) {
        self.disarmed = None;
        if let Some(kept) = &mut self.kept {
            kept.fills.clear();
        }
    }
}

/// What the order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// In the account's base currency. Unknown only for an order that reduces a position, without a quote.
    pub value: Amount,
    /// What is added to the day: all of it, or what a change adds.
    pub added: Amount,
    pub pace: Pace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A person lets the credential trade again after repeated execution.
    Rearmed { credential: CredentialId },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut bucket = Bucket::default();
        let start = Timestamp(1_000_000);
        for _ in 0..20 {
            assert!(bucket.has_room(start, 10, 20));
            bucket.take(start, 10);
        }
        assert!(!bucket.has_room(start, 10, 20));
        assert!(!bucket.has_room(start.plus_ms(99), 10, 20));
        assert!(bucket.has_room(start.plus_ms(100), 10, 20));
    }

    #[test]
    fn a_bucket_gives_nothing_back_when_time_runs_backwards() {
        let mut bucket = Bucket::default();
        bucket.take(Timestamp(10_000), 1);
        assert!(!bucket.has_room(Timestamp(5_000), 1, 1));
        bucket.take(Timestamp(5_000), 1);
        assert!(!bucket.has_room(Timestamp(11_000), 1, 1));
        assert!(bucket.has_room(Timestamp(12_000), 1, 1));
    }

    #[test]
    fn the_day_turns_the_counters_back() {
        let mut meter = Meter::default();
        let evening = Timestamp(86_400_000 - 1);
        meter.charge(evening, Amount::from_units(5), 1);
        assert_eq!((meter.day_value(evening), meter.day_count(evening)), (Amount::from_units(5), 1));
        let morning = evening.plus_ms(1);
        assert_eq!((meter.day_value(morning), meter.day_count(morning)), (Amount::ZERO, 0));
    }

    #[test]
    fn the_twentieth_like_fill_in_a_minute_disarms_and_only_rearming_arms_again() {
        let mut meter = Meter::default();
        for n in 0..19 {
            meter.filled(Timestamp(n), 1, Side::Buy, 20);
            meter.filled(Timestamp(n), 1, Side::Sell, 20);
        }
        assert_eq!(meter.disarmed, None);
        meter.filled(Timestamp(59_999), 1, Side::Buy, 20);
        assert_eq!(meter.disarmed, Some(Timestamp(59_999)));
        meter.filled(Timestamp(1_000_000), 1, Side::Buy, 20);
        assert_eq!(meter.disarmed, Some(Timestamp(59_999)));
        meter.rearm();
        assert_eq!(meter.disarmed, None);
    }
}
