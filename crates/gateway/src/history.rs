//! History: a question for bars, understood strictly, asked of the venue, and told as its program wants it.

use crate::refuse::{NO_CONTRACT, VALIDATION, error};
use crate::tell::utc;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use tws::Response;
use tws::history::{Bar as Told, HistoryQuery};
use venue::Venue;
use venue::history::{Bar, BarsQuery, NoBars, Show, Size, Span, end};

/// The historical data service says no.
const NO_HISTORY: i32 = 162;
/// As a TWS says of a price that is no trade: there was no volume to count.
const NONE: i32 = -1;

/// What is understood of a question, or what is wrong with it, by name.
fn understood(query: &HistoryQuery, contract_id: i64, now: Timestamp) -> Result<BarsQuery, String> {
    let wrong = |what: &str, text: &str| format!("{what} {:?} is not built", text.chars().take(40).collect::<String>());
    if query.keep_up_to_date {
        return Err("keepUpToDate is not built".to_owned());
    }
    if !(1..=2).contains(&query.format) {
        return Err(format!("formatDate {} is not 1 or 2", query.format));
    }
    Ok(BarsQuery {
        contract_id,
        end: end(&query.end, now).ok_or_else(|| wrong("endDateTime", &query.end))?.min(now),
        span: Span::parse(&query.duration).ok_or_else(|| wrong("durationStr", &query.duration))?,
        size: Size::parse(&query.bar_size).ok_or_else(|| wrong("barSizeSetting", &query.bar_size))?,
        show: Show::parse(&query.show).ok_or_else(|| wrong("whatToShow", &query.show))?,
        regular_hours: query.regular_hours,
    })
}

/// `found`: the one contract that is meant.
pub(crate) async fn answer(
    venue: &dyn Venue,
    query: &HistoryQuery,
    found: Option<i64>,
    now: Timestamp,
) -> Vec<Response> {
    let request_id = query.request_id;
    let Some(contract_id) = found else {
        return vec![error(request_id, NO_CONTRACT, "No security definition has been found for the request")];
    };
    let asked = match understood(query, contract_id, now) {
        Ok(asked) => asked,
        Err(why) => return vec![error(request_id, VALIDATION, format!("Error validating request: {why}"))],
    };
    let text = query.format == 1;
    let daily = asked.size.is_daily();
    let date = |at: Timestamp| match (daily, text) {
        (true, _) => utc(at).chars().take_while(char::is_ascii_digit).collect(),
        (false, true) => utc(at),
        (false, false) => at.0.div_euclid(1_000).to_string(),
    };
    let (start, end) = (utc(Timestamp(asked.end.0.saturating_sub(asked.span.ms))), utc(asked.end));
    // In text they have no zone, two spaces, and are in the one that the connection was greeted with: UTC.
    let plain = |text: &str| text.trim_end_matches(" UTC").replace(' ', "  ");
    match venue.bars(asked, now).await {
        Ok(bars) => {
            let bars = bars.into_iter().map(|bar| told(date(bar.at), bar)).collect();
            vec![
                Response::HistoricalData { request_id, start: plain(&start), end: plain(&end), bars },
                Response::HistoricalDataEnd { request_id, start, end },
            ]
        }
        Err(NoBars::Told(why)) => vec![error(request_id, NO_HISTORY, why)],
        Err(why) => {
            vec![error(request_id, NO_HISTORY, format!("Historical Market Data Service error message:{why}"))]
        }
    }
}

fn told(date: String, bar: Bar) -> Told {
    let Bar { open, high, low, close, volume, average, count, .. } = bar;
    let none = || Decimal::from(NONE);
    let count = count.unwrap_or(if volume.is_some() { 0 } else { NONE });
    let average = if volume.is_some() { average } else { none() };
    Told { date, open, high, low, close, volume: volume.unwrap_or_else(none), average, count }
}
