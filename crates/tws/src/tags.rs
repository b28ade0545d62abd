//! Tags: the bytes of a protobuf message as numbered values, each in its one spelling, and the other way round.
use crate::error::DecodeErrorKind;

/// A value as its wire type says it. What it means, only the schema knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Raw<'a> {
    Varint(u64),
    /// Eight bytes: here always a double.
    Eight(u64),
    /// A text, or a message within.
    Bytes(&'a [u8]),
}

/// What is left of a message. Groups and values of four bytes are not used by this protocol, so they are refused.
#[derive(Clone, Debug)]
pub(crate) struct Tags<'a>(&'a [u8]);

impl<'a> Tags<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next numbered value; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u32, Raw<'a>)>, DecodeErrorKind> {
        if self.0.is_empty() {
            return Ok(None);
        }
        self.value().map(Some).ok_or(DecodeErrorKind::NotProtobuf)
    }

    fn value(&mut self) -> Option<(u32, Raw<'a>)> {
        let tag = u32::try_from(self.varint()?).ok()?;
        let number = tag >> 3;
        let raw = match tag & 7 {
            0 => Raw::Varint(self.varint()?),
            1 => {
                let (bytes, rest) = self.0.split_first_chunk::<8>()?;
                self.0 = rest;
                Raw::Eight(u64::from_le_bytes(*bytes))
            }
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Raw::Bytes(bytes)
            }
            _ => return None,
        };
        (number > 0).then_some((number, raw))
    }

    /// Seven bits a byte, the lowest first. A longer spelling of the same number is refused: each message has one
    /// spelling of each value, so that nobody else can read it as another.
    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return (*byte != 0 || shift == 0).then_some(number);
            }
        }
        None
    }
}

pub(crate) fn push_varint(out: &mut Vec<u8>, number: u32, value: u64) {
    push_number(out, u64::from(number) << 3);
    push_number(out, value);
}

pub(crate) fn push_double(out: &mut Vec<u8>, number: u32, value: f64) {
    push_number(out, u64::from(number) << 3 | 1);
    out.extend_from_slice(&value.to_bits().to_le_bytes());
}

pub(crate) fn push_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    push_number(out, u64::from(number) << 3 | 2);
    push_number(out, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(bytes);
}

fn push_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or(0));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u32, Raw<'_>)>, DecodeErrorKind> {
        let mut tags = Tags::of(bytes);
        let mut all = Vec::new();
        while let Some(one) = tags.next()? {
            all.push(one);
        }
        Ok(all)
    }

    #[test]
    fn every_number_is_written_in_as_few_bytes_as_it_needs_and_read_again() {
        for number in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), i64::MAX.cast_unsigned(), u64::MAX] {
            let mut out = Vec::new();
            push_varint(&mut out, 5, number);
            assert_eq!(all(&out).unwrap(), [(5, Raw::Varint(number))], "{number}");
        }
        let mut out = Vec::new();
        push_double(&mut out, 200, 189.25);
        push_bytes(&mut out, 1, b"AAPL");
        let expected = [(200, Raw::Eight(189.25_f64.to_bits())), (1, Raw::Bytes(b"AAPL"))];
        assert_eq!(all(&out).unwrap(), expected);
    }

    #[test]
    fn what_is_no_message_or_has_a_second_spelling_is_refused() {
        for (why, bytes) in [
            ("a tag and no value", &[0x08][..]),
            ("a number that does not end", &[0x08, 0x80]),
            ("a number with a zero at its end", &[0x08, 0x81, 0x00]),
            ("zero in two bytes", &[0x08, 0x80, 0x00]),
            ("a tag in two bytes", &[0x88, 0x00, 0x01]),
            ("more than 64 bits", &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]),
            ("eleven bytes", &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
            ("the field zero", &[0x00, 0x01]),
            ("a text longer than the message", &[0x0a, 0x05, b'A']),
            ("a length beyond all memory", &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
            ("half a double", &[0x09, 1, 2, 3, 4]),
            ("a group", &[0x0b, 0x0c]),
            ("four bytes", &[0x0d, 1, 2, 3, 4]),
            ("a wire type that there is not", &[0x0f]),
        ] {
            assert_eq!(all(bytes), Err(DecodeErrorKind::NotProtobuf), "{why}");
        }
    }
}
