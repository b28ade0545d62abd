//! Tape: a file of prices, read strictly: what is not a price at a time is refused by its line.
//!
//! `time,symbol,bid,ask,last`, and a line for each price. A line says bid and ask, or last, or all three; a last alone
//! is what can be bought and sold at.

use core::fmt;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::calendar::day_of;
use crate::instrument::{Instrument, all};

/// The first line.
pub const HEADER: &str = "time,symbol,bid,ask,last";
/// Prices in one file; they are kept in memory.
pub const MOST_ROWS: usize = 500_000;
const HIGHEST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
/// Characters of a figure.
const LONGEST_FIGURE: usize = 20;
const DAY_MS: i64 = 86_400_000;

/// Where a file is no tape, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Counted from 1.
    pub line: usize,
    pub why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for Wrong {}

/// The prices of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub at: i64,
    pub bid: Decimal,
    pub ask: Decimal,
    pub last: Decimal,
}

/// A file as it was read: at least one row, and of each instrument later rows after earlier ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tape {
    /// By contract id.
    pub(crate) rows: BTreeMap<u32, Vec<Row>>,
    pub(crate) first_ms: i64,
    pub(crate) last_ms: i64,
}

impl Tape {
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        // A last line that is ended is not followed by an empty one.
        let mut lines = (1..).zip(text.strip_suffix('\n').unwrap_or(text).split('\n'));
        let header = lines.next().map_or("", |(_, line)| line);
        if header.strip_suffix('\r').unwrap_or(header) != HEADER {
            return Err(Wrong { line: 1, why: format!("the first line is not {HEADER}") });
        }
        let mut rows: BTreeMap<u32, Vec<Row>> = BTreeMap::new();
        let (mut first, mut last) = (None, i64::MIN);
        for (line, text) in lines {
            if line > MOST_ROWS.saturating_add(1) {
                return Err(Wrong { line, why: format!("there are more than {MOST_ROWS} prices") });
            }
            let wrong = |why| Wrong { line, why };
            let (at, instrument, prices) = read(text.strip_suffix('\r').unwrap_or(text)).map_err(wrong)?;
            if at < last {
                return Err(wrong("it is earlier than the line before it".to_owned()));
            }
            let own = rows.entry(instrument.con_id).or_default();
            let before = own.last();
            if before.is_some_and(|before| before.at == at) {
                return Err(wrong(format!("{} has a price at this time already", instrument.local_symbol)));
            }
            own.push(prices.row(at, before));
            first.get_or_insert(at);
            last = at;
        }
        match first {
            Some(first_ms) => Ok(Tape { rows, first_ms, last_ms: last }),
            None => Err(Wrong { line: 1, why: "no price follows".to_owned() }),
        }
    }

    /// How many prices it has, of how many instruments, and how long it lasts.
    pub fn extent(&self) -> (usize, usize, i64) {
        (self.rows.values().map(Vec::len).sum(), self.rows.len(), self.last_ms.saturating_sub(self.first_ms))
    }
}

/// What a line says, which may leave out one or the other.
enum Prices {
    Both(Decimal, Decimal, Option<Decimal>),
    Last(Decimal),
}

impl Prices {
    /// A last that is not said is the one before, as far as it lies between bid and ask; at first the bid.
    fn row(self, at: i64, before: Option<&Row>) -> Row {
        match self {
            Prices::Last(last) => Row { at, bid: last, ask: last, last },
            Prices::Both(bid, ask, said) => {
                let kept = before.map_or(bid, |before| before.last.clamp(bid, ask));
                Row { at, bid, ask, last: said.unwrap_or(kept) }
            }
        }
    }
}

fn read(line: &str) -> Result<(i64, &'static Instrument, Prices), String> {
    let fields: Vec<&str> = line.split(',').collect();
    let [at, symbol, bid, ask, last] = fields[..] else {
        return Err(format!("it has {} fields where {HEADER} has 5", fields.len()));
    };
    let at = time(at).ok_or_else(|| format!("{} is no time such as 2026-11-23T14:30:00.250Z", shown(at)))?;
    let instrument = all().iter().find(|each| each.local_symbol == symbol);
    let instrument = instrument.ok_or_else(|| format!("{} is nothing that the paper broker has", shown(symbol)))?;
    let price = |text: &str| if text.is_empty() { Ok(None) } else { price(text, instrument).map(Some) };
    match (price(bid)?, price(ask)?, price(last)?) {
        (Some(bid), Some(ask), _) if ask < bid => Err("the ask is below the bid".to_owned()),
        (Some(bid), Some(ask), last) => Ok((at, instrument, Prices::Both(bid, ask, last))),
        (None, None, Some(last)) => Ok((at, instrument, Prices::Last(last))),
        (None, None, None) => Err("it has no price".to_owned()),
        (Some(_), None, _) | (None, Some(_), _) => Err("a bid and an ask come together".to_owned()),
    }
}

