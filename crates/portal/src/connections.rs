//! Connections: accepted on every address, over TLS where it is set up, bounded in number, and closed when silent.

use crate::places::{Place, Places};
use crate::progress::Progress;
use crate::source;
use crate::tls::{Handshakes, Tls};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use service::in_hand::{Busy, InHand};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

/// Until the headers of a request are there; also between two requests.
const HEADERS: Duration = Duration::from_secs(20);
/// Of an answer that nobody takes. A phone that goes through a tunnel comes out again within this.
const UNTAKEN: Duration = Duration::from_secs(20);
/// A pause when the system has no more sockets to give.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// How people reach the portal.
#[derive(Debug, Default)]
pub struct Door {
    /// None: plain HTTP, on loopback alone.
    pub tls: Option<Tls>,
    /// Who is believed about where a request comes from.
    pub proxies: Vec<IpAddr>,
}

struct Way {
    router: Router,
    proxies: Vec<IpAddr>,
    handshakes: Option<Arc<Handshakes>>,
    places: Places,
}

/// Serves all of them until the process ends.
pub async fn serve(router: Router, listeners: Vec<TcpListener>, door: Door) {
    door.tls.iter().for_each(Tls::is_served);
    let way = Arc::new(Way {
        router,
        proxies: door.proxies.into_iter().map(|proxy| proxy.to_canonical()).collect(),
        handshakes: door.tls.map(Handshakes::new),
        places: Places::default(),
    });
    futures_util::future::join_all(listeners.into_iter().map(|listener| accept(Arc::clone(&way), listener))).await;
}

async fn accept(way: Arc<Way>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(Arc::clone(&way).meet(stream, peer));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to the portal could not be accepted");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

impl Way {
    async fn meet(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        let own = stream.local_addr().ok().map(|own| own.ip());
        let Some(handshakes) = self.handshakes.clone() else { return self.stay(stream, peer, own).await };
        let Some(stream) = handshakes.shake(stream, peer.ip()).await else { return };
        // After the handshake: whoever is silent in it takes no place.
        self.stay(stream, peer, own).await;
    }

    /// Until it has ended or makes room for another.
    async fn stay(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin, peer: SocketAddr, own: Option<IpAddr>) {
        let from = peer.ip().to_canonical();
        let one_person = !from.is_loopback() && !self.proxies.contains(&from);
        let Some(Place { in_hand, leave }) = self.places.take(from, one_person) else { return };
        tokio::select! {
            () = self.answer(Progress::of(stream, UNTAKEN), peer, own, in_hand) => {}
            _ = leave => {}
        }
    }

    async fn answer(
        self: Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        peer: SocketAddr,
        own: Option<IpAddr>,
        in_hand: InHand,
    ) {
        let streams: Mutex<Vec<Busy>> = Mutex::default();
        let service = service_fn(|request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            match source::of(peer, own, request.headers(), &self.proxies) {
                Ok(source) => {
                    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(source.address, peer.port())));
                    request.extensions_mut().insert(source);
                }
                Err(unreadable) => drop(request.extensions_mut().insert(unreadable)),
            }
            // Whoever works on it takes it in hand: what is only asked, and never read or sent, is not worked on.
            request.extensions_mut().insert(in_hand.clone());
            let (mut router, in_hand) = (self.router.clone(), &in_hand);
            let streams = &streams;
            async move {
                let answer = router.call(request).await;
                // An event stream is being answered for as long as it is open.
                if answer.as_ref().is_ok_and(is_stream) {
                    streams.lock().unwrap_or_else(PoisonError::into_inner).push(in_hand.take());
                }
                answer
            }
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_headers(64);
        // A browser that goes away is nothing to tell anyone.
        drop(builder.serve_connection(TokioIo::new(stream), service).await);
    }
}

fn is_stream(answer: &Response) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/event-stream"))
}
