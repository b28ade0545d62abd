//! Checkpoints: the head of the journal, signed once a minute and kept beside it.

use crate::journal_place::write_whole;
use crate::last_checkpoint::{self, LATEST};
use journal::SigningKey;
use service::Node;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const EACH: Duration = Duration::from_secs(60);

/// Signs the head now and then, for as long as the process runs, so that `journal verify` has something that came from elsewhere in time.
pub async fn sign_on(node: Arc<Node>, key: Arc<SigningKey>, data: PathBuf) {
    let mut ticks = tokio::time::interval(EACH);
    // A longer one is not replaced, whatever the journal says of itself.
    let known = last_checkpoint::latest(&data, key.public()).ok().flatten();
    let mut last = known.map_or(0, |known| known.size);
    loop {
        ticks.tick().await;
        let Ok(Ok(head)) = node.with_store(|store| store.head()).await else { continue };
        if head.size <= last {
            continue;
        }
        let signed = key.sign(&key.checkpoint(head.size, head.root)).map_err(|error| error.to_string());
        let kept = match signed {
            Ok(note) => keep(data.clone(), note).await,
            Err(why) => Err(why),
        };
        match kept {
            Ok(()) => last = head.size,
            Err(error) => tracing::warn!(%error, "no checkpoint could be kept"),
        }
    }
}

/// Apart from the tasks: it waits for the disk.
async fn keep(data: PathBuf, note: String) -> Result<(), String> {
    let kept = tokio::task::spawn_blocking(move || write_whole(&data, LATEST, note.as_bytes()));
    kept.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}
