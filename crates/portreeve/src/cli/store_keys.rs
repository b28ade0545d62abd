//! Where the journal is kept, as the command line and the configuration say it.

use super::End;
use serde::Deserialize;
use std::fmt;
use store::PostgresPlace;
use store::postgres::Disk;

/// `[store]`: a journal that is not in the data directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreKeys {
    /// postgres://USER@localhost/DATABASE, or postgres:///DATABASE?host=/DIR
    pub url: Option<StoreUrl>,
    /// The server runs with fsync off, and whoever says this knows that it can lose what it has confirmed.
    pub accept_fsync_off: Option<bool>,
}

/// As it was said; not shown, since somebody may have put a password into it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct StoreUrl(String);

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreUrl")
    }
}

impl std::str::FromStr for StoreUrl {
    type Err = std::convert::Infallible;
    /// Judged later, in words that do not repeat it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl StoreUrl {
    pub fn place(&self) -> Result<PostgresPlace, End> {
        self.0.parse().map_err(|why: store::postgres::BadPlace| End::Usage(format!("the store: {why}")))
    }
}

impl StoreKeys {
    /// The command line comes before the file.
    pub fn settle(self, asked: Option<StoreUrl>) -> Result<Option<(PostgresPlace, Disk)>, End> {
        let disk = if self.accept_fsync_off == Some(true) { Disk::MayLose } else { Disk::MustSync };
        let place = asked.or(self.url).map(|url| url.place()).transpose()?;
        Ok(place.map(|place| (place, disk)))
    }
}
