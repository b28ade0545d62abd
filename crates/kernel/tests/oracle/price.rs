//! At which price the naive guard counts an order, and against which price it measures the order's own.

use super::house::{CALL, MULTIPLIERS, PAIR, STRIKE};
use super::ledger::{Form, ONE, Units};
use super::verdict::{Case, least};

fn ceil(n: i128, d: i128) -> i128 {
    -(-n).div_euclid(d)
}

/// Against us, outwards.
fn worsened(buy: bool, price: Units, bps: i128) -> Units {
    if buy { ceil(price * (10_000 + bps), 10_000) } else { (price * (10_000 - bps)).div_euclid(10_000) }
}

impl Case<'_> {
    pub(super) fn bps(&self) -> i128 {
        let by_default = if self.wish.paper == PAIR { 100 } else { 300 };
        let account = &self.house.accounts[self.wish.account].limits;
        least(self.own().collar, account.collar).unwrap_or(by_default).min(10_000)
    }
    /// Where its stop stands first, and the limit behind it.
    pub(super) fn starts(&self, bid: Units, ask: Units) -> (Option<Units>, Option<Units>) {
        let (wish, follow) = (self.wish, &self.wish.follow);
        if !wish.trails() {
            return (wish.stop(), wish.limit());
        }
        let from = if wish.buy { ask } else { bid };
        let far = if follow.hundredths { ceil(from * follow.far, 100 * ONE) } else { follow.far };
        let away = if wish.buy { 1 } else { -1 };
        let stop = follow.first.unwrap_or(from + away * far);
        (Some(stop), (wish.form == Form::TrailLimit).then_some(stop + away * follow.offset))
    }
    pub(super) fn reference(&self, bid: Units, ask: Units) -> Units {
        match (self.wish.buy, self.starts(bid, ask).0) {
            (true, stop) => ask.max(stop.unwrap_or(ask)),
            (false, stop) => bid.min(stop.unwrap_or(bid)),
        }
    }

    pub(super) fn collar(&self, quote: Option<(Units, Units, i64)>) -> Result<(), &'static str> {
        let account = &self.house.accounts[self.wish.account].limits;
        let bps = if self.lifted { account.collar.map(|bps| bps.min(10_000)) } else { Some(self.bps()) };
        let (Some((bid, ask, _)), Some(bps)) = (quote, bps) else {
            return Ok(());
        };
        let Some(limit) = self.starts(bid, ask).1 else {
            return Ok(());
        };
        let bound = worsened(self.wish.buy, self.reference(bid, ask), bps);
        let worse = if self.wish.buy { limit > bound } else { limit < bound };
        if worse { Err("price_collar") } else { Ok(()) }
    }

    pub(super) fn value(&self, quote: Option<(Units, Units, i64)>, reduces: bool) -> Option<Units> {
        let wish = self.wish;
        let price = match quote {
            // It rises with the market: it counts like a market order.
            Some((bid, _, _)) if wish.trails() && !wish.buy => worsened(false, bid, self.bps()),
            Some((bid, ask, _)) => match self.starts(bid, ask).1 {
                Some(limit) => limit,
                None => worsened(wish.buy, self.reference(bid, ask), self.bps()),
            },
            None if wish.trails() => return None,
            None => match wish.limit() {
                Some(limit) => limit,
                None => worsened(wish.buy, wish.stop()?, self.bps()),
            },
        };
        let (rate, at) = self.sky.rate?;
        let times = |price: Units| ceil(wish.quantity * price * MULTIPLIERS[wish.paper], ONE);
        let writes = wish.paper == CALL && !wish.buy && !reduces;
        let local = if writes { times(price).max(times(STRIKE)) } else { times(price) };
        (self.sky.now - at <= 5_000).then(|| ceil(local * rate, ONE))
    }
}
