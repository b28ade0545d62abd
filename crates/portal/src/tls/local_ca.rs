//! The local CA: made once for one name and good for no other; its certificates live in memory and renew themselves.

use super::dates::Dates;
use super::{NoTls, pair, private, provider};
use aws_lc_rs::digest::{SHA256, digest};
use kernel::time::Timestamp;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use service::Clock;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca.key";
const DAY_MS: i64 = 86_400_000;
const LEAF_DAYS: i64 = 90;
const CA_DAYS: i64 = 3_650;
/// A phone's clock may be behind ours.
const BEHIND_MS: i64 = 3_600_000;

/// A CA of ours, as people install it on a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The only name that it can vouch for, with what lies below it.
    pub name: String,
    pub certificate: PathBuf,
    /// SHA-256 of the certificate, in pairs of hexadecimal digits.
    pub sha256: String,
}

pub struct LocalCa {
    authority: Authority,
    made: bool,
    key: KeyPair,
    clock: Arc<dyn Clock>,
    held: Mutex<(Arc<CertifiedKey>, Dates)>,
}

impl std::fmt::Debug for LocalCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalCa").field("authority", &self.authority).finish_non_exhaustive()
    }
}

/// The certificate and the key of the CA for that name.
pub(super) fn places(directory: &Path, host: &str) -> (PathBuf, PathBuf) {
    let own = directory.join(host);
    (own.join(CERTIFICATE), own.join(KEY))
}

impl LocalCa {
    /// Made at the first start; the next one finds it. A CA whose key is gone is never replaced in silence: phones
    /// trust it.
    pub fn open(directory: &Path, host: &str, clock: Arc<dyn Clock>) -> Result<Self, NoTls> {
        let own = directory.join(host);
        let now = clock.now();
        private::directory(&own).map_err(|why| file(&own, why))?;
        let (certificate, key) = (own.join(CERTIFICATE), own.join(KEY));
        if certificate.exists() && !key.exists() {
            return Err(file(&key, "the local CA's key is gone: put it back, or remove the certificate beside it"));
        }
        if !key.exists() {
            let fresh = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(making)?;
            let pem = Zeroizing::new(fresh.serialize_pem());
            private::write(&key, pem.as_bytes()).map_err(|why| file(&key, why))?;
        }
        private::closed(&key).map_err(|why| file(&key, why))?;
        let pem = Zeroizing::new(pair::bytes(&key)?);
        let pem = std::str::from_utf8(&pem).map_err(|_| file(&key, "it is no PEM"))?;
        let pair = KeyPair::from_pem(pem).map_err(|_| file(&key, "it is no private key of ours"))?;
        let made = !certificate.exists();
        if made {
            let made = authority(host, &pair, now)?;
            private::publish(&certificate, made.pem().as_bytes()).map_err(|why| file(&certificate, why))?;
        }
        let authority = checked(host, certificate, &pair, now)?;
        let held = Mutex::new(leaf(host, &pair, now)?);
        Ok(Self { authority, made, key: pair, clock, held })
    }

    pub const fn authority(&self) -> &Authority {
        &self.authority
    }
    /// At this start.
    pub const fn is_new(&self) -> bool {
        self.made
    }

    /// For the handshake that is made now.
    pub fn current(&self) -> Arc<CertifiedKey> {
        let now = self.clock.now();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.1.is_due(now) {
            match leaf(&self.authority.name, &self.key, now) {
                Ok(fresh) => *held = fresh,
                Err(error) => tracing::warn!(%error, "the portal's certificate could not be renewed"),
            }
        }
        Arc::clone(&held.0)
    }
}

/// All that were ever made in that directory, in the order of their names.
pub fn authorities(directory: &Path) -> Result<Vec<Authority>, NoTls> {
    let mut all = Vec::new();
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(file(directory, error)),
    };
    for entry in entries {
        let entry = entry.map_err(|why| file(directory, why))?;
        let certificate = entry.path().join(CERTIFICATE);
        if let (Ok(name), true) = (entry.file_name().into_string(), certificate.exists()) {
            all.push(told(&name, certificate)?.0);
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn told(name: &str, certificate: PathBuf) -> Result<(Authority, CertificateDer<'static>), NoTls> {
    let der = CertificateDer::from_pem_slice(&pair::bytes(&certificate)?);
    let der = der.map_err(|_| file(&certificate, "it is no PEM certificate"))?;
    let sha256: Vec<String> = digest(&SHA256, &der).as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    Ok((Authority { name: name.to_owned(), certificate, sha256: sha256.join(":") }, der))
}

/// What is on the disk is the CA of that key, and lives as long as the certificates that it signs.
fn checked(host: &str, certificate: PathBuf, key: &KeyPair, now: Timestamp) -> Result<Authority, NoTls> {
    let (authority, der) = told(host, certificate)?;
    let wrong = |why: &str| file(&authority.certificate, why);
    let dates = Dates::of(&der).ok_or_else(|| wrong("its dates cannot be read"))?;
    certified(der, key)?.keys_match().map_err(|_| wrong("the key beside it is not its own"))?;
    if now.0 < dates.from.0 {
        return Err(wrong("the local CA holds from a later time on than it is now: set this machine's clock"));
    }
    if dates.until.0 < now.0.saturating_add(LEAF_DAYS * DAY_MS) {
        return Err(wrong("the local CA ends within 90 days: remove it and its key, start again, install the new one"));
    }
    Ok(authority)
}

fn certified(der: CertificateDer<'static>, key: &KeyPair) -> Result<CertifiedKey, NoTls> {
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok(CertifiedKey::new(vec![der], provider().key_provider.load_private_key(private)?))
}

/// From its name and its key alone, so that what signs later is what was written first.
fn subject(host: &str, key: &KeyPair) -> DistinguishedName {
    let digest = digest(&SHA256, &key.public_key_der());
    let short: String = digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Portreeve");
    name.push(DnType::CommonName, format!("Portreeve local CA {short} for {host}"));
    name
}

fn authority(host: &str, key: &KeyPair, now: Timestamp) -> Result<Certificate, NoTls> {
    let mut params = dated(CertificateParams::default(), now, CA_DAYS);
    params.distinguished_name = subject(host, key);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Whoever takes its key can pose as this host, and as nobody else: no other name, and no address.
    let addresses =
        [CidrSubnet::V4([0; 4], [0; 4]), CidrSubnet::V6([0; 16], [0; 16])].map(GeneralSubtree::IpAddress).into();
    let permitted_subtrees = vec![GeneralSubtree::DnsName(host.to_owned())];
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: addresses });
    params.self_signed(key).map_err(making)
}

