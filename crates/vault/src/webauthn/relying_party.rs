//! Who we are to a browser: the RP id that passkeys are bound to and the exact origins that may use them.

use aws_lc_rs::digest;
use url::Url;

use super::refusal::BadOrigin;

const MOST_ORIGINS: usize = 16;

/// An RP id, its name for people, and the only origins that are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    name: String,
    origins: Vec<String>,
    id_hash: [u8; 32],
}

impl RelyingParty {
    /// Each origin is written exactly as a browser writes it (scheme, host, port if not the usual one) and lies on
    /// the RP id's domain; http is for localhost alone. No address can be an RP id.
    pub fn new(id: &str, name: &str, origins: &[String]) -> Result<RelyingParty, BadOrigin> {
        if origins.is_empty() || origins.len() > MOST_ORIGINS {
            return Err(BadOrigin::Count);
        }
        if !is_domain(id) {
            return Err(BadOrigin::RelyingPartyId(id.to_owned()));
        }
        for origin in origins {
            check_origin(id, origin)?;
        }
        let mut id_hash = [0; 32];
        id_hash.copy_from_slice(digest::digest(&digest::SHA256, id.as_bytes()).as_ref());
        Ok(RelyingParty { id: id.to_owned(), name: name.to_owned(), origins: origins.to_vec(), id_hash })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// WA-03: equal to one of ours, never a prefix, a suffix or another port.
    pub(super) fn owns(&self, origin: &str) -> bool {
        self.origins.iter().any(|ours| ours == origin)
    }

    /// WA-04.
    pub(super) fn id_hash(&self) -> &[u8; 32] {
        &self.id_hash
    }
}

/// A host name as a browser normalises it; what parses as an address is none.
fn is_domain(id: &str) -> bool {
    let parsed = Url::parse(&format!("https://{id}/")).ok();
    id.len() <= 253 && parsed.as_ref().and_then(Url::domain) == Some(id)
}

fn check_origin(id: &str, origin: &str) -> Result<(), BadOrigin> {
    let spelling = || BadOrigin::Spelling(origin.to_owned());
    let parsed = Url::parse(origin).map_err(|_| spelling())?;
    if parsed.origin().ascii_serialization() != origin {
        return Err(spelling());
    }
    let host = parsed.domain().ok_or_else(spelling)?;
    let local = host == "localhost" || host.ends_with(".localhost");
    if !(parsed.scheme() == "https" || (parsed.scheme() == "http" && local)) {
        return Err(BadOrigin::Scheme(origin.to_owned()));
    }
    // A dot must stand before the RP id: evilportal.example is not on portal.example.
    let below = host.strip_suffix(id).is_some_and(|front| front.is_empty() || front.ends_with('.'));
    if below { Ok(()) } else { Err(BadOrigin::Domain(origin.to_owned())) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn new(id: &str, origin: &str) -> Result<RelyingParty, BadOrigin> {
        RelyingParty::new(id, "Portreeve", &[origin.to_owned()])
    }

    #[test]
    fn origins_on_the_domain_and_localhost_with_a_port_are_taken() {
        for (id, origin) in [
            ("portal.example", "https://portal.example"),
            ("portal.example", "https://trade.portal.example:8443"),
            ("localhost", "http://localhost:4180"),
            ("localhost", "https://localhost"),
        ] {
            let party = new(id, origin).unwrap();
            assert!(party.owns(origin));
            assert!(!party.owns(&format!("{origin}/")));
        }
    }

    #[test]
    fn what_no_browser_would_bind_a_passkey_to_is_refused() {
        for (id, origin) in [
            ("portal.example", "https://evilportal.example"),
            ("portal.example", "https://portal.example.evil.test"),
            ("portal.example", "http://portal.example"),
            ("portal.example", "https://portal.example/"),
            ("portal.example", "https://portal.example:443"),
            ("portal.example", "https://PORTAL.example"),
            ("portal.example", "https://user@portal.example"),
            ("portal.example", "portal.example"),
            ("portal.example", "null"),
            ("Portal.example", "https://portal.example"),
            ("portal.example/x", "https://portal.example"),
            ("", "https://portal.example"),
            ("127.0.0.1", "http://127.0.0.1:4180"),
            ("[::1]", "http://[::1]:4180"),
            ("localhost", "http://127.0.0.1:4180"),
            ("localhost", "http://notlocalhost"),
        ] {
            assert!(new(id, origin).is_err(), "{id} {origin}");
        }
        assert_eq!(RelyingParty::new("portal.example", "", &[]), Err(BadOrigin::Count));
    }
}
