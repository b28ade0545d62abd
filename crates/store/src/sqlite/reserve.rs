//! Space set aside beside the database, so that the brakes still work on a full disk.

use super::open::private;
use crate::StoreError;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Room for about forty small commits in the write-ahead log, each of any number of kills.
const SIZE: usize = 1 << 20;

pub(super) fn release(database: &Path) -> Result<bool, StoreError> {
    match std::fs::remove_file(database.with_extension("reserve")) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn ensure(database: &Path) -> Result<(), StoreError> {
    let path = database.with_extension("reserve");
    if std::fs::metadata(&path).is_ok_and(|file| file.len() == SIZE as u64) {
        return Ok(());
    }
    fill(&path).inspect_err(|_| {
        // Half a reserve would only take the space that is missing.
        drop(std::fs::remove_file(&path));
    })
}

fn fill(path: &Path) -> Result<(), StoreError> {
    let mut file = private().write(true).create(true).truncate(true).open(path)?;
    // Written and not only sized: a hole in a file holds no space.
    let block = [0x5a_u8; 4096];
    for _ in 0..SIZE / block.len() {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    Ok(())
}
