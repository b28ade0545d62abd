//! What is usual: how often something new was seen, what is known, at which hours, and in which sizes.

use super::heat::BIT;
use crate::time::{Day, Timestamp};
use alloc::vec::Vec;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const SETTLED_MS: i64 = 7 * 24 * HOUR_MS;
/// Beyond these, old habits are halved, so that they are forgotten.
const MOST: u16 = 400;
const MOST_SIZES: u32 = 2_000;

/// Log2 of `of` / `part`, in sixteenths; never below 0.
pub fn rarity(of: u32, part: u32) -> i32 {
    log2(u64::from(of)).saturating_sub(log2(u64::from(part))).max(0)
}

/// How rare it is that so many of `of` are what one in `rare` is.
pub fn tail(times: u32, of: u32, rare: (u32, u32)) -> i32 {
    let one = |n: u32| rarity(n.saturating_mul(rare.0), of.saturating_mul(rare.1));
    (1..=times.min(40)).map(one).sum()
}

/// In sixteenths, for 1 and more.
fn log2(number: u64) -> i32 {
    let number = number.max(1);
    let whole = number.ilog2();
    // The four bits that follow the first: a straight line between powers is near enough.
    let rest = (u128::from(number) << 4) >> whole;
    i32::try_from(whole).unwrap_or(0) * BIT + i32::try_from(rest & 15).unwrap_or(0)
}

/// How often something happened, and how often it was out of the ordinary. `PRIOR` is how rare that is for people at
/// large, one time in so many: it holds until the subject's own history says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Novelty<const PRIOR: u32> {
    times: u16,
    new: u16,
}

impl<const PRIOR: u32> Novelty<PRIOR> {
    /// Once in how often.
    pub fn rate(&self) -> (u32, u32) {
        (u32::from(self.times) + PRIOR, u32::from(self.new) + 1)
    }
    /// How rare it is.
    pub fn bits(&self) -> i32 {
        rarity(u32::from(self.times) + PRIOR, u32::from(self.new) + 1)
    }
    pub fn note(&mut self, new: bool) {
        if self.times >= MOST {
            (self.times, self.new) = (self.times / 2, self.new / 2);
        }
        self.times += 1;
        self.mark(new);
    }
    /// Of what was noted already.
    pub fn mark(&mut self, new: bool) {
        self.new = self.new.saturating_add(u16::from(new)).min(self.times);
    }
}

/// The latest `N` that were seen; the one that was not seen for longest gives way. Half of a key and the minute are
/// kept: among so few no two are taken for each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known<const N: usize> {
    seen: Vec<(u32, u32)>,
}

impl<const N: usize> Known<N> {
    fn half(key: u64) -> u32 {
        u32::try_from((key ^ (key >> 32)) & u64::from(u32::MAX)).unwrap_or(0)
    }
    fn minute(at: Timestamp) -> u32 {
        u32::try_from(at.0.div_euclid(MINUTE_MS).max(0)).unwrap_or(u32::MAX)
    }
    pub fn has(&self, key: u64) -> bool {
        self.seen.iter().any(|(known, _)| *known == Self::half(key))
    }
    /// To the minute.
    pub fn seen_at(&self, key: u64) -> Option<Timestamp> {
        let known = self.seen.iter().find(|(known, _)| *known == Self::half(key));
        known.map(|(_, minute)| Timestamp(i64::from(*minute) * MINUTE_MS))
    }
    pub fn count(&self) -> u32 {
        u32::try_from(self.seen.len()).unwrap_or(u32::MAX)
    }
    pub fn bytes(&self) -> usize {
        self.seen.len() * core::mem::size_of::<(u32, u32)>()
    }
    /// Seen now; whether it is new.
    pub fn see(&mut self, key: u64, at: Timestamp) -> bool {
        let (key, minute) = (Self::half(key), Self::minute(at));
        if let Some(known) = self.seen.iter_mut().find(|(known, _)| *known == key) {
            known.1 = minute;
            return false;
        }
        if self.seen.len() >= N
            && let Some(oldest) = self.seen.iter().enumerate().min_by_key(|(_, (_, at))| *at).map(|(n, _)| n)
        {
            self.seen.remove(oldest);
        }
        self.seen.push((key, minute));
        true
    }
}

