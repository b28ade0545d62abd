//! Look: what there is of a certificate, read as a start would read it, and nothing made or served.

use super::dates::Dates;
use super::{Certificates, NoTls, files, local_ca, pair};
use kernel::time::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A certificate that is there, whole, and for the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    pub from: Timestamp,
    pub until: Timestamp,
    /// The mode of its key's file, where more users can read it than should.
    pub open: Option<u32>,
}

/// `None`: there is none yet, and the first start makes it, or asks for it.
pub fn look(certificates: &Certificates, host: &str) -> Result<Option<Looked>, NoTls> {
    match certificates {
        Certificates::Files(of) => {
            let key = zeroize::Zeroizing::new(pair::bytes(&of.key)?);
            let read = pair::read(&pair::bytes(&of.certificate)?, &key, host)?;
            Ok(read.cert.first().and_then(Dates::of).map(|dates| looked(dates, open(&of.key, files::OPEN))))
        }
        Certificates::LocalCa(directory) => {
            let (certificate, key) = local_ca::places(directory, host);
            match (certificate.exists(), key.exists()) {
                (false, false) => Ok(None),
                (true, false) => {
                    Err(NoTls::File { path: key.display().to_string(), why: "the local CA's key is gone".to_owned() })
                }
                (false, true) | (true, true) => {
                    let dates = CertificateDer::from_pem_slice(&pair::bytes(&certificate)?).ok();
                    let dates = dates.as_ref().and_then(Dates::of).ok_or(pair::BadPair::NoCertificate)?;
                    Ok(Some(looked(dates, open(&key, 0o077))))
                }
            }
        }
        Certificates::Acme(acme) => {
            let path = acme.certificate(host);
            if !path.exists() {
                return Ok(None);
            }
            let pem = zeroize::Zeroizing::new(pair::bytes(&path)?);
            let read = pair::read(&pem, &pem, host)?;
            Ok(read.cert.first().and_then(Dates::of).map(|dates| looked(dates, open(&path, 0o077))))
        }
    }
}

const fn looked(dates: Dates, open: Option<u32>) -> Looked {
    Looked { from: dates.from, until: dates.until, open }
}

fn open(path: &Path, bits: u32) -> Option<u32> {
    let mode = std::fs::metadata(path).map(|file| file.mode() & 0o777).ok()?;
    (mode & bits != 0).then_some(mode)
}
