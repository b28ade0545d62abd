//! What attackers do who come in as the user: with a new device, a copied session, a lost phone, a computer left open.

use crate::assault::{FIRST_DAY, Goal, Kind, LAST_DAY, Manner};
use crate::dice::Dice;
use crate::habits::{Habits, INSTRUMENTS};
use crate::person::{Diary, Session};
use crate::place::{COUNTRIES, Place, carrier, elsewhere, host};
use crate::sight::{By, Deed, Outcome, Route, Step};
use crate::{BEGINS_AT, DAY_MS, HOUR_MS, MINUTE_MS};

/// Where the attacker comes from. An evasive one hires a home's or a phone's network in the right country.
pub fn lair(dice: &mut Dice, habits: &Habits, evasive: bool) -> Place {
    if evasive && dice.chance(300) {
        let (somebody, day) = (dice.roll(), u32::try_from(dice.below(90)).unwrap_or(0));
        return carrier(habits.country, habits.carrier, somebody, day, habits.carrier_v6);
    }
    if evasive {
        return elsewhere(dice, habits.country);
    }
    let country = u16::try_from(dice.below(COUNTRIES)).unwrap_or(0);
    if dice.chance(200) { host(dice, habits.country) } else { elsewhere(dice, country) }
}

/// When it begins: an evasive attacker keeps the owner's hours.
pub fn dawn(dice: &mut Dice, habits: &Habits, evasive: bool) -> i64 {
    let day = dice.between(FIRST_DAY, LAST_DAY);
    let hour = if evasive { dice.between(habits.from_hour, habits.to_hour - 1) } else { dice.between(0, 23) };
    Diary::local(u32::try_from(day).unwrap_or(0), habits.country, hour) + dice.between(0, HOUR_MS - 1)
}

/// What the owner usually trades through a route, as the attacker reads it off the history.
#[derive(Clone, Copy, Debug)]
pub struct Usual<'a> {
    pub median: u64,
    pub sigma: i64,
    pub instruments: &'a [u32],
}

impl<'a> Usual<'a> {
    pub fn of(habits: &'a Habits) -> Self {
        Self { median: habits.median_value, sigma: habits.sigma, instruments: &habits.instruments }
    }
}

/// One round of orders from `at` on. They mostly buy what the attacker holds: a title anywhere in the list, one or two
/// of them; the evasive one trades what is usual one time in four. A fifth sells, to raise money.
pub fn orders(dice: &mut Dice, usual: Usual<'_>, manner: Manner, route: Route, at: i64, diary: &mut Diary) -> i64 {
    let odd = [any_instrument(dice), any_instrument(dice)];
    round(dice, usual, manner, (route, at), odd, diary)
}

pub fn any_instrument(dice: &mut Dice) -> u32 {
    u32::try_from(dice.below(INSTRUMENTS)).unwrap_or(0) + 1
}

pub fn round(
    dice: &mut Dice,
    usual: Usual<'_>,
    manner: Manner,
    (route, at): (Route, i64),
    odd: [u32; 2],
    diary: &mut Diary,
) -> i64 {
    let (count, long) = match (manner.fast, manner.evasive) {
        (true, false) => (dice.between(5, 40), dice.between(5, 60)),
        (true, true) => (dice.between(3, 15), dice.between(30, 120)),
        (false, false) => (dice.between(2, 8), dice.between(10, 120)),
        (false, true) => (dice.between(1, 4), dice.between(10, 240)),
    };
    let mut last = at;
    for _ in 0..count {
        let when = at + dice.between(10_000, long * MINUTE_MS);
        let drawn = dice.spread(usual.median, usual.sigma);
        let value = match (manner.fast, manner.evasive) {
            (true, false) => usual.median.saturating_mul(3 + dice.below(18)),
            (true, true) => drawn.saturating_mul(1_000 + dice.below(1_001)) / 1_000,
            (false, false) => usual.median.saturating_mul(1 + dice.below(5)),
            (false, true) => drawn,
        };
        let familiar = manner.evasive && dice.chance(250);
        let instrument = if familiar { dice.pick(usual.instruments) } else { dice.pick(&odd) }.unwrap_or(1);
        let outcome = if dice.chance(100) { Outcome::Refused } else { Outcome::Admitted };
        let ordered = Deed::Ordered { route, instrument, value, reduces: dice.chance(200), outcome };
        diary.note(when, ordered, By::Attacker);
        last = last.max(when);
    }
    last
}

