//! Market: where prices come from. They are computed from a seed, or told by a file that is replayed.

use rust_decimal::Decimal;

use crate::derived::{self, Derivative};
use crate::instrument::{CURRENCIES, Instrument, all};
use crate::quote::{self, Quote, Touch};
use crate::replay::Replay;

/// Every price that a decision may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Market<'a> {
    /// A pure function of this number, the instrument and the time; the same for the life of a broker.
    Computed(u64),
    Told(&'a Replay),
}

impl Market<'_> {
    /// What an order meets; nothing where nobody quotes the instrument now.
    pub fn touch(self, instrument: &Instrument, now_ms: i64) -> Option<Touch> {
        match self {
            Market::Computed(seed) => computed(instrument, now_ms, || quote::touch(seed, instrument, now_ms)),
            Market::Told(replay) => replay.touch(instrument, now_ms),
        }
    }

    /// The best prices as they are shown, with their age: after the end of a replay the last ones.
    pub fn shown(self, instrument: &Instrument, now_ms: i64) -> Option<Touch> {
        match self {
            Market::Computed(seed) => computed(instrument, now_ms, || quote::touch(seed, instrument, now_ms)),
            Market::Told(replay) => replay.shown(instrument, now_ms),
        }
    }

    /// The same with the figures of the UTC day.
    pub fn quote(self, instrument: &Instrument, now_ms: i64) -> Option<Quote> {
        match self {
            Market::Computed(seed) => computed(instrument, now_ms, || quote::quote(seed, instrument, now_ms)),
            Market::Told(replay) => replay.quote(instrument, now_ms),
        }
    }

    /// What the figures of an account are marked to. What a replay does not tell stands still at its price in the table.
    pub fn mark(self, instrument: &Instrument, now_ms: i64) -> Touch {
        match self {
            Market::Computed(seed) => quote::touch(seed, instrument, now_ms),
            Market::Told(replay) => replay.mark(instrument, now_ms),
        }
    }

    /// What one unit of a future or an option is worth at its last moment.
    pub(crate) fn settlement(self, derivative: &Derivative) -> Option<Decimal> {
        let under = derived::under(derivative)?;
        derivative.settles(under, self.mark(under, derivative.expires_ms).last)
    }

    /// The price of one unit of `from` in `to` (mid), over the pairs, through the dollar where needed, by the marks.
    pub fn rate(self, from: &str, to: &str, now_ms: i64) -> Option<Decimal> {
        convert(from, to, now_ms, |pair| Some(self.mark(pair, now_ms))).map(|(rate, _)| rate)
    }

    /// The same by what is quoted, and since when it stands: nothing where a pair that it takes is not quoted.
    pub fn quoted_rate(self, from: &str, to: &str, now_ms: i64) -> Option<(Decimal, i64)> {
        convert(from, to, now_ms, |pair| self.shown(pair, now_ms))
    }
}

/// What has expired is quoted by nobody.
fn computed<T>(instrument: &Instrument, now_ms: i64, quote: impl FnOnce() -> T) -> Option<T> {
    (!instrument.has_expired(now_ms)).then(quote)
}

fn convert(from: &str, to: &str, now_ms: i64, price: impl Fn(&Instrument) -> Option<Touch>) -> Option<(Decimal, i64)> {
    if from == to {
        return CURRENCIES.contains(&from).then_some((Decimal::ONE, now_ms));
    }
    paired(from, to, &price).or_else(|| {
        let (dollars, since) = paired(from, "USD", &price)?;
        let (back, also) = paired("USD", to, &price)?;
        Some((dollars.checked_mul(back)?, since.min(also)))
    })
}

/// A rate that one pair gives, as it is written or turned over.
fn paired(from: &str, to: &str, price: impl Fn(&Instrument) -> Option<Touch>) -> Option<(Decimal, i64)> {
    let mid = |bought: &str, paid: &str| {
        let pair = all().iter().find(|each| each.is_forex() && each.symbol == bought && each.currency == paid)?;
        let touch = price(pair)?;
        Some((touch.bid.checked_add(touch.ask)?.checked_div(Decimal::TWO)?, touch.at_ms))
    };
    mid(from, to).or_else(|| {
        let (rate, since) = mid(to, from)?;
        Some((Decimal::ONE.checked_div(rate)?, since))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOON: i64 = 1_790_000_000_000;

    #[test]
    fn every_currency_converts_into_every_other_and_back() {
        let market = Market::Computed(5);
        for from in CURRENCIES {
            for to in CURRENCIES {
                let there = market.rate(from, to, NOON).unwrap();
                let back = market.rate(to, from, NOON).unwrap();
                let loss = (there * back - Decimal::ONE).abs();
                assert!(loss < Decimal::new(1, 3), "{from} {to} {loss}");
                assert_eq!(market.quoted_rate(from, to, NOON).unwrap().0, there);
            }
        }
        assert_eq!(market.rate("USD", "XXX", NOON), None);
        assert_eq!(market.rate("XXX", "XXX", NOON), None);
    }
}
