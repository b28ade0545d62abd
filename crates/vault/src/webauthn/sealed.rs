//! A ceremony under way, sealed and handed to the browser: beginning one costs the server no memory.

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest;

use super::ceremonies::Purpose;
use super::refusal::{NotProven, Refused};
use crate::base64url;
use crate::seal::SecretKey;

/// WA-02.
pub(super) const LIVES_MS: i64 = 5 * 60 * 1000;
/// Credentials that one ceremony may name.
pub(super) const MOST_CREDENTIALS: usize = 64;
const TAG: usize = 16;
const FIXED: usize = 8 + 16 + 32 + 16;
const MOST: usize = NONCE_LEN + FIXED + MOST_CREDENTIALS * 32 + TAG;

/// What a ceremony is for: bound to what is sealed, so that one begun for one thing opens for no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Registration,
    Assertion(Purpose),
}

/// All that its answer is held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ceremony {
    pub ends_ms: i64,
    /// By which it is remembered once it was answered.
    pub id: [u8; 16],
    pub challenge: [u8; 32],
    /// Of a registration; zeros otherwise.
    pub user_handle: [u8; 16],
    /// Hashes of the credentials that were named.
    pub credentials: Vec<[u8; 32]>,
}

/// Hashes of credential ids: what is sealed stays short, however long the ids are.
pub fn named(ids: &[Vec<u8>]) -> Vec<[u8; 32]> {
    ids.iter().map(|id| hash(id)).collect()
}

pub(super) fn hash(id: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, id).as_ref());
    hash
}

/// The key is made at the start and never leaves the process: what an earlier process began is over.
pub(super) struct Sealer(RandomizedNonceKey);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    pub(super) fn new() -> Result<Sealer, Refused> {
        let key = SecretKey::random().map_err(|_| Refused::NoRandomness)?;
        key.cipher().map(Sealer).map_err(|_| Refused::NoRandomness)
    }

    pub(super) fn seal(&self, kind: Kind, by: &[u8], ceremony: &Ceremony) -> Result<String, Refused> {
        let mut body = ceremony.bytes();
        let aad = Aad::from(bound_to(kind, by));
        let nonce = self.0.seal_in_place_append_tag(aad, &mut body).map_err(|_| Refused::NoRandomness)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend(body);
        Ok(base64url::encode(&sealed))
    }

    pub(super) fn open(&self, kind: Kind, by: &[u8], text: &str, now_ms: i64) -> Result<Ceremony, NotProven> {
        let sealed = base64url::decode(text, MOST).ok_or(NotProven::Unknown)?;
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(NotProven::Unknown)?;
        let mut body = body.to_vec();
        let (nonce, aad) = (Nonce::assume_unique_for_key(*nonce), Aad::from(bound_to(kind, by)));
        let plain = self.0.open_in_place(nonce, aad, &mut body).map_err(|_| NotProven::Unknown)?;
        let ceremony = Ceremony::read(plain).ok_or(NotProven::Unknown)?;
        if now_ms < ceremony.ends_ms { Ok(ceremony) } else { Err(NotProven::Expired) }
    }
}

/// Its kind is one byte; an approval's challenge besides: it commits to what will happen.
fn bound_to(kind: Kind, by: &[u8]) -> Vec<u8> {
    let mut aad = b"portreeve/ceremony/v1".to_vec();
    match kind {
        Kind::Registration => aad.push(b'r'),
        Kind::Assertion(Purpose::SignIn) => aad.push(b's'),
        Kind::Assertion(Purpose::StepUp) => aad.push(b'u'),
        Kind::Assertion(Purpose::Approval(challenge)) => {
            aad.push(b'a');
            aad.extend(challenge);
        }
    }
    aad.extend(by);
    aad
}

impl Ceremony {
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(FIXED + self.credentials.len() * 32 + TAG);
        out.extend(self.ends_ms.to_be_bytes());
        out.extend(self.id);
        out.extend(self.challenge);
        out.extend(self.user_handle);
        self.credentials.iter().for_each(|hash| out.extend(hash));
        out
    }

    fn read(bytes: &[u8]) -> Option<Ceremony> {
        let (ends, rest) = bytes.split_first_chunk::<8>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (challenge, rest) = rest.split_first_chunk::<32>()?;
        let (user_handle, rest) = rest.split_first_chunk::<16>()?;
        let (credentials, []) = rest.as_chunks::<32>() else { return None };
        Some(Ceremony {
            ends_ms: i64::from_be_bytes(*ends),
            id: *id,
            challenge: *challenge,
            user_handle: *user_handle,
            credentials: credentials.to_vec(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ceremony() -> Ceremony {
        Ceremony {
            ends_ms: 1_000,
            id: [1; 16],
            challenge: [2; 32],
            user_handle: [3; 16],
            credentials: vec![[4; 32]; MOST_CREDENTIALS],
        }
    }

    #[test]
    fn it_opens_in_time_for_what_and_for_whom_it_was_begun_and_under_the_same_key() {
        let (sealer, other) = (Sealer::new().unwrap(), Sealer::new().unwrap());
        let kinds = [
            Kind::Registration,
            Kind::Assertion(Purpose::SignIn),
            Kind::Assertion(Purpose::StepUp),
            Kind::Assertion(Purpose::Approval([2; 32])),
            Kind::Assertion(Purpose::Approval([5; 32])),
        ];
        for begun in kinds {
            let text = sealer.seal(begun, b"here", &ceremony()).unwrap();
            for opened in kinds {
                let open = sealer.open(opened, b"here", &text, 999);
                assert_eq!(open, if begun == opened { Ok(ceremony()) } else { Err(NotProven::Unknown) });
            }
            assert_eq!(sealer.open(begun, b"here", &text, 1_000), Err(NotProven::Expired));
            assert_eq!(sealer.open(begun, b"there", &text, 0), Err(NotProven::Unknown));
            assert_eq!(other.open(begun, b"here", &text, 0), Err(NotProven::Unknown));
        }
    }

    #[test]
    fn one_letter_more_less_or_other_opens_nothing() {
        let sealer = Sealer::new().unwrap();
        let text = sealer.seal(Kind::Registration, b"", &ceremony()).unwrap();
        let open = |text: &str| sealer.open(Kind::Registration, b"", text, 0);
        assert!(open(&text).is_ok());
        let (cut, more) = (text.split_at(text.len() - 4).0, format!("{text}AAAA"));
        let swapped = text.chars().rev().collect::<String>();
        for bad in ["", "A", cut, &more, &swapped, &format!("{text}="), &"A".repeat(100_000)] {
            assert_eq!(open(bad), Err(NotProven::Unknown));
        }
    }

    #[test]
    fn its_debug_shows_no_key() {
        assert_eq!(format!("{:?}", Sealer::new().unwrap()), "Sealer");
    }
}
