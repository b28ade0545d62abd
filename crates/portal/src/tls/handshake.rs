//! Handshakes: bounded in time and number. The oldest makes room for the newest, so nobody keeps others out by silence.

use super::{CHALLENGE, Tls};
use crate::source;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A phone in a tunnel needs a second or two.
const LONGEST: Duration = Duration::from_secs(10);
const MOST: usize = 128;
const MOST_OF_ONE_SOURCE: usize = 32;
/// The first byte of each TLS connection: a handshake record.
const TLS: u8 = 22;
const NOT_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 35\r\n\
    connection: close\r\n\r\nthis port speaks TLS only: https://";

pub struct Handshakes {
    tls: Tls,
    under_way: Mutex<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    next: u64,
    /// The oldest first.
    all: VecDeque<One>,
}

struct One {
    number: u64,
    source: IpAddr,
    /// Ends it when it is dropped.
    _stop: oneshot::Sender<()>,
}

impl std::fmt::Debug for Handshakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshakes").field("tls", &self.tls).finish_non_exhaustive()
    }
}

impl Handshakes {
    pub fn new(tls: Tls) -> Arc<Self> {
        Arc::new(Self { tls, under_way: Mutex::default() })
    }

    /// None when it took too long, made room for another, or was no handshake; and when it only was to show a name.
    pub async fn shake(&self, stream: TcpStream, peer: IpAddr) -> Option<TlsStream<TcpStream>> {
        let (number, stopped) = self.begin(source::network(peer));
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(LONGEST, shaken(&self.tls, stream)) => shaken.ok().flatten(),
            _ = stopped => None,
        };
        self.end(number);
        shaken.filter(|stream| stream.get_ref().1.alpn_protocol() != Some(CHALLENGE))
    }

    fn begin(&self, source: IpAddr) -> (u64, oneshot::Receiver<()>) {
        let (stop, stopped) = oneshot::channel();
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let number = under_way.next;
        under_way.next = number.wrapping_add(1);
        let all = &mut under_way.all;
        if all.iter().filter(|one| one.source == source).count() >= MOST_OF_ONE_SOURCE {
            let oldest = all.iter().position(|one| one.source == source);
            oldest.and_then(|at| all.remove(at));
        } else if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back(One { number, source, _stop: stop });
        (number, stopped)
    }

    fn end(&self, number: u64) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.all.retain(|one| one.number != number);
    }
}

async fn shaken(tls: &Tls, mut stream: TcpStream) -> Option<TlsStream<TcpStream>> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first != [TLS] {
        // Somebody typed http://, or a program did. What it said is taken, or the answer would be lost in a reset.
        drop(stream.try_read(&mut [0; 4_096]));
        drop(stream.write_all(NOT_TLS).await);
        drop(stream.shutdown().await);
        return None;
    }
    TlsAcceptor::from(Arc::clone(&tls.config)).accept(stream).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_plain_http_is_as_long_as_it_says() {
        let said = String::from_utf8_lossy(NOT_TLS);
        let body = said.split("\r\n\r\n").nth(1).unwrap_or_default();
        assert!(said.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
