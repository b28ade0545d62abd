//! Certificate files: read again when they change on disk; a pair that cannot be served leaves the one before.

use super::pair::{self, BadPair};
use rustls::sign::CertifiedKey;
use service::Clock;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Between two looks at the files.
const LOOK: Duration = Duration::from_secs(2);

/// The service's group may read it, as is usual for keys of an ACME client; nobody else.
pub(super) const OPEN: u32 = 0o037;

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
    served: Mutex<Arc<CertifiedKey>>,
    seen: Mutex<Seen>,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").field("pair", &self.pair).finish_non_exhaustive()
    }
}

struct Seen {
    /// Of the files that were read last, whether or not they could be served.
    stamps: [Option<Stamp>; 2],
    /// What was said of them.
    told: Option<String>,
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
        // Before they are read: what is written meanwhile is seen at the next look.
        let seen = Mutex::new(Seen { stamps: stamps(&pair), told: None });
        let served = Mutex::new(Arc::new(load(&pair, host, clock.as_ref())?));
        Ok(Self { pair, host: host.to_owned(), clock, served, seen })
    }

    /// For the handshake that is made now.
    pub fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.served.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every two seconds, as long as the process lives; beside the runtime, because a disk may take its time.
    pub fn watch(self: &Arc<Self>) {
        let files = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let files = Arc::clone(&files);
                drop(tokio::task::spawn_blocking(move || files.look()).await);
            }
        });
    }

    fn look(&self) {
        let stamps = stamps(&self.pair);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if stamps == seen.stamps {
            return;
        }
        match load(&self.pair, &self.host, self.clock.as_ref()) {
            Ok(fresh) => {
                *seen = Seen { stamps, told: None };
                *self.served.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                tracing::info!("the portal's certificate was read again");
            }
            Err(error) => {
                // What could not even be read is tried again, and said once.
                if !matches!(error, BadPair::Unreadable { .. }) {
                    seen.stamps = stamps;
                }
                let why = error.to_string();
                if seen.told.as_ref() != Some(&why) {
                    tracing::warn!(%error, "the portal's certificate files changed and cannot be served: the pair before stays");
                    seen.told = Some(why);
                }
            }
        }
    }
}

fn load(pair: &Pair, host: &str, clock: &dyn Clock) -> Result<CertifiedKey, BadPair> {
    let key = zeroize::Zeroizing::new(pair::bytes(&pair.key)?);
    let read = pair::read(&pair::bytes(&pair.certificate)?, &key, host)?;
    pair::warn_of_its_dates(&read, clock.now());
    if std::fs::metadata(&pair.key).is_ok_and(|key| key.mode() & OPEN != 0) {
        tracing::warn!(key = %pair.key.display(), "others on this machine can read the portal's private key: chmod 640");
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use kernel::time::Timestamp;
    use service::ManualClock;

    const HOST: &str = "trade.example.test";

    fn write(pair: &Pair) {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let made = rcgen::CertificateParams::new(vec![HOST.to_owned()]).unwrap().self_signed(&key).unwrap();
        std::fs::write(&pair.certificate, made.pem()).unwrap();
        std::fs::write(&pair.key, key.serialize_pem()).unwrap();
    }

    #[test]
    fn a_pipe_in_place_of_a_file_is_not_waited_for_and_a_file_in_its_place_is_read() {
        let directory = std::env::temp_dir().join(format!("portreeve-files-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let pair = Pair { certificate: directory.join("certificate.pem"), key: directory.join("key.pem") };
        write(&pair);
        let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
        let files = Files::open(pair.clone(), HOST, clock).unwrap();
        let first = files.current();
        let before = files.seen.lock().unwrap().stamps;
        std::fs::remove_file(&pair.certificate).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pair.certificate).status().unwrap().success());
        files.look();
        assert!(Arc::ptr_eq(&files.current(), &first));
        // It is looked at again, whatever it looks like then.
        assert_eq!(files.seen.lock().unwrap().stamps, before);
        std::fs::remove_file(&pair.certificate).unwrap();
        write(&pair);
        files.look();
        assert!(!Arc::ptr_eq(&files.current(), &first));
        std::fs::remove_dir_all(directory).unwrap();
    }
}
