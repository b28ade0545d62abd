//! Network: the keyed tag under which a network is written down, so that the journal knows it again and names none.

use crate::seal::{DataKey, SecretKey, Unsealable};
use aws_lc_rs::hmac;
use kernel::id::CustomerId;
use kernel::network::Tag;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The key of the tags. It comes from a data key (of the firm), so it is the same after every start and rotation.
pub struct NetworkKey(hmac::Key);

impl NetworkKey {
    pub fn of(firm: &DataKey) -> Result<Self, Unsealable> {
        let key: SecretKey = firm.derive("portreeve/network-key/v1")?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, key.bytes())))
    }

    /// One network has another tag for each customer: of two journals nobody can tell who shares one.
    pub fn tag(&self, customer: CustomerId, address: IpAddr) -> Tag {
        let mut said = customer.bits().to_be_bytes().to_vec();
        match network(address) {
            IpAddr::V4(four) => said.extend(four.octets()),
            IpAddr::V6(six) => said.extend(six.octets()),
        }
        let tag = hmac::sign(&self.0, &said);
        let first = tag.as_ref().first_chunk::<8>();
        Tag::new(first.map_or(0, |first| u64::from_be_bytes(*first)))
    }
}

impl std::fmt::Debug for NetworkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NetworkKey")
    }
}

/// 24 bits of IPv4, 48 of IPv6: what one subscriber keeps from day to day, as a rule. This machine is one network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        here if here.is_loopback() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V4(four) => IpAddr::V4(Ipv4Addr::from_bits(four.to_bits() & (u32::MAX << 8))),
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 80))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(byte: u8) -> NetworkKey {
        NetworkKey(hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32]))
    }

    fn tag(byte: u8, address: &str) -> Tag {
        key(byte).tag(CustomerId::new(0, 1), address.parse().unwrap())
    }

    #[test]
    fn a_network_is_24_bits_of_ipv4_and_48_of_ipv6() {
        for (one, other) in [
            ("203.0.113.9", "203.0.113.200"),
            ("203.0.113.9", "::ffff:203.0.113.1"),
            ("2001:db8:1:2::7", "2001:db8:1:ffff::1"),
            ("127.0.0.1", "127.9.9.9"),
            ("127.0.0.1", "::1"),
        ] {
            assert_eq!(tag(1, one), tag(1, other), "{one} {other}");
        }
        for (one, other) in [("203.0.113.9", "203.0.114.9"), ("2001:db8:1::7", "2001:db8:2::7"), ("0.0.0.1", "::2")] {
            assert_ne!(tag(1, one), tag(1, other), "{one} {other}");
        }
    }

    #[test]
    fn another_installation_and_another_customer_have_other_tags() {
        let address = "203.0.113.9".parse().unwrap();
        assert_ne!(tag(1, "203.0.113.9"), tag(2, "203.0.113.9"));
        assert_ne!(key(1).tag(CustomerId::new(0, 1), address), key(1).tag(CustomerId::new(0, 2), address));
        assert_eq!(format!("{:?}", key(1)), "NetworkKey");
    }
}
