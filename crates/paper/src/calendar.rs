//! Calendar: when an instrument trades, by arithmetic alone (weekdays, hours, daylight saving).
//!
//! Exchange holidays and early closes are left out: on such a day this broker trades as on any other.

use serde::{Deserialize, Serialize};

use crate::instrument::Instrument;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// The last millisecond of the year 9999: later times are read as this one, so nothing overflows.
const LAST: i64 = 253_402_300_799_999;

/// Whether the broker keeps the hours of the exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    AroundTheClock,
    Exchange,
}

/// Whether an instrument trades now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    Regular,
    Closed,
}

/// A weekly timetable and the zone it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calendar {
    NewYork,
    Frankfurt,
    Amsterdam,
    London,
    /// From Sunday 17:00 to Friday 17:00 in New York, each trading day ending at 17:00.
    Forex,
}

impl Calendar {
    pub const fn time_zone(self) -> &'static str {
        match self {
            Calendar::NewYork | Calendar::Forex => "America/New_York",
            Calendar::Frankfurt => "Europe/Berlin",
            Calendar::Amsterdam => "Europe/Amsterdam",
            Calendar::London => "Europe/London",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Calendar::NewYork => "Monday to Friday 09:30-16:00",
            Calendar::Frankfurt | Calendar::Amsterdam => "Monday to Friday 09:00-17:30",
            Calendar::London => "Monday to Friday 08:00-16:30",
            Calendar::Forex => "Sunday 17:00 to Friday 17:00",
        }
    }

    /// Minutes of the local day at which it opens and closes.
    const fn minutes(self) -> (i64, i64) {
        match self {
            Calendar::NewYork => (9 * 60 + 30, 16 * 60),
            Calendar::Frankfurt | Calendar::Amsterdam => (9 * 60, 17 * 60 + 30),
            Calendar::London => (8 * 60, 16 * 60 + 30),
            Calendar::Forex => (17 * 60, 17 * 60),
        }
    }

    /// Standard offset from UTC in minutes.
    const fn standard(self) -> i64 {
        match self {
            Calendar::NewYork | Calendar::Forex => -300,
            Calendar::Frankfurt | Calendar::Amsterdam => 60,
            Calendar::London => 0,
        }
    }

    /// Offset from UTC in minutes at a moment, daylight saving included.
    fn offset(self, utc: i64) -> i64 {
        let (year, _, _) = date(utc.div_euclid(DAY));
        let (from, until) = match self {
            // Second Sunday of March 02:00 standard, first Sunday of November 02:00 daylight.
            Calendar::NewYork | Calendar::Forex => {
                (sunday_from(year, 3, 8) * DAY + 420 * MINUTE, sunday_from(year, 11, 1) * DAY + 360 * MINUTE)
            }
            // Last Sundays of March and October, 01:00 UTC; both months have 31 days.
            Calendar::Frankfurt | Calendar::Amsterdam | Calendar::London => {
                (sunday_from(year, 3, 25) * DAY + 60 * MINUTE, sunday_from(year, 10, 25) * DAY + 60 * MINUTE)
            }
        };
        let daylight = if (from..until).contains(&utc) { 60 } else { 0 };
        self.standard() + daylight
    }

    /// When its regular hours of a day end.
    pub(crate) fn closes(self, day: i64) -> i64 {
        self.to_utc(day, self.minutes().1)
    }

    /// A local day and minute as UTC; opening hours are never near a change of the clocks.
    fn to_utc(self, day: i64, minute: i64) -> i64 {
        let local = day * DAY + minute * MINUTE;
        local - self.offset(local - self.standard() * MINUTE) * MINUTE
    }
}

