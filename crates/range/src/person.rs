//! How a user lives for 90 days: sign-ins at home, at work and on the way, journeys, slips, new phones, orders by hand.

use crate::bot;
use crate::dice::{Dice, mixed};
use crate::habits::{Habits, Style, instrument};
use crate::place::{self, COUNTRIES, Place, carrier, elsewhere, zone};
use crate::sight::{By, Deed, Outcome, Route, Seen, Step};
use crate::{BEGINS_AT, DAY_MS, DAYS, HOUR_MS, MINUTE_MS};

/// Hours in which the market refuses one order in eight, for everybody.
#[derive(Clone, Debug)]
pub struct Market {
    storms: Vec<(i64, i64)>,
}

impl Market {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, mixed(0x6d61_726b));
        let storm = |dice: &mut Dice| {
            let at = BEGINS_AT + dice.between(0, i64::from(DAYS) - 1) * DAY_MS + dice.between(8, 20) * HOUR_MS;
            (at, at + dice.between(20, 90) * MINUTE_MS)
        };
        Self { storms: (0..4).map(|_| storm(&mut dice)).collect() }
    }

    pub fn storms(&self, at: i64) -> bool {
        self.storms.iter().any(|(from, to)| (*from..*to).contains(&at))
    }
}

/// A session that the owner really had.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    pub number: u32,
    pub place: Place,
    pub at: i64,
    pub until: i64,
    pub shared: bool,
}

/// What is written down while a life goes on.
#[derive(Clone, Debug, Default)]
pub struct Diary {
    pub seen: Vec<Seen>,
    pub sessions: Vec<Session>,
    pub devices: u32,
    pub session_numbers: u32,
    pub credentials: u32,
    /// The devices in use: a phone, and one or two others.
    pub phone: u32,
    pub desktops: Vec<u32>,
}

impl Diary {
    pub fn note(&mut self, at: i64, deed: Deed, by: By) {
        self.seen.push(Seen { at, deed, by });
    }

    /// The local hour of a day, as milliseconds since 1970.
    pub fn local(day: u32, country: u16, hour: i64) -> i64 {
        BEGINS_AT + i64::from(day) * DAY_MS + (hour - zone(country)) * HOUR_MS
    }

    pub fn new_device(&mut self) -> u32 {
        self.devices += 1;
        self.devices
    }

