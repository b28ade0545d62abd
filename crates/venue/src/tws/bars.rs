//! Bars: questions for past prices that wait for upstream, each answered once, and its answers read strictly. No IO.

use super::wire;
use crate::history::{Bar, BarsQuery, MOST_BARS, NoBars, Show};
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use tokio::sync::oneshot;
use tws::history::{Bar as Told, HistoryQuery};
use tws::{Request, Response};

type Answer = Result<Vec<Bar>, NoBars>;

#[derive(Debug)]
struct Waiting {
    show: Show,
    done: oneshot::Sender<Answer>,
}

#[derive(Debug, Default)]
pub(super) struct Asked(BTreeMap<i32, Waiting>);

/// In our own words, whatever the program's were. `None` for an end that no calendar has.
pub(super) fn question(request_id: i32, contract: tws::Contract, asked: &BarsQuery, now: Timestamp) -> Option<Request> {
    let end = if asked.end < now {
        let at = jiff::Timestamp::from_millisecond(asked.end.0).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
        at.strftime("%Y%m%d %H:%M:%S UTC").to_string()
    } else {
        // Upstream's own now: its clock need not be ours.
        String::new()
    };
    Some(Request::ReqHistoricalData(Box::new(HistoryQuery {
        request_id,
        contract,
        end,
        bar_size: asked.size.text.to_owned(),
        duration: asked.span.text.clone(),
        regular_hours: asked.regular_hours,
        show: asked.show.as_str().to_owned(),
        // Seconds since 1970: as text a time is in a zone that upstream was once set to.
        format: 2,
        keep_up_to_date: false,
    })))
}

impl Asked {
    pub(super) fn ask(&mut self, request_id: i32, show: Show) -> oneshot::Receiver<Answer> {
        let (done, answer) = oneshot::channel();
        self.0.insert(request_id, Waiting { show, done });
        answer
    }

    /// True when upstream has not answered it.
    pub(super) fn give_up(&mut self, request_id: i32) -> bool {
        self.0.remove(&request_id).is_some()
    }

    /// Nobody answers any more.
    pub(super) fn lost(&mut self) {
        for waiting in std::mem::take(&mut self.0).into_values() {
            drop(waiting.done.send(Err(NoBars::Lost)));
        }
    }

    pub(super) fn heard(&mut self, response: &Response) {
        let (request_id, told) = match response {
            Response::HistoricalData { request_id, bars, .. } => (request_id, Ok(bars)),
            Response::Error { request_id, code, text, .. } if !wire::remarks(*code) => (request_id, Err(text)),
            _ => return,
        };
        let Some(waiting) = self.0.remove(request_id) else { return };
        let answer = told.map_err(|text| NoBars::Told(wire::short(text))).and_then(|bars| read(bars, waiting.show));
        // Whoever asked may have gone.
        drop(waiting.done.send(answer));
    }
}

/// All of them or none: oldest first, no two of one time.
fn read(told: &[Told], show: Show) -> Answer {
    if told.len() > MOST_BARS {
        return Err(NoBars::TooMany);
    }
    let bars: Option<Vec<Bar>> = told.iter().map(|bar| read_one(bar, show)).collect();
    let bars = bars.ok_or(NoBars::Unreadable)?;
    if bars.is_sorted_by(|one, next| one.at < next.at) { Ok(bars) } else { Err(NoBars::Unreadable) }
}

fn read_one(told: &Told, show: Show) -> Option<Bar> {
    let trades = show == Show::Trades;
    Some(Bar {
        at: date(&told.date)?,
        open: told.open,
        high: told.high,
        low: told.low,
        close: told.close,
        volume: Some(told.volume).filter(|volume| trades && *volume >= Decimal::ZERO),
        average: told.average,
        count: Some(told.count).filter(|count| trades && *count >= 0),
    })
}

/// A day, or seconds since 1970. Days are told as such whatever was asked for.
fn date(text: &str) -> Option<Timestamp> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        8 if plain => {
            let day = jiff::civil::Date::strptime("%Y%m%d", text).ok()?;
            let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            Some(Timestamp(midnight.timestamp().as_millisecond()))
        }
        9..=11 if plain => text.parse::<i64>().ok()?.checked_mul(1_000).map(Timestamp),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(date: &str) -> Told {
        Told { date: date.to_owned(), volume: Decimal::NEGATIVE_ONE, count: -1, ..Told::default() }
    }

    #[test]
    fn a_bar_begins_on_a_day_or_at_a_second_and_at_nothing_else() {
        assert_eq!(date("20261123"), Some(Timestamp(1_795_392_000_000)));
        assert_eq!(date("1795392000"), Some(Timestamp(1_795_392_000_000)));
        for wrong in [
            "",
            "20261332",
            "2026112",
            "20261123 10:00:00",
            "-179539200",
            "179539200000000",
            "1795392O00",
            "+795392000",
        ] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bars_out_of_order_twice_or_too_many_are_none() {
        let read = |dates: &[&str]| read(&dates.iter().map(|one| told(one)).collect::<Vec<_>>(), Show::Bid);
        assert_eq!(read(&["20261121", "20261122"]).map(|bars| bars.len()), Ok(2));
        assert_eq!(read(&[]), Ok(Vec::new()));
        for wrong in [&["20261122", "20261121"][..], &["20261121", "20261121"], &["20261121", "yesterday"]] {
            assert_eq!(read(wrong), Err(NoBars::Unreadable), "{wrong:?}");
        }
        let mut many: Vec<String> = (0..=MOST_BARS).map(|n| (1_795_392_000 + n).to_string()).collect();
        let read = |many: &[String]| read(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(read(&many), Err(NoBars::TooMany));
        many.pop();
        assert_eq!(read(&many).map(|bars| bars.len()), Ok(MOST_BARS));
    }

    #[test]
    fn volume_and_count_are_those_of_trades_where_there_are_any() {
        let full = Told { volume: Decimal::TEN, count: 3, ..told("20261121") };
        let seen = |told: &Told, show| read_one(told, show).map(|bar| (bar.volume, bar.count)).unwrap();
        assert_eq!(seen(&full, Show::Trades), (Some(Decimal::TEN), Some(3)));
        assert_eq!(seen(&full, Show::Midpoint), (None, None));
        assert_eq!(seen(&told("20261121"), Show::Trades), (None, None));
    }
}
