//! A cursor over the fields of one message that either reads them or writes them, in either encoding.
//!
//! Each message is laid out once, as calls in the order of its fields. Reading fills the values,
//! writing takes them, so the two directions cannot drift apart. In protobuf a field is found by its name, so the two
//! encodings cannot either.
use crate::composed::Composed;
use crate::error::{DecodeErrorKind, shown};
use crate::named::Named;
use crate::order::Extra;
use crate::reader::{Reader, Source};
use crate::schema::Row;
use crate::slot::{Idle, Slot, slot};
use crate::version::ServerVersion;
use crate::{number, text};
use rust_decimal::Decimal;
use std::borrow::Cow;

pub(crate) type Step<T = ()> = Result<T, DecodeErrorKind>;
/// The fields of the message with this number; `None` where it is not built.
pub(crate) type Schema = fn(u32) -> Option<&'static [Row]>;

#[derive(Debug)]
pub(crate) enum Wire<'a> {
    Read(Reader<'a>),
    Write(Vec<u8>),
    Compose(u32, Composed),
}

/// The number of a message, and what follows it.
pub(crate) fn number(version: ServerVersion, payload: &[u8]) -> Step<(u32, &[u8])> {
    if version.is_protobuf() {
        let (number, body) = payload.split_first_chunk::<4>().ok_or(DecodeErrorKind::NoMessageId)?;
        let number = u32::from_be_bytes(*number);
        return Ok((number.checked_sub(PROTOBUF).ok_or(DecodeErrorKind::TextMessage { number })?, body));
    }
    let end = payload.iter().position(|byte| *byte == 0).ok_or(DecodeErrorKind::Unterminated)?;
    let (number, body) = payload.split_at_checked(end).ok_or(DecodeErrorKind::Unterminated)?;
    let number = number::integer("messageId", text::plain("messageId", number)?);
    let number = number.ok().flatten().ok_or(DecodeErrorKind::NoMessageId)?;
    Ok((number, body.get(1..).unwrap_or_default()))
}

/// What is added to the number of a message to say that it is in protobuf.
const PROTOBUF: u32 = 200;

impl<'a> Wire<'a> {
    /// Begins to read what follows the number. Whoever reads strictly wants every field to be accounted for.
    pub(crate) fn read(version: ServerVersion, body: &'a [u8], rows: &'static [Row], strict: bool) -> Step<Self> {
        let from = match body.strip_suffix(&[0]) {
            _ if version.is_protobuf() => Source::Protobuf(Named::read(body, rows, strict)?),
            Some(fields) => Source::Texts(Some(fields)),
            None if body.is_empty() => Source::Texts(None),
            None => return Err(DecodeErrorKind::Unterminated),
        };
        Ok(Wire::Read(Reader { from, strict, extras: Vec::new() }))
    }

