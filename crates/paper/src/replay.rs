//! Replay: a tape laid on the clock. Its first price is quoted at the start, and after its last one nobody quotes.
//!
//! A price stands until the next one of its instrument; the last of an instrument, until the tape ends.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::bars::{Bar, Range, Seen, bar};
use crate::instrument::Instrument;
use crate::quote::{Quote, STEP_MS, Touch, step_start};
use crate::tape::{Row, Tape};

const DAY_MS: i64 = 86_400_000;
/// A tape tells no sizes: as much as this is shown on each side.
const SHARES: u32 = 1_000;
const CURRENCY: u32 = 1_000_000;

/// A price, by the clock, with the figures of its UTC day so far.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    row: Row,
    open: Decimal,
    high: Decimal,
    low: Decimal,
    /// The last price of the day before; the first of all where there was none.
    close: Decimal,
}

/// A market that is told, from a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    told: BTreeMap<u32, Vec<Told>>,
    /// The step of its last price: it is traded on still.
    last_ms: i64,
}

impl Replay {
    /// From this moment on, or from the start of its step, so that a price is quoted at once.
    pub fn starting(tape: Tape, now_ms: i64) -> Self {
        let shift = step_start(now_ms).saturating_sub(tape.first_ms);
        let laid = |rows: Vec<Row>| {
            let mut told: Vec<Told> = Vec::with_capacity(rows.len());
            for mut row in rows {
                row.at = step_start(row.at.saturating_add(shift));
                let next = follow(told.last(), row);
                // Of several in one step the last is quoted.
                match told.last_mut().filter(|before| before.row.at == next.row.at) {
                    Some(before) => *before = next,
                    None => told.push(next),
                }
            }
            told
        };
        let told = tape.rows.into_iter().map(|(con_id, rows)| (con_id, laid(rows))).collect();
        Replay { told, last_ms: step_start(tape.last_ms.saturating_add(shift)) }
    }

    /// The moment after which nobody quotes any more.
    pub fn ends_ms(&self) -> i64 {
        self.last_ms.saturating_add(STEP_MS)
    }

    fn rows(&self, instrument: &Instrument) -> &[Told] {
        self.told.get(&instrument.con_id).map_or(&[], Vec::as_slice)
    }

    fn at(&self, instrument: &Instrument, now_ms: i64) -> Option<&Told> {
        let rows = self.rows(instrument);
        rows.get(rows.partition_point(|each| each.row.at <= now_ms).checked_sub(1)?)
    }

    pub(crate) fn touch(&self, instrument: &Instrument, now_ms: i64) -> Option<Touch> {
        if now_ms >= self.ends_ms() { None } else { self.shown(instrument, now_ms) }
    }

    /// After the end it grows old.
    pub(crate) fn shown(&self, instrument: &Instrument, now_ms: i64) -> Option<Touch> {
        let told = self.at(instrument, now_ms)?;
        Some(touch(&told.row, instrument, step_start(now_ms).min(self.last_ms)))
    }

    pub(crate) fn mark(&self, instrument: &Instrument, now_ms: i64) -> Touch {
        let first = || self.rows(instrument).first();
        let unknown = || {
            let price = instrument.base_price;
            Row { at: now_ms, bid: price, ask: price, last: price }
        };
        let row = self.at(instrument, now_ms).or_else(first).map_or_else(unknown, |told| told.row.clone());
        touch(&row, instrument, step_start(now_ms))
    }

    pub(crate) fn quote(&self, instrument: &Instrument, now_ms: i64) -> Option<Quote> {
        let told = self.at(instrument, now_ms)?;
        let touch = self.shown(instrument, now_ms)?;
        let today = day(told.row.at) == day(touch.at_ms);
        let last = touch.last;
        let (open, high, low, close) =
            if today { (told.open, told.high, told.low, told.close) } else { (last, last, last, last) };
        Some(Quote {
            bid: touch.bid,
            ask: touch.ask,
            last,
            bid_size: touch.bid_size,
            ask_size: touch.ask_size,
            last_size: touch.last_size,
            open,
            high,
            low,
            close,
            volume: Decimal::ZERO,
            at_ms: touch.at_ms,
        })
    }

    /// The bars that begin at these moments, of what was told in each and what stood when it began; none where
    /// nothing was told yet, or no more.
    pub(crate) fn bars(&self, instrument: &Instrument, seen: Seen, range: Range, starts: &[i64]) -> Vec<Bar> {
        let rows = self.rows(instrument);
        let drawn = |from: &i64| {
            let until = from.saturating_add(range.each_ms.max(STEP_MS)).min(range.until_ms);
            let ended = *from >= self.ends_ms();
            let first = rows.partition_point(|each| each.row.at <= *from).saturating_sub(1);
            let within = rows.get(first..).unwrap_or_default().iter().take_while(|each| each.row.at < until);
            let prices: Vec<Decimal> = within.map(|each| seen.of(&touch(&each.row, instrument, each.row.at))).collect();
            if prices.is_empty() || ended { None } else { Some(bar(*from, &prices, None)) }
        };
        starts.iter().filter_map(drawn).collect()
    }
}

