//! Origin: the one address at which the portal is reached, as browsers write it.

use std::net::SocketAddr;
use vault::webauthn::RelyingParty;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    host: String,
    secure: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOrigin {
    #[error("an origin is written https://name or https://name:port, without a path")]
    Spelling,
    #[error("plain http is for localhost only")]
    Plain,
    #[error("a passkey belongs to a name, written as browsers write it: no address, and no port that is the usual one")]
    Name,
}

impl Origin {
    /// Where a browser on this machine reaches a listener on loopback. (A passkey belongs to a name, never to an
    /// address.)
    pub fn local(listens: SocketAddr) -> Self {
        // Browsers leave out the port that is usual.
        let port = if listens.port() == 80 { String::new() } else { format!(":{}", listens.port()) };
        Self { text: format!("http://localhost{port}"), host: "localhost".to_owned(), secure: false }
    }

    pub fn parse(text: &str) -> Result<Self, BadOrigin> {
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(BadOrigin::Spelling),
        };
        let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
        let named = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
        let labelled = host.split('.').all(|label| !label.is_empty());
        if !labelled || !host.bytes().all(named) || !port_fits {
            return Err(BadOrigin::Spelling);
        }
        if !secure && host != "localhost" {
            return Err(BadOrigin::Plain);
        }
        if RelyingParty::new(host, "", &[text.to_owned()]).is_err() {
            return Err(BadOrigin::Name);
        }
        Ok(Self { text: text.to_owned(), host: host.to_owned(), secure })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// What passkeys are bound to.
    pub fn host(&self) -> &str {
        &self.host
    }
    pub const fn is_secure(&self) -> bool {
        self.secure
    }
    /// This machine by the name that each machine has for itself: what is said of it is said of all its ports.
    pub fn is_localhost(&self) -> bool {
        self.host == "localhost"
    }
    /// What a `Host` header says that means us.
    pub fn authority(&self) -> &str {
        self.text.split_once("://").map_or("", |(_, authority)| authority)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_name_and_perhaps_a_port() {
        for good in ["https://trade.example", "https://trade.example:8443", "http://localhost:4180", "http://localhost"]
        {
            assert_eq!(Origin::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "trade.example",
            "https://",
            "https://trade.example/",
            "https://Trade.example",
            "https://a:b",
            "https://a:0443",
            "https://a:70000",
            "https://user@a",
            "ftp://a",
            "https://a b",
            "https://[::1]",
            "https://..",
            "https://a..b",
            "https://a.",
        ] {
            assert_eq!(Origin::parse(bad), Err(BadOrigin::Spelling), "{bad}");
        }
        assert_eq!(Origin::parse("http://trade.example"), Err(BadOrigin::Plain));
        for bad in ["https://192.168.1.5", "https://a:443", "http://localhost:80", "https://1.2"] {
            assert_eq!(Origin::parse(bad), Err(BadOrigin::Name), "{bad}");
        }
    }
}
