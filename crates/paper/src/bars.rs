//! Bars: what the prices of an instrument did in spans of time that are over, or go on.

use crate::calendar::{Hours, Session, session};
use crate::instrument::Instrument;
use crate::market::Market;
use crate::quote::{STEP_MS, Touch, day_volume, touch};
use rust_decimal::Decimal;

const DAY_MS: i64 = 86_400_000;
/// How often prices are looked at within a bar, besides its first and its last.
const LOOKS: i64 = 8;

/// Which price is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Trades,
    Midpoint,
    Bid,
    Ask,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    pub from_ms: i64,
    pub open: Decimal,
    pub high: Decimal,
    pub low: Decimal,
    pub close: Decimal,
    /// Of trades only.
    pub volume: Option<Decimal>,
    pub average: Decimal,
}

/// When bars are drawn, and whether only those that begin in regular hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from_ms: i64,
    /// Not before this moment a bar ends; the one that it lies in is drawn up to here.
    pub until_ms: i64,
    pub each_ms: i64,
    pub only: Option<Hours>,
}

/// The starts of the bars, on the grid that begins at midnight UTC.
pub fn starts(instrument: &Instrument, range: Range) -> Vec<i64> {
    let each = range.each_ms.max(STEP_MS);
    let first = range.from_ms.div_euclid(each).saturating_mul(each);
    let open = |at: &i64| match range.only {
        // A bar of a day or more begins before its session does.
        Some(hours) if each < DAY_MS => session(instrument, *at, hours) == Session::Regular,
        _ => true,
    };
    let next = |at: &i64| at.checked_add(each);
    let all = std::iter::successors(Some(first), next).skip_while(|at| *at < range.from_ms);
    all.take_while(|at| *at < range.until_ms).filter(open).collect()
}

/// The bars that begin at these moments; a pure function of market, instrument and time, as the quotes are.
pub fn bars(market: Market, instrument: &Instrument, seen: Seen, range: Range, starts: &[i64]) -> Vec<Bar> {
    let seed = match market {
        Market::Computed(seed) => seed,
        Market::Told(replay) => return replay.bars(instrument, seen, range, starts),
    };
    let each = range.each_ms.max(STEP_MS);
    let price = |at: i64| seen.of(&touch(seed, instrument, at));
    let drawn = |from: &i64| {
        let until = from.saturating_add(each).min(range.until_ms);
        let last = until.saturating_sub(STEP_MS).max(*from);
        let looks = (1..=LOOKS).map(|n| from + (last - from) / (LOOKS + 1) * n);
        let prices: Vec<Decimal> = std::iter::once(*from).chain(looks).chain([last]).map(price).collect();
        bar(*from, &prices, (seen == Seen::Trades).then(|| volume(seed, instrument, *from, until)))
    };
    starts.iter().map(drawn).collect()
}

/// Of the prices in the order in which they were seen.
pub(crate) fn bar(from_ms: i64, prices: &[Decimal], volume: Option<Decimal>) -> Bar {
    let (open, close) = (prices.first().copied().unwrap_or_default(), prices.last().copied().unwrap_or_default());
    let sum = prices.iter().try_fold(Decimal::ZERO, |sum, price| sum.checked_add(*price));
    let average = sum.and_then(|sum| sum.checked_div(Decimal::from(prices.len()))).unwrap_or(open).round_dp(6);
    Bar {
        from_ms,
        open,
        high: prices.iter().copied().max().unwrap_or(open),
        low: prices.iter().copied().min().unwrap_or(open),
        close,
        volume,
        average,
    }
}

impl Seen {
    pub(crate) fn of(self, touch: &Touch) -> Decimal {
        match self {
            Seen::Trades => touch.last,
            Seen::Bid => touch.bid,
            Seen::Ask => touch.ask,
            Seen::Midpoint => {
                touch.bid.checked_add(touch.ask).and_then(|sum| sum.checked_div(Decimal::TWO)).unwrap_or(touch.bid)
            }
        }
    }
}

