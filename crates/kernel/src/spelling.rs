//! Spelling: the one text of a decimal, put together without an allocation.

/// The longest text: a sign, 23 digits, a point and 16 more.
const TEXT: usize = 48;

/// The one canonical spelling: no exponent, no trailing zeros, no plus. Put together on the stack, from its end.
#[derive(Debug)]
pub(crate) struct Text {
    bytes: [u8; TEXT],
    start: usize,
}

impl Text {
    pub(crate) fn of(value: i128, places: u32) -> Self {
        let mut text = Self { bytes: [0; TEXT], start: TEXT };
        let (unit, size) = (10u128.pow(places), value.unsigned_abs());
        // Nearly all fit in 64 bits, and dividing 128 is slow.
        let (whole, fraction) = match (u64::try_from(size), u64::try_from(unit)) {
            (Ok(size), Ok(unit)) => (u128::from(size / unit), size % unit),
            (Err(_), _) | (_, Err(_)) => (size / unit, (size % unit) as u64),
        };
        text.fraction(fraction, places);
        text.whole(whole);
        if value < 0 {
            text.put(b'-');
        }
        text
    }
    fn put(&mut self, letter: u8) {
        self.start = self.start.saturating_sub(1);
        if let Some(slot) = self.bytes.get_mut(self.start) {
            *slot = letter;
        }
    }
    fn fraction(&mut self, mut left: u64, mut places: u32) {
        if left == 0 {
            return;
        }
        while left.is_multiple_of(10) {
            left /= 10;
            places -= 1;
        }
        for _ in 0..places {
            self.put(b'0' + (left % 10) as u8);
            left /= 10;
        }
        self.put(b'.');
    }
    fn whole(&mut self, mut left: u128) {
        let mut small = loop {
            match u64::try_from(left) {
                Ok(small) => break small,
                Err(_) => self.put(b'0' + (left % 10) as u8),
            }
            left /= 10;
        };
        loop {
            self.put(b'0' + (small % 10) as u8);
            small /= 10;
            if small == 0 {
                break;
            }
        }
    }
    pub(crate) fn as_str(&self) -> &str {
        self.bytes.get(self.start..).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or("?")
    }
}
