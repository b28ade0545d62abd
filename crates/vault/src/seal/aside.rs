//! Aside: the keyring that a rotation has replaced, and the one that an operator is to put in place, each in a file.

use super::keyring::Keyring;
use super::place::{OWN, Unkept, read, replace, sync_directory, write_new};
use super::secret_key::KeyId;
use std::io;
use std::path::{Path, PathBuf};

/// Where the old keyring of `path` waits until a start has opened everything with the new one.
pub fn aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".before");
    PathBuf::from(name)
}

/// One that waits there is never replaced by another: no start has shown yet that nothing needs it.
pub fn keep_aside(path: &Path, old: &Keyring) -> Result<PathBuf, Unkept> {
    let beside = aside(path);
    match waiting(path)? {
        Some(kept) if kept == old.current() => {}
        Some(_) => return Err(Unkept::Waits),
        None => replace(&beside, old)?,
    }
    Ok(beside)
}

fn waiting(path: &Path) -> Result<Option<KeyId>, Unkept> {
    match read(&aside(path), OWN) {
        Ok(kept) => Ok(Some(kept.current())),
        Err(Unkept::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

/// What became of the keyring that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgotten {
    Nothing,
    /// The old one, which nothing needs any more.
    Old,
    /// The one that is in place: a rotation had been broken off before it changed anything.
    NotBegun,
}

/// When everything opens with what is in place alone.
pub fn forget_aside(path: &Path, in_place: &Keyring) -> Result<Forgotten, Unkept> {
    let Some(kept) = waiting(path)? else { return Ok(Forgotten::Nothing) };
    std::fs::remove_file(aside(path))?;
    sync_directory(path)?;
    Ok(if kept == in_place.current() { Forgotten::NotBegun } else { Forgotten::Old })
}

/// Into a file that is not there yet, for its owner only: what stands in it is a key, and nothing is written over one.
pub fn hand_over(path: &Path, keyring: &Keyring) -> Result<(), Unkept> {
    write_new(path, keyring)?;
    sync_directory(path)
}
