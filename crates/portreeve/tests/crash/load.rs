//! Load: many connections that keep orders on the way, and a ledger of what was sent and what was answered.

use super::program::{Program, answers, percent, place};
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tws::Request;

/// Orders that a connection has on the way at a time.
const WINDOW: usize = 12;
/// Below what the gate answers at once on one connection.
const MOST: i32 = 170;

/// An order as its program knows it: the listener's port, the client id, the number.
pub type Key = (u16, i32, i32);

#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Written into the socket, all of it.
    pub sent: BTreeSet<Key>,
    pub answered: BTreeSet<Key>,
}

pub struct Load {
    ledger: Arc<Mutex<Ledger>>,
    programs: Vec<JoinHandle<()>>,
}

impl Load {
    /// Every connection stands before the first order is sent.
    pub fn start(ports: &[u16], each: i32, bid: Decimal) -> Self {
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let clients = ports.iter().flat_map(|port| (1..=each).map(|client_id| (*port, client_id)));
        let connected: Vec<_> =
            clients.map(|(port, id)| (port, id, Program::connect(port, id).expect("the gate is up"))).collect();
        let start = |(port, client_id, program)| {
            let ledger = Arc::clone(&ledger);
            // It ends when the gate goes away under it.
            std::thread::spawn(move || drop(Trader { port, client_id, program, bid, ledger }.trade()))
        };
        let programs = connected.into_iter().map(start).collect();
        Self { ledger, programs }
    }

    pub fn answered(&self) -> usize {
        self.ledger.lock().unwrap().answered.len()
    }

    pub fn ended(&self) -> bool {
        self.programs.iter().all(JoinHandle::is_finished)
    }

    /// Once the gate is gone: what its programs know.
    pub fn end(self) -> Ledger {
        self.programs.into_iter().for_each(|program| program.join().unwrap());
        self.ledger.lock().unwrap().clone()
    }
}

struct Trader {
    port: u16,
    client_id: i32,
    program: Program,
    bid: Decimal,
    ledger: Arc<Mutex<Ledger>>,
}

impl Trader {
    fn trade(mut self) -> Result<(), super::program::Gone> {
        let first = self.program.next_number;
        let mut next = first;
        let mut waiting = BTreeSet::new();
        while next < first + MOST || !waiting.is_empty() {
            let mut burst = Vec::new();
            while waiting.len() < WINDOW && next < first + MOST {
                burst.push(self.order(next));
                waiting.insert(next);
                next += 1;
            }
            if !burst.is_empty() {
                self.program.ask(&burst)?;
                self.ledger.lock().unwrap().sent.extend(waiting.iter().map(|n| (self.port, self.client_id, *n)));
            }
            // Half of them answered: time for the next ones.
            while !waiting.is_empty() && (waiting.len() > WINDOW / 2 || next == first + MOST) {
                let Some((number, _)) = answers(&self.program.heard()?) else { continue };
                waiting.remove(&number);
                self.ledger.lock().unwrap().answered.insert((self.port, self.client_id, number));
            }
        }
        Ok(())
    }

    /// Resting far from the market, ending at once, and filled at once, in turn; prices differ from order to order.
    fn order(&self, number: i32) -> Request {
        let apart = (self.client_id * 37 + number) % 600;
        let quantity = i64::from(number % 5 + 1);
        match number % 8 {
            0 => place(number, "BUY", quantity, percent(self.bid, 105, apart % 300), "GTC"),
            4 => place(number, "SELL", 1, percent(self.bid, 96, apart % 200), "IOC"),
            1 | 5 => place(number, "BUY", quantity, percent(self.bid, 92, apart), "IOC"),
            _ => place(number, "BUY", quantity, percent(self.bid, 92, apart), "GTC"),
        }
    }
}
