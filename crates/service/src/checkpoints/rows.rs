//! Rows of the outbox that hold a checkpoint: one for each place that it goes to, and those that were given up.

use super::{Signed, append};
use crate::node::Node;
use kernel::digest::Digest;
use kernel::id::NoticeId;
use kernel::notice::Why;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use store::{OutboxChange, OutboxRow};

/// Under which the store keeps what went to each place last.
pub(super) const KIND: &str = "checkpoint";
/// Holds no events: rows are changed under its name.
pub(super) const STREAM: &str = "checkpoints";
/// The name under which the outbox keeps those that were given up.
pub const DEAD: &str = "notify:checkpoint-dead";
const WAITING: &str = "notify:checkpoint:";
/// Given up and kept to be tried once more, the latest.
const MOST_DEAD: usize = 50;

pub(super) fn place(name: &str) -> String {
    format!("{WAITING}{name}")
}

pub(super) fn is_ours(row: &OutboxRow) -> bool {
    is_dead(row) || row.venue.starts_with(WAITING)
}

/// Given up: it waits for nobody but a person.
pub fn is_dead(row: &OutboxRow) -> bool {
    row.venue == DEAD
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub id: NoticeId,
    /// The name of the place.
    pub to: String,
    pub size: u64,
    pub at: Timestamp,
    /// From when it is tried.
    pub since: Timestamp,
    pub note: String,
    pub vkey: String,
}

impl Row {
    /// The id follows from what is signed and where it goes: whoever gets it twice can tell.
    pub fn of(signed: &Signed, to: &str) -> Self {
        let Signed { size, at, note, vkey } = signed.clone();
        let digest = Digest::of(&[note.as_bytes(), to.as_bytes()]);
        let random = digest.bytes().iter().take(16).fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
        Self { id: NoticeId::new(at.0, random), to: to.to_owned(), size, at, since: at, note, vkey }
    }

    pub fn name(&self) -> String {
        format!("checkpoint:{}", self.id)
    }

    pub fn put(&self, venue: &str) -> Result<OutboxChange, String> {
        put(self.name(), venue, self)
    }

    pub fn taken(&self) -> OutboxChange {
        OutboxChange::Void { ids: vec![self.name()] }
    }
}

fn put(id: String, venue: &str, what: &impl Serialize) -> Result<OutboxChange, String> {
    let body = serde_json::to_vec(what).map_err(|error| error.to_string())?;
    Ok(OutboxChange::Put { id, venue: venue.to_owned(), body })
}

/// One that was given up, with all that it takes to try it once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dead {
    row: Row,
    pub why: Why,
    pub at: Timestamp,
}

impl Dead {
    pub fn id(&self) -> NoticeId {
        self.row.id
    }
    /// Of the place.
    pub fn carrier(&self) -> &str {
        &self.row.to
    }
    /// Events that it states.
    pub fn size(&self) -> u64 {
        self.row.size
    }
}

fn read<T: serde::de::DeserializeOwned>(row: &OutboxRow) -> Option<T> {
    serde_json::from_slice(&row.body).ok()
}

pub(super) async fn rows<T: serde::de::DeserializeOwned>(node: &Node, venue: &str) -> Result<Vec<T>, String> {
    let venue = venue.to_owned();
    let rows = node.with_store(move |store| store.outbox(Some(&venue))).await?.map_err(|error| error.to_string())?;
    Ok(rows.iter().filter_map(read).collect())
}

/// Those that were given up, the oldest first.
pub async fn dead(node: &Node) -> Result<Vec<Dead>, String> {
    rows(node, DEAD).await
}

/// Out of those that wait, and kept to be listed.
pub(super) async fn give_up(node: &Node, row: &Row, why: Why, at: Timestamp) -> Result<(), String> {
    let before = dead(node).await?;
    let beyond = before.len().saturating_add(1).saturating_sub(MOST_DEAD);
    let mut changes: Vec<OutboxChange> = before.iter().take(beyond).map(|dead| dead.row.taken()).collect();
    changes.push(row.taken());
    changes.push(put(row.name(), DEAD, &Dead { row: row.clone(), why, at })?);
    append(node, changes, Vec::new()).await
}

/// Once more, for a day; false where none of that id was given up.
pub async fn retry(node: &Node, id: NoticeId) -> Result<bool, String> {
    let Some(dead) = dead(node).await?.into_iter().find(|dead| dead.row.id == id) else { return Ok(false) };
    let row = Row { since: node.clock().now(), ..dead.row };
    // Two who ask at once: the second finds it gone, and its append is refused.
    append(node, vec![OutboxChange::Done { id: row.name() }, row.put(&place(&row.to))?], Vec::new()).await?;
    node.outgoing().checkpoints().send_modify(|times| *times = times.wrapping_add(1));
    Ok(true)
}
