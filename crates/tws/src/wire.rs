//! A cursor over the fields of one message that either reads them or writes them.
//!
//! Each message is laid out once, as calls in the order of its fields. Reading fills the values,
//! writing takes them, so the two directions cannot drift apart.
use crate::error::{DecodeErrorKind, shown};
use crate::order::Extra;
use crate::{number, text};
use rust_decimal::Decimal;

pub(crate) type Step<T = ()> = Result<T, DecodeErrorKind>;

/// What a field that the product does not use looks like when nobody has set it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Idle {
    /// Empty, or one of these.
    Text(&'static [&'static str]),
    /// Unset, or zero.
    Zero,
    /// Unset, zero or minus one.
    MinusOne,
    /// Any flag: clients differ in a field that has no meaning any more.
    AnyFlag,
    /// Any whole number, for the same reason.
    AnyInteger,
}

/// A field that the product does not use: its name, how it looks unset, how we write it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) name: &'static str,
    pub(crate) idle: Idle,
    pub(crate) written: &'static str,
}

/// A text field that is normally empty.
pub(crate) const fn blank(name: &'static str) -> Slot {
    slot(name, Idle::Text(&[]), "")
}

/// A number that is normally not set.
pub(crate) const fn unset(name: &'static str) -> Slot {
    slot(name, Idle::Zero, "")
}

/// A number or flag that is normally zero.
pub(crate) const fn zero(name: &'static str) -> Slot {
    slot(name, Idle::Zero, "0")
}

pub(crate) const fn slot(name: &'static str, idle: Idle, written: &'static str) -> Slot {
    Slot { name, idle, written }
}

#[derive(Debug)]
pub(crate) enum Wire<'a> {
    Read(Reader<'a>),
    Write(Vec<u8>),
}

#[derive(Debug)]
pub(crate) struct Reader<'a> {
    /// `None` once the last terminator has been read.
    rest: Option<&'a [u8]>,
    /// Requests are read strictly; of a real server's responses unused fields are skipped.
    strict: bool,
    extras: Vec<Extra>,
}

/// Begins to read a message: its number, and the rest. Whoever reads strictly wants every field
/// to be accounted for.
pub(crate) fn open(payload: &[u8], strict: bool) -> Step<(u32, Wire<'_>)> {
    let rest = payload.strip_suffix(&[0]);
    let mut reader = Reader { rest: Some(rest.ok_or(DecodeErrorKind::Unterminated)?), strict, extras: Vec::new() };
    let id = reader.next("messageId")?;
    let id = number::integer("messageId", id).map_err(|_| DecodeErrorKind::NoMessageId)?;
    Ok((id.ok_or(DecodeErrorKind::NoMessageId)?, Wire::Read(reader)))
}

