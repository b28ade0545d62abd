//! Source: where a request comes from. A listed proxy is believed about its client; nobody else is about anything.

use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Not `Forwarded`: a proxy that writes one of the two lets a visitor's own of the other kind through.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Whoever sends one of these was sent on by somebody.
const SENT_ON: [&str; 3] = [FORWARDED_FOR, "forwarded", "x-real-ip"];
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// For throttles, and for people's lists.
    pub address: IpAddr,
    /// A browser or program on this machine itself, as far as can be told.
    pub here: bool,
}

/// What a listed proxy says of its client cannot be read, so nobody knows whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Of a connection between `peer` and our `own` address.
pub fn of(
    peer: SocketAddr,
    own: Option<IpAddr>,
    headers: &HeaderMap,
    proxies: &[IpAddr],
) -> Result<Source, Unreadable> {
    let peer = peer.ip().to_canonical();
    if !proxies.contains(&peer) {
        let sent_on = SENT_ON.into_iter().any(|name| headers.contains_key(name));
        let near = peer.is_loopback() || own.is_some_and(|own| own.to_canonical() == peer);
        return Ok(Source { address: peer, here: near && !sent_on });
    }
    Ok(match client(headers, proxies)? {
        // A proxy elsewhere has another loopback than ours.
        Some(address) => Source { address, here: address.is_loopback() && peer.is_loopback() },
        None => Source { address: peer, here: false },
    })
}

/// The rightmost address that is no proxy's of ours: what stands left of it anybody may have written, so it is not
/// even looked at. None where the header is missing.
fn client(headers: &HeaderMap, proxies: &[IpAddr]) -> Result<Option<IpAddr>, Unreadable> {
    let mut last = None;
    for header in headers.get_all(FORWARDED_FOR).iter().rev() {
        for entry in header.as_bytes().rsplit(|byte| *byte == b',') {
            let address = std::str::from_utf8(entry).ok().and_then(address).ok_or(Unreadable)?;
            last = Some(address);
            if !proxies.contains(&address) {
                return Ok(last);
            }
        }
    }
    Ok(last)
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

/// What one customer of a provider is given at most, as a rule: one address of IPv4, 48 bits of IPv6.
pub fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() >> 80 << 80)),
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

    fn tried(peer: &str, headers: &HeaderMap, proxies: &[&str]) -> Result<(String, bool), Unreadable> {
        let proxies: Vec<IpAddr> = proxies.iter().map(|one| ip(one)).collect();
        let own = Some(ip("192.168.1.5"));
        let source = of(SocketAddr::new(ip(peer), 40_000), own, headers, &proxies)?;
        Ok((source.address.to_string(), source.here))
    }

    fn from(peer: &str, all: &[(&'static str, &str)], proxies: &[&str]) -> (String, bool) {
        tried(peer, &headers(all), proxies).unwrap()
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
    fn a_proxy_whose_last_word_cannot_be_read_speaks_for_nobody() {
        let ours = ["127.0.0.1", "10.0.0.2"];
        for chain in
            ["", ",", "203.0.113.9,", "unknown", "203.0.113.999", "203.0.113.9 198.51.100.1", "[::1", "x,10.0.0.2"]
        {
            assert_eq!(tried("127.0.0.1", &headers(&[(FORWARDED_FOR, chain)]), &ours), Err(Unreadable), "{chain}");
        }
        // Without the header it speaks for itself, and is still not a browser on this machine.
        assert_eq!(from("127.0.0.1", &[], &ours), ("127.0.0.1".to_owned(), false));
        let only_the_other_kind = [("forwarded", "for=127.0.0.1")];
        assert_eq!(from("127.0.0.1", &only_the_other_kind, &ours), ("127.0.0.1".to_owned(), false));
    }

    #[test]
    fn a_stranger_is_not_the_proxy_by_writing_much_or_nonsense_before_its_word() {
        let long = "127.0.0.1,".repeat(600) + "203.0.113.9";
        let told = Ok(("203.0.113.9".to_owned(), false));
        assert_eq!(tried("127.0.0.1", &headers(&[(FORWARDED_FOR, &long)]), &["127.0.0.1"]), told);
        let mut odd = HeaderMap::new();
        odd.append(FORWARDED_FOR, HeaderValue::from_bytes(b"\xff\x80, 127.0.0.1").unwrap());
        odd.append(FORWARDED_FOR, HeaderValue::from_static("203.0.113.9"));
        assert_eq!(tried("127.0.0.1", &odd, &["127.0.0.1"]), told);
        let one = HeaderValue::from_bytes(b"\xff\x80, 203.0.113.9").unwrap();
        odd.insert(FORWARDED_FOR, one);
        assert_eq!(tried("127.0.0.1", &odd, &["127.0.0.1"]), told);
    }

    #[test]
    fn the_loopback_of_a_proxy_elsewhere_is_not_ours() {
        let own = [(FORWARDED_FOR, "127.0.0.1")];
        assert_eq!(from("10.0.0.2", &own, &["10.0.0.2"]), ("127.0.0.1".to_owned(), false));
        assert_eq!(from("127.0.0.1", &own, &["127.0.0.1"]), ("127.0.0.1".to_owned(), true));
    }

    #[test]
    fn a_network_is_an_address_of_four_bytes_or_half_of_sixteen() {
        assert_eq!(network(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(network(ip("::ffff:203.0.113.9")), ip("203.0.113.9"));
        assert_eq!(site(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1::"));
        assert_eq!(site(ip("::ffff:203.0.113.9")), ip("203.0.113.9"));
    }

    proptest! {
        /// The proxy's own word decides, whatever a visitor wrote before it, in the same header or in others.
        #[test]
        fn nothing_before_the_last_address_changes_the_source(
            fronts in proptest::collection::vec(proptest::collection::vec(32..=255_u8, 0..3_000), 0..4),
            four in any::<[u8; 4]>(),
            joined in any::<bool>(),
        ) {
            let client = IpAddr::from(four);
            prop_assume!(client != ip("127.0.0.1"));
            let mut map = HeaderMap::new();
            for front in &fronts {
                let front: Vec<u8> = front.iter().copied().filter(|byte| *byte != 127).collect();
                map.append(FORWARDED_FOR, HeaderValue::from_bytes(&front).unwrap());
            }
            let mut last = client.to_string().into_bytes();
            if joined && let Some(front) = fronts.first() {
                last = [front.as_slice(), b",", &last].concat();
                last.retain(|byte| *byte != 127);
            }
            map.append(FORWARDED_FOR, HeaderValue::from_bytes(&last).unwrap());
            let told = tried("127.0.0.1", &map, &["127.0.0.1"]);
            prop_assert_eq!(told, Ok((client.to_string(), client.is_loopback())));
        }

        #[test]
        fn any_header_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut map = HeaderMap::new();
            let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            map.insert(FORWARDED_FOR, value);
            let text = String::from_utf8_lossy(&bytes);
            let read = address(text.rsplit(',').next().unwrap());
            prop_assert_eq!(tried("127.0.0.1", &map, &["127.0.0.1"]).is_ok(), read.is_some());
        }
    }
}