fn day(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS)
}

fn follow(before: Option<&Told>, row: Row) -> Told {
    let last = row.last;
    match before {
        None => Told { row, open: last, high: last, low: last, close: last },
        Some(before) if day(before.row.at) == day(row.at) => {
            Told { row, open: before.open, high: before.high.max(last), low: before.low.min(last), close: before.close }
        }
        Some(before) => Told { row, open: last, high: last, low: last, close: before.row.last },
    }
}

fn touch(row: &Row, instrument: &Instrument, at_ms: i64) -> Touch {
    let size = Decimal::from(if instrument.is_forex() { CURRENCY } else { SHARES });
    Touch { bid: row.bid, ask: row.ask, last: row.last, bid_size: size, ask_size: size, last_size: size, at_ms }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::instrument::by_id;
    use crate::market::Market;
    use crate::tape::HEADER;

    /// 2026-11-23 23:59:58 UTC.
    const START: i64 = 1_795_478_398_000;

    fn replay(rows: &str) -> Replay {
        Replay::starting(Tape::parse(&format!("{HEADER}\n{rows}")).unwrap(), START + 100)
    }

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    const ROWS: &str = "2020-01-02T14:30:00Z,AAPL,230.00,230.02,230.01\n\
                        2020-01-02T14:30:01Z,AAPL,231.00,231.02,\n\
                        2020-01-02T14:30:01.1Z,AAPL,229.00,229.02,\n\
                        2020-01-02T14:30:03Z,MSFT,,,450.00\n";

    #[test]
    fn prices_come_as_far_from_the_start_as_in_the_file_and_stand_until_the_next() {
        let replay = replay(ROWS);
        let (apple, ibm) = (by_id(265_598).unwrap(), by_id(9_000_009).unwrap());
        let market = Market::Told(&replay);
        let bid = |ms| market.touch(apple, START + ms).map(|touch| touch.bid);
        assert_eq!(bid(-1), None);
        assert_eq!(bid(0), Some(number("230")));
        assert_eq!(bid(999), Some(number("230")));
        assert_eq!(bid(1_000), Some(number("229")), "of one step the last");
        assert_eq!(bid(3_249), Some(number("229")), "until the tape ends");
        assert_eq!(bid(3_250), None);
        assert_eq!(replay.ends_ms(), START + 3_250);
        let late = market.shown(apple, START + 60_000).unwrap();
        assert_eq!((late.bid, late.at_ms), (number("229"), START + 3_000), "shown, and older each second");
        assert_eq!(market.touch(apple, START + 2_600).unwrap().at_ms, START + 2_500, "a price that stands is fresh");
        assert_eq!(market.touch(ibm, START + 1_000), None);
        assert_eq!(market.mark(ibm, START).last, ibm.base_price);
        assert_eq!(market.mark(apple, START - 9_000).last, number("230.01"));
        assert_eq!(market.quoted_rate("EUR", "USD", START), None);
        assert_eq!(market.rate("EUR", "USD", START), Some(number("1.085")));
    }

    #[test]
    fn the_figures_of_the_day_begin_at_midnight() {
        let replay = replay(ROWS);
        let apple = by_id(265_598).unwrap();
        let at = |ms| replay.quote(apple, START + ms).unwrap();
        let (first, then, next) = (at(0), at(1_000), at(2_500));
        assert_eq!((first.open, first.close), (number("230.01"), number("230.01")));
        assert_eq!((then.high, then.low), (number("231"), number("229.02")), "also what was told in between");
        assert_eq!((next.open, next.high, next.close), (next.last, next.last, next.last), "nothing was told today");
    }

    #[test]
    fn bars_are_of_what_was_told() {
        let replay = replay(ROWS);
        let apple = by_id(265_598).unwrap();
        let range = Range { from_ms: START - 2_000, until_ms: START + 9_000, each_ms: 2_000, only: None };
        let starts: Vec<i64> = (-1..5).map(|n| START + n * 2_000).collect();
        let bars = replay.bars(apple, Seen::Bid, range, &starts);
        let shape = |bar: &Bar| (bar.from_ms - START, bar.open, bar.high, bar.low, bar.close);
        let (high, low) = (number("230"), number("229"));
        assert_eq!(
            bars.iter().map(shape).collect::<Vec<_>>(),
            [(0, high, high, low, low), (2_000, low, low, low, low)]
        );
        assert_eq!(bars[0].volume, None);
    }

    #[test]
    fn absurd_clocks_are_answered_too() {
        let tape = Tape::parse(&format!("{HEADER}\n{ROWS}")).unwrap();
        let apple = by_id(265_598).unwrap();
        for start in [i64::MIN, -1, 0, i64::MAX] {
            let replay = Replay::starting(tape.clone(), start);
            for now in [i64::MIN, 0, i64::MAX] {
                assert!(replay.mark(apple, now).bid > Decimal::ZERO);
                let _ = (replay.touch(apple, now), replay.quote(apple, now));
            }
        }
    }
}
