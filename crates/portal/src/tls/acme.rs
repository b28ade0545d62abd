//! ACME: a certificate from a server that first asks this machine, over TLS, whether it holds the name.

use super::dates::Dates;
use super::{NoTls, pair, private, provider};
use aws_lc_rs::digest::{SHA256, digest};
use futures_util::StreamExt;
use kernel::time::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_acme::{AccountCache, AcmeConfig, AcmeState, CertCache, EventError, EventOk, ResolvesServerCertAcme};
use service::Clock;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
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

/// Between two looks at the clock: a machine that sleeps misses what was to be done at a time. Also the least time
/// between two new certificates, whatever dates the server writes into them.
const HOUR: Duration = Duration::from_secs(3_600);
/// After failures it is asked again later and later: at most after 2^16 seconds.
const HOURS_OF_PAUSE: u32 = 19;

type State = AcmeState<Error, Error>;

impl Acme {
    /// From `listening` on it is asked for and renewed; until there is a first one, no handshake succeeds.
    pub(super) fn begin(
        self,
        host: &str,
        clock: Arc<dyn Clock>,
        listening: Arc<Notify>,
    ) -> Result<Arc<dyn ResolvesServerCert>, NoTls> {
        private::directory(&self.kept)
            .map_err(|why| NoTls::File { path: self.kept.display().to_string(), why: why.to_string() })?;
        let trusted = self.root.as_deref().map(trusting).transpose()?.map(Arc::new);
        let kept = Kept { directory: self.kept.clone(), dates: Arc::default() };
        let host = host.to_owned();
        let begun = {
            let kept = kept.clone();
            move || self.state(&host, trusted.as_ref(), kept.clone())
        };
        let state = begun();
        let latest = Arc::new(Latest(Mutex::new(state.resolver())));
        let shown = Arc::clone(&latest);
        tokio::spawn(async move {
            listening.notified().await;
            let mut state = state;
            while followed(&mut state, &latest, &kept, clock.as_ref()).await {
                state = begun();
            }
        });
        Ok(shown)
    }

    /// Where the certificate for that name is kept, with its key.
    pub(super) fn certificate(&self, host: &str) -> PathBuf {
        let kept = Kept { directory: self.kept.clone(), dates: Arc::default() };
        kept.path("certificate", &[host.to_owned()], &self.server)
    }

    fn state(&self, host: &str, trusted: Option<&Arc<ClientConfig>>, kept: Kept) -> State {
        let config = match trusted {
            None => AcmeConfig::new([host]),
            Some(trusted) => AcmeConfig::new_with_client_config([host], Arc::clone(trusted)),
        };
        config.contact(&self.contact).directory(&self.server).cache(kept).state()
    }
}

/// Until it is to be begun anew: it puts no bound on how long it waits for the server. False when it has ended.
async fn followed(state: &mut State, latest: &Latest, kept: &Kept, clock: &dyn Clock) -> bool {
    let (mut failed, mut hours) = (false, 0_u32);
    loop {
        let Ok(event) = tokio::time::timeout(HOUR, state.next()).await else {
            hours = hours.saturating_add(1);
            if is_stuck(kept.dates(), clock.now(), failed, hours) {
                tracing::warn!("nothing comes from the ACME server although a certificate is due: begun anew");
                return true;
            }
            continue;
        };
        let Some(event) = event else { return false };
        // From its first word on: until then what the one before has is shown.
        *latest.0.lock().unwrap_or_else(PoisonError::into_inner) = state.resolver();
        (failed, hours) = (event.is_err(), 0);
        let is_new = matches!(event, Ok(EventOk::CertCacheStore) | Err(EventError::CertCacheStore(_)));
        match event {
            Ok(EventOk::DeployedCachedCert) => tracing::info!("the certificate that was kept is served"),
            Ok(EventOk::DeployedNewCert) => tracing::info!("a certificate came from the ACME server"),
            Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
            Err(error) => tracing::warn!(%error, "no certificate from the ACME server; it is asked again"),
        }
        if is_new {
            tokio::time::sleep(HOUR).await;
        }
    }
}

/// After so many hours without a word: an order is due, and it was not put off after a failure.
fn is_stuck(dates: Option<Dates>, now: Timestamp, failed: bool, hours: u32) -> bool {
    dates.is_none_or(|dates| dates.is_due(now)) && hours >= if failed { HOURS_OF_PAUSE } else { 1 }
}

/// Of the order that was begun last and has said something.
#[derive(Debug)]
struct Latest(Mutex<Arc<ResolvesServerCertAcme>>);

impl ResolvesServerCert for Latest {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let latest = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        latest.resolve(hello)
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
#[derive(Clone)]
struct Kept {
    directory: PathBuf,
    /// Of the certificate that is served.
    dates: Arc<Mutex<Option<Dates>>>,
}

impl Kept {
    fn dates(&self) -> Option<Dates> {
        *self.dates.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn note(&self, pem: &[u8]) {
        let dates = CertificateDer::from_pem_slice(pem).ok().as_ref().and_then(Dates::of);
        *self.dates.lock().unwrap_or_else(PoisonError::into_inner) = dates;
    }

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
        let path = self.path(kind, of, server);
        match private::closed(&path).and_then(|()| std::fs::read(&path)) {
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
        let found = self.load("certificate", domains, server)?;
        found.iter().for_each(|pem| self.note(pem));
        Ok(found)
    }
    async fn store_cert(&self, domains: &[String], server: &str, bytes: &[u8]) -> Result<(), Error> {
        self.note(bytes);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_begun_anew_when_it_is_due_and_neither_speaks_nor_waits_after_a_failure() {
        let dates = Some(Dates { from: Timestamp(0), until: Timestamp(90) });
        let stuck = |now, failed, hours| is_stuck(dates, Timestamp(now), failed, hours);
        assert!(!stuck(59, false, 1_000) && stuck(60, false, 1) && stuck(200, false, 1));
        assert!(!stuck(60, true, 18) && stuck(60, true, 19));
        assert!(is_stuck(None, Timestamp(1), false, 1));
    }
}
