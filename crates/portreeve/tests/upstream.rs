//! The gate in front of the paper broker as a process of its own, both killed without warning.

use crate::served::PATIENCE;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Instant;
use tws::{
    Contract, ExecutionFilter, FrameReader, Order, PlaceOrder, Request, Response, ServerVersion, client_hello, frame,
};

/// An order number that no test uses otherwise.
const PROBE: i32 = 1_000_000;

/// A directory that goes away with its test.
pub struct Home(pub PathBuf);

impl Home {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("portreeve-up-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub struct Running(Child);

impl Running {
    fn start(words: &[&str], data: &Path, until: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .args(words)
            .arg("--data")
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (told, lines) = channel();
        let log = BufReader::new(process.stderr.take().unwrap());
        std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(told.send(line))));
        let running = Self(process);
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.contains(until)) {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => said.push(line),
                Err(why) => panic!("{words:?} does not say {until:?}: {why}: {said:#?}"),
            }
        }
        running
    }

    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Two ports side by side, free a moment ago: the gate takes both.
pub fn free_port() -> u16 {
    loop {
        let one = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = one.local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

pub fn widen(data: &Path) {
    let wide = ["limit", "set", "demo", "orders_per_second=100", "messages_per_second=100", "open_orders=1000"];
    let command = Command::new(env!("CARGO_BIN_EXE_portreeve")).args(wide).arg("--data").arg(data).output();
    let told = command.unwrap();
    assert!(told.status.success(), "{told:?}");
}

struct World {
    home: Home,
    paper_port: u16,
    gate_port: u16,
    paper: Running,
    gate: Running,
}

impl World {
    fn new(name: &str) -> Self {
        let home = Home::new(name);
        let (paper_port, gate_port) = (free_port(), free_port());
        let paper = paper(&home, paper_port);
        let gate = gate(&home, gate_port, paper_port, &[]);
        Self { home, paper_port, gate_port, paper, gate }
    }

    fn kill_paper(&mut self) {
        self.paper.kill();
        self.paper = paper(&self.home, self.paper_port);
    }

    fn kill_gate(&mut self) {
        self.gate.kill();
        self.gate = gate(&self.home, self.gate_port, self.paper_port, &[]);
    }

    /// A program at the gate, number and all.
    fn program(&self) -> Program {
        Program::connect(self.gate_port, 7)
    }

    /// Someone who looks at the broker itself.
    fn broker(&self) -> Program {
        Program::connect(self.paper_port, 99)
    }
}

pub fn paper(home: &Home, port: u16) -> Running {
    let listen = format!("127.0.0.1:{port}");
    Running::start(&["paper", "--seed", "7", "--listen", &listen], &home.0.join("paper"), "the paper broker listens")
}

pub fn gate(home: &Home, port: u16, upstream: u16, more: &[&str]) -> Running {
    let (listen, venue) = (format!("127.0.0.1:{port}"), format!("tws://127.0.0.1:{upstream}"));
    let words = ["serve", "--tws", &listen, "--venue", &venue];
    Running::start(&[&words, more].concat(), &home.0.join("gate"), "serving")
}

pub struct Program {
    stream: TcpStream,
    frames: FrameReader,
    pub next_number: i32,
}

impl Program {
    pub fn connect(port: u16, client_id: i32) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&client_hello(157, 178, "")).unwrap();
        let mut program = Self { stream, frames: FrameReader::new(1 << 20), next_number: 0 };
        let (version, _) = tws::parse_server_hello(&program.payload()).unwrap();
        assert_eq!(version, 178);
        program.ask(&Request::StartApi { client_id, optional_capabilities: String::new() });
        program.next_number = program.until(|told| match told {
            Response::NextValidId { order_id } => Some(*order_id),
            _ => None,
        });
        // While the venue is lost it is greeted with 1100, and orders would be refused until 1102.
        program.until(|told| match told {
            Response::Error { request_id: -1, code: 2_104 | 1_102, .. } => Some(()),
            _ => None,
        });
        program
    }

    fn payload(&mut self) -> Vec<u8> {
        loop {
            if let Some(payload) = self.frames.next().unwrap() {
                return payload;
            }
            let mut bytes = [0; 16 * 1024];
            let count = self.stream.read(&mut bytes).expect("an answer in time");
            assert!(count > 0, "the connection was closed");
            self.frames.push(&bytes[..count]);
        }
    }

    pub fn ask(&mut self, request: &Request) {
        let bytes = frame(&request.encode(ServerVersion::NEWEST).unwrap());
        self.stream.write_all(&bytes).unwrap();
    }

    fn heard(&mut self) -> Response {
        let payload = self.payload();
        Response::decode(ServerVersion::NEWEST, &payload).unwrap()
    }

    /// What the first message tells that tells anything.
    pub fn until<T>(&mut self, tells: impl Fn(&Response) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            let told = self.heard();
            if let Some(told) = tells(&told) {
                return told;
            }
            assert!(begun.elapsed() < PATIENCE, "it was not told in time");
        }
    }

    pub fn status(&mut self, number: i32, words: &[&str]) {
        self.until(|told| match told {
            Response::OrderStatus(status) if status.order_id == number => {
                words.contains(&status.status.as_str()).then_some(())
            }
            Response::Error { request_id, code, text, .. } if *request_id == number && *code != 202 => {
                panic!("{code} {text}")
            }
            _ => None,
        });
    }

    pub fn place(&mut self, number: i32, quantity: i64, limit: Option<i64>) {
        self.order("BUY", number, quantity, limit, false);
    }

    pub fn order(&mut self, action: &str, number: i32, quantity: i64, limit: Option<i64>, what_if: bool) {
        let order = Order {
            action: action.to_owned(),
            total_quantity: Some(quantity.into()),
            order_type: if limit.is_some() { "LMT" } else { "MKT" }.to_owned(),
            lmt_price: limit.map(|cents| format!("{}.{:02}", cents / 100, cents % 100).parse().unwrap()),
            tif: "GTC".to_owned(),
            what_if,
            ..Order::default()
        };
        let place = PlaceOrder { order_id: number, contract: apple(), order, extras: Vec::new() };
        self.ask(&Request::PlaceOrder(Box::new(place)));
    }

    /// In cents.
    pub fn bid(&mut self) -> i64 {
        let (contract, generic_ticks) = (apple(), String::new());
        let (snapshot, regulatory_snapshot) = (true, false);
        let request =
            Request::ReqMarketData { request_id: PROBE, contract, generic_ticks, snapshot, regulatory_snapshot };
        self.ask(&request);
        let price = self.until(|told| match told {
            Response::TickPrice { tick_type: 1, price, .. } => Some(price.to_string()),
            _ => None,
        });
        let (whole, cents) = price.split_once('.').unwrap_or((&price, "0"));
        format!("{whole}{cents:0<2}").parse().unwrap()
    }

    /// How often each order of the gate stands in the broker's books: open, or completed.
    pub fn orders(&mut self) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        let mut count = |reference: &str| *found.entry(reference.to_owned()).or_insert(0) += 1;
        self.ask(&Request::ReqAllOpenOrders);
        loop {
            match self.heard() {
                Response::OpenOrder(order) => count(&order.order.order_ref),
                Response::OpenOrderEnd => break,
                _ => {}
            }
        }
        self.ask(&Request::ReqCompletedOrders { api_only: false });
        loop {
            match self.heard() {
                Response::CompletedOrder(order) => count(&order.order.order_ref),
                Response::CompletedOrdersEnd => return found,
                _ => {}
            }
        }
    }

    pub fn open_orders(&mut self) -> Vec<i32> {
        self.ask(&Request::ReqOpenOrders);
        let mut open = Vec::new();
        loop {
            match self.heard() {
                Response::OpenOrder(order) => open.push(order.order_id),
                Response::OpenOrderEnd => return open,
                _ => {}
            }
        }
    }

    pub fn executions(&mut self) -> usize {
        self.ask(&Request::ReqExecutions { request_id: PROBE, filter: ExecutionFilter::default() });
        let mut count = 0;
        loop {
            match self.heard() {
                Response::ExecutionDetails(_) => count += 1,
                Response::ExecutionDetailsEnd { .. } => return count,
                _ => {}
            }
        }
    }
}

