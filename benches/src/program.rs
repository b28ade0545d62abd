//! A trading program that waits for the venue's word on each order before it sends the next one.

use rust_decimal::Decimal;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tws::{Contract, FrameReader, Order, PlaceOrder, Request, Response, ServerVersion, client_hello, frame};

/// Generous: only a failure ever waits so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// The venue's remark that a cancelled order is cancelled.
const CANCELLED: i32 = 202;
/// Cents below the market, one for each order in turn.
const PRICES: i32 = 3_000;
/// A request number that no order has.
const PROBE: i32 = 1_900_000_000;

#[derive(Debug)]
pub struct Program {
    stream: TcpStream,
    frames: FrameReader,
    client_id: i32,
    next: i32,
    bid: Decimal,
}

impl Program {
    /// Connected, started, and with a price to trade at.
    pub async fn connect(port: u16, client_id: i32) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&client_hello(157, 178, "")).await.unwrap();
        let (frames, bid) = (FrameReader::new(1 << 20), Decimal::ZERO);
        let mut program = Self { stream, frames, client_id, next: 0, bid };
        let (version, _) = tws::parse_server_hello(&program.payload().await).unwrap();
        assert_eq!(version, 178, "both ends speak the newest text version");
        program.ask(&Request::StartApi { client_id, optional_capabilities: String::new() }).await;
        program.next = loop {
            match program.heard().await {
                Response::NextValidId { order_id } => break order_id,
                Response::Error { code, text, .. } if code < 2_000 => panic!("turned away: {code} {text}"),
                _ => {}
            }
        };
        program.bid = program.ask_bid().await;
        program
    }

    async fn payload(&mut self) -> Vec<u8> {
        loop {
            if let Some(payload) = self.frames.next().unwrap() {
                return payload;
            }
            let mut bytes = [0; 16 * 1024];
            let count = timeout(PATIENCE, self.stream.read(&mut bytes)).await.expect("an answer in time").unwrap();
            assert!(count > 0, "the other end closed the connection");
            self.frames.push(&bytes[..count]);
        }
    }

    async fn heard(&mut self) -> Response {
        let payload = self.payload().await;
        Response::decode(ServerVersion::NEWEST, &payload).unwrap()
    }

    async fn ask(&mut self, request: &Request) {
        let bytes = frame(&request.encode(ServerVersion::NEWEST).unwrap());
        self.stream.write_all(&bytes).await.unwrap();
    }

    async fn ask_bid(&mut self) -> Decimal {
        let (contract, generic_ticks) = (stock("AAPL"), String::new());
        let (snapshot, regulatory_snapshot) = (true, false);
        let request =
            Request::ReqMarketData { request_id: PROBE, contract, generic_ticks, snapshot, regulatory_snapshot };
        self.ask(&request).await;
        loop {
            if let Response::TickPrice { tick_type: 1, price, .. } = self.heard().await {
                return price;
            }
        }
    }

    /// An order far from the market. Its price is no other one's of its connection for thousands of orders,
    /// its quantity no other connection's: the guard refuses one that looks like another of the last seconds.
    async fn place(&mut self, tif: &str) -> i32 {
        let number = self.next;
        let limit = (self.bid * Decimal::new(92, 2)).round_dp(2) - Decimal::new(i64::from(number % PRICES), 2);
        let quantity = self.client_id + 64 * (number / PRICES % 3);
        self.send(stock("AAPL"), order("BUY", "LMT", Some(limit), quantity, tif)).await
    }

    async fn send(&mut self, contract: Contract, order: Order) -> i32 {
        let order_id = self.next;
        self.next += 1;
        let place = PlaceOrder { order_id, contract, order, extras: Vec::new() };
        self.ask(&Request::PlaceOrder(Box::new(place))).await;
        order_id
    }

    /// At the market, up to its last fill; of a stock that nothing else of ours rests in.
    pub async fn trade(&mut self, side: &str, quantity: i32) {
        let order = order(side, "MKT", None, quantity, "DAY");
        let number = self.send(stock("MSFT"), order).await;
        self.until(number, &["Filled"]).await;
    }

    /// Rests below the market until it is cancelled.
    pub async fn quote(&mut self) -> i32 {
        let number = self.place("GTC").await;
        self.until(number, &["PreSubmitted", "Submitted"]).await;
        number
    }

    pub async fn cancel(&mut self, number: i32) {
        self.ask(&Request::CancelOrder { order_id: number, manual_time: String::new() }).await;
        self.until(number, &["Cancelled"]).await;
    }

    /// The market moves: what was far from it comes near.
    pub async fn look_at_the_price(&mut self) {
        self.bid = self.ask_bid().await;
    }

    /// What a program looks at now and then, each up to its end.
    pub async fn look(&mut self) {
        self.look_at_the_price().await;
        self.ask(&Request::ReqPositions).await;
        while !matches!(self.heard().await, Response::PositionEnd) {}
        self.ask(&Request::ReqExecutions { request_id: PROBE, filter: tws::ExecutionFilter::default() }).await;
        while !matches!(self.heard().await, Response::ExecutionDetailsEnd { .. }) {}
    }

    /// Waits for a status of this order that is one of these. Anything that is no plain yes ends the benchmark.
    async fn until(&mut self, number: i32, words: &[&str]) {
        loop {
            match self.heard().await {
                Response::OrderStatus(told) if told.order_id == number && words.contains(&told.status.as_str()) => {
                    return;
                }
                Response::Error { request_id, code, text, .. } if request_id > 0 && code != CANCELLED => {
                    panic!("order {request_id}: {code} {text}")
                }
                _ => {}
            }
        }
    }

    /// From the first byte sent to the venue's acknowledgement read. The cancel that follows is off the
    /// clock, and the program goes on only once the order has ended.
    pub async fn rest(&mut self) -> (Instant, Duration) {
        let start = Instant::now();
        let number = self.quote().await;
        let took = start.elapsed();
        self.cancel(number).await;
        (start, took)
    }

    /// An order that the venue ends at once, up to its end.
    pub async fn end_at_once(&mut self) {
        let number = self.place("IOC").await;
        self.until(number, &["Cancelled"]).await;
    }
}

fn order(side: &str, kind: &str, lmt_price: Option<Decimal>, quantity: i32, tif: &str) -> Order {
    Order {
        action: side.to_owned(),
        total_quantity: Some(Decimal::from(quantity)),
        order_type: kind.to_owned(),
        lmt_price,
        tif: tif.to_owned(),
        ..Order::default()
    }
}

fn stock(symbol: &str) -> Contract {
    Contract {
        symbol: symbol.to_owned(),
        sec_type: "STK".to_owned(),
        exchange: "SMART".to_owned(),
        currency: "USD".to_owned(),
        ..Contract::default()
    }
}
