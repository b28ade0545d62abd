//! Source: where a request comes from. A listed proxy is believed about its client; nobody else is about anything.

use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Not `Forwarded`: a proxy that writes one of the two lets a visitor's own of the other kind through.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Whoever sends one of these was sent on by somebody.
const SENT_ON: [&str; 3] = [FORWARDED_FOR, "forwarded", "x-real-ip"];
/// Longer chains are no chains of proxies.
const MOST_BYTES: usize = 2_048;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// For throttles, and for people's lists.
    pub address: IpAddr,
    /// A browser or program on this machine itself, as far as can be told.
    pub here: bool,
}

/// Of a connection between `peer` and our `own` address.
pub fn of(peer: SocketAddr, own: Option<IpAddr>, headers: &HeaderMap, proxies: &[IpAddr]) -> Source {
    let peer = peer.ip().to_canonical();
    if !proxies.contains(&peer) {
        let sent_on = SENT_ON.into_iter().any(|name| headers.contains_key(name));
        let near = peer.is_loopback() || own.is_some_and(|own| own.to_canonical() == peer);
        return Source { address: peer, here: near && !sent_on };
    }
    match client(headers, proxies) {
        Some(address) => Source { address, here: address.is_loopback() },
        None => Source { address: peer, here: false },
    }
}

/// The rightmost address that is no proxy's of ours: what stands left of it anybody may have written.
fn client(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let mut all = Vec::new();
    let mut length = 0_usize;
    for header in headers.get_all(FORWARDED_FOR) {
        let text = header.to_str().ok()?;
        length = length.saturating_add(text.len());
        if length > MOST_BYTES {
            return None;
        }
        all.extend(text.split(','));
    }
    let mut last = None;
    for text in all.into_iter().rev() {
        let address = address(text)?;
        last = Some(address);
        if !proxies.contains(&address) {
            break;
        }
    }
    last
}

/// Some proxies write the port too.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let alone = bare.map_or_else(|| text.parse().ok(), |six| six.parse::<Ipv6Addr>().ok().map(IpAddr::V6));
    alone.or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip())).map(|address| address.to_canonical())
}

/// Whose addresses are one subscriber's as a rule: one of IPv4, 64 bits of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() >> 64 << 64)),
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in all {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        map
    }

    fn from(peer: &str, all: &[(&'static str, &str)], proxies: &[&str]) -> (String, bool) {
        let proxies: Vec<IpAddr> = proxies.iter().map(|one| ip(one)).collect();
        let own = Some(ip("192.168.1.5"));
        let source = of(SocketAddr::new(ip(peer), 40_000), own, &headers(all), &proxies);
        (source.address.to_string(), source.here)
    }

    #[test]
    fn from_a_listed_proxy_the_rightmost_address_that_is_not_ours_is_believed() {
        let ours = ["127.0.0.1", "10.0.0.2"];
        for (chain, told) in [
            ("203.0.113.9", "203.0.113.9"),
            ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
            ("garbage, 203.0.113.9,10.0.0.2", "203.0.113.9"),
            ("203.0.113.9:51234", "203.0.113.9"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(from("127.0.0.1", &[(FORWARDED_FOR, chain)], &ours), (told.to_owned(), false), "{chain}");
        }
        let two = [(FORWARDED_FOR, "198.51.100.1"), (FORWARDED_FOR, "203.0.113.9")];
        assert_eq!(from("127.0.0.1", &two, &ours).0, "203.0.113.9");
        // A browser beside the proxy.
        assert_eq!(from("127.0.0.1", &[(FORWARDED_FOR, "127.0.0.1")], &ours), ("127.0.0.1".to_owned(), true));
    }

    #[test]
    fn from_others_nothing_is_believed_and_whoever_was_sent_on_is_not_here() {
        for name in SENT_ON {
            let spoofed = [(name, "127.0.0.1")];
            assert_eq!(from("203.0.113.9", &spoofed, &["10.0.0.2"]), ("203.0.113.9".to_owned(), false), "{name}");
            assert_eq!(from("127.0.0.1", &spoofed, &[]), ("127.0.0.1".to_owned(), false), "{name}");
        }
        assert_eq!(from("127.0.0.1", &[], &[]), ("127.0.0.1".to_owned(), true));
        assert_eq!(from("::1", &[], &[]), ("::1".to_owned(), true));
        // Our own address in the house, and another one's.
        assert_eq!(from("192.168.1.5", &[], &[]), ("192.168.1.5".to_owned(), true));
        assert_eq!(from("192.168.1.6", &[], &[]), ("192.168.1.6".to_owned(), false));
    }

    #[test]
    fn what_cannot_be_read_is_as_if_it_were_not_there_and_is_never_this_machine() {
        let long = "203.0.113.9,".repeat(300);
        for chain in ["", ",", "203.0.113.9,", "unknown", "203.0.113.999", "203.0.113.9 198.51.100.1", "[::1", &long] {
            let told = from("127.0.0.1", &[(FORWARDED_FOR, chain)], &["127.0.0.1"]);
            assert_eq!(told, ("127.0.0.1".to_owned(), false), "{chain}");
        }
        assert_eq!(from("127.0.0.1", &[], &["127.0.0.1"]), ("127.0.0.1".to_owned(), false));
        let only_the_other_kind = [("forwarded", "for=127.0.0.1")];
        assert_eq!(from("127.0.0.1", &only_the_other_kind, &["127.0.0.1"]), ("127.0.0.1".to_owned(), false));
    }

    #[test]
    fn a_network_is_an_address_of_four_bytes_or_half_of_sixteen() {
        assert_eq!(network(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(network(ip("::ffff:203.0.113.9")), ip("203.0.113.9"));
    }

    proptest! {
        /// Whatever stands in it, the address is one that the proxy itself wrote last, or the proxy's own.
        #[test]
        fn no_text_before_the_last_address_changes_the_source(front in "[ -~]{0,80}", four in any::<[u8; 4]>()) {
            let client = IpAddr::from(four);
            prop_assume!(client != ip("127.0.0.1"));
            let chain = format!("{front},{client}");
            prop_assert_eq!(from("127.0.0.1", &[(FORWARDED_FOR, &chain)], &["127.0.0.1"]).0, client.to_string());
        }

        #[test]
        fn any_header_is_read_or_ignored(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut map = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                map.insert(FORWARDED_FOR, value);
            }
            let source = of(SocketAddr::new(ip("127.0.0.1"), 1), None, &map, &[ip("127.0.0.1")]);
            let text = String::from_utf8_lossy(&bytes);
            prop_assert!(source.address == ip("127.0.0.1") || address(text.rsplit(',').next().unwrap()).is_some());
        }
    }
}
