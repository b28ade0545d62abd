//! Client: a trading program at its listener: what it has been told, and what it says; it never waits for an answer.

use crate::world::Door;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tws::{Contract, ExecutionFilter, FrameReader, Order, PlaceOrder, Request, Response, ServerVersion};

pub const CLIENT_ID: i32 = 1;
/// Numbers of questions, which no order of a month comes to.
const QUOTES: i32 = 1_000_000;
const EXECUTIONS: i32 = 1_100_000;
const WORKS: [&str; 3] = ["PendingSubmit", "PreSubmitted", "Submitted"];
const ENDED: [&str; 4] = ["Filled", "Cancelled", "ApiCancelled", "Inactive"];
const LOST: i32 = 1_100;
const BACK: [i32; 2] = [1_101, 1_102];
/// Said of an order: rejected, cancelled, and that there is none to cancel.
const OVER: [i32; 4] = [201, 202, 10_147, 10_148];

struct Line {
    stream: TcpStream,
    frames: FrameReader,
    version: ServerVersion,
}

/// An order of ours that has not ended, as far as we were told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resting {
    pub symbol: String,
    pub sell: bool,
    /// The minute of the session in which it was said.
    pub since: u32,
}

pub struct Client {
    pub port: u16,
    /// As in the connect options of a program.
    pub secret: Option<String>,
    symbols: Vec<&'static str>,
    line: Option<Line>,
    next: i32,
    quotes: BTreeMap<&'static str, (Decimal, Decimal)>,
    pub open: BTreeMap<i32, Resting>,
    held: BTreeMap<String, Decimal>,
    executions: BTreeSet<String>,
    /// 1100 was told, and nothing after it.
    pub lost: bool,
    pub losses: u32,
    pub connections: u32,
    /// Since it was last looked at: what was said no to, in words.
    pub refused: Vec<String>,
}

pub fn stock(symbol: &str) -> Contract {
    Contract {
        symbol: symbol.to_owned(),
        sec_type: "STK".to_owned(),
        exchange: "SMART".to_owned(),
        currency: "USD".to_owned(),
        ..Contract::default()
    }
}

impl Client {
    pub fn new(port: u16, symbols: Vec<&'static str>) -> Self {
        Self {
            port,
            secret: None,
            symbols,
            line: None,
            next: 1,
            quotes: BTreeMap::new(),
            open: BTreeMap::new(),
            held: BTreeMap::new(),
            executions: BTreeSet::new(),
            lost: false,
            losses: 0,
            connections: 0,
            refused: Vec::new(),
        }
    }

    pub fn is_connected(&self) -> bool {
        self.line.is_some()
    }

    pub fn hang_up(&mut self) {
        self.line = None;
    }

    /// What every program does first: prices, what is open, and what was filled while it was away. False when it is
    /// turned away.
    pub async fn connect(&mut self) -> bool {
        let (listener, options) = (Door::at(self.port), self.secret.as_ref().map(|secret| format!("secret={secret}")));
        let Some(raw) = listener.greet_from(100, 178, &options.unwrap_or_default()).await else { return false };
        let (stream, frames, version) = raw.into_parts();
        self.line = Some(Line { stream, frames, version });
        (self.lost, self.next) = (false, 0);
        self.quotes.clear();
        self.open.clear();
        self.say(&Request::StartApi { client_id: CLIENT_ID, optional_capabilities: String::new() }).await;
        while self.next == 0 {
            tokio::task::yield_now().await;
            self.hear();
            if !self.is_connected() {
                return false;
            }
        }
        self.connections += 1;
        for (number, symbol) in (QUOTES..).zip(self.symbols.clone()) {
            let (contract, generic_ticks) = (stock(symbol), String::new());
            let (snapshot, regulatory_snapshot) = (false, false);
            let request_id = number;
            self.say(&Request::ReqMarketData { request_id, contract, generic_ticks, snapshot, regulatory_snapshot })
                .await;
        }
        self.say(&Request::ReqOpenOrders).await;
        self.say(&Request::ReqExecutions { request_id: EXECUTIONS, filter: ExecutionFilter::default() }).await;
        true
    }

    async fn say(&mut self, request: &Request) {
        let Some(line) = self.line.as_mut() else { return };
        let bytes = tws::frame(&request.encode(line.version).unwrap());
        if line.stream.write_all(&bytes).await.is_err() {
            self.line = None;
        }
    }

