//! Named: a protobuf message as the fields it has, by the names of our layouts; nothing in it goes unseen.
use crate::error::DecodeErrorKind;
use crate::order::Extra;
use crate::schema::{Kind, Row};
use crate::slot::{Idle, Slot, slot};
use crate::tags::{Raw, Tags};
use crate::text;
use crate::wire::Step;
use std::borrow::Cow;

/// What one message says. A number is kept as the text that the other encoding would carry, so that both are read by
/// the same rules.
#[derive(Debug, Default)]
pub(crate) struct Named<'a>(Vec<Said<'a>>);

#[derive(Debug)]
struct Said<'a> {
    name: &'static str,
    value: Value<'a>,
    /// A layout has asked for it.
    read: bool,
}

#[derive(Debug)]
enum Value<'a> {
    Text(&'a str),
    Number(String),
    Flag(bool),
    Texts(Vec<&'a str>),
    Numbers(Vec<String>),
    List(Vec<Named<'a>>),
    /// So many, not looked into.
    Closed(usize),
}

impl<'a> Named<'a> {
    /// Reads a message whole, before anything of it is used. Of a program's nothing may be unknown; of a real
    /// server's what is unknown is skipped.
    pub(crate) fn read(bytes: &'a [u8], rows: &'static [Row], strict: bool) -> Step<Self> {
        let mut named = Named::default();
        named.within(bytes, rows, strict)?;
        Ok(named)
    }

    fn within(&mut self, bytes: &'a [u8], rows: &'static [Row], strict: bool) -> Step {
        let mut tags = Tags::of(bytes);
        let mut seen: Vec<u32> = Vec::new();
        while let Some((number, raw)) = tags.next()? {
            let Some((_, name, kind)) = rows.iter().find(|row| row.0 == number) else {
                if strict {
                    return Err(DecodeErrorKind::UnknownField { number });
                }
                continue;
            };
            let once = !matches!(kind, Kind::List(_) | Kind::Texts | Kind::Doubles | Kind::Closed);
            if once {
                // Others would take the last of them, or mix them: whoever checks must not read another one.
                if seen.contains(&number) {
                    return Err(DecodeErrorKind::Twice { field: name });
                }
                seen.push(number);
            }
            self.take(name, kind, raw, strict)?;
        }
        Ok(())
    }

    fn take(&mut self, name: &'static str, kind: &'static Kind, raw: Raw<'a>, strict: bool) -> Step {
        let value = match (kind, raw) {
            (Kind::Within(rows), Raw::Bytes(bytes)) => return self.within(bytes, rows, strict),
            (Kind::List(rows), Raw::Bytes(bytes)) => {
                let entry = Named::read(bytes, rows, strict)?;
                match self.many(name, || Value::List(Vec::new())) {
                    Some(Value::List(entries)) => entries.push(entry),
                    _ => return Err(DecodeErrorKind::Twice { field: name }),
                }
                return Ok(());
            }
            (Kind::Texts, Raw::Bytes(bytes)) => {
                let text = plain(name, bytes, strict)?;
                match self.many(name, || Value::Texts(Vec::new())) {
                    Some(Value::Texts(texts)) => texts.push(text),
                    _ => return Err(DecodeErrorKind::Twice { field: name }),
                }
                return Ok(());
            }
            (Kind::Doubles, Raw::Eight(bits)) => return self.doubles(name, [bits]),
            (Kind::Doubles, Raw::Bytes(bytes)) => {
                let (each, []) = bytes.as_chunks::<8>() else { return Err(DecodeErrorKind::WrongType { field: name }) };
                return self.doubles(name, each.iter().map(|eight| u64::from_le_bytes(*eight)));
            }
            (Kind::Closed, Raw::Bytes(_)) => {
                match self.many(name, || Value::Closed(0)) {
                    Some(Value::Closed(count)) => *count = count.saturating_add(1),
                    _ => return Err(DecodeErrorKind::Twice { field: name }),
                }
                return Ok(());
            }
            (Kind::Text, Raw::Bytes(bytes)) => Value::Text(plain(name, bytes, strict)?),
            (Kind::Whole, Raw::Varint(bits)) => {
                let number = bits.cast_signed();
                let whole = i32::try_from(number)
                    .map_err(|_| DecodeErrorKind::NotAnInteger { field: name, value: number.to_string() })?;
                Value::Number(whole.to_string())
            }
            (Kind::Long, Raw::Varint(bits)) => Value::Number(bits.cast_signed().to_string()),
            (Kind::Flag, Raw::Varint(bits)) if bits < 2 => Value::Flag(bits == 1),
            (Kind::Flag, Raw::Varint(bits)) => {
                return Err(DecodeErrorKind::NotAFlag { field: name, value: bits.to_string() });
            }
            // The shortest text that is this double again, as the other encoding has it.
            (Kind::Double, Raw::Eight(bits)) => Value::Number(f64::from_bits(bits).to_string()),
            _ => return Err(DecodeErrorKind::WrongType { field: name }),
        };
        self.0.push(Said { name, value, read: false });
        Ok(())
    }

    fn doubles(&mut self, name: &'static str, more: impl IntoIterator<Item = u64>) -> Step {
        let Some(Value::Numbers(numbers)) = self.many(name, || Value::Numbers(Vec::new())) else {
            return Err(DecodeErrorKind::Twice { field: name });
        };
        numbers.extend(more.into_iter().map(|bits| f64::from_bits(bits).to_string()));
        Ok(())
    }

    fn many(&mut self, name: &'static str, first: impl FnOnce() -> Value<'a>) -> Option<&mut Value<'a>> {
        let at = self.0.iter().position(|said| said.name == name).unwrap_or_else(|| {
            self.0.push(Said { name, value: first(), read: false });
            self.0.len().saturating_sub(1)
        });
        self.0.get_mut(at).map(|said| &mut said.value)
    }

    fn asked(&mut self, name: &str) -> Option<&mut Said<'a>> {
        let said = self.0.iter_mut().find(|said| said.name == name)?;
        said.read = true;
        Some(said)
    }

    /// The field as the other encoding would have it, empty when it is not there; of a list, how long it is.
    pub(crate) fn text(&mut self, name: &str) -> Cow<'a, str> {
        match self.asked(name).map(|said| &said.value) {
            None => Cow::Borrowed(""),
            Some(Value::Text(text)) => Cow::Borrowed(text),
            Some(Value::Flag(true)) => Cow::Borrowed("1"),
            Some(Value::Flag(false)) => Cow::Borrowed("0"),
            Some(Value::Number(number)) => Cow::Owned(number.clone()),
            Some(Value::Closed(count)) => Cow::Owned(count.to_string()),
            Some(Value::Texts(texts)) => Cow::Owned(texts.len().to_string()),
            Some(Value::Numbers(numbers)) => Cow::Owned(numbers.len().to_string()),
            Some(Value::List(entries)) => Cow::Owned(entries.len().to_string()),
        }
    }

    /// The entries of a list, to be read one by one; each only once.
    pub(crate) fn entries(&mut self, name: &str) -> Vec<Named<'a>> {
        match self.asked(name).map(|said| &mut said.value) {
            Some(Value::List(entries)) => std::mem::take(entries),
            _ => Vec::new(),
        }
    }

    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        match self.asked(name).map(|said| &said.value) {
            Some(Value::Texts(texts)) => texts.iter().map(|text| (*text).to_owned()).collect(),
            Some(Value::Numbers(numbers)) => numbers.clone(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.asked(name);
        }
    }

    /// What no layout has asked for, unless it says nothing.
    pub(crate) fn unread(self) -> Vec<Extra> {
        let unread = self.0.into_iter().filter(|said| !said.read && !said.idle());
        let shown = |said: Said<'_>| Extra { name: said.name, value: said.value.shown() };
        unread.map(shown).collect()
    }
}

impl Said<'_> {
    fn idle(&self) -> bool {
        match &self.value {
            Value::Text(text) => text.is_empty(),
            Value::Flag(flag) => !flag,
            // What is not even a number is not idle either.
            Value::Number(number) => UNSET.is_idle(number).unwrap_or(false),
            Value::Texts(_) | Value::Numbers(_) | Value::List(_) | Value::Closed(_) => false,
        }
    }
}

const UNSET: Slot = slot("unset", Idle::Zero, "");

impl Value<'_> {
    fn shown(&self) -> String {
        match self {
            Value::Text(text) => (*text).to_owned(),
            Value::Number(number) => number.clone(),
            Value::Flag(flag) => u8::from(*flag).to_string(),
            Value::Texts(texts) => texts.len().to_string(),
            Value::Numbers(numbers) => numbers.len().to_string(),
            Value::List(entries) => entries.len().to_string(),
            Value::Closed(count) => count.to_string(),
        }
    }
}

fn plain<'a>(name: &'static str, bytes: &'a [u8], strict: bool) -> Step<&'a str> {
    if strict { text::plain(name, bytes) } else { text::any(name, bytes) }
}
