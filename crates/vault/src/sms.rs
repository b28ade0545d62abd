//! SMS: a phone number, told only by its end, and the six digits that are sent to it. Restricted (NI-13): a text can be
//! read on its way, and a number can be taken over.

use crate::random::{self, NoRandomness};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use std::fmt;
use zeroize::Zeroizing;

/// As long as the proof of the password that was typed before it (NI-11 allows ten minutes).
pub const CODE_LIFE_MS: i64 = 300_000;
/// Wrong ones that may be typed for one code.
pub const TRIES: u8 = 5;
const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;
/// The largest multiple of all codes in 32 bits: what is above would make some codes likelier.
const FAIR: u32 = u32::MAX / CODES * CODES;
/// E.164: at most 15 digits; fewer than 8 reach nobody's phone.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=15;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a phone number is a plus sign, the country and 8 to 15 digits in all")]
pub struct NotANumber;

/// In the form that is the same everywhere: `+` and digits.
#[derive(Clone)]
pub struct Number(Zeroizing<String>);

impl Number {
    /// Blanks, hyphens, dots, strokes and brackets between the digits mean nothing.
    pub fn parse(typed: &str) -> Result<Self, NotANumber> {
        let digits = typed.trim().strip_prefix('+').ok_or(NotANumber)?;
        // The room at once: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(1 + LENGTHS.end()));
        text.push('+');
        for c in digits.chars() {
            match c {
                '0'..='9' if text.len() <= *LENGTHS.end() => text.push(c),
                ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')' => {}
                _ => return Err(NotANumber),
            }
        }
        let fits = LENGTHS.contains(&(text.len() - 1)) && !text.starts_with("+0");
        if fits { Ok(Self(text)) } else { Err(NotANumber) }
    }
    pub fn text(&self) -> &str {
        &self.0
    }
    /// What may be shown of it.
    pub fn end(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(2)..).unwrap_or_default()
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Number")
    }
}

#[derive(Clone)]
pub struct SmsCode(Zeroizing<String>);

impl SmsCode {
    pub fn random() -> Result<Self, NoRandomness> {
        loop {
            let drawn = u32::from_be_bytes(*random::bytes::<4>()?);
            if drawn < FAIR {
                return Ok(Self(Zeroizing::new(format!("{:06}", drawn % CODES))));
            }
        }
    }
    pub fn text(&self) -> &str {
        &self.0
    }
    /// Blanks mean nothing; the time tells nothing.
    pub fn is(&self, typed: &str) -> bool {
        let typed: Zeroizing<String> =
            Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect());
        verify_slices_are_equal(self.0.as_bytes(), typed.as_bytes()).is_ok()
    }
}

impl fmt::Debug for SmsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmsCode")
    }
}
