//! Network: where somebody comes from, as far as it is written down: a keyed tag of the network, and the country.

use crate::id::FromText;
use crate::watch::Place;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Two networks have two tags, and neither says which network it is to whoever lacks the installation's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    pub tag: Tag,
    /// Only where the operator gives a country database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
}

impl Network {
    /// As the detector knows it.
    pub fn place(&self) -> Place {
        Place { network: Some(self.tag.0), country: self.country.map(Country::key) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(u64);

impl Tag {
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }
    fn parse(text: &str) -> Option<Self> {
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let spelled = text.len() == 16 && text.bytes().all(lower);
        spelled.then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText { parse: Self::parse, expected: "a tag of 16 hexadecimal digits" })
    }
}

/// Two capital letters (ISO 3166), as country databases have them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Country([u8; 2]);

impl Country {
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }
    fn key(self) -> u16 {
        u16::from_be_bytes(self.0)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.0).unwrap_or("?"))
    }
}
impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText { parse: Self::parse, expected: "a country of two capital letters" })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_network_reads_back_and_nothing_else_is_one() {
        for country in [None, Country::parse("DE")] {
            let network = Network { tag: Tag::new(0x00ab_cdef_0123_4567), country };
            let text = serde_json::to_string(&network).unwrap();
            assert_eq!(serde_json::from_str::<Network>(&text).unwrap(), network);
        }
        for wrong in ["00abcdef0123456", "00abcdef012345678", "00ABCDEF01234567", "+0abcdef01234567", ""] {
            assert!(serde_json::from_str::<Tag>(&serde_json::to_string(wrong).unwrap()).is_err(), "{wrong}");
        }
        for wrong in ["de", "D", "DEU", "D1", "Ä"] {
            assert_eq!(Country::parse(wrong), None, "{wrong}");
        }
    }
}