/// What the days' volumes grew by.
fn volume(seed: u64, instrument: &Instrument, from: i64, until: i64) -> Decimal {
    let day = |at: i64| at.div_euclid(DAY_MS);
    let within = |from: i64, until: i64| day_volume(seed, instrument, until) - day_volume(seed, instrument, from);
    let days = (day(from)..day(until)).map(|each| within(from.max(each * DAY_MS), (each + 1) * DAY_MS - 1));
    let before: Decimal = days.sum();
    before + within(from.max(day(until) * DAY_MS), until)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::instrument::by_id;

    const NOON: i64 = 1_790_000_000_000 / DAY_MS * DAY_MS + DAY_MS / 2;
    const MINUTE: i64 = 60_000;

    fn range(from_ms: i64, until_ms: i64, each_ms: i64) -> Range {
        Range { from_ms, until_ms, each_ms, only: None }
    }

    #[test]
    fn bars_lie_on_the_grid_join_and_hold_what_was_quoted_in_them() {
        let apple = by_id(265_598).unwrap();
        let asked = range(NOON, NOON + 60 * MINUTE, 5 * MINUTE);
        let starts = starts(apple, asked);
        assert_eq!((starts.len(), starts[0], starts[11]), (12, NOON, NOON + 55 * MINUTE));
        let all = bars(Market::Computed(7), apple, Seen::Trades, asked, &starts);
        for (bar, next) in all.iter().zip(&all[1..]) {
            assert!(bar.low <= bar.open.min(bar.close) && bar.open.max(bar.close) <= bar.high, "{bar:?}");
            assert!((bar.low..=bar.high).contains(&bar.average) && bar.volume.is_some_and(|one| one >= Decimal::ZERO));
            assert_eq!(bar.open, touch(7, apple, bar.from_ms).last);
            assert_eq!(bar.close, touch(7, apple, next.from_ms - STEP_MS).last);
        }
        assert_eq!(bars(Market::Computed(7), apple, Seen::Trades, asked, &starts), all, "the same again");
        let [bid, middle, ask] = [Seen::Bid, Seen::Midpoint, Seen::Ask]
            .map(|seen| bars(Market::Computed(7), apple, seen, asked, &starts)[3].open);
        assert!(bid < middle && middle < ask);
    }

    #[test]
    fn the_bar_that_goes_on_ends_now_and_bars_out_of_hours_are_left_out() {
        let apple = by_id(265_598).unwrap();
        let asked = range(NOON, NOON + 7 * MINUTE, 5 * MINUTE);
        let going = bars(Market::Computed(7), apple, Seen::Trades, asked, &starts(apple, asked));
        assert_eq!((going.len(), going[1].close), (2, touch(7, apple, NOON + 7 * MINUTE - STEP_MS).last));
        let day = Range { only: Some(Hours::Exchange), ..range(NOON - DAY_MS / 2, NOON + DAY_MS / 2, 60 * MINUTE) };
        let regular = starts(apple, day).len();
        assert!((5..=8).contains(&regular), "{regular} hours");
        assert_eq!(starts(apple, Range { each_ms: DAY_MS, ..day }).len(), 1);
    }

    #[test]
    fn volumes_of_a_day_s_bars_are_the_day_s_volume_and_more_than_a_day_is_more() {
        let apple = by_id(265_598).unwrap();
        let midnight = NOON - DAY_MS / 2;
        let whole = volume(7, apple, midnight, midnight + DAY_MS - 1);
        let hours: Decimal =
            (0..24).map(|n| volume(7, apple, midnight + n * 3_600_000, midnight + (n + 1) * 3_600_000 - 1)).sum();
        assert!((whole - hours).abs() < Decimal::from(100_000), "{whole} {hours}");
        assert!(volume(7, apple, midnight, midnight + 2 * DAY_MS) > whole);
    }

    #[test]
    fn absurd_ranges_end() {
        let apple = by_id(265_598).unwrap();
        for (from, until, each) in [(i64::MAX - 10, i64::MAX, 1), (5, 1, MINUTE), (i64::MAX, i64::MAX, i64::MAX)] {
            let asked = range(from, until, each);
            assert!(bars(Market::Computed(1), apple, Seen::Bid, asked, &starts(apple, asked)).len() < 2);
        }
    }
}
