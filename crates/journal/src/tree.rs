//! The Merkle tree of RFC 6962 over the links of all events, as a frontier of O(log n) hashes.

use crate::Hash;
use core::ops::Range;

/// The leaf of an event: its link is the entry that RFC 6962 hashes.
pub fn leaf(link: &Hash) -> Hash {
    leaf_of(&link.0)
}

/// The leaf of any entry: SHA-256(0x00 ‖ entry).
pub fn leaf_of(entry: &[u8]) -> Hash {
    Hash::of(&[&[0], entry])
}

/// An inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[1], &left.0, &right.0])
}

/// The root of a log without entries: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The right edge of a tree: enough to append to it and to name its root, never all leaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of the full subtrees, largest first: one for each bit that is set in `size`.
    peaks: Vec<Hash>,
}

/// The bytes are no frontier that `to_bytes` wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frontier is its size and one hash for each bit set in it")]
pub struct NotAFrontier;

impl Frontier {
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends the hash of a leaf. A log of u64::MAX leaves does not grow further.
    pub fn push(&mut self, leaf: Hash) {
        let Some(grown) = self.size.checked_add(1) else {
            return;
        };
        let mut right = leaf;
        // Each trailing one bit of the old size is a full subtree that the new leaf completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                right = node(&left, &right);
            }
        }
        self.peaks.push(right);
        self.size = grown;
    }

    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => empty_root(),
            Some(last) => peaks.fold(*last, |right, left| node(left, &right)),
        }
    }

    /// Two of the same size: the leaves of the first full subtree in which they differ, from one position up to
    /// another and without that.
    pub fn first_difference(&self, other: &Frontier) -> Option<Range<u64>> {
        let differs = self.peaks.iter().zip(&other.peaks).position(|(own, others)| own != others)?;
        let (mut from, mut left) = (0, self.size);
        for _ in 0..differs {
            let width = left.checked_ilog2().map_or(0, |bit| 1 << bit);
            (from, left) = (from + width, left - width);
        }
        left.checked_ilog2().map(|bit| from..from + (1 << bit))
    }

    /// `u64be(size)` and the peaks, largest subtree first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + 32 * self.peaks.len());
        out.extend_from_slice(&self.size.to_be_bytes());
        for peak in &self.peaks {
            out.extend_from_slice(&peak.0);
        }
        out
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Frontier, NotAFrontier> {
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or(NotAFrontier)?;
        let size = u64::from_be_bytes(*size);
        let (hashes, left_over) = rest.as_chunks::<32>();
        if !left_over.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(NotAFrontier);
        }
        Ok(Frontier { size, peaks: hashes.iter().copied().map(Hash).collect() })
    }
}

/// The root over leaf hashes that are all at hand.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}
