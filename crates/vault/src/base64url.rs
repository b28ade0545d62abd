//! Base64url without padding (RFC 4648 section 5), strict: one spelling for each byte string.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..=chunk.len() {
            let six = (word >> (18 - 6 * place)) & 63;
            out.push(char::from(ALPHABET.get(six as usize).copied().unwrap_or(b'A')));
        }
    }
    out
}

/// None for anything that `encode` would not have written, and for more than `most` bytes.
pub fn decode(text: &str, most: usize) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let length = digits.len() / 4 * 3 + (digits.len() % 4).saturating_sub(1);
    if digits.len() % 4 == 1 || length > most {
        return None;
    }
    let mut out = Vec::with_capacity(length);
    for group in digits.chunks(4) {
        let mut word = 0u32;
        for digit in group {
            word = (word << 6) | value(*digit)?;
        }
        word <<= 6 * (4 - group.len());
        let [_, bytes @ ..] = word.to_be_bytes();
        let (kept, dropped) = bytes.split_at_checked(group.len() - 1)?;
        // Bits beyond the last byte must be zero, or two texts would mean the same bytes.
        if dropped.iter().any(|byte| *byte != 0) {
            return None;
        }
        out.extend_from_slice(kept);
    }
    Some(out)
}

fn value(digit: u8) -> Option<u32> {
    Some(match digit {
        b'A'..=b'Z' => u32::from(digit - b'A'),
        b'a'..=b'z' => u32::from(digit - b'a') + 26,
        b'0'..=b'9' => u32::from(digit - b'0') + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_hold_without_their_padding() {
        for (plain, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), text);
            assert_eq!(decode(text, 6), Some(plain.as_bytes().to_vec()));
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
        assert_eq!(decode("Zm9vYmFy", 5), None, "longer than allowed");
    }

    #[test]
    fn whatever_decodes_is_written_back_the_same() {
        for bad in ["Zg==", "Z", "Zh", "Zm9", "+/8", "Zm 9v", "Zm9v\n", "Zg=", "ä"] {
            assert_eq!(decode(bad, 100), None, "{bad}");
        }
        bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
            assert_eq!(decode(&encode(bytes), bytes.len()).as_deref(), Some(bytes));
            if let Some(back) = core::str::from_utf8(bytes).ok().and_then(|text| decode(text, 4096)) {
                assert_eq!(encode(&back).as_bytes(), bytes);
            }
        });
    }
}
