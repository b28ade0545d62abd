//! Pace: how many messages of one connection are answered; time and rate come from outside.

use kernel::time::Timestamp;

/// Messages a second that are always answered, as on a TWS.
const PER_SECOND: u64 = 50;
/// So many seconds' worth may come at once.
const BURST: u64 = 4;
/// So many beyond the rate end the connection.
const MOST_FLOODED: u64 = 1_000;

/// Counted in thousandths of a message, so that no part of a second is lost.
#[derive(Debug)]
pub(crate) struct Pace {
    credit: u64,
    at: Timestamp,
    flooded: u64,
}

/// What a credential states raises the rate of its connections, and never lowers it: what is too fast for its
/// limits is refused by the guard, on the record.
pub(crate) fn per_second(stated: Option<u32>) -> u64 {
    stated.map_or(PER_SECOND, |stated| u64::from(stated).max(PER_SECOND))
}

const fn full(per_second: u64) -> u64 {
    per_second.saturating_mul(BURST).saturating_mul(1_000)
}

impl Pace {
    pub(crate) const fn new(now: Timestamp, per_second: u64) -> Self {
        Self { credit: full(per_second), at: now, flooded: 0 }
    }

    /// Whether one more is answered, at the rate that holds now. A clock that goes back gives nothing.
    pub(crate) fn take(&mut self, now: Timestamp, per_second: u64) -> bool {
        let passed = u64::try_from(now.since(self.at)).unwrap_or(0);
        self.at = now;
        self.credit = self.credit.saturating_add(passed.saturating_mul(per_second)).min(full(per_second));
        match self.credit.checked_sub(1_000) {
            Some(rest) => {
                self.credit = rest;
                true
            }
            None => {
                self.flooded = self.flooded.saturating_add(1);
                false
            }
        }
    }

    pub(crate) const fn flooded(&self) -> bool {
        self.flooded > MOST_FLOODED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_790_000_000_000);

    fn answered(pace: &mut Pace, now: Timestamp, rate: u64, asked: u64) -> usize {
        (0..asked).filter(|_| pace.take(now, rate)).count()
    }

    #[test]
    fn a_credential_that_states_less_than_a_tws_answers_still_gets_that() {
        assert_eq!(
            [None, Some(0), Some(50), Some(51), Some(u32::MAX)].map(per_second),
            [50, 50, 50, 51, 4_294_967_295]
        );
    }

    #[test]
    fn a_burst_of_four_seconds_then_the_rate() {
        for rate in [50, 1_000] {
            let mut pace = Pace::new(START, rate);
            let burst = usize::try_from(rate * 4).unwrap_or(0);
            assert_eq!(answered(&mut pace, START, rate, rate * 4 + 10), burst);
            assert!(!pace.take(START, rate));
            let mut now = START;
            for _ in 0..100 {
                now = now.plus_ms(100);
                assert_eq!(answered(&mut pace, now, rate, rate), burst / 40);
            }
            assert_eq!(answered(&mut pace, now.plus_ms(3_600_000), rate, rate * 5), burst);
        }
    }

    #[test]
    fn no_part_of_a_second_is_lost_however_often_it_is_asked() {
        let mut pace = Pace::new(START, 50);
        assert_eq!(answered(&mut pace, START, 50, 200), 200);
        let in_a_second = (1..=1_000).filter(|ms| pace.take(START.plus_ms(*ms), 50)).count();
        assert_eq!(in_a_second, 50);
    }

    #[test]
    fn a_rate_that_changes_holds_from_the_next_message_on() {
        let mut pace = Pace::new(START, 50);
        assert_eq!(answered(&mut pace, START, 50, 201), 200);
        let now = START.plus_ms(1_000);
        assert_eq!(answered(&mut pace, now, 400, 500), 400);
        let later = now.plus_ms(4_000);
        assert!(pace.take(later, 400), "full again, for 1600");
        assert_eq!(answered(&mut pace, later, 50, 1_000), 200, "what was saved at the old rate is gone");
    }

    #[test]
    fn a_clock_that_goes_back_neither_gives_nor_holds() {
        let mut pace = Pace::new(START, 50);
        assert_eq!(answered(&mut pace, START, 50, 201), 200);
        let back = START.plus_ms(-60_000);
        assert!(!pace.take(back, 50));
        assert_eq!(answered(&mut pace, back.plus_ms(1_000), 50, 100), 50);
    }

    #[test]
    fn a_thousand_too_many_are_borne() {
        let mut pace = Pace::new(START, 50);
        answered(&mut pace, START, 50, 1_200);
        assert!(!pace.flooded());
        assert!(!pace.take(START, 50));
        assert!(pace.flooded());
    }
}
