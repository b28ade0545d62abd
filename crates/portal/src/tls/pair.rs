//! A pair: a certificate with its chain, and the private key that belongs to it, both in PEM.

use super::dates::Dates;
use super::provider;
use kernel::time::Timestamp;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;

/// Far above any chain; what is longer is not read.
const MOST_BYTES: usize = 1 << 20;

/// Why a pair cannot be served. None of these tells anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum BadPair {
    #[error("{path}: {why}")]
    Unreadable { path: String, why: String },
    #[error("{path} is longer than any certificate or key")]
    TooLong { path: String },
    #[error("the certificate file holds no PEM certificate")]
    NoCertificate,
    #[error("the key file holds no PEM private key of a kind that is known")]
    NoKey,
    #[error("the key is not the one that the certificate is for")]
    NotOne,
    #[error("the certificate is not for {host}, which is the name in the portal's origin")]
    OtherName { host: String },
}

pub fn bytes(path: &std::path::Path) -> Result<Vec<u8>, BadPair> {
    use std::io::Read;
    let unreadable =
        |why: std::io::Error| BadPair::Unreadable { path: path.display().to_string(), why: why.to_string() };
    let mut read = Vec::new();
    // Before it is opened: a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::other("it is no regular file")));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut read).map_err(unreadable)?;
    if read.len() > MOST_BYTES {
        return Err(BadPair::TooLong { path: path.display().to_string() });
    }
    Ok(read)
}

/// Whatever its dates are: a browser says of those what is to be said.
pub fn read(certificate: &[u8], key: &[u8], host: &str) -> Result<CertifiedKey, BadPair> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.map_err(|_| BadPair::NoCertificate)?;
    let first = chain.first().ok_or(BadPair::NoCertificate)?;
    let other_name = || BadPair::OtherName { host: host.to_owned() };
    let parsed = ParsedCertificate::try_from(first).map_err(|_| BadPair::NoCertificate)?;
    let name = ServerName::try_from(host).map_err(|_| other_name())?;
    verify_server_name(&parsed, &name).map_err(|_| other_name())?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| BadPair::NoKey)?;
    let key = provider().key_provider.load_private_key(key).map_err(|_| BadPair::NoKey)?;
    let pair = CertifiedKey::new(chain, key);
    pair.keys_match().map_err(|_| BadPair::NotOne)?;
    Ok(pair)
}

/// Said once for each pair that is read: people look for the reason where the server writes.
pub fn warn_of_its_dates(pair: &CertifiedKey, now: Timestamp) {
    let Some(dates) = pair.cert.first().and_then(Dates::of) else { return };
    if now.0 >= dates.until.0 || now.0 < dates.from.0 {
        tracing::warn!("the certificate does not hold at this time: browsers will refuse it");
    }
}
