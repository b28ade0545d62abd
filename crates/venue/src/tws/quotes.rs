//! Quotes: the latest of each watched contract with its time of arrival, and rates made of pairs. No IO.

use crate::contract::FullQuote;
use crate::exact;
use kernel::given::{Quote, RateQuote};
use kernel::money::Currency;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use tws::Response;

/// Streams that upstream gives one program, with some left for others.
const MOST_LINES: usize = 95;

/// Pairs that rates are made of: against the dollar, bought currency first.
pub(super) const PAIRS: [(&str, &str); 3] = [("EUR", "USD"), ("GBP", "USD"), ("USD", "JPY")];

#[derive(Debug, Default)]
struct Line {
    /// Absent until it is asked for on this connection.
    request_id: Option<i32>,
    used: u64,
    /// Only somebody's glance: it is the first to be given up.
    glance: bool,
    prices: BTreeMap<i32, Decimal>,
    /// When bid or ask was told last.
    at: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(super) struct Quotes {
    lines: BTreeMap<i64, Line>,
    by_request: BTreeMap<i32, i64>,
    pairs: BTreeMap<&'static str, (i64, bool)>,
    /// What somebody looks at, and nobody watches.
    glances: BTreeSet<i64>,
    uses: u64,
}

const BID: i32 = 1;
const ASK: i32 = 2;

impl Quotes {
    /// True when nobody watched it yet.
    pub(super) fn want(&mut self, contract_id: i64) -> bool {
        self.uses += 1;
        let uses = self.uses;
        self.glances.remove(&contract_id);
        let line = self.lines.get_mut(&contract_id);
        let known = line.is_some();
        if let Some(line) = line {
            (line.used, line.glance) = (uses, false);
        }
        !known
    }

    /// True when nobody has it yet. Whoever has it for their orders keeps it for them.
    pub(super) fn glance(&mut self, contract_id: i64) -> bool {
        !self.lines.contains_key(&contract_id) && self.glances.insert(contract_id)
    }

    pub(super) fn glances(&self, contract_id: i64) -> bool {
        self.glances.contains(&contract_id)
    }

    /// Yields the request of a line that nobody else wants.
    pub(super) fn look_away(&mut self, contract_id: i64) -> Option<i32> {
        self.glances.remove(&contract_id);
        self.lines.get(&contract_id).filter(|line| line.glance)?;
        let request_id = self.lines.remove(&contract_id)?.request_id?;
        self.by_request.remove(&request_id);
        Some(request_id)
    }

    pub(super) fn streams(&self, contract_id: i64) -> bool {
        self.lines.get(&contract_id).is_some_and(|line| line.request_id.is_some())
    }

    /// Asked for under this number. Yields the request of a line that was given up for it.
    pub(super) fn start(&mut self, contract_id: i64, request_id: i32) -> Option<i32> {
        self.uses += 1;
        let glance = self.glances(contract_id);
        let line = self.lines.entry(contract_id).or_default();
        (line.used, line.glance) = (self.uses, glance);
        if let Some(old) = line.request_id.replace(request_id) {
            self.by_request.remove(&old);
        }
        self.by_request.insert(request_id, contract_id);
        self.give_up_one()
    }

    fn give_up_one(&mut self) -> Option<i32> {
        if self.lines.len() <= MOST_LINES {
            return None;
        }
        let pairs: Vec<i64> = self.pairs.values().map(|(id, _)| *id).collect();
        let idle =
            self.lines.iter().filter(|(id, _)| !pairs.contains(id)).min_by_key(|(_, line)| (!line.glance, line.used));
        let oldest = idle.map(|(id, _)| *id)?;
        self.glances.remove(&oldest);
        let request_id = self.lines.remove(&oldest)?.request_id?;
        self.by_request.remove(&request_id);
        Some(request_id)
    }

    /// The contract of a currency pair against the dollar.
    pub(super) fn pair(&mut self, bought: &'static str, sold: &'static str, contract_id: i64) {
        let (currency, inverse) = if sold == "USD" { (bought, false) } else { (sold, true) };
        self.pairs.insert(currency, (contract_id, inverse));
    }

    /// On a new connection nothing streams: what was watched is to be asked for again. Old prices go, so
    /// that the first tick of one side does not make the other side look new.
    pub(super) fn restart(&mut self) -> Vec<i64> {
        self.by_request.clear();
        for line in self.lines.values_mut() {
            *line = Line { used: line.used, glance: line.glance, ..Line::default() };
        }
        self.lines.keys().copied().collect()
    }

    /// What was told before may no longer hold, and the streams go on: both sides are awaited again.
    pub(super) fn forget(&mut self) {
        for line in self.lines.values_mut() {
            line.prices.clear();
            line.at = None;
        }
    }

