//! Handshakes: bounded in time and number. The oldest makes room for the newest, so nobody keeps others out by silence.

use super::{CHALLENGE, Tls};
use crate::source::{network, site};
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
/// Whoever has 48 bits of IPv6 has 65,536 such sources.
const MOST_OF_ONE_SITE: usize = 64;
/// For this machine itself, whoever else comes.
const KEPT: usize = 16;
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
        let (number, stopped) = self.begin(peer.to_canonical());
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
        room(all, MOST_OF_ONE_SOURCE, |one| network(one) == network(source));
        room(all, MOST_OF_ONE_SITE, |one| site(one) == site(source));
        if !source.is_loopback() {
            room(all, MOST - KEPT, |one| !one.is_loopback());
        }
        room(all, MOST, |_| true);
        all.push_back(One { number, source, _stop: stop });
        (number, stopped)
    }

    fn end(&self, number: u64) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.all.retain(|one| one.number != number);
    }
}

/// For one more from those sources: the oldest of them ends.
fn room(all: &mut VecDeque<One>, most: usize, of: impl Fn(IpAddr) -> bool) {
    if all.iter().filter(|one| of(one.source)).count() >= most {
        let oldest = all.iter().position(|one| of(one.source));
        drop(oldest.and_then(|at| all.remove(at)));
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
    fn one_site_or_all_others_leave_room_for_this_machine() {
        let mut all = VecDeque::new();
        let mut stopped = Vec::new();
        for number in 0..MOST {
            let (stop, stays) = oneshot::channel();
            let source = IpAddr::from([203, 0, 113, u8::try_from(number).unwrap_or(255)]);
            room(&mut all, MOST - KEPT, |one| !one.is_loopback());
            all.push_back(One { number: 0, source, _stop: stop });
            stopped.push(stays);
        }
        assert_eq!(all.len(), MOST - KEPT);
        let ended = stopped.iter_mut().filter_map(|stays| stays.try_recv().err());
        assert_eq!(ended.filter(|why| *why == oneshot::error::TryRecvError::Closed).count(), KEPT);
    }

    #[test]
    fn what_is_said_to_plain_http_is_as_long_as_it_says() {
        let said = String::from_utf8_lossy(NOT_TLS);
        let body = said.split("\r\n\r\n").nth(1).unwrap_or_default();
        assert!(said.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
