//! Aside: the keyring that a rotation has replaced, and the one that an operator is to put in place, each in a file.

use super::keyring::Keyring;
use super::place::{Unkept, replace, sync_directory, write_beside};
use std::io;
use std::path::{Path, PathBuf};

/// Where the old keyring of `path` waits until a start has opened everything with the new one.
pub fn aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".before");
    PathBuf::from(name)
}

/// One that waits there from before is replaced.
pub fn keep_aside(path: &Path, old: &Keyring) -> Result<PathBuf, Unkept> {
    let beside = aside(path);
    replace(&beside, old)?;
    Ok(beside)
}

/// True if there was one.
pub fn forget_aside(path: &Path) -> Result<bool, Unkept> {
    match std::fs::remove_file(aside(path)) {
        Ok(()) => sync_directory(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Into a file that is not there yet, for its owner only: what stands in it is a key, and nothing is written over one.
pub fn hand_over(path: &Path, keyring: &Keyring) -> Result<(), Unkept> {
    let beside = write_beside(path, keyring)?;
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside)?;
    linked?;
    sync_directory(path)
}
