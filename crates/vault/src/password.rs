//! Password: what is accepted as one, and its Argon2id hash.

mod common;
mod cost;
mod pepper;
mod phc;
mod shape;

pub use cost::{BadCost, Cost};
pub use pepper::Pepper;
pub use phc::Phc;

use std::fmt;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// NI-01: as if it were the only factor, everywhere.
pub const SHORTEST: usize = 15;
pub const LONGEST: usize = 256;
/// More bytes than this cannot become `LONGEST` code points.
const MOST_BYTES: usize = 4096;
/// A password that, without what is about its user, repeated or in sequence, has fewer characters is too short.
const SUBSTANCE: usize = 10;

/// Why a password is not accepted, and what to do instead (NI-03). It never repeats the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    #[error(
        "it has {characters} characters and needs at least {SHORTEST}: four or five unrelated words make a good one"
    )]
    TooShort { characters: usize },
    #[error("it is longer than {LONGEST} characters")]
    TooLong,
    #[error("many people use it, so it is tried first: take words that do not belong together")]
    Common,
    #[error("it repeats itself, and repeating makes it no harder to guess: add something different")]
    Repeated,
    #[error("it follows the alphabet, the numbers or the rows of the keyboard: take words instead")]
    Sequence,
    #[error("it is mostly your name, your address, your broker or this product: add what nobody knows of you")]
    AboutYou,
}

/// A password as it is hashed: NFC, otherwise exactly what was typed, whole (NI-01, NI-02, ASVS 6.2.8).
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// What someone types to sign in. `None` if no password could be so (empty, or too long).
    pub fn offered(typed: &str) -> Option<Self> {
        if typed.is_empty() || typed.len() > MOST_BYTES {
            return None;
        }
        // Room for the longest normal form at once: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(3 * typed.len()));
        text.extend(typed.nfc());
        (text.chars().count() <= LONGEST).then_some(Self(text))
    }

    /// What someone wants for a new password. `about` are words of the user: own name, sign-in name, e-mail address,
    /// the broker's name. There are no rules of composition (NI-02).
    pub fn chosen(typed: &str, about: &[&str]) -> Result<Self, NotAccepted> {
        if typed.is_empty() {
            return Err(NotAccepted::TooShort { characters: 0 });
        }
        let password = Self::offered(typed).ok_or(NotAccepted::TooLong)?;
        let characters = password.0.chars().count();
        if characters < SHORTEST {
            return Err(NotAccepted::TooShort { characters });
        }
        shape::check(&password.0)?;
        common::check(&password.0, about)?;
        Ok(password)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}
