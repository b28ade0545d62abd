//! Heat: the bits of each signal, fading; the steps there are, and what was told of them.

use super::signal::Signal;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One bit: twice as rare.
pub const BIT: i32 = 16;
const FADE_MS: i64 = 12 * 3_600_000;
/// Two of these halve it.
const FADES: (i32, i32) = (22, 32);

/// What is left of the bits of each signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heat {
    of: [i16; Signal::COUNT],
    faded_at: Timestamp,
    /// When each was last seen.
    seen_at: [Timestamp; Signal::COUNT],
}

impl Default for Heat {
    fn default() -> Self {
        let never = Timestamp::default();
        Self { of: [0; Signal::COUNT], faded_at: never, seen_at: [never; Signal::COUNT] }
    }
}

impl Heat {
    /// Adds to what is kept of a signal, up to its cap.
    pub fn add(&mut self, at: Timestamp, signal: Signal, bits: i32) {
        self.put(at, signal, bits);
    }

    /// As a signal that is judged anew each time: the highest counts, not the sum.
    pub fn raise(&mut self, at: Timestamp, signal: Signal, bits: i32) {
        self.fade(at);
        self.put(at, signal, bits.saturating_sub(self.of(signal)));
        if bits > 0 {
            self.see(at, signal);
        }
    }

    fn put(&mut self, at: Timestamp, signal: Signal, bits: i32) {
        self.fade(at);
        if let Some(one) = self.of.get_mut(signal.at())
            && bits > 0
        {
            let sum = i32::from(*one).saturating_add(bits).min(signal.cap());
            *one = i16::try_from(sum).unwrap_or(i16::MAX);
            self.see(at, signal);
        }
    }

    fn see(&mut self, at: Timestamp, signal: Signal) {
        if let Some(seen) = self.seen_at.get_mut(signal.at()) {
            *seen = at;
        }
    }

    /// What was not seen since then counts nothing.
    pub fn forget_until(&mut self, at: Timestamp) {
        self.of.iter_mut().zip(&self.seen_at).filter(|(_, seen)| **seen <= at).for_each(|(one, _)| *one = 0);
    }

    pub fn fade(&mut self, at: Timestamp) {
        let steps = at.since(self.faded_at).div_euclid(FADE_MS);
        if steps <= 0 {
            return;
        }
        for _ in 0..steps.min(40) {
            self.of.iter_mut().for_each(|one| {
                let faded = i32::from(*one) * FADES.0 / FADES.1;
                *one = i16::try_from(faded).unwrap_or(0);
            });
        }
        self.faded_at = match steps > 40 {
            true => at,
            false => self.faded_at.plus_ms(steps.saturating_mul(FADE_MS)),
        };
    }

    pub fn of(&self, signal: Signal) -> i32 {
        self.of.get(signal.at()).map_or(0, |one| i32::from(*one))
    }

    pub fn clear(&mut self) {
        self.of = [0; Signal::COUNT];
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The owner is told.
    Notify,
    /// The sessions fall back to *view* until an authenticator is shown.
    StepUp,
    /// Orders only reduce.
    ReduceOnly,
    /// The credential is suspended.
    Kill,
}

/// From how many bits on something is told, in sixteenths; each step beyond takes so many more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    pub notify: i32,
    pub step_up: i32,
    pub reduce_only: i32,
    pub kill: i32,
    /// For so many days the subject is known.
    pub known_days: u32,
}

impl Thresholds {
    pub const fn usual() -> Self {
        Self::around(74 * BIT / 8)
    }
    /// The others keep their distance to the first.
    pub const fn around(notify: i32) -> Self {
        let (step_up, reduce_only, kill) = (notify + 2 * BIT, notify + 4 * BIT, notify + 8 * BIT);
        Self { notify, step_up, reduce_only, kill, known_days: u32::MAX }
    }
    /// Of whom little is known, much is new that is not odd.
    pub const fn known_for(self, known_days: u32) -> Self {
        Self { known_days, ..self }
    }
}

/// How long an alert stands for what goes on, before the same is told anew.
pub const STANDS_MS: i64 = 7 * 86_400_000;

/// What was told last of a subject: an alert is told once, and again only when it asks for a harder step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    last: Option<(Step, Timestamp)>,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// A new alert.
    Opens(Step),
    /// The one that stands asks for more.
    Rises(Step),
}

impl Told {
    pub fn tell(&mut self, step: Option<Step>, at: Timestamp) -> Option<Telling> {
        let step = step?;
        let standing = self.last.filter(|(_, since)| at.since(*since) < STANDS_MS);
        let telling = match standing {
            None => Telling::Opens(step),
            Some((before, _)) if step > before => Telling::Rises(step),
            Some(_) => return None,
        };
        self.last = Some((step, standing.map_or(at, |(_, since)| since)));
        Some(telling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_counts_again_only_where_it_is_seen_again() {
        let (then, mut heat) = (Timestamp(1_790_000_000_000), Heat::default());
        heat.raise(then, Signal::OrderSize, 6 * BIT);
        heat.add(then, Signal::SameRefused, 2 * BIT);
        let later = then.plus_ms(60_000);
        heat.raise(later, Signal::OddHour, BIT);
        heat.forget_until(then);
        assert_eq!((heat.of(Signal::OrderSize), heat.of(Signal::SameRefused), heat.of(Signal::OddHour)), (0, 0, BIT));
        let mut again = Heat::default();
        again.raise(then, Signal::OrderSize, 6 * BIT);
        again.raise(later, Signal::OrderSize, BIT);
        again.forget_until(then);
        assert_eq!(again.of(Signal::OrderSize), 6 * BIT, "the same was seen again");
    }
}
