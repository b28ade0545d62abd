//! A program of a user: where it runs, how often and what it trades, and how that changes honestly.

use crate::dice::{Dice, scaled};
use crate::habits::{Habits, instrument};
use crate::person::{Diary, Market};
use crate::place::{Home, Place, host};
use crate::sight::{By, Deed, Outcome, Route};
use crate::{DAYS, HOUR_MS, MINUTE_MS};

#[derive(Clone, Debug)]
pub struct Bot {
    /// On a rented host, or at home, whose lease moves.
    pub host: Option<Place>,
    home: Home,
    country: u16,
    pub client: u32,
    pub orders_a_day: u64,
    pub from_hour: i64,
    pub hours: i64,
    /// Trades on Saturdays and Sundays too.
    pub weekends: bool,
    pub median_value: u64,
    pub sigma: i64,
    pub instruments: Vec<u32>,
    /// One of five programs screens for new instruments every week; the others add one every two weeks or so.
    screens: bool,
    reduces_per_mille: u64,
}

pub fn draw(dice: &mut Dice, home: Home, country: u16) -> Bot {
    let hosted = dice.chance(600);
    let count = dice.between(1, 20);
    Bot {
        host: hosted.then(|| host(dice, country)),
        home,
        country,
        client: u32::try_from(dice.below(4_000_000)).unwrap_or(0),
        // From 2 to 150 a day, evenly over the doublings.
        orders_a_day: {
            let doublings = dice.between(0, 6_200);
            scaled(2, doublings)
        },
        from_hour: dice.between(6, 15),
        hours: dice.between(3, 8),
        weekends: dice.chance(150),
        median_value: dice.spread(3_000, 1_500).clamp(100, 100_000),
        sigma: dice.between(200, 1_100),
        instruments: (0..count).map(|_| instrument(dice)).collect(),
        screens: dice.chance(200),
        reduces_per_mille: u64::try_from(dice.between(300, 500)).unwrap_or(400),
    }
}

/// Its 90 days. Chances a year: a change of strategy 1.2, an upgrade of the client 6, a move to another host 0.4,
/// a bug that is rejected in a burst 0.3.
pub fn run(dice: &mut Dice, habits: &Habits, number: usize, diary: &mut Diary, market: &Market) {
    let Some(mut bot) = habits.bots.get(number).cloned() else {
        return;
    };
    let credential = u32::try_from(number).unwrap_or(0) + 1;
    for day in 0..DAYS {
        change(dice, &mut bot, day);
        if day % 7 >= 5 && !bot.weekends {
            continue;
        }
        let opens = Diary::local(day, habits.country, bot.from_hour);
        connect(dice, &bot, credential, day, opens, diary);
        trade(dice, &bot, credential, opens, diary, market);
        if dice.below(365_000) < 300 {
            bug(dice, &bot, credential, opens, diary);
        }
    }
}

fn change(dice: &mut Dice, bot: &mut Bot, day: u32) {
    if dice.below(365_000) < 1_200 {
        bot.median_value = scaled(bot.median_value, dice.between(500, 2_000));
        bot.instruments.truncate(2);
        for _ in 0..dice.between(1, 8) {
            bot.instruments.push(instrument(dice));
        }
        bot.from_hour = (bot.from_hour + dice.between(-3, 3)).clamp(0, 20);
        bot.orders_a_day = scaled(bot.orders_a_day, dice.between(-500, 1_000)).clamp(1, 300);
    }
    if dice.below(365_000) < 6_000 {
        bot.client += 1;
    }
    if bot.host.is_some() && dice.below(365_000) < 400 {
        bot.host = Some(host(dice, bot.country));
    }
    if (bot.screens && day.is_multiple_of(7)) || (!bot.screens && dice.chance(80)) {
        bot.instruments.push(instrument(dice));
    }
}

pub fn stands(dice: &mut Dice, bot: &Bot, day: u32) -> Place {
    bot.host.unwrap_or_else(|| bot.home.place(dice, day))
}

/// Once before it trades, and again when the line breaks; a stale secret is refused now and then.
fn connect(dice: &mut Dice, bot: &Bot, credential: u32, day: u32, opens: i64, diary: &mut Diary) {
    let place = stands(dice, bot, day);
    if dice.chance(5) {
        let tries = dice.between(1, 6);
        for n in 0..tries {
            diary.note(opens - 20 * MINUTE_MS + n * MINUTE_MS, Deed::ConnectRefused { place, credential }, By::Owner);
        }
    }
    let again = i64::from(dice.count(400));
    for n in 0..=again {
        let at = if n == 0 { opens - 5 * MINUTE_MS } else { opens + dice.between(0, bot.hours * HOUR_MS) };
        diary.note(at, Deed::Connected { place, credential, client: bot.client }, By::Owner);
    }
}

fn trade(dice: &mut Dice, bot: &Bot, credential: u32, opens: i64, diary: &mut Diary, market: &Market) {
    let orders = dice.spread(bot.orders_a_day, 500).min(600);
    for _ in 0..orders {
        let at = opens + dice.between(0, bot.hours * HOUR_MS);
        let outcome = match dice.below(1_000) {
            n if market.storms(at) && n < 120 => Outcome::Rejected,
            0..=3 => Outcome::Refused,
            4..=7 => Outcome::Rejected,
            _ => Outcome::Admitted,
        };
        let ordered = Deed::Ordered {
            route: Route::Credential(credential),
            instrument: dice.pick(&bot.instruments).unwrap_or(1),
            value: dice.spread(bot.median_value, bot.sigma),
            reduces: dice.chance(bot.reduces_per_mille),
            outcome,
        };
        diary.note(at, ordered, By::Owner);
    }
}

/// A mistake of its own: the same order again and again, refused each time, until somebody looks.
fn bug(dice: &mut Dice, bot: &Bot, credential: u32, opens: i64, diary: &mut Diary) {
    let begins = opens + dice.between(0, bot.hours * HOUR_MS);
    let instrument = dice.pick(&bot.instruments).unwrap_or(1);
    let value = dice.spread(bot.median_value, bot.sigma);
    let outcome = if dice.chance(500) { Outcome::Refused } else { Outcome::Rejected };
    for n in 0..dice.between(20, 200) {
        let route = Route::Credential(credential);
        let ordered = Deed::Ordered { route, instrument, value, reduces: false, outcome };
        diary.note(begins + n * dice.between(500, 3_000), ordered, By::Owner);
    }
}
