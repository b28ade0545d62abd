//! A file outside that checkpoints are added to: one after another, each whole on the disk, and none ever taken away.

use journal::PublicKey;
use kernel::time::Timestamp;
use service::checkpoints::Signed;
use service::words::names::moment;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Of its end so much is read: more than the longest record that is written.
const TAIL: u64 = 4_096;

/// What is known of it by whoever asks.
#[derive(Debug, Default)]
struct Known {
    /// Events that the last one states.
    size: AtomicU64,
    failing: AtomicBool,
    why: Mutex<Option<String>>,
}

/// Written by a thread of its own: a place that hangs holds up nothing else, not even the end of the process.
#[derive(Clone, Debug)]
pub struct CheckpointFile {
    known: Arc<Known>,
    give: SyncSender<Signed>,
}

impl CheckpointFile {
    pub fn open(path: PathBuf, key: PublicKey, every: Duration) -> std::io::Result<Self> {
        let known = Arc::new(Known::default());
        let (give, take) = sync_channel(1);
        let this = Self { known: Arc::clone(&known), give };
        let keeper = Keeper { path, key, every, known };
        std::thread::Builder::new().name("checkpoints".into()).spawn(move || keeper.keep(&take))?;
        Ok(this)
    }

    /// Never waits. The one before that is still in hand says that the place hangs.
    pub fn offer(&self, signed: &Signed) {
        if self.give.try_send(signed.clone()).is_err() {
            self.known.failed("it does not answer");
        }
    }

    pub fn size(&self) -> u64 {
        self.known.size.load(Ordering::Acquire)
    }

    pub fn is_failing(&self) -> bool {
        self.known.failing.load(Ordering::Acquire)
    }
}

impl Known {
    /// Told once, until it is another reason or it works again.
    fn failed(&self, why: &str) {
        let mut last = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_deref() != Some(why) {
            tracing::error!(why, "no checkpoint could be added to the file outside: it is tried again");
        }
        *last = Some(why.to_owned());
        self.failing.store(true, Ordering::Release);
    }

    fn kept(&self, size: u64) {
        self.size.store(size, Ordering::Release);
        if self.failing.swap(false, Ordering::AcqRel) {
            tracing::info!("checkpoints are added to the file outside again");
        }
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

struct Keeper {
    path: PathBuf,
    key: PublicKey,
    every: Duration,
    known: Arc<Known>,
}

impl Keeper {
    fn keep(&self, take: &Receiver<Signed>) {
        while let Ok(signed) = take.recv() {
            match add(&self.path, &self.key, &signed, self.every) {
                Ok(size) => self.known.kept(size),
                Err(why) => self.known.failed(&why.to_string()),
            }
        }
    }
}

/// Adds it, if the last one is old enough and states something else. How many events the last one states then.
pub fn add(path: &Path, key: &PublicKey, signed: &Signed, every: Duration) -> std::io::Result<u64> {
    let mut file = match File::options().read(true).append(true).open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let made = File::options().read(true).append(true).create_new(true).mode(0o600).open(path)?;
            // The name is to be there after a power cut, too.
            path.parent().map(File::open).transpose()?.map_or(Ok(()), |directory| directory.sync_all())?;
            made
        }
        Err(why) => return Err(why),
    };
    let Last { size, at, whole } = last(&mut file, key)?;
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(signed.at.0).unwrap_or_default());
    // A clock that was set back puts nothing off.
    let fresh = at.is_some_and(|at| now.duration_since(at).is_ok_and(|age| age < every));
    if let Some(size) = size.filter(|size| *size == signed.size || fresh) {
        return Ok(size);
    }
    let mut record = String::new();
    if !whole {
        // What was cut short stays as it is, on lines of its own.
        record.push_str("\n\n");
    }
    record.push_str(&format!("{} {} events\n{}\n", moment(signed.at), signed.size, signed.note));
    file.write_all(record.as_bytes())?;
    file.sync_all()?;
    Ok(signed.size)
}

/// How a file ends.
struct Last {
    /// Events that its last checkpoint of this key states.
    size: Option<u64>,
    /// When it was written, as it says itself.
    at: Option<SystemTime>,
    whole: bool,
}

fn last(file: &mut File, key: &PublicKey) -> std::io::Result<Last> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    Read::by_ref(file).take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let size = journal::checkpoint::all(&text, key).checkpoints.last().map(|one| one.size);
    let head = text.lines().rev().find(|line| line.ends_with(" events"));
    let at = head.and_then(|line| line.split(' ').next()).and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let at = at.map(SystemTime::from);
    Ok(Last { size, at, whole: text.is_empty() || text.ends_with("\n\n") })
}

