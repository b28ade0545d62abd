//! TOTP: RFC 6238 codes, each step used at most once.

use crate::random::{self, NoRandomness};
use std::fmt;
use totp_rs::{Algorithm, Builder, Totp};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// 160 bits, the length of what HMAC-SHA-1 gives (RFC 4226 section 4).
const BYTES: usize = 20;
pub const DIGITS: u8 = 6;
/// ASVS 6.5.5: at most 30 s.
pub const STEP_SECONDS: u64 = 30;
/// One step either way: clocks of phones drift (RFC 6238 section 5.2).
const WINDOW: u16 = 1;
/// Longer input is no code, however it is spaced.
const LONGEST: usize = 64;
const ISSUER: &str = "Portreeve";

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    #[error("a code is {DIGITS} digits")]
    Malformed,
    #[error("not the code of this moment")]
    Wrong,
    /// Right, but its step was used before (NI-11, ASVS 6.5.1): wait for the next one.
    #[error("this code was used already")]
    Used,
}

/// What the user's app and we share. Kept only as a sealed row.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; BYTES]>);

impl Secret {
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self(random::bytes()?))
    }
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }
    /// For the sealed row.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// For typing into an app that cannot read the picture: base32 in groups of four.
    pub fn text(&self) -> Zeroizing<String> {
        let plain = Zeroizing::new(totp_rs::Secret::new_stack(*self.0).to_base32());
        let mut text = Zeroizing::new(String::with_capacity(plain.len() + plain.len() / 4));
        for (at, c) in plain.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push(' ');
            }
            text.push(c);
        }
        text
    }

    /// The `otpauth://` address to be shown as a QR code. `None` for an empty name. A colon would end the issuer, so it
    /// becomes a blank.
    pub fn url(&self, user_name: &str) -> Option<Zeroizing<String>> {
        let label = user_name.replace(':', " ");
        let builder = Builder::new().with_issuer(Some(ISSUER)).with_account_name(label);
        self.configured(builder).to_url().ok().map(Zeroizing::new)
    }

    /// The code that an app shows at that moment.
    pub fn code(&self, at_ms: i64) -> Zeroizing<String> {
        Zeroizing::new(self.configured(Builder::new()).generate(seconds(at_ms)).to_string())
    }

    /// The step that the code belongs to: keep it, and give it back as `last_used` the next time. `last_used` is the
    /// highest step ever accepted for this secret; it and all before it are spent.
    pub fn check(&self, typed: &str, now_ms: i64, last_used: Option<u64>) -> Result<u64, NotProven> {
        let code = canonical(typed).ok_or(NotProven::Malformed)?;
        let totp = self.configured(Builder::new());
        let step = totp.check(&code, seconds(now_ms)).ok_or(NotProven::Wrong)?;
        if last_used.is_some_and(|last| step <= last) { Err(NotProven::Used) } else { Ok(step) }
    }

    /// The builder's other ending only checks what is constant here: the digits, the step, the secret's length.
    fn configured(&self, builder: Builder) -> Totp {
        builder
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP_SECONDS)
            .with_skew(WINDOW)
            .with_secret(totp_rs::Secret::new_stack(*self.0))
            .build_noncompliant()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Six digits, whatever blanks, hyphens or wide digits they were typed with.
fn canonical(typed: &str) -> Option<Zeroizing<String>> {
    if typed.len() > LONGEST {
        return None;
    }
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{200b}' | '\u{feff}');
    let mut code = Zeroizing::new(String::with_capacity(3 * LONGEST));
    code.extend(typed.nfkc().filter(kept));
    let digits = code.len() == usize::from(DIGITS) && code.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(code)
}

fn seconds(at_ms: i64) -> u64 {
    u64::try_from(at_ms).unwrap_or(0) / 1000
}
