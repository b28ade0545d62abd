//! Who a user is: style, home, hours, devices, what they trade and with which programs.

use crate::bot::{self, Bot};
use crate::dice::Dice;
use crate::place::{Home, Place, office};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Occasional,
    Active,
    Algorithmic,
}

/// Instruments there are; what is popular has a low number.
pub const INSTRUMENTS: u64 = 8_000;

#[derive(Clone, Debug)]
pub struct Habits {
    pub number: u32,
    pub style: Style,
    pub country: u16,
    pub home: Home,
    pub office: Option<Place>,
    pub carrier: u64,
    pub carrier_v6: bool,
    /// The provider of a VPN, and how many of a thousand sign-ins go through it.
    pub vpn: Option<(u64, u64)>,
    pub phone_per_mille: u64,
    pub passkey: bool,
    /// Local hours in which they usually come.
    pub from_hour: i64,
    pub to_hour: i64,
    pub weekend_per_mille: u64,
    pub sign_ins_a_day_milli: u64,
    pub orders_a_sign_in_milli: u64,
    pub median_value: u64,
    pub sigma: i64,
    pub instruments: Vec<u32>,
    pub new_instrument_per_mille: u64,
    pub bots: Vec<Bot>,
}

/// What is popular is drawn more often: the smaller of two draws, and half of all from the first two hundred.
pub fn instrument(dice: &mut Dice) -> u32 {
    let width = if dice.chance(500) { 200 } else { INSTRUMENTS };
    let drawn = dice.below(width).min(dice.below(width));
    u32::try_from(drawn).unwrap_or(0) + 1
}

pub fn draw(dice: &mut Dice, number: u32) -> Habits {
    let style = match dice.weighted(&[55, 30, 15]) {
        0 => Style::Occasional,
        1 => Style::Active,
        _ => Style::Algorithmic,
    };
    // Two thirds live in the first three countries.
    let country = match dice.weighted(&[35, 20, 12, 33]) {
        3 => u16::try_from(3 + dice.below(9)).unwrap_or(3),
        popular => u16::try_from(popular).unwrap_or(0),
    };
    let (sign_ins, orders, new_instrument) = match style {
        Style::Occasional => (dice.between(150, 500), dice.between(150, 500), dice.between(100, 300)),
        Style::Active => (dice.between(1_500, 4_000), dice.between(800, 3_000), dice.between(30, 150)),
        Style::Algorithmic => (dice.between(500, 2_000), dice.between(50, 500), dice.between(30, 150)),
    };
    let (from_hour, to_hour) = hours(dice, style);
    let known = match style {
        Style::Occasional => dice.between(2, 8),
        Style::Active => dice.between(8, 40),
        Style::Algorithmic => dice.between(4, 15),
    };
    let programs = if style == Style::Algorithmic { dice.weighted(&[10, 45, 30, 15]) } else { 0 };
    let home = Home::draw(dice, country);
    Habits {
        number,
        style,
        country,
        home,
        // A third sign in at work; an office is shared by about ten of the population.
        office: dice.chance(330).then(|| office(country, u64::from(country) * 10_000 + dice.below(300))),
        carrier: u64::from(country) * 10 + dice.below(4),
        carrier_v6: dice.chance(450),
        vpn: dice.chance(120).then(|| (dice.below(12), 100 + dice.below(800))),
        phone_per_mille: if style == Style::Occasional { 300 + dice.below(600) } else { 100 + dice.below(400) },
        passkey: dice.chance(600),
        from_hour,
        to_hour,
        weekend_per_mille: dice.below(if style == Style::Occasional { 1_000 } else { 300 }),
        sign_ins_a_day_milli: whole(sign_ins),
        orders_a_sign_in_milli: whole(orders),
        median_value: dice.spread(if style == Style::Occasional { 1_500 } else { 6_000 }, 1_200).clamp(50, 200_000),
        sigma: dice.between(600, 1_400),
        instruments: (0..known).map(|_| instrument(dice)).collect(),
        new_instrument_per_mille: whole(new_instrument),
        bots: (0..programs).map(|_| bot::draw(dice, home, country)).collect(),
    }
}

/// Occasional users come in the evening as often as by day; the others while markets are open.
fn hours(dice: &mut Dice, style: Style) -> (i64, i64) {
    let from = match style {
        Style::Occasional if dice.chance(500) => dice.between(17, 19),
        Style::Occasional | Style::Active | Style::Algorithmic => dice.between(7, 10),
    };
    (from, (from + dice.between(4, 9)).min(23))
}

fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
