//! Private files: written whole or not at all, and readable by their owner only, from their first byte on.

use std::fs::{DirBuilder, File, OpenOptions, rename};
use std::io::{Error, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

const NOBODY_ELSE: u32 = 0o600;
const OTHERS: u32 = 0o077;
const EVERYBODY_READS: u32 = 0o644;

pub fn directory(path: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Whether nobody else can read or write it, as it was made.
pub fn closed(path: &Path) -> Result<(), Error> {
    let mode = std::fs::metadata(path)?.mode() & 0o777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    Err(Error::other(format!("others can read or write it (mode {mode:03o}): chmod 600, and ask who has read it")))
}

pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    put(path, bytes, NOBODY_ELSE)
}

/// For what is shown to everybody anyway.
pub fn publish(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    put(path, bytes, EVERYBODY_READS)
}

fn put(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let fresh = path.with_extension("new");
    // What an interrupted write left has perhaps another mode.
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}