fn apple() -> Contract {
    Contract {
        symbol: "AAPL".to_owned(),
        sec_type: "STK".to_owned(),
        exchange: "SMART".to_owned(),
        currency: "USD".to_owned(),
        ..Contract::default()
    }
}

/// A price a good way below the market.
pub const fn below(bid: i64) -> i64 {
    bid * 92 / 100
}

#[test]
fn an_order_at_the_gate_is_filled_by_a_broker_in_another_process() {
    let world = World::new("fill");
    let mut program = world.program();
    let number = program.next_number;
    program.place(number, 3, None);
    program.status(number, &["Filled"]);
    assert_eq!(program.executions(), 1);
    assert_eq!(world.broker().executions(), 1);
}

#[test]
fn a_preview_is_told_by_a_broker_in_another_process_and_leaves_nothing_there() {
    let world = World::new("ask");
    let mut program = world.program();
    let number = program.next_number;
    program.order("BUY", number, 3, None, true);
    let margin = program.until(|told| match told {
        Response::OpenOrder(told) if told.order_id == number && told.order.what_if => told.state.init_margin_change,
        _ => None,
    });
    assert!(margin.is_sign_positive() && !margin.is_zero(), "{margin}");
    assert_eq!(world.broker().orders(), BTreeMap::new());
    // The number is still the program's to use.
    program.place(number, 3, None);
    program.status(number, &["Filled"]);
}

