//! Proofs of a few leaves among many, made while the leaves pass by: memory grows with what is marked, not with the log.

use crate::proof::ProofError;
use crate::{Hash, tree};
use std::collections::BTreeMap;

/// A full subtree at the right edge, and which marked leaves lie in it.
#[derive(Debug, Clone)]
struct Peak {
    hash: Hash,
    marked: Vec<u64>,
}

/// A tree that grows leaf by leaf, and the way from each marked leaf up to where it has grown.
#[derive(Debug, Clone, Default)]
pub struct Prover {
    size: u64,
    peaks: Vec<Peak>,
    paths: BTreeMap<u64, Path>,
}

#[derive(Debug, Clone)]
struct Path {
    leaf: Hash,
    siblings: Vec<Hash>,
}

/// The whole tree, with the proofs of what was marked.
#[derive(Debug, Clone)]
pub struct Proofs {
    pub size: u64,
    pub root: Hash,
    paths: BTreeMap<u64, Path>,
}

impl Prover {
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the hash of a leaf; of a marked one there will be a proof.
    pub fn push(&mut self, leaf: Hash, marked: bool) {
        let Some(grown) = self.size.checked_add(1) else {
            return;
        };
        let mut right = Peak { hash: leaf, marked: Vec::new() };
        if marked {
            self.paths.insert(self.size, Path { leaf, siblings: Vec::new() });
            right.marked.push(self.size);
        }
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                right = join(&mut self.paths, left, right);
            }
        }
        self.peaks.push(right);
        self.size = grown;
    }

    pub fn finish(mut self) -> Proofs {
        let mut peaks = std::mem::take(&mut self.peaks).into_iter().rev();
        let root = match peaks.next() {
            None => tree::empty_root(),
            Some(last) => peaks.fold(last, |right, left| join(&mut self.paths, left, right)).hash,
        };
        Proofs { size: self.size, root, paths: self.paths }
    }
}

fn join(paths: &mut BTreeMap<u64, Path>, left: Peak, right: Peak) -> Peak {
    for (side, sibling) in [(&left.marked, right.hash), (&right.marked, left.hash)] {
        for index in side {
            if let Some(path) = paths.get_mut(index) {
                path.siblings.push(sibling);
            }
        }
    }
    let mut marked = left.marked;
    marked.extend(right.marked);
    Peak { hash: tree::node(&left.hash, &right.hash), marked }
}

impl Proofs {
    /// As `inclusion_proof`, of a leaf that was marked.
    pub fn inclusion(&self, index: u64) -> Result<&[Hash], ProofError> {
        let path = self.paths.get(&index).ok_or(ProofError::NoSuchLeaf { index, size: self.size })?;
        Ok(&path.siblings)
    }

    /// As `consistency_proof`, where the last leaf of the old tree was marked.
    pub fn consistency(&self, old: u64) -> Result<Vec<Hash>, ProofError> {
        if old == 0 || old == self.size {
            return Ok(Vec::new());
        }
        let not_marked = ProofError::NotABeginning { old, new: self.size };
        let path = old.checked_sub(1).and_then(|last| self.paths.get(&last)).ok_or(not_marked)?;
        // Below the largest full subtree that ends the old tree, every sibling lies to the left.
        let (below, above) = path.siblings.split_at_checked(old.trailing_zeros() as usize).ok_or(not_marked)?;
        let edge = below.iter().fold(path.leaf, |hash, left| tree::node(left, &hash));
        // A whole old tree is its own edge, whose hash the verifier knows.
        let first = (!old.is_power_of_two()).then_some(edge);
        Ok(first.into_iter().chain(above.iter().copied()).collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::proof::{consistency_proof, inclusion_proof};

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| tree::leaf_of(&n.to_be_bytes())).collect()
    }

    /// RFC 6962, 2.1.1 and 2.1.2: the same proofs as those made with all leaves at hand.
    #[test]
    fn what_is_proved_while_leaves_pass_is_what_is_proved_with_all_of_them() {
        for size in 0..70 {
            let leaves = leaves(size);
            let mut prover = Prover::new();
            leaves.iter().for_each(|leaf| prover.push(*leaf, true));
            let proofs = prover.finish();
            assert_eq!((proofs.size, proofs.root), (size, tree::root(&leaves)));
            for index in 0..size {
                assert_eq!(proofs.inclusion(index).unwrap(), inclusion_proof(&leaves, index).unwrap());
            }
            for old in 0..=size {
                assert_eq!(proofs.consistency(old).unwrap(), consistency_proof(&leaves, old).unwrap(), "{old} {size}");
            }
        }
    }

    #[test]
    fn what_was_not_marked_is_not_proved() {
        let mut prover = Prover::new();
        leaves(9).iter().enumerate().for_each(|(n, leaf)| prover.push(*leaf, n == 4));
        let proofs = prover.finish();
        assert_eq!(proofs.inclusion(4).unwrap(), inclusion_proof(&leaves(9), 4).unwrap());
        assert_eq!(proofs.inclusion(3), Err(ProofError::NoSuchLeaf { index: 3, size: 9 }));
        assert_eq!(proofs.consistency(4), Err(ProofError::NotABeginning { old: 4, new: 9 }));
        assert!(proofs.consistency(5).is_ok() && proofs.consistency(10).is_err());
    }
}