    pub(super) fn heard(&mut self, response: &Response, now: Timestamp) {
        match response {
            // Types above 65 are delayed by a quarter of an hour: no price to decide on.
            Response::TickPrice { request_id, tick_type, price, size, .. } => {
                let size_type = match tick_type {
                    1 => Some(0),
                    2 => Some(3),
                    4 => Some(5),
                    _ => None,
                };
                self.tick(*request_id, *tick_type, *price, now);
                if let Some(size_type) = size_type {
                    self.tick(*request_id, size_type, *size, now);
                }
            }
            Response::TickSize { request_id, tick_type, size } => self.tick(*request_id, *tick_type, *size, now),
            _ => {}
        }
    }

    fn tick(&mut self, request_id: i32, tick_type: i32, value: Decimal, now: Timestamp) {
        let line = self.by_request.get(&request_id).and_then(|id| self.lines.get_mut(id));
        if let Some(line) = line.filter(|_| (0..=14).contains(&tick_type)) {
            line.prices.insert(tick_type, value);
            // A trade, a size or a volume says nothing of whether bid and ask still stand.
            if matches!(tick_type, BID | ASK) {
                line.at = Some(now);
            }
        }
    }

    /// Upstream says "no price" as minus one, or as zero.
    fn touch(&self, contract_id: i64) -> Option<(Decimal, Decimal, Timestamp)> {
        let line = self.lines.get(&contract_id)?;
        let price = |kind| line.prices.get(&kind).copied().filter(|price| *price > Decimal::ZERO);
        Some((price(BID)?, price(ASK)?, line.at?))
    }

    pub(super) fn quote(&self, contract_id: i64) -> Option<Quote> {
        let (bid, ask, at) = self.touch(contract_id)?;
        Some(Quote { bid: exact::price(bid).ok()?, ask: exact::price(ask).ok()?, at })
    }

    pub(super) fn full(&self, contract_id: i64) -> Option<FullQuote> {
        let (bid, ask, at) = self.touch(contract_id)?;
        let line = self.lines.get(&contract_id)?;
        let price = |kind| line.prices.get(&kind).copied().unwrap_or(Decimal::NEGATIVE_ONE);
        let size = |kind| line.prices.get(&kind).copied().unwrap_or_default();
        Some(FullQuote {
            bid,
            ask,
            last: price(4),
            bid_size: size(0),
            ask_size: size(3),
            last_size: size(5),
            open: price(14),
            high: price(6),
            low: price(7),
            close: price(9),
            volume: size(8),
            at,
        })
    }

    pub(super) fn rate(&self, from: Currency, to: Currency, now: Timestamp) -> Option<RateQuote> {
        if from == to {
            return Some(RateQuote { rate: exact::rate(Decimal::ONE).ok()?, at: now });
        }
        let (from, from_at) = self.dollars(from.as_str(), now)?;
        let (to, to_at) = self.dollars(to.as_str(), now)?;
        Some(RateQuote { rate: exact::rate(from.checked_div(to)?).ok()?, at: from_at.min(to_at) })
    }