    pub fn new_session(&mut self) -> u32 {
        self.session_numbers += 1;
        self.session_numbers
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    NewPhone,
    NewBrowser,
    CookiesCleared,
    Authenticator,
    Limit,
    Credential,
}

#[derive(Clone, Copy, Debug)]
struct Journey {
    country: u16,
    /// The hotel's, for as long as it lasts.
    stays: Place,
    until: u32,
}

/// Chances a year: 2.2 journeys of 2 to 12 days (6 of 10 abroad), 1.5 holidays of 7 to 21 days without a sign-in.
pub fn live(dice: &mut Dice, habits: &Habits, market: &Market) -> Diary {
    let mut diary = Diary::default();
    diary.phone = diary.new_device();
    for _ in 0..dice.between(1, 2) {
        let device = diary.new_device();
        diary.desktops.push(device);
    }
    diary.credentials = u32::try_from(habits.bots.len()).unwrap_or(0);
    let errands = errands(dice, habits);
    let (mut journey, mut home_again) = (None::<Journey>, 0u32);
    let mut waiting: Vec<Errand> = Vec::new();
    for day in 0..DAYS {
        journey = journey.filter(|journey| day < journey.until);
        if journey.is_none() && dice.below(365_000) < 2_200 {
            let abroad = dice.chance(600);
            let country = if abroad { u16::try_from(dice.below(COUNTRIES)).unwrap_or(0) } else { habits.country };
            let until = day + u32::try_from(dice.between(2, 12)).unwrap_or(2);
            journey = Some(Journey { country, stays: elsewhere(dice, country), until });
        }
        if day >= home_again && dice.below(365_000) < 1_500 {
            home_again = day + u32::try_from(dice.between(7, 21)).unwrap_or(7);
        }
        waiting.extend(errands.iter().filter(|(due, _)| *due == day).map(|(_, errand)| *errand));
        let weekend = day % 7 >= 5;
        let mut mean = habits.sign_ins_a_day_milli;
        mean = if weekend { mean * habits.weekend_per_mille / 1_000 } else { mean };
        mean = if journey.is_some() { mean * 6 / 10 } else { mean };
        mean = if day < home_again { mean / 20 } else { mean };
        let visits = dice.count(mean);
        for _ in 0..visits {
            visit(dice, habits, day, journey, &mut waiting, &mut diary);
        }
    }
    for number in 0..habits.bots.len() {
        bot::run(dice, habits, number, &mut diary, market);
    }
    diary
}

/// Chances a year: a new phone 0.4, another browser 0.5, cookies cleared 1, an authenticator added 0.5; limits raised
/// 0.3, 1 or 3 times by style; a further credential once by whoever has programs.
fn errands(dice: &mut Dice, habits: &Habits) -> Vec<(u32, Errand)> {
    let limits = match habits.style {
        Style::Occasional => 300,
        Style::Active => 1_000,
        Style::Algorithmic => 3_000,
    };
    let credentials = if habits.style == Style::Algorithmic { 1_000 } else { 0 };
    let rates = [
        (Errand::NewPhone, 400),
        (Errand::NewBrowser, 500),
        (Errand::CookiesCleared, 1_000),
        (Errand::Authenticator, 500),
        (Errand::Limit, limits),
        (Errand::Credential, credentials),
    ];
    let mut all = Vec::new();
    for (errand, rate) in rates {
        for _ in 0..dice.count(rate * u64::from(DAYS) / 365) {
            let day = u32::try_from(dice.below(u64::from(DAYS))).unwrap_or(0);
            all.push((day, errand));
            // A new phone brings a new passkey, at once or within some days, half of the time.
            if errand == Errand::NewPhone && dice.chance(500) {
                all.push((day + u32::try_from(dice.weighted(&[6, 2, 1, 1])).unwrap_or(0), Errand::Authenticator));
            }
        }
    }
    all
}

/// Four of five in the usual hours, most of the rest within three hours of them, one of twenty at any hour.
fn hour(dice: &mut Dice, habits: &Habits) -> i64 {
    match dice.weighted(&[16, 3, 1]) {
        0 => dice.between(habits.from_hour, habits.to_hour - 1),
        1 => dice.between(habits.from_hour - 3, habits.to_hour + 2).rem_euclid(24),
        _ => dice.between(0, 23),
    }
}

fn whereabouts(dice: &mut Dice, habits: &Habits, day: u32, journey: Option<Journey>, phone: bool) -> Place {
    if let Some((provider, _)) = habits.vpn.filter(|(_, share)| dice.chance(*share)) {
        return place::vpn(dice, provider, habits.country);
    }
    let user = u64::from(habits.number);
    let mobile = |country, operator| carrier(country, operator, user, day, habits.carrier_v6);
    if let Some(journey) = journey {
        return match dice.weighted(&[50, 40, 10]) {
            0 => journey.stays,
            // Half of the phones that roam come out at home.
            1 if dice.chance(500) => mobile(habits.country, habits.carrier),
            1 => mobile(journey.country, u64::from(journey.country) * 10 + dice.below(4)),
            _ => elsewhere(dice, journey.country),
        };
    }
    let weights = if phone { [45, 5, 45, 5] } else { [70, 27, 1, 2] };
    match (dice.weighted(&weights), habits.office) {
        (1, Some(office)) => office,
        (2, _) => mobile(habits.country, habits.carrier),
        (3, _) => elsewhere(dice, habits.country),
        _ => habits.home.place(dice, day),
    }
}

fn visit(
    dice: &mut Dice,
    habits: &Habits,
    day: u32,
    journey: Option<Journey>,
    waiting: &mut Vec<Errand>,
    diary: &mut Diary,
) {
    let country = journey.map_or(habits.country, |journey| journey.country);
    let at = Diary::local(day, country, hour(dice, habits)) + dice.between(0, HOUR_MS - 1);
    let phone = dice.chance(habits.phone_per_mille);
    let place = whereabouts(dice, habits, day, journey, phone);
    let shared = dice.chance(if journey.is_some() { 15 } else { 1 });
    let known = if phone { diary.phone } else { dice.pick(&diary.desktops).unwrap_or(diary.phone) };
    let due = waiting
        .iter()
        .position(|errand| matches!(errand, Errand::NewPhone | Errand::NewBrowser | Errand::CookiesCleared));
    let replaced = due.filter(|_| !shared).map(|at| waiting.remove(at));
    let (device, place) = match replaced {
        _ if shared => (diary.new_device(), elsewhere(dice, country)),
        Some(errand) => (replace(dice, errand, known, diary), place),
        None => (known, place),
    };
    if !slips(dice, habits, at, place, (replaced.is_none() && !shared).then_some(device), diary) {
        return;
    }
    if replaced.is_some() {
        diary.note(at - 40_000, Deed::Asked { place }, By::Owner);
        diary.note(at - 20_000, Deed::DeviceBound { place, device }, By::Owner);
    }
    let session = diary.new_session();
    // Whoever has a passkey uses it nine times in ten; on a shared computer never.
    let resistant = habits.passkey && !shared && dice.chance(900);
    diary.note(at, Deed::SignedIn { place, device, session, resistant, shared }, By::Owner);
    let longest = if shared { 9 } else { 50 };
    let until = at + dice.between(2, longest) * MINUTE_MS;
    diary.sessions.push(Session { number: session, place, at, until, shared });
    stay(dice, habits, (day, journey, phone), diary);
    if !shared {
        run_errands(dice, waiting, diary);
    }
}

/// The device in use from now on: the other one is gone, or is kept beside it.
fn replace(dice: &mut Dice, errand: Errand, known: u32, diary: &mut Diary) -> u32 {
    let device = diary.new_device();
    match errand {
        Errand::NewPhone => diary.phone = device,
        Errand::CookiesCleared if known == diary.phone => diary.phone = device,
        Errand::CookiesCleared => diary.desktops.retain(|one| *one != known),
        _ => {}
    }
    if diary.phone != device {
        if diary.desktops.len() > 2 {
            diary.desktops.remove(usize::from(dice.chance(500)));
        }
        diary.desktops.push(device);
    }
    device
}

/// Passwords are mistyped, second factors too, and now and then the phone is not at hand: then nobody comes in.
fn slips(dice: &mut Dice, habits: &Habits, at: i64, place: Place, device: Option<u32>, diary: &mut Diary) -> bool {
    if habits.passkey {
        return true;
    }
    let wrong = match dice.below(1_000) {
        0..=3 => dice.between(4, 8),
        4..=43 => dice.between(1, 2),
        _ => 0,
    };
    for n in 0..wrong {
        diary.note(at - (wrong - n + 1) * 25_000, Deed::Failed { place, device, step: Step::Password }, By::Owner);
    }
    let half = match dice.below(1_000) {
        0..=19 => 1,
        20..=24 => 2,
        _ => 0,
    };
    for n in 0..half {
        diary.note(at - 20_000 + n * 8_000, Deed::Failed { place, device, step: Step::Second }, By::Owner);
    }
    half < 2
}

/// In the session: it is used, its network may change (phones between cells, VPNs on and off), orders are sent.
fn stay(dice: &mut Dice, habits: &Habits, (day, journey, phone): (u32, Option<Journey>, bool), diary: &mut Diary) {
    let Some(here) = diary.sessions.last().copied() else {
        return;
    };
    let moves = match (phone, habits.vpn) {
        (true, _) => dice.chance(150),
        (false, Some(_)) => dice.chance(40),
        (false, None) => dice.chance(8),
    };
    let moved = here.at + dice.between(0, here.until - here.at);
    let other = if moves { whereabouts(dice, habits, day, journey, phone) } else { here.place };
    let mut at = here.at;
    while at < here.until {
        at += dice.between(2, 6) * MINUTE_MS;
        let place = if at < moved { here.place } else { other };
        diary.note(at.min(here.until), Deed::InUse { place, session: here.number }, By::Owner);
    }
    if here.shared && dice.chance(700) {
        return;
    }
    for _ in 0..dice.count(habits.orders_a_sign_in_milli) {
        let new = dice.chance(habits.new_instrument_per_mille);
        let usual = dice.pick(&habits.instruments).unwrap_or(1);
        let outcome = match dice.below(1_000) {
            0..=14 => Outcome::Refused,
            15..=29 => Outcome::Rejected,
            _ => Outcome::Admitted,
        };
        let ordered = Deed::Ordered {
            route: Route::Session(here.number),
            instrument: if new { instrument(dice) } else { usual },
            value: dice.spread(habits.median_value, habits.sigma),
            reduces: dice.chance(400),
            outcome,
        };
        diary.note(here.at + dice.between(30_000, (here.until - here.at).max(30_000)), ordered, By::Owner);
    }
}

fn run_errands(dice: &mut Dice, waiting: &mut Vec<Errand>, diary: &mut Diary) {
    let Some(here) = diary.sessions.last().copied() else {
        return;
    };
    let (place, session) = (here.place, here.number);
    for errand in std::mem::take(waiting) {
        let at = here.at + dice.between(30_000, (here.until - here.at).max(30_000));
        let deed = match errand {
            Errand::Authenticator => Deed::AuthenticatorAdded { place, session },
            Errand::Limit => Deed::LimitRaised { place, session },
            Errand::Credential => {
                diary.credentials += 1;
                Deed::CredentialMade { place, session, credential: diary.credentials }
            }
            // These wait for a visit of their own.
            Errand::NewPhone | Errand::NewBrowser | Errand::CookiesCleared => {
                waiting.push(errand);
                continue;
            }
        };
        diary.note(at, deed, By::Owner);
    }
}
