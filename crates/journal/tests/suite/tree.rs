//! The tree against the test vectors of Certificate Transparency and against the RFC's recursion.

use journal::proof::{MAX_PROOF, ProofError, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
use journal::tree::{Frontier, empty_root, leaf_of, node, root};
use journal::{Hash, tree};

/// RFC 6962, 2.1, word for word: split at the largest power of two smaller than n.
fn naive(entries: &[Vec<u8>]) -> Hash {
    match entries {
        [] => empty_root(),
        [one] => leaf_of(one),
        many => {
            let mut k = 1;
            while k * 2 < many.len() {
                k *= 2;
            }
            node(&naive(&many[..k]), &naive(&many[k..]))
        }
    }
}

fn entries(n: usize) -> Vec<Vec<u8>> {
    (0..n).map(|i| format!("entry {i}").into_bytes()).collect()
}

fn leaves(n: usize) -> Vec<Hash> {
    entries(n).iter().map(|entry| leaf_of(entry)).collect()
}

fn ct_entries() -> Vec<Vec<u8>> {
    let hex = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    hex.iter()
        .map(|h| (0..h.len() / 2).map(|i| u8::from_str_radix(&h[2 * i..2 * i + 2], 16).unwrap()))
        .map(Iterator::collect)
        .collect()
}

fn hash(text: &str) -> Hash {
    text.parse().unwrap()
}

#[test]
fn the_roots_of_certificate_transparency_come_out() {
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    for (entry, expected) in ct_entries().iter().zip(roots) {
        frontier.push(leaf_of(entry));
        assert_eq!(frontier.root(), hash(expected), "size {}", frontier.size());
    }
}

#[test]
fn the_proofs_of_certificate_transparency_come_out() {
    let leaves: Vec<Hash> = ct_entries().iter().map(|e| leaf_of(e)).collect();
    // Proofs of leaf 0 and leaf 5 of eight, and from size 6 to 8.
    let first = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    let fifth = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    let six_to_eight = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(inclusion_proof(&leaves, 0).unwrap(), first.map(hash));
    assert_eq!(inclusion_proof(&leaves, 5).unwrap(), fifth.map(hash));
    assert_eq!(consistency_proof(&leaves, 6).unwrap(), six_to_eight.map(hash));
}

#[test]
fn the_frontier_gives_the_root_of_the_recursion_at_every_size() {
    let mut frontier = Frontier::new();
    let entries = entries(130);
    for n in 0..=entries.len() {
        assert_eq!(frontier.root(), naive(&entries[..n]), "size {n}");
        let bytes = frontier.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes).unwrap(), frontier);
        assert!(Frontier::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Frontier::from_bytes(&[&bytes[..], &[0; 32]].concat()).is_err());
        if let Some(entry) = entries.get(n) {
            frontier.push(leaf_of(entry));
        }
    }
}

#[test]
fn every_leaf_of_every_small_tree_proves_its_place_and_no_other() {
    for n in 1..=33usize {
        let leaves = leaves(n);
        let (size, top) = (n as u64, root(&leaves));
        for (i, leaf) in leaves.iter().enumerate() {
            let proof = inclusion_proof(&leaves, i as u64).unwrap();
            assert!(proof.len() <= MAX_PROOF);
            verify_inclusion(leaf, i as u64, size, &proof, &top).unwrap();
            for other in (0..size).filter(|other| *other != i as u64) {
                assert!(verify_inclusion(leaf, other, size, &proof, &top).is_err());
            }
            for at in 0..proof.len() {
                let mut wrong = proof.clone();
                wrong[at].0[0] ^= 1;
                assert_eq!(verify_inclusion(leaf, i as u64, size, &wrong, &top), Err(ProofError::Root { size }));
            }
            let longer = [&proof[..], &[*leaf]].concat();
            assert_eq!(verify_inclusion(leaf, i as u64, size, &longer, &top), Err(ProofError::Length));
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify_inclusion(leaf, i as u64, size, shorter, &top).is_err());
            }
        }
        assert_eq!(inclusion_proof(&leaves, size), Err(ProofError::NoSuchLeaf { index: size, size }));
    }
}

#[test]
fn every_beginning_of_every_small_tree_proves_itself_and_a_rewritten_one_does_not() {
    for n in 0..=33usize {
        let leaves = leaves(n);
        let new_root = root(&leaves);
        for old in 0..=n {
            let proof = consistency_proof(&leaves, old as u64).unwrap();
            let old_root = root(&leaves[..old]);
            let (old, new) = (old as u64, n as u64);
            verify_consistency(old, &old_root, new, &new_root, &proof).unwrap();
            let rewritten = tree::leaf(&old_root);
            assert!(verify_consistency(old, &rewritten, new, &new_root, &proof).is_err());
            assert!(verify_consistency(old, &old_root, new, &rewritten, &proof).is_err() || old == 0);
            for at in 0..proof.len() {
                let mut wrong = proof.clone();
                wrong[at].0[31] ^= 1;
                assert!(verify_consistency(old, &old_root, new, &new_root, &wrong).is_err());
            }
            let longer = [&proof[..], &[new_root]].concat();
            assert!(verify_consistency(old, &old_root, new, &new_root, &longer).is_err());
        }
        assert!(consistency_proof(&leaves, n as u64 + 1).is_err());
    }
}

#[test]
fn wild_numbers_in_a_proof_are_refused_and_never_panic() {
    bolero::check!().with_type::<(u64, u64, Vec<[u8; 32]>, [u8; 32])>().with_iterations(5000).for_each(
        |(a, b, proof, top)| {
            let proof: Vec<Hash> = proof.iter().copied().map(Hash).collect();
            let top = Hash(*top);
            assert!(verify_inclusion(&Hash([7; 32]), *a, *b, &proof, &top).is_err());
            let held = verify_consistency(*a, &Hash([7; 32]), *b, &top, &proof);
            assert!(held.is_err() || top == Hash([7; 32]));
        },
    );
}
