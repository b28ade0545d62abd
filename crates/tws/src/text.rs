//! Text on the wire: printable ASCII, everything else escaped, never a terminator.
use crate::error::DecodeErrorKind;
use std::fmt::Write as _;

/// Writes text that clients show as it comes: printable ASCII as it is, the rest as escapes.
pub(crate) fn push_plain(out: &mut Vec<u8>, text: &str) {
    push(out, text, false);
}

/// Writes text that clients unescape (long names, error texts): a backslash is escaped too, so
/// that what they read is what was meant.
pub(crate) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    push(out, text, true);
}

fn push(out: &mut Vec<u8>, text: &str, escape_backslash: bool) {
    for letter in text.chars() {
        match letter {
            '\\' if escape_backslash => out.extend_from_slice(b"\\\\"),
            ' '..='~' => out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            _ => out.extend_from_slice(escape(letter).as_bytes()),
        }
    }
}

/// Clients read the long form beyond the basic plane; a pair of surrogates breaks Python's.
fn escape(letter: char) -> String {
    let code = u32::from(letter);
    let mut escape = String::new();
    let written = if code > 0xffff { write!(escape, "\\U{code:08x}") } else { write!(escape, "\\u{code:04x}") };
    debug_assert!(written.is_ok());
    escape
}

/// Reads text of a field that a client would unescape. An escape that is none stays as it is.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('\\') {
        out.push_str(plain);
        let (letter, tail) = escaped_letter(after);
        match letter {
            Some(letter) => out.push(letter),
            None => out.push('\\'),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn escaped_letter(after: &str) -> (Option<char>, &str) {
    if let Some(tail) = after.strip_prefix('\\') {
        return (Some('\\'), tail);
    }
    let digits = match after.bytes().next() {
        Some(b'u') => 4,
        Some(b'U') => 8,
        _ => return (None, after),
    };
    let end = 1_usize.saturating_add(digits);
    let code = after
        .get(1..end)
        .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        .and_then(char::from_u32);
    match (code, after.get(end..)) {
        (Some(letter), Some(tail)) => (Some(letter), tail),
        _ => (None, after),
    }
}

/// A field of a request: printable ASCII and nothing else. The official client refuses other
/// letters itself, and two symbols that look alike must not pass as one.
pub(crate) fn plain<'a>(field: &'static str, bytes: &'a [u8]) -> Result<&'a str, DecodeErrorKind> {
    let printable = bytes.iter().all(|byte| (0x20..0x7f).contains(byte));
    match std::str::from_utf8(bytes) {
        Ok(text) if printable => Ok(text),
        _ => Err(DecodeErrorKind::NotPlainText { field }),
    }
}

/// A field of a response: any text.
pub(crate) fn any<'a>(field: &'static str, bytes: &'a [u8]) -> Result<&'a str, DecodeErrorKind> {
    std::str::from_utf8(bytes).map_err(|_| DecodeErrorKind::NotPlainText { field })
}