    /// All that has come.
    pub fn hear(&mut self) {
        let Some(mut line) = self.line.take() else { return };
        let mut bytes = vec![0; 64 * 1_024];
        let stays = loop {
            match line.stream.try_read(&mut bytes) {
                Ok(0) => break false,
                Ok(count) => line.frames.push(&bytes[..count]),
                Err(error) => break error.kind() == std::io::ErrorKind::WouldBlock,
            }
        };
        while let Some(payload) = line.frames.next().unwrap() {
            let told = Response::decode(line.version, &payload).unwrap();
            self.take(told);
        }
        self.line = stays.then_some(line);
    }

    fn take(&mut self, told: Response) {
        match told {
            Response::NextValidId { order_id } => self.next = self.next.max(order_id),
            Response::TickPrice { request_id, tick_type, price, .. } if price > Decimal::ZERO => {
                let index = usize::try_from(request_id - QUOTES).unwrap();
                let quote = self.quotes.entry(self.symbols[index]).or_default();
                match tick_type {
                    1 => quote.0 = price,
                    2 => quote.1 = price,
                    _ => {}
                }
            }
            Response::OrderStatus(told) if ENDED.contains(&told.status.as_str()) => {
                self.open.remove(&told.order_id);
            }
            Response::OpenOrder(told) if WORKS.contains(&told.state.status.as_str()) => {
                let (symbol, sell) = (told.contract.symbol.clone(), told.order.action == "SELL");
                self.open.entry(told.order_id).or_insert(Resting { symbol, sell, since: 0 });
            }
            Response::ExecutionDetails(told) => self.executed(&told),
            Response::Error { request_id, code, text, .. } => self.error(request_id, code, text),
            _ => {}
        }
    }

    fn executed(&mut self, told: &tws::Execution) {
        if self.executions.insert(told.exec_id.clone()) {
            let shares = if told.side == "SLD" { -told.shares } else { told.shares };
            *self.held.entry(told.contract.symbol.clone()).or_default() += shares;
        }
    }

    fn error(&mut self, request_id: i32, code: i32, text: String) {
        if code == LOST {
            (self.lost, self.losses) = (true, self.losses + 1);
            self.quotes.clear();
        }
        self.lost &= !BACK.contains(&code);
        if OVER.contains(&code) {
            self.open.remove(&request_id);
        }
        // Remarks on connectivity and data farms are no refusals.
        if !(1_100..=1_102).contains(&code) && !(2_100..2_190).contains(&code) && code != 202 {
            self.refused.push(format!("{code} {text}"));
        }
    }

    pub fn quote(&self, symbol: &str) -> Option<(Decimal, Decimal)> {
        self.quotes.get(symbol).copied().filter(|(bid, ask)| *bid > Decimal::ZERO && *ask > Decimal::ZERO)
    }

    pub fn held(&self, symbol: &str) -> Decimal {
        self.held.get(symbol).copied().unwrap_or_default()
    }

    /// A limit order; where it is refused it ends like any other.
    pub async fn place(&mut self, symbol: &str, quantity: Decimal, limit: Decimal, (tif, minute): (&str, u32)) {
        let order_id = self.next;
        self.next += 1;
        let sell = quantity < Decimal::ZERO;
        self.open.insert(order_id, Resting { symbol: symbol.to_owned(), sell, since: minute });
        let order = Order {
            action: if sell { "SELL" } else { "BUY" }.to_owned(),
            total_quantity: Some(quantity.abs()),
            order_type: "LMT".to_owned(),
            lmt_price: Some(limit.round_dp(2)),
            tif: tif.to_owned(),
            ..Order::default()
        };
        let place = PlaceOrder { order_id, contract: stock(symbol), order, extras: Vec::new() };
        self.say(&Request::PlaceOrder(Box::new(place))).await;
    }

    pub async fn cancel(&mut self, order_id: i32) {
        self.say(&Request::CancelOrder { order_id, manual_time: String::new() }).await;
    }

    /// What has not been filled in so many minutes is not waited for any longer.
    pub async fn give_up(&mut self, minute: u32, after: u32, which: impl Fn(&Resting) -> bool) {
        let old = self.open.iter().filter(|(_, order)| which(order) && minute.saturating_sub(order.since) >= after);
        for order_id in old.map(|(order_id, _)| *order_id).collect::<Vec<_>>() {
            self.cancel(order_id).await;
        }
    }
}
