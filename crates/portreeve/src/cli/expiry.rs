//! Expiry: a span, a day or an instant, as the instant at which a credential ends.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use service::{Clock, SystemClock};

/// As RFC 3339, in UTC. A day means its first moment.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    let now = Timestamp::from_millisecond(SystemClock.now().0).map_err(|error| error.to_string())?;
    match at(text, now)? {
        past if past <= now => Err(format!("{text:?} is not in the future: it would never be good for anything")),
        instant => Ok(instant.to_string()),
    }
}

/// A moment, past or to come: a day (its first moment, UTC) or an RFC 3339 instant, in milliseconds.
pub(crate) fn moment(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no day (2026-12-31) and no RFC 3339 instant");
    instant(text).map(Timestamp::as_millisecond).ok_or_else(wrong)
}

fn at(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let wrong = || format!("{text:?} is no span (30d, 12h), no day (2026-12-31) and no RFC 3339 instant");
    let span = text.strip_suffix('d').map(|days| (days, 24)).or_else(|| text.strip_suffix('h').map(|hours| (hours, 1)));
    if let Some((count, hours)) = span {
        let count: i64 = count.parse::<u32>().map_err(|_| wrong())?.into();
        let span = count.checked_mul(hours).and_then(SignedDuration::try_from_hours).ok_or_else(wrong)?;
        return now.checked_add(span).map_err(|_| wrong());
    }
    instant(text).ok_or_else(wrong)
}

fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    // A day with a time but without an offset says a different instant in every place: it is no day.
    let day: Date = if text.len() == 10 { text.parse().ok()? } else { return None };
    day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<String, String> {
        at(text, "2026-09-21T10:00:00Z".parse().unwrap()).map(|instant| instant.to_string())
    }

    #[test]
    fn a_span_a_day_and_an_instant_are_understood() {
        for (text, instant) in [
            ("30d", "2026-10-21T10:00:00Z"),
            ("12h", "2026-09-21T22:00:00Z"),
            ("2026-12-31", "2026-12-31T00:00:00Z"),
            ("2026-12-31T12:00:00+02:00", "2026-12-31T10:00:00Z"),
        ] {
            assert_eq!(told(text), Ok(instant.to_owned()));
        }
    }

    #[test]
    fn a_moment_is_a_day_or_an_instant_and_no_span() {
        assert_eq!(moment("2026-09-21"), Ok(1_789_948_800_000));
        assert_eq!(moment("2026-09-21T02:00:00.5+02:00"), Ok(1_789_948_800_500));
        assert!(moment("30d").is_err() && moment("2026-09-21T00:00").is_err());
    }

    #[test]
    fn what_is_over_is_no_expiry() {
        for text in ["0d", "0h", "2020-01-01", "2020-01-01T00:00:00Z"] {
            assert!(parse(text).is_err_and(|why| why.contains("not in the future")), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "d",
            "-1d",
            "1.5h",
            "30",
            "30 d",
            "99999999999999999999d",
            "4294967295d",
            "2026-13-01",
            "2026-12-31T12:00:00",
            "tomorrow",
        ] {
            assert!(told(text).is_err(), "{text}");
        }
    }
}
