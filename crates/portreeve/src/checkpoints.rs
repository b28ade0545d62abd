//! Checkpoints: the head of the journal, signed once a minute and kept beside it; and where it is told outside.

use crate::checkpoint_file::{self as file, CheckpointFile};
use crate::journal_place::write_whole;
use crate::last_checkpoint::{self, LATEST};
use crate::serve::{Failed, Outside};
use journal::SigningKey;
use kernel::digest::Digest;
use notify::Webhook;
use service::Node;
use service::checkpoints::{Checkpoints, Place, Signed};
use service::notices::{EMAIL, of_hook};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const EACH: Duration = Duration::from_secs(60);

/// Where they go besides the data directory.
#[derive(Debug)]
pub struct Kept {
    file: Option<CheckpointFile>,
    sent: Arc<Checkpoints>,
}

/// A place, whether the last attempt there failed, and the events that the last one there states, where it is known.
pub struct Standing {
    pub of: &'static str,
    pub failing: bool,
    pub size: Option<u64>,
}

/// Before anything is served: a secret that cannot be read is no start.
pub struct Ready {
    places: Vec<Place>,
}

/// `email` is the carrier of notices.
pub fn ready(outside: Option<&Outside>, email: Option<&Arc<dyn notify::Carrier>>) -> Result<Ready, Failed> {
    let mut places = Vec::new();
    let Some(outside) = outside else { return Ok(Ready { places }) };
    if let (Some(address), Some(carrier)) = (&outside.email, email) {
        let (name, to) = (EMAIL.to_owned(), address.text().to_owned());
        let whither = Digest::of(&[to.as_bytes()]);
        places.push(Place { name, to, whither, carrier: Arc::clone(carrier) });
    }
    if let Some(settings) = &outside.webhook {
        let opened = Webhook::open(settings, |name| std::env::var_os(name));
        let carrier = opened.map_err(|why| Failed::Checkpoints(why.to_string()))?;
        let (name, whither) = (of_hook(&settings.name), Digest::of(&[settings.url.as_bytes()]));
        places.push(Place { name, to: String::new(), whither, carrier: Arc::new(carrier) });
    }
    Ok(Ready { places })
}

impl Kept {
    pub async fn open(
        node: &Arc<Node>,
        outside: Option<&Outside>,
        ready: Ready,
        (key, data): (&SigningKey, &Path),
    ) -> Result<Arc<Self>, Failed> {
        let every = outside.map_or(EACH, |outside| outside.every);
        let every_ms = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let sent = Checkpoints::open(Arc::clone(node), ready.places, every_ms).await.map_err(Failed::Node)?;
        sent.pump();
        let file = outside.and_then(|outside| outside.file.clone());
        let place = |path| file::Place { path, data: data.to_owned() };
        let file = file.map(|path| CheckpointFile::open(place(path), key.public().clone(), every)).transpose();
        let no_thread = |why| Failed::System { what: "the thread that keeps checkpoints cannot start", why };
        Ok(Arc::new(Self { file: file.map_err(no_thread)?, sent }))
    }

    async fn offer(&self, signed: &Signed) {
        if let Some(file) = &self.file {
            file.offer(signed);
        }
        if let Err(error) = self.sent.offer(signed).await {
            tracing::warn!(%error, "no checkpoint could be made ready to be sent: it is tried again");
        }
    }

    pub fn standing(&self) -> Vec<Standing> {
        let file = self.file.iter().map(|file| {
            let size = Some(file.size()).filter(|size| *size > 0);
            Standing { of: "file", failing: file.is_failing(), size }
        });
        let of = |name: &str| if name == EMAIL { "email" } else { "webhook" };
        let sent = self.sent.standing().into_iter();
        file.chain(sent.map(|(name, failing)| Standing { of: of(&name), failing, size: None })).collect()
    }
}

/// Signs the head now and then, for as long as the process runs, so that `journal verify` has something that came from elsewhere in time.
pub async fn sign_on(node: Arc<Node>, key: Arc<SigningKey>, data: PathBuf, outside: Arc<Kept>) {
    let mut ticks = tokio::time::interval(EACH);
    // A longer one is not replaced, whatever the journal says of itself.
    let known = last_checkpoint::latest(&data, key.public()).ok().flatten();
    let mut last = known.map_or(0, |known| known.size);
    loop {
        ticks.tick().await;
        let Ok(Ok(head)) = node.with_store(|store| store.head()).await else { continue };
        if head.size < last {
            continue;
        }
        let note = match key.sign(&key.checkpoint(head.size, head.root)) {
            Ok(note) => note,
            Err(error) => {
                tracing::warn!(%error, "no checkpoint could be signed");
                continue;
            }
        };
        if head.size > last {
            match keep(data.clone(), note.clone()).await {
                Ok(()) => last = head.size,
                Err(error) => tracing::warn!(%error, "no checkpoint could be kept"),
            }
        }
        let signed = Signed { size: head.size, at: node.clock().now(), note, vkey: key.public().vkey() };
        // A journal that hangs does not hold up the next one.
        if tokio::time::timeout(EACH, outside.offer(&signed)).await.is_err() {
            tracing::warn!("no checkpoint could be made ready to be sent in time: it is tried again");
        }
    }
}

/// Apart from the tasks: it waits for the disk.
async fn keep(data: PathBuf, note: String) -> Result<(), String> {
    let kept = tokio::task::spawn_blocking(move || write_whole(&data, LATEST, note.as_bytes()));
    kept.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}
