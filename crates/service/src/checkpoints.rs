//! Checkpoints on their way out of this machine, by e-mail and webhook: through the outbox, at least once, and no oftener
//! than was asked for.

mod rows;
mod send;

pub use rows::{DEAD, Dead, dead, is_dead, retry};

use crate::clock::dice;
use crate::commit::{Failed, Room};
use crate::node::Node;
use crate::notices::Next;
use kernel::digest::Digest;
use kernel::id::NoticeId;
use kernel::time::Timestamp;
use notify::Carrier;
use rows::{KIND, Row, STREAM, place};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{Append, LookupChange, OutboxChange};
use tokio::sync::{oneshot, watch};

/// Unsent ones to one place; beyond that the newest stands for the one before it.
pub const MOST: usize = 20;
/// How often it is looked whether a failed pass can be done.
const AGAIN: Duration = Duration::from_secs(5);

/// Where checkpoints go.
#[derive(Clone)]
pub struct Place {
    /// `email`, or `webhook:NAME`.
    pub name: String,
    /// The address, where the carrier wants one.
    pub to: String,
    /// Of the address, wherever it stands: another one has had none yet.
    pub whither: Digest,
    pub carrier: Arc<dyn Carrier>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The head of the journal as its key has signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub size: u64,
    pub at: Timestamp,
    pub note: String,
    /// The public part of the key.
    pub vkey: String,
}

/// How often each was tried, and when it is tried next.
type Waits = BTreeMap<NoticeId, (u32, Timestamp)>;

pub struct Checkpoints {
    node: Arc<Node>,
    places: Vec<Place>,
    every_ms: i64,
    /// Of those of each place that were tried and not sent.
    waits: Mutex<BTreeMap<String, Waits>>,
    ready: watch::Sender<u64>,
}

