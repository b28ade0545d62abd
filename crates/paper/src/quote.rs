//! Quote: bid, ask and last of an instrument at a moment, a pure function of seed, instrument and time.

use rust_decimal::Decimal;

use crate::derived;
use crate::instrument::{Class, Instrument, by_id};
use crate::noise::Noise;
use crate::table::{EUR_GBP, EUR_USD, GBP_USD};

/// Quotes change at multiples of this many milliseconds, and only there.
pub const STEP_MS: i64 = 250;
const DAY_MS: i64 = 86_400_000;
/// How far apart the day's prices are looked at for the high and the low.
const SAMPLE_MS: i64 = 300_000;

/// The best prices with their sizes: what an order meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    pub bid: Decimal,
    pub ask: Decimal,
    pub last: Decimal,
    pub bid_size: Decimal,
    pub ask_size: Decimal,
    pub last_size: Decimal,
    /// Start of the current step.
    pub at_ms: i64,
}

/// The touch and the figures of the UTC day so far.
///
/// `high` and `low` are of the day's prices every five minutes and of the current one, not of every
/// step; `close` is the last price of the day before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub bid: Decimal,
    pub ask: Decimal,
    pub last: Decimal,
    pub bid_size: Decimal,
    pub ask_size: Decimal,
    pub last_size: Decimal,
    pub open: Decimal,
    pub high: Decimal,
    pub low: Decimal,
    pub close: Decimal,
    pub volume: Decimal,
    pub at_ms: i64,
}

/// The best prices at a moment. Cheap: this is what decisions use.
pub(crate) fn touch(seed: u64, instrument: &Instrument, now_ms: i64) -> Touch {
    let at_ms = step_start(instrument.until(now_ms));
    let noise = Noise::new(seed, instrument.con_id);
    let prices = Ticks::at(seed, instrument, noise, at_ms);
    let step = at_ms.div_euclid(STEP_MS);
    let lot = match instrument.class {
        Class::Forex => 100_000,
        Class::Stock | Class::Etf => 100,
        Class::Future | Class::Option => 10,
    };
    // Sizes live for a second, like the fastest swing of the price.
    let size = |salt| Decimal::from((1 + below(noise.draw(salt, step / 4), 9)) * lot);
    Touch {
        bid: price(instrument, prices.bid),
        ask: price(instrument, prices.ask),
        last: price(instrument, prices.last),
        bid_size: size(1),
        ask_size: size(2),
        last_size: size(3),
        at_ms,
    }
}

/// The whole quote at a moment.
pub(crate) fn quote(seed: u64, instrument: &Instrument, now_ms: i64) -> Quote {
    let touch = touch(seed, instrument, now_ms);
    let noise = Noise::new(seed, instrument.con_id);
    let day = touch.at_ms.div_euclid(DAY_MS);
    let opened = day * DAY_MS;
    let last_at = |at| price(instrument, Ticks::at(seed, instrument, noise, at).last);
    let open = last_at(opened);
    let (mut high, mut low) = (open.max(touch.last), open.min(touch.last));
    let mut at = opened + SAMPLE_MS;
    while at <= touch.at_ms {
        let sample = last_at(at);
        high = high.max(sample);
        low = low.min(sample);
        at += SAMPLE_MS;
    }
    Quote {
        bid: touch.bid,
        ask: touch.ask,
        last: touch.last,
        bid_size: touch.bid_size,
        ask_size: touch.ask_size,
        last_size: touch.last_size,
        open,
        high,
        low,
        close: last_at((opened - STEP_MS).max(0)),
        volume: day_volume(seed, instrument, touch.at_ms),
        at_ms: touch.at_ms,
    }
}

/// The volume of the UTC day so far: it grows evenly, so it never falls before midnight.
pub(crate) fn day_volume(seed: u64, instrument: &Instrument, at_ms: i64) -> Decimal {
    let at_ms = step_start(at_ms);
    let day = at_ms.div_euclid(DAY_MS);
    let whole_day = 20_000_000 + below(Noise::new(seed, instrument.con_id).draw(4, day), 60_000_000);
    Decimal::from(whole_day * ((at_ms - day * DAY_MS) / 1_000) / 86_400 / 100 * 100)
}

/// The start of the step that holds a moment; before 1970 and after the year 9999 time stands still.
pub(crate) fn step_start(now_ms: i64) -> i64 {
    now_ms.clamp(0, 253_402_300_799_999) / STEP_MS * STEP_MS
}

/// The prices of one step, counted in ticks.
struct Ticks {
    bid: i64,
    ask: i64,
    last: i64,
}