/// Whether an instrument trades at a moment.
pub fn session(instrument: &Instrument, now_ms: i64, hours: Hours) -> Session {
    if hours == Hours::AroundTheClock {
        return Session::Regular;
    }
    let calendar = instrument.calendar;
    let utc = now_ms.clamp(0, LAST);
    let local = utc + calendar.offset(utc) * MINUTE;
    let minute = local.rem_euclid(DAY) / MINUTE;
    let (opens, closes) = calendar.minutes();
    let open = match (calendar, weekday(local.div_euclid(DAY))) {
        (Calendar::Forex, 0) => minute >= opens,
        (Calendar::Forex, 5) => minute < closes,
        (Calendar::Forex, weekday) => weekday != 6,
        (_, 0 | 6) => false,
        _ => (opens..closes).contains(&minute),
    };
    if open { Session::Regular } else { Session::Closed }
}

/// When the trading day that holds this moment ends, or, outside hours, the next one.
/// Around the clock a trading day is the UTC day.
pub fn day_end(instrument: &Instrument, at_ms: i64, hours: Hours) -> i64 {
    let utc = at_ms.clamp(0, LAST);
    let today = utc.div_euclid(DAY);
    if hours == Hours::AroundTheClock {
        return (today + 1) * DAY;
    }
    let (_, closes) = instrument.calendar.minutes();
    // Local and UTC dates differ by one day at most, and a weekend takes two.
    (today - 1..today + 6)
        .filter(|day| !matches!(weekday(*day), 0 | 6))
        .map(|day| instrument.calendar.to_utc(day, closes))
        .find(|end| *end > utc)
        .unwrap_or((today + 1) * DAY)
}

/// The hours of five days from now, in the notation of TWS contract details.
pub fn trading_hours(instrument: &Instrument, now_ms: i64, hours: Hours) -> String {
    let calendar = instrument.calendar;
    let utc = now_ms.clamp(0, LAST);
    let today = (utc + calendar.offset(utc) * MINUTE).div_euclid(DAY);
    let (opens, closes) = calendar.minutes();
    let clock = |minute: i64| format!("{:02}{:02}", minute / 60, minute % 60);
    let span = |day: i64| {
        let name = day_name(day);
        match (hours, calendar, weekday(day)) {
            (Hours::AroundTheClock, _, _) => format!("{name}:0000-{name}:2359"),
            (Hours::Exchange, _, 0 | 6) => format!("{name}:CLOSED"),
            (Hours::Exchange, Calendar::Forex, _) => {
                let eve = day_name(day - 1);
                format!("{eve}:{}-{name}:{}", clock(opens), clock(closes))
            }
            (Hours::Exchange, _, _) => {
                format!("{name}:{}-{name}:{}", clock(opens), clock(closes))
            }
        }
    };
    (today..today + 5).map(span).collect::<Vec<_>>().join(";")
}

fn day_name(day: i64) -> String {
    let (year, month, of_month) = date(day);
    format!("{year:04}{month:02}{of_month:02}")
}

/// Day of the week of a day counted from 1970-01-01; Sunday is 0.
fn weekday(day: i64) -> i64 {
    (day + 4).rem_euclid(7)
}

/// The day on which contracts of a month expire.
pub(crate) fn third_friday(year: i64, month: i64) -> i64 {
    let earliest = day_of(year, month, 15);
    earliest + (5 - weekday(earliest)).rem_euclid(7)
}

/// The first Sunday on or after a date.
fn sunday_from(year: i64, month: i64, of_month: i64) -> i64 {
    let day = day_of(year, month, of_month);
    day + (7 - weekday(day)).rem_euclid(7)
}

