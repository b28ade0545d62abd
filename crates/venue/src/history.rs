//! History: a question for bars of past prices, in the words of the protocol, read strictly.

use kernel::time::Timestamp;
use rust_decimal::Decimal;

/// So many bars are told at most; whoever wants more asks for a shorter time, or longer bars.
pub const MOST_BARS: usize = 5_000;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Every size that there is, and how long it is.
const SIZES: [(&str, i64); 21] = [
    ("1 secs", SECOND),
    ("5 secs", 5 * SECOND),
    ("10 secs", 10 * SECOND),
    ("15 secs", 15 * SECOND),
    ("30 secs", 30 * SECOND),
    ("1 min", MINUTE),
    ("2 mins", 2 * MINUTE),
    ("3 mins", 3 * MINUTE),
    ("5 mins", 5 * MINUTE),
    ("10 mins", 10 * MINUTE),
    ("15 mins", 15 * MINUTE),
    ("20 mins", 20 * MINUTE),
    ("30 mins", 30 * MINUTE),
    ("1 hour", HOUR),
    ("2 hours", 2 * HOUR),
    ("3 hours", 3 * HOUR),
    ("4 hours", 4 * HOUR),
    ("8 hours", 8 * HOUR),
    ("1 day", DAY),
    ("1 week", 7 * DAY),
    ("1 month", 30 * DAY),
];

/// The length of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub text: &'static str,
    pub ms: i64,
}

impl Size {
    pub fn parse(text: &str) -> Option<Self> {
        SIZES.into_iter().find(|(known, _)| *known == text).map(|(text, ms)| Self { text, ms })
    }

    /// Its bars are told by their day.
    pub const fn is_daily(self) -> bool {
        self.ms >= DAY
    }
}

/// How far back: `3600 S`, `2 D`, `1 W`, `6 M`, `1 Y`. A month counts as 30 days here and a year as 365.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub ms: i64,
}

impl Span {
    pub fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.split_once(' ')?;
        let plain = !count.is_empty() && count.len() <= 6 && count.bytes().all(|byte| byte.is_ascii_digit());
        let count: i64 = count.parse().ok().filter(|count| plain && *count > 0)?;
        let unit = match unit {
            "S" => SECOND,
            "D" => DAY,
            "W" => 7 * DAY,
            "M" => 30 * DAY,
            "Y" => 365 * DAY,
            _ => return None,
        };
        let ms = count.checked_mul(unit).filter(|ms| *ms <= 50 * 365 * DAY)?;
        Some(Self { text: text.to_owned(), ms })
    }
}

/// Which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    Trades,
    Midpoint,
    Bid,
    Ask,
}

impl Show {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "TRADES" => Self::Trades,
            "MIDPOINT" => Self::Midpoint,
            "BID" => Self::Bid,
            "ASK" => Self::Ask,
            _ => return None,
        })
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trades => "TRADES",
            Self::Midpoint => "MIDPOINT",
            Self::Bid => "BID",
            Self::Ask => "ASK",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarsQuery {
    pub contract_id: i64,
    pub end: Timestamp,
    pub span: Span,
    pub size: Size,
    pub show: Show,
    pub regular_hours: bool,
}

impl BarsQuery {
    /// Seen before anything is asked for or laid out: a year of seconds is not.
    pub fn too_many(&self) -> bool {
        self.span.ms / self.size.ms.max(1) > i64::try_from(MOST_BARS).unwrap_or(i64::MAX)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    pub at: Timestamp,
    pub open: Decimal,
    pub high: Decimal,
    pub low: Decimal,
    pub close: Decimal,
    /// Of trades only.
    pub volume: Option<Decimal>,
    pub average: Decimal,
    /// How many trades, where the venue counts them.
    pub count: Option<i32>,
}

/// Why there are no bars.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBars {
    #[error("bars of this venue are not built")]
    NotBuilt,
    #[error("more than {MOST_BARS} bars: ask for a shorter duration, or for longer bars")]
    TooMany,
    #[error("the connection to the venue is lost")]
    Lost,
    #[error("the venue did not answer in time")]
    Silent,
    #[error("what the venue told cannot be read as bars")]
    Unreadable,
    #[error("{0}")]
    Told(String),
}

/// When a question's time ends, from the words for it; without a zone it is UTC. Empty: now.
pub fn end(text: &str, now: Timestamp) -> Option<Timestamp> {
    if text.is_empty() {
        return Some(now);
    }
    let (clock, zone) = match text.split_once(' ').map(|(day, rest)| (day, rest.trim_start())) {
        None => (text.replace('-', " "), "UTC"),
        Some((day, rest)) => {
            let (time, zone) = rest.split_once(' ').unwrap_or((rest, "UTC"));
            (format!("{day} {time}"), zone)
        }
    };
    let zone = jiff::tz::TimeZone::get(zone).ok()?;
    let at = jiff::civil::DateTime::strptime("%Y%m%d %H:%M:%S", &clock).ok()?;
    let at = at.to_zoned(zone).ok()?.timestamp().as_millisecond();
    Some(Timestamp(at))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    #[test]
    fn ends_are_read_in_each_of_their_spellings_and_in_no_other() {
        let at = Some(Timestamp(1_795_446_000_000));
        for text in [
            "20261123 15:00:00",
            "20261123 15:00:00 UTC",
            "20261123-15:00:00",
            "20261123  15:00:00",
            "20261123 10:00:00 America/New_York",
        ] {
            assert_eq!(end(text, NOW), at, "{text}");
        }
        assert_eq!(end("", NOW), Some(NOW));
        for text in [
            "yesterday",
            "20261123",
            "20261332 15:00:00",
            "20261123 25:00:00",
            "20261123 15:00:00 Nowhere",
            "2026-11-23 15:00:00",
            " ",
        ] {
            assert_eq!(end(text, NOW), None, "{text}");
        }
    }

    #[test]
    fn spans_and_sizes_are_those_of_the_protocol() {
        assert_eq!(Span::parse("2 D").unwrap().ms, 2 * DAY);
        for wrong in ["", "D", "2D", "0 D", "-1 D", "+1 D", "2 H", "2  D", "9999999 S", "99999 Y", "1 d"] {
            assert_eq!(Span::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Size::parse("5 mins").map(|size| (size.ms, size.is_daily())), Some((300_000, false)));
        assert_eq!(Size::parse("1 day").map(Size::is_daily), Some(true));
        for wrong in ["5 min", "7 mins", "", "1 hours"] {
            assert_eq!(Size::parse(wrong), None, "{wrong}");
        }
        for show in [Show::Trades, Show::Midpoint, Show::Bid, Show::Ask] {
            assert_eq!(Show::parse(show.as_str()), Some(show));
        }
        assert_eq!(Show::parse("ADJUSTED_LAST"), None);
    }
}
