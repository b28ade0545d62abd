//! What attackers do with an API credential, or with an order flow that is really the owner's.

use crate::assault::{Goal, Kind, Manner};
use crate::bot::{Bot, stands};
use crate::dice::Dice;
use crate::habits::Habits;
use crate::harm::{Usual, any_instrument, dawn, lair, orders, round};
use crate::person::Diary;
use crate::sight::{By, Deed, Outcome, Route};
use crate::{BEGINS_AT, DAY_MS, HOUR_MS, MINUTE_MS};

fn usual(bot: &Bot) -> Usual<'_> {
    Usual { median: bot.median_value, sigma: bot.sigma, instruments: &bot.instruments }
}

fn day_of(at: i64) -> u32 {
    u32::try_from((at - BEGINS_AT) / DAY_MS).unwrap_or(0)
}

/// When the program itself would be at work, for whoever wants to hide beside it.
fn begins(dice: &mut Dice, habits: &Habits, bot: &Bot, evasive: bool) -> i64 {
    let at = dawn(dice, habits, evasive);
    if !evasive {
        return at;
    }
    // Not on a Saturday or Sunday.
    let day = day_of(at);
    let day = if day % 7 >= 5 { day + 2 } else { day };
    Diary::local(day, habits.country, bot.from_hour) + dice.between(0, bot.hours * HOUR_MS - 1)
}

/// B: from its own host half of the time (a machine in the cloud was taken over), else from elsewhere. 3: tried from
/// many networks, because it was published.
pub fn credential(dice: &mut Dice, habits: &Habits, kind: Kind, manner: Manner, diary: &mut Diary) {
    let number = usize::try_from(dice.below(habits.bots.len() as u64)).unwrap_or(0);
    let Some(bot) = habits.bots.get(number) else {
        return;
    };
    let credential = u32::try_from(number).unwrap_or(0) + 1;
    let at = begins(dice, habits, bot, manner.evasive);
    // The evasive one says the same client version as the owner's program.
    let other = u32::try_from(dice.below(4_000_000)).unwrap_or(0);
    let client = if manner.evasive { bot.client } else { other };
    let inside = kind == Kind::StolenCredential && dice.chance(500);
    let place = if inside { stands(dice, bot, day_of(at)) } else { lair(dice, habits, manner.evasive) };
    if kind == Kind::KeyLeaked {
        let others = if manner.evasive { dice.between(0, 2) } else { dice.between(3, 30) };
        for _ in 0..others {
            let place = lair(dice, habits, false);
            let client = u32::try_from(dice.below(4_000_000)).unwrap_or(0);
            let when = at + dice.between(0, 6 * HOUR_MS);
            diary.note(when, Deed::Connected { place, credential, client }, By::Attacker);
        }
    }
    let days = if manner.fast { 1 } else { dice.between(3, 14) };
    for day in 0..days {
        let when = at + day * DAY_MS + dice.between(0, 30 * MINUTE_MS);
        diary.note(when, Deed::Connected { place, credential, client }, By::Attacker);
        if manner.goal == Goal::Trade {
            orders(dice, usual(bot), manner, Route::Credential(credential), when + 60_000, diary);
        }
    }
}

/// Orders that were answered once are sent again: each is refused. Evasively: some a day.
pub fn replay(dice: &mut Dice, habits: &Habits, manner: Manner, diary: &mut Diary) {
    let at = dawn(dice, habits, manner.evasive);
    let Some(flow) = flow(dice, habits, diary, at, 1).first().copied() else {
        return;
    };
    let instrument = dice.pick(&habits.instruments).unwrap_or(1);
    let value = dice.spread(habits.median_value, habits.sigma);
    let (count, apart) = match (manner.fast, manner.evasive) {
        (true, false) => (dice.between(20, 100), 1_000),
        (false, false) => (dice.between(10, 40), 30_000),
        (true, true) => (dice.between(3, 8), 20_000),
        (false, true) => (dice.between(3, 8), 2 * HOUR_MS),
    };
    let mut when = flow.begins;
    for _ in 0..count {
        when += dice.between(apart / 2, apart);
        let route = flow.route;
        let ordered = Deed::Ordered { route, instrument, value, reduces: false, outcome: Outcome::Refused };
        diary.note(flow.squeezed(when), ordered, By::Attacker);
    }
}

/// Where the owner's own orders come from, and in which time.
#[derive(Clone, Copy, Debug)]
struct Flow {
    route: Route,
    bot: Option<usize>,
    begins: i64,
    ends: i64,
}

impl Flow {
    fn squeezed(&self, at: i64) -> i64 {
        self.begins + (at - self.begins).rem_euclid((self.ends - self.begins).max(1))
    }
}

/// One of the user's programs, once a day; else as many sessions of the owner's from `at` on (or the last before it).
fn flow(dice: &mut Dice, habits: &Habits, diary: &Diary, at: i64, times: i64) -> Vec<Flow> {
    if !habits.bots.is_empty() {
        let number = usize::try_from(dice.below(habits.bots.len() as u64)).unwrap_or(0);
        let route = Route::Credential(u32::try_from(number).unwrap_or(0) + 1);
        let day = |n: i64| Flow { route, bot: Some(number), begins: at + n * DAY_MS, ends: at + (n + 1) * DAY_MS };
        return (0..times).map(day).collect();
    }
    let mut sessions: Vec<_> = diary.sessions.iter().filter(|one| !one.shared).collect();
    sessions.sort_by_key(|one| (one.at < at, (one.at - at).abs()));
    sessions.truncate(usize::try_from(times).unwrap_or(1));
    let each = |one: &&crate::person::Session| Flow {
        route: Route::Session(one.number),
        bot: None,
        begins: one.at,
        ends: one.until,
    };
    sessions.iter().map(each).collect()
}

/// The machine or the owner is deceived: nothing about the connection is new, only what is bought. One title, and as
/// much of it as goes; evasively within the usual sizes, over days.
pub fn pump(dice: &mut Dice, habits: &Habits, manner: Manner, diary: &mut Diary) {
    let at = dawn(dice, habits, manner.evasive);
    let title = any_instrument(dice);
    let days = if manner.fast { 1 } else { dice.between(3, 10) };
    for flow in flow(dice, habits, diary, at, days) {
        let bot = flow.bot.and_then(|number| habits.bots.get(number));
        let usual = bot.map_or_else(|| Usual::of(habits), usual);
        let mut written = Diary::default();
        round(dice, usual, manner, (flow.route, flow.begins), [title, title], &mut written);
        for seen in written.seen {
            diary.note(flow.squeezed(seen.at), seen.deed, seen.by);
        }
    }
}