/// With what was phished, relayed, swapped, tried or begged for.
pub fn sign_in(dice: &mut Dice, habits: &Habits, kind: Kind, manner: Manner, diary: &mut Diary) {
    let mut at = dawn(dice, habits, manner.evasive);
    let place = lair(dice, habits, manner.evasive);
    match kind {
        Kind::Phished => failures(dice, habits, manner, (at, place), diary),
        Kind::SimSwap if dice.chance(500) => fail(at - MINUTE_MS, place, Step::Second, diary),
        Kind::Stuffing => at = stuff(dice, habits, manner, at, diary),
        Kind::PushBombing => at = bomb(dice, manner, (at, place), diary),
        _ => {}
    }
    if manner.goal == Goal::Kept {
        return;
    }
    let device = diary.new_device();
    diary.note(at, Deed::Asked { place }, By::Attacker);
    diary.note(at + 30_000, Deed::DeviceBound { place, device }, By::Attacker);
    let session = enter(dice, (at + 60_000, place), device, diary);
    if kind == Kind::SimSwap {
        let changed = at + 60_000 + dice.between(1, 10) * MINUTE_MS;
        diary.note(changed, Deed::AuthenticatorAdded { place, session }, By::Attacker);
    }
    pursue(dice, habits, manner, (at + 12 * MINUTE_MS, place), (device, session), diary);
}

fn fail(at: i64, place: Place, step: Step, diary: &mut Diary) {
    diary.note(at, Deed::Failed { place, device: None, step }, By::Attacker);
}

fn failures(dice: &mut Dice, habits: &Habits, manner: Manner, (at, place): (i64, Place), diary: &mut Diary) {
    let tries = if manner.evasive { dice.between(0, 1) } else { dice.between(0, 3) };
    for n in 0..tries {
        let from = if dice.chance(200) { lair(dice, habits, manner.evasive) } else { place };
        let step = if dice.chance(500) { Step::Password } else { Step::Second };
        fail(at - (n + 1) * 45_000, from, step, diary);
    }
}

/// From many addresses; within hours, or one a day. Some of the passwords are right.
fn stuff(dice: &mut Dice, habits: &Habits, manner: Manner, at: i64, diary: &mut Diary) -> i64 {
    let right = dice.chance(300);
    let (tries, apart) =
        if manner.fast { (dice.between(5, 40), 20 * MINUTE_MS) } else { (dice.between(3, 10), DAY_MS) };
    let mut when = at;
    for n in 0..tries {
        let from = lair(dice, habits, manner.evasive);
        let step = if right && n * 2 >= tries { Step::Second } else { Step::Password };
        fail(when, from, step, diary);
        when += dice.between(apart / 4, apart);
    }
    when
}

/// The password is known; a yes is asked for until one comes. Evasively: a few times an evening.
fn bomb(dice: &mut Dice, manner: Manner, (at, place): (i64, Place), diary: &mut Diary) -> i64 {
    let (rounds, each) = if manner.evasive { (dice.between(3, 6), 3) } else { (1, 40) };
    let mut last = at;
    for round in 0..rounds {
        let low = if manner.evasive { 1 } else { 5 };
        for _ in 0..dice.between(low, each) {
            last = last.max(at + round * DAY_MS) + dice.between(30_000, 4 * MINUTE_MS);
            diary.note(last, Deed::Asked { place }, By::Attacker);
            if dice.chance(300) {
                fail(last + 20_000, place, Step::Second, diary);
            }
        }
    }
    last + MINUTE_MS
}

fn enter(dice: &mut Dice, (at, place): (i64, Place), device: u32, diary: &mut Diary) -> u32 {
    let session = diary.new_session();
    let signed_in = Deed::SignedIn { place, device, session, resistant: false, shared: false };
    diary.note(at, signed_in, By::Attacker);
    look(dice, (at, place), session, 2, diary);
    session
}

fn look(dice: &mut Dice, (at, place): (i64, Place), session: u32, times: i64, diary: &mut Diary) {
    let mut when = at;
    for _ in 0..times {
        when += dice.between(1, 5) * MINUTE_MS;
        diary.note(when, Deed::InUse { place, session }, By::Attacker);
    }
}

/// Once in, with a device that is bound. A slow attacker comes back on many days, an evasive one from other networks.
fn pursue(
    dice: &mut Dice,
    habits: &Habits,
    manner: Manner,
    (at, place): (i64, Place),
    (device, session): (u32, u32),
    diary: &mut Diary,
) {
    if manner.goal == Goal::Look {
        return look(dice, (at, place), session, 4, diary);
    }
    let mut from = at;
    if manner.goal == Goal::Entrench {
        let when = if manner.evasive { at + dice.between(1, 3) * DAY_MS } else { at };
        let session = if manner.evasive { enter(dice, (when, place), device, diary) } else { session };
        if let Some(credential) = entrench(dice, habits, (when + 8 * MINUTE_MS, place), session, diary) {
            let later = when + dice.between(1, 5) * DAY_MS;
            let client = u32::try_from(dice.below(4_000_000)).unwrap_or(0);
            diary.note(later, Deed::Connected { place, credential, client }, By::Attacker);
            orders(dice, Usual::of(habits), manner, Route::Credential(credential), later + 60_000, diary);
            return;
        }
        from = when + dice.between(1, 5) * DAY_MS;
    } else if manner.fast {
        orders(dice, Usual::of(habits), manner, Route::Session(session), at, diary);
        return;
    }
    let days = if manner.fast { 1 } else { dice.between(3, 10) };
    for day in 0..days {
        let place = if manner.evasive && dice.chance(500) { lair(dice, habits, true) } else { place };
        let when = from + day * DAY_MS + dice.between(0, HOUR_MS);
        let session = enter(dice, (when, place), device, diary);
        orders(dice, Usual::of(habits), manner, Route::Session(session), when + MINUTE_MS, diary);
    }
}

