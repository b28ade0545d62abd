//! Endpoint: where a browser's push service takes what is for it; only at hosts that the operator allows.
//!
//! It comes from whoever is signed in: without the list it would send this server wherever they like.

use std::fmt;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Those of the browsers: Chrome, Firefox, Safari, Edge.
pub const USUAL: [&str; 4] =
    ["fcm.googleapis.com", "*.push.services.mozilla.com", "*.push.apple.com", "*.notify.windows.com"];
const MOST_HOSTS: usize = 32;
/// Those of the browsers are a few hundred bytes long.
const LONGEST: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no address of a push service that this server speaks to")]
pub struct NotAnEndpoint;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a host of push is written name.example, *.name.example, or localhost:PORT; 32 of them at the most")]
pub struct NotAHost;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    Name(String),
    /// Everything below it.
    Below(String),
    /// On this machine, at this port.
    Near(u16),
}

/// The hosts that are spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts(Vec<Rule>);

impl Hosts {
    pub fn parse(texts: &[String]) -> Result<Self, NotAHost> {
        if texts.is_empty() || texts.len() > MOST_HOSTS {
            return Err(NotAHost);
        }
        texts.iter().map(|text| rule(text)).collect::<Result<_, _>>().map(Self)
    }

    pub fn usual() -> Vec<String> {
        USUAL.map(str::to_owned).to_vec()
    }

    fn allow(&self, name: &str, port: Option<u16>) -> bool {
        self.0.iter().any(|rule| match rule {
            Rule::Name(own) => port.is_none() && name == own,
            Rule::Below(own) => {
                port.is_none() && name.strip_suffix(own.as_str()).is_some_and(|rest| rest.ends_with('.'))
            }
            Rule::Near(own) => name == "localhost" && port == Some(*own),
        })
    }
}

fn rule(text: &str) -> Result<Rule, NotAHost> {
    if let Some(port) = text.strip_prefix("localhost:") {
        return port.parse().ok().filter(|port| *port != 0).map(Rule::Near).ok_or(NotAHost);
    }
    let (below, name) = text.strip_prefix("*.").map_or((false, text), |name| (true, name));
    let label = |label: &str| {
        let inside = label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        !label.is_empty() && label.len() <= 63 && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    let numbers = name.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    if name.len() > 253 || !name.contains('.') || !name.split('.').all(label) || numbers {
        return Err(NotAHost);
    }
    Ok(if below { Rule::Below(name.to_owned()) } else { Rule::Name(name.to_owned()) })
}

/// Its path is a secret: whoever has it can send to the browser, or at least wake it.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: Zeroizing<String>,
    host: String,
    port: Option<u16>,
}