impl fmt::Debug for Checkpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoints").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Checkpoints {
    /// What waits for a place that is none any more is taken out of the outbox.
    pub async fn open(node: Arc<Node>, places: Vec<Place>, every_ms: i64) -> Result<Arc<Self>, String> {
        let ready = node.outgoing().checkpoints();
        let this = Arc::new(Self { node, places, every_ms, waits: Mutex::default(), ready });
        let known: Vec<String> = this.places.iter().map(|one| place(&one.name)).collect();
        let rows = this.node.with_store(|store| store.outbox(None)).await?.map_err(|error| error.to_string())?;
        let left = rows.into_iter().filter(|row| rows::is_ours(row) && !is_dead(row) && !known.contains(&row.venue));
        let ids: Vec<String> = left.map(|row| row.id).collect();
        if !ids.is_empty() {
            tracing::warn!(count = ids.len(), "checkpoints wait for a place that is none any more: they are not sent");
            append(&this.node, vec![OutboxChange::Void { ids }], Vec::new()).await?;
        }
        Ok(this)
    }

    /// One task for each place: none waits for another.
    pub fn pump(self: &Arc<Self>) {
        for place in self.places.clone() {
            let this = Arc::clone(self);
            tokio::spawn(crate::node::keep_up("checkpoints", move || Arc::clone(&this).carry(place.clone())));
        }
    }

    async fn carry(self: Arc<Self>, place: Place) {
        let mut ready = self.ready.subscribe();
        loop {
            ready.mark_unchanged();
            match self.send_next(&place).await {
                Ok(Next::Again) => {}
                Ok(Next::At(at)) => {
                    let ms = at.since(self.node.clock().now()).clamp(0, crate::notices::LONGEST_MS);
                    let wait = Duration::from_millis(u64::try_from(ms).unwrap_or_default());
                    drop(tokio::time::timeout(wait, ready.changed()).await);
                }
                Ok(Next::Nothing) => drop(ready.changed().await),
                Err(why) => {
                    tracing::error!(%why, place = place.name, "a checkpoint could not be taken from the outbox");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// To each place that had none for as long as was asked, if the journal has grown since.
    pub async fn offer(&self, signed: &Signed) -> Result<(), String> {
        for one in &self.places {
            let (key, venue) = (one.name.clone(), place(&one.name));
            let read = move |store: &mut dyn store::Store| Ok((store.lookup(KIND, &key)?, store.outbox(Some(&venue))?));
            let read: Result<_, store::StoreError> = self.node.with_store(read).await?;
            let (last, waiting) = read.map_err(|error| error.to_string())?;
            if !is_due(last.as_deref(), signed, (one.whither, self.every_ms)) {
                continue;
            }
            let row = Row::of(signed, &one.name);
            let newest = waiting.last().map(|row| row.id.clone()).filter(|_| waiting.len() >= MOST);
            let mut outbox: Vec<OutboxChange> =
                newest.map(|id| OutboxChange::Void { ids: vec![id] }).into_iter().collect();
            outbox.push(row.put(&place(&one.name))?);
            let (kind, key) = (KIND.to_owned(), one.name.clone());
            let lookups = vec![
                LookupChange::Remove { kind: kind.clone(), key: key.clone() },
                LookupChange::Put { kind, key, value: format!("{} {} {}", signed.size, signed.at.0, one.whither) },
            ];
            append(&self.node, outbox, lookups).await?;
            self.ready.send_modify(|times| *times = times.wrapping_add(1));
        }
        Ok(())
    }

    /// Each place by its name, and whether something for it was tried in vain and waits.
    pub fn standing(&self) -> Vec<(String, bool)> {
        let waits = self.waits();
        let failing = |name: &str| waits.get(name).is_some_and(|waits| !waits.is_empty());
        self.places.iter().map(|place| (place.name.clone(), failing(&place.name))).collect()
    }

    fn waits(&self) -> MutexGuard<'_, BTreeMap<String, Waits>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `last` is the size and the moment of the one before, and where it went. A clock that was set back puts nothing off.
fn is_due(last: Option<&str>, signed: &Signed, (whither, every_ms): (Digest, i64)) -> bool {
    let mut words = last.unwrap_or_default().split(' ');
    let size = words.next().and_then(|size| size.parse::<u64>().ok());
    let at = words.next().and_then(|at| at.parse::<i64>().ok()).map(Timestamp);
    let (Some(size), Some(at)) = (size, at) else { return true };
    let there = words.next().is_some_and(|there| there == whither.to_string());
    !there || (size != signed.size && !(0..every_ms).contains(&signed.at.since(at)))
}

/// In one transaction, or not at all. It holds no event: what goes out does not make the journal grow.
async fn append(node: &Node, outbox: Vec<OutboxChange>, lookups: Vec<LookupChange>) -> Result<(), String> {
    let id = dice().map_err(|error| error.to_string())?.to_be_bytes();
    let append = Append { id, stream: STREAM.to_owned(), outbox, lookups, ..Append::default() };
    let (reply, answer) = oneshot::channel();
    let done = Box::new(move |_: &mut dyn store::Store, result: Result<_, Failed>| drop(reply.send(result.map(drop))));
    if !node.commit().append(append, Room::Ordinary, done) {
        return Err("the commit thread has ended".to_owned());
    }
    match answer.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Failed::Store(why))) => Err(why),
        Ok(Err(Failed::Conflict)) => Err("others change it at once".to_owned()),
        Err(_) => Err("the commit thread has ended".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_due_when_the_journal_has_moved_and_the_time_has_passed() {
        let at = |size, at| Signed { size, at: Timestamp(at), note: String::new(), vkey: String::new() };
        let (here, other) = (Digest::of(&[b"here"]), Digest::of(&[b"there"]));
        let last = |whither: Digest| Some(format!("5 1000 {whither}"));
        for (last, size, now, due) in [
            (None, 5, 0, true),
            (last(here), 5, 99_999, false),
            (last(here), 6, 1_999, false),
            (last(here), 6, 2_000, true),
            // The clock was set back, or the journal was: both are worth a checkpoint.
            (last(here), 6, 999, true),
            (last(here), 4, 2_000, true),
            // Another address, or nothing that is known.
            (last(other), 5, 1_000, true),
            (Some("what is this".to_owned()), 5, 0, true),
        ] {
            assert_eq!(is_due(last.as_deref(), &at(size, now), (here, 1_000)), due, "{last:?} {size} {now}");
        }
    }
}
