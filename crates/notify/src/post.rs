//! Post: one request to one host, on a connection of its own; of the answer only the head is read.

use crate::{NotSent, carrier};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// For all of it, from the name that is looked up to the answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

pub(crate) type Secured = (Arc<ClientConfig>, ServerName<'static>);

/// A redirect is an answer like any other: it is not followed.
pub(crate) async fn post(
    (host, port): (&str, u16),
    tls: Option<&Secured>,
    request: Request<Full<Bytes>>,
) -> Result<Response<()>, NotSent> {
    let later = |why: &dyn fmt::Display| NotSent::Later(carrier::told(&why.to_string()));
    let socket = TcpStream::connect((host, port)).await.map_err(|why| later(&why))?;
    let Some((config, server)) = tls else { return answered(socket, request).await };
    let connector = TlsConnector::from(Arc::clone(config));
    let socket = connector.connect(server.clone(), socket).await.map_err(|why| later(&why))?;
    answered(socket, request).await
}

async fn answered<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    socket: T,
    request: Request<Full<Bytes>>,
) -> Result<Response<()>, NotSent> {
    let later = |why: hyper::Error| NotSent::Later(carrier::told(&why.to_string()));
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(later)?;
    let answer = async { sender.send_request(request).await.map(|answer| answer.map(drop)).map_err(later) };
    // The connection only ends before the answer when there will be none.
    let carried = async {
        match connection.await {
            Ok(()) => std::future::pending().await,
            Err(why) => why,
        }
    };
    tokio::select! {
        biased;
        answer = answer => answer,
        why = carried => Err(later(why)),
    }
}
