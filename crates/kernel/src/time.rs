//! Time: milliseconds since 1970 UTC, and the UTC day that limits are counted by.

use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;

/// An instant; always an argument, never read from a clock in here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A UTC day, counted from 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i64);

impl Timestamp {
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
    pub const fn minus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }
    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(DAY_MS))
    }
}

impl Day {
    /// The first instant that is no longer in it.
    pub const fn end(self) -> Timestamp {
        Timestamp(self.0.saturating_add(1).saturating_mul(DAY_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_turns_at_midnight_utc() {
        assert_eq!(Timestamp(DAY_MS - 1).day(), Day(0));
        assert_eq!(Timestamp(DAY_MS).day(), Day(1));
        assert_eq!(Timestamp(-1).day(), Day(-1));
        assert_eq!((Day(0).end(), Day(-1).end()), (Timestamp(DAY_MS), Timestamp(0)));
    }
}
