//! Identifiers: typed, ordered by time, printed with a prefix that names what they identify.

use crate::time::Timestamp;
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

/// The milliseconds it was made of.
fn born_at(id: u128) -> Timestamp {
    Timestamp(i64::try_from(id >> 80).unwrap_or(i64::MAX))
}

/// The digit of each letter; looked up, not searched for: a journal holds them by the million.
#[allow(clippy::indexing_slicing, reason = "worked out while compiling: out of bounds would not build")]
const DIGITS: [u8; 256] = {
    let mut digits = [NONE; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        digits[ALPHABET[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};
/// No letter of ours.
const NONE: u8 = 0xff;

/// 12 digits fit in 64 bits, which are far quicker to shift than 128; so an id is 2, 12 and 12 digits.
const PART: usize = 12;
const PART_BITS: u32 = 5 * PART as u32;

/// The text of an id, put together on the stack.
struct Text {
    bytes: [u8; PREFIX + 1 + LENGTH],
    start: usize,
}

/// The longest name of a kind.
const PREFIX: usize = 4;

impl Text {
    fn of(prefix: &str, value: u128) -> Self {
        let mut bytes = [b'_'; PREFIX + 1 + LENGTH];
        let (before, digits) = bytes.split_at_mut(PREFIX + 1);
        let start = PREFIX.saturating_sub(prefix.len());
        before.iter_mut().skip(start).zip(prefix.bytes()).for_each(|(slot, letter)| *slot = letter);
        let (first, rest) = digits.split_at_mut(LENGTH - 2 * PART);
        let (second, third) = rest.split_at_mut(PART);
        for (part, shift) in [(third, 0), (second, PART_BITS), (first, 2 * PART_BITS)] {
            let mut left = (value >> shift) as u64;
            for letter in part.iter_mut().rev() {
                *letter = ALPHABET.get((left & 31) as usize).copied().unwrap_or(b'0');
                left >>= 5;
            }
        }
        Self { bytes, start }
    }
    fn as_str(&self) -> &str {
        self.bytes.get(self.start..).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or("?")
    }
}

fn read(prefix: &str, text: &str) -> Result<u128, Malformed> {
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(Malformed)?;
    if digits.len() != LENGTH {
        return Err(Malformed);
    }
    let (first, rest) = digits.as_bytes().split_at_checked(LENGTH - 2 * PART).ok_or(Malformed)?;
    let (second, third) = rest.split_at_checked(PART).ok_or(Malformed)?;
    let (mut value, mut seen) = (0, 0);
    for part in [first, second, third] {
        let mut number: u64 = 0;
        for letter in part {
            let digit = DIGITS.get(usize::from(*letter)).copied().unwrap_or(NONE);
            seen |= digit;
            number = (number << 5) | u64::from(digit & 31);
        }
        // 26 digits hold 130 bits: the first must not overflow the 128.
        if value >> (u128::BITS - PART_BITS) != 0 {
            return Err(Malformed);
        }
        value = (value << PART_BITS) | u128::from(number);
    }
    if seen == NONE { Err(Malformed) } else { Ok(value) }
}

/// Reads a value from its text where it lies, without a copy of it.
pub(crate) struct FromText<T> {
    pub(crate) parse: fn(&str) -> Option<T>,
    /// What it should have been.
    pub(crate) expected: &'static str,
}

impl<T> de::Visitor<'_> for FromText<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }
    #[inline]
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::custom(format_args!("not {}", self.expected)))
    }
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
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Text::of($prefix, self.0).as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Text::of($prefix, self.0).as_str())
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(Text::of($prefix, self.0).as_str())
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let parse = |text: &str| Self::parse(text).ok();
                deserializer.deserialize_str(FromText { parse, expected: concat!("a ", $prefix, "_ id") })
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
    /// A human who signs in.
    UserId, "usr"
);
id!(
    /// What a user proves with.
    AuthenticatorId, "aut"
);
impl FormId {
    pub fn shown_at(self) -> Timestamp {
        born_at(self.0)
    }
}
impl OrderId {
    pub fn born_at(self) -> Timestamp {
        born_at(self.0)
    }
}
id!(
    /// A browser, phone, desktop install or server.
    DeviceId, "dev"
);
id!(
    /// A user on a device, from sign-in to its end.
    SessionId, "ses"
);
id!(
    /// A one-time link by which the first owner enrols.
    EnrolmentId, "enr"
);
id!(
    /// Made when a ticket is shown and carried by its form: it places one order at the most.
    FormId, "frm"
);
id!(
    /// A notice on its way to one address.
    NoticeId, "ntc"
);
id!(
    /// A contained emergency.
    IncidentId, "inc"
);
id!(
    /// That somebody may come in as a user.
    InvitationId, "inv"
);
id!(
    /// Something that was far from what is usual.
    AlertId, "alt"
);
id!(
    /// One request, from the door to its events and its refusal.
    CorrelationId, "cor"
);

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
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
    fn every_digit_of_an_id_stands_in_its_place() {
        for place in 0..u128::BITS {
            let id = CredentialId(1 << place);
            let text = id.to_string();
            assert_eq!(CredentialId::parse(&text), Ok(id));
            let (zeros, digit) = (text.matches('0').count(), ALPHABET[1 << (place % 5)]);
            assert_eq!((text.len(), zeros, &text[..5]), (31, 25, "cred_"), "{text}");
            assert_eq!(text.as_bytes()[30 - (place as usize / 5)], digit, "{text}");
        }
        assert_eq!(AccountId(u128::MAX).to_string(), "acc_7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(AccountId::parse("acc_80000000000000000000000000"), Err(Malformed));
    }

    #[test]
    fn a_letter_of_no_alphabet_is_refused_wherever_it_stands() {
        let text = AccountId::new(1, 2).to_string();
        for (at, _) in text.char_indices() {
            for other in ["u", "A", " ", "\u{80}", "é"] {
                let mut wrong = text.clone();
                wrong.replace_range(at..=at, other);
                assert_eq!(AccountId::parse(&wrong), Err(Malformed), "{wrong}");
            }
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        assert!(OrderId::new(1_000, u128::MAX) < OrderId::new(1_001, 0));
    }
}
