//! Boundaries: each control exactly at its limit and one unit to each side, as tables of sentences.

mod counts;
mod cover;
mod derived;
mod expiries;
mod leverage;
mod losses;
mod permissions;
mod positions;
mod prices;
mod silences;
mod switches;
mod types;
mod values;

use crate::world::{Ask, Word, World};
use kernel::guard::Limits;

type Case = (&'static str, fn() -> Word, Word);

fn check(cases: &[Case]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(sentence, run, expected)| (sentence, run(), expected))
        .filter(|(_, came, expected)| came != *expected)
        .map(|(sentence, came, expected)| format!("{sentence}: expected `{expected}`, came `{came}`"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn limited(edit: fn(&mut Limits), ask: Ask) -> Word {
    let mut world = World::new();
    world.limit(edit);
    world.place(ask)
}

fn account_limited(edit: fn(&mut Limits), ask: Ask) -> Word {
    let mut world = World::new();
    world.account_limit(edit);
    world.place(ask)
}
