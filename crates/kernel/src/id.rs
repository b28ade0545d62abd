//! Identifiers: typed, ordered by time, printed with a prefix that names what they identify.

use alloc::string::String;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Crockford's alphabet: no letters that a person could misread over the phone.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// What was wrong with the text of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// 48 bits of milliseconds, then 80 bits of the dice given: sorts by time of birth.
fn compose(now_ms: i64, dice: u128) -> u128 {
    let time = u128::from(now_ms.max(0).unsigned_abs()) & 0xffff_ffff_ffff;
    (time << 80) | (dice & ((1 << 80) - 1))
}

fn write(prefix: &str, value: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(prefix)?;
    f.write_str("_")?;
    for place in (0..LENGTH).rev() {
        let digit = usize::try_from((value >> (5 * place)) & 31).unwrap_or(0);
        let letter = ALPHABET.get(digit).copied().unwrap_or(b'0');
        fmt::Write::write_char(f, char::from(letter))?;
    }
    Ok(())
}

fn read(prefix: &str, text: &str) -> Result<u128, Malformed> {
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(Malformed)?;
    if digits.len() != LENGTH {
        return Err(Malformed);
    }
    let mut value: u128 = 0;
    for letter in digits.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == letter).ok_or(Malformed)?;
        // 26 digits hold 130 bits: the first must not overflow the 128.
        if value >> 123 != 0 {
            return Err(Malformed);
        }
        value = (value << 5) | digit as u128;
    }
    Ok(value)
}

/// One macro, because a type per thing is what keeps an account from being passed for a credential.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            pub fn new(now_ms: i64, dice: u128) -> Self {
                Self(compose(now_ms, dice))
            }
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                read($prefix, text).map(Self)
            }
            pub const fn bits(self) -> u128 {
                self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write($prefix, self.0, f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write($prefix, self.0, f)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(|_| de::Error::custom(concat!("not a ", $prefix, "_ id")))
            }
        }
    };
}

id!(
    /// A client relationship: the unit of consistency.
    CustomerId, "cus"
);
id!(
    /// A brokerage account or sub-account.
    AccountId, "acc"
);
id!(
    /// What a program authenticates with.
    CredentialId, "cred"
);
id!(
    /// An order, from its admission or hold until it ends.
    OrderId, "ord"
);
id!(
    /// A question put to a person.
    ApprovalId, "apr"
);
id!(
    /// One request, from the door to its events and its refusal.
    CorrelationId, "cor"
);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_id_reads_back_what_it_prints() {
        let id = OrderId::new(1_790_000_000_000, 0x1234_5678_9abc_def0_1234);
        assert_eq!(OrderId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_or_length_is_refused() {
        let text = OrderId::new(1, 2).to_string();
        assert_eq!(AccountId::parse(&text), Err(Malformed));
        assert_eq!(OrderId::parse(&text[..text.len() - 1]), Err(Malformed));
        assert_eq!(OrderId::parse("ord_zzzzzzzzzzzzzzzzzzzzzzzzzz"), Err(Malformed));
        assert_eq!(OrderId::parse("ord_ILOU0000000000000000000000"), Err(Malformed));
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        assert!(OrderId::new(1_000, u128::MAX) < OrderId::new(1_001, 0));
    }
}