    pub(crate) fn write(version: ServerVersion, id: u32, schema: Schema) -> Wire<'static> {
        if version.is_protobuf() {
            return Wire::Compose(id, Composed::new(schema(id).unwrap_or_default()));
        }
        let mut out = id.to_string().into_bytes();
        out.push(0);
        Wire::Write(out)
    }

    /// Ends a reading: nothing may be left. Yields what the product does not understand.
    pub(crate) fn finish(self) -> Step<Vec<Extra>> {
        let Wire::Read(mut reader) = self else { return Ok(Vec::new()) };
        match reader.remaining() {
            0 => reader.close(),
            count => return Err(DecodeErrorKind::TrailingFields { count }),
        }
        Ok(reader.extras)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self {
            Wire::Write(out) => out,
            Wire::Compose(id, message) => {
                let mut out = id.saturating_add(PROTOBUF).to_be_bytes().to_vec();
                out.extend(message.into_bytes());
                out
            }
            Wire::Read(_) => Vec::new(),
        }
    }

    /// A layout number that clients and servers send but that changes nothing here. Protobuf has none.
    pub(crate) fn layout(&mut self, written: &'static str) -> Step {
        match self {
            Wire::Read(Reader { from: Source::Protobuf(_), .. }) | Wire::Compose(..) => Ok(()),
            _ => self.slot(&slot("version", Idle::AnyInteger, written)).map(|_| ()),
        }
    }

    pub(crate) fn text(&mut self, name: &'static str, value: &mut String) -> Step {
        match self {
            Wire::Read(reader) => *value = reader.next(name)?.into_owned(),
            Wire::Write(out) => end(out, |out| text::push_plain(out, value)),
            Wire::Compose(..) => self.say(name, value),
        }
        Ok(())
    }

    /// Text that the peer unescapes. In protobuf nothing is escaped.
    pub(crate) fn escaped(&mut self, name: &'static str, value: &mut String) -> Step {
        match self {
            Wire::Read(reader) => {
                let text = reader.next(name)?;
                let plain = matches!(reader.from, Source::Protobuf(_));
                *value = if plain { text.into_owned() } else { text::unescape(&text) };
            }
            Wire::Write(out) => end(out, |out| text::push_escaped(out, value)),
            Wire::Compose(..) => self.say(name, value),
        }
        Ok(())
    }

    /// A whole number that must be there.
    pub(crate) fn integer<N>(&mut self, name: &'static str, value: &mut N) -> Step
    where
        N: std::str::FromStr + std::fmt::Display,
    {
        let Wire::Read(reader) = self else {
            self.say(name, &value.to_string());
            return Ok(());
        };
        let text = reader.next(name)?;
        *value = number::integer(name, &text)?
            .ok_or_else(|| DecodeErrorKind::NotAnInteger { field: name, value: shown(&text) })?;
        Ok(())
    }

    /// A whole number where "not set" means zero.
    pub(crate) fn integer_or_zero<N>(&mut self, name: &'static str, value: &mut N) -> Step
    where
        N: std::str::FromStr + std::fmt::Display + Default,
    {
        match self {
            Wire::Read(reader) => *value = number::integer(name, &reader.next(name)?)?.unwrap_or_default(),
            _ => self.say(name, &value.to_string()),
        }
        Ok(())
    }

    /// A decimal that must be there; an empty field is zero, an unset one is an error.
    pub(crate) fn decimal(&mut self, name: &'static str, value: &mut Decimal) -> Step {
        let Wire::Read(reader) = self else {
            self.say(name, &number::print(*value));
            return Ok(());
        };
        let text = reader.next(name)?;
        *value = match number::decimal(name, &text)? {
            Some(number) => number,
            None if text.is_empty() => Decimal::ZERO,
            None => return Err(DecodeErrorKind::NotADecimal { field: name, value: shown(&text) }),
        };
        Ok(())
    }

    /// A decimal where every spelling of "not set" means zero (strikes).
    pub(crate) fn decimal_or_zero(&mut self, name: &'static str, value: &mut Decimal) -> Step {
        match self {
            Wire::Read(reader) => *value = number::decimal(name, &reader.next(name)?)?.unwrap_or_default(),
            _ => self.say(name, &number::print(*value)),
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

    /// The same, where protobuf leaves it out.
    pub(crate) fn margin(&mut self, name: &'static str, value: &mut Option<Decimal>) -> Step {
        if matches!((&self, &value), (Wire::Compose(..), None)) { Ok(()) } else { self.price(name, value) }
    }

    fn optional_or(&mut self, name: &'static str, value: &mut Option<Decimal>, none: &'static str) -> Step {
        match (&mut *self, value) {
            (Wire::Read(reader), value) => *value = number::decimal(name, &reader.next(name)?)?,
            (_, Some(number)) => self.say(name, &number::print(*number)),
            (_, None) => self.say(name, none),
        }
        Ok(())
    }

    pub(crate) fn flag(&mut self, name: &'static str, value: &mut bool) -> Step {
        let Wire::Read(reader) = self else {
            self.say(name, if *value { "1" } else { "0" });
            return Ok(());
        };
        let text = reader.next(name)?;
        *value = match text.as_ref() {
            "1" => true,
            "0" | "" => false,
            other => return Err(DecodeErrorKind::NotAFlag { field: name, value: shown(other) }),
        };
        Ok(())
    }

    /// A field the product does not use. Yields what it says, so that a layout can branch on it.
    pub(crate) fn slot(&mut self, slot: &Slot) -> Step<Cow<'a, str>> {
        match self {
            Wire::Read(reader) => {
                let text = reader.next(slot.name)?;
                let absent = text.is_empty() && matches!(reader.from, Source::Protobuf(_));
                if reader.strict && !absent && !slot.is_idle(&text)? {
                    reader.note(slot.name, &text);
                }
                return Ok(text);
            }
            Wire::Write(out) => push(out, slot.written),
            // Protobuf leaves out what is not said.
            Wire::Compose(..) => {}
        }
        Ok(Cow::Borrowed(slot.written))
    }

    pub(crate) fn slots(&mut self, slots: &[Slot]) -> Step {
        slots.iter().try_for_each(|slot| self.slot(slot).map(|_| ()))
    }

    /// Fields of protobuf alone that mean nothing here, whatever they say.
    pub(crate) fn ignore(&mut self, names: &[&str]) {
        if let Wire::Read(Reader { from: Source::Protobuf(named), .. }) = self {
            named.ignore(names);
        }
    }

    /// Reads over fields of a block that is refused as a whole. In protobuf none of it is read, so that what is set
    /// in it is refused by its own name.
    pub(crate) fn skip(&mut self, name: &'static str, count: usize) -> Step {
        if let Wire::Read(reader @ Reader { from: Source::Texts(_), .. }) = self {
            for _ in 0..count {
                reader.next(name)?;
            }
        }
        Ok(())
    }

    /// A list the product does not use: a count, then `width` fields an entry. Written empty.
    pub(crate) fn skip_list(&mut self, name: &'static str, width: usize) -> Step {
        let entries = self.unused_list(name, width)?;
        self.skip(name, entries.saturating_mul(width))
    }

    /// The same, where the caller reads over the entries: so many fields follow for each.
    pub(crate) fn unused_list(&mut self, name: &'static str, width: usize) -> Step<usize> {
        let mut entries = 0;
        self.count(name, &mut entries, width)?;
        if entries > 0 {
            self.note(name, &entries.to_string());
        }
        Ok(if matches!(self, Wire::Read(Reader { from: Source::Protobuf(_), .. })) { 0 } else { entries })
    }

    /// The number of entries that follow, each of at least `width` fields: bounded by what is
    /// there before anything is allocated for them. In protobuf they have been read already.
    fn count(&mut self, name: &'static str, entries: &mut usize, width: usize) -> Step {
        match self {
            Wire::Read(reader) => {
                let text = reader.next(name)?;
                let count = match reader.from {
                    Source::Protobuf(_) if text.is_empty() => Some(0),
                    _ => number::integer::<u32>(name, &text)?.and_then(|count| usize::try_from(count).ok()),
                };
                let fits = |count: &usize| match reader.from {
                    Source::Protobuf(_) => true,
                    Source::Texts(_) => count.saturating_mul(width) <= reader.remaining(),
                };
                *entries =
                    count.filter(fits).ok_or_else(|| DecodeErrorKind::BadCount { field: name, value: shown(&text) })?;
            }
            Wire::Write(out) => push(out, &entries.to_string()),
            Wire::Compose(..) => {}
        }
        Ok(())
    }

    /// A list: its count, then its entries, each laid out by the caller.
    pub(crate) fn each<T: Default + Clone>(
        &mut self,
        name: &'static str,
        list: &mut Vec<T>,
        width: usize,
        mut lay: impl FnMut(&mut Self, &mut T) -> Step,
    ) -> Step {
        match self {
            Wire::Read(Reader { from: Source::Protobuf(named), .. }) => {
                let entries = named.entries(name);
                list.resize(entries.len(), T::default());
                for (entry, value) in entries.into_iter().zip(list) {
                    self.inside(entry, |wire| lay(wire, value))?;
                }
            }
            Wire::Compose(id, message) => {
                for value in list {
                    let mut entry = Wire::Compose(*id, message.entry(name));
                    lay(&mut entry, value)?;
                    if let Wire::Compose(_, entry) = entry {
                        message.put_entry(name, entry);
                    }
                }
            }
            _ => {
                let mut entries = list.len();
                self.count(name, &mut entries, width)?;
                list.resize(entries, T::default());
                for value in list {
                    lay(self, value)?;
                }
            }
        }
        Ok(())
    }

    /// Reads one entry of a list whole, then goes on where it was.
    fn inside(&mut self, entry: Named<'a>, lay: impl FnOnce(&mut Self) -> Step) -> Step {
        let swap = |wire: &mut Self, named: Named<'a>| match wire {
            Wire::Read(reader) => std::mem::replace(&mut reader.from, Source::Protobuf(named)),
            _ => Source::Texts(None),
        };
        let around = swap(self, entry);
        lay(self)?;
        if let Wire::Read(reader) = self {
            reader.close();
            reader.from = around;
        }
        Ok(())
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &'static str, list: &mut Vec<String>) -> Step {
        match self {
            Wire::Read(Reader { from: Source::Protobuf(named), .. }) => *list = named.texts(name),
            Wire::Compose(_, message) => message.put_texts(name, list),
            _ => self.each(name, list, 1, |wire, text| wire.text(name, text))?,
        }
        Ok(())
    }

    /// A list of numbers.
    pub(crate) fn decimals(&mut self, name: &'static str, list: &mut Vec<Decimal>) -> Step {
        match self {
            Wire::Read(Reader { from: Source::Protobuf(named), .. }) => {
                let said = named.texts(name);
                let number = |text: &String| number::decimal(name, text).map(Option::unwrap_or_default);
                *list = said.iter().map(number).collect::<Result<_, _>>()?;
            }
            Wire::Compose(_, message) => {
                message.put_texts(name, &list.iter().map(Decimal::to_string).collect::<Vec<_>>());
            }
            _ => self.each(name, list, 1, |wire, value| wire.decimal(name, value))?,
        }
        Ok(())
    }

    /// Records something that was read and that the product does not understand.
    pub(crate) fn note(&mut self, name: &'static str, value: &str) {
        if let Wire::Read(reader) = self {
            reader.note(name, value);
        }
    }

    /// Writes one value that needs no escapes.
    fn say(&mut self, name: &'static str, value: &str) {
        match self {
            Wire::Read(_) => {}
            Wire::Write(out) => push(out, value),
            Wire::Compose(id, message) => {
                let known = message.put(name, value);
                debug_assert!(known, "message {id} has no field {name}");
            }
        }
    }
}

fn push(out: &mut Vec<u8>, text: &str) {
    end(out, |out| out.extend_from_slice(text.as_bytes()));
}

fn end(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    write(out);
    out.push(0);
}
