//! A file outside that checkpoints are added to: one after another, each whole on the disk, and none ever taken away.

use journal::PublicKey;
use kernel::time::Timestamp;
use service::checkpoints::Signed;
use service::words::names::moment;
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
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
    pub fn open(place: Place, key: PublicKey, every: Duration) -> std::io::Result<Self> {
        let known = Arc::new(Known::default());
        let (give, take) = sync_channel(1);
        let this = Self { known: Arc::clone(&known), give };
        let keeper = Keeper { place, key, every, known };
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
    place: Place,
    key: PublicKey,
    every: Duration,
    known: Arc<Known>,
}

impl Keeper {
    fn keep(&self, take: &Receiver<Signed>) {
        // What failed may be there and not on the disk: it is added once more, whatever the file says of itself.
        let mut doubt = false;
        // What is not signed in the file is believed once, by a start: afterwards it is known what was written, and when.
        let mut own = None;
        while let Ok(signed) = take.recv() {
            let every = if doubt { None } else { Some(self.every) };
            match add(&self.place, &self.key, &signed, every, own) {
                Ok(kept) => {
                    own = Some(kept);
                    self.known.kept(kept.size);
                }
                Err(ref why) => self.known.failed(&why.to_string()),
            }
            doubt = self.known.failing.load(Ordering::Acquire);
        }
    }
}

/// The file, and the data directory that it is to be apart from.
#[derive(Clone, Debug)]
pub struct Place {
    pub path: PathBuf,
    pub data: PathBuf,
}

impl Place {
    /// A file of its own, reached by its own name.
    pub fn open(&self) -> std::io::Result<File> {
        let mut options = File::options();
        // A pipe that nobody reads would be waited for.
        options.read(true).append(true).mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let file = match options.open(&self.path) {
            Ok(file) => file,
            Err(why) if why.kind() == ErrorKind::NotFound => self.make(options)?,
            Err(why) => return Err(why),
        };
        if !file.metadata()?.is_file() {
            return Err(Error::other("it is no regular file"));
        }
        Ok(file)
    }

    /// Where the disk outside is not mounted, its directory is an empty one of this disk.
    fn make(&self, mut options: OpenOptions) -> std::io::Result<File> {
        let parent = self.path.parent().unwrap_or(Path::new("/"));
        if std::fs::metadata(parent)?.dev() == std::fs::metadata(&self.data)?.dev() {
            let why =
                "it is not there, and would be made on the disk of the data directory: mount the other one, or make it";
            return Err(Error::other(why));
        }
        let made = options.create_new(true).open(&self.path)?;
        // The name is to be there after a power cut, too.
        File::open(parent)?.sync_all()?;
        Ok(made)
    }
}

/// The record that the file ends with: how many events it states, and when it was written.
#[derive(Clone, Copy, Debug)]
struct Kept {
    size: u64,
    at: Option<SystemTime>,
}

/// Adds it, if the last one is old enough and states something else; with no `every` in any case. Where the file does not end
/// with the one of our `own`, somebody else wrote to it, and it is added too.
fn add(
    place: &Place,
    key: &PublicKey,
    signed: &Signed,
    every: Option<Duration>,
    own: Option<Kept>,
) -> std::io::Result<Kept> {
    let mut file = place.open()?;
    let Last { size, at, whole } = last(&mut file, key)?;
    let (size, at) = match own {
        Some(own) if size == Some(own.size) => (size, own.at),
        Some(_) => (None, None),
        None => (size, at),
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(signed.at.0).unwrap_or_default());
    // A clock that was set back puts nothing off.
    let age = at.and_then(|at| now.duration_since(at).ok());
    if let (Some(size), Some(every)) = (size, every)
        && (size == signed.size || age.is_some_and(|age| age < every))
    {
        return Ok(Kept { size, at });
    }
    let mut record = String::new();
    if !whole {
        // What was cut short stays as it is, on lines of its own.
        record.push_str("\n\n");
    }
    record.push_str(&format!("{} {} events\n{}\n", moment(signed.at), signed.size, signed.note));
    file.write_all(record.as_bytes())?;
    file.sync_all()?;
    Ok(Kept { size: signed.size, at: Some(now) })
}

/// How a file ends.
struct Last {
    /// Events that its last checkpoint of this key states.
    size: Option<u64>,
    /// When that one was written, as the line above it says.
    at: Option<SystemTime>,
    whole: bool,
}

fn last(file: &mut File, key: &PublicKey) -> std::io::Result<Last> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    Read::by_ref(file).take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let found = journal::checkpoint::all(&text, key);
    let last = found.checkpoints.last().zip(found.lines.last());
    let head = last.and_then(|(_, line)| text.lines().nth(line.checked_sub(2)?));
    let at = head.filter(|line| line.ends_with(" events")).and_then(|line| line.split(' ').next());
    let at = at.and_then(|at| at.parse::<jiff::Timestamp>().ok()).map(SystemTime::from);
    let whole = bytes.is_empty() || bytes.ends_with(b"\n\n");
    Ok(Last { size: last.map(|(one, _)| one.size), at, whole })
}

