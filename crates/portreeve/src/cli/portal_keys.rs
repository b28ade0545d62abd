//! The portal's part of the configuration: read strictly, and settled into one way that it is reached.

use super::End;
use super::say::Refusal;
use crate::portal_door::{Settings, TlsFrom};
use ::portal::Origin;
use ::portal::tls::Pair;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// `portal = "127.0.0.1:PORT"`, or a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PortalKeys(Keys);

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    listen: Option<Address>,
    origin: Option<String>,
    #[serde(default)]
    trusted_proxies: Vec<IpAddr>,
    tls: Option<TlsKeys>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsKeys {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    #[serde(default)]
    local_ca: bool,
    acme: Option<AcmeKeys>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcmeKeys {
    directory: String,
    #[serde(default)]
    contact: Vec<String>,
    root: Option<PathBuf>,
}

/// Where the portal listens; whether it may is settled with the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Address(pub SocketAddr);

impl std::str::FromStr for Address {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let address: SocketAddr = text.parse().map_err(|_| format!("{text:?} is not IP:PORT"))?;
        if address.port() == 0 { Err(format!("{text}: name a port")) } else { Ok(Self(address)) }
    }
}

impl TryFrom<String> for Address {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl<'de> Deserialize<'de> for PortalKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = PortalKeys;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"127.0.0.1:PORT\" or a table [portal]")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<PortalKeys, E> {
                let listen = Some(text.parse().map_err(E::custom)?);
                Ok(PortalKeys(Keys { listen, ..Keys::default() }))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PortalKeys, A::Error> {
                Keys::deserialize(MapAccessDeserializer::new(map)).map(PortalKeys)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

fn misconfigured(why: &str) -> End {
    Refusal::own("portal_misconfigured", &[("why", why)]).into()
}

impl PortalKeys {
    /// What the keys mean together. `listen` is the command line's; `above` is where it listens when nobody says.
    pub(crate) fn settle(self, listen: Option<Address>, above: u16) -> Result<Settings, End> {
        let keys = self.0;
        let usual = Address(SocketAddr::from((Ipv4Addr::LOCALHOST, above)));
        let listen = listen.or(keys.listen).unwrap_or(usual).0;
        let near = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].contains(&listen.ip());
        let tls = keys.tls.map(from).transpose()?;
        if tls.is_none() && !near {
            return Err(Refusal::own("portal_needs_tls", &[("listen", &listen.to_string())]).into());
        }
        let origin = match &keys.origin {
            Some(text) => Origin::parse(text).map_err(|why| misconfigured(&format!("origin {text:?}: {why}")))?,
            None if tls.is_some() => return Err(misconfigured("tls is for a name: say the origin too")),
            None => Origin::local(listen),
        };
        match (&tls, origin.is_secure()) {
            (Some(_), false) => return Err(misconfigured("with tls the origin begins with https://")),
            (None, true) if keys.trusted_proxies.is_empty() => {
                let why = "an https origin without tls is a proxy's: say its address in trusted_proxies";
                return Err(misconfigured(why));
            }
            (Some(_), true) | (None, _) => {}
        }
        if let (Some(TlsFrom::Acme { .. }), true) = (&tls, origin.is_localhost()) {
            return Err(misconfigured("no ACME server vouches for localhost"));
        }
        Ok(Settings { listen, origin, tls, proxies: keys.trusted_proxies })
    }
}

fn from(keys: TlsKeys) -> Result<TlsFrom, End> {
    match (keys.certificate, keys.key, keys.local_ca, keys.acme) {
        (Some(certificate), Some(key), false, None) => Ok(TlsFrom::Files(Pair { certificate, key })),
        (None, None, true, None) => Ok(TlsFrom::LocalCa),
        (None, None, false, Some(acme)) => {
            let https = |text: &str| text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
            if !https(&acme.directory) {
                return Err(misconfigured("the ACME directory is an https:// address"));
            }
            if !acme.contact.iter().all(|one| one.strip_prefix("mailto:").is_some_and(|rest| rest.contains('@'))) {
                return Err(misconfigured("an ACME contact is written mailto:name@host"));
            }
            Ok(TlsFrom::Acme { server: acme.directory, contact: acme.contact, root: acme.root })
        }
        (Some(_), None, ..) | (None, Some(_), ..) => Err(misconfigured("certificate and key go together")),
        _ => Err(misconfigured("tls is by one of: certificate and key, local_ca = true, or acme")),
    }
}

/// How a certificate is come by, in a word.
pub(crate) const fn kind(tls: Option<&TlsFrom>) -> &'static str {
    match tls {
        None => "none",
        Some(TlsFrom::Files(_)) => "files",
        Some(TlsFrom::LocalCa) => "local CA",
        Some(TlsFrom::Acme { .. }) => "ACME",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settled(text: &str) -> Result<Settings, String> {
        #[derive(Deserialize)]
        struct File {
            portal: PortalKeys,
        }
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        file.portal.settle(None, 4_180).map_err(|end| match end {
            End::Refused(refusal) => format!("{}: {}", refusal.code, refusal.text),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn an_address_alone_is_plain_http_on_loopback() {
        let alone = settled("portal = \"127.0.0.1:4300\"").unwrap();
        assert_eq!(
            (alone.listen.to_string().as_str(), alone.origin.as_str()),
            ("127.0.0.1:4300", "http://localhost:4300")
        );
        let named = settled("[portal]\norigin = \"http://localhost:9000\"").unwrap();
        assert_eq!((named.listen.port(), named.origin.as_str()), (4_180, "http://localhost:9000"));
    }

    #[test]
    fn off_loopback_it_is_tls_or_nothing() {
        for text in ["portal = \"0.0.0.0:4180\"", "portal = \"[::]:443\"", "portal = \"127.0.0.2:4180\""] {
            assert!(settled(text).unwrap_err().starts_with("portal_needs_tls: "), "{text}");
        }
        let proxied =
            "[portal]\nlisten = \"192.168.1.5:80\"\norigin = \"https://a.test\"\ntrusted_proxies = [\"192.168.1.2\"]";
        assert!(settled(proxied).unwrap_err().starts_with("portal_needs_tls: "));
    }

    #[test]
    fn keys_that_make_no_one_way_are_refused_by_name() {
        let https = "[portal]\norigin = \"https://trade.example\"\n";
        for text in [
            https.to_owned(),
            "[portal.tls]\nlocal_ca = true".to_owned(),
            "[portal]\norigin = \"http://localhost\"\ntls = { local_ca = true }".to_owned(),
            "[portal]\norigin = \"http://trade.example\"".to_owned(),
            "[portal]\norigin = \"https://192.168.1.5\"\ntls = { local_ca = true }".to_owned(),
            format!("{https}tls = {{}}"),
            format!("{https}tls = {{ certificate = \"a\" }}"),
            format!("{https}tls = {{ key = \"a\", local_ca = true }}"),
            format!("{https}tls = {{ certificate = \"a\", key = \"b\", local_ca = true }}"),
            format!("{https}tls = {{ acme = {{ directory = \"http://ca.test\" }} }}"),
            format!("{https}tls = {{ acme = {{ directory = \"https://ca.test\", contact = [\"me\"] }} }}"),
            "[portal]\norigin = \"https://localhost\"\ntls = { acme = { directory = \"https://ca.test\" } }".to_owned(),
        ] {
            assert!(settled(&text).unwrap_err().starts_with("portal_misconfigured: "), "{text}");
        }
        assert!(settled("[portal]\norigins = \"x\"").unwrap_err().contains("unknown field"));
        assert!(settled("portal = 7").unwrap_err().contains("or a table [portal]"));
    }

    #[test]
    fn each_way_is_settled_as_it_is_written() {
        let https = "[portal]\nlisten = \"0.0.0.0:443\"\norigin = \"https://trade.example\"\n";
        for (tls, told) in [
            ("tls = { certificate = \"a\", key = \"b\" }", "files"),
            ("tls = { local_ca = true }", "local CA"),
            ("tls = { acme = { directory = \"https://ca.test/dir\", contact = [\"mailto:me@a.test\"] } }", "ACME"),
        ] {
            assert_eq!(kind(settled(&format!("{https}{tls}")).unwrap().tls.as_ref()), told);
        }
        let proxied =
            settled("[portal]\norigin = \"https://trade.example\"\ntrusted_proxies = [\"127.0.0.1\"]").unwrap();
        assert_eq!((kind(proxied.tls.as_ref()), proxied.proxies.len()), ("none", 1));
    }
}
