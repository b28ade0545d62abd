//! One batch in memory: what the checks see, and what is to be written of it; no statement is sent here.

use super::fail::{corrupt, to_sql};
use crate::StoreError;
use crate::admit::View;
use crate::contract::{Append, LookupChange, OutboxChange, OutboxRow, Receipt, SealedChange, StoredEvent};
use journal::link::{self, Entry};
use journal::{Frontier, Hash, tree};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A kind and a key, an owner and a name.
pub(super) type Pair = (String, String);

/// What was found of everything that the batch names, and what the batch has made of it so far.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) frontier: Frontier,
    pub(super) outbox_next: i64,
    pub(super) receipts: HashMap<[u8; 16], Receipt>,
    pub(super) streams: HashMap<String, StreamHead>,
    pub(super) lookups: HashSet<Pair>,
    /// Rows that wait: id and the stream that put them.
    pub(super) waiting: HashMap<String, String>,
    pub(super) made: Made,
}

#[derive(Debug, Clone)]
pub(super) struct StreamHead {
    pub(super) version: u64,
    pub(super) link: Hash,
    pub(super) wakeup: Option<i64>,
    pub(super) changed: bool,
}

impl StreamHead {
    pub(super) fn new() -> StreamHead {
        StreamHead { version: 0, link: link::GENESIS, wakeup: None, changed: false }
    }
}

/// What is to be written, each row as it stands at the end of the batch.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) receipts: Vec<([u8; 16], Receipt)>,
    pub(super) events: Vec<StoredEvent>,
    pub(super) lookups: BTreeMap<Pair, Option<String>>,
    pub(super) sealed: BTreeMap<Pair, Option<Vec<u8>>>,
    pub(super) removed: BTreeSet<String>,
    pub(super) voided: BTreeSet<String>,
    pub(super) put: BTreeMap<i64, OutboxRow>,
    put_ids: HashMap<String, i64>,
}

impl View for Batch {
    fn receipt(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        Ok(self.receipts.get(id).copied())
    }

    fn version(&mut self, stream: &str) -> Result<u64, StoreError> {
        Ok(self.streams.get(stream).map_or(0, |head| head.version))
    }

    fn has_lookup(&mut self, kind: &str, key: &str) -> Result<bool, StoreError> {
        let pair = (kind.to_owned(), key.to_owned());
        Ok(match self.made.lookups.get(&pair) {
            Some(value) => value.is_some(),
            None => self.lookups.contains(&pair),
        })
    }

    fn outbox_stream(&mut self, id: &str) -> Result<Option<String>, StoreError> {
        let put = self.made.put_ids.get(id).and_then(|number| self.made.put.get(number));
        Ok(put.map(|row| row.stream.clone()).or_else(|| self.waiting.get(id).cloned()))
    }
}

impl Batch {
    pub(super) fn write(&mut self, append: &Append) -> Result<Receipt, StoreError> {
        for change in &append.lookups {
            let (pair, value) = match change.clone() {
                LookupChange::Put { kind, key, value } => ((kind, key), Some(value)),
                LookupChange::Remove { kind, key } => ((kind, key), None),
            };
            self.made.lookups.insert(pair, value);
        }
        for change in &append.sealed {
            let (pair, bytes) = match change.clone() {
                SealedChange::Put { owner, name, bytes } => ((owner, name), Some(bytes)),
                SealedChange::Remove { owner, name } => ((owner, name), None),
            };
            self.made.sealed.insert(pair, bytes);
        }
        append.outbox.iter().for_each(|change| self.change_outbox(&append.stream, change));
        let first_position = self.frontier.size();
        let version = self.events(append)?;
        let receipt = Receipt { first_position, version };
        self.receipts.insert(append.id, receipt);
        self.made.receipts.push((append.id, receipt));
        Ok(receipt)
    }

    fn events(&mut self, append: &Append) -> Result<u64, StoreError> {
        let head = self.streams.entry(append.stream.clone()).or_insert_with(StreamHead::new);
        if let Some(wakeup) = append.wakeup {
            head.wakeup = wakeup;
        }
        head.changed |= append.wakeup.is_some() || !append.events.is_empty();
        for event in &append.events {
            head.version = head.version.saturating_add(1);
            let entry = Entry {
                stream: &append.stream,
                version: head.version,
                tag: &event.tag,
                at: event.at,
                body: &event.body,
            };
            head.link = link::next(&head.link, &entry);
            self.made.events.push(StoredEvent {
                position: self.frontier.size(),
                stream: append.stream.clone(),
                version: head.version,
                tag: event.tag.clone(),
                at: event.at,
                body: event.body.clone(),
                link: head.link,
            });
            self.frontier.push(tree::leaf(&head.link));
        }
        to_sql(self.frontier.size())?;
        Ok(head.version)
    }

    fn change_outbox(&mut self, stream: &str, change: &OutboxChange) {
        match change {
            OutboxChange::Put { id, venue, body } => {
                let (id, venue, stream, body) = (id.clone(), venue.clone(), stream.to_owned(), body.clone());
                self.made.put_ids.insert(id.clone(), self.outbox_next);
                self.made.put.insert(self.outbox_next, OutboxRow { id, venue, stream, body });
                self.outbox_next = self.outbox_next.saturating_add(1);
            }
            OutboxChange::Done { id } => self.take(id),
            OutboxChange::Void { ids } => ids.iter().for_each(|id| self.take(id)),
            OutboxChange::VoidStream { stream } => {
                self.waiting.retain(|_, putter| putter != stream);
                self.made.put.retain(|_, row| row.stream != *stream);
                let put = &self.made.put;
                self.made.put_ids.retain(|_, number| put.contains_key(number));
                self.made.voided.insert(stream.clone());
            }
        }
    }

    fn take(&mut self, id: &str) {
        match self.made.put_ids.remove(id) {
            Some(number) => {
                self.made.put.remove(&number);
            }
            None => {
                self.waiting.remove(id);
                self.made.removed.insert(id.to_owned());
            }
        }
    }
}

/// Of an event that is to be written: checked to be UTF-8 with the rest of its form.
pub(super) fn text_of(event: &StoredEvent) -> Result<&str, StoreError> {
    core::str::from_utf8(&event.body).map_err(|_| corrupt("a body is not UTF-8"))
}