/// The moment that the last record of a file says it was written at, and what it states.
pub fn look(mut file: File, key: &PublicKey) -> std::io::Result<(Option<u64>, Option<Timestamp>)> {
    let Last { size, at, .. } = last(&mut file, key)?;
    let ms = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_millis());
    Ok((size, at.and_then(ms).and_then(|ms| i64::try_from(ms).ok()).map(Timestamp)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
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

    struct There(PathBuf);

    impl There {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("portreeve-kept-{name}-{}", std::process::id()));
            drop(std::fs::remove_file(&path));
            std::fs::write(&path, "").unwrap();
            Self(path)
        }
        fn place(&self) -> Place {
            Place { path: self.0.clone(), data: std::env::temp_dir() }
        }
        fn add(&self, size: u64, minutes: i64) -> std::io::Result<u64> {
            add(&self.place(), key().public(), &signed(size, minutes), Some(EVERY), None).map(|kept| kept.size)
        }
        fn text(&self) -> String {
            std::fs::read_to_string(&self.0).unwrap()
        }
        fn sizes(&self) -> Vec<u64> {
            journal::checkpoint::all(&self.text(), key().public()).checkpoints.iter().map(|one| one.size).collect()
        }
    }

    impl Drop for There {
        fn drop(&mut self) {
            drop(std::fs::remove_file(&self.0));
        }
    }

    #[test]
    fn an_old_checkpoint_that_somebody_dates_anew_puts_nothing_off() {
        let there = There::new("dated");
        let add = |size, minutes, own| add(&there.place(), key().public(), &signed(size, minutes), Some(EVERY), own);
        add(3, 0, None).unwrap();
        let mut own = add(7, 70, None).unwrap();
        let lines = |minute: i64, size| {
            let (old, dated) = (signed(size, 0), moment(Timestamp(START + minute * 60_000)));
            let text = format!("{dated} {} events\n{}\n", old.size, old.note);
            File::options().append(true).open(&there.0).unwrap().write_all(text.as_bytes()).unwrap();
        };
        // One from before, and the last one again.
        for (minute, size, states) in [(129, 3, 9), (189, 9, 11)] {
            lines(minute, size);
            own = add(states, minute + 2, Some(own)).unwrap();
            assert_eq!(own.size, states, "minute {minute}");
        }
    }

    #[test]
    fn one_is_added_when_the_journal_has_moved_and_the_time_has_passed_also_after_a_restart() {
        let place = There::new("added");
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
    fn what_was_there_stays_also_what_was_cut_short_and_it_is_no_reason_to_wait() {
        let place = There::new("cut");
        place.add(5, 0).unwrap();
        let whole = std::fs::read(&place.0).unwrap();
        let second = signed(6, 61);
        let record = format!("{} 6 events\n{}\n", moment(second.at), second.note);
        // At each byte, also within a letter of several; the next try is a minute later.
        for cut in 1..record.len() {
            let torn = [whole.as_slice(), &record.as_bytes()[..cut]].concat();
            std::fs::write(&place.0, &torn).unwrap();
            let signed_in_full = cut >= record.len() - 2;
            assert_eq!(place.add(7, 62).unwrap(), if signed_in_full { 6 } else { 7 }, "{cut}");
            let text = std::fs::read(&place.0).unwrap();
            assert!(text.starts_with(&torn), "{cut}");
            let begun: &[u8] = if torn.ends_with(b"\n\n") { b"2026-" } else { b"\n\n2026-" };
            assert!(signed_in_full || text[torn.len()..].starts_with(begun), "{cut}");
            let text = String::from_utf8_lossy(&text).into_owned();
            let found = journal::checkpoint::all(&text, key().public());
            assert_eq!(found.checkpoints.first().map(|one| one.size), Some(5), "{cut}");
            assert_eq!(found.checkpoints.last().map(|one| one.size), Some(if signed_in_full { 6 } else { 7 }), "{cut}");
        }
        // What others wrote there is no reason to write none, nor to take it away.
        std::fs::write(&place.0, "something else").unwrap();
        place.add(8, 0).unwrap();
        assert!(place.text().starts_with("something else\n") && place.sizes() == [8]);
    }

    #[test]
    fn what_failed_is_added_once_more_whatever_the_file_says() {
        let place = There::new("doubt");
        place.add(5, 0).unwrap();
        add(&place.place(), key().public(), &signed(5, 1), None, None).unwrap();
        assert_eq!(place.sizes(), [5, 5]);
    }

    #[test]
    fn a_link_a_pipe_and_a_place_that_is_not_mounted_are_not_written_to() {
        let there = There::new("link");
        std::fs::remove_file(&there.0).unwrap();
        let why = there.add(5, 0).unwrap_err().to_string();
        assert!(why.contains("on the disk of the data directory") && !there.0.exists(), "{why}");
        let apart = Place { data: PathBuf::from("/proc"), ..there.place() };
        assert_eq!(
            add(&apart, key().public(), &signed(5, 0), Some(EVERY), None).unwrap().size,
            5,
            "on another disk it is made"
        );
        std::fs::remove_file(&there.0).unwrap();
        let target = There::new("target");
        std::os::unix::fs::symlink(&target.0, &there.0).unwrap();
        assert!(there.add(5, 0).is_err() && target.text().is_empty());
        std::fs::remove_file(&there.0).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&there.0).status().unwrap().success());
        assert!(there.add(5, 0).is_err());
    }

    #[test]
    fn a_place_that_is_not_there_is_told_and_the_next_try_is_another() {
        let there = There::new("gone");
        std::fs::remove_file(&there.0).unwrap();
        let place = Place { path: there.0.join("below"), data: std::env::temp_dir() };
        let kept = CheckpointFile::open(place.clone(), key().public().clone(), EVERY).unwrap();
        kept.offer(&signed(5, 0));
        while !kept.is_failing() {
            std::thread::yield_now();
        }
        std::fs::create_dir(&there.0).unwrap();
        std::fs::write(&place.path, "").unwrap();
        while kept.is_failing() {
            kept.offer(&signed(5, 0));
            std::thread::yield_now();
        }
        assert_eq!(kept.size(), 5);
        std::fs::remove_dir_all(&there.0).unwrap();
    }
}
