//! Where the master key comes from: the environment, the operator's file, systemd, or a file of the data directory.

use super::keyring::{BadKeys, Keyring};
use super::secret_key::SecretKey;
use crate::base64url;
use crate::random;
use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const VARIABLE: &str = "PORTREEVE_SEALING_KEY";
const CREDENTIAL: &str = "portreeve-sealing-key";
const OWN_FILE: &str = "seal.key";
/// A file of master keys is far smaller.
const LARGEST: u64 = 4096;
/// Random bytes in the name of a file that is written before it takes its place.
const BESIDE: usize = 9;

/// The places in which a master key is looked for, in this order.
#[derive(Clone)]
pub struct Places {
    /// The value of `PORTREEVE_SEALING_KEY`.
    pub variable: Option<Zeroizing<String>>,
    /// A file that the operator named.
    pub file: Option<PathBuf>,
    /// systemd's `$CREDENTIALS_DIRECTORY`; there the key is called `portreeve-sealing-key`.
    pub credentials: Option<PathBuf>,
    /// The data directory; there it is `seal.key`.
    pub data: PathBuf,
}

/// Where the keyring was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Environment,
    File(PathBuf),
    Credential(PathBuf),
    DataDirectory(PathBuf),
    /// It was in none of the places and was made in the data directory.
    Made(PathBuf),
}

#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    #[error("{VARIABLE}: {0}")]
    Variable(BadKeys),
    #[error("{VARIABLE} is not text")]
    VariableNotText,
    #[error("the sealing key {}: {why}", .path.display())]
    Unusable { path: PathBuf, why: Unkept },
    #[error(
        "no sealing key: this data directory was sealed under one, which is now in none of {VARIABLE}, the configured file, systemd's credential {CREDENTIAL}, {}",
        .0.display()
    )]
    Missing(PathBuf),
}