impl Endpoint {
    /// To the letter as a browser writes it: what a parser would mend is refused.
    pub fn parse(text: &str, hosts: &Hosts) -> Result<Self, NotAnEndpoint> {
        if text.len() > LONGEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotAnEndpoint);
        }
        let url = Url::parse(text).map_err(|_| NotAnEndpoint)?;
        let Some(Host::Domain(host)) = url.host() else { return Err(NotAnEndpoint) };
        let plain = url.as_str() == text && url.scheme() == "https" && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none() && !text.contains('@');
        if !plain || !anonymous || !hosts.allow(host, url.port()) {
            return Err(NotAnEndpoint);
        }
        let (host, port) = (host.to_owned(), url.port());
        Ok(Self { text: Zeroizing::new(text.to_owned()), host, port })
    }

    pub fn text(&self) -> &str {
        &self.text
    }
    /// What may be shown of it.
    pub fn host(&self) -> &str {
        &self.host
    }
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(443)
    }
    /// The same with its port, where it is of its own.
    pub fn service(&self) -> String {
        self.port.map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }
    /// RFC 8292: for whom a token is.
    pub fn origin(&self) -> String {
        format!("https://{}", self.service())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.host).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hosts(texts: &[&str]) -> Result<Hosts, NotAHost> {
        Hosts::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_browsers_say_is_taken_and_shows_its_host_only() {
        let hosts = Hosts::parse(&Hosts::usual()).unwrap();
        for (text, origin) in [
            ("https://fcm.googleapis.com/fcm/send/dQw4:APA91b-_x", "https://fcm.googleapis.com"),
            ("https://updates.push.services.mozilla.com/wpush/v2/gAAA", "https://updates.push.services.mozilla.com"),
            ("https://web.push.apple.com/QGuQyavXutnMH", "https://web.push.apple.com"),
            ("https://wns2-par02p.notify.windows.com/w/?token=BQ%3d", "https://wns2-par02p.notify.windows.com"),
        ] {
            let endpoint = Endpoint::parse(text, &hosts).unwrap();
            assert_eq!((endpoint.text(), endpoint.origin().as_str(), endpoint.port()), (text, origin, 443));
            assert!(!format!("{endpoint:?}").contains(text));
        }
    }

    /// The address comes from a browser: whatever else this server could reach is not reached by it.
    #[test]
    fn no_other_host_port_scheme_or_spelling_is_spoken_to() {
        let hosts = hosts(&["fcm.googleapis.com", "*.push.apple.com", "localhost:8443"]).unwrap();
        for text in [
            "",
            "https://",
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com:443/x",
            "https://fcm.googleapis.com./x",
            "https://FCM.googleapis.com/x",
            "https://fcm.googleapis.com.evil.test/x",
            "https://evil.test/fcm.googleapis.com",
            "https://evilfcm.googleapis.com/x",
            "https://a.fcm.googleapis.com/x",
            "https://push.apple.com/x",
            "https://evilpush.apple.com/x",
            "https://fcm.googleapis.com@evil.test/x",
            "https://user@fcm.googleapis.com/x",
            "https://user:pass@fcm.googleapis.com/x",
            "https://@fcm.googleapis.com/x",
            "https://evil.test\\@fcm.googleapis.com/x",
            "https:\\\\fcm.googleapis.com/x",
            "https:fcm.googleapis.com/x",
            "https://fcm.googleapis.com/x#y",
            "https://fcm.googleapis.com/a/../b",
            "https://fcm.googleapis.com/\tx",
            "https://fcm.googleapis.com/x\r\nHost: evil.test",
            " https://fcm.googleapis.com/x",
            "https://127.0.0.1/x",
            "https://127.0.0.1:8443/x",
            "https://[::1]:8443/x",
            "https://2130706433/x",
            "https://169.254.169.254/latest",
            "https://localhost/x",
            "https://localhost:22/x",
            "http://localhost:8443/x",
            "https://web.localhost:8443/x",
            "https://fcm。googleapis.com/x",
            "file:///etc/passwd",
        ] {
            assert!(Endpoint::parse(text, &hosts).is_err(), "{text:?}");
        }
        let near = Endpoint::parse("https://localhost:8443/x", &hosts).unwrap();
        assert_eq!((near.port(), near.origin().as_str()), (8_443, "https://localhost:8443"));
        let long = format!("https://fcm.googleapis.com/{}", "x".repeat(LONGEST));
        assert!(Endpoint::parse(&long, &hosts).is_err());
    }

    #[test]
    fn a_host_that_is_configured_is_a_name_and_no_number() {
        assert!(hosts(&["push.example", "*.push.example", "localhost:1"]).is_ok());
        for text in [
            "",
            "*",
            "*.",
            "*.com",
            "com",
            "localhost",
            "localhost:",
            "localhost:0",
            "localhost:65536",
            "10.0.0.1",
            "*.0.0.1",
            "push.example:8443",
            "https://push.example",
            "push.*.example",
            "Push.example",
            "-a.example",
            "push..example",
            "[::1]",
        ] {
            assert_eq!(hosts(&[text]), Err(NotAHost), "{text:?}");
        }
        assert!(hosts(&[]).is_err() && hosts(&["a.example"; 33]).is_err());
    }

    proptest! {
        /// Whatever is taken leads to an allowed host, at its port, and to nothing that a client could read otherwise.
        #[test]
        fn whatever_is_taken_leads_where_it_may(
            before in "(https://|http://|https:|)[a-z@:./\\\\\\[\\]0-9-]{0,12}",
            host in "(fcm\\.googleapis\\.com|web\\.push\\.apple\\.com|localhost|127\\.0\\.0\\.1)",
            after in "[a-zA-Z0-9@:./?#%=&_~\\\\-]{0,40}",
        ) {
            let hosts = hosts(&["fcm.googleapis.com", "*.push.apple.com", "localhost:8443"]).unwrap();
            let text = format!("{before}{host}{after}");
            if let Ok(endpoint) = Endpoint::parse(&text, &hosts) {
                let rest = text.strip_prefix(&endpoint.origin());
                prop_assert!(rest.is_some_and(|rest| rest.starts_with('/')), "{}", text);
                let own = [("fcm.googleapis.com", 443), ("localhost", 8_443)].contains(&(endpoint.host(), endpoint.port()));
                prop_assert!(own || endpoint.host().ends_with(".push.apple.com"), "{}", text);
            }
        }

        #[test]
        fn no_bytes_end_the_parser(text in "\\PC{0,200}") {
            let hosts = Hosts::parse(&Hosts::usual()).unwrap();
            drop(Endpoint::parse(&text, &hosts));
            drop(super::rule(&text));
        }
    }
}
