//! Signature: a passkey's assertion over exactly what will happen, in the very words that were shown.

use crate::digest::Digest;
use crate::evidence::Evidence;
use alloc::string::String;
use serde::{Deserialize, Serialize};

const DOMAIN: &[u8] = b"portreeve/approval/v1\0";

/// What is kept of it, so that anyone can check it later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The text, to the letter.
    pub display: String,
    /// As the browser gave them, base64url.
    pub client_data: String,
    pub authenticator_data: String,
    pub signature: String,
}

/// The vault has verified the assertion; what it commits to is checked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub evidence: Evidence,
    pub shown: Shown,
}

/// WS-01: SHA-256(domain ‖ request ‖ SHA-256(display) ‖ nonce).
pub fn challenge(request: &Digest, display: &str, nonce: &Digest) -> Digest {
    let mut bytes = [0; DOMAIN.len() + 96];
    let shown = Digest::plain(display.as_bytes());
    let parts = [DOMAIN, request.bytes(), shown.bytes(), nonce.bytes()].into_iter();
    bytes.iter_mut().zip(parts.flatten()).for_each(|(slot, byte)| *slot = *byte);
    Digest::plain(&bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Worked out with another program: printf 'portreeve/approval/v1\0' and three SHA-256 sums, through sha256sum.
    #[test]
    fn the_challenge_is_what_any_other_program_computes() {
        let (request, nonce) = (Digest::plain(b"request"), Digest::plain(b"nonce"));
        let expected = "bc19b5f2873a85e5db97c00dc65f343ab7c312747e966a46a453ba415ce25942";
        assert_eq!(alloc::string::ToString::to_string(&challenge(&request, "BUY 500 AAPL", &nonce)), expected);
    }

    #[test]
    fn any_part_that_differs_gives_another_challenge() {
        let (a, b) = (Digest::plain(b"a"), Digest::plain(b"b"));
        let all = [challenge(&a, "x", &b), challenge(&b, "x", &b), challenge(&a, "y", &b), challenge(&a, "x", &a)];
        for (n, one) in all.iter().enumerate() {
            assert!(all.iter().skip(n + 1).all(|other| other != one));
        }
    }
}
