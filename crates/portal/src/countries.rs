//! Countries: a country database that the operator gives, read whole and checked before the first visitor comes.

use kernel::network::Country;
use maxminddb::{MaxMindDbError, Reader, path};
use std::net::IpAddr;
use std::path::Path;

pub struct Countries(Reader<Vec<u8>>);

/// Why a file is none.
#[derive(Debug, thiserror::Error)]
pub enum NoCountries {
    #[error("{path}: {why}")]
    Unread { path: String, why: MaxMindDbError },
    #[error("{path}: it is a database of {kind}, in which no network has a country")]
    Empty { path: String, kind: String },
}

/// So many networks are looked at for one with a country.
const LOOKED_AT: usize = 10_000;

impl Countries {
    pub fn open(file: &Path) -> Result<Self, NoCountries> {
        let path = || file.display().to_string();
        let unread = |why| NoCountries::Unread { path: path(), why };
        let reader = Reader::open_readfile(file).map_err(unread)?;
        reader.verify().map_err(unread)?;
        let mut networks = reader.networks(maxminddb::WithinOptions::default()).map_err(unread)?.take(LOOKED_AT);
        let kind = reader.metadata().database_type.clone();
        if !networks.any(|network| network.is_ok_and(|found| country(&found).is_some())) {
            return Err(NoCountries::Empty { path: path(), kind });
        }
        drop(networks);
        Ok(Self(reader))
    }

    /// None: it does not say, or nobody is there (a private network).
    pub fn of(&self, address: IpAddr) -> Option<Country> {
        country(&self.0.lookup(address.to_canonical()).ok()?)
    }
}

impl std::fmt::Debug for Countries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Countries").field("kind", &self.0.metadata().database_type).finish_non_exhaustive()
    }
}

fn country(found: &maxminddb::LookupResult<'_, Vec<u8>>) -> Option<Country> {
    let nested = || found.decode_path::<&str>(&path!["country", "iso_code"]).ok().flatten();
    let flat = || found.decode_path::<&str>(&path!["country_code"]).ok().flatten();
    nested().or_else(flat).and_then(Country::parse)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
pub(crate) mod tests {
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        [&[0x40 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
    }

    fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let all = members.iter().flat_map(|(key, value)| [text(key), value.clone()].concat());
        std::iter::once(0xe0 | u8::try_from(members.len()).unwrap()).chain(all).collect()
    }

    /// A database of IPv4 with two halves: the lower half of all addresses, and the upper.
    pub(crate) fn halves(lower: &[(&str, Vec<u8>)], upper: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let (lower, upper) = (map(lower), map(upper));
        let record = |offset: usize| u32::try_from(1 + 16 + offset).unwrap().to_be_bytes()[1..].to_vec();
        let tree = [record(0), record(lower.len())].concat();
        let number = |of: u8| vec![0xa1, of];
        let long = |of: u32| [&[0xc4][..], &of.to_be_bytes()].concat();
        let metadata = map(&[
            ("binary_format_major_version", number(2)),
            ("binary_format_minor_version", number(0)),
            ("build_epoch", vec![0x01, 0x02, 1]),
            ("database_type", text("Test-Country")),
            ("description", map(&[("en", text("test"))])),
            ("ip_version", number(4)),
            ("languages", vec![0x01, 0x04, 0x42, b'e', b'n']),
            ("node_count", long(1)),
            ("record_size", number(24)),
        ]);
        [tree, vec![0; 16], lower, upper, b"\xab\xcd\xefMaxMind.com".to_vec(), metadata].concat()
    }

    pub(crate) fn iso(code: &str) -> Vec<(&'static str, Vec<u8>)> {
        vec![("country", map(&[("iso_code", text(code))]))]
    }

    fn file(name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("portreeve-countries-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn a_country_is_what_the_database_says_and_nothing_where_it_does_not() {
        let path = file("two", &halves(&iso("DE"), &[("country_code", text("NZ"))]));
        let countries = Countries::open(&path).unwrap();
        let of = |address: &str| countries.of(address.parse().unwrap()).map(|country| country.to_string());
        assert_eq!(of("10.1.2.3").as_deref(), Some("DE"));
        assert_eq!(of("::ffff:10.1.2.3").as_deref(), Some("DE"));
        assert_eq!(of("203.0.113.9").as_deref(), Some("NZ"));
        assert_eq!(of("2001:db8::1"), None);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_is_no_country_database_is_refused_by_name() {
        let sound = halves(&iso("DE"), &iso("NZ"));
        let none = halves(&[("city", text("Bonn"))], &iso("not a country"));
        for (name, bytes) in [
            ("empty", Vec::new()),
            ("text", b"DE 10.0.0.0/8\n".to_vec()),
            ("cut", sound[..sound.len() - 9].to_vec()),
            ("none", none),
        ] {
            let path = file(name, &bytes);
            let told = Countries::open(&path).unwrap_err().to_string();
            assert!(told.contains(name), "{told}");
            std::fs::remove_file(path).unwrap();
        }
        assert!(Countries::open(Path::new("/nowhere/at/all.mmdb")).unwrap_err().to_string().contains("all.mmdb"));
    }
}
