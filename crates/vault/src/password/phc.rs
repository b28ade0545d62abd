//! The stored hash of a password: a PHC string, strict and bounded.

use super::Cost;
use crate::base64url;
use crate::seal::KeyId;
use std::fmt;
use zeroize::Zeroizing;

pub(crate) const SALT: usize = 16;
pub(crate) const OUTPUT: usize = 32;
const BEGINNING: &str = "$argon2id$v=19$";

/// Algorithm, cost, the pepper's id if there is one, salt and hash. Kept as a sealed row.
#[derive(Clone)]
pub struct Phc {
    pub(crate) cost: Cost,
    pub(crate) pepper: Option<KeyId>,
    pub(crate) salt: [u8; SALT],
    pub(crate) output: Zeroizing<[u8; OUTPUT]>,
}

impl Phc {
    /// `$argon2id$v=19$m=19456,t=2,p=1[,keyid=…]$salt$hash`.
    pub fn text(&self) -> Zeroizing<String> {
        let keyid = self.pepper.map(|id| format!(",keyid={}", base64(&id.0))).unwrap_or_default();
        let (salt, output) = (base64(&self.salt), Zeroizing::new(base64(self.output.as_slice())));
        Zeroizing::new(format!("{BEGINNING}{}{keyid}${salt}${}", self.cost, *output))
    }

    /// Exactly what `text` writes, at a cost that is bearable; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(BEGINNING)?.split('$');
        let (parameters, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        let mut values = parameters.split(',');
        let mut number = |name| number(values.next()?.strip_prefix(name)?);
        let cost = Cost::new(number("m=")?, number("t=")?, number("p=")?).ok()?;
        let pepper = match values.next() {
            Some(keyid) => Some(KeyId(unbase64(keyid.strip_prefix("keyid=")?)?)),
            None => None,
        };
        if parts.next().is_some() || values.next().is_some() {
            return None;
        }
        Some(Self { cost, pepper, salt: unbase64(salt)?, output: Zeroizing::new(unbase64(output)?) })
    }

    pub fn cost(&self) -> Cost {
        self.cost
    }
    /// Should it be made anew the next time the password is known? True when it costs less than is asked for now, or
    /// was made under another pepper.
    pub fn needs_rehash(&self, cost: Cost, pepper: Option<KeyId>) -> bool {
        self.cost.is_below(cost) || self.pepper != pepper
    }
}

impl fmt::Debug for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phc").field("cost", &self.cost).field("pepper", &self.pepper).finish_non_exhaustive()
    }
}

/// Digits as a number is written: no sign, no leading zero.
fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

/// PHC strings use the alphabet with + and /, without padding.
fn base64(bytes: &[u8]) -> String {
    let other = |c| match c {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    Zeroizing::new(base64url::encode(bytes)).chars().map(other).collect()
}

fn unbase64<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 4).div_ceil(3) || text.contains(['-', '_']) {
        return None;
    }
    let text = Zeroizing::new(text.replace('+', "-"));
    let text = Zeroizing::new(text.replace('/', "_"));
    let bytes = Zeroizing::new(base64url::decode(&text, N)?);
    bytes.as_slice().try_into().ok()
}
