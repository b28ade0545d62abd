//! Historical bars: what a client asks for, and what it is told. In protobuf the bars and their end are two messages.
use crate::contract::Contract;
use crate::request_layout::INCLUDE_EXPIRED;
use crate::slot::blank;
use crate::version::ServerVersion;
use crate::wire::{Step, Wire};
use rust_decimal::Decimal;

/// A question for bars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    pub request_id: i32,
    pub contract: Contract,
    /// `yyyymmdd hh:mm:ss` and perhaps a time zone, `yyyymmdd-hh:mm:ss` in UTC, or empty: now.
    pub end: String,
    /// `5 mins`, `1 day`.
    pub bar_size: String,
    /// `3600 S`, `2 D`.
    pub duration: String,
    pub regular_hours: bool,
    /// `TRADES`, `MIDPOINT`, `BID`, `ASK`; there are more.
    pub show: String,
    /// 1: times as text, 2: as seconds since 1970.
    pub format: i32,
    pub keep_up_to_date: bool,
}

/// The prices of one span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// When it began, as it was asked for.
    pub date: String,
    pub open: Decimal,
    pub high: Decimal,
    pub low: Decimal,
    pub close: Decimal,
    pub volume: Decimal,
    /// Weighted by volume.
    pub average: Decimal,
    pub count: i32,
}

impl HistoryQuery {
    pub(crate) fn layout(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.integer("reqId", &mut self.request_id)?;
        self.contract.request(wire)?;
        wire.slot(&INCLUDE_EXPIRED)?;
        wire.text("endDateTime", &mut self.end)?;
        wire.text("barSizeSetting", &mut self.bar_size)?;
        wire.text("duration", &mut self.duration)?;
        wire.flag("useRTH", &mut self.regular_hours)?;
        wire.text("whatToShow", &mut self.show)?;
        wire.integer("formatDate", &mut self.format)?;
        if self.contract.sec_type == "BAG" {
            wire.skip_list("comboLegs", 4)?;
        }
        wire.flag("keepUpToDate", &mut self.keep_up_to_date)?;
        wire.slot(&blank("chartOptions")).map(|_| ())
    }
}

/// The bars; in text their end is told with them.
pub(crate) fn bars(
    wire: &mut Wire<'_>,
    version: ServerVersion,
    request_id: &mut i32,
    (start, end): (&mut String, &mut String),
    bars: &mut Vec<Bar>,
) -> Step {
    wire.integer("reqId", request_id)?;
    if !version.is_protobuf() {
        wire.text("startDateStr", start)?;
        wire.text("endDateStr", end)?;
    }
    wire.each("historicalDataBars", bars, 8, |wire, bar| {
        wire.text("date", &mut bar.date)?;
        wire.decimal("open", &mut bar.open)?;
        wire.decimal("high", &mut bar.high)?;
        wire.decimal("low", &mut bar.low)?;
        wire.decimal("close", &mut bar.close)?;
        wire.decimal("volume", &mut bar.volume)?;
        wire.decimal("WAP", &mut bar.average)?;
        wire.integer_or_zero("barCount", &mut bar.count)
    })
}
