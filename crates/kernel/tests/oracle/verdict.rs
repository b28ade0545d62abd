//! The naive guard: the checks of docs/guard.md, one after the other, in the page's order.

use super::house::{CALL, FUND, House, Limits, MULTIPLIERS, PAIR, Said, Sky, stops};
use super::ledger::{Form, Ledger, Level, ONE, Open, Status, Units, Wish};
use std::collections::BTreeMap;

pub(super) struct Case<'a> {
    pub(super) house: &'a House,
    pub(super) ledger: &'a Ledger,
    pub(super) sky: &'a Sky,
    pub(super) who: usize,
    pub(super) wish: &'a Wish,
    /// The order this one takes the place of, and whether as a change of what is at the venue.
    instead: Option<usize>,
    changes: Option<Open>,
    approved: bool,
    pub(super) lifted: bool,
}

pub(super) fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    [one, other].into_iter().flatten().min()
}

/// A program's order or change.
pub fn place(house: &House, ledger: &Ledger, who: usize, number: (i32, i32), wish: &Wish, sky: &Sky) -> Said {
    let no = |word| Said { word, order: None, value: 0, added: 0 };
    if !house.who[who].accounts.contains(&wish.account) && !house.who[who].ticket {
        return no("account_not_allowed");
    }
    if wish.quantity <= 0 {
        return no("quantity_malformed");
    }
    if wish.limit().is_some_and(|price| price <= 0) || wish.stop().is_some_and(|price| price <= 0) {
        return no("price_malformed");
    }
    let whole = if wish.follow.hundredths { 100 * ONE } else { i128::MAX };
    if wish.trails()
        && (wish.follow.far <= 0 || wish.follow.far >= whole || wish.form == Form::TrailLimit && wish.follow.offset < 0)
    {
        return no("price_malformed");
    }
    if wish.at_close && (wish.waits() || wish.outside_hours) {
        return no("order_fields_do_not_go_together");
    }
    let orders = ledger.orders();
    let own = |open: &Open| (open.birth.who, open.birth.client, open.birth.number) == (who, number.0, number.1);
    let case =
        |instead, changes| Case { house, ledger, sky, who, wish, instead, changes, approved: false, lifted: false };
    let Some((order, open)) = orders.iter().find(|(_, open)| own(open)) else {
        if !(1..=2_000_000_000).contains(&number.1) {
            return no("order_number_out_of_range");
        }
        if number.1 <= ledger.highest_number(who, number.0) {
            return no("order_number_used");
        }
        return pending(&orders, None, case(None, None).answer());
    };
    let alike = open.wish.account == wish.account
        && open.wish.paper == wish.paper
        && open.wish.buy == wish.buy
        && open.wish.form == wish.form
        && open.wish.outside_hours == wish.outside_hours
        && open.wish.at_close == wish.at_close;
    let busy = match open {
        Open { status: Status::Held, .. } => None,
        Open { cancel_asked: true, .. } => Some("cancel_pending"),
        Open { change: Some(_), .. } => Some("change_pending"),
        Open { status: Status::Unknown, .. } => Some("order_outcome_unknown"),
        Open { .. } => None,
    };
    if let Some(word) = busy {
        return no(word);
    }
    if !alike {
        return no("change_not_possible");
    }
    if open.status == Status::Held {
        return Said { order: Some(*order), ..pending(&orders, Some(*order), case(Some(*order), None).answer()) };
    }
    let (_, said) = case(Some(*order), Some(open.clone())).answer();
    match said.word {
        "admitted" => Said { word: "changed", order: Some(*order), ..said },
        "held" => no("change_needs_approval"),
        _ => said,
    }
}

/// Two places for a credential, ten for all.
fn pending(orders: &BTreeMap<usize, Open>, instead: Option<usize>, (who, said): (usize, Said)) -> Said {
    let held = orders.iter().filter(|(order, open)| open.status == Status::Held && Some(**order) != instead);
    let (all, own) = (held.clone().count(), held.filter(|(_, open)| open.birth.who == who).count());
    if said.word == "held" && (own >= 2 || all >= 10) {
        return Said { word: "too_many_approvals_pending", order: None, value: 0, added: 0 };
    }
    said
}

