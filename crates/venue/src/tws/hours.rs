//! Hours: whether a market is open now, read from the text that contract details carry.

use jiff::tz::TimeZone;
use kernel::given::Session;
use kernel::time::Timestamp;

/// `None` where the text cannot be read or says nothing of today: then nobody may claim that it is open.
pub(super) fn session(text: &str, zone: &str, now: Timestamp) -> Option<Session> {
    // Some servers write a description behind the name.
    let zone = TimeZone::get(zone.split_whitespace().next()?).ok()?;
    let now = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone);
    let (today, now) = (now.strftime("%Y%m%d").to_string(), now.strftime("%Y%m%d%H%M").to_string());
    let mut told = false;
    for span in text.split([';', ',']).map(str::trim).filter(|span| !span.is_empty()) {
        if let Some(day) = span.strip_suffix(":CLOSED") {
            told |= day == today;
            continue;
        }
        let (from, until) = span.split_once('-')?;
        let (from, until) = (moment(from)?, moment(until)?);
        // The last minute of a day is how an end at midnight is written.
        let last_minute = until.ends_with("2359") && now == until;
        if from <= now && (now < until || last_minute) {
            return Some(Session::Regular);
        }
        told |= from.starts_with(&today) || until.starts_with(&today);
    }
    told.then_some(Session::Closed)
}

/// `yyyymmdd:hhmm` without its colon: such texts sort as the moments do.
fn moment(text: &str) -> Option<String> {
    let (day, clock) = text.split_once(':')?;
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(day, 8) && digits(clock, 4)).then(|| format!("{day}{clock}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NEW_YORK: &str = "20261123:0930-20261123:1600;20261124:0930-20261124:1600;20261128:CLOSED";

    fn at(text: &str) -> Timestamp {
        crate::tws::wire::time(text).unwrap()
    }

    #[test]
    fn a_market_is_open_from_its_first_minute_to_before_its_last() {
        for (clock, session_) in [
            ("09:29:59", Session::Closed),
            ("09:30:00", Session::Regular),
            ("15:59:59", Session::Regular),
            ("16:00:00", Session::Closed),
        ] {
            let now = at(&format!("20261123 {clock} America/New_York"));
            assert_eq!(session(NEW_YORK, "America/New_York", now), Some(session_), "{clock}");
        }
    }

    #[test]
    fn a_closed_day_is_told_and_an_untold_day_is_not_guessed() {
        assert_eq!(session(NEW_YORK, "US/Eastern", at("20261128 12:00:00 UTC")), Some(Session::Closed));
        assert_eq!(session(NEW_YORK, "US/Eastern", at("20261130 12:00:00 UTC")), None);
    }

    #[test]
    fn a_day_that_ends_at_midnight_has_a_last_minute() {
        let text = "20261122:0000-20261122:2359";
        assert_eq!(session(text, "UTC", at("20261122 23:59:30 UTC")), Some(Session::Regular));
    }

    #[test]
    fn what_cannot_be_read_is_no_session() {
        let now = at("20261123 15:00:00 UTC");
        for text in ["", "20261123:0930", "20261123:0930-1600", "always", "2026112:0930-20261123:1600"] {
            assert_eq!(session(text, "UTC", now), None, "{text}");
        }
        assert_eq!(session(NEW_YORK, "Mars/Olympus", now), None);
    }
}
