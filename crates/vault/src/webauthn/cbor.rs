//! The little CBOR that authenticators write (CTAP2's canonical form): no tags, no indefinite lengths.

/// Deeper than any attestation statement or extension in use.
const DEEPEST: usize = 8;

/// What comes next; a list or a map only says how many items follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Unsigned(u64),
    /// -1 minus this.
    Negative(u64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(u64),
    Map(u64),
    Simple,
}

/// Reads items from the front. None: these bytes are not an item, and nothing more can be read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn argument(&mut self, low: u8) -> Option<u64> {
        let width = match low {
            0..=23 => return Some(u64::from(low)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            // 28 to 30 mean nothing; 31 is an indefinite length.
            _ => return None,
        };
        Some(self.take(width)?.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }

    pub(super) fn item(&mut self) -> Option<Item<'a>> {
        let [first, ..] = self.take(1)? else { return None };
        let argument = self.argument(first & 0x1f)?;
        Some(match first >> 5 {
            0 => Item::Unsigned(argument),
            1 => Item::Negative(argument),
            2 => Item::Bytes(self.take(usize::try_from(argument).ok()?)?),
            3 => Item::Text(core::str::from_utf8(self.take(usize::try_from(argument).ok()?)?).ok()?),
            4 => Item::Array(argument),
            5 => Item::Map(argument),
            7 => Item::Simple,
            _ => return None,
        })
    }

    pub(super) fn map(&mut self) -> Option<u64> {
        match self.item()? {
            Item::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        match self.item()? {
            Item::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        match self.item()? {
            Item::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number that fits; COSE labels and algorithms do.
    pub(super) fn integer(&mut self) -> Option<i64> {
        match self.item()? {
            Item::Unsigned(value) => i64::try_from(value).ok(),
            Item::Negative(value) => i64::try_from(value).ok().map(|value| -1 - value),
            _ => None,
        }
    }

    /// One whole item with all that is in it.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_within(DEEPEST)
    }

    fn skip_within(&mut self, depth: usize) -> Option<()> {
        let inner = match self.item()? {
            Item::Array(items) => items,
            Item::Map(pairs) => pairs.checked_mul(2)?,
            _ => return Some(()),
        };
        let depth = depth.checked_sub(1)?;
        // Each item takes at least a byte, so a false count ends with the bytes.
        for _ in 0..inner {
            self.skip_within(depth)?;
        }
        Some(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_item_is_read_and_skipped_whole() {
        let bytes = [0xa2, 0x01, 0x26, 0x63, b'a', b'b', b'c', 0x82, 0x42, 1, 2, 0xf5, 0x18, 0x64];
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.map(), Some(2));
        assert_eq!((reader.integer(), reader.integer()), (Some(1), Some(-7)));
        assert_eq!(reader.text(), Some("abc"));
        assert_eq!(reader.item(), Some(Item::Array(2)));
        assert_eq!(reader.bytes(), Some(&[1, 2][..]));
        assert_eq!(reader.item(), Some(Item::Simple));
        assert_eq!(reader.integer(), Some(100));
        assert_eq!(reader.item(), None, "nothing is left");
        let mut whole = Reader::new(&bytes);
        assert_eq!((whole.skip(), whole.rest()), (Some(()), &[0x18, 0x64][..]));
    }

    #[test]
    fn what_is_cut_off_tagged_endless_or_too_deep_is_no_item() {
        for bad in [
            &[0x42, 1][..],
            &[0xc0, 0x60],
            &[0x5f, 0xff],
            &[0xbf],
            &[0x1c],
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x81; 100],
            &[0x61, 0xff],
        ] {
            assert_eq!(Reader::new(bad).skip(), None, "{bad:02x?}");
        }
    }
}
