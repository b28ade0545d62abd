//! Oracle: a second guard, naive and written from docs/guard.md, agrees with the kernel on random histories.

mod dice;
mod house;
mod ledger;
mod papers;
mod play;
mod price;
mod seat;
mod strain;
mod table;
mod theme;
mod verdict;

use std::collections::BTreeMap;

/// Steps of the normal test; PORTREEVE_ORACLE_STEPS asks for more, or for fewer while mutants are hunted.
const STEPS: usize = 60_000;
const STEPS_OF_A_HISTORY: usize = 70;
const SEED: u64 = 2;

#[test]
fn a_second_guard_written_from_the_page_agrees_on_random_histories() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let steps = number("PORTREEVE_ORACLE_STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap());
    let seed = number("PORTREEVE_ORACLE_SEED").unwrap_or(SEED);
    let mut said: BTreeMap<&'static str, usize> = BTreeMap::new();
    let histories = steps.div_ceil(STEPS_OF_A_HISTORY);
    for n in 0..histories {
        let theme = theme::ALL[n % theme::ALL.len()];
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(n as u64);
        for word in play::history(theme, seed, STEPS_OF_A_HISTORY) {
            *said.entry(word).or_default() += 1;
        }
    }
    let all: usize = said.values().sum();
    assert!(all * 2 > steps, "only {all} decisions in {steps} steps");
    if steps < STEPS {
        return;
    }
    let rare: Vec<&&str> =
        theme::CONTROLS.iter().filter(|code| said.get(**code).copied().unwrap_or(0) * 100 < all).collect();
    assert!(rare.is_empty(), "of {all} decisions less than 1 % fell to {rare:?}: {said:?}");
}
