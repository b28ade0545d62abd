//! Canonical JSON: one spelling for each value, checked byte by byte.
//!
//! Keys sorted by the bytes of their UTF-8, no white space, no floats (integers of i64 or u64
//! range, no leading zero, no minus zero), strings escaped only where JSON demands it (`\" \\ \b
//! \f \n \r \t`, other control characters as `\u00xx` in lower case). Python writes the same with
//! `json.dumps(v, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`.

mod answer;
mod key;
mod writer;

use core::cell::Cell;
use core::cmp::Ordering;
use serde::Serialize;
use serde_json::Value;
use writer::Writer;

/// Longest canonical text that is written or read.
pub const MAX_LEN: usize = 1 << 20;
/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 32;

/// Why a value has no canonical form, or why bytes are not one. `at` is a byte offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    #[error("longer than {MAX_LEN} bytes")]
    TooLong,
    #[error("nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("not UTF-8 at byte {at}")]
    NotUtf8 { at: usize },
    #[error("a number that is no integer of 64 bits")]
    NotAnInteger,
    #[error("not JSON at byte {at}")]
    NotJson { at: usize },
    #[error("not the canonical spelling at byte {at}")]
    Spelling { at: usize },
    #[error("keys out of order at byte {at}")]
    KeyOrder { at: usize },
    #[error("key given twice at byte {at}")]
    DuplicateKey { at: usize },
    #[error("a value that says itself that it cannot be written, or a key that is no text")]
    NoForm,
}

/// The canonical bytes of a value.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut writer = Writer::default();
    value.serialize(&mut writer)?;
    if writer.out.len() > MAX_LEN { Err(CanonicalError::TooLong) } else { Ok(writer.out) }
}

std::thread_local! {
    /// For comparisons, which come by the million when a journal is read.
    static SPARE: Cell<Option<Writer>> = const { Cell::new(None) };
}

/// Where bytes differ from the canonical ones of a value; `None` if they are the same.
pub fn difference<T: Serialize + ?Sized>(value: &T, bytes: &[u8]) -> Result<Option<usize>, CanonicalError> {
    let mut writer = SPARE.take().unwrap_or_default();
    writer.clear();
    let written = value.serialize(&mut writer);
    let same = writer.out == bytes;
    let alike = || writer.out.iter().zip(bytes).take_while(|(ours, theirs)| ours == theirs).count();
    let at = if same { None } else { Some(alike()) };
    SPARE.set(Some(writer));
    written.map(|()| at)
}

/// Reads canonical bytes; refuses every other spelling of the same value.
pub fn check(bytes: &[u8]) -> Result<Value, CanonicalError> {
    validate(bytes)?;
    serde_json::from_slice(bytes).map_err(|e| CanonicalError::NotJson { at: e.column() })
}