fn leaf(host: &str, ca: &KeyPair, now: Timestamp) -> Result<(Arc<CertifiedKey>, Dates), NoTls> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(making)?;
    let mut params = CertificateParams::new(vec![host.to_owned()]).map_err(making)?;
    params = dated(params, now, LEAF_DAYS);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, host);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let signed = params.signed_by(&key, &authority(host, ca, now)?, ca).map_err(making)?;
    let der = signed.der().clone();
    let dates = Dates::of(&der).ok_or_else(|| NoTls::Making("its dates cannot be read".to_owned()))?;
    Ok((Arc::new(certified(der, &key)?), dates))
}

fn dated(mut params: CertificateParams, now: Timestamp, days: i64) -> CertificateParams {
    let from = now.0.saturating_sub(BEHIND_MS).max(0);
    let moment = |ms: i64| date_time_ymd(1970, 1, 1) + Duration::from_millis(ms.unsigned_abs());
    params.not_before = moment(from);
    params.not_after = moment(from.saturating_add(days * DAY_MS));
    params
}

fn making(error: rcgen::Error) -> NoTls {
    NoTls::Making(error.to_string())
}

fn file(path: &Path, why: impl std::fmt::Display) -> NoTls {
    NoTls::File { path: path.display().to_string(), why: why.to_string() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use service::ManualClock;

    const START: Timestamp = Timestamp(1_790_000_000_000);

    fn serial(ca: &LocalCa) -> (CertificateDer<'static>, Dates) {
        let served = ca.current().cert.first().unwrap().clone();
        let dates = Dates::of(&served).unwrap();
        (served, dates)
    }

    #[test]
    fn a_certificate_holds_90_days_and_is_made_anew_when_two_thirds_have_passed() {
        let directory = std::env::temp_dir().join(format!("portreeve-local-ca-{}", std::process::id()));
        let clock = Arc::new(ManualClock::at(START));
        let ca = LocalCa::open(&directory, "trade.example.test", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let (first, dates) = serial(&ca);
        assert_eq!(dates.until.0 - dates.from.0, 90 * DAY_MS);
        assert!(dates.from.0 < START.0);
        clock.advance_ms(59 * DAY_MS);
        assert_eq!(serial(&ca), (first.clone(), dates));
        clock.advance_ms(DAY_MS);
        let (second, renewed) = serial(&ca);
        assert_ne!(second, first);
        assert_eq!(renewed.until.0 - dates.until.0, 60 * DAY_MS);
        // By the same CA, whose certificate is as it was.
        let again = LocalCa::open(&directory, "trade.example.test", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        assert_eq!(again.authority(), ca.authority());
        assert!(ca.is_new() && !again.is_new());
        // A clock that was set back far makes nothing that browsers refuse.
        let early = Arc::new(ManualClock::at(Timestamp(START.0 - 2 * BEHIND_MS)));
        let early = LocalCa::open(&directory, "trade.example.test", early);
        assert!(early.unwrap_err().to_string().contains("set this machine's clock"));
        // A key that others could read is not used.
        let key = directory.join("trade.example.test").join(KEY);
        let mode = |mode| std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        mode(0o640);
        let open = LocalCa::open(&directory, "trade.example.test", Arc::clone(&clock) as Arc<dyn Clock>);
        assert!(open.unwrap_err().to_string().contains("chmod 600"));
        mode(0o600);
        // In its last 90 days it signs nothing that would outlive it.
        clock.advance_ms((CA_DAYS - 140) * DAY_MS);
        let late = LocalCa::open(&directory, "trade.example.test", clock as Arc<dyn Clock>);
        assert!(late.unwrap_err().to_string().contains("ends within 90 days"));
        assert_eq!(authorities(&directory).unwrap(), vec![ca.authority().clone()]);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
