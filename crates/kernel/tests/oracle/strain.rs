//! What an account may bear, as the page says it: the naive sums over everything that is open.

use super::house::{CALL, FUTURE};
use super::ledger::{ONE, Open, Units};
use super::verdict::{Case, least};

fn ceil(n: i128, d: i128) -> i128 {
    -(-n).div_euclid(d)
}

impl Case<'_> {
    /// Whether the order is held for its leverage; the code where it may not be placed.
    pub(super) fn bears(&self, value: Units) -> Result<bool, &'static str> {
        let (own, account) = (self.own(), &self.house.accounts[self.wish.account].limits);
        let leverage = least(own.leverage, account.leverage);
        let margin = least(own.margin, account.margin);
        let approve = least(own.approve_leverage, account.approve_leverage);
        if leverage.or(margin).or(approve).is_none() {
            return Ok(false);
        }
        let derived = self.wish.paper == FUTURE || self.wish.paper == CALL && !self.wish.buy;
        if derived && leverage.or(approve).is_some() {
            return Err("no_fresh_account");
        }
        let told = self.sky.figures.as_ref().filter(|told| self.sky.now - told.at <= 240_000);
        let told = told.ok_or("no_fresh_account")?;
        let adds = ceil(value * self.quantity(), self.wish.quantity) + self.still_open();
        let (net, gross) = (told.net, told.gross + adds);
        let times = |limit: Units| net <= 0 || gross * ONE > net * limit;
        if leverage.is_some_and(times) {
            return Err("leverage");
        }
        if let Some(limit) = margin {
            let taken = told.margin.ok_or("no_fresh_account")? + adds;
            if net <= 0 || taken * 10_000 > net * limit {
                return Err("margin_use");
            }
        }
        Ok(approve.is_some_and(times))
    }

    fn still_open(&self) -> Units {
        let here: Vec<Open> = self.others().filter(|open| open.wish.account == self.wish.account).collect();
        let reduces = |it: &Open| {
            let beside = here.iter().filter(|open| (open.wish.paper, open.wish.buy) == (it.wish.paper, it.wish.buy));
            let net = self.ledger.position(it.wish.account, it.wish.paper, None);
            let against = if it.wish.buy { -net } else { net };
            beside.map(Open::left).sum::<Units>() <= against
        };
        let whole = |it: &Open| it.wish.quantity.max(it.change.as_ref().map_or(0, |(wish, _)| wish.quantity));
        here.iter().filter(|it| !reduces(it)).map(|it| ceil(it.worth() * it.left(), whole(it))).sum()
    }
}
