//! `portreeve restore`: a backup becomes the journal of a new data directory, which starts reduce-only.

use super::backup::{About, CHECKPOINT, JOURNAL};
use super::say::{Refusal, line, text, value};
use super::{Common, Done, End, PLACE, SYSTEM, backup, places, verify};
use crate::{journal_place, serve};
use journal::PublicKey;
use kernel::actor::Actor;
use kernel::digest::Digest;
use kernel::restore::Backup;
use kernel::time::Timestamp;
use serde_json::json;
use service::restore::Restored;
use service::rotation::{self, Asked};
use service::words::names::moment;
use service::{Clock, Sealed, SystemClock};
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use store::copy::{Source, compare, copy};
use store::{SqliteReader, SqliteStore, StoreError};
use vault::seal::{NoKey, Places};

/// In it the journal is made; what is left of one that broke off is of no use to anybody.
const MAKING: &str = "restoring";

#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// A directory that `portreeve backup` has made
    #[arg(value_name = "DIR")]
    from: PathBuf,
    /// Suspend every API credential too: where one was revoked after the backup, or may have been
    #[arg(long)]
    suspend_credentials: bool,
    /// The key that signed the checkpoint is lost: believe the backup as it is, and make another key at the next start
    #[arg(long)]
    new_journal_key: bool,
}

/// Where the master key was looked for, and whether it opens what is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sealing {
    NothingSealed,
    Opens,
    /// A service may be given it where this verb is not.
    NotHere,
}

pub(crate) fn run(common: &Common, asked: &Restore) -> Done {
    let data = places::data(common)?;
    let about = About::read(&asked.from)?;
    vacant(&data)?;
    let backed_up = sound(asked, &data, &about)?;
    serve::prepare(&data).map_err(|error| End::failed(error, PLACE))?;
    let lock = lock(&data)?;
    vacant(&data)?;
    let making = data.join(MAKING);
    let clear = || match std::fs::remove_dir_all(&making) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(at(&making, why)),
        Ok(()) | Err(_) => Ok(()),
    };
    clear()?;
    std::fs::create_dir(&making).map_err(|why| at(&making, why))?;
    let made = make(asked, &data, &making, backed_up);
    let (restored, sealing) = match made {
        Ok(made) => made,
        Err(end) => {
            clear()?;
            return Err(end);
        }
    };
    // Whole, and safe to serve, before it has the name that a start looks for.
    take_over(&asked.from, &data, &making)?;
    clear()?;
    drop(lock);
    tell(common, &data, &about, (&restored, sealing, !data.join(serve::KEY).exists()));
    Ok(())
}

fn at(path: &Path, why: std::io::Error) -> End {
    End::failed(format!("{}: {why}", path.display()), PLACE)
}

/// Nothing there is a journal, or says where one is.
fn vacant(data: &Path) -> Result<(), End> {
    let JournalFiles { file, note } = JournalFiles::of(data);
    // A log beside it that another journal has left would be taken for the restored one's, by its name alone.
    let logs = ["db-wal", "db-shm", "db-journal"].map(|extension| file.with_extension(extension));
    match [file, note].into_iter().chain(logs).find(|path| path.exists()) {
        None => Ok(()),
        Some(path) => {
            let why = format!("{} is there: this data directory has a journal", path.display());
            Err(End::failed(why, "Restore into a new one: --data DIR. The keys may be in it already."))
        }
    }
}

struct JournalFiles {
    file: PathBuf,
    note: PathBuf,
}

impl JournalFiles {
    fn of(data: &Path) -> Self {
        Self { file: data.join(journal_place::FILE), note: data.join(journal_place::NOTE) }
    }
}

/// As a server holds it: none starts here meanwhile.
fn lock(data: &Path) -> Result<File, End> {
    let path = data.join(journal_place::FILE).with_extension("lock");
    let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(|why| at(&path, why))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Refusal::own("server_runs", &[]).into()),
        Err(TryLockError::Error(why)) => Err(at(&path, why)),
    }
}

/// Every event of it, its head, and the signed checkpoint that states exactly this head.
fn sound(asked: &Restore, data: &Path, about: &About) -> Result<Backup, End> {
    let key = key(asked, data, about)?;
    let known = verify::read_checkpoint(&asked.from.join(CHECKPOINT), &key)?;
    let mut reader = open(&asked.from)?;
    let verified = verify::walk(&mut reader, Some(&known))?;
    let stated = known.checkpoint.size;
    if verified.size != stated {
        let what = format!("it has {} events, and its checkpoint states {stated}", verified.size);
        return Err(verify::refused(&what).into());
    }
    Ok(Backup {
        size: verified.size,
        root: Digest::from_bytes(*verified.root.as_bytes()),
        made_at: Timestamp(about.made_at_ms),
    })
}

/// The key of the data directory, put there before; or what the backup says of itself, where somebody says so.
fn key(asked: &Restore, data: &Path, about: &About) -> Result<PublicKey, End> {
    let path = data.join(serve::KEY);
    if path.exists() {
        return verify::signing_key(data).map(|key| key.public().clone()).map_err(|why| End::failed(why, SYSTEM));
    }
    if asked.new_journal_key {
        return verify::handed_key(&about.journal_key);
    }
    let why = format!("{} is not there: nobody can say who signed this backup", path.display());
    let remedy = "Put the journal.key that was kept apart there (mode 600), and seal.key; or say --new-journal-key.";
    Err(End::failed(why, remedy))
}

