//! Quantities, prices, rates and amounts: exact, checked, without floats and without panics.
//!
//! Fixed point, because the guard multiplies and compares on every order: a quantity and a price are
//! 64-bit counts of 1e-8, an amount is a 128-bit count of 1e-16, so that quantity x price is exact.

use crate::id::FromText;
use crate::spelling::Text;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const FINE: u32 = 8;
const AMOUNT_FINE: u32 = 16;
const FINE_UNIT: i128 = 100_000_000;

/// Why a number was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotANumber {
    /// Not digits with at most one point.
    Malformed,
    /// More decimals than the type holds; nothing is ever rounded in silence.
    TooFine,
    TooLarge,
}

/// `mantissa` x 10^-`scale` as a count of 10^-`places`.
fn rescale(mantissa: i128, scale: u32, places: u32) -> Result<i128, NotANumber> {
    if scale <= places {
        let factor = 10i128.checked_pow(places - scale).ok_or(NotANumber::TooLarge)?;
        return mantissa.checked_mul(factor).ok_or(NotANumber::TooLarge);
    }
    let divisor = 10i128.checked_pow(scale - places).ok_or(NotANumber::TooFine)?;
    if mantissa % divisor != 0 {
        return Err(NotANumber::TooFine);
    }
    Ok(mantissa / divisor)
}

fn short(whole: &str, fraction: &str) -> Result<i64, NotANumber> {
    let (mut mantissa, mut others): (i64, u8) = (0, 0);
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = byte.wrapping_sub(b'0');
        others |= u8::from(digit > 9);
        mantissa = mantissa.wrapping_mul(10).wrapping_add(i64::from(digit));
    }
    if others == 0 { Ok(mantissa) } else { Err(NotANumber::Malformed) }
}

fn long(bytes: impl Iterator<Item = u8>) -> Result<i128, NotANumber> {
    let mut mantissa: i128 = 0;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return Err(NotANumber::Malformed);
        }
        mantissa = mantissa
            .checked_mul(10)
            .and_then(|m| m.checked_add(i128::from(byte - b'0')))
            .ok_or(NotANumber::TooLarge)?;
    }
    Ok(mantissa)
}

fn parse(text: &str, places: u32) -> Result<i128, NotANumber> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || fraction.is_empty() || digits.len() > 64 {
        return Err(NotANumber::Malformed);
    }
    // 18 digits fit in 64 bits, the one that a missing fraction adds among them; nearly all numbers are shorter.
    let mantissa = if digits.len() < 18 {
        i128::from(short(whole, fraction)?)
    } else {
        long(whole.bytes().chain(fraction.bytes()))?
    };
    let scale = u32::try_from(fraction.len()).map_err(|_| NotANumber::Malformed)?;
    rescale(if negative { -mantissa } else { mantissa }, scale, places)
}

macro_rules! decimal {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $places:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            pub const ZERO: Self = Self(0);
            /// The most the type holds.
            pub const MAX: Self = Self(<$inner>::MAX);

            pub fn parse(text: &str) -> Result<Self, NotANumber> {
                Self::narrow(parse(text, $places)?)
            }
            /// From `mantissa` x 10^-`scale`, the form other decimal libraries give.
            pub fn from_parts(mantissa: i128, scale: u32) -> Result<Self, NotANumber> {
                Self::narrow(rescale(mantissa, scale, $places)?)
            }
            fn narrow(units: i128) -> Result<Self, NotANumber> {
                <$inner>::try_from(units).map(Self).map_err(|_| NotANumber::TooLarge)
            }
            /// The count of the smallest unit.
            pub const fn units(self) -> $inner {
                self.0
            }
            pub const fn from_units(units: $inner) -> Self {
                Self(units)
            }
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(Self)
            }
            pub fn checked_sub(self, other: Self) -> Option<Self> {
                self.0.checked_sub(other.0).map(Self)
            }
            /// For folding what was already recorded: `apply` cannot fail.
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
            pub const fn saturating_neg(self) -> Self {
                Self(self.0.saturating_neg())
            }
            pub const fn saturating_abs(self) -> Self {
                Self(self.0.saturating_abs())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Text::of(i128::from(self.0), $places).as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Text::of(i128::from(self.0), $places).as_str())
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(Text::of(i128::from(self.0), $places).as_str())
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let parse = |text: &str| Self::parse(text).ok();
                deserializer.deserialize_str(FromText { parse, expected: "a decimal of the right size" })
            }
        }
    };
}

