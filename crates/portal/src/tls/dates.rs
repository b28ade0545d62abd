//! Dates: from when until when a certificate says that it holds.

use kernel::time::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_parser::parse_x509_certificate;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Dates {
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = parse_x509_certificate(certificate).ok()?;
        let moment = |seconds: i64| seconds.checked_mul(1_000).map(Timestamp);
        let validity = parsed.validity();
        Some(Self { from: moment(validity.not_before.timestamp())?, until: moment(validity.not_after.timestamp())? })
    }

    /// Two thirds of its time have passed; also when the clock stands before it.
    pub const fn is_due(&self, now: Timestamp) -> bool {
        let length = self.until.0.saturating_sub(self.from.0);
        let due = self.from.0.saturating_add(length / 3 * 2);
        now.0 >= due || now.0 < self.from.0
    }
}
