//! Opening: the journal of a data directory, if it is the one that was served before, and the thread that writes it.

use crate::journal_place::{self, JournalPlace};
use crate::last_checkpoint;
use crate::serve::{Failed, Options};
use journal::SigningKey;
use service::Commit;
use std::path::Path;
use store::{SqliteStore, Store};

pub type Committing = (Commit, std::thread::JoinHandle<()>);

/// The commit thread over the journal, wherever that is, if it is the one that was served before.
pub fn commit_at(options: &Options, key: &SigningKey) -> Result<Committing, Failed> {
    let place = journal_place::settle(&options.data, options.store.clone())?;
    if let JournalPlace::File(path) = &place {
        last_checkpoint::may_begin(&options.data, path)?;
        let mut store = SqliteStore::open(path)?;
        last_checkpoint::compare(&options.data, key.public(), &mut store)?;
        return commit_over(store, path);
    }
    // Apart from the tasks of this runtime: a store that waits for a server blocks its thread.
    let opened = std::thread::scope(|scope| {
        let open = || {
            let mut store = place.open()?;
            last_checkpoint::compare(&options.data, key.public(), store.as_mut())?;
            Commit::start(store, Box::new(|| false)).map_err(no_thread)
        };
        scope.spawn(open).join().unwrap_or_else(|_| Err(Failed::Node("the store panicked as it was opened".to_owned())))
    });
    let committing = opened?;
    journal_place::note(&options.data, &place)?;
    Ok(committing)
}

fn no_thread(why: std::io::Error) -> Failed {
    Failed::System { what: "the commit thread cannot start", why }
}

/// The commit thread over the data directory's own store, with the space it keeps for the brakes.
pub fn commit(data: &Path) -> Result<Committing, Failed> {
    let path = data.join("portreeve.db");
    commit_over(SqliteStore::open(&path)?, &path)
}

fn commit_over(store: SqliteStore, path: &Path) -> Result<Committing, Failed> {
    // A disk that has no room for the reserve has little room for orders; it is said, and trading goes on.
    if let Err(error) = store.ensure_reserve() {
        tracing::warn!(%error, "no space is kept in reserve for a kill switch");
    }
    let reserve = path.with_extension("reserve");
    let release = Box::new(move || std::fs::remove_file(&reserve).is_ok());
    Commit::start(Box::new(store) as Box<dyn Store>, release).map_err(no_thread)
}