/// The moment that the last record of a file says it was written at, and what it states.
pub fn look(path: &Path, key: &PublicKey) -> std::io::Result<(Option<u64>, Option<Timestamp>)> {
    let Last { size, at, .. } = last(&mut File::open(path)?, key)?;
    let ms = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_millis());
    Ok((size, at.and_then(ms).and_then(|ms| i64::try_from(ms).ok()).map(Timestamp)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use journal::{Hash, SigningKey};

    const EVERY: Duration = Duration::from_secs(3_600);
    const START: i64 = 1_790_000_000_000;

    fn key() -> SigningKey {
        SigningKey::generate("a.test/log", [7; 32]).unwrap()
    }

    fn signed(size: u64, minutes: i64) -> Signed {
        let key = key();
        let note = key.sign(&key.checkpoint(size, Hash([0; 32]))).unwrap();
        Signed { size, at: Timestamp(START + minutes * 60_000), note, vkey: key.public().vkey() }
    }

    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("portreeve-kept-{name}-{}", std::process::id()));
            drop(std::fs::remove_file(&path));
            Self(path)
        }
        fn add(&self, size: u64, minutes: i64) -> std::io::Result<u64> {
            add(&self.0, key().public(), &signed(size, minutes), EVERY)
        }
        fn text(&self) -> String {
            std::fs::read_to_string(&self.0).unwrap()
        }
        fn sizes(&self) -> Vec<u64> {
            journal::checkpoint::all(&self.text(), key().public()).checkpoints.iter().map(|one| one.size).collect()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            drop(std::fs::remove_file(&self.0));
        }
    }

    #[test]
    fn one_is_added_when_the_journal_has_moved_and_the_time_has_passed_also_after_a_restart() {
        let place = Place::new("added");
        for (size, minutes, stands) in
            [(5, 0, 5), (6, 59, 5), (5, 61, 5), (7, 61, 7), (8, 120, 7), (9, 122, 9), (10, 0, 10)]
        {
            assert_eq!(place.add(size, minutes).unwrap(), stands, "{size} {minutes}");
        }
        assert_eq!(place.sizes(), [5, 7, 9, 10], "the clock was set back before the last");
        assert!(place.text().starts_with("2026-09-21T14:13:20Z 5 events\na.test/log\n5\n"), "{}", place.text());
        let Last { size, whole, .. } = last(&mut File::open(&place.0).unwrap(), key().public()).unwrap();
        assert_eq!((size, whole), (Some(10), true));
    }

    #[test]
    fn what_was_there_stays_also_what_was_cut_short() {
        let place = Place::new("cut");
        place.add(5, 0).unwrap();
        let whole = place.text();
        let second = signed(6, 60);
        for cut in [1, 20, 40, whole.len() - 30, whole.len() - 1] {
            let record = format!("{} 6 events\n{}\n", moment(second.at), second.note);
            let torn = format!("{whole}{}", record.get(..cut).unwrap_or(&whole));
            std::fs::write(&place.0, &torn).unwrap();
            assert_eq!(place.add(7, 130).unwrap(), 7, "{cut}");
            assert!(place.text().starts_with(&torn), "{cut}");
            assert_eq!((place.sizes().first(), place.sizes().last()), (Some(&5), Some(&7)), "{cut}");
        }
        // What others wrote there is no reason to write none, nor to take it away.
        std::fs::write(&place.0, "something else").unwrap();
        place.add(8, 0).unwrap();
        assert!(place.text().starts_with("something else\n") && place.sizes() == [8]);
    }

    #[test]
    fn a_place_that_is_not_there_is_told_and_the_next_try_is_another() {
        let place = Place::new("gone");
        let missing = place.0.join("below");
        assert!(add(&missing, key().public(), &signed(5, 0), EVERY).is_err());
        let kept = CheckpointFile::open(missing, key().public().clone(), EVERY).unwrap();
        kept.offer(&signed(5, 0));
        while !kept.is_failing() {
            std::thread::yield_now();
        }
        std::fs::create_dir(&place.0).unwrap();
        while kept.is_failing() {
            kept.offer(&signed(5, 0));
            std::thread::yield_now();
        }
        assert_eq!(kept.size(), 5);
        std::fs::remove_dir_all(&place.0).unwrap();
    }
}
