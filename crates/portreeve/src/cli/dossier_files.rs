//! A dossier's files on a disk, as a directory or as one zip: written whole or not at all, read with bounds, no link
//! followed.

use super::{End, PLACE};
use ::dossier::archive::{self, MOST_BYTES, MOST_FILES};
use ::dossier::{Files, contents};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// To a new directory, or to a zip where the name says so; it gets that name when all of it is there. Only its owner
/// may read it.
pub(super) fn write(out: &Path, files: &Files) -> Result<(), End> {
    if out.symlink_metadata().is_ok() {
        return Err(End::Usage(format!(
            "{}: it is there already; a dossier gets a directory or a zip of its own",
            out.display()
        )));
    }
    let mut name = out.file_name().ok_or_else(|| End::Usage(format!("{}: no name", out.display())))?.to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = out.with_file_name(name);
    let zipped = out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let written = if zipped { write_zip(&part, files) } else { write_all(&part, files) };
    written.and_then(|()| fs::rename(&part, out)).map_err(|why| {
        drop(if zipped { fs::remove_file(&part) } else { fs::remove_dir_all(&part) });
        End::failed(format!("{}: {why}", out.display()), PLACE)
    })
}

fn write_zip(part: &Path, files: &Files) -> std::io::Result<()> {
    write_new(part, &archive::pack(files)?)
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
        write_new(&path, bytes)?;
    }
    Ok(())
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Every file of the zip, or of the directory and of its folders.
pub(super) fn read(path: &Path) -> Result<Files, End> {
    if path.is_file() {
        let bytes = read_bounded(path, MOST_BYTES)?;
        return archive::unpack(&bytes).map_err(|why| End::Usage(format!("{}: {why}", path.display())));
    }
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
