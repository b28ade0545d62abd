//! A dossier's files on a disk: written whole or not at all, read with bounds, no link followed.

use super::{End, PLACE};
use ::dossier::build::{MAX_APPROVALS, MAX_BYTES};
use ::dossier::{Files, contents};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Approvals, the reading aids and the proofs.
const MOST_FILES: usize = MAX_APPROVALS + 20;
const MOST_BYTES: u64 = 2 * MAX_BYTES as u64;

/// To a new directory, which gets its name when all of it is there. Only its owner may read it.
pub(super) fn write(out: &Path, files: &Files) -> Result<(), End> {
    if out.symlink_metadata().is_ok() {
        return Err(End::Usage(format!(
            "{}: it is there already; a dossier gets a directory of its own",
            out.display()
        )));
    }
    let mut name = out.file_name().ok_or_else(|| End::Usage(format!("{}: no name", out.display())))?.to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = out.with_file_name(name);
    let written = write_all(&part, files).and_then(|()| fs::rename(&part, out));
    written.map_err(|why| {
        drop(fs::remove_dir_all(&part));
        End::failed(format!("{}: {why}", out.display()), PLACE)
    })
}

fn write_all(part: &Path, files: &Files) -> std::io::Result<()> {
    let mut folders = DirBuilder::new();
    folders.mode(0o700);
    folders.create(part)?;
    for (name, bytes) in files {
        let path = part.join(name);
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            folders.create(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Every file of the directory and of its folders.
pub(super) fn read(path: &Path) -> Result<Files, End> {
    let mut files = Files::new();
    let mut left = MOST_BYTES;
    read_folder(path, "", &mut files, &mut left)?;
    Ok(files)
}

fn read_folder(path: &Path, within: &str, files: &mut Files, left: &mut u64) -> Result<(), End> {
    let here = |why: std::io::Error| End::Usage(format!("{}: {why}", path.display()));
    for entry in fs::read_dir(path).map_err(here)? {
        let entry = entry.map_err(here)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if within.is_empty() { name } else { format!("{within}/{name}") };
        let kind = entry.file_type().map_err(here)?;
        if files.len() >= MOST_FILES || !contents::is_plain(&name) {
            return Err(End::Usage(format!(
                "{}: more, or otherwise named, than a dossier has",
                entry.path().display()
            )));
        }
        if kind.is_dir() && within.is_empty() {
            read_folder(&entry.path(), &name, files, left)?;
        } else if kind.is_file() {
            let bytes = read_bounded(&entry.path(), *left)?;
            *left = left.saturating_sub(bytes.len() as u64);
            files.insert(name, bytes);
        } else {
            return Err(End::Usage(format!("{}: neither a file nor a folder of them", entry.path().display())));
        }
    }
    Ok(())
}

pub(super) fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, End> {
    let here = |why: std::io::Error| End::Usage(format!("{}: {why}", path.display()));
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(here)?;
    // A pipe or a device has no end.
    if !file.metadata().map_err(here)?.is_file() {
        return Err(End::Usage(format!("{}: not a file", path.display())));
    }
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(here)?;
    if bytes.len() as u64 > most {
        return Err(End::Usage(format!("{}: longer than {most} bytes", path.display())));
    }
    Ok(bytes)
}
