//! Source: how often it was tried, and failed, to come in as one user, under one name, or from one address.

use crate::time::Timestamp;
use alloc::vec;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
/// Failures are counted together for so long.
pub const WINDOW_MS: i64 = 15 * MINUTE_MS;
/// So many in the window cost nothing but themselves.
pub const FREE: usize = 5;
/// What the next one waits, doubled with each that follows.
pub const FIRST_DELAY_MS: i64 = 30_000;
/// Never longer: nobody can keep somebody else out by failing in their name.
pub const LONGEST_DELAY_MS: i64 = 15 * MINUTE_MS;
/// While others are under way, the next comes back after this.
pub const UNDER_WAY_MS: i64 = 1_000;
/// So many in a row, and what was tried is disabled (NI-10).
pub const MOST_IN_A_ROW: u32 = 50;
/// More are not kept: the delay is the longest long before.
const KEPT: usize = 16;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Failures, the latest last; those out of the window go when the next comes.
    pub recent: Vec<Timestamp>,
    /// In a row, however long it took.
    pub consecutive: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Fail,
    Succeed,
    /// What was tried is disabled: whatever is bound next is counted anew.
    Disable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Failed { at: Timestamp },
    Succeeded { at: Timestamp },
    Disabled { at: Timestamp },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Throttled { until: Timestamp },
}

/// Attempts that are under way count as if they had failed, so that a volley is no way around.
pub fn may_try(source: &Source, under_way: usize, now: Timestamp) -> Result<(), Refusal> {
    let failed = source.recent.iter().filter(|at| now.since(**at) < WINDOW_MS).count();
    let last = source.recent.last().copied().unwrap_or(now);
    let until = last.plus_ms(delay(failed));
    if now < until {
        return Err(Refusal::Throttled { until });
    }
    if under_way > 0 && failed.saturating_add(under_way) >= FREE {
        return Err(Refusal::Throttled { until: now.plus_ms(UNDER_WAY_MS) });
    }
    Ok(())
}

/// After the last of so many failures in the window.
fn delay(failed: usize) -> i64 {
    let Some(beyond) = failed.checked_sub(FREE) else { return 0 };
    let doubled = u32::try_from(beyond).ok().and_then(|times| 1_i64.checked_shl(times)).unwrap_or(i64::MAX);
    FIRST_DELAY_MS.saturating_mul(doubled.max(1)).min(LONGEST_DELAY_MS)
}

/// Enough failures in a row to disable what was tried. No clock has a part in it.
pub const fn disables(source: &Source) -> bool {
    source.consecutive >= MOST_IN_A_ROW
}

/// A success that has nothing to forget is not written down.
pub fn decide(source: &Source, command: Command, now: Timestamp) -> Vec<Event> {
    match command {
        Command::Fail => vec![Event::Failed { at: now }],
        Command::Succeed if *source == Source::default() => Vec::new(),
        Command::Succeed => vec![Event::Succeeded { at: now }],
        Command::Disable if source.consecutive == 0 => Vec::new(),
        Command::Disable => vec![Event::Disabled { at: now }],
    }
}

