//! Option: what a European option is worth by Black and Scholes, in whole numbers only, so that every machine agrees.
//!
//! Nothing is earned by waiting (the rate is zero) and the volatility is the same for every strike and day.

/// Fixed point: nine places.
const ONE: i64 = 1_000_000_000;
/// A fifth of the price a year.
const VOLATILITY: i64 = 200_000_000;
pub(crate) const YEAR_MS: i64 = 31_536_000_000;
const LONGEST_MS: i64 = 20 * YEAR_MS;
/// Beyond so many deviations everything is certain.
const CERTAIN: i64 = 8 * ONE;
/// One over the root of twice pi.
const BELL: i64 = 398_942_280;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Call,
    Put,
}

/// What it would be worth if this were its last moment; in the units of the prices.
pub(crate) fn intrinsic(spot: i64, strike: i64, right: Right) -> i64 {
    match right {
        Right::Call => spot.saturating_sub(strike).max(0),
        Right::Put => strike.saturating_sub(spot).max(0),
    }
}

/// With so long to go.
pub(crate) fn premium(spot: i64, strike: i64, left_ms: i64, right: Right) -> i64 {
    let floor = intrinsic(spot, strike, right);
    if left_ms <= 0 || spot <= 0 || strike <= 0 {
        return floor;
    }
    let years = narrow(i128::from(left_ms.min(LONGEST_MS)) * i128::from(ONE) / i128::from(YEAR_MS));
    let root = narrow((i128::from(years) * i128::from(ONE)).isqrt());
    let deviation = times(VOLATILITY, root);
    if deviation == 0 {
        return floor;
    }
    // The logarithm is a series around one: what lies further off is certain anyway.
    let ratio = narrow(i128::from(spot) * i128::from(ONE) / i128::from(strike)).clamp(ONE / 2, 2 * ONE);
    let high = over(logarithm(ratio), deviation).saturating_add(deviation / 2).clamp(-CERTAIN, CERTAIN);
    let low = high.saturating_sub(deviation).clamp(-CERTAIN, CERTAIN);
    let gain = i128::from(spot) * i128::from(below(high)) - i128::from(strike) * i128::from(below(low));
    let call = narrow((gain + i128::from(ONE / 2)).div_euclid(i128::from(ONE)));
    let worth = match right {
        Right::Call => call,
        Right::Put => call.saturating_sub(spot).saturating_add(strike),
    };
    worth.max(floor)
}

/// How likely a normal draw is below this many deviations (Abramowitz and Stegun 26.2.17, exact to 1e-7).
fn below(deviations: i64) -> i64 {
    const SERIES: [i64; 5] = [1_330_274_429, -1_821_255_978, 1_781_477_937, -356_563_782, 319_381_530];
    let far = deviations.abs();
    let step = over(ONE, ONE + times(231_641_900, far));
    let sum = SERIES.iter().fold(0, |sum, term| times(sum + term, step));
    let tail = times(times(BELL, decay(times(far, far) / 2)), sum);
    if deviations < 0 { tail } else { ONE - tail }
}

/// e to the power of minus this much, which is not negative.
fn decay(by: i64) -> i64 {
    // A sixty-fourth of it by its series, and that six times squared.
    let part = by / 64;
    let series = (1..=10).rev().fold(ONE, |sum, n| ONE - times(part, sum) / n);
    (0..6).fold(series, |power, _| times(power, power))
}

/// The natural logarithm of something near one.
fn logarithm(of: i64) -> i64 {
    let z = over(of - ONE, of + ONE);
    let square = times(z, z);
    let sum = [17, 15, 13, 11, 9, 7, 5, 3, 1].iter().fold(0, |sum, n| times(sum, square) + ONE / n);
    times(2 * z, sum)
}

fn times(one: i64, other: i64) -> i64 {
    narrow(i128::from(one) * i128::from(other) / i128::from(ONE))
}

fn over(one: i64, other: i64) -> i64 {
    narrow((i128::from(one) * i128::from(ONE)).checked_div(i128::from(other)).unwrap_or(0))
}

fn narrow(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// By the textbook, in hundredths: at 590.00 and 20 %.
    #[test]
    fn premiums_are_those_of_the_textbook() {
        let quarter = YEAR_MS / 4;
        for (strike, left, right, expected) in [
            (59_000, YEAR_MS, Right::Call, 4_700),
            (59_000, quarter, Right::Call, 2_353),
            (59_000, quarter, Right::Put, 2_353),
            (62_000, quarter, Right::Call, 1_203),
            (62_000, quarter, Right::Put, 4_203),
            (56_000, quarter, Right::Put, 1_098),
        ] {
            let worth = premium(59_000, strike, left, right);
            assert!((worth - expected).abs() <= 2, "{strike} {left} {right:?}: {worth}, not {expected}");
        }
    }

    #[test]
    fn it_is_never_less_than_what_it_is_worth_at_once_and_ends_there() {
        for strike in (55_000..63_000).step_by(500) {
            for right in [Right::Call, Right::Put] {
                let floor = intrinsic(59_000, strike, right);
                let mut before = i64::MAX;
                for left in [YEAR_MS, YEAR_MS / 12, 86_400_000, 60_000, 1] {
                    let worth = premium(59_000, strike, left, right);
                    assert!(worth >= floor && worth <= before, "{strike} {left}");
                    before = worth;
                }
                assert_eq!(premium(59_000, strike, 0, right), floor);
            }
        }
    }

    #[test]
    fn absurd_figures_are_answered_too() {
        for spot in [i64::MIN, -1, 0, 1, i64::MAX] {
            for strike in [i64::MIN, 0, 1, i64::MAX] {
                for left in [i64::MIN, 0, 1, i64::MAX] {
                    let _ = premium(spot, strike, left, Right::Put);
                }
            }
        }
    }
}