fn entrench(
    dice: &mut Dice,
    habits: &Habits,
    (at, place): (i64, Place),
    session: u32,
    diary: &mut Diary,
) -> Option<u32> {
    let makes = if habits.bots.is_empty() { 0 } else { 1 };
    match dice.weighted(&[5, 3, 2 * makes]) {
        0 => diary.note(at, Deed::AuthenticatorAdded { place, session }, By::Attacker),
        1 => diary.note(at, Deed::LimitRaised { place, session }, By::Attacker),
        _ => {
            diary.credentials += 1;
            let credential = diary.credentials;
            diary.note(at, Deed::CredentialMade { place, session, credential }, By::Attacker);
            return Some(credential);
        }
    }
    None
}

/// With what the owner opened: the phone, a computer that others use, a cookie.
pub fn session(dice: &mut Dice, habits: &Habits, kind: Kind, manner: Manner, diary: &mut Diary) {
    let due = dawn(dice, habits, manner.evasive);
    match kind {
        Kind::LostPhone => lost_phone(dice, habits, manner, due, diary),
        Kind::SharedComputer => {
            // The owner's own sign-in there: an honest deed, and the attack begins after it.
            let place = elsewhere(dice, habits.country);
            let (device, number) = (diary.new_device(), diary.new_session());
            let signed_in = Deed::SignedIn { place, device, session: number, resistant: false, shared: true };
            diary.note(due, signed_in, By::Owner);
            let begins = due + dice.between(2, 6) * MINUTE_MS;
            within(dice, habits, manner, (begins, due + 10 * MINUTE_MS, place), number, diary);
        }
        _ => {
            let Some(victim) = next_session(diary, due) else {
                return;
            };
            let place = lair(dice, habits, manner.evasive);
            // The evasive one waits until the owner has gone; both keep it alive, for hours if they are slow.
            let begins = if manner.evasive { victim.until } else { victim.at } + dice.between(1, 8) * MINUTE_MS;
            let long = if manner.fast { HOUR_MS } else { dice.between(3, 11) * HOUR_MS };
            within(dice, habits, manner, (begins, begins + long, place), victim.number, diary);
        }
    }
}

/// The first session of the owner's that begins at or after `due`; failing one, the last that did before it.
fn next_session(diary: &Diary, due: i64) -> Option<Session> {
    let usable = || diary.sessions.iter().filter(|one| !one.shared && one.at >= BEGINS_AT + FIRST_DAY * DAY_MS);
    let after = usable().filter(|one| one.at >= due).min_by_key(|one| one.at);
    after.or_else(|| usable().max_by_key(|one| one.at)).copied()
}

/// Inside one session until it ends.
fn within(
    dice: &mut Dice,
    habits: &Habits,
    manner: Manner,
    (begins, ends, place): (i64, i64, Place),
    session: u32,
    diary: &mut Diary,
) {
    let mut at = begins;
    while at < ends {
        diary.note(at, Deed::InUse { place, session }, By::Attacker);
        at += dice.between(2, 9) * MINUTE_MS;
    }
    if manner.goal == Goal::Look {
        return;
    }
    let mut written = Diary::default();
    orders(dice, Usual::of(habits), manner, Route::Session(session), begins, &mut written);
    let width = (ends - begins).max(1);
    for seen in written.seen {
        // Squeezed into what is left of the session.
        let at = begins + (seen.at - begins).rem_euclid(width);
        diary.note(at, seen.deed, seen.by);
    }
}

/// The phone signs in by itself for whoever holds it unlocked, near where it was lost; slowly: until it is missed.
fn lost_phone(dice: &mut Dice, habits: &Habits, manner: Manner, due: i64, diary: &mut Diary) {
    let rounds = if manner.fast { 1 } else { dice.between(2, 4) };
    let device = diary.phone;
    for n in 0..rounds {
        let at = due + n * dice.between(4, 12) * HOUR_MS;
        let day = u32::try_from((at - BEGINS_AT) / DAY_MS).unwrap_or(0);
        let place = if dice.chance(600) {
            carrier(habits.country, habits.carrier, u64::from(habits.number), day, habits.carrier_v6)
        } else {
            elsewhere(dice, habits.country)
        };
        let session = diary.new_session();
        let signed_in = Deed::SignedIn { place, device, session, resistant: habits.passkey, shared: false };
        diary.note(at, signed_in, By::Attacker);
        within(dice, habits, manner, (at + 30_000, at + 40 * MINUTE_MS, place), session, diary);
    }
}
