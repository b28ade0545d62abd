//! TLS towards webhooks and push services: the roots that browsers trust, or the one that the operator names.

use crate::Misconfigured;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

pub(crate) fn client(ca: Option<&Path>) -> Result<Arc<ClientConfig>, Misconfigured> {
    let mut roots = RootCertStore::empty();
    match ca {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let wrong = |why: String| Misconfigured::stated(format!("ca {}: {why}", path.display()));
            let all = CertificateDer::pem_file_iter(path).map_err(|why| wrong(why.to_string()))?;
            for one in all {
                let one = one.map_err(|why| wrong(why.to_string()))?;
                roots.add(one).map_err(|why| wrong(why.to_string()))?;
            }
            if roots.is_empty() {
                return Err(wrong("no certificate is in it".to_owned()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| Misconfigured::stated(why.to_string()))?;
    Ok(Arc::new(versions.with_root_certificates(roots).with_no_client_auth()))
}