/// A person's yes to a held order.
pub fn grant(house: &House, ledger: &Ledger, order: usize, sky: &Sky) -> Said {
    let orders = ledger.orders();
    let held = orders.get(&order).filter(|open| open.status == Status::Held && sky.now < open.asked_at + 120_000);
    let Some(open) = held else {
        return Said { word: "approval_not_pending", order: None, value: 0, added: 0 };
    };
    let (who, wish) = (open.birth.who, &open.wish);
    let case =
        Case { house, ledger, sky, who, wish, instead: Some(order), changes: None, approved: true, lifted: false };
    Said { order: Some(order), ..case.answer().1 }
}

impl Case<'_> {
    /// In observe mode a no is only noted, if nothing but the credential's own limits and lists says it.
    fn answer(self) -> (usize, Said) {
        let (who, observe) = (self.who, self.house.who[self.who].observe);
        let said = match self.checked() {
            Err(_) if observe => Case { lifted: true, ..self }.checked(),
            said => said,
        };
        let said = said.unwrap_or_else(|word| Said { word, order: None, value: 0, added: 0 });
        (who, said)
    }

    pub(super) fn own(&self) -> Limits {
        let limits = self.house.who[self.who].limits.clone();
        if !self.lifted {
            return limits;
        }
        let most = Some(i128::MAX / 4);
        Limits {
            order_value: most,
            quantity: most,
            day_value: most,
            day_count: Some(u32::MAX),
            open_orders: Some(u32::MAX),
            open_value: most,
            position: most,
            leverage: None,
            margin: None,
            ..limits
        }
    }

    pub(super) fn others(&self) -> impl Iterator<Item = Open> {
        let instead = self.instead;
        self.ledger.orders().into_iter().filter(move |(order, _)| Some(*order) != instead).map(|(_, open)| open)
    }
    /// Unfilled, of the other open orders of this instrument and side.
    fn beside(&self, whose: Option<usize>) -> Units {
        let same = |open: &Open| {
            open.wish.account == self.wish.account
                && open.wish.paper == self.wish.paper
                && open.wish.buy == self.wish.buy
                && whose.is_none_or(|who| open.birth.who == who)
        };
        self.others().filter(same).map(|open| open.left()).sum()
    }
    pub(super) fn quantity(&self) -> Units {
        self.wish.quantity - self.changes.as_ref().map_or(0, |open| open.filled)
    }
    /// The part it may count as its own (all of it, where it may close any), and the account's net.
    fn whose(&self) -> [Option<usize>; 2] {
        [(!self.house.who[self.who].any).then_some(self.who), None]
    }
    /// More calls would be naked than without it.
    fn uncovers(&self) -> bool {
        let sells = !self.wish.buy && [FUND, CALL].contains(&self.wish.paper);
        sells && self.naked(self.quantity()) > self.naked(0)
    }
    /// Calls that were written, or may be by what is open, beyond the shares and calls that are left; in shares.
    fn naked(&self, sold: Units) -> Units {
        let wish = &self.wish;
        let left = |paper: usize| {
            let asked = paper == wish.paper;
            let known = asked || self.ledger.known(wish.account, paper);
            let net = if known { self.ledger.position(wish.account, paper, None) } else { 0 };
            let theirs = |open: &Open| open.wish.account == wish.account && open.wish.paper == paper && !open.wish.buy;
            let open: Units = self.others().filter(theirs).map(|open| open.left()).sum();
            (net - open - if asked { sold } else { 0 }) * MULTIPLIERS[paper]
        };
        let (shares, calls) = (left(FUND), left(CALL));
        ((-calls).max(0) - shares.max(0) - calls.max(0)).max(0)
    }
    fn only_reduces(&self) -> bool {
        !self.uncovers() && self.closes()
    }
    fn closes(&self) -> bool {
        self.whose().into_iter().all(|whose| {
            let position = self.ledger.position(self.wish.account, self.wish.paper, whose);
            let against = if self.wish.buy { position < 0 } else { position > 0 };
            against && self.quantity() + self.beside(whose) <= position.abs()
        })
    }

    /// What could be held on this side, if all that is open there trades and nothing else does.
    fn worst(&self, whose: Option<usize>) -> Units {
        let position = self.ledger.position(self.wish.account, self.wish.paper, whose);
        let held = if self.wish.buy { position } else { -position };
        held + self.beside(whose) + self.quantity()
    }

    fn checked(&self) -> Result<Said, &'static str> {
        let sky = self.sky;
        if self.quantity() <= 0 {
            return Err("quantity_below_filled");
        }
        let reduces = self.only_reduces();
        self.switches(reduces)?;
        self.rates()?;
        self.permitted(reduces)?;
        let quote = sky.quote.filter(|(bid, ask, at)| sky.now - at <= 5_000 && *bid > 0 && ask >= bid);
        if quote.is_none() && !reduces {
            return Err("no_fresh_quote");
        }
        self.collar(quote)?;
        let value = self.value(quote, reduces);
        if value.is_none() && !reduces {
            return Err("no_fresh_quote");
        }
        let counted = value.unwrap_or(0);
        let added = (counted - self.changes.as_ref().map_or(0, |open| open.value)).max(0);
        self.limits(counted, added, reduces)?;
        let raises = !reduces && self.bears(counted)?;
        let twin = |wish: &&Wish| {
            (wish.paper, wish.buy, wish.quantity, wish.limit(), wish.stop())
                == (self.wish.paper, self.wish.buy, self.wish.quantity, self.wish.limit(), self.wish.stop())
        };
        let new = self.changes.is_none();
        if new && !self.approved && self.ledger.just_asked(self.who, sky.now).iter().any(twin) {
            return Err("duplicate_order");
        }
        if self.others().any(|open| self.crosses(&open)) {
            return Err("crosses_own_order");
        }
        let account = &self.house.accounts[self.wish.account].limits;
        let threshold = least(self.own().approve_above, account.approve_above);
        let large = threshold.is_some_and(|threshold| value.is_none() || value > Some(threshold));
        let word = if (large || raises) && !self.approved { "held" } else { "admitted" };
        Ok(Said { word, order: None, value: counted, added })
    }

    fn switches(&self, reduces: bool) -> Result<(), &'static str> {
        let on = |(level, _): &(Level, bool)| stops(*level, self.who, self.wish.account);
        if self.ledger.engaged().iter().any(on) && !reduces {
            return Err(if self.closes() { "uncovers_written_option" } else { "kill_switch_engaged" });
        }
        if self.house.who[self.who].closes_only() && !reduces {
            return Err(if self.closes() { "uncovers_written_option" } else { "ticket_close_only" });
        }
        // The limit is that of the account in which it filled.
        let own = self.own().fills.unwrap_or(20);
        let most = |account: usize| self.house.accounts[account].limits.fills.map_or(own, |limit| limit.min(own));
        if self.ledger.disarmed(self.who, most) {
            return Err("repeated_execution");
        }
        Ok(())
    }

    fn rates(&self) -> Result<(), &'static str> {
        let (own, account) = (self.own(), &self.house.accounts[self.wish.account].limits);
        let here = Some(self.wish.account);
        let empty = |new_orders_only: bool, on: Option<usize>, rate: u32, burst: u32| {
            let full = i128::from(burst) * 1_000;
            let (mut level, mut then) = (full, 0);
            for at in self.ledger.tokens(self.who, on, new_orders_only) {
                level = (level + i128::from(at - then) * i128::from(rate)).min(full) - 1_000;
                then = at;
            }
            (level + i128::from(self.sky.now - then) * i128::from(rate)).min(full) < 1_000
        };
        let messages = [(None, Some(own.messages.unwrap_or(10))), (here, account.messages)];
        let orders = [(None, Some(own.orders.unwrap_or(5))), (here, account.orders)];
        if messages.iter().any(|(on, rate)| rate.is_some_and(|rate| empty(false, *on, rate, 2 * rate)))
            && !self.approved
        {
            return Err("message_rate");
        }
        let new = self.changes.is_none() && !self.approved;
        if orders.iter().any(|(on, rate)| rate.is_some_and(|rate| empty(true, *on, rate, rate))) && new {
            return Err("order_rate");
        }
        Ok(())
    }

    fn permitted(&self, reduces: bool) -> Result<(), &'static str> {
        let (who, wish) = (&self.house.who[self.who], self.wish);
        let account = &self.house.accounts[wish.account];
        let closes = who.ticket && reduces;
        if !who.papers.contains(&wish.paper) && !self.lifted && !closes {
            return Err("instrument_not_allowed");
        }
        let on_it = wish.paper == CALL && account.restricted.contains(&FUND);
        if (account.restricted.contains(&wish.paper) || on_it) && !reduces {
            return Err("instrument_restricted");
        }
        let named = match wish.form {
            _ if wish.at_close => who.auction,
            Form::Limit | Form::StopLimit => true,
            Form::Market => who.market,
            Form::Stop => who.stop,
            Form::Trail | Form::TrailLimit => who.trailing,
        };
        if !named && !reduces && !self.lifted {
            return Err("order_type_not_allowed");
        }
        let short = if wish.paper == CALL { who.writes } else { who.short };
        if !wish.buy && wish.paper != PAIR && !short && !self.lifted {
            let left = |whose| {
                let selling = self.quantity() + self.beside(whose);
                selling > self.ledger.position(wish.account, wish.paper, whose)
            };
            if left(None) {
                return Err(if wish.paper == CALL { "option_writing" } else { "short_sale" });
            }
            if left(self.whose()[0]) {
                return Err("not_yours_to_close");
            }
        }
        if wish.at_close && (wish.paper == PAIR || self.sky.regular != Some(true)) {
            return Err("no_close_to_come");
        }
        let regular = self.sky.regular == Some(true) && !wish.outside_hours;
        if !regular && !who.outside_hours && !self.lifted {
            return Err("outside_hours");
        }
        let most = least(self.own().quantity, account.limits.quantity);
        if most.is_some_and(|most| wish.quantity > most) && !reduces {
            return Err("order_quantity");
        }
        let [own, net] = self.whose();
        let most = [(own, self.own().position), (net, account.limits.position)];
        if most.iter().any(|(whose, most)| most.is_some_and(|most| self.worst(*whose) > most)) && !reduces {
            return Err("position_quantity");
        }
        Ok(())
    }

    fn limits(&self, value: Units, added: Units, reduces: bool) -> Result<(), &'static str> {
        let (own, account) = (self.own(), &self.house.accounts[self.wish.account].limits);
        if !reduces {
            let stated = own.order_value.ok_or("order_value_not_stated")?;
            if value > stated.min(account.order_value.unwrap_or(stated)) {
                return Err("order_value");
            }
            own.day_value.ok_or("day_value_not_stated")?;
        }
        let (who, on) = (self.who, self.wish.account);
        self.used(&own, Some(200), Some(20), (value, added, reduces), |w, _| w == who)?;
        self.used(account, None, None, (value, added, reduces), |_, a| a == on)
    }

    fn used(
        &self,
        limits: &Limits,
        day_count: Option<u32>,
        open_orders: Option<u32>,
        (value, added, reduces): (Units, Units, bool),
        counts: impl Fn(usize, usize) -> bool,
    ) -> Result<(), &'static str> {
        let new = self.changes.is_none();
        let (sent, count) = self.ledger.day(self.sky.now, &counts);
        let open: Vec<Open> = self.others().filter(|open| counts(open.birth.who, open.wish.account)).collect();
        if limits.day_value.is_some_and(|limit| sent + added > limit) && !reduces {
            return Err("day_value");
        }
        if limits.day_count.or(day_count).is_some_and(|limit| count >= limit) && new {
            return Err("day_count");
        }
        if limits.open_orders.or(open_orders).is_some_and(|limit| open.len() >= limit as usize) && new {
            return Err("open_orders");
        }
        let worth: Units = open.iter().map(Open::worth).sum();
        if limits.open_value.is_some_and(|limit| worth + value > limit) && !reduces {
            return Err("open_value");
        }
        Ok(())
    }

    fn crosses(&self, open: &Open) -> bool {
        let mine = self.wish;
        if open.wish.account != mine.account || open.wish.paper != mine.paper || open.wish.buy == mine.buy {
            return false;
        }
        let meets = |theirs: &Wish| {
            let resting_stop = theirs.waits() || mine.waits();
            let touch = match (mine.limit(), theirs.limit()) {
                (Some(m), Some(t)) => {
                    if mine.buy {
                        m >= t
                    } else {
                        m <= t
                    }
                }
                _ => true,
            };
            !resting_stop && touch
        };
        meets(&open.wish) || open.change.as_ref().is_some_and(|(wish, _)| meets(wish))
    }
}
