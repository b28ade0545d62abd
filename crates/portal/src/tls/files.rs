//! Certificate files: read again when they change on disk; a pair that cannot be served leaves the one before.

use super::pair::{self, BadPair};
use rustls::sign::CertifiedKey;
use service::Clock;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the two files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

pub struct Files {
    pair: Pair,
    host: String,
    clock: Arc<dyn Clock>,
    held: Mutex<Held>,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").field("pair", &self.pair).finish_non_exhaustive()
    }
}

struct Held {
    served: Arc<CertifiedKey>,
    /// Of the files that were tried last, whether or not they could be served.
    seen: [Option<Stamp>; 2],
}

/// What changes when a file is written or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Files {
    pub fn open(pair: Pair, host: &str, clock: Arc<dyn Clock>) -> Result<Self, BadPair> {
        let seen = stamps(&pair);
        let served = Arc::new(load(&pair, host, clock.as_ref())?);
        Ok(Self { pair, host: host.to_owned(), clock, held: Mutex::new(Held { served, seen }) })
    }

    /// For the handshake that is made now.
    pub fn current(&self) -> Arc<CertifiedKey> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Before they are read: what is written meanwhile is seen at the next handshake.
        let seen = stamps(&self.pair);
        if seen != held.seen {
            held.seen = seen;
            match load(&self.pair, &self.host, self.clock.as_ref()) {
                Ok(fresh) => {
                    held.served = Arc::new(fresh);
                    tracing::info!("the portal's certificate was read again");
                }
                Err(error) => {
                    tracing::warn!(%error, "the portal's certificate files changed and cannot be served: the pair before stays");
                }
            }
        }
        Arc::clone(&held.served)
    }
}

fn load(pair: &Pair, host: &str, clock: &dyn Clock) -> Result<CertifiedKey, BadPair> {
    let key = zeroize::Zeroizing::new(pair::bytes(&pair.key)?);
    let read = pair::read(&pair::bytes(&pair.certificate)?, &key, host)?;
    pair::warn_of_its_dates(&read, clock.now());
    Ok(read)
}

fn stamps(pair: &Pair) -> [Option<Stamp>; 2] {
    let stamp = |path: &Path| std::fs::metadata(path).ok().as_ref().map(Stamp::of);
    [stamp(&pair.certificate), stamp(&pair.key)]
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}
