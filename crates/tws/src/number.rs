//! Numbers on the wire: decimals, whole numbers, and the many spellings of "not set".
use crate::error::{DecodeErrorKind, shown};
use rust_decimal::Decimal;

/// Longer than any spelling of a number that a client produces (the largest double in full).
const LONGEST: usize = 320;
/// How the official client spells an unset size.
const UNSET_SIZE: &str = "170141183460469231731687303715884105727";
/// How a server spells an unset price.
pub(crate) const UNSET_PRICE: &str = "1.7976931348623157E308";

/// A decimal, or `None` where the field says "not set".
pub(crate) fn decimal(field: &'static str, text: &str) -> Result<Option<Decimal>, DecodeErrorKind> {
    if text.is_empty() || is_unset(text) {
        return Ok(None);
    }
    match parse(text) {
        Some(number) => Ok(Some(number)),
        None => {
            let value = shown(text);
            Err(DecodeErrorKind::NotADecimal { field, value })
        }
    }
}

/// A whole number, or `None` where the field says "not set".
pub(crate) fn integer<N>(field: &'static str, text: &str) -> Result<Option<N>, DecodeErrorKind>
where
    N: std::str::FromStr,
{
    if text.is_empty() || text == "2147483647" {
        return Ok(None);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if plain => Ok(Some(number)),
        _ => {
            let value = shown(text);
            Err(DecodeErrorKind::NotAnInteger { field, value })
        }
    }
}

/// Written the way every client reads it: no exponent, no zeros at the end, no minus before zero.
pub(crate) fn print(number: Decimal) -> String {
    if number.is_zero() {
        return "0".to_owned();
    }
    number.normalize().to_string()
}

/// Clients spell the largest double in several ways; whatever a reader of doubles takes for it is
/// unset. No other use is made of doubles.
fn is_unset(text: &str) -> bool {
    if text == UNSET_SIZE {
        return true;
    }
    let candidate = text.starts_with("1.79") || text.starts_with("179");
    candidate && text.len() <= LONGEST && text.parse() == Ok(f64::MAX)
}

/// `-?digits(.digits)?([eE][+-]?digits)?`, exactly, or nothing: a digit that would be lost, a
/// number too large, or a spelling that is not one of these.
fn parse(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        None => (text, 0),
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
    };
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match unsigned.split_once('.') {
        None => (unsigned, None),
        Some((whole, fraction)) => (whole, Some(fraction)),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > LONGEST || !digits(whole) || !fraction.is_none_or(digits) {
        return None;
    }
    let trimmed = match fraction {
        // Zeros at the end say nothing and would count against the digits that fit.
        Some(_) => mantissa.trim_end_matches('0').trim_end_matches('.'),
        None => mantissa,
    };
    let number = Decimal::from_str_exact(trimmed).ok()?;
    scale(number, exponent)
}

fn parse_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn scale(number: Decimal, exponent: i32) -> Option<Decimal> {
    if number.is_zero() {
        return Some(Decimal::ZERO);
    }
    let mut number = number.normalize();
    let places = i32::try_from(number.scale()).ok()?.checked_sub(exponent)?;
    if let Ok(places) = u32::try_from(places) {
        number.set_scale(places).ok()?;
        return Some(number);
    }
    number.set_scale(0).ok()?;
    let mut left = places;
    while left < 0 {
        number = number.checked_mul(Decimal::TEN)?;
        left = left.checked_add(1)?;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{decimal, integer, print};

    fn read(text: &str) -> String {
        match decimal("f", text) {
            Ok(Some(number)) => print(number),
            Ok(None) => "unset".to_owned(),
            Err(_) => "refused".to_owned(),
        }
    }

    #[test]
    fn decimals_are_read_exactly_and_written_plainly() {
        for (text, meant) in [
            ("100", "100"),
            ("100.0", "100"),
            ("0.10", "0.1"),
            ("-0.0", "0"),
            ("189.25", "189.25"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("1e2", "100"),
            ("1.5E-05", "0.000015"),
            ("1.25e+3", "1250"),
            ("-7.5e1", "-75"),
            ("1.79", "1.79"),
            ("179", "179"),
            ("1.7976931348623157", "1.7976931348623157"),
            ("1.7976931348623157E+8", "179769313.48623157"),
            ("1e28", "10000000000000000000000000000"),
            ("1e-28", "0.0000000000000000000000000001"),
            ("0e99", "0"),
            ("1.00000000000000000000000000000000000000000", "1"),
        ] {
            assert_eq!(read(text), meant, "{text}");
        }
    }

    #[test]
    fn every_spelling_of_the_largest_double_is_unset() {
        let in_full = format!("{:.0}", f64::MAX);
        for text in [
            "",
            "1.7976931348623157E308",
            "1.7976931348623157e+308",
            "1.7976931348623157E+308",
            "170141183460469231731687303715884105727",
            &in_full,
        ] {
            assert_eq!(read(text), "unset", "{text}");
        }
    }

    #[test]
    fn what_is_no_finite_plain_number_is_refused() {
        for text in [
            "Infinite",
            "Infinity",
            "inf",
            "-inf",
            "nan",
            "NaN",
            "1e29",
            "1e-29",
            "1e308",
            "-1.7976931348623157E308",
            "1_000",
            "+1",
            " 1",
            "1 ",
            ".5",
            "5.",
            "--1",
            "-",
            "e5",
            "1e",
            "1e+",
            "0x10",
            "1,5",
            "99999999999999999999999999999999",
            "0.00000000000000000000000000001",
        ] {
            assert_eq!(read(text), "refused", "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_digits_in_range_or_unset() {
        assert_eq!(integer::<i32>("f", "2147483647").unwrap(), None);
        assert_eq!(integer::<i32>("f", "").unwrap(), None);
        assert_eq!(integer::<i32>("f", "-2147483648").unwrap(), Some(i32::MIN));
        for text in ["2147483648", "1.0", "+1", "-", " 1", "1e3", "nan"] {
            assert!(integer::<i32>("f", text).is_err(), "{text}");
        }
    }
}
