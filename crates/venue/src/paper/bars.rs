//! Bars of the embedded paper broker, drawn from its prices.

use super::contracts;
use crate::history::{Bar, BarsQuery, NoBars, Show};
use kernel::time::Timestamp;
use paper::bars::{Range, Seen, bars, starts};
use paper::{Hours, Market};

pub(super) fn draw(market: Market<'_>, hours: Hours, asked: &BarsQuery, now: Timestamp) -> Result<Vec<Bar>, NoBars> {
    let Some(instrument) = contracts::instrument(asked.contract_id) else {
        return Err(NoBars::Told("No market data permissions for this contract".to_owned()));
    };
    let until_ms = asked.end.0.min(now.0);
    let only = asked.regular_hours.then_some(hours);
    let range = Range { from_ms: until_ms.saturating_sub(asked.span.ms), until_ms, each_ms: asked.size.ms, only };
    if asked.too_many() {
        return Err(NoBars::TooMany);
    }
    let seen = match asked.show {
        Show::Trades => Seen::Trades,
        Show::Midpoint => Seen::Midpoint,
        Show::Bid => Seen::Bid,
        Show::Ask => Seen::Ask,
    };
    let drawn = bars(market, instrument, seen, range, &starts(instrument, range));
    let bar = |one: paper::bars::Bar| Bar {
        at: Timestamp(one.from_ms),
        open: one.open,
        high: one.high,
        low: one.low,
        close: one.close,
        volume: one.volume,
        average: one.average,
        count: None,
    };
    Ok(drawn.into_iter().map(bar).collect())
}
