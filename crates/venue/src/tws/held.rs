//! Held: what was filled of a contract since upstream's last word on the position in it. No IO.

use kernel::time::Timestamp;
use rust_decimal::Decimal;

/// Upstream's word on a position comes within seconds of a fill. After so long its word stands, whatever was filled.
pub(super) const LATE_MS: i64 = 10_000;
/// A TWS tells everything that is held at least every three minutes.
pub(super) const TOLD_ANEW_MS: i64 = 240_000;
/// More fills than this within that time: only upstream's word says what is held.
const MOST: usize = 1_000;

/// A fill and the word that has it in it come one after the other, and either may be first.
#[derive(Debug, Default)]
pub(super) struct Since {
    filled_at: Option<Timestamp>,
    told_at: Option<Timestamp>,
    fills: Vec<(Timestamp, Decimal)>,
    words: Vec<(Timestamp, Decimal)>,
}

impl Since {
    /// `change` is positive for what was bought.
    pub(super) fn filled(&mut self, change: Decimal, now: Timestamp) {
        self.filled_at = Some(now);
        self.fills.push((now, change));
        self.settle(now);
    }

    /// Whether upstream has not spoken of it since it was traded. What is held and was not told is nothing, as it was
    /// when all had been told; and so is what it does not speak of when it tells all anew.
    pub(super) fn is_moving(&self, all_told_at: Timestamp, now: Timestamp) -> bool {
        let traded = self.filled_at.filter(|at| now.since(*at) <= TOLD_ANEW_MS);
        traded.is_some_and(|traded| self.told_at.unwrap_or(all_told_at) <= traded)
    }

    /// By how much more, or less, than before.
    pub(super) fn told(&mut self, change: Decimal, now: Timestamp) {
        self.told_at = Some(now);
        if !change.is_zero() {
            self.words.push((now, change));
            self.settle(now);
        }
    }

    /// What upstream's last word does not have in it yet.
    pub(super) fn missing(&self, now: Timestamp) -> Decimal {
        let fresh = |list: &[(Timestamp, Decimal)]| -> Option<Decimal> {
            let mut fresh = list.iter().filter(|(at, _)| now.since(*at) <= LATE_MS).map(|(_, change)| *change);
            let first = fresh.next()?;
            fresh.try_fold(first, Decimal::checked_add)
        };
        let Some(filled) = fresh(&self.fills) else { return Decimal::ZERO };
        filled.checked_sub(fresh(&self.words).unwrap_or_default()).unwrap_or_default()
    }

    /// Fills that add up to what upstream told meanwhile are in its word. Which of several beginnings is meant makes no
    /// difference: what is left adds up to the same.
    fn settle(&mut self, now: Timestamp) {
        for list in [&mut self.fills, &mut self.words] {
            list.retain(|(at, _)| now.since(*at) <= LATE_MS);
            if list.len() > MOST {
                list.clear();
            }
        }
        let told = self.words.iter().try_fold(Decimal::ZERO, |sum, (_, change)| sum.checked_add(*change));
        let Some(told) = told.filter(|_| !self.words.is_empty()) else { return };
        let mut sum = Decimal::ZERO;
        for (index, (_, change)) in self.fills.iter().enumerate() {
            let Some(next) = sum.checked_add(*change) else { return };
            sum = next;
            if sum == told {
                self.fills.drain(..=index);
                self.words.clear();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn number(value: i64) -> Decimal {
        Decimal::from(value)
    }

    #[test]
    fn a_fill_is_missing_until_the_word_that_has_it() {
        let mut since = Since::default();
        since.filled(number(20), NOW);
        assert_eq!(since.missing(NOW), number(20));
        since.filled(number(-5), NOW);
        assert_eq!(since.missing(NOW), number(15));
        since.told(number(20), NOW.plus_ms(900));
        assert_eq!(since.missing(NOW.plus_ms(900)), number(-5), "the second is not in it yet");
        since.told(number(-5), NOW.plus_ms(950));
        assert_eq!(since.missing(NOW.plus_ms(950)), Decimal::ZERO);
    }

    #[test]
    fn one_word_for_several_fills_and_several_for_one() {
        let mut since = Since::default();
        since.filled(number(20), NOW);
        since.filled(number(30), NOW);
        since.told(number(50), NOW);
        assert_eq!(since.missing(NOW), Decimal::ZERO);
        since.filled(number(-50), NOW);
        since.told(number(-20), NOW);
        assert_eq!(since.missing(NOW), number(-30));
        since.told(number(-30), NOW);
        assert_eq!(since.missing(NOW), Decimal::ZERO);
    }

    #[test]
    fn the_word_may_come_before_the_fill() {
        let mut since = Since::default();
        since.told(number(20), NOW);
        assert_eq!(since.missing(NOW), Decimal::ZERO, "a person may have bought it elsewhere");
        since.filled(number(20), NOW.plus_ms(5));
        assert_eq!(since.missing(NOW.plus_ms(5)), Decimal::ZERO, "it was told already");
        since.filled(number(20), NOW.plus_ms(6));
        assert_eq!(since.missing(NOW.plus_ms(6)), number(20), "and another is another");
        since.told(number(10), NOW.plus_ms(7));
        since.filled(number(5), NOW.plus_ms(8));
        assert_eq!(since.missing(NOW.plus_ms(8)), number(15), "10 of 25 are in the word");
    }

    #[test]
    fn after_ten_seconds_upstreams_word_stands() {
        let mut since = Since::default();
        since.filled(number(20), NOW);
        assert_eq!(since.missing(NOW.plus_ms(LATE_MS)), number(20));
        assert_eq!(since.missing(NOW.plus_ms(LATE_MS + 1)), Decimal::ZERO);
        since.told(number(-7), NOW.plus_ms(LATE_MS + 2));
        assert_eq!(since.missing(NOW.plus_ms(LATE_MS + 2)), Decimal::ZERO);
        for _ in 0..=MOST {
            since.filled(number(1), NOW.plus_ms(60_000));
        }
        assert_eq!(since.missing(NOW.plus_ms(60_000)), Decimal::ZERO, "too many to be followed");
    }
}
