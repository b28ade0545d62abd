//! Token: 256 random bits for a cookie or a link, kept as a hash.

use crate::base64url;
use crate::random::{self, NoRandomness};
use kernel::digest::Digest;
use std::fmt;
use zeroize::Zeroizing;

const BYTES: usize = 32;
/// Base64url of 32 bytes.
const CHARACTERS: usize = 43;
const DOMAIN: &[u8] = b"portreeve/token/v1";

/// What only its holder has. It is shown once, as text; kept is its `sha256` (NI-30, ASVS 7.2.3).
#[derive(Clone)]
pub struct Token(Zeroizing<[u8; BYTES]>);

impl Token {
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self(random::bytes()?))
    }

    /// Exactly what `text` wrote, or nothing.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != CHARACTERS {
            return None;
        }
        let bytes = Zeroizing::new(base64url::decode(text, BYTES)?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(base64url::encode(self.0.as_slice()))
    }

    pub fn sha256(&self) -> Digest {
        Digest::of(&[DOMAIN, self.0.as_slice()])
    }

    /// Is this the token whose hash was kept? Takes as long for a near miss as for any other.
    pub fn is(&self, kept: &Digest) -> bool {
        same(&self.sha256(), kept)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Compares two digests in a time that does not tell where they differ.
pub fn same(one: &Digest, other: &Digest) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.bytes(), other.bytes()).is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_is_known_by_its_hash() {
        let token = Token::random().unwrap();
        let again = Token::parse(&token.text()).unwrap();
        assert_eq!(*again.text(), *token.text());
        assert!(again.is(&token.sha256()));
        assert!(!Token::random().unwrap().is(&token.sha256()));
    }

    #[test]
    fn its_hash_is_that_of_its_domain_and_its_bytes() {
        let token = Token::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let bytes: Vec<u8> = (0..32).collect();
        assert_eq!(token.sha256(), Digest::of(&[b"portreeve/token/v1", &bytes]));
    }

    #[test]
    fn only_the_exact_text_is_a_token() {
        let text = Token::random().unwrap().text().to_string();
        let cut = text.get(1..).unwrap().to_owned();
        for bad in [format!(" {text}"), format!("{text}="), format!("{text}A"), cut, String::new(), "é".repeat(22)] {
            assert!(Token::parse(&bad).is_none(), "{bad}");
        }
        // The last character holds four bits, so its two low ones are always zero.
        let stray = format!("{}B", "A".repeat(42));
        assert!(Token::parse(&stray).is_none());
        assert!(Token::parse(&"A".repeat(43)).is_some());
    }

    #[test]
    fn its_debug_shows_nothing() {
        assert_eq!(format!("{:?}", Token::random().unwrap()), "Token");
    }

    #[test]
    fn no_text_makes_parsing_fall_over() {
        bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            if let Some(token) = Token::parse(&text) {
                assert_eq!(*token.text(), text);
            }
        });
    }
}
