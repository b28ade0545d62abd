//! Wire: a copy of every byte between the gate and the broker, and a list of the orders that went by.

use kernel::id::OrderId;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tws::{FrameReader, Request, ServerVersion};

/// What the client says before its first frame.
const GREETING: usize = 4;

/// How often each order was told to the broker, seen on the wire itself. Lives as long as the test.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    told: Arc<Mutex<BTreeMap<OrderId, usize>>>,
}

impl Wire {
    /// The gate is to connect to `port`; everything goes on to `upstream`.
    pub fn start(port: u16, upstream: u16) -> Self {
        let wire = Self::default();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let own = wire.clone();
        std::thread::spawn(move || {
            for gate in listener.incoming() {
                let gate = gate.unwrap();
                let Ok(broker) = TcpStream::connect(("127.0.0.1", upstream)) else { continue };
                gate.set_nodelay(true).unwrap();
                broker.set_nodelay(true).unwrap();
                let (answers, programs) = (broker.try_clone().unwrap(), gate.try_clone().unwrap());
                let wire = own.clone();
                std::thread::spawn(move || wire.there(gate, broker));
                std::thread::spawn(move || back(answers, programs));
            }
        });
        wire
    }

    /// When the gate dies, what it had written still arrives, and then the end of it.
    fn there(&self, mut gate: TcpStream, mut broker: TcpStream) {
        let (mut frames, mut greeted) = (FrameReader::new(1 << 20), 0);
        let mut bytes = [0; 64 * 1024];
        while let Ok(count @ 1..) = gate.read(&mut bytes) {
            let letters = count.min(GREETING - greeted);
            greeted += letters;
            frames.push(&bytes[letters..count]);
            while let Some(payload) = frames.next().unwrap() {
                self.note(&payload);
            }
            if broker.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(broker.shutdown(Shutdown::Write));
    }

    fn note(&self, payload: &[u8]) {
        // The greeting's own frame is no message.
        if let Ok(Request::PlaceOrder(place)) = Request::decode(ServerVersion::NEWEST, payload) {
            let id = OrderId::parse(&place.order.order_ref).expect("an order carries our id as its label");
            *self.told.lock().unwrap().entry(id).or_insert(0) += 1;
        }
    }

    pub fn told(&self) -> BTreeMap<OrderId, usize> {
        self.told.lock().unwrap().clone()
    }
}

/// Reads to the end even when nobody listens any more: the broker is never held up by a dead gate.
fn back(mut broker: TcpStream, mut gate: TcpStream) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(count @ 1..) = broker.read(&mut bytes) {
        drop(gate.write_all(&bytes[..count]));
    }
    drop(gate.shutdown(Shutdown::Write));
}
