//! A trading program of our own, small enough to say exactly what it has sent and what it was answered.

use super::process::PATIENCE;
use rust_decimal::Decimal;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use tws::{Contract, FrameReader, Order, PlaceOrder, Request, Response, ServerVersion, client_hello, frame};

/// A request number that no order has.
const PROBE: i32 = 1_900_000_000;

/// The other end went away: the gate was killed.
#[derive(Debug)]
pub struct Gone;

pub struct Program {
    stream: TcpStream,
    frames: FrameReader,
    pub next_number: i32,
}

impl Program {
    pub fn connect(port: u16, client_id: i32) -> Result<Self, Gone> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(|_| Gone)?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&client_hello(157, 178, "")).map_err(|_| Gone)?;
        let mut program = Self { stream, frames: FrameReader::new(1 << 20), next_number: 0 };
        let (version, _) = tws::parse_server_hello(&program.payload()?).unwrap();
        assert_eq!(version, 178);
        program.ask(&[Request::StartApi { client_id, optional_capabilities: String::new() }])?;
        program.next_number = program.until(|told| match told {
            Response::NextValidId { order_id } => Some(*order_id),
            _ => None,
        })?;
        Ok(program)
    }

    fn payload(&mut self) -> Result<Vec<u8>, Gone> {
        loop {
            if let Some(payload) = self.frames.next().unwrap() {
                return Ok(payload);
            }
            let mut bytes = [0; 16 * 1024];
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(Gone),
                Ok(count) => self.frames.push(&bytes[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no answer in time"),
                Err(_) => return Err(Gone),
            }
        }
    }

    /// All of them in one write, as a program that does not wait for answers.
    pub fn ask(&mut self, requests: &[Request]) -> Result<(), Gone> {
        let bytes: Vec<u8> =
            requests.iter().flat_map(|request| frame(&request.encode(ServerVersion::NEWEST).unwrap())).collect();
        self.stream.write_all(&bytes).map_err(|_| Gone)
    }

    pub fn heard(&mut self) -> Result<Response, Gone> {
        let payload = self.payload()?;
        Ok(Response::decode(ServerVersion::NEWEST, &payload).unwrap())
    }

    pub fn until<T>(&mut self, tells: impl Fn(&Response) -> Option<T>) -> Result<T, Gone> {
        loop {
            if let Some(told) = tells(&self.heard()?) {
                return Ok(told);
            }
        }
    }

    /// The bid of the one instrument that is traded here.
    pub fn bid(&mut self) -> Decimal {
        let (contract, generic_ticks) = (apple(), String::new());
        let (snapshot, regulatory_snapshot) = (true, false);
        let request =
            Request::ReqMarketData { request_id: PROBE, contract, generic_ticks, snapshot, regulatory_snapshot };
        self.ask(&[request]).unwrap();
        let bid = self.until(|told| match told {
            Response::TickPrice { tick_type: 1, price, .. } => Some(*price),
            _ => None,
        });
        bid.unwrap()
    }

    /// Whether the gate refuses an order, and its words for it. `Inactive` comes before the words.
    pub fn refused(&mut self, number: i32) -> (bool, String) {
        let told = self.until(|told| match answers(told).filter(|(about, _)| *about == number)?.1 {
            Told::Status(status) if status == "Inactive" => None,
            Told::Status(status) => Some((false, status)),
            Told::Error(code, text) => Some((true, format!("{code} {text}"))),
        });
        told.unwrap()
    }
}

/// The first words about an order: it stands in the journal, or why it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Status(String),
    Error(i32, String),
}

/// The order that a message answers.
pub fn answers(response: &Response) -> Option<(i32, Told)> {
    match response {
        Response::OrderStatus(status) => Some((status.order_id, Told::Status(status.status.clone()))),
        Response::Error { request_id, code, text, .. } if *request_id > 0 => {
            Some((*request_id, Told::Error(*code, text.clone())))
        }
        _ => None,
    }
}

pub fn place(number: i32, action: &str, quantity: i64, limit: Decimal, tif: &str) -> Request {
    let order = Order {
        action: action.to_owned(),
        total_quantity: Some(quantity.into()),
        order_type: "LMT".to_owned(),
        lmt_price: Some(limit),
        tif: tif.to_owned(),
        ..Order::default()
    };
    Request::PlaceOrder(Box::new(PlaceOrder { order_id: number, contract: apple(), order, extras: Vec::new() }))
}

/// So many per cent of a price, and some cents less: no two orders look alike.
pub fn percent(price: Decimal, percent: i64, cents_less: i32) -> Decimal {
    (price * Decimal::new(percent, 2)).round_dp(2) - Decimal::new(i64::from(cents_less), 2)
}

pub fn apple() -> Contract {
    Contract {
        symbol: "AAPL".to_owned(),
        sec_type: "STK".to_owned(),
        exchange: "SMART".to_owned(),
        currency: "USD".to_owned(),
        ..Contract::default()
    }
}
