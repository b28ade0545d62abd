//! Index: the blind key under which a name is looked up without being stored.

use crate::seal::{DataKey, SecretKey, Unsealable};
use aws_lc_rs::hmac;
use kernel::digest::Digest;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Longer names and addresses are none (RFC 5321 allows 254 octets for an address).
const LONGEST: usize = 254;
const DOMAIN: &[u8] = b"portreeve/index/v1";

/// Not a name or an address that anyone could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoName {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    #[error("it holds a control character")]
    Control,
}

/// A sign-in name or e-mail address as it is compared: whatever the case, the blanks, the width of the letters or the
/// invisible characters it was typed with, it is the same name and meets the same counter (NI-10).
#[derive(Clone, PartialEq, Eq)]
pub struct Name(Zeroizing<String>);

impl Name {
    pub fn parse(typed: &str) -> Result<Self, NoName> {
        if typed.len() > LONGEST {
            return Err(NoName::TooLong);
        }
        if typed.trim().chars().any(char::is_control) {
            return Err(NoName::Control);
        }
        let mut text = fold(typed);
        // Folding may bring forth what folds again; a few rounds reach the end for every known character.
        for _ in 0..4 {
            let again = fold(&text);
            if again == text {
                break;
            }
            text = again;
        }
        if text.is_empty() {
            return Err(NoName::Empty);
        }
        Ok(Self(text))
    }
    pub fn canonical(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Name")
    }
}

/// Compatibility forms made one (NFKC), no blanks, nothing invisible, no case.
pub(crate) fn fold(text: &str) -> Zeroizing<String> {
    let seen = |c: &char| !c.is_whitespace() && !is_invisible(*c);
    // Upper case first: it takes apart what has no lower case of its own (ß, ﬁ), and makes both sigmas one.
    let folded = text.nfkc().filter(seen).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    // Room at once for all but the oddest texts: growing would leave copies of a secret behind.
    let mut out = Zeroizing::new(String::with_capacity(3 * text.len()));
    out.extend(folded.nfkc());
    out
}

/// Characters that no one sees: soft hyphen, joiners, direction marks, variation selectors, fillers, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

/// The key of the index. It comes from a data key (of the firm), so it outlives every master key.
pub struct IndexKey(hmac::Key);

impl IndexKey {
    pub fn of(firm: &DataKey) -> Result<Self, Unsealable> {
        let key: SecretKey = firm.derive("portreeve/index-key/v1")?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, key.bytes())))
    }

    /// What is stored and looked up: without the key it can neither be turned back nor tried against a list of names.
    pub fn blind(&self, name: &Name) -> Digest {
        let tag = hmac::sign(&self.0, name.canonical().as_bytes());
        Digest::of(&[DOMAIN, tag.as_ref()])
    }
}

impl std::fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexKey")
    }
}
