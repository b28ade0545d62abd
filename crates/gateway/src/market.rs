//! Market data: a snapshot, or a stream that tells only what has changed.

use rust_decimal::Decimal;
use tws::Response;
use venue::contract::FullQuote;

/// A stream that a program asked for.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) request_id: i32,
    pub(crate) contract_id: i64,
    last: Option<FullQuote>,
}

impl Stream {
    pub(crate) const fn new(request_id: i32, contract_id: i64) -> Self {
        Self { request_id, contract_id, last: None }
    }

    /// What differs from what was told before.
    pub(crate) fn changes(&mut self, quote: FullQuote) -> Vec<Response> {
        let told = ticks(self.request_id, &quote, self.last.as_ref());
        self.last = Some(quote);
        told
    }
}

pub(crate) fn preamble(request_id: i32, min_tick: Decimal) -> [Response; 2] {
    [
        Response::MarketDataType { request_id, kind: 1 },
        Response::TickReqParams { request_id, min_tick, bbo_exchange: String::new(), snapshot_permissions: 0 },
    ]
}

pub(crate) fn snapshot(request_id: i32, quote: &FullQuote) -> Vec<Response> {
    let mut told = ticks(request_id, quote, None);
    told.push(Response::TickSnapshotEnd { request_id });
    told
}

fn ticks(request_id: i32, quote: &FullQuote, before: Option<&FullQuote>) -> Vec<Response> {
    let mut told = Vec::new();
    let mut price = |tick_type, field: fn(&FullQuote) -> Decimal, size: fn(&FullQuote) -> Decimal| {
        if before.is_none_or(|before| field(before) != field(quote)) {
            let (price, size) = (field(quote), size(quote));
            told.push(Response::TickPrice { request_id, tick_type, price, size, attributes: 0 });
        }
    };
    price(1, |q| q.bid, |q| q.bid_size);
    price(2, |q| q.ask, |q| q.ask_size);
    price(4, |q| q.last, |q| q.last_size);
    price(6, |q| q.high, |_| Decimal::ZERO);
    price(7, |q| q.low, |_| Decimal::ZERO);
    price(9, |q| q.close, |_| Decimal::ZERO);
    price(14, |q| q.open, |_| Decimal::ZERO);
    let mut size = |tick_type, field: fn(&FullQuote) -> Decimal| {
        if before.is_none_or(|before| field(before) != field(quote)) {
            told.push(Response::TickSize { request_id, tick_type, size: field(quote) });
        }
    };
    size(0, |q| q.bid_size);
    size(3, |q| q.ask_size);
    size(5, |q| q.last_size);
    size(8, |q| q.volume);
    told
}