/// Writes, never judges.
pub fn apply(source: &mut Source, event: &Event) {
    match event {
        Event::Failed { at } => {
            source.recent.retain(|before| at.since(*before) < WINDOW_MS);
            source.recent.push(*at);
            let beyond = source.recent.len().saturating_sub(KEPT);
            source.recent.drain(..beyond);
            source.consecutive = source.consecutive.saturating_add(1);
        }
        Event::Succeeded { .. } => *source = Source::default(),
        Event::Disabled { .. } => source.consecutive = 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn act(source: &mut Source, command: Command, now: Timestamp) {
        for event in decide(source, command, now) {
            apply(source, &event);
        }
    }

    fn failed(times: usize) -> Source {
        let mut source = Source::default();
        (0..times).for_each(|_| act(&mut source, Command::Fail, NOW));
        source
    }

    fn wait(source: &Source, now: Timestamp) -> i64 {
        match may_try(source, 0, now) {
            Ok(()) => 0,
            Err(Refusal::Throttled { until }) => until.since(now),
        }
    }

    #[test]
    fn the_fifth_failure_in_a_quarter_of_an_hour_is_the_first_that_delays_ni_10() {
        assert_eq!([0, 1, 4, 5].map(|times| wait(&failed(times), NOW)), [0, 0, 0, FIRST_DELAY_MS]);
    }

    #[test]
    fn each_further_failure_doubles_the_delay_and_none_is_longer_than_a_quarter_of_an_hour() {
        let seconds = [5, 6, 7, 8, 9, 10, 11, 100, 1_000].map(|times| wait(&failed(times), NOW) / 1_000);
        assert_eq!(seconds, [30, 60, 120, 240, 480, 900, 900, 900, 900]);
    }

    #[test]
    fn a_delay_is_over_to_the_millisecond() {
        let source = failed(5);
        for (later, wanted) in [(FIRST_DELAY_MS - 1, 1), (FIRST_DELAY_MS, 0), (FIRST_DELAY_MS + 1, 0)] {
            assert_eq!(wait(&source, NOW.plus_ms(later)), wanted);
        }
    }

    #[test]
    fn a_failure_counts_for_fourteen_minutes_and_fifty_nine_seconds_and_not_for_fifteen_minutes() {
        for (later, delayed) in [(WINDOW_MS - 1_000, true), (WINDOW_MS - 1, true), (WINDOW_MS, false)] {
            let mut source = failed(4);
            let now = NOW.plus_ms(later);
            act(&mut source, Command::Fail, now);
            assert_eq!(wait(&source, now) > 0, delayed, "{later}");
        }
    }

    #[test]
    fn attempts_under_way_count_as_failures_and_one_alone_always_may() {
        let one_more = |times, under_way| may_try(&failed(times), under_way, NOW).is_ok();
        assert_eq!([3, 4, 5, 60].map(|under_way| one_more(0, under_way)), [true, true, false, false]);
        assert_eq!([0, 1].map(|under_way| one_more(4, under_way)), [true, false]);
        let late = NOW.plus_ms(LONGEST_DELAY_MS);
        assert!(may_try(&failed(9), 0, late).is_ok());
        let soon = Refusal::Throttled { until: NOW.plus_ms(UNDER_WAY_MS) };
        assert_eq!(may_try(&failed(4), 1, NOW), Err(soon));
    }

    #[test]
    fn the_fiftieth_failure_in_a_row_disables_however_long_it_took() {
        let mut source = Source::default();
        for n in 1..=50 {
            act(&mut source, Command::Fail, NOW.plus_ms(n * WINDOW_MS));
            assert_eq!(disables(&source), n == 50, "{n}");
        }
        act(&mut source, Command::Disable, NOW.plus_ms(51 * WINDOW_MS));
        assert!(!disables(&source), "what is bound next is counted anew");
        assert!(!source.recent.is_empty(), "and who tries is delayed all the same");
    }

    #[test]
    fn a_success_forgets_all_failures_and_is_written_only_where_there_are_some() {
        assert_eq!(decide(&Source::default(), Command::Succeed, NOW), []);
        let mut source = failed(49);
        act(&mut source, Command::Succeed, NOW);
        assert_eq!(source, Source::default());
        act(&mut source, Command::Fail, NOW);
        assert!(!disables(&source));
    }

    #[test]
    fn a_clock_that_goes_back_lets_nobody_in_sooner_and_nothing_grows_without_end() {
        let mut source = failed(5);
        assert!(wait(&source, NOW.minus_ms(WINDOW_MS)) > 0);
        for n in 0..10_000 {
            act(&mut source, Command::Fail, NOW.minus_ms(n));
        }
        assert_eq!(source.recent.len(), KEPT);
        for extreme in [i64::MIN, i64::MAX] {
            act(&mut source, Command::Fail, Timestamp(extreme));
            assert!(wait(&source, Timestamp(extreme)) >= 0);
        }
    }
}