decimal!(
    /// Shares, or units of the base currency of a pair; signed where it is a position.
    Quantity, i64, FINE
);
decimal!(
    /// What one unit costs, in the instrument's currency.
    Price, i64, FINE
);
decimal!(
    /// What one unit of a currency is worth in another.
    Rate, i64, FINE
);
decimal!(
    /// Hundredths of a price.
    Percent, i64, FINE
);
decimal!(
    /// How many times its net value an account holds.
    Leverage, i64, FINE
);
decimal!(
    /// Money; the currency stands beside it.
    Amount, i128, AMOUNT_FINE
);

impl Amount {
    /// Its whole units, without a sign.
    pub fn whole(self) -> u64 {
        u64::try_from(self.0.unsigned_abs() / 10u128.pow(AMOUNT_FINE)).unwrap_or(u64::MAX)
    }
}

impl Rate {
    pub const ONE: Self = Self(100_000_000);
}

impl Quantity {
    /// Exact: the scales add up.
    #[inline]
    pub fn times(self, price: Price) -> Option<Amount> {
        // Two counts of 64 bits always fit in 128.
        Some(Amount(i128::from(self.0).wrapping_mul(i128::from(price.0))))
    }
}

impl Amount {
    /// So many times it, rounded away from zero.
    pub fn multiplied(self, by: Quantity) -> Option<Amount> {
        self.at_rate(Rate(by.0))
    }

    /// Converted, and rounded away from zero: a limit is never met by rounding down.
    #[inline]
    pub fn at_rate(self, rate: Rate) -> Option<Amount> {
        if rate == Rate::ONE {
            return Some(self);
        }
        let exact = self.0.checked_mul(i128::from(rate.0))?;
        let part = exact % FINE_UNIT;
        let whole = exact / FINE_UNIT;
        match part {
            0 => Some(Amount(whole)),
            rest if rest > 0 => whole.checked_add(1).map(Amount),
            _negative => whole.checked_sub(1).map(Amount),
        }
    }
}

impl Amount {
    /// So many times this, and never more.
    pub const fn times(self, leverage: Leverage) -> Amount {
        Amount(self.0.saturating_mul(leverage.0 as i128).div_euclid(FINE_UNIT))
    }
    /// So many hundredths of a percent of it, and never more.
    pub const fn basis_points(self, bps: u32) -> Amount {
        Amount(self.0.saturating_mul(bps as i128).div_euclid(10_000))
    }
    /// How many times `net` it is: rounded up to a hundredth, and the most there is where that does not fit.
    pub fn over(self, net: Amount) -> Leverage {
        let hundredths = self.0.checked_mul(100).filter(|_| net.0 > 0);
        let whole = hundredths.map(|exact| exact.div_euclid(net.0).saturating_add(i128::from(exact % net.0 != 0)));
        let units = whole.and_then(|whole| whole.checked_mul(FINE_UNIT / 100));
        units.and_then(|units| i64::try_from(units).ok()).map_or(Leverage::MAX, Leverage)
    }
}

impl Percent {
    pub const WHOLE: Self = Self(100 * 100_000_000);
}

impl Price {
    /// So many hundredths of it, rounded up.
    pub fn hundredths(self, percent: Percent) -> Option<Price> {
        let exact = i128::from(self.0).checked_mul(i128::from(percent.0))?;
        let whole = i128::from(Percent::WHOLE.0);
        let up = i128::from(exact.rem_euclid(whole) != 0);
        i64::try_from(exact.div_euclid(whole).checked_add(up)?).ok().map(Price)
    }

    /// Moved up (or down, for negative `bps`) by basis points; rounded outwards.
    #[inline(always)]
    pub fn moved_bps(self, bps: i64) -> Option<Price> {
        let factor = 10_000i64.checked_add(bps)?;
        let outwards = |rest: bool| bps > 0 && rest;
        // In 64 bits where they hold it: dividing 128 costs a tenth of the guard.
        if let Some(exact) = self.0.checked_mul(factor) {
            let whole = exact.div_euclid(10_000);
            let rest = exact.wrapping_sub(whole.wrapping_mul(10_000)) != 0;
            return whole.checked_add(i64::from(outwards(rest))).map(Price);
        }
        let exact = i128::from(self.0).checked_mul(i128::from(factor))?;
        let moved = exact.div_euclid(10_000).checked_add(i128::from(outwards(exact.rem_euclid(10_000) != 0)))?;
        i64::try_from(moved).ok().map(Price)
    }
}

