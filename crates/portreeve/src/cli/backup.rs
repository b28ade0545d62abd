//! `portreeve backup`: the whole journal of one moment in a directory of its own, also while it is served; no key is in it.

use super::say::{line, text, value};
use super::{Common, Done, End, PLACE, places, verify};
use crate::serve;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::words::names::moment;
use service::{Clock, SystemClock};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use store::copy::{Same, Source, compare_moment, copy_moment};
use store::{SqliteReader, SqliteStore, StoreError};
use vault::seal::Places;

pub(super) const JOURNAL: &str = "journal.db";
pub(super) const CHECKPOINT: &str = "checkpoint";
const KEY: &str = "journal.pub";
const ABOUT: &str = "backup.json";
/// Of the files beside the journal; what is longer was not written here.
const LARGEST: u64 = 64 * 1024;
/// The only one there is.
const FORMAT: u32 = 1;

#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    /// A directory that is not there yet, or is empty; on another disk, never in the data directory
    #[arg(value_name = "DIR")]
    to: PathBuf,
}

/// What a backup says of itself. Nothing of it is believed where the journal or its checkpoint says it too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    pub format: u32,
    /// The version that wrote it.
    pub portreeve: String,
    pub made_at_ms: i64,
    pub size: u64,
    pub root: String,
    /// The public part of the key that signed the checkpoint.
    pub journal_key: String,
    /// Which master key opens what is sealed, where that could be seen; ids tell nothing of keys.
    pub sealing_key: Option<String>,
}

impl About {
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let about: Self = serde_json::from_slice(bytes).map_err(|why| why.to_string())?;
        match about.format {
            FORMAT => Ok(about),
            other => Err(format!("its format is {other}, and this program reads {FORMAT}")),
        }
    }

    pub fn read(from: &Path) -> Result<Self, End> {
        let path = from.join(ABOUT);
        let wrong = |why: String| {
            End::failed(format!("{}: {why}", path.display()), "Name a directory that portreeve backup has finished.")
        };
        let length = std::fs::metadata(&path).map_err(|why| wrong(why.to_string()))?.len();
        if length > LARGEST {
            return Err(wrong("it is longer than any that is written here".to_owned()));
        }
        Self::parse(&std::fs::read(&path).map_err(|why| wrong(why.to_string()))?).map_err(wrong)
    }
}

pub(crate) fn run(common: &Common, asked: &Backup) -> Done {
    let data = places::data(common)?;
    let to = apart(&data, &asked.to)?;
    let mut unfinished = to.clone().into_os_string();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let failed = |path: &Path, why: std::io::Error| End::failed(format!("{}: {why}", path.display()), PLACE);
    // It is made here or not at all: what another backup is writing stays its own.
    std::fs::DirBuilder::new().mode(0o700).create(&unfinished).map_err(|why| failed(&unfinished, why))?;
    let made = write(&data, &unfinished)
        .and_then(|made| std::fs::rename(&unfinished, &to).map(|()| made).map_err(|why| failed(&to, why)))
        .and_then(|made| sync(to.parent().unwrap_or(&to)).map(|()| made).map_err(|why| failed(&to, why)));
    match made {
        Ok((about, same)) => {
            tell(common, &data, &to, (&about, &same));
            Ok(())
        }
        Err(end) => {
            drop(std::fs::remove_dir_all(&unfinished));
            Err(end)
        }
    }
}

/// Where it really is: outside the data directory, which would be lost with it, and with nothing there yet.
fn apart(data: &Path, to: &Path) -> Result<PathBuf, End> {
    let failed = |path: &Path, why: std::io::Error| End::failed(format!("{}: {why}", path.display()), PLACE);
    let own = data.canonicalize().map_err(|why| failed(data, why))?;
    let name = to.file_name().ok_or_else(|| End::Usage(format!("{} is no name for a directory", to.display())))?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let to = parent.canonicalize().map_err(|why| failed(parent, why))?.join(name);
    let to = if to.exists() { to.canonicalize().map_err(|why| failed(&to, why))? } else { to };
    if to.starts_with(&own) {
        let why = format!("{} is in the data directory: what takes the one takes the other", to.display());
        return Err(End::failed(why, "Choose a place on another disk, or on another machine."));
    }
    match std::fs::read_dir(&to).map(|mut entries| entries.next().is_some()) {
        Ok(false) => Ok(to),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(to),
        Ok(true) => {
            Err(End::failed(format!("{} holds something already", to.display()), "Name one that is not there."))
        }
        Err(why) => Err(failed(&to, why)),
    }
}

