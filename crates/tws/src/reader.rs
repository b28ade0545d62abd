//! Reader: where the fields of a message that is being read come from, and what was found in it besides.
use crate::error::DecodeErrorKind;
use crate::named::Named;
use crate::order::Extra;
use crate::text;
use crate::wire::Step;
use std::borrow::Cow;

#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) from: Source<'a>,
    /// Requests are read strictly; of a real server's responses unused fields are skipped.
    pub(crate) strict: bool,
    pub(crate) extras: Vec<Extra>,
}

#[derive(Debug)]
pub(crate) enum Source<'a> {
    /// Terminated texts, one after the other; `None` once the last terminator has been read.
    Texts(Option<&'a [u8]>),
    Protobuf(Named<'a>),
}

impl<'a> Reader<'a> {
    pub(crate) fn next(&mut self, field: &'static str) -> Step<Cow<'a, str>> {
        let rest = match &mut self.from {
            Source::Protobuf(named) => return Ok(named.text(field)),
            Source::Texts(rest) => rest,
        };
        let bytes = rest.ok_or(DecodeErrorKind::MissingField { field })?;
        let bytes = match bytes.iter().position(|byte| *byte == 0) {
            None => {
                *rest = None;
                bytes
            }
            Some(end) => {
                let (bytes, after) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
                *rest = after.get(1..);
                bytes
            }
        };
        let text = if self.strict { text::plain(field, bytes) } else { text::any(field, bytes) };
        text.map(Cow::Borrowed)
    }

    /// Terminated texts that are left.
    pub(crate) fn remaining(&self) -> usize {
        let Source::Texts(Some(rest)) = self.from else { return 0 };
        let ends = rest.iter().filter(|byte| **byte == 0).count();
        ends.saturating_add(1)
    }

    /// What protobuf says besides is not understood either.
    pub(crate) fn close(&mut self) {
        let Source::Protobuf(named) = &mut self.from else { return };
        let unread = std::mem::take(named).unread();
        if self.strict {
            self.extras.extend(unread);
        }
    }

    pub(crate) fn note(&mut self, name: &'static str, value: &str) {
        if self.strict {
            let value = value.to_owned();
            self.extras.push(Extra { name, value });
        }
    }
}