    /// What one unit is worth, and since when that is known.
    fn dollars(&self, currency: &str, now: Timestamp) -> Option<(Decimal, Timestamp)> {
        if currency == "USD" {
            return Some((Decimal::ONE, now));
        }
        let (contract_id, inverse) = self.pairs.get(currency)?;
        let (bid, ask, at) = self.touch(*contract_id)?;
        let middle = bid.checked_add(ask)?.checked_div(Decimal::TWO)?;
        let worth = if *inverse { Decimal::ONE.checked_div(middle)? } else { middle };
        Some((worth, at))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn price(request_id: i32, tick_type: i32, text: &str) -> Response {
        Response::TickPrice { request_id, tick_type, price: text.parse().unwrap(), size: Decimal::TEN, attributes: 0 }
    }

    fn currency(text: &str) -> Currency {
        Currency::parse(text).unwrap()
    }

    #[test]
    fn a_quote_needs_both_sides_and_has_the_age_of_its_last_price() {
        let mut quotes = Quotes::default();
        quotes.start(7, 100);
        quotes.heard(&price(100, 1, "9.99"), Timestamp(5));
        assert_eq!(quotes.quote(7), None);
        quotes.heard(&price(100, 2, "10.01"), Timestamp(8));
        assert_eq!(quotes.quote(7).map(|quote| quote.at), Some(Timestamp(8)));
        quotes.heard(&price(100, 2, "-1"), Timestamp(9));
        assert_eq!(quotes.quote(7), None);
    }

    #[test]
    fn after_a_new_connection_both_sides_are_awaited_again() {
        let mut quotes = Quotes::default();
        quotes.start(7, 100);
        quotes.heard(&price(100, 1, "9.99"), Timestamp(5));
        quotes.heard(&price(100, 2, "10.01"), Timestamp(5));
        assert_eq!(quotes.restart(), [7]);
        quotes.heard(&price(100, 2, "12"), Timestamp(90));
        quotes.start(7, 101);
        quotes.heard(&price(101, 2, "12"), Timestamp(99));
        assert_eq!(quotes.quote(7), None);
        quotes.heard(&price(101, 1, "11.9"), Timestamp(99));
        assert!(quotes.quote(7).is_some());
    }

    #[test]
    fn a_tick_that_is_no_price_makes_no_price_younger() {
        let mut quotes = Quotes::default();
        quotes.start(7, 100);
        quotes.heard(&price(100, 1, "9.99"), Timestamp(5));
        quotes.heard(&price(100, 2, "10.01"), Timestamp(8));
        let volume = Response::TickSize { request_id: 100, tick_type: 8, size: Decimal::TEN };
        for told in [volume, price(100, 4, "10"), price(100, 9, "9.5")] {
            quotes.heard(&told, Timestamp(90));
            assert_eq!(quotes.quote(7).map(|quote| quote.at), Some(Timestamp(8)), "{told:?}");
        }
        assert_eq!(quotes.full(7).map(|quote| (quote.at, quote.volume)), Some((Timestamp(8), Decimal::TEN)));
    }

    #[test]
    fn what_was_told_before_upstream_was_cut_off_is_forgotten_and_its_stream_goes_on() {
        let mut quotes = Quotes::default();
        quotes.start(7, 100);
        quotes.heard(&price(100, 1, "9.99"), Timestamp(5));
        quotes.heard(&price(100, 2, "10.01"), Timestamp(5));
        quotes.forget();
        assert_eq!((quotes.quote(7), quotes.streams(7)), (None, true));
        quotes.heard(&price(100, 1, "12"), Timestamp(90));
        assert_eq!(quotes.quote(7), None);
        quotes.heard(&price(100, 2, "12.1"), Timestamp(91));
        assert_eq!(quotes.quote(7).map(|quote| quote.at), Some(Timestamp(91)));
    }

    #[test]
    fn delayed_prices_are_no_quote() {
        let mut quotes = Quotes::default();
        quotes.start(7, 100);
        quotes.heard(&price(100, 66, "9.99"), Timestamp(5));
        quotes.heard(&price(100, 67, "10.01"), Timestamp(5));
        assert_eq!(quotes.quote(7), None);
    }

    #[test]
    fn rates_go_through_the_dollar_and_are_as_old_as_their_older_half() {
        let mut quotes = Quotes::default();
        for (request_id, (bought, sold), middle, at) in
            [(1, PAIRS[0], "1.25", 10), (2, PAIRS[1], "1.5", 20), (3, PAIRS[2], "160", 30)]
        {
            quotes.pair(bought, sold, i64::from(request_id));
            quotes.start(i64::from(request_id), request_id);
            quotes.heard(&price(request_id, 1, middle), Timestamp(at));
            quotes.heard(&price(request_id, 2, middle), Timestamp(at));
        }
        let now = Timestamp(99);
        for (from, to, rate, at) in
            [("USD", "USD", "1", 99), ("EUR", "USD", "1.25", 10), ("USD", "JPY", "160", 30), ("EUR", "JPY", "200", 10)]
        {
            let told = quotes.rate(currency(from), currency(to), now).unwrap();
            assert_eq!(told.rate, exact::rate(rate.parse().unwrap()).unwrap(), "{from} {to}");
            assert_eq!(told.at, Timestamp(at), "{from} {to}");
        }
        assert!(quotes.rate(currency("CHF"), currency("USD"), now).is_none());
    }

    #[test]
    fn the_line_that_was_used_longest_ago_is_given_up() {
        let mut quotes = Quotes::default();
        quotes.pair("EUR", "USD", 1);
        for id in 1..=95 {
            assert_eq!(quotes.start(id, i32::try_from(id).unwrap()), None);
        }
        assert!(!quotes.want(2));
        assert_eq!(quotes.start(96, 96), Some(3));
        assert!(quotes.want(3));
    }

    /// What is only looked at takes no line from what is traded, and ends when nobody looks.
    #[test]
    fn a_glance_takes_nobodys_line_and_goes_first() {
        let mut quotes = Quotes::default();
        for id in 1..=95 {
            assert!(quotes.want(id));
            assert_eq!(quotes.start(id, i32::try_from(id).unwrap()), None);
        }
        assert!(quotes.glance(200));
        assert_eq!(quotes.start(200, 200), Some(200), "somebody else's line is given up for it");
        assert_eq!(quotes.look_away(7), None, "it is somebody's");
        assert!(!quotes.glance(7) && quotes.streams(7));
        quotes.lines.remove(&95);
        assert!(quotes.glance(200) && !quotes.glance(200));
        assert_eq!(quotes.start(200, 201), None);
        assert_eq!(quotes.look_away(200), Some(201));
        assert!(!quotes.streams(200));
        // Whoever trades it makes it theirs.
        assert!(quotes.glance(200));
        assert_eq!(quotes.start(200, 202), None);
        assert!(!quotes.want(200));
        assert_eq!((quotes.look_away(200), quotes.streams(200)), (None, true));
    }
}
