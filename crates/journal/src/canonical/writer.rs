//! Writes any value straight into its canonical bytes: no tree of values is built on the way.

use super::{CanonicalError, MAX_DEPTH, MAX_LEN, unescaped};
use core::cmp::Ordering;
use core::fmt::{self, Write as _};
use serde::ser::{self, Serialize};

pub(super) type Written = Result<(), CanonicalError>;

/// Members are written in the order they come and put in order when their object ends.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    depth: usize,
    /// Members of the objects that are open, the innermost last.
    members: Vec<Member>,
    scratch: Vec<u8>,
}

/// Most events are shorter and flatter.
const LENGTH: usize = 512;
const MEMBERS: usize = 48;

/// Where a member begins in the output, and where its key and it end; the quotes belong to the key.
#[derive(Debug, Clone, Copy)]
struct Member {
    start: usize,
    key_end: usize,
    end: usize,
    /// The first bytes of the key, as one number: it decides nearly every comparison.
    head: u64,
}

/// How a compound value ends; a variant is an object with one member around it.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Array,
    Object,
    ArrayOfVariant,
    ObjectOfVariant,
}

#[derive(Debug)]
pub(super) struct Compound<'a> {
    writer: &'a mut Writer,
    end: End,
    empty: bool,
    /// The first member of this object in `members`.
    first: usize,
    sorted: bool,
}

impl ser::Error for CanonicalError {
    fn custom<T: fmt::Display>(_: T) -> CanonicalError {
        CanonicalError::NoForm
    }
}

const fn needs_escape(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// Of eight bytes in little-endian order, the high bit of those that need an escape. The lowest mark is exact; above
/// it others may be marked too.
pub(super) const fn marked(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word & HIGH
    }
    let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    controls | zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64))
}

/// Eight bytes at a time; nearly every text is plain.
fn plain(text: &[u8]) -> bool {
    // The end is looked at in a word of its own, which may overlap the one before.
    let Some(last) = text.last_chunk::<8>() else { return !text.iter().any(needs_escape) };
    let (words, _) = text.as_chunks::<8>();
    let end = marked(u64::from_le_bytes(*last));
    words.iter().fold(end, |seen, word| seen | marked(u64::from_le_bytes(*word))) == 0
}

/// The first bytes of a plain key, as a number that compares as they do.
fn head(key: &[u8]) -> u64 {
    match key.first_chunk::<8>() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let head = key.iter().fold(0_u64, |head, byte| (head << 8) | u64::from(*byte));
            head.checked_shl(8 * (8_u32.saturating_sub(key.len() as u32))).unwrap_or(0)
        }
    }
}

impl Default for Writer {
    fn default() -> Writer {
        let (out, scratch) = (Vec::with_capacity(LENGTH), Vec::with_capacity(LENGTH));
        Writer { out, depth: 0, members: Vec::with_capacity(MEMBERS), scratch }
    }
}