#[test]
fn a_resting_order_outlives_the_death_of_both_and_can_still_be_cancelled() {
    let mut world = World::new("rest");
    let mut program = world.program();
    let number = program.next_number;
    let price = below(program.bid());
    program.place(number, 3, Some(price));
    program.status(number, &["Submitted"]);
    world.kill_paper();
    world.kill_gate();
    let mut program = world.program();
    assert_eq!(program.open_orders(), [number]);
    program.ask(&Request::CancelOrder { order_id: number, manual_time: String::new() });
    program.status(number, &["Cancelled"]);
    assert_eq!(world.broker().orders().into_values().collect::<Vec<_>>(), [1]);
}

#[test]
fn a_cancel_asked_for_while_the_broker_is_dead_goes_out_when_it_is_back() {
    let mut world = World::new("cancel");
    let mut program = world.program();
    let number = program.next_number;
    let price = below(program.bid());
    program.place(number, 3, Some(price));
    program.status(number, &["Submitted"]);
    world.paper.kill();
    program.ask(&Request::CancelOrder { order_id: number, manual_time: String::new() });
    program.status(number, &["PendingCancel"]);
    world.paper = paper(&world.home, world.paper_port);
    program.status(number, &["Cancelled"]);
    assert_eq!(world.broker().orders().into_values().collect::<Vec<_>>(), [1]);
}

#[test]
fn nothing_reaches_the_broker_twice_when_either_dies_under_load() {
    let mut world = World::new("load");
    // So that the guard lets a whole load through at once.
    widen(&world.home.0.join("gate"));
    let (price, mut round) = (below(world.program().bid()), 0);
    while round < 4 || (round < 40 && world.broker().orders().len() < 12) {
        let mut program = world.program();
        let first = program.next_number;
        for number in first..first + 15 {
            // Prices differ, so that no order looks like the one before it.
            program.place(number, 1, Some(price - i64::from(number)));
        }
        // Some are through, some are on their way, some have not been read.
        program.status(first + 2, &["Submitted", "PendingSubmit"]);
        if round % 2 == 0 {
            world.kill_paper()
        } else {
            world.kill_gate()
        }
        round += 1;
    }
    world.kill_gate();
    let orders = world.broker().orders();
    assert!(orders.len() >= 12, "{orders:?}");
    assert!(orders.values().all(|count| *count == 1), "{orders:?}");
    let known = world.program().open_orders().len();
    assert!(known >= orders.len(), "the gate knows {known}, the broker has {orders:?}");
}
