//! Rounds: figures of interleaved rounds, their middle, their ratios to a floor, and the void control.

use std::time::Duration;

/// Outside of this a floor that is measured against itself says that the run is void.
const CONTROL: std::ops::RangeInclusive<f64> = 0.95..=1.05;

/// What one leg came to, round by round.
#[derive(Clone, Debug, Default)]
pub struct Leg {
    pub name: String,
    pub rounds: Vec<f64>,
}

impl Leg {
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), rounds: Vec::new() }
    }

    pub fn middle(&self) -> f64 {
        middle(&self.rounds)
    }

    /// The middle of the rounds' own ratios, never the ratio of two middles.
    pub fn ratio(&self, floor: &Leg) -> f64 {
        middle(&self.rounds.iter().zip(&floor.rounds).map(|(own, floor)| own / floor).collect::<Vec<_>>())
    }

    pub fn added(&self, floor: &Leg) -> Vec<f64> {
        self.rounds.iter().zip(&floor.rounds).map(|(own, floor)| own - floor).collect()
    }

    pub fn listed(&self) -> String {
        self.rounds.iter().map(|round| format!("{round:.0}")).collect::<Vec<_>>().join(" ")
    }
}

/// The mean of the two in the middle where there are two.
pub fn middle(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
    let lower = sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN);
    f64::midpoint(lower, upper)
}

/// Microseconds that so many of a thousand samples stay within.
pub fn within(samples: &[Duration], permille: usize) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * permille / 1_000).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(f64::NAN, |sample| sample.as_secs_f64() * 1e6)
}

/// The floor against itself, in the words that every table ends with.
pub fn control(floor: &Leg, again: &Leg) -> String {
    let ratio = again.ratio(floor);
    let verdict = if CONTROL.contains(&ratio) { "valid" } else { "VOID" };
    format!("control: {} against itself {ratio:.3}: {verdict}", floor.name)
}

/// Which leg is first changes from round to round, and every second round goes backwards.
pub fn order(legs: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..legs).map(|leg| (leg + round) % legs.max(1)).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(rounds: &[f64]) -> Leg {
        Leg { name: "leg".to_owned(), rounds: rounds.to_vec() }
    }

    #[test]
    fn the_ratio_is_the_middle_of_the_rounds_own_ratios() {
        let (floor, own) = (leg(&[10.0, 100.0, 1_000.0]), leg(&[20.0, 100.0, 3_000.0]));
        assert!((own.ratio(&floor) - 2.0).abs() < 1e-9);
        assert!((middle(&[4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn a_floor_that_differs_from_itself_makes_the_run_void() {
        assert!(control(&leg(&[100.0; 3]), &leg(&[104.0; 3])).ends_with("valid"));
        assert!(control(&leg(&[100.0; 3]), &leg(&[94.0; 3])).ends_with("VOID"));
    }

    #[test]
    fn every_leg_runs_once_a_round_and_none_is_always_first() {
        let firsts: std::collections::BTreeSet<usize> = (0..10).map(|round| order(5, round)[0]).collect();
        assert_eq!(firsts.len(), 5);
        assert!((0..10).all(|round| {
            let mut all = order(5, round);
            all.sort_unstable();
            all == [0, 1, 2, 3, 4]
        }));
    }

    #[test]
    fn percentiles_are_samples_that_were_seen() {
        let samples: Vec<Duration> = (1..=1_000).map(Duration::from_micros).collect();
        assert!((within(&samples, 500) - 501.0).abs() < 1e-9);
        assert!((within(&samples, 990) - 991.0).abs() < 1e-9);
    }
}
