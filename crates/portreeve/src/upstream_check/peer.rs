//! Peer: one plain connection to the venue, asked and read in turn; what goes wrong is said without its words.

use super::PATIENCE;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tws::{FrameReader, Request, Response, ServerVersion, client_hello, frame, parse_server_hello};

const MOST_FRAME: usize = 1 << 20;
/// How long one read waits, so that the patience of a step is kept.
const READ: Duration = Duration::from_millis(200);

pub(super) struct Peer {
    stream: TcpStream,
    frames: FrameReader,
    pub(super) version: ServerVersion,
    pub(super) accounts: Vec<String>,
    next_number: i32,
    next_request: i32,
    pub(super) connected_in: Duration,
    /// How long an answer may take.
    pub(super) patience: Duration,
}

/// The version that answers a greeting; nothing is asked, and no client id is taken.
pub fn greeted(address: SocketAddr, patience: Duration) -> Result<u32, String> {
    let lost = |_| "the connection was lost in the handshake".to_owned();
    let stream = TcpStream::connect_timeout(&address, patience).map_err(|_| "nothing listens there".to_owned())?;
    stream.set_read_timeout(Some(READ)).map_err(lost)?;
    stream.set_write_timeout(Some(patience)).map_err(lost)?;
    let mut peer = Peer::over(stream);
    peer.patience = patience;
    let hello = client_hello(ServerVersion::OLDEST.get(), ServerVersion::NEWEST.get(), "");
    peer.stream.write_all(&hello).map_err(lost)?;
    let answer = peer.payload(Instant::now())?;
    let spoken = parse_server_hello(&answer).map_err(|_| "it does not speak the TWS protocol".to_owned());
    spoken.map(|(number, _)| number)
}

impl Peer {
    fn over(stream: TcpStream) -> Self {
        Self {
            stream,
            frames: FrameReader::new(MOST_FRAME),
            version: ServerVersion::NEWEST,
            accounts: Vec::new(),
            next_number: 0,
            next_request: 2_000_000_000,
            connected_in: Duration::ZERO,
            patience: PATIENCE,
        }
    }

    pub(super) fn connect(address: SocketAddr, client_id: i32) -> Result<Self, String> {
        let begun = Instant::now();
        let lost = |_| "the connection was lost in the handshake".to_owned();
        let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(|_| {
            "nothing listens there: start TWS or IB Gateway, enable its API, compare the port".to_owned()
        })?;
        stream.set_nodelay(true).map_err(lost)?;
        stream.set_read_timeout(Some(READ)).map_err(lost)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(lost)?;
        let mut peer = Self::over(stream);
        let hello = client_hello(ServerVersion::OLDEST.get(), ServerVersion::NEWEST.get(), "");
        peer.stream.write_all(&hello).map_err(lost)?;
        let answer = peer.payload(begun)?;
        let (number, _) = parse_server_hello(&answer).map_err(|_| "it does not speak the TWS protocol".to_owned())?;
        peer.version =
            ServerVersion::new(number).ok_or(format!("it speaks version {number}; 157 to 178 are spoken here"))?;
        peer.ask(&Request::StartApi { client_id, optional_capabilities: String::new() })?;
        while peer.accounts.is_empty() || peer.next_number == 0 {
            match peer.hear(begun)? {
                Response::ManagedAccounts { accounts } => peer.accounts = accounts,
                Response::NextValidId { order_id } => peer.next_number = order_id.max(1),
                Response::Error { code: 326, .. } => {
                    return Err(format!("client id {client_id} is in use there (326)"));
                }
                _ => {}
            }
        }
        peer.connected_in = begun.elapsed();
        Ok(peer)
    }

    /// Numbers of requests never meet those of orders.
    pub(super) fn request_id(&mut self) -> i32 {
        self.next_request = self.next_request.saturating_add(1);
        self.next_request
    }

    /// Each is given once; one that only asked what an order would do is not used for one.
    pub(super) fn order_number(&mut self) -> i32 {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        number
    }

    pub(super) fn ask(&mut self, request: &Request) -> Result<(), String> {
        let bytes = request.encode(self.version).map_err(|_| "it cannot be said in this version".to_owned())?;
        self.stream.write_all(&frame(&bytes)).map_err(|_| "the connection was lost".to_owned())
    }

    /// The first answer that tells anything, and how long it took.
    pub(super) fn until<T>(&mut self, tells: impl Fn(&Response) -> Option<T>) -> Result<(T, u64), String> {
        let begun = Instant::now();
        loop {
            let told = self.hear(begun)?;
            if let Some(told) = tells(&told) {
                return Ok((told, u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)));
            }
        }
    }

    fn hear(&mut self, since: Instant) -> Result<Response, String> {
        let payload = self.payload(since)?;
        let field = |wrong: tws::DecodeError| format!("message {:?} cannot be read", wrong.message_id);
        Response::decode(self.version, &payload).map_err(field)
    }

    fn payload(&mut self, since: Instant) -> Result<Vec<u8>, String> {
        use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
        loop {
            if since.elapsed() > self.patience {
                return Err(format!("no answer within {} s", self.patience.as_secs()));
            }
            match self.frames.next() {
                Ok(Some(payload)) => return Ok(payload),
                Ok(None) => {}
                Err(_) => return Err("its frames are not the protocol's".to_owned()),
            }
            let mut bytes = [0; 16 * 1_024];
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err("it closed the connection".to_owned()),
                Ok(count) => self.frames.push(bytes.get(..count).unwrap_or_default()),
                Err(error) if matches!(error.kind(), Interrupted | TimedOut | WouldBlock) => {}
                Err(_) => return Err("the connection was lost".to_owned()),
            }
        }
    }
}