/// A currency by its three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    pub fn parse(text: &str) -> Result<Self, NotANumber> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| NotANumber::Malformed)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(NotANumber::Malformed) }
    }
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("???")
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| Self::parse(text).ok();
        deserializer.deserialize_str(FromText { parse, expected: "a currency of three capital letters" })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn a_number_has_one_spelling() {
        for (given, canonical) in
            [("1", "1"), ("1.50", "1.5"), ("-0.010", "-0.01"), ("0.00000001", "0.00000001"), ("-0", "0"), ("007", "7")]
        {
            assert_eq!(Price::parse(given).unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn the_largest_and_the_finest_read_back() {
        for (units, text) in [
            (i128::MAX, "17014118346046923173168.7303715884105727"),
            (i128::MIN, "-17014118346046923173168.7303715884105728"),
            (1, "0.0000000000000001"),
            (-10_000_000_000_000_000, "-1"),
            (i128::from(u64::MAX) * 10_000_000_000_000_000, "18446744073709551615"),
            (100_000_000_000_000_000_000_000_000_000, "10000000000000"),
        ] {
            assert_eq!(Amount::from_units(units).to_string(), text);
            if units != i128::MIN {
                assert_eq!(Amount::parse(text), Ok(Amount::from_units(units)));
            }
        }
        assert_eq!(Price::from_units(i64::MIN).to_string(), "-92233720368.54775808");
        assert_eq!(Price::parse("-92233720368.54775808"), Ok(Price::from_units(i64::MIN)));
        assert_eq!(Price::from_units(i64::MAX).to_string(), "92233720368.54775807");
    }

    #[test]
    fn every_length_of_digits_is_read_alike() {
        for places in 0..=16 {
            let text = format!("1{:0places$}.5", 0);
            assert_eq!(Amount::parse(&text).unwrap().to_string(), text);
            assert_eq!(Amount::parse(&text.replace('5', "x")), Err(NotANumber::Malformed));
        }
        for nines in 1..=22 {
            let text = "9".repeat(nines);
            assert_eq!(Amount::parse(&text).unwrap().to_string(), text);
            assert_eq!(Amount::parse(&format!("{text}.9")).unwrap().to_string(), format!("{text}.9"));
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", ".", "1.", ".5", "+1", "1e3", "NaN", "inf", " 1", "1_000", "--1", "1.2.3", "١"] {
            assert_eq!(Price::parse(text), Err(NotANumber::Malformed), "{text}");
        }
        assert_eq!(Price::parse("0.000000001"), Err(NotANumber::TooFine));
        assert_eq!(Price::parse("92233720369"), Err(NotANumber::TooLarge));
        let unset = "1797693134862315708145274237317043567980705675258449965989174768031572607800285387605";
        assert!(Price::parse(unset).is_err());
    }

    #[test]
    fn quantity_times_price_is_exact_and_checked() {
        let value = Quantity::parse("0.00000003").unwrap().times(Price::parse("0.00000007").unwrap()).unwrap();
        assert_eq!(value.to_string(), "0.0000000000000021");
        let most = Quantity::from_units(i64::MAX).times(Price::from_units(i64::MAX)).unwrap();
        assert_eq!(most.at_rate(Rate::from_units(i64::MAX)), None);
    }

    #[test]
    fn conversion_and_collar_round_against_the_order() {
        let tiny = Amount::from_units(1);
        assert_eq!(tiny.at_rate(Rate::from_units(1)), Some(Amount::from_units(1)));
        assert_eq!(tiny.saturating_neg().at_rate(Rate::from_units(1)), Some(Amount::from_units(-1)));
        assert_eq!(Price::from_units(1).moved_bps(300), Some(Price::from_units(2)));
        assert_eq!(Price::from_units(1).moved_bps(-300), Some(Price::from_units(0)));
        assert_eq!(Price::parse("100").unwrap().moved_bps(300), Some(Price::parse("103").unwrap()));
    }
}