/// Like `check` without building the value: no allocation, for the append and for verification.
pub fn validate(bytes: &[u8]) -> Result<(), CanonicalError> {
    if bytes.len() > MAX_LEN {
        return Err(CanonicalError::TooLong);
    }
    core::str::from_utf8(bytes).map_err(|e| CanonicalError::NotUtf8 { at: e.valid_up_to() })?;
    let mut scan = Scan { bytes, at: 0 };
    scan.value(0)?;
    if scan.at == bytes.len() { Ok(()) } else { scan.not_json() }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), CanonicalError> {
        if self.eat(byte) { Ok(()) } else { self.not_json() }
    }

    fn not_json(&self) -> Result<(), CanonicalError> {
        // White space is good JSON, only not ours: say so.
        match self.peek() {
            Some(b' ' | b'\n' | b'\r' | b'\t') => Err(CanonicalError::Spelling { at: self.at }),
            _ => Err(CanonicalError::NotJson { at: self.at }),
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), CanonicalError> {
        if depth > MAX_DEPTH {
            return Err(CanonicalError::TooDeep);
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.not_json(),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), CanonicalError> {
        word.iter().try_for_each(|byte| self.expect(*byte))
    }

    fn array(&mut self, depth: usize) -> Result<(), CanonicalError> {
        self.expect(b'[')?;
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            if !self.eat(b',') {
                return self.expect(b']');
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), CanonicalError> {
        self.expect(b'{')?;
        if self.eat(b'}') {
            return Ok(());
        }
        let mut last: Option<(&'a [u8], bool)> = None;
        loop {
            let at = self.at;
            let key = self.string()?;
            match last.map(|last| order(last, key)) {
                None | Some(Ordering::Less) => last = Some(key),
                Some(Ordering::Equal) => return Err(CanonicalError::DuplicateKey { at }),
                Some(Ordering::Greater) => return Err(CanonicalError::KeyOrder { at }),
            }
            self.expect(b':')?;
            self.value(depth + 1)?;
            if !self.eat(b',') {
                return self.expect(b'}');
            }
        }
    }

    /// The text between the quotes, still escaped, and whether anything in it is.
    fn string(&mut self) -> Result<(&'a [u8], bool), CanonicalError> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escapes = false;
        loop {
            // Nearly every text is plain: eight bytes at a time.
            while let Some(word) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
                let marked = writer::marked(u64::from_le_bytes(*word));
                self.at += if marked == 0 { 8 } else { (marked.trailing_zeros() / 8) as usize };
                if marked != 0 {
                    break;
                }
            }
            let at = self.at;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok((self.bytes.get(start..at).unwrap_or_default(), escapes));
                }
                Some(b'\\') => {
                    let rest = self.bytes.get(at..).unwrap_or_default();
                    let (_, len) = escape(rest).ok_or(CanonicalError::Spelling { at })?;
                    self.at += len;
                    escapes = true;
                }
                None | Some(0..0x20) => return Err(CanonicalError::NotJson { at }),
                Some(_) => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Result<(), CanonicalError> {
        let start = self.at;
        let negative = self.eat(b'-');
        let mut magnitude: u64 = 0;
        let digits = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            magnitude = magnitude
                .checked_mul(10)
                .and_then(|m| m.checked_add(u64::from(digit - b'0')))
                .ok_or(CanonicalError::NotAnInteger)?;
            self.at += 1;
        }
        let len = self.at - digits;
        if len == 0 {
            return self.not_json();
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(CanonicalError::NotAnInteger);
        }
        let leading_zero = len > 1 && self.bytes.get(digits) == Some(&b'0');
        if leading_zero || (negative && magnitude == 0) {
            return Err(CanonicalError::Spelling { at: start });
        }
        if negative && magnitude > i64::MIN.unsigned_abs() {
            return Err(CanonicalError::NotAnInteger);
        }
        Ok(())
    }
}

/// Of two keys, and whether they have escapes.
fn order((left, left_escapes): (&[u8], bool), (right, right_escapes): (&[u8], bool)) -> Ordering {
    if left_escapes || right_escapes { unescaped(left).cmp(unescaped(right)) } else { left.cmp(right) }
}

/// The byte that a canonical escape at the start of `text` stands for, and how long the escape is.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    Some(match text {
        [b'\\', b'"', ..] => (b'"', 2),
        [b'\\', b'\\', ..] => (b'\\', 2),
        [b'\\', b'b', ..] => (0x08, 2),
        [b'\\', b'f', ..] => (0x0c, 2),
        [b'\\', b'n', ..] => (b'\n', 2),
        [b'\\', b'r', ..] => (b'\r', 2),
        [b'\\', b't', ..] => (b'\t', 2),
        [b'\\', b'u', b'0', b'0', high @ (b'0' | b'1'), low, ..] => {
            let low = match low {
                b'0'..=b'9' => low - b'0',
                b'a'..=b'f' => low - b'a' + 10,
                _ => return None,
            };
            let byte = ((high - b'0') << 4) | low;
            match byte {
                0x08 | 0x09 | 0x0a | 0x0c | 0x0d => return None,
                _ => (byte, 6),
            }
        }
        _ => return None,
    })
}

/// The bytes that a canonical string stands for, one by one.
fn unescaped(mut raw: &[u8]) -> impl Iterator<Item = u8> + '_ {
    core::iter::from_fn(move || {
        let (byte, len) = match raw.first()? {
            b'\\' => escape(raw)?,
            byte => (*byte, 1),
        };
        raw = raw.get(len..).unwrap_or_default();
        Some(byte)
    })
}
