//! Commission: what a fill costs, per execution, rounded half-even to the cent.

use rust_decimal::Decimal;

use crate::event::Given;
use crate::instrument::{Class, Instrument};

/// Half a cent a share, at least 1.00, at most 1 % of the value.
const PER_SHARE: Decimal = Decimal::from_parts(5, 0, 0, false, 3);
const SHARE_MINIMUM: Decimal = Decimal::ONE;
const SHARE_MAXIMUM: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// For each contract; of options at least 1.00.
const PER_FUTURE: Decimal = Decimal::from_parts(225, 0, 0, false, 2);
const PER_OPTION: Decimal = Decimal::from_parts(65, 0, 0, false, 2);
/// A fifth of a basis point of the value, at least two dollars.
const FOREX_PART: Decimal = Decimal::from_parts(2, 0, 0, false, 5);
const FOREX_MINIMUM_USD: Decimal = Decimal::TWO;

/// The commission of one execution in the instrument's currency; `None` if a figure overflows.
pub fn commission(instrument: &Instrument, quantity: Decimal, price: Decimal, given: &Given) -> Option<Decimal> {
    let value = quantity.checked_mul(price)?;
    let exact = match instrument.class {
        Class::Forex => {
            let dollar = given.market.rate("USD", instrument.currency, given.now_ms)?;
            let least = FOREX_MINIMUM_USD.checked_mul(dollar)?;
            value.checked_mul(FOREX_PART)?.max(least)
        }
        Class::Stock | Class::Etf => {
            let shares = quantity.checked_mul(PER_SHARE)?.max(SHARE_MINIMUM);
            shares.min(value.checked_mul(SHARE_MAXIMUM)?)
        }
        Class::Future => quantity.checked_mul(PER_FUTURE)?,
        Class::Option => quantity.checked_mul(PER_OPTION)?.max(SHARE_MINIMUM),
    };
    Some(exact.round_dp(2))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::calendar::Hours;
    use crate::instrument::find;
    use crate::market::Market;

    const GIVEN: Given = Given { now_ms: 1_790_000_000_000, market: Market::Computed(1), hours: Hours::AroundTheClock };

    fn cost(symbol: &str, quantity: i64, price: &str) -> Decimal {
        let instrument = find(symbol, "", "", "")[0];
        commission(instrument, quantity.into(), price.parse().unwrap(), &GIVEN).unwrap()
    }

    #[test]
    fn shares_cost_half_a_cent_within_a_minimum_and_a_maximum() {
        assert_eq!(cost("AAPL", 1_000, "230.00"), Decimal::new(500, 2));
        assert_eq!(cost("AAPL", 100, "230.00"), Decimal::new(100, 2));
        assert_eq!(cost("VOD", 10, "0.7540"), Decimal::new(8, 2));
    }

    #[test]
    fn cents_are_rounded_half_to_even() {
        assert_eq!(cost("AAPL", 201, "230.00"), Decimal::new(100, 2));
        assert_eq!(cost("AAPL", 203, "230.00"), Decimal::new(102, 2));
    }

    #[test]
    fn currencies_cost_a_fifth_of_a_basis_point_and_two_dollars_at_least() {
        assert_eq!(cost("EUR.USD", 1_000_000, "1.08500"), Decimal::new(2170, 2));
        assert_eq!(cost("EUR.USD", 1_000, "1.08500"), Decimal::new(200, 2));
        assert!(cost("USD.JPY", 1_000, "151.000") > Decimal::from(250));
    }
}
