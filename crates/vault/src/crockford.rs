//! Crockford base32: letters and digits that are not taken for one another, read back however they were typed.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP: usize = 4;
/// No typed code is longer, however it is spaced.
const LONGEST: usize = 256;

/// Five bits a character, in groups of four. The number of bits must be a multiple of five; bits over are not written.
pub(crate) fn grouped(bytes: &[u8]) -> Zeroizing<String> {
    let characters = bytes.len() * 8 / 5;
    let mut text = Zeroizing::new(String::with_capacity(characters + characters / GROUP));
    let (mut word, mut bits) = (0u32, 0u32);
    let mut written = 0;
    for byte in bytes {
        word = (word << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let five = (word >> bits) & 31;
            if written > 0 && written % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET.get(five as usize).copied().unwrap_or(b'0')));
            written += 1;
        }
        word &= (1 << bits) - 1;
    }
    text
}

/// The bytes of a code typed in any case, with or without blanks and hyphens, in wide letters, with O for 0 and I or L
/// for 1. Exactly `N` bytes, or nothing. `N` is a multiple of five, so that no bits are left over.
pub(crate) fn parse<const N: usize>(typed: &str) -> Option<Zeroizing<[u8; N]>> {
    if typed.len() > LONGEST {
        return None;
    }
    let mut bytes = Zeroizing::new([0; N]);
    let mut places = bytes.iter_mut();
    let (mut word, mut bits) = (0u32, 0u32);
    for c in typed.nfkc().filter(|c| !is_separator(*c)) {
        word = (word << 5) | value(c)?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            let [.., byte] = (word >> bits).to_be_bytes();
            *places.next()? = byte;
        }
        word &= (1 << bits) - 1;
    }
    (places.next().is_none() && bits == 0).then_some(bytes)
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200b}' | '\u{ad}' | '\u{feff}')
}

fn value(c: char) -> Option<u32> {
    let letter = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|known| char::from(*known) == letter)?;
    u32::try_from(place).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_is_written_and_read() {
        assert_eq!(*grouped(&[0, 0, 0, 0, 0]), "0000-0000");
        assert_eq!(*grouped(&[0xff; 5]), "ZZZZ-ZZZZ");
        assert_eq!(*grouped(b"fooba"), "CSQP-YRK1");
        assert_eq!(*parse::<5>("CSQP-YRK1").unwrap(), *b"fooba");
    }

    #[test]
    fn what_is_written_is_read_back_however_it_is_typed() {
        bolero::check!().with_iterations(2000).with_type::<[u8; 15]>().for_each(|bytes| {
            let text = grouped(bytes);
            assert_eq!(text.len(), 29);
            for typed in [text.to_string(), text.to_lowercase(), text.replace('-', ""), text.replace('-', " – ")] {
                assert_eq!(*parse::<15>(&typed).unwrap(), *bytes, "{typed}");
            }
        });
    }

    #[test]
    fn no_text_makes_reading_fall_over() {
        bolero::check!().with_iterations(4000).for_each(|bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            if let Some(read) = parse::<5>(&text) {
                assert_eq!(*parse::<5>(&grouped(read.as_slice())).unwrap(), *read);
            }
        });
    }
}
