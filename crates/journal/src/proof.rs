//! Inclusion and consistency proofs of RFC 6962, checked as RFC 9162 section 2.1 says.

use crate::{Hash, tree};

/// A proof of a tree of fewer than 2^64 leaves is never longer.
pub const MAX_PROOF: usize = 64;

/// Why a proof could not be made or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("leaf {index} is not in a tree of {size}")]
    NoSuchLeaf { index: u64, size: u64 },
    #[error("a tree of {old} is not a beginning of a tree of {new}")]
    NotABeginning { old: u64, new: u64 },
    #[error("the proof has the wrong length")]
    Length,
    #[error("the proof does not lead to the root of size {size}")]
    Root { size: u64 },
}

/// The hashes that lead from the leaf at `index` to the root over `leaves` (leaf hashes).
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Result<Vec<Hash>, ProofError> {
    let size = leaves.len() as u64;
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let mut path = Vec::new();
    let (mut part, mut index) = (leaves, usize::try_from(index).unwrap_or(usize::MAX));
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        if index < left.len() {
            path.push(tree::root(right));
            part = left;
        } else {
            path.push(tree::root(left));
            index -= left.len();
            part = right;
        }
    }
    path.reverse();
    Ok(path)
}

/// The hashes that show the tree over the first `old_size` leaves to be a beginning of this one.
/// Empty for sizes 0 (every tree begins so) and `leaves.len()` (the same tree).
pub fn consistency_proof(leaves: &[Hash], old_size: u64) -> Result<Vec<Hash>, ProofError> {
    let new = leaves.len() as u64;
    if old_size > new {
        return Err(ProofError::NotABeginning { old: old_size, new });
    }
    if old_size == 0 {
        return Ok(Vec::new());
    }
    let mut path = Vec::new();
    let (mut part, mut old) = (leaves, usize::try_from(old_size).unwrap_or(usize::MAX));
    let mut whole = true;
    while old < part.len() {
        let (left, right) = part.split_at(split(part.len()));
        if old <= left.len() {
            path.push(tree::root(right));
            part = left;
        } else {
            path.push(tree::root(left));
            old -= left.len();
            part = right;
            whole = false;
        }
    }
    // Without a turn to the right, `part` is the old tree itself, whose root the verifier knows.
    if !whole {
        path.push(tree::root(part));
    }
    path.reverse();
    Ok(path)
}

/// Largest power of two smaller than `len`, which is at least 2.
fn split(len: usize) -> usize {
    1usize << (len - 1).ilog2()
}

/// RFC 9162, 2.1.3.2: the leaf (its hash) stands at `index` of the tree of `size` with `root`.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if at & 1 == 1 || at == last {
            hash = tree::node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = tree::node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofError::Root { size }) }
}

/// RFC 9162, 2.1.4.2: the tree of `old` leaves with `old_root` is a beginning of the other.
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::NotABeginning { old, new });
    }
    if old == 0 || old == new {
        let expected = if old == 0 { &tree::empty_root() } else { new_root };
        return match (proof.is_empty(), old_root == expected) {
            (true, true) => Ok(()),
            (true, false) => Err(ProofError::Root { size: old }),
            (false, _) => Err(ProofError::Length),
        };
    }
    let (first, rest) =
        if old.is_power_of_two() { (old_root, proof) } else { proof.split_first().ok_or(ProofError::Length)? };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if at & 1 == 1 || at == last {
            old_hash = tree::node(sibling, &old_hash);
            new_hash = tree::node(sibling, &new_hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = tree::node(&new_hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if old_hash != *old_root {
        return Err(ProofError::Root { size: old });
    }
    if new_hash != *new_root {
        return Err(ProofError::Root { size: new });
    }
    Ok(())
}
