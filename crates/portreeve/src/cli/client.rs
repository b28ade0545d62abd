//! Client: one request over the Unix socket of the data directory, and its answer.

use super::say::Refusal;
use super::{Common, End, SYSTEM, places};
use crate::control::SOCKET;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;

/// Longer than the server lets any request take.
const LONGEST: Duration = Duration::from_secs(40);
/// A page of the journal with large events fits.
const MOST_BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Client {
    runtime: tokio::runtime::Runtime,
    socket: PathBuf,
}

impl Client {
    pub fn new(common: &Common) -> Result<Self, End> {
        let socket = places::data(common)?.join(SOCKET);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self { runtime: runtime.map_err(|why| End::failed(why, SYSTEM))?, socket })
    }

    pub fn get(&self, path: &str) -> Result<Value, End> {
        self.ask(Method::GET, path, None)
    }

    pub fn post(&self, path: &str, body: Option<&Value>) -> Result<Value, End> {
        self.ask(Method::POST, path, body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> Result<Value, End> {
        self.ask(Method::PATCH, path, Some(body))
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, End> {
        let no_answer = |why: NoAnswer| End::NoServer { socket: self.socket.clone(), why };
        let body = body.map(Value::to_string).unwrap_or_default();
        let answered = self.runtime.block_on(async {
            let exchange = exchange(&self.socket, method, path, body);
            tokio::time::timeout(LONGEST, exchange)
                .await
                .unwrap_or_else(|_| Err(NoAnswer::Silent("it does not answer in time".to_owned())))
        });
        let (status, bytes) = answered.map_err(no_answer)?;
        let unreadable = |why| no_answer(NoAnswer::Silent(format!("its answer cannot be read: {why}")));
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(unreadable);
        }
        let refusal: Refusal = serde_json::from_slice(&bytes).map_err(unreadable)?;
        Err(refusal.into())
    }
}

/// Why nobody answered.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    Silent(String),
    /// Somebody may listen, but not to this user.
    Denied,
}

impl NoAnswer {
    pub fn text(&self) -> &str {
        match self {
            Self::Silent(why) => why,
            Self::Denied => "it is not open to you",
        }
    }
}

async fn exchange(socket: &Path, method: Method, path: &str, body: String) -> Result<(StatusCode, Bytes), NoAnswer> {
    let stream = UnixStream::connect(socket).await.map_err(|why| match why.kind() {
        std::io::ErrorKind::NotFound => NoAnswer::Silent("there is no such socket".to_owned()),
        std::io::ErrorKind::ConnectionRefused => NoAnswer::Silent("nobody listens there any more".to_owned()),
        std::io::ErrorKind::PermissionDenied => NoAnswer::Denied,
        _ => NoAnswer::Silent(why.to_string()),
    })?;
    asked(stream, method, path, body).await.map_err(|why| NoAnswer::Silent(why.to_string()))
}

type Trouble = Box<dyn std::error::Error + Send + Sync>;

async fn asked(stream: UnixStream, method: Method, path: &str, body: String) -> Result<(StatusCode, Bytes), Trouble> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "portreeve")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let bytes = Limited::new(response.into_body(), MOST_BYTES).collect().await?.to_bytes();
    Ok((status, bytes))
}

/// A name as one segment of a path, whatever it holds.
pub(crate) fn segment(name: &str) -> String {
    use std::fmt::Write;
    name.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_segment() {
        assert_eq!(segment("demo-read"), "demo-read");
        assert_eq!(segment("../kill?a=1"), "..%2Fkill%3Fa%3D1");
    }
}
