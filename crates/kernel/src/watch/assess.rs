//! What the signals of a subject come to: on each card the bits add up; which step they ask for, and none harder than
//! their class allows.

use super::cards::{Card, cards};
use super::heat::{BIT, Heat, Step, Thresholds};
use super::signal::Signal;
use alloc::vec::Vec;

/// Whose doing it is: a person's, with their ticket, or a program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Person,
    Program,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessed {
    /// What it counts, on the card that is fullest.
    pub bits: i32,
    pub step: Option<Step>,
    /// What was seen, with how rare it is: what counts most on that card first, what counts nothing there last.
    pub seen: Vec<(Signal, i32)>,
}

/// What a person's and a flow's heat come to. Signs that are kept of both halves are taken once, the higher.
pub fn assess(whose: Whose, heats: &[&Heat], pace: i32, thresholds: &Thresholds) -> Assessed {
    let judged = cards(whose).iter().map(|card| judge(card, heats, pace, thresholds));
    let none = Assessed { bits: 0, step: None, seen: Vec::new() };
    judged.fold(none, |best, one| if (one.step, one.bits) > (best.step, best.bits) { one } else { best })
}

fn judge(card: &Card, heats: &[&Heat], pace: i32, thresholds: &Thresholds) -> Assessed {
    let mut seen: Vec<(Signal, i32, i32)> = Vec::new();
    let (mut of, mut elsewhere) = ([0i32; 3], 0);
    for signal in Signal::ALL {
        let kept = heats.iter().map(|heat| heat.of(signal)).max().unwrap_or(0);
        let counts = card.counts(signal, kept);
        if kept > 0 {
            seen.push((signal, kept, counts));
        }
        if let Some(one) = of.get_mut(signal.class() as usize) {
            *one += counts;
        }
        if signal.is_elsewhere() {
            elsewhere += counts;
        }
    }
    seen.sort_by_key(|(_, kept, counts)| (-counts, -kept));
    let [presence, conduct, possession] = of;
    // Whoever does much does something odd often, and of whom little is known much is new: they are told later. How hard the step is, their conduct alone lessens.
    let less = card.less(pace) + card.while_young(thresholds.known_days);
    let bits = (presence + conduct + possession - less).max(0);
    let conduct = (conduct - less).max(0);
    let hard = presence + conduct + possession;
    // A step takes so much of the evidence that allows it: presence asks for a proof, conduct takes risk away, and only
    // the secret in another's hands takes the credential: what a program says of itself changes with each upgrade.
    let step = if bits < thresholds.notify {
        None
    } else if hard >= thresholds.kill && elsewhere >= thresholds.notify / 2 {
        Some(Step::Kill)
    } else if hard >= thresholds.reduce_only && conduct + possession >= thresholds.notify / 2 {
        Some(Step::ReduceOnly)
    } else if hard >= thresholds.step_up && presence >= thresholds.notify / 2 {
        Some(Step::StepUp)
    } else {
        Some(Step::Notify)
    };
    Assessed { bits, step, seen: seen.into_iter().map(|(signal, kept, _)| (signal, kept)).collect() }
}

/// What each card makes of them, for whoever checks the tables.
pub fn on_each_card(whose: Whose, heat: &Heat, pace: i32) -> Vec<(&'static str, i32)> {
    let bits = |card: &Card| judge(card, &[heat], pace, &Thresholds::usual()).bits;
    cards(whose).iter().map(|card| (card.name, bits(card))).collect()
}

/// Along a row: in quarters of a bit at each knot, straight between two of them, and no more beyond the last.
pub(super) fn along<const N: usize>(row: [u8; N], knots: [i32; N], kept: i32) -> i32 {
    let quarters = |n: u8| i32::from(n) * BIT / 4;
    let (mut low, mut from) = (0, 0);
    for (value, knot) in row.into_iter().map(quarters).zip(knots.map(|bits| bits * BIT)) {
        if kept < knot {
            return from + (value - from) * (kept - low).max(0) / (knot - low).max(1);
        }
        (low, from) = (knot, value);
    }
    from
}
