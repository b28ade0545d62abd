//! Exact conversion between the kernel's fixed-point numbers and the decimals of wire and paper broker.

use kernel::money::{Amount, NotANumber, Percent, Price, Quantity, Rate};
use rust_decimal::Decimal;

pub fn quantity(value: Decimal) -> Result<Quantity, NotANumber> {
    Quantity::from_parts(value.mantissa(), value.scale())
}

pub fn price(value: Decimal) -> Result<Price, NotANumber> {
    Price::from_parts(value.mantissa(), value.scale())
}

pub fn amount(value: Decimal) -> Result<Amount, NotANumber> {
    Amount::from_parts(value.mantissa(), value.scale())
}

/// A rate is a quotient: it is rounded to the eight places that the kernel counts in.
pub fn rate(value: Decimal) -> Result<Rate, NotANumber> {
    let rounded = value.round_dp(8);
    Rate::from_parts(rounded.mantissa(), rounded.scale())
}

pub fn from_quantity(value: Quantity) -> Decimal {
    units(i128::from(value.units()), 8)
}

pub fn from_price(value: Price) -> Decimal {
    units(i128::from(value.units()), 8)
}

/// Money is shown to two places more than a cent; the record keeps all of them.
pub fn from_amount(value: Amount) -> Decimal {
    units(value.units(), 16).round_dp(4).normalize()
}

pub fn percent(value: Decimal) -> Result<Percent, NotANumber> {
    Percent::from_parts(value.mantissa(), value.scale())
}

pub fn from_percent(value: Percent) -> Decimal {
    units(i128::from(value.units()), 8)
}

fn units(units: i128, scale: u32) -> Decimal {
    Decimal::try_from_i128_with_scale(units, scale).map_or_else(
        // Wider than 96 bits: drop places, never digits in front of the point.
        |_| Decimal::try_from_i128_with_scale(units / 10_i128.pow(scale), 0).unwrap_or(Decimal::MAX),
        |value| value.normalize(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_cross_over_and_back_unchanged() {
        for text in ["1", "0.00000001", "-12.5", "90000000000"] {
            let value: Decimal = text.parse().unwrap();
            assert_eq!(from_price(price(value).unwrap()), value);
            assert_eq!(from_quantity(quantity(value).unwrap()), value);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_not_rounded() {
        assert_eq!(price("0.000000001".parse().unwrap()), Err(NotANumber::TooFine));
        assert_eq!(quantity(Decimal::MAX), Err(NotANumber::TooLarge));
        assert!(rate("0.3333333333333333".parse().unwrap()).is_ok());
    }
}