fn price(text: &str, instrument: &Instrument) -> Result<Decimal, String> {
    let plain = text.len() <= LONGEST_FIGURE && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let figure = text.parse::<Decimal>().ok().filter(|_| plain && text.starts_with(|c: char| c.is_ascii_digit()));
    let figure = figure.ok_or_else(|| format!("{} is no price", shown(text)))?;
    if figure.is_zero() || figure > HIGHEST {
        return Err(format!("{} is no price: it must be above 0 and at most {HIGHEST}", shown(text)));
    }
    let on_grid = figure.checked_rem(instrument.min_tick).is_some_and(|rest| rest.is_zero());
    let tick = instrument.min_tick.normalize();
    if on_grid { Ok(figure.normalize()) } else { Err(format!("{} is no multiple of the tick, {tick}", shown(text))) }
}

/// Text of a stranger's, at no great length.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    format!("{short:?}")
}

/// `2026-11-23T14:30:00Z`, with or without milliseconds, as milliseconds since 1970.
fn time(text: &str) -> Option<i64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, of_month] = numbers(date, '-', [4, 2, 2])?;
    let (clock, ms) = match clock.split_once('.') {
        Some((clock, part)) => {
            let width = part.len();
            let [ms] = numbers(part, '.', [width]).filter(|_| (1..=3).contains(&width))?;
            (clock, ms * [100, 10, 1].get(width.checked_sub(1)?)?)
        }
        None => (clock, 0),
    };
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let long = match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    };
    let fits = year >= 1970
        && (1..=12).contains(&month)
        && (1..=long).contains(&of_month)
        && hour < 24
        && minute < 60
        && second < 60;
    fits.then(|| day_of(year, month, of_month) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000 + ms)
}

