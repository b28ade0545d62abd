//! Back-off: how long a notice waits after each attempt, and when it is given up.

const FIRST_MS: i64 = 60_000;
pub const LONGEST_MS: i64 = 3_600_000;
/// From its event, or from when it was asked for once more.
pub const GIVEN_UP_AFTER_MS: i64 = 86_400_000;

/// After the nth failure: twice as long each time, and by chance up to half less, so that not all come back at once.
pub fn wait_ms(failures: u32, dice: u128) -> i64 {
    let doubled = FIRST_MS.checked_shl(failures.saturating_sub(1).min(10)).unwrap_or(LONGEST_MS).min(LONGEST_MS);
    let less = i64::try_from(dice % 1_000).unwrap_or_default();
    doubled - doubled / 2_000 * less
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_twice_as_long_each_time_from_a_minute_to_an_hour() {
        let longest: Vec<i64> = [1, 2, 3, 6, 7, 8, 99, u32::MAX].map(|n| wait_ms(n, 0) / FIRST_MS).to_vec();
        assert_eq!(longest, [1, 2, 4, 32, 60, 60, 60, 60]);
        for n in 1..20 {
            let (least, most) = (wait_ms(n, 999), wait_ms(n, 1_000));
            assert!(least >= most / 2 && least < most, "{least} {most}");
        }
    }
}
