//! The envelope: nonce, cipher text and tag, bound to what it is, whose it is and which row it is.

use super::{LONGEST, Why};
use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

pub(super) const VERSION: u8 = 1;
pub(super) const TAG: usize = 16;
pub(super) const OVERHEAD: usize = NONCE_LEN + TAG;

/// What is sealed; its letter follows the version in the sealed bytes and is bound to them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    DataKey,
    Row,
}

impl Kind {
    pub(super) const fn header(self) -> [u8; 2] {
        match self {
            Self::DataKey => [VERSION, b'k'],
            Self::Row => [VERSION, b'r'],
        }
    }
}

/// Every part is preceded by its length, so that no two places have the same name.
fn bound_to(kind: Kind, owner: &str, row: &str) -> Vec<u8> {
    let mut aad = b"portreeve/seal".to_vec();
    aad.extend(kind.header());
    for part in [owner, row] {
        aad.extend((part.len() as u64).to_be_bytes());
        aad.extend(part.as_bytes());
    }
    aad
}

/// Appends nonce, cipher text and tag to `out`.
pub(super) fn seal(
    cipher: &RandomizedNonceKey,
    (kind, owner, row): (Kind, &str, &str),
    plain: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Why> {
    if plain.len() > LONGEST {
        return Err(Why::TooLong);
    }
    // Room for the tag from the start: growing later would leave a copy of the plain text behind.
    let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + TAG));
    body.extend_from_slice(plain);
    let aad = Aad::from(bound_to(kind, owner, row));
    let nonce = cipher.seal_in_place_append_tag(aad, &mut *body).map_err(|_| Why::Cipher)?;
    out.extend_from_slice(nonce.as_ref());
    out.extend_from_slice(&body);
    Ok(())
}

pub(super) fn open(
    cipher: &RandomizedNonceKey,
    (kind, owner, row): (Kind, &str, &str),
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Why> {
    if sealed.len() > LONGEST + OVERHEAD {
        return Err(Why::TooLong);
    }
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Why::Malformed)?;
    let mut plain = Zeroizing::new(body.to_vec());
    let aad = Aad::from(bound_to(kind, owner, row));
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = cipher.open_in_place(nonce, aad, &mut plain).map_err(|_| Why::NotAuthentic)?.len();
    plain.truncate(length);
    Ok(plain)
}
