//! Connections: accepted on every loopback address, bounded in number, and closed when their headers do not come.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service;

/// Browsers hold a handful each, and one for their event stream.
const MOST: usize = 256;
/// Until the headers of a request are there; also between two requests.
const HEADERS: Duration = Duration::from_secs(20);
/// A pause when the system has no more sockets to give.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Serves all of them until the process ends.
pub async fn serve(router: Router, listeners: Vec<TcpListener>) {
    let places = Arc::new(Semaphore::new(MOST));
    let all = listeners.into_iter().map(|listener| accept(router.clone(), listener, Arc::clone(&places)));
    futures_util::future::join_all(all).await;
}

async fn accept(router: Router, listener: TcpListener, places: Arc<Semaphore>) {
    loop {
        // Who comes when all places are taken waits in the system's own queue.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(answer(router.clone(), stream, peer, place));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to the portal could not be accepted");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

async fn answer(router: Router, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_headers(64);
    // A browser that goes away is nothing to tell anyone.
    drop(builder.serve_connection(TokioIo::new(stream), service).await);
    drop(place);
}