/// What is wrong with a file that should hold master keys.
#[derive(Debug, thiserror::Error)]
pub enum Unkept {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is no regular file")]
    NoFile,
    #[error("others may read or write it (mode {mode:03o}): take that away with chmod {wanted}")]
    Open { mode: u32, wanted: &'static str },
    #[error("it is longer than {LARGEST} bytes, so it is no list of keys")]
    TooLong,
    #[error("it is not text")]
    NotText,
    #[error("{0}")]
    BadKeys(#[from] BadKeys),
    #[error("another key waits there since a rotation, until a start has opened everything without it")]
    Waits,
    #[error("{0}")]
    NoRandomness(#[from] random::NoRandomness),
}

impl Found {
    /// Whether it is in the data directory, where it can be written too.
    pub const fn is_ours(&self) -> bool {
        matches!(self, Self::DataDirectory(_) | Self::Made(_))
    }
}

impl Places {
    /// As this process was started.
    pub fn of_process(file: Option<PathBuf>, data: &Path) -> Result<Self, NoKey> {
        let text = |value: OsString| value.into_string().map(Zeroizing::new).map_err(|_| NoKey::VariableNotText);
        Ok(Self {
            variable: std::env::var_os(VARIABLE).map(text).transpose()?,
            file,
            credentials: std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            data: data.to_path_buf(),
        })
    }

    /// Ours to write, in the data directory.
    pub fn own(&self) -> PathBuf {
        self.data.join(OWN_FILE)
    }

    /// The keyring of the first place that has one. A place that is named but unusable refuses: another key would
    /// leave everything unreadable. `first_start` allows one to be made where there is none.
    pub fn open(&self, first_start: bool) -> Result<(Keyring, Found), NoKey> {
        if let Some(text) = &self.variable {
            return Ok((Keyring::parse(text).map_err(NoKey::Variable)?, Found::Environment));
        }
        if let Some(path) = &self.file {
            return Ok((named(path, HANDED)?, Found::File(path.clone())));
        }
        if let Some(path) = self.credentials.as_ref().map(|directory| directory.join(CREDENTIAL)) {
            match read(&path, HANDED) {
                Ok(keyring) => return Ok((keyring, Found::Credential(path))),
                Err(why) if why.absent() => {}
                Err(why) => return Err(NoKey::Unusable { path, why }),
            }
        }
        let path = self.own();
        match read(&path, OWN) {
            Ok(keyring) => Ok((keyring, Found::DataDirectory(path))),
            Err(why) if why.absent() && first_start => {
                let made = make(&path).map_err(|why| NoKey::Unusable { path: path.clone(), why })?;
                Ok((made, Found::Made(path)))
            }
            Err(why) if why.absent() => Err(NoKey::Missing(path)),
            Err(why) => Err(NoKey::Unusable { path, why }),
        }
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places")
            .field("variable", &self.variable.is_some())
            .field("file", &self.file)
            .field("credentials", &self.credentials)
            .field("data", &self.data)
            .finish()
    }
}

impl Unkept {
    fn absent(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// Permission bits that a file must not have, and what to set instead.
#[derive(Clone, Copy)]
pub(super) struct Closed {
    bits: u32,
    wanted: &'static str,
}
/// Our own file is its owner's alone.
pub(super) const OWN: Closed = Closed { bits: 0o077, wanted: "600" };
/// Secrets handed over by systemd or an orchestrator are often readable by the service's group.
const HANDED: Closed = Closed { bits: 0o037, wanted: "640" };

fn named(path: &Path, closed: Closed) -> Result<Keyring, NoKey> {
    read(path, closed).map_err(|why| NoKey::Unusable { path: path.to_path_buf(), why })
}

pub(super) fn read(path: &Path, closed: Closed) -> Result<Keyring, Unkept> {
    // Asked before opening, because opening a pipe would wait for its writer; asked again of what was opened.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Unkept::NoFile);
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unkept::NoFile);
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & closed.bits != 0 {
        return Err(Unkept::Open { mode, wanted: closed.wanted });
    }
    if metadata.len() > LARGEST {
        return Err(Unkept::TooLong);
    }
    // The whole room at once: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST as usize + 1));
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Keyring::parse(std::str::from_utf8(&bytes).map_err(|_| Unkept::NotText)?)?)
}

/// Puts a new keyring (see `Keyring::renewed`) in the place of the old one: at any instant the file is one or the other.
pub fn replace(path: &Path, keyring: &Keyring) -> Result<(), Unkept> {
    let beside = write_beside(path, keyring)?;
    std::fs::rename(&beside, path).inspect_err(|_| drop(std::fs::remove_file(&beside)))?;
    sync_directory(path)
}

/// When two first starts race, both go on with the key of the one that came first.
fn make(path: &Path) -> Result<Keyring, Unkept> {
    let keyring = Keyring::new(&[SecretKey::random()?])?;
    let beside = write_beside(path, &keyring)?;
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside)?;
    match linked {
        Ok(()) => sync_directory(path)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return read(path, OWN),
        Err(error) => return Err(error.into()),
    }
    Ok(keyring)
}

/// A complete, synced file next to `path`, readable by its owner only from its first instant.
fn write_beside(path: &Path, keyring: &Keyring) -> Result<PathBuf, Unkept> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", base64url::encode(random::bytes::<BESIDE>()?.as_slice())));
    let beside = PathBuf::from(name);
    write_new(&beside, keyring)?;
    Ok(beside)
}

/// Into a file that is not there yet.
pub(super) fn write_new(path: &Path, keyring: &Keyring) -> Result<(), Unkept> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(keyring.text().as_bytes()).and_then(|()| file.sync_all());
    Ok(written.inspect_err(|_| drop(std::fs::remove_file(path)))?)
}

/// Takes away what a write that was broken off has left beside `path`: there are keys in it. Told how many.
pub fn sweep(path: &Path) -> Result<usize, Unkept> {
    let (Some(directory), Some(own)) = (path.parent(), path.file_name().and_then(std::ffi::OsStr::to_str)) else {
        return Ok(0);
    };
    let mut swept = 0;
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let ending = name.to_str().and_then(|name| name.strip_prefix(own)).and_then(|rest| rest.strip_prefix('.'));
        if ending.and_then(|ending| base64url::decode(ending, BESIDE)).is_some_and(|bytes| bytes.len() == BESIDE) {
            std::fs::remove_file(directory.join(name))?;
            swept += 1;
        }
    }
    if swept > 0 {
        sync_directory(path)?;
    }
    Ok(swept)
}

pub(super) fn sync_directory(path: &Path) -> Result<(), Unkept> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(directory)?.sync_all()?)
}
