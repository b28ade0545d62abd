//! Plan: which day brings what, in New York's time, with the change of the clocks on 1 November 2026.

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan};
use kernel::time::Timestamp;

/// Trading days are counted from 0.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub first: Date,
    pub days: usize,
    /// So many days of watching, before any limit is set.
    pub observed: usize,
    /// The second bot makes a mistake.
    pub wild: usize,
    /// Its credential has expired in the night before.
    pub expired: usize,
    /// The owner pulls the kill switch, and releases it an hour later.
    pub killed: usize,
    /// TWS ends in the middle of the session, and is started again.
    pub interrupted: usize,
}

impl Plan {
    pub fn month() -> Self {
        let first = date(2026, 10, 5);
        Self { first, days: 21, observed: 5, wild: 8, expired: 12, killed: 14, interrupted: 17 }
    }

    /// A Thursday, a Friday, and a Monday after the weekly sign-in.
    pub fn short() -> Self {
        let first = date(2026, 10, 8);
        Self { first, days: 3, observed: 1, wild: 1, expired: 2, killed: 2, interrupted: 2 }
    }

    pub fn trading_days(&self) -> Vec<Date> {
        let every = (0_i64..).map(|days| self.first.checked_add(Span::new().days(days)).unwrap());
        every.filter(|day| !is_weekend(*day)).take(self.days).collect()
    }
}

pub fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

pub fn tomorrow(day: Date) -> Date {
    day.checked_add(1.day()).unwrap()
}

/// A moment of a day in New York.
pub fn at(day: Date, hour: i8, minute: i8) -> Timestamp {
    let zoned = day.at(hour, minute, 0, 0).in_tz("America/New_York").unwrap();
    Timestamp(zoned.timestamp().as_millisecond())
}