/// Numbers of so many digits each, one mark between two.
fn numbers<const N: usize>(text: &str, mark: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(mark);
    let mut found = [0; N];
    for (place, width) in found.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *place = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn parse(rows: &str) -> Result<Tape, Wrong> {
        Tape::parse(&format!("{HEADER}\n{rows}"))
    }

    #[test]
    fn a_time_is_a_date_and_a_clock_in_utc() {
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(time("2026-11-24T14:13:20Z"), Some(1_795_529_600_000));
        assert_eq!(time("2026-11-24T14:13:20.5Z"), Some(1_795_529_600_500));
        assert_eq!(time("2026-11-24T14:13:20.025Z"), Some(1_795_529_600_025));
        assert_eq!(time("2024-02-29T23:59:59.999Z"), Some(1_709_251_199_999));
        for wrong in [
            "",
            "Z",
            "2026-11-24",
            "2026-11-24T14:13:20",
            "2026-11-24 14:13:20Z",
            "2026-11-24T14:13:20+00:00",
            "2026-11-24T14:13Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T14:60:00Z",
            "2026-11-24T14:13:60Z",
            "2026-13-24T14:13:20Z",
            "2026-00-24T14:13:20Z",
            "2026-02-29T14:13:20Z",
            "2026-11-31T14:13:20Z",
            "1969-12-31T14:13:20Z",
            "26-11-24T14:13:20Z",
            "2026-11-24T14:13:20.Z",
            "2026-11-24T14:13:20.1234Z",
            "2026-11-24T14:13:20.1.2Z",
            "2026-11-24T+4:13:20Z",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_line_says_bid_and_ask_or_last_or_all() {
        let tape = parse(
            "2026-11-24T14:00:00Z,AAPL,230.00,230.02,\r\n2026-11-24T14:00:00Z,EUR.USD,,,1.085\n\
             2026-11-24T14:00:01Z,AAPL,230.04,230.06,230.05\n2026-11-24T14:00:02Z,AAPL,230.00,230.01,\n",
        )
        .unwrap();
        let apple = &tape.rows[&265_598];
        let last: Vec<String> = apple.iter().map(|row| row.last.to_string()).collect();
        assert_eq!(last, ["230", "230.05", "230.01"]);
        let euro = &tape.rows[&9_000_101][0];
        assert_eq!((euro.bid, euro.ask), (euro.last, euro.last));
        assert_eq!(tape.extent(), (4, 2, 2_000));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line() {
        let good = "2026-11-24T14:00:00Z,AAPL,,,230.00\n";
        for (row, why) in [
            ("", "1 fields"),
            ("2026-11-24T14:00:01Z,AAPL,,230.00", "4 fields"),
            ("2026-11-24T14:00:01Z,AAPL,,,230.00,", "6 fields"),
            ("yesterday,AAPL,,,230.00", "no time"),
            ("2026-11-24T13:59:59Z,MSFT,,,230.00", "earlier"),
            ("2026-11-24T14:00:00Z,AAPL,,,230.00", "already"),
            ("2026-11-24T14:00:01Z,aapl,,,230.00", "nothing that"),
            ("2026-11-24T14:00:01Z,AAPL,,,", "no price"),
            ("2026-11-24T14:00:01Z,AAPL,230.00,,", "together"),
            ("2026-11-24T14:00:01Z,AAPL,,230.00,230.00", "together"),
            ("2026-11-24T14:00:01Z,AAPL,230.01,230.00,", "below the bid"),
            ("2026-11-24T14:00:01Z,AAPL,,,230.005", "multiple of the tick"),
            ("2026-11-24T14:00:01Z,AAPL,,,0", "above 0"),
            ("2026-11-24T14:00:01Z,AAPL,,,0.00", "above 0"),
            ("2026-11-24T14:00:01Z,AAPL,,,1000000000.01", "at most"),
            ("2026-11-24T14:00:01Z,AAPL,,,-230.00", "no price"),
            ("2026-11-24T14:00:01Z,AAPL,,,+230.00", "no price"),
            ("2026-11-24T14:00:01Z,AAPL,,,2_30.00", "no price"),
            ("2026-11-24T14:00:01Z,AAPL,,,2.3e2", "no price"),
            ("2026-11-24T14:00:01Z,AAPL,,, 230.00", "no price"),
            ("2026-11-24T14:00:01Z,AAPL,,,NaN", "no price"),
            ("2026-11-24T14:00:01Z,AAPL,,,.5", "no price"),
        ] {
            let wrong = parse(&format!("{good}{row}\n{good}")).unwrap_err();
            assert!(wrong.line == 3 && wrong.why.contains(why), "{row}: {wrong}");
        }
        for (text, line) in [("", 1), ("time,symbol\n", 1), (HEADER, 1), ("time,symbol,bid,ask,last\n\n", 2)] {
            assert_eq!(Tape::parse(text).map_err(|wrong| wrong.line), Err(line), "{text:?}");
        }
    }

    #[test]
    fn more_prices_than_are_kept_are_refused() {
        let rows: String = std::iter::repeat_n("x,AAPL,,,1.00\n", MOST_ROWS + 1).collect();
        let many = rows.replacen('x', "1970-01-01T00:00:00Z", 1);
        assert_eq!(parse(&many).unwrap_err().line, 3, "what is wrong comes first");
        let wrong = Tape::parse(&format!("{HEADER}\n{}", lines(MOST_ROWS + 1))).unwrap_err();
        assert_eq!((wrong.line, wrong.why.contains("more than")), (MOST_ROWS + 2, true));
        assert!(Tape::parse(&format!("{HEADER}\n{}", lines(MOST_ROWS))).is_ok());
    }

    fn lines(count: usize) -> String {
        let line = |n: usize| {
            let (day, ms) = (n / 86_400_000 + 1, n % 86_400_000);
            let (second, minute, hour) = (ms / 1_000 % 60, ms / 60_000 % 60, ms / 3_600_000);
            format!("1970-01-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z,KO,,,64\n", ms % 1_000)
        };
        (0..count).map(line).collect()
    }

    #[test]
    fn whatever_is_in_a_file_it_is_a_tape_or_refused_by_a_line_that_it_has() {
        bolero::check!().with_iterations(20_000).with_type::<(Vec<u8>, Vec<(u16, u8)>)>().for_each(
            |(noise, changes)| {
                let sound = "2026-11-24T14:00:00.5Z,AAPL,230.00,230.02,230.01\n2026-11-24T14:00:01Z,EUR.USD,,,1.085\n";
                let mut bytes = format!("{HEADER}\n{sound}").into_bytes();
                for (at, byte) in changes.iter().take(4) {
                    let at = usize::from(*at) % bytes.len();
                    bytes[at] = *byte;
                }
                for text in [String::from_utf8_lossy(noise), String::from_utf8_lossy(&bytes)] {
                    match Tape::parse(&text) {
                        Ok(tape) => assert!(tape.extent().0 > 0 && tape.first_ms <= tape.last_ms),
                        Err(wrong) => assert!((1..=text.split('\n').count()).contains(&wrong.line), "{wrong}"),
                    }
                }
            },
        );
    }
}
