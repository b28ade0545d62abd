//! ACME: a certificate from a server that first asks this machine, over TLS, whether it holds the name.

use super::{NoTls, pair, private, provider};
use aws_lc_rs::digest::{SHA256, digest};
use futures_util::StreamExt;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::ResolvesServerCert;
use rustls::{ClientConfig, RootCertStore};
use rustls_acme::{AccountCache, AcmeConfig, CertCache, EventOk};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Whom to ask, as whom, and where to keep what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acme {
    /// The address of the server's directory.
    pub server: String,
    /// Who is told when something is wrong: `mailto:…`.
    pub contact: Vec<String>,
    /// In place of the public roots: what the server's own certificate is checked against.
    pub root: Option<PathBuf>,
    /// A directory of ours alone, for the account's key and the certificate with its key.
    pub kept: PathBuf,
}

impl Acme {
    /// From now on it is asked for and renewed; until there is a first one, no handshake succeeds.
    pub(super) fn begin(self, host: &str) -> Result<Arc<dyn ResolvesServerCert>, NoTls> {
        private::directory(&self.kept)
            .map_err(|why| NoTls::File { path: self.kept.display().to_string(), why: why.to_string() })?;
        let config = match &self.root {
            None => AcmeConfig::new([host]),
            Some(root) => AcmeConfig::new_with_client_config([host], Arc::new(trusting(root)?)),
        };
        let config = config.contact(&self.contact).directory(&self.server).cache(Kept { directory: self.kept });
        let mut state = config.state();
        let resolver = state.resolver();
        tokio::spawn(async move {
            while let Some(event) = state.next().await {
                match event {
                    Ok(EventOk::DeployedCachedCert) => tracing::info!("the certificate that was kept is served"),
                    Ok(EventOk::DeployedNewCert) => tracing::info!("a certificate came from the ACME server"),
                    Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
                    Err(error) => tracing::warn!(%error, "no certificate from the ACME server; it is asked again"),
                }
            }
        });
        Ok(resolver)
    }
}

fn trusting(root: &Path) -> Result<ClientConfig, NoTls> {
    let wrong = |why: String| NoTls::Root { path: root.display().to_string(), why };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pair::bytes(root)?) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("it holds no PEM certificate".to_owned()));
    }
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Both hold a private key: each in a file that its owner alone can read.
struct Kept {
    directory: PathBuf,
}

impl Kept {
    /// Another server, name or contact has another file.
    fn path(&self, kind: &str, of: &[String], server: &str) -> PathBuf {
        let mut text = server.to_owned();
        for one in of {
            text.push('\0');
            text.push_str(one);
        }
        let digest = digest(&SHA256, text.as_bytes());
        let name: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        self.directory.join(format!("{kind}-{name}.key"))
    }

    fn load(&self, kind: &str, of: &[String], server: &str) -> Result<Option<Vec<u8>>, Error> {
        match std::fs::read(self.path(kind, of, server)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn store(&self, kind: &str, of: &[String], server: &str, bytes: &[u8]) -> Result<(), Error> {
        let (path, bytes) = (self.path(kind, of, server), Zeroizing::new(bytes.to_vec()));
        tokio::task::spawn_blocking(move || private::write(&path, &bytes)).await.map_err(Error::other)?
    }
}

#[async_trait::async_trait]
impl CertCache for Kept {
    type EC = Error;
    async fn load_cert(&self, domains: &[String], server: &str) -> Result<Option<Vec<u8>>, Error> {
        self.load("certificate", domains, server)
    }
    async fn store_cert(&self, domains: &[String], server: &str, bytes: &[u8]) -> Result<(), Error> {
        self.store("certificate", domains, server, bytes).await
    }
}

#[async_trait::async_trait]
impl AccountCache for Kept {
    type EA = Error;
    async fn load_account(&self, contact: &[String], server: &str) -> Result<Option<Vec<u8>>, Error> {
        self.load("account", contact, server)
    }
    async fn store_account(&self, contact: &[String], server: &str, bytes: &[u8]) -> Result<(), Error> {
        self.store("account", contact, server, bytes).await
    }
}