/// One moment of the journal, whatever is written meanwhile; read again, and compared row by row.
fn write(data: &Path, into: &Path) -> Result<(About, Same), End> {
    let key =
        verify::signing_key(data).map_err(|why| End::failed(why, "Ask as the user whose data directory it is."))?;
    // Signed before the moment that is copied: the copy must begin with it.
    let known = verify::latest(data, None)?;
    let mut from = verify::place(data)?.source().map_err(verify::unreadable)?;
    let head = from.freeze().map_err(verify::unreadable)?;
    let made_at = SystemClock.now();
    let path = into.join(JOURNAL);
    let mut copied = SqliteStore::open(&path).map_err(not_written)?;
    copy_moment(from.as_mut(), &head, &mut copied).map_err(not_written)?;
    let mut reader = SqliteReader::of_copy(&path).map_err(not_written)?;
    let same = compare_moment(from.as_mut(), head, &mut reader as &mut dyn Source).map_err(not_written)?;
    verify::walk(&mut reader, known.as_ref())?;
    // The reader goes first: whoever goes last takes the write-ahead log away.
    drop(reader);
    // It is not released: only a restore opens it, so that nobody serves it as if nothing had happened since.
    copied.checkpoint().map_err(not_written)?;
    drop(copied);
    drop(std::fs::remove_file(path.with_extension("lock")));
    let signed = key.sign(&key.checkpoint(head.size, head.root)).map_err(|why| End::failed(why, PLACE))?;
    let ring = Places::of_process(None, data).and_then(|places| places.open(false)).ok();
    let about = About {
        format: FORMAT,
        portreeve: env!("CARGO_PKG_VERSION").to_owned(),
        made_at_ms: made_at.0,
        size: head.size,
        root: head.root.to_string(),
        journal_key: key.public().vkey(),
        sealing_key: ring.map(|(ring, _)| ring.current().to_string()),
    };
    let told = serde_json::to_vec_pretty(&about).map_err(|why| End::failed(why, PLACE))?;
    let vkey = format!("{}\n", about.journal_key);
    for (name, bytes) in [(CHECKPOINT, signed.as_bytes()), (KEY, vkey.as_bytes()), (ABOUT, told.as_slice())] {
        let path = into.join(name);
        private(&path, bytes).map_err(|why| End::failed(format!("{}: {why}", path.display()), PLACE))?;
    }
    sync(into).map_err(|why| End::failed(format!("{}: {why}", into.display()), PLACE))?;
    Ok((about, same))
}

/// For its owner only: it tells everything that was ever done.
pub(super) fn private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

pub(super) fn sync(directory: &Path) -> std::io::Result<()> {
    File::open(directory)?.sync_all()
}

fn not_written(error: StoreError) -> End {
    match error {
        StoreError::Corrupt { .. } => verify::unreadable(error),
        other => End::failed(other, "Nothing was kept of it. Choose a place that has room, and try again."),
    }
}

fn tell(common: &Common, data: &Path, to: &Path, (about, same): (&About, &Same)) {
    let keys: Vec<String> = [serve::KEY, "seal.key"]
        .iter()
        .map(|name| data.join(name))
        .filter(|path| path.exists())
        .map(|path| path.display().to_string())
        .collect();
    let rows: serde_json::Map<_, _> =
        same.rows.iter().map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
    let told = json!({
        "made": true, "directory": to.display().to_string(), "events": about.size, "root": about.root,
        "made_at": moment(kernel::time::Timestamp(about.made_at_ms)), "sealing_key": about.sealing_key,
        "keys_not_in_it": keys, "rows": rows,
    });
    if common.json {
        return value(&told);
    }
    line(&format!("{} holds {} events, compared row by row, with their signed checkpoint.", to.display(), about.size));
    line(&format!("root {}", about.root));
    line("No key is in it. A restore takes these, kept apart from it and from this machine:");
    keys.iter().for_each(|path| line(&format!("  {path}")));
    if let (Some(id), false) = (&about.sealing_key, keys.iter().any(|path| path.ends_with("seal.key"))) {
        line(&format!("  the sealing key {id}, where this server is given it"));
    }
    line(&format!("What happens after {} is not in it: make another one in time.", text(&told, "made_at")));
}

#[cfg(test)]
mod tests {
    use super::About;

    #[test]
    fn whatever_a_backup_says_of_itself_is_read_or_refused_and_never_a_panic() {
        bolero::check!().for_each(|bytes: &[u8]| {
            if let Ok(about) = About::parse(bytes) {
                let again = serde_json::to_vec(&about).unwrap_or_default();
                assert_eq!(About::parse(&again), Ok(about));
            }
        });
    }

    #[test]
    fn one_of_a_later_format_or_with_more_in_it_is_refused() {
        let told = |format: u32, more: &str| {
            format!(
                r#"{{"format":{format},"portreeve":"1","made_at_ms":1,"size":2,"root":"","journal_key":"","sealing_key":null{more}}}"#
            )
        };
        assert!(About::parse(told(1, "").as_bytes()).is_ok());
        assert!(About::parse(told(2, "").as_bytes()).is_err_and(|why| why.contains("format is 2")));
        assert!(About::parse(told(1, r#","more":1"#).as_bytes()).is_err());
    }
}