impl Ticks {
    fn at(seed: u64, instrument: &Instrument, noise: Noise, at_ms: i64) -> Self {
        let middle = mid_ticks(seed, instrument, noise, at_ms);
        let step = at_ms.div_euclid(STEP_MS);
        // One tick, one more for each half a basis point of a dear share, and one now and then.
        let dear = match instrument.class {
            // Of an option it is a hundredth of what it costs.
            Class::Option => middle / 100,
            Class::Stock | Class::Etf | Class::Forex | Class::Future => instrument.base_ticks / 20_000,
        };
        let spread = 1 + dear + below(noise.draw(5, step / 8), 2);
        let bid = (middle - spread / 2).max(1);
        let ask = bid + spread;
        let last = bid + below(noise.draw(6, step), spread + 1);
        Ticks { bid, ask, last }
    }
}

fn mid_ticks(seed: u64, instrument: &Instrument, noise: Noise, at_ms: i64) -> i64 {
    let own = |instrument: &Instrument, noise: Noise| {
        // Currencies move a third as much as shares.
        let calm = if instrument.is_forex() { 3 } else { 1 };
        let moved = 1_000_000_000 + noise.walk(at_ms) / calm;
        instrument.base_ticks * moved / 1_000_000_000
    };
    if let Some(derivative) = &instrument.derivative {
        // By the middle of what it is on, which has a walk of its own.
        let Some(under) = derived::under(derivative) else { return instrument.base_ticks };
        return derivative.ticks(under, own(under, Noise::new(seed, under.con_id)), at_ms);
    }
    if instrument.con_id == EUR_GBP
        && let (Some(euro), Some(pound)) = (by_id(EUR_USD), by_id(GBP_USD))
    {
        let euro = own(euro, Noise::new(seed, EUR_USD));
        let pound = own(pound, Noise::new(seed, GBP_USD));
        // All three pairs have the tick 0.00005, of which 20,000 make one.
        return euro * 20_000 / pound.max(1);
    }
    own(instrument, noise)
}

fn price(instrument: &Instrument, ticks: i64) -> Decimal {
    // Ticks stay within 5 % of the base price of it or of what it is on, far from any overflow.
    instrument.min_tick.checked_mul(Decimal::from(ticks)).unwrap_or(instrument.base_price)
}

/// A number from 0 up to below `bound`, out of 32 random bits.
fn below(random: u64, bound: i64) -> i64 {
    i64::try_from(random >> 32).unwrap_or(0) % bound.max(1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::instrument::all;

    const NOON: i64 = 1_790_000_000_000;

    #[test]
    fn quotes_are_the_same_for_the_same_step_and_only_there() {
        let apple = by_id(265_598).unwrap();
        assert_eq!(quote(1, apple, NOON), quote(1, apple, NOON + 249));
        assert_eq!(quote(1, apple, NOON + 249).at_ms, NOON);
        let moved = (1..40).filter(|step| touch(1, apple, NOON + step * 250).bid != touch(1, apple, NOON).bid);
        assert!(moved.count() > 20);
        assert_ne!(quote(1, apple, NOON), quote(2, apple, NOON));
    }

    #[test]
    fn quotes_are_on_the_grid_in_order_and_not_crossed() {
        for each in all() {
            for minute in 0..300 {
                let quote = quote(9, each, NOON + minute * 61_250);
                assert!(quote.bid < quote.ask && quote.bid.is_sign_positive());
                assert!((quote.bid..=quote.ask).contains(&quote.last));
                for figure in [quote.bid, quote.ask, quote.last, quote.open, quote.close] {
                    assert!((figure % each.min_tick).is_zero());
                }
                assert!(quote.low <= quote.last && quote.last <= quote.high);
                assert!(quote.low <= quote.open && quote.open <= quote.high);
                assert!(quote.bid_size >= Decimal::ONE_HUNDRED);
                let spread = (quote.ask - quote.bid) / quote.bid;
                assert!(spread < Decimal::new(1, 3), "{} {spread}", each.symbol);
            }
        }
    }

    #[test]
    fn a_day_moves_a_price_by_about_a_per_cent() {
        let apple = by_id(265_598).unwrap();
        let total: Decimal = (0..200)
            .map(|day| {
                let (from, to) = (NOON + day * DAY_MS, NOON + (day + 1) * DAY_MS);
                let (from, to) = (touch(3, apple, from).last, touch(3, apple, to).last);
                ((to - from) / from).abs()
            })
            .sum();
        let mean = total / Decimal::from(200);
        assert!(mean > Decimal::new(4, 3) && mean < Decimal::new(2, 2), "{mean}");
    }

    #[test]
    fn volume_only_grows_within_a_day() {
        let apple = by_id(265_598).unwrap();
        let midnight = NOON / DAY_MS * DAY_MS;
        let volumes: Vec<Decimal> =
            (0..96).map(|quarter| quote(1, apple, midnight + quarter * 900_000).volume).collect();
        assert!(volumes.is_sorted());
        assert!(volumes[95] > volumes[1]);
    }

    #[test]
    fn absurd_times_are_answered_too() {
        for now in [i64::MIN, -1, 0, i64::MAX] {
            for each in all() {
                let quote = quote(1, each, now);
                assert!(quote.bid < quote.ask);
            }
        }
    }
}