impl<'a> Wire<'a> {
    pub(crate) fn write(id: u32) -> Wire<'static> {
        let mut out = id.to_string().into_bytes();
        out.push(0);
        Wire::Write(out)
    }

    /// Ends a reading: nothing may be left. Yields what the product does not understand.
    pub(crate) fn finish(self) -> Step<Vec<Extra>> {
        match self {
            Wire::Write(_) => Ok(Vec::new()),
            Wire::Read(reader) => match reader.remaining() {
                0 => Ok(reader.extras),
                count => Err(DecodeErrorKind::TrailingFields { count }),
            },
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self {
            Wire::Write(out) => out,
            Wire::Read(_) => Vec::new(),
        }
    }

    /// A layout number that clients and servers send but that changes nothing here.
    pub(crate) fn layout(&mut self, written: &'static str) -> Step {
        self.slot(&slot("version", Idle::AnyInteger, written)).map(|_| ())
    }

    pub(crate) fn text(&mut self, name: &'static str, value: &mut String) -> Step {
        match self {
            Wire::Read(reader) => *value = reader.next(name)?.to_owned(),
            Wire::Write(out) => end(out, |out| text::push_plain(out, value)),
        }
        Ok(())
    }

    /// Text that the peer unescapes.
    pub(crate) fn escaped(&mut self, name: &'static str, value: &mut String) -> Step {
        match self {
            Wire::Read(reader) => *value = text::unescape(reader.next(name)?),
            Wire::Write(out) => end(out, |out| text::push_escaped(out, value)),
        }
        Ok(())
    }

    /// A whole number that must be there.
    pub(crate) fn integer<N>(&mut self, name: &'static str, value: &mut N) -> Step
    where
        N: std::str::FromStr + std::fmt::Display,
    {
        match self {
            Wire::Read(reader) => {
                let text = reader.next(name)?;
                *value = number::integer(name, text)?.ok_or_else(|| {
                    let value = shown(text);
                    DecodeErrorKind::NotAnInteger { field: name, value }
                })?;
            }
            Wire::Write(out) => push(out, &value.to_string()),
        }
        Ok(())
    }

    /// A whole number where "not set" means zero.
    pub(crate) fn integer_or_zero<N>(&mut self, name: &'static str, value: &mut N) -> Step
    where
        N: std::str::FromStr + std::fmt::Display + Default,
    {
        match self {
            Wire::Read(reader) => {
                *value = number::integer(name, reader.next(name)?)?.unwrap_or_default();
            }
            Wire::Write(out) => push(out, &value.to_string()),
        }
        Ok(())
    }

    /// A decimal that must be there; an empty field is zero, an unset one is an error.
    pub(crate) fn decimal(&mut self, name: &'static str, value: &mut Decimal) -> Step {
        match self {
            Wire::Read(reader) => {
                let text = reader.next(name)?;
                *value = match number::decimal(name, text)? {
                    Some(number) => number,
                    None if text.is_empty() => Decimal::ZERO,
                    None => {
                        let value = shown(text);
                        return Err(DecodeErrorKind::NotADecimal { field: name, value });
                    }
                };
            }
            Wire::Write(out) => push(out, &number::print(*value)),
        }
        Ok(())
    }

    /// A decimal where every spelling of "not set" means zero (strikes).
    pub(crate) fn decimal_or_zero(&mut self, name: &'static str, value: &mut Decimal) -> Step {
        match self {
            Wire::Read(reader) => {
                *value = number::decimal(name, reader.next(name)?)?.unwrap_or_default();
            }
            Wire::Write(out) => push(out, &number::print(*value)),
        }
        Ok(())
    }

    /// A decimal that may be unset, written as an empty field then.
    pub(crate) fn optional(&mut self, name: &'static str, value: &mut Option<Decimal>) -> Step {
        self.optional_or(name, value, "")
    }

    /// A decimal that may be unset, written then as servers do, as the largest double.
    pub(crate) fn price(&mut self, name: &'static str, value: &mut Option<Decimal>) -> Step {
        self.optional_or(name, value, number::UNSET_PRICE)
    }

    fn optional_or(&mut self, name: &'static str, value: &mut Option<Decimal>, none: &'static str) -> Step {
        match self {
            Wire::Read(reader) => *value = number::decimal(name, reader.next(name)?)?,
            Wire::Write(out) => match value {
                Some(number) => push(out, &number::print(*number)),
                None => push(out, none),
            },
        }
        Ok(())
    }

    pub(crate) fn flag(&mut self, name: &'static str, value: &mut bool) -> Step {
        match self {
            Wire::Read(reader) => {
                *value = match reader.next(name)? {
                    "1" => true,
                    "0" | "" => false,
                    other => {
                        let value = shown(other);
                        return Err(DecodeErrorKind::NotAFlag { field: name, value });
                    }
                };
            }
            Wire::Write(out) => push(out, if *value { "1" } else { "0" }),
        }
        Ok(())
    }

    /// A field the product does not use. Yields what it says, so that a layout can branch on it.
    pub(crate) fn slot(&mut self, slot: &Slot) -> Step<&'a str> {
        match self {
            Wire::Read(reader) => {
                let text = reader.next(slot.name)?;
                if reader.strict && !slot.is_idle(text)? {
                    reader.note(slot.name, text);
                }
                Ok(text)
            }
            Wire::Write(out) => {
                push(out, slot.written);
                Ok(slot.written)
            }
        }
    }

    pub(crate) fn slots(&mut self, slots: &[Slot]) -> Step {
        slots.iter().try_for_each(|slot| self.slot(slot).map(|_| ()))
    }

    /// Reads over fields of a block that is refused as a whole.
    pub(crate) fn skip(&mut self, name: &'static str, count: usize) -> Step {
        if let Wire::Read(reader) = self {
            for _ in 0..count {
                reader.next(name)?;
            }
        }
        Ok(())
    }

    /// A list the product does not use: a count, then `width` fields an entry. Written empty.
    pub(crate) fn skip_list(&mut self, name: &'static str, width: usize) -> Step<usize> {
        let mut entries = 0;
        self.count(name, &mut entries, width)?;
        if entries > 0 {
            self.note(name, &entries.to_string());
            self.skip(name, entries.saturating_mul(width))?;
        }
        Ok(entries)
    }

    /// The number of entries that follow, each of at least `width` fields: bounded by what is
    /// there before anything is allocated for them.
    pub(crate) fn count(&mut self, name: &'static str, entries: &mut usize, width: usize) -> Step {
        match self {
            Wire::Read(reader) => {
                let text = reader.next(name)?;
                let count = number::integer::<u32>(name, text)?;
                let count = count.and_then(|count| usize::try_from(count).ok());
                let fits = |count: &usize| count.saturating_mul(width) <= reader.remaining();
                *entries = count.filter(fits).ok_or_else(|| {
                    let value = shown(text);
                    DecodeErrorKind::BadCount { field: name, value }
                })?;
            }
            Wire::Write(out) => push(out, &entries.to_string()),
        }
        Ok(())
    }

    /// A list: its count, and room for its entries when reading. The caller lays each one out.
    pub(crate) fn list<T: Default + Clone>(&mut self, name: &'static str, list: &mut Vec<T>, width: usize) -> Step {
        let mut entries = list.len();
        self.count(name, &mut entries, width)?;
        list.resize(entries, T::default());
        Ok(())
    }

    /// Records something that was read and that the product does not understand.
    pub(crate) fn note(&mut self, name: &'static str, value: &str) {
        if let Wire::Read(reader) = self {
            reader.note(name, value);
        }
    }
}

impl<'a> Reader<'a> {
    fn next(&mut self, field: &'static str) -> Step<&'a str> {
        let rest = self.rest.ok_or(DecodeErrorKind::MissingField { field })?;
        let bytes = match rest.iter().position(|byte| *byte == 0) {
            None => {
                self.rest = None;
                rest
            }
            Some(end) => {
                let (bytes, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                self.rest = after.get(1..);
                bytes
            }
        };
        if self.strict { text::plain(field, bytes) } else { text::any(field, bytes) }
    }

    fn remaining(&self) -> usize {
        self.rest.map_or(0, |rest| {
            let ends = rest.iter().filter(|byte| **byte == 0).count();
            ends.saturating_add(1)
        })
    }

    fn note(&mut self, name: &'static str, value: &str) {
        if self.strict {
            let value = value.to_owned();
            self.extras.push(Extra { name, value });
        }
    }
}

impl Slot {
    fn is_idle(&self, text: &str) -> Step<bool> {
        let number = |text| number::decimal(self.name, text);
        Ok(match self.idle {
            Idle::Text(spellings) => text.is_empty() || spellings.contains(&text),
            Idle::Zero if text == "2147483647" => true,
            Idle::Zero => number(text)?.is_none_or(|number| number.is_zero()),
            Idle::MinusOne => number(text)?.is_none_or(|n| n.is_zero() || n == Decimal::NEGATIVE_ONE),
            Idle::AnyFlag => match text {
                "" | "0" | "1" => true,
                _ => {
                    let (field, value) = (self.name, shown(text));
                    return Err(DecodeErrorKind::NotAFlag { field, value });
                }
            },
            Idle::AnyInteger => {
                let number = number::integer::<i32>(self.name, text)?;
                number.ok_or_else(|| DecodeErrorKind::NotAnInteger { field: self.name, value: shown(text) })?;
                true
            }
        })
    }
}

fn push(out: &mut Vec<u8>, text: &str) {
    end(out, |out| out.extend_from_slice(text.as_bytes()));
}

fn end(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    write(out);
    out.push(0);
}
