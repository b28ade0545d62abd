//! Place: an address of HTTP that an operator has configured: with TLS, or on this machine.

use crate::post::{LIMIT, Secured, post};
use crate::{Misconfigured, NotSent, tls};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri, http::request};
use rustls::pki_types::ServerName;
use std::net::IpAddr;
use std::path::Path;
use url::{Host, Url};

/// What can be judged by itself.
pub(crate) fn judged(url: &str) -> Result<Url, &'static str> {
    let url = Url::parse(url).map_err(|_| "url is no address")?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("url holds no name, no password and no fragment");
    }
    let near = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err("url names no host"),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if near => Ok(url),
        _ => Err("url begins with https://, or is on this machine"),
    }
}

pub(crate) struct Place {
    uri: Uri,
    pub(crate) host: String,
    port: u16,
    tls: Option<Secured>,
}

impl Place {
    /// `url` is judged; `ca` is a certificate file to trust instead of the roots that browsers trust.
    pub(crate) fn open(
        url: &Url,
        ca: Option<&Path>,
        wrong: impl Fn(&str) -> Misconfigured,
    ) -> Result<Self, Misconfigured> {
        let (host, server) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), ServerName::try_from(name.to_owned()).ok()),
            Some(Host::Ipv4(at)) => (at.to_string(), Some(ServerName::from(IpAddr::V4(at)))),
            Some(Host::Ipv6(at)) => (at.to_string(), Some(ServerName::from(IpAddr::V6(at)))),
            None => return Err(wrong("url names no host")),
        };
        let server = server.ok_or_else(|| wrong("url names no host"))?;
        let port = url.port_or_known_default().ok_or_else(|| wrong("url names no port"))?;
        let uri = url.as_str().parse().map_err(|_| wrong("url is no address"))?;
        let tls = match url.scheme() {
            "https" => Some((tls::client(ca)?, server)),
            _ => None,
        };
        Ok(Self { uri, host, port, tls })
    }

    /// A request to here, with the headers that each has.
    pub(crate) fn request(&self) -> request::Builder {
        let host = self.uri.authority().map_or("", |authority| authority.as_str());
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        Request::post(path).header("host", host).header("user-agent", "portreeve")
    }

    /// What it answered. Ends in time, whatever the other side does.
    pub(crate) async fn post(&self, request: Request<Full<Bytes>>, late: &str) -> Result<StatusCode, NotSent> {
        let answer = post((&self.host, self.port), self.tls.as_ref(), request);
        let answer = tokio::time::timeout(LIMIT, answer).await;
        Ok(answer.map_err(|_| NotSent::Later(late.to_owned()))??.status())
    }
}