fn open(from: &Path) -> Result<SqliteReader, End> {
    // A backup is never released: nobody serves it as it is.
    SqliteReader::of_copy(&from.join(JOURNAL)).map_err(verify::unreadable)
}

/// The copy, compared; then what follows from its being one, in one append.
fn make(asked: &Restore, data: &Path, making: &Path, backed_up: Backup) -> Result<(Restored, Sealing), End> {
    let path = making.join(journal_place::FILE);
    let mut from = open(&asked.from)?;
    let mut store = SqliteStore::open(&path).map_err(not_made)?;
    let head = copy(&mut from, &mut store).map_err(not_made)?;
    if (head.size, head.root.as_bytes()) != (backed_up.size, backed_up.root.bytes()) {
        return Err(verify::refused("it was changed while it was read").into());
    }
    let mut reader = SqliteReader::open(&path).map_err(not_made)?;
    compare(&mut from, &mut reader as &mut dyn Source).map_err(not_made)?;
    drop(reader);
    let sealing = sealing(&mut store, data)?;
    let dice = service::clock::dice().map_err(|error| End::failed(error, SYSTEM))?;
    let by = Actor::Local { uid: serve::own_uid() };
    let who = Asked { by, at: SystemClock.now(), dice };
    let restored = service::restore::restored(&mut store, backed_up, asked.suspend_credentials, &who);
    let restored = restored.map_err(|error| End::failed(error, SYSTEM))?;
    store.checkpoint().map_err(not_made)?;
    Ok((restored, sealing))
}

/// A key that is here and opens nothing is the wrong one: a start would say so, this says it before.
fn sealing(store: &mut SqliteStore, data: &Path) -> Result<Sealing, End> {
    if Sealed::is_empty(store).map_err(not_made)? {
        return Ok(Sealing::NothingSealed);
    }
    let refused = |why: String| End::from(Refusal::own("seal_key_does_not_open", &[("why", &why)]));
    match Places::of_process(None, data).and_then(|places| places.open(false)) {
        Ok((ring, _)) => {
            rotation::opens_all(store, &ring).map(|()| Sealing::Opens).map_err(|error| refused(error.to_string()))
        }
        Err(NoKey::Missing(_)) => Ok(Sealing::NotHere),
        Err(other) => Err(refused(other.to_string())),
    }
}

fn take_over(from: &Path, data: &Path, making: &Path) -> Result<(), End> {
    let checkpoint = std::fs::read(from.join(CHECKPOINT)).map_err(|why| at(from, why))?;
    let kept = data.join(verify::LATEST);
    // It may be all that proves what is not in the backup.
    drop(std::fs::rename(&kept, kept.with_extension("before")));
    backup::private(&kept, &checkpoint).map_err(|why| at(&kept, why))?;
    let JournalFiles { file, .. } = JournalFiles::of(data);
    std::fs::rename(making.join(journal_place::FILE), &file).map_err(|why| at(&file, why))?;
    backup::sync(data).map_err(|why| at(data, why))
}

fn not_made(error: StoreError) -> End {
    match error {
        StoreError::Corrupt { .. } => verify::unreadable(error),
        other => End::failed(other, "Nothing was restored. Look at the disk, and try again."),
    }
}

fn tell(common: &Common, data: &Path, about: &About, (restored, sealing, no_key): (&Restored, Sealing, bool)) {
    let made_at = moment(Timestamp(about.made_at_ms));
    let told = json!({
        "restored": true, "events": about.size, "made_at": made_at, "reduce_only": true,
        "orders_ended": restored.ended, "cancels_void": restored.cancels, "notices_void": restored.notices,
        "orders_to_ask_about": restored.doubtful, "open_orders": restored.open,
        "credentials_suspended": restored.suspended,
        "sealing_key": match sealing {
            Sealing::NothingSealed => "nothing_sealed",
            Sealing::Opens => "opens",
            Sealing::NotHere => "not_here",
        },
    });
    if common.json {
        return value(&told);
    }
    line(&format!("Restored into {}: {} events, verified and compared row by row.", data.display(), about.size));
    for (member, says) in [
        ("orders_ended", "that waited for a person or for their family ended"),
        ("cancels_void", "that may have been told are not told again"),
        ("notices_void", "that waited are not sent"),
        ("orders_to_ask_about", "that may have been sent are asked about at the next start, and never sent again"),
        ("credentials_suspended", "suspended"),
    ] {
        let what = member.split('_').next().unwrap_or(member);
        if told.get(member).and_then(serde_json::Value::as_u64).is_some_and(|count| count > 0) {
            line(&format!("  {what} {says}: {}", text(&told, member)));
        }
    }
    if sealing == Sealing::NotHere {
        line(
            "The sealing key was not found here: a start takes it (seal.key, PORTREEVE_SEALING_KEY, or a systemd credential).",
        );
    }
    if no_key {
        line(
            "The next start makes another journal.key: checkpoints that were kept elsewhere are read with the old one (--key).",
        );
    }
    line("It starts reduce-only: the firm's kill switch is engaged, and everybody is signed out.");
    line(&format!(
        "What happened after {made_at} is not known here: what was revoked, replaced or used since is as it was."
    ));
    line(
        "End the old server for good; look at orders, positions, credentials, devices and authenticators; then release",
    );
    line("the switch in the portal (before an owner is enrolled: portreeve release --firm). docs/operations.md");
}