/// Days from 1970-01-01 of a date of the Gregorian calendar (the year is taken to begin in March,
/// which puts the leap day last).
pub(crate) fn day_of(year: i64, month: i64, of_month: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + of_month - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day counted from 1970-01-01: year, month, day.
pub(crate) fn date(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, of_month)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::instrument::find;

    fn at(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> i64 {
        day_of(year, month, day) * DAY + (hour * 60 + minute) * MINUTE
    }

    fn is_open(symbol: &str, now: i64) -> bool {
        session(find(symbol, "", "", "")[0], now, Hours::Exchange) == Session::Regular
    }

    #[test]
    fn dates_and_days_agree_both_ways() {
        for day in [-1, 0, 58, 59, 60, 11_016, 20_779, 2_932_896] {
            let (year, month, of_month) = date(day);
            assert_eq!(day_of(year, month, of_month), day);
        }
        assert_eq!(date(20_779), (2026, 11, 22));
        assert_eq!(weekday(20_779), 0);
    }

    #[test]
    fn new_york_opens_an_hour_earlier_in_utc_in_summer() {
        assert!(!is_open("AAPL", at(2026, 1, 14, 14, 29)));
        assert!(is_open("AAPL", at(2026, 1, 14, 14, 30)));
        assert!(is_open("AAPL", at(2026, 7, 15, 13, 30)));
        assert!(!is_open("AAPL", at(2026, 7, 15, 13, 29)));
        assert!(!is_open("AAPL", at(2026, 7, 15, 20, 0)));
    }

    #[test]
    fn america_and_europe_change_their_clocks_on_different_sundays() {
        // 2026: America changes on 8 March, Europe on 29 March.
        assert!(is_open("AAPL", at(2026, 3, 9, 13, 30)));
        assert!(!is_open("SAP", at(2026, 3, 27, 7, 30)));
        assert!(is_open("SAP", at(2026, 3, 30, 7, 30)));
        assert!(is_open("VOD", at(2026, 3, 30, 7, 0)));
        // America changes back on 1 November, Europe on 25 October.
        assert!(is_open("AAPL", at(2026, 10, 30, 13, 30)));
        assert!(!is_open("AAPL", at(2026, 11, 2, 14, 29)));
        assert!(!is_open("SAP", at(2026, 10, 26, 7, 30)));
    }

    #[test]
    fn currencies_trade_from_sunday_to_friday_evening_in_new_york() {
        assert!(!is_open("EUR.USD", at(2026, 11, 22, 21, 59)));
        assert!(is_open("EUR.USD", at(2026, 11, 22, 22, 0)));
        assert!(is_open("EUR.USD", at(2026, 11, 25, 3, 0)));
        assert!(!is_open("EUR.USD", at(2026, 11, 27, 22, 0)));
    }

    #[test]
    fn around_the_clock_nothing_is_closed() {
        let sunday = at(2026, 11, 22, 3, 0);
        let apple = find("AAPL", "", "", "")[0];
        assert_eq!(session(apple, sunday, Hours::AroundTheClock), Session::Regular);
        assert_eq!(day_end(apple, sunday, Hours::AroundTheClock), at(2026, 11, 23, 0, 0));
    }

    #[test]
    fn a_trading_day_ends_at_the_next_close() {
        let apple = find("AAPL", "", "", "")[0];
        let end = |now| day_end(apple, now, Hours::Exchange);
        assert_eq!(end(at(2026, 11, 20, 20, 59)), at(2026, 11, 20, 21, 0));
        // Friday's close belongs to the next trading day, which is Monday.
        assert_eq!(end(at(2026, 11, 20, 21, 0)), at(2026, 11, 23, 21, 0));
        let euro = find("EUR.USD", "", "", "")[0];
        assert_eq!(day_end(euro, at(2026, 11, 22, 22, 30), Hours::Exchange), at(2026, 11, 23, 22, 0));
    }

    #[test]
    fn trading_hours_are_written_as_tws_does() {
        let apple = find("AAPL", "", "", "")[0];
        let text = trading_hours(apple, at(2026, 11, 22, 12, 0), Hours::Exchange);
        assert!(text.starts_with("20261122:CLOSED;20261123:0930-20261123:1600;"), "{text}");
    }

    #[test]
    fn absurd_times_are_answered_too() {
        for each in crate::instrument::all() {
            for now in [i64::MIN, -1, 0, i64::MAX] {
                let _ = session(each, now, Hours::Exchange);
                assert!(day_end(each, now, Hours::Exchange) > 0);
                assert!(!trading_hours(each, now, Hours::Exchange).is_empty());
            }
        }
    }
}