/// Hours of the week: each of the day, on working days and on the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    of: [u8; 48],
}

impl Default for Hours {
    fn default() -> Self {
        Self { of: [0; 48] }
    }
}

impl Hours {
    fn slot(at: Timestamp) -> usize {
        let hour = at.0.div_euclid(HOUR_MS).rem_euclid(24);
        // 1970 began on a Thursday.
        let weekend = (at.day().0 + 3).rem_euclid(7) >= 5;
        usize::try_from(hour + if weekend { 24 } else { 0 }).unwrap_or(0)
    }
    fn in_slot(&self, slot: usize) -> u32 {
        self.of.get(slot).map_or(0, |n| u32::from(*n))
    }
    /// At that hour of any day.
    fn in_hour(&self, hour: usize) -> u32 {
        self.in_slot(hour % 24) + self.in_slot(hour % 24 + 24)
    }
    /// How many times rarer an hour and a kind of day are than for somebody without habits. Hours up to four away count
    /// too, the nearer the more. Nothing is said before four were seen, nor of what is not twice as rare.
    pub fn bits(&self, at: Timestamp) -> i32 {
        const NEAR: [u32; 5] = [8, 7, 4, 2, 1];
        const BOTH_SIDES: u32 = 36;
        let all: u32 = self.of.iter().map(|n| u32::from(*n)).sum();
        if all < 4 {
            return 0;
        }
        let (hour, weekend) = (Self::slot(at) % 24, Self::slot(at) / 24);
        let sides = |by: usize| if by == 0 { 0 } else { self.in_hour(hour + 24 - by) };
        let near: u32 = (0..5).zip(NEAR).map(|(by, weight)| weight * (self.in_hour(hour + by) + sides(by))).sum();
        let of_its_kind: u32 = (0..24).map(|hour| self.in_slot(24 * weekend + hour)).sum();
        let days = if weekend == 0 { 5 } else { 2 };
        let bits =
            rarity((all + 1) * BOTH_SIDES, 24 * near + BOTH_SIDES) + rarity((all + 1) * days, 7 * of_its_kind + days);
        if bits < BIT { 0 } else { bits }
    }
    pub fn note(&mut self, at: Timestamp) {
        if self.of.contains(&u8::MAX) {
            self.of.iter_mut().for_each(|n| *n /= 2);
        }
        if let Some(n) = self.of.get_mut(Self::slot(at)) {
            *n += 1;
        }
    }
}

/// Sizes by half octaves: their median and how far they usually lie from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    of: [u16; 64],
}

impl Default for Sizes {
    fn default() -> Self {
        Self { of: [0; 64] }
    }
}

impl Sizes {
    fn slot(value: u64) -> usize {
        usize::try_from(Self::eighths(value) / 4).unwrap_or(0).min(63)
    }
    /// Log2 in eighths: finer than a slot.
    fn eighths(value: u64) -> i32 {
        log2(value) / 2
    }
    pub fn count(&self) -> u32 {
        self.of.iter().map(|n| u32::from(*n)).sum()
    }
    /// The slot below which half of them lie.
    fn middle(counts: impl Iterator<Item = (i32, u32)> + Clone) -> i32 {
        let all: u32 = counts.clone().map(|(_, n)| n).sum();
        let mut below = 0;
        for (slot, n) in counts {
            below += n;
            if below * 2 >= all {
                return slot;
            }
        }
        0
    }
    /// How many usual deviations it lies above the median, in sixteenths: robust, by the median of the deviations.
    pub fn above(&self, value: u64) -> i32 {
        let slots = self.of.iter().zip(0i32..).map(|(n, slot)| (slot, u32::from(*n)));
        let median = Self::middle(slots.clone());
        let mut away = [0u32; 64];
        for (slot, n) in slots {
            if let Some(one) = usize::try_from((slot - median).abs()).ok().and_then(|at| away.get_mut(at)) {
                *one += n;
            }
        }
        let deviation = Self::middle(away.iter().zip(0i32..).map(|(n, slot)| (slot, *n)));
        // 1.5 is what makes of a median deviation a standard one; a slot is 4 eighths wide, and one is always granted.
        let one = (deviation * 4 * 3 / 2).max(4);
        (Self::eighths(value) - median * 4 - 2) * 16 / one
    }
    pub fn note(&mut self, value: u64) {
        if self.count() >= MOST_SIZES {
            self.of.iter_mut().for_each(|n| *n /= 2);
        }
        if let Some(n) = self.of.get_mut(Self::slot(value)) {
            *n = n.saturating_add(1);
        }
    }
    /// How rare it is to be as large as this, and then a bit for each half octave beyond all that was.
    pub fn tail_bits(&self, value: u64) -> i32 {
        let as_large: u32 = self.of.iter().skip(Self::slot(value)).map(|n| u32::from(*n)).sum();
        let highest = self.of.iter().zip(0i32..).filter(|(n, _)| **n > 0).map(|(_, slot)| slot).max().unwrap_or(0);
        let beyond = (Self::eighths(value) - (highest + 1) * 4).max(0);
        rarity(self.count() + 2, as_large + 1) + beyond * BIT / 4
    }
}