impl Writer {
    /// Ready for the next value, whatever became of the last one.
    pub(super) fn clear(&mut self) {
        self.out.clear();
        self.members.clear();
        self.depth = 0;
    }

    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
    }

    pub(super) fn close(&mut self, bracket: u8) -> Written {
        self.out.push(bracket);
        self.depth -= 1;
        if self.out.len() > MAX_LEN { Err(CanonicalError::TooLong) } else { Ok(()) }
    }

    pub(super) fn compound(&mut self, end: End) -> Compound<'_> {
        self.open(match end {
            End::Array | End::ArrayOfVariant => b'[',
            End::Object | End::ObjectOfVariant => b'{',
        });
        let first = self.members.len();
        Compound { writer: self, end, empty: true, first, sorted: true }
    }

    pub(super) fn variant(&mut self, name: &str) -> Written {
        self.open(b'{');
        self.inside()?;
        self.string(name)?;
        self.out.push(b':');
        Ok(())
    }

    /// Before every value that lies in another.
    fn inside(&self) -> Written {
        if self.depth > MAX_DEPTH { Err(CanonicalError::TooDeep) } else { Ok(()) }
    }

    pub(super) fn string(&mut self, text: &str) -> Written {
        self.out.push(b'"');
        self.escaped(text);
        self.out.push(b'"');
        Ok(())
    }

    pub(super) fn word(&mut self, word: &str) -> Written {
        self.out.extend_from_slice(word.as_bytes());
        Ok(())
    }

    /// A key or a text, as it is shown. It comes in many small pieces, so it is looked at once they are all there.
    pub(super) fn shown<T: fmt::Display + ?Sized>(&mut self, value: &T) -> Written {
        struct Pieces<'a>(&'a mut Vec<u8>);
        impl fmt::Write for Pieces<'_> {
            #[inline]
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.extend_from_slice(text.as_bytes());
                Ok(())
            }
            #[inline]
            fn write_char(&mut self, letter: char) -> fmt::Result {
                match u8::try_from(letter) {
                    Ok(byte) if byte.is_ascii() => self.0.push(byte),
                    _ => self.0.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                Ok(())
            }
        }
        self.out.push(b'"');
        let start = self.out.len();
        write!(Pieces(&mut self.out), "{value}").map_err(|_| CanonicalError::NoForm)?;
        if !self::plain(self.out.get(start..).unwrap_or_default()) {
            let plain = self.out.split_off(start);
            self.escaped(core::str::from_utf8(&plain).map_err(|_| CanonicalError::NoForm)?);
        }
        self.out.push(b'"');
        Ok(())
    }

    fn escaped(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        if plain(rest) {
            self.out.extend_from_slice(rest);
            return;
        }
        // What needs no escape is copied in one piece.
        while let Some(at) = rest.iter().position(needs_escape) {
            let (plain, from) = rest.split_at(at);
            self.out.extend_from_slice(plain);
            let Some((byte, after)) = from.split_first() else { break };
            match byte {
                b'"' => self.out.extend_from_slice(b"\\\""),
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                0x08 => self.out.extend_from_slice(b"\\b"),
                0x0c => self.out.extend_from_slice(b"\\f"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                _ => self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            }
            rest = after;
        }
        self.out.extend_from_slice(rest);
    }

    pub(super) fn unsigned(&mut self, mut number: u64) {
        let mut digits = [0_u8; 20];
        let mut used = 0;
        for slot in digits.iter_mut().rev() {
            *slot = b'0' + u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
            used += 1;
            if number == 0 {
                break;
            }
        }
        self.out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
    }

    pub(super) fn signed(&mut self, number: i64) {
        if number < 0 {
            self.out.push(b'-');
        }
        self.unsigned(number.unsigned_abs());
    }

    fn key_of(&self, member: &Member) -> &[u8] {
        self.out.get(member.start + 1..member.key_end.saturating_sub(1)).unwrap_or_default()
    }

    fn member(&self, start: usize) -> Member {
        let key_end = self.out.len();
        let mut member = Member { start, key_end, end: key_end, head: 0 };
        let key = self.key_of(&member);
        member.head = if plain(key) {
            head(key)
        } else {
            let first = unescaped(key).chain([0; 8]).take(8);
            first.fold(0, |head, byte| (head << 8) | u64::from(byte))
        };
        member
    }

    fn order(&self, left: &Member, right: &Member) -> Ordering {
        let rest = || unescaped(self.key_of(left)).cmp(unescaped(self.key_of(right)));
        left.head.cmp(&right.head).then_with(rest)
    }

    /// Puts the members of the innermost object in the order of their keys.
    fn sort(&mut self, first: usize) -> Written {
        let mut members = std::mem::take(&mut self.members);
        let mut end = self.out.len();
        let own = members.get_mut(first..).unwrap_or_default();
        let Some(start) = own.first().map(|member| member.start) else { return Ok(()) };
        for member in own.iter_mut().rev() {
            member.end = end;
            end = member.start.saturating_sub(1);
        }
        own.sort_unstable_by(|left, right| self.order(left, right));
        let twice = own.windows(2).find_map(|pair| match pair {
            [left, right] if self.order(left, right) == Ordering::Equal => Some(right.start),
            _ => None,
        });
        if let Some(at) = twice {
            return Err(CanonicalError::DuplicateKey { at });
        }
        self.scratch.clear();
        for (nth, member) in own.iter().enumerate() {
            if nth > 0 {
                self.scratch.push(b',');
            }
            self.scratch.extend_from_slice(self.out.get(member.start..member.end).unwrap_or_default());
        }
        self.out.truncate(start);
        self.out.extend_from_slice(&self.scratch);
        self.members = members;
        Ok(())
    }
}

impl Compound<'_> {
    fn next(&mut self) -> Written {
        if !self.empty {
            self.writer.out.push(b',');
        }
        self.empty = false;
        self.writer.inside()
    }

    pub(super) fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.next()?;
        value.serialize(&mut *self.writer)
    }

    pub(super) fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.next()?;
        let start = self.writer.out.len();
        key.serialize(super::key::Key(self.writer))?;
        let member = self.writer.member(start);
        self.writer.out.push(b':');
        self.remember(member);
        Ok(())
    }

    fn remember(&mut self, member: Member) {
        let last = self.writer.members.get(self.first..).and_then(<[Member]>::last);
        self.sorted &= last.is_none_or(|last| match last.head.cmp(&member.head) {
            Ordering::Equal => self.writer.order(last, &member) == Ordering::Less,
            order => order == Ordering::Less,
        });
        self.writer.members.push(member);
    }

    /// A key that the program itself has, and its value: nearly every member of an event.
    pub(super) fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Written {
        if !plain(key.as_bytes()) {
            self.key(key)?;
            return self.value(value);
        }
        self.next()?;
        let out = &mut self.writer.out;
        let start = out.len();
        out.push(b'"');
        out.extend_from_slice(key.as_bytes());
        let key_end = out.len() + 1;
        out.extend_from_slice(b"\":");
        self.remember(Member { start, key_end, end: key_end, head: head(key.as_bytes()) });
        self.value(value)
    }

    pub(super) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(&mut *self.writer)
    }

    pub(super) fn finish(self) -> Written {
        let writer = self.writer;
        match self.end {
            End::Array => writer.close(b']'),
            End::ArrayOfVariant => writer.close(b']').and_then(|()| writer.close(b'}')),
            End::Object | End::ObjectOfVariant => {
                if !self.sorted {
                    writer.sort(self.first)?;
                }
                writer.members.truncate(self.first);
                writer.close(b'}')?;
                if matches!(self.end, End::ObjectOfVariant) { writer.close(b'}') } else { Ok(()) }
            }
        }
    }
}
