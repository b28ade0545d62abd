//! Noise: a smooth random walk without state, in integers: octaves of value noise over hashed lattices.

use sha2::{Digest, Sha256};

/// Octaves: lattice spacing in milliseconds and amplitude in parts per billion of the price.
/// The fast ones give a few basis points a second, the slow ones one or two per cent a day; the
/// spacings share no factor, so the lattices never line up. All together stay below 5 %.
const OCTAVES: [(i64, i64); 8] = [
    (1_000, 250_000),
    (7_000, 250_000),
    (53_000, 400_000),
    (409_000, 900_000),
    (3_203_000, 2_000_000),
    (25_013_000, 6_000_000),
    (200_003_000, 12_000_000),
    (1_600_009_000, 25_000_000),
];

const UNIT: i64 = 1 << 20;

/// The source of everything random about one instrument under one seed.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    key: u64,
}

impl Noise {
    /// SHA-256 here, so that neighbouring seeds and ids share nothing; splitmix after that, for speed.
    pub fn new(seed: u64, con_id: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"portreeve/paper/quote/v1");
        hash.update(seed.to_be_bytes());
        hash.update(con_id.to_be_bytes());
        let digest = hash.finalize();
        let key = digest.iter().take(8).fold(0_u64, |key, byte| (key << 8) | u64::from(*byte));
        Noise { key }
    }

    /// A uniform number for a place and a moment.
    pub fn draw(self, salt: u64, index: i64) -> u64 {
        mix(mix(self.key ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15)) ^ index.cast_unsigned())
    }

    /// The walk at a moment: parts per billion away from the base price.
    pub fn walk(self, at_ms: i64) -> i64 {
        let mut sum = 0;
        for (salt, (spacing, amplitude)) in (100_u64..).zip(OCTAVES) {
            let cell = at_ms.div_euclid(spacing);
            // Sixteen bits of the way through the cell, eased so that the slope is smooth.
            let way = at_ms.rem_euclid(spacing) * 65_536 / spacing;
            let eased = (way * way * (3 * 65_536 - 2 * way)) >> 32;
            let from = self.lattice(salt, cell);
            let to = self.lattice(salt, cell + 1);
            sum += amplitude * (from + (((to - from) * eased) >> 16)) / UNIT;
        }
        sum
    }

    /// A value at a lattice point, from -UNIT up to UNIT.
    fn lattice(self, salt: u64, cell: i64) -> i64 {
        let bits = self.draw(salt, cell) >> 43;
        i64::try_from(bits).unwrap_or(0) - UNIT
    }
}

/// The finalizer of splitmix64.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_is_bounded_and_continuous() {
        let noise = Noise::new(7, 265_598);
        let bound: i64 = OCTAVES.iter().map(|(_, amplitude)| amplitude).sum();
        let mut before = noise.walk(1_790_000_000_000);
        for step in 1..20_000 {
            let now = noise.walk(1_790_000_000_000 + step * 250);
            assert!(now.abs() <= bound);
            // At most half a lattice step of the fastest octave in 250 ms: below 5 basis points.
            assert!((now - before).abs() < 500_000);
            before = now;
        }
    }

    #[test]
    fn seeds_and_instruments_have_walks_of_their_own() {
        let at = 1_790_000_000_000;
        assert_ne!(Noise::new(1, 1).walk(at), Noise::new(2, 1).walk(at));
        assert_ne!(Noise::new(1, 1).walk(at), Noise::new(1, 2).walk(at));
        assert_eq!(Noise::new(1, 1).walk(at), Noise::new(1, 1).walk(at));
    }
}
