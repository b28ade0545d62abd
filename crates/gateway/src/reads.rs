//! Reads: how often one client id was answered each message that only reads, minute by minute.

use kernel::time::Timestamp;
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;

/// What was read in one minute; never empty, and no larger than the table of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Minute {
    pub(crate) began: Timestamp,
    pub(crate) counts: BTreeMap<&'static str, u32>,
}

#[derive(Debug, Default)]
pub(crate) struct Reads(Option<Minute>);

fn minute(now: Timestamp) -> Timestamp {
    now.minus_ms(now.0.rem_euclid(MINUTE_MS))
}

impl Reads {
    /// One more. What another minute held is handed out, to be written down.
    pub(crate) fn note(&mut self, now: Timestamp, name: &'static str) -> Option<Minute> {
        let over = self.due(now);
        let fresh = || Minute { began: minute(now), counts: BTreeMap::new() };
        let count = self.0.get_or_insert_with(fresh).counts.entry(name).or_default();
        *count = count.saturating_add(1);
        over
    }

    /// A minute that is over, once; a clock that went back ends it too.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<Minute> {
        self.0.take_if(|noted| noted.began != minute(now))
    }

    /// Whatever is noted: the server ends.
    pub(crate) fn end(&mut self) -> Option<Minute> {
        self.0.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_790_000_040_000);

    fn read(began: Timestamp, counts: &[(&'static str, u32)]) -> Option<Minute> {
        Some(Minute { began, counts: counts.iter().copied().collect() })
    }

    #[test]
    fn a_minute_is_handed_out_once_and_only_when_it_is_over() {
        let mut reads = Reads::default();
        assert_eq!(reads.due(START), None, "nothing was read");
        for ms in [0, 1, 59_999] {
            assert_eq!(reads.note(START.plus_ms(ms), "REQ_POSITIONS"), None);
        }
        assert_eq!(reads.note(START.plus_ms(59_999), "REQ_EXECUTIONS"), None);
        assert_eq!(reads.due(START.plus_ms(59_999)), None);
        assert_eq!(reads.due(START.plus_ms(60_000)), read(START, &[("REQ_EXECUTIONS", 1), ("REQ_POSITIONS", 3)]));
        assert_eq!(reads.due(START.plus_ms(60_000)), None);
        assert_eq!(reads.end(), None);
    }

    #[test]
    fn a_read_in_the_next_minute_loses_nothing_of_the_last() {
        let mut reads = Reads::default();
        assert_eq!(reads.note(START, "REQ_POSITIONS"), None);
        let next = START.plus_ms(60_000);
        assert_eq!(reads.note(next.plus_ms(5), "REQ_EXECUTIONS"), read(START, &[("REQ_POSITIONS", 1)]));
        assert_eq!(reads.end(), read(next, &[("REQ_EXECUTIONS", 1)]));
    }

    #[test]
    fn minutes_are_those_of_the_clock_not_of_the_connection() {
        let mut reads = Reads::default();
        assert_eq!(reads.note(START.plus_ms(59_990), "REQ_POSITIONS"), None);
        assert_eq!(reads.due(START.plus_ms(60_001)), read(START, &[("REQ_POSITIONS", 1)]));
    }

    #[test]
    fn a_clock_that_goes_back_loses_no_read() {
        let mut reads = Reads::default();
        assert_eq!(reads.note(START, "REQ_POSITIONS"), None);
        let before = START.minus_ms(3_600_000);
        assert_eq!(reads.note(before, "REQ_POSITIONS"), read(START, &[("REQ_POSITIONS", 1)]));
        assert_eq!(reads.end(), read(before, &[("REQ_POSITIONS", 1)]));
    }

    #[test]
    fn a_million_reads_are_one_line() {
        let mut reads = Reads::default();
        for _ in 0..1_000_000 {
            assert_eq!(reads.note(START, "REQ_MKT_DATA"), None);
        }
        assert_eq!(reads.end(), read(START, &[("REQ_MKT_DATA", 1_000_000)]));
    }
}
