//! Standard base64 (RFC 4648 section 4), strict: one spelling for each byte string.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            if place <= chunk.len() {
                let six = (word >> (18 - 6 * place)) & 63;
                out.push(char::from(ALPHABET.get(six as usize).copied().unwrap_or(b'A')));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// None for anything that `encode` would not have written.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut rest = bytes;
    while let Some((quad, tail)) = rest.split_first_chunk::<4>() {
        let padding = match quad {
            [_, _, b'=', b'='] => 2,
            [_, _, _, b'='] => 1,
            _ => 0,
        };
        if padding > 0 && !tail.is_empty() {
            return None;
        }
        let mut word = 0u32;
        for digit in quad.iter().take(4 - padding) {
            word = (word << 6) | value(*digit)?;
        }
        word <<= 6 * padding;
        let [_, a, b, c] = word.to_be_bytes();
        let (kept, dropped): (&[u8], &[u8]) = match padding {
            0 => (&[a, b, c], &[]),
            1 => (&[a, b], &[c]),
            _ => (&[a], &[b, c]),
        };
        // Bits beyond the last byte must be zero, or two texts would mean the same bytes.
        if dropped.iter().any(|byte| *byte != 0) {
            return None;
        }
        out.extend_from_slice(kept);
        rest = tail;
    }
    Some(out)
}

fn value(digit: u8) -> Option<u32> {
    Some(match digit {
        b'A'..=b'Z' => u32::from(digit - b'A'),
        b'a'..=b'z' => u32::from(digit - b'a') + 26,
        b'0'..=b'9' => u32::from(digit - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_hold() {
        for (plain, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), text);
            assert_eq!(decode(text), Some(plain.as_bytes().to_vec()));
        }
    }

    #[test]
    fn whatever_decodes_is_written_back_the_same() {
        for bad in ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9v", "Zm9v\n", "-_-_"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
            assert_eq!(decode(&encode(bytes)).as_deref(), Some(bytes));
            if let Some(back) = core::str::from_utf8(bytes).ok().and_then(decode) {
                assert_eq!(encode(&back).as_bytes(), bytes);
            }
        });
    }
}