/// How much there was on each day that there was any: a day is judged while it goes on, and learned when it is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Daily {
    pub today: u64,
    days: Sizes,
}

impl Daily {
    pub fn turn(&mut self) {
        if self.today > 0 {
            self.days.note(self.today);
        }
        self.today = 0;
    }
    /// Nothing is said before so many days.
    pub fn bits(&self, learned: u32) -> i32 {
        if self.days.count() < learned { 0 } else { self.days.tail_bits(self.today) }
    }
}

/// How much is going on, as of the day before: whoever does more must do something rarer to stand out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    began: Option<Timestamp>,
    day: Day,
    today: u32,
    /// In sixteenths of a deed a day, over a week or so.
    usual: u32,
}

impl Pace {
    /// Whether a new day has begun.
    pub fn note(&mut self, at: Timestamp) -> bool {
        self.began.get_or_insert(at);
        let days = at.day().0.saturating_sub(self.day.0);
        if days != 0 {
            self.turn(days);
            self.day = at.day();
        }
        self.today = self.today.saturating_add(1);
        days != 0
    }
    pub fn is_today(&self, at: Timestamp) -> bool {
        at.day() == self.day
    }
    fn turn(&mut self, days: i64) {
        for n in 0..days.clamp(1, 30) {
            let of_the_day = if n == 0 { self.today.min(100_000) } else { 0 };
            self.usual = (self.usual * 7 + of_the_day * 16) / 8;
        }
        self.today = 0;
    }
    /// Whole days since it began.
    pub fn days(&self, at: Timestamp) -> u32 {
        let days = self.began.map_or(0, |began| at.since(began) / (24 * HOUR_MS));
        u32::try_from(days.clamp(0, 4_000)).unwrap_or(0)
    }
    /// Whether there is a history by which anything could be called usual.
    pub fn settled(&self, now: Timestamp) -> bool {
        self.began.is_some_and(|began| now.since(began) >= SETTLED_MS)
    }
    /// Bits of deeds a week.
    pub fn bits(&self) -> i32 {
        log2(u64::from(self.usual) * 7 / 16 + 1)
    }
}

/// How many there are in a span, beside all the spans before it: what comes to more is worth as much as it is rare for
/// somebody who is only known that well (a Poisson rate that is learned; the prior is one in one span).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surge {
    now: u16,
    spans: u16,
    before: u32,
}

impl Surge {
    pub fn note(&mut self) {
        self.now = self.now.saturating_add(1);
    }
    /// So many spans are over, the last that was counted and empty ones.
    pub fn turn(&mut self, spans: u32) {
        self.before = self.before.saturating_add(u32::from(self.now));
        self.spans = self.spans.saturating_add(u16::try_from(spans).unwrap_or(u16::MAX));
        self.now = 0;
        if u32::from(self.spans) > u32::from(MOST) {
            (self.spans, self.before) = (self.spans / 2, self.before / 2);
        }
    }
    pub fn before(&self) -> u32 {
        self.before
    }
    pub fn spans(&self) -> u16 {
        self.spans
    }
    pub fn bits(&self) -> i32 {
        let (spans, before) = (u32::from(self.spans) + 2, self.before.saturating_add(1));
        (0..u32::from(self.now).min(200)).map(|n| rarity((n + 1).saturating_mul(spans), before.saturating_add(n))).sum()
    }
}
