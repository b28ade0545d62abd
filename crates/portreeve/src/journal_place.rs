//! Where the journal of a data directory is: in the directory itself, or in a PostgreSQL that it names.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use store::contract::Frozen;
use store::copy::{Source, Target};
use store::postgres::{Disk, Writers};
use store::{PostgresPlace, PostgresReader, PostgresStore, SqliteReader, SqliteStore, Store, StoreError};

/// Names the place, for every later start and for whoever verifies; it holds no secret.
pub const NOTE: &str = "journal.place";
/// On its second line: the place was served with `accept_fsync_off`.
const MAY_LOSE: &str = "accept_fsync_off";
pub const FILE: &str = "portreeve.db";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalPlace {
    File(PathBuf),
    Postgres { place: PostgresPlace, disk: Disk },
}

/// Why nobody can say where the journal of a data directory is, or why it is not where it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum NoPlace {
    #[error("the data directory has a journal of its own, {file}, and its journal is said to be at {other}")]
    Two { file: String, other: String },
    #[error("the journal of this data directory is at {noted}, not at {asked}")]
    Elsewhere { noted: String, asked: String },
    #[error("{path}: {why}")]
    Note { path: String, why: String },
}

/// In the directory itself, whatever it says.
pub fn file(data: &Path) -> JournalPlace {
    JournalPlace::File(data.join(FILE))
}

/// As the directory says it.
pub fn of(data: &Path) -> Result<JournalPlace, NoPlace> {
    settle(data, noted(data)?)
}

/// To serve it: as it was asked for, if that does not contradict what the directory says. Two journals of one data
/// directory would both be right, and each would send what the other has sent. That the server may lose what it
/// confirms is to be said at each start.
pub fn settle(data: &Path, asked: Option<(PostgresPlace, Disk)>) -> Result<JournalPlace, NoPlace> {
    let file = data.join(FILE);
    let named = match (asked, noted(data)?) {
        (Some((asked, _)), Some((noted, _))) if asked != noted => {
            return Err(NoPlace::Elsewhere { noted: noted.to_string(), asked: asked.to_string() });
        }
        (Some(asked), _) => Some(asked),
        (None, noted) => noted.map(|(place, _)| (place, Disk::MustSync)),
    };
    match named {
        None => Ok(JournalPlace::File(file)),
        Some((other, _)) if file.exists() => {
            Err(NoPlace::Two { file: file.display().to_string(), other: other.to_string() })
        }
        Some((place, disk)) => Ok(JournalPlace::Postgres { place, disk }),
    }
}

fn noted(data: &Path) -> Result<Option<(PostgresPlace, Disk)>, NoPlace> {
    let path = data.join(NOTE);
    let wrong = |why: String| NoPlace::Note { path: path.display().to_string(), why };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(wrong(why.to_string())),
    };
    let (place, word) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    let disk = match word.trim() {
        "" => Disk::MustSync,
        MAY_LOSE => Disk::MayLose,
        _ => return Err(wrong(format!("its second line is not {MAY_LOSE}"))),
    };
    let place = place.trim().parse().map_err(|why: store::postgres::BadPlace| wrong(why.to_string()))?;
    Ok(Some((place, disk)))
}

/// Written once it is known that the place can be opened.
pub fn note(data: &Path, place: &JournalPlace) -> Result<(), NoPlace> {
    let JournalPlace::Postgres { place, disk } = place else { return Ok(()) };
    if noted(data)?.is_some_and(|(noted, word)| (&noted, word) == (place, *disk)) {
        return Ok(());
    }
    let word = match disk {
        Disk::MustSync => String::new(),
        Disk::MayLose => format!("{MAY_LOSE}\n"),
    };
    let wrong =
        |why: std::io::Error| NoPlace::Note { path: data.join(NOTE).display().to_string(), why: why.to_string() };
    write_whole(data, NOTE, format!("{place}\n{word}").as_bytes()).map_err(wrong)
}

/// Whole or not at all, and there after a power cut, too.
pub fn write_whole(directory: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = directory.join(format!("{name}.new"));
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, directory.join(name))?;
    File::open(directory)?.sync_all()
}

impl JournalPlace {
    /// For the one that writes it. Blocks its thread.
    pub fn open(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteStore::open(path)?),
            Self::Postgres { place, disk } => Box::new(PostgresStore::open(place, Writers::One, *disk)?),
        })
    }

    /// For a copy.
    pub fn source(&self) -> Result<Box<dyn Source>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteReader::open(path)?),
            Self::Postgres { place, .. } => Box::new(PostgresReader::open(place, Disk::MayLose)?),
        })
    }

    /// For a copy that is compared before it is released.
    pub fn copied(&self) -> Result<Box<dyn Source>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteReader::of_copy(path)?),
            Self::Postgres { place, .. } => Box::new(PostgresReader::of_copy(place, Disk::MayLose)?),
        })
    }

    /// For a copy into it.
    pub fn target(&self) -> Result<Box<dyn Target>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteStore::open(path)?),
            Self::Postgres { place, disk } => Box::new(PostgresStore::open(place, Writers::One, *disk)?),
        })
    }

    /// Beside whoever writes. It keeps nothing, so it asks no disk to keep anything.
    pub fn reader(&self) -> Result<Box<dyn Frozen>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteReader::open(path)?),
            Self::Postgres { place, .. } => Box::new(PostgresReader::open(place, Disk::MayLose)?),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_has_one_journal_and_remembers_where() {
        let data = std::env::temp_dir().join(format!("portreeve-place-{}", std::process::id()));
        std::fs::create_dir_all(&data).unwrap();
        let place: PostgresPlace = "postgres:///db?host=/run/pg&user=maya".parse().unwrap();
        let asked = || Some((place.clone(), Disk::MayLose));
        assert_eq!(of(&data).unwrap(), JournalPlace::File(data.join(FILE)));
        let there = settle(&data, asked()).unwrap();
        note(&data, &there).unwrap();
        // Whoever reads or rotates need not be told again that the server may lose; a start has to be.
        assert_eq!(of(&data).unwrap(), there);
        let strict = JournalPlace::Postgres { place: place.clone(), disk: Disk::MustSync };
        assert_eq!(settle(&data, None).unwrap(), strict);
        assert_eq!(settle(&data, asked()).unwrap(), there);
        note(&data, &strict).unwrap();
        assert_eq!(of(&data).unwrap(), strict);
        std::fs::write(data.join(NOTE), format!("{place}\nperhaps\n")).unwrap();
        assert!(matches!(of(&data), Err(NoPlace::Note { .. })));
        note(&data, &there).unwrap_err();
        std::fs::write(data.join(NOTE), format!("{place}\n")).unwrap();
        let other = (place.in_schema("other").unwrap(), Disk::MustSync);
        assert!(matches!(settle(&data, Some(other)), Err(NoPlace::Elsewhere { .. })));
        std::fs::write(data.join(FILE), "").unwrap();
        assert!(matches!(of(&data), Err(NoPlace::Two { .. })));
        std::fs::remove_file(data.join(NOTE)).unwrap();
        assert!(matches!(settle(&data, asked()), Err(NoPlace::Two { .. })));
        assert_eq!(of(&data).unwrap(), JournalPlace::File(data.join(FILE)));
        std::fs::write(data.join(NOTE), "somewhere").unwrap();
        assert!(matches!(of(&data), Err(NoPlace::Note { .. })));
        std::fs::remove_dir_all(&data).unwrap();
    }
}
