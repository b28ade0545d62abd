//! TLS: what the portal shows of itself to a browser, from files, from a CA of its own, or from an ACME server.

mod acme;
mod dates;
mod files;
mod handshake;
mod local_ca;
mod look;
mod pair;
mod private;

pub use acme::Acme;
pub use files::Pair;
pub use local_ca::{Authority, authorities};
pub use look::{Looked, look};
pub use pair::BadPair;

pub(crate) use handshake::Handshakes;

use files::Files;
use local_ca::LocalCa;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use service::Clock;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;

pub(crate) const HTTP: &[u8] = b"http/1.1";
/// Of a connection that only asks whether this machine holds the name.
pub(crate) const CHALLENGE: &[u8] = b"acme-tls/1";

/// Where certificates come from.
#[derive(Clone, Debug)]
pub enum Certificates {
    Files(Pair),
    /// A directory of ours alone, in which a CA and its certificates are made and kept.
    LocalCa(PathBuf),
    Acme(Acme),
}

/// Why nothing can be served over TLS.
#[derive(Debug, thiserror::Error)]
pub enum NoTls {
    #[error(transparent)]
    Pair(#[from] BadPair),
    #[error("{path}: {why}")]
    File { path: String, why: String },
    #[error("no certificate can be made: {0}")]
    Making(String),
    #[error("the ACME server's root {path}: {why}")]
    Root { path: String, why: String },
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
}

/// Ready to shake hands.
#[derive(Clone)]
pub struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    authority: Option<Authority>,
    is_new: bool,
    listening: Arc<Notify>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("authority", &self.authority).finish_non_exhaustive()
    }
}

impl Tls {
    /// For that name; within a runtime, because files are looked at from now on, and an ACME server is asked once it is served.
    pub fn open(from: Certificates, host: &str, clock: Arc<dyn Clock>) -> Result<Self, NoTls> {
        let (plain, listening) = (vec![HTTP.to_vec()], Arc::new(Notify::new()));
        match from {
            Certificates::Files(pair) => {
                let files = Arc::new(Files::open(pair, host, clock)?);
                files.watch();
                Ok(Self { config: config(files, plain)?, authority: None, is_new: false, listening })
            }
            Certificates::LocalCa(directory) => {
                let ca = LocalCa::open(&directory, host, clock)?;
                let (authority, is_new) = (Some(ca.authority().clone()), ca.is_new());
                Ok(Self { config: config(Arc::new(ca), plain)?, authority, is_new, listening })
            }
            Certificates::Acme(acme) => {
                let resolver = acme.begin(host, clock, Arc::clone(&listening))?;
                let both = vec![HTTP.to_vec(), CHALLENGE.to_vec()];
                Ok(Self { config: config(resolver, both)?, authority: None, is_new: false, listening })
            }
        }
    }

    /// From now on there is somebody who answers an ACME server that comes back.
    pub(crate) fn is_served(&self) {
        self.listening.notify_one();
    }

    /// Whether that CA was made just now: nobody knows yet where it is.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// The CA that was made here, where one was.
    pub const fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn config(resolver: Arc<dyn ResolvesServerCert>, protocols: Vec<Vec<u8>>) -> Result<Arc<ServerConfig>, NoTls> {
    let builder = ServerConfig::builder_with_provider(provider());
    let builder = builder.with_protocol_versions(&[&version::TLS13, &version::TLS12])?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = protocols;
    Ok(Arc::new(config))
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl ResolvesServerCert for LocalCa {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}
