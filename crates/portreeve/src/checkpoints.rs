//! Checkpoints: the head of the journal, signed once a minute and kept beside it.

use journal::SigningKey;
use service::Node;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const EACH: Duration = Duration::from_secs(60);

/// Signs the head now and then, for as long as the process runs, so that `journal verify` has something that came from elsewhere in time.
pub async fn sign_on(node: Arc<Node>, key: Arc<SigningKey>, data: PathBuf) {
    let mut ticks = tokio::time::interval(EACH);
    let signed: Mutex<u64> = Mutex::new(0);
    loop {
        ticks.tick().await;
        let Ok(Ok(head)) = node.with_store(|store| store.head()).await else { continue };
        let mut last = signed.lock().unwrap_or_else(PoisonError::into_inner);
        if head.size == 0 || *last == head.size {
            continue;
        }
        let signed = key.sign(&key.checkpoint(head.size, head.root)).map_err(|error| error.to_string());
        match signed.and_then(|note| keep(&data, &note).map_err(|error| error.to_string())) {
            Ok(()) => *last = head.size,
            Err(error) => tracing::warn!(%error, "no checkpoint could be kept"),
        }
    }
}

/// Whole or not at all: a checkpoint that breaks off would look like a forged one.
fn keep(data: &Path, note: &str) -> std::io::Result<()> {
    let (fresh, kept) = (data.join("checkpoint.new"), data.join("checkpoint"));
    std::fs::write(&fresh, note)?;
    std::fs::rename(fresh, kept)
}
