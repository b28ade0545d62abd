//! Boundaries: each control exactly at its limit and one unit to each side, as tables of sentences.

mod counts;
mod losses;
mod permissions;
mod positions;
mod prices;
mod silences;
mod switches;
mod types;
mod values;

use crate::world::Word;

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
