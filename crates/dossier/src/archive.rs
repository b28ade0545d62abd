//! Archive: a dossier's files as one zip, and what a zip of anybody's holds, within bounds.

use crate::build::{MAX_APPROVALS, MAX_BYTES};
use crate::{Files, contents};
use std::io::{self, Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Approvals, the reading aids and the proofs.
pub const MOST_FILES: usize = MAX_APPROVALS + 20;
pub const MOST_BYTES: u64 = 2 * MAX_BYTES as u64;

/// A zip that holds no dossier's files.
#[derive(Debug, thiserror::Error)]
pub enum NotUnpacked {
    #[error("not a zip that can be read: {0}")]
    Unreadable(String),
    #[error("more files, or otherwise named, than a dossier has")]
    NotPlain,
    #[error("unpacked it is longer than {MOST_BYTES} bytes")]
    TooLong,
}

impl From<zip::result::ZipError> for NotUnpacked {
    fn from(why: zip::result::ZipError) -> Self {
        Self::Unreadable(why.to_string())
    }
}

/// The same files give the same bytes: no time and no owner is in it.
pub fn pack(files: &Files) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let as_one = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o600);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), as_one)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// What its list says of sizes is not believed: it is read no further than a dossier can be long.
pub fn unpack(bytes: &[u8]) -> Result<Files, NotUnpacked> {
    within(bytes, MOST_BYTES)
}

fn within(bytes: &[u8], most: u64) -> Result<Files, NotUnpacked> {
    let mut zip = ZipArchive::new(Cursor::new(bytes))?;
    // Of two by one name whoever opens it may see the other.
    if zip.len() > MOST_FILES || zip.has_duplicate_names() {
        return Err(NotUnpacked::NotPlain);
    }
    let (mut files, mut left) = (Files::new(), most);
    for at in 0..zip.len() {
        let name = zip.name_for_index(at).ok_or(NotUnpacked::NotPlain)??.into_owned();
        if !contents::is_plain(&name) {
            return Err(NotUnpacked::NotPlain);
        }
        let mut file = Vec::new();
        let read = zip.by_index(at)?.take(left.saturating_add(1)).read_to_end(&mut file);
        read.map_err(|why| NotUnpacked::Unreadable(why.to_string()))?;
        left = left.checked_sub(file.len() as u64).ok_or(NotUnpacked::TooLong)?;
        files.insert(name, file);
    }
    Ok(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_when_it_is_unpacked_is_read_no_further_than_the_bound() {
        let files = Files::from([("one".to_owned(), vec![0; 600]), ("two".to_owned(), vec![0; 401])]);
        let packed = pack(&files).unwrap();
        assert!(packed.len() < 400, "it says little: {}", packed.len());
        assert!(matches!(within(&packed, 1_000), Err(NotUnpacked::TooLong)));
        assert_eq!(within(&packed, 1_001).unwrap(), files);
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let mut renamed = pack(&Files::from([("one".to_owned(), vec![1]), ("two".to_owned(), vec![2])])).unwrap();
        for at in 0..renamed.len() - 2 {
            if renamed.get(at..at + 3) == Some(b"two") {
                renamed.splice(at..at + 3, *b"one");
            }
        }
        assert!(matches!(unpack(&renamed), Err(NotUnpacked::NotPlain)));
    }

    #[test]
    fn names_that_lead_elsewhere_and_too_many_are_refused() {
        for name in ["../contents", "/contents", "a/b/c", "dossier/", ".contents", "", "a\\b"] {
            let files = Files::from([(name.to_owned(), Vec::new())]);
            assert!(unpack(&pack(&files).unwrap()).is_err(), "{name}");
        }
        let many = (0..=MOST_FILES).map(|n| (format!("a/{n}"), Vec::new())).collect();
        assert!(matches!(unpack(&pack(&many).unwrap()), Err(NotUnpacked::NotPlain)));
    }
}
