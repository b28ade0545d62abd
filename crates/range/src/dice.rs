//! Dice: a seeded stream of numbers in integers alone, the same on every machine.

#[derive(Clone, Debug)]
pub struct Dice(u64);

/// The finishing steps of SplitMix64: spreads a number over all 64 bits.
pub const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Dice {
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(mixed(mixed(seed) ^ mixed(stream.wrapping_add(0x5151))))
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.0)
    }

    /// From 0 up to but not `end`; 0 where there is nothing to choose from.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll().checked_rem(end).unwrap_or(0)
    }

    /// Both ends included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.below(width)).unwrap_or(0))
    }

    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = usize::try_from(self.below(from.len() as u64)).ok()?;
        from.get(at).copied()
    }

    /// The place in `weights` that was drawn.
    pub fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (at, weight) in weights.iter().enumerate() {
            if left < *weight {
                return at;
            }
            left -= weight;
        }
        0
    }

    /// Near normal, in thousandths of a standard deviation: twelve even draws, added.
    pub fn normal(&mut self) -> i64 {
        (0..12).map(|_| self.between(0, 1_000)).sum::<i64>() - 6_000
    }

    /// Log-normal around a median; `sigma` in thousandths of a doubling.
    pub fn spread(&mut self, median: u64, sigma: i64) -> u64 {
        let doublings = self.normal().saturating_mul(sigma) / 1_000;
        scaled(median, doublings).max(1)
    }

    /// How often something happens whose mean is `mean_milli` thousandths.
    pub fn count(&mut self, mean_milli: u64) -> u32 {
        let each = mean_milli / 20;
        let whole = each / 1_000;
        let sure = u32::try_from(whole * 20).unwrap_or(u32::MAX);
        sure + (0..20).map(|_| u32::from(self.chance(each % 1_000))).sum::<u32>()
    }
}

/// `number` times 2 to the power of `doublings` thousandths, within a third of a percent.
pub fn scaled(number: u64, doublings: i64) -> u64 {
    let part = u64::try_from(doublings.rem_euclid(1_000)).unwrap_or(0);
    let factor = 65_536 + part * (43_024 * 1_000 + 22_512 * part) / 1_000_000;
    let scaled = (u128::from(number) * u128::from(factor)) >> 16;
    let whole = doublings.div_euclid(1_000).clamp(-40, 40);
    let shift = u32::try_from(whole.unsigned_abs()).unwrap_or(0);
    let moved = if whole < 0 { scaled >> shift } else { scaled << shift };
    u64::try_from(moved).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubling_doubles_and_the_median_of_what_is_spread_stays() {
        assert_eq!(scaled(1_000, 0), 1_000);
        assert_eq!(scaled(1_000, 1_000), 2_000);
        assert_eq!(scaled(1_000, -2_000), 250);
        assert!(scaled(10_000, 500).abs_diff(14_142) < 50);
        let mut dice = Dice::new(1, 1);
        let below = (0..10_000).filter(|_| dice.spread(5_000, 800) < 5_000).count();
        assert!((4_800..5_200).contains(&below), "{below}");
    }

    #[test]
    fn counts_have_the_mean_that_was_asked_for() {
        let mut dice = Dice::new(2, 1);
        for mean in [50u64, 700, 3_000, 45_000] {
            let sum: u64 = (0..20_000).map(|_| u64::from(dice.count(mean))).sum();
            assert!(sum.abs_diff(mean * 20) <= mean * 20 / 10 + 100, "{mean}: {sum}");
        }
    }
}
