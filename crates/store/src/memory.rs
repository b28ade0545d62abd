//! A store in memory: the whole contract, nothing durable. For tests and simulations.

use crate::admit::{self, View};
use crate::contract::{
    Append, Head, LookupChange, OutboxChange, OutboxRow, Receipt, SealedChange, Snapshot, Store, StoredEvent,
};
use crate::{Refused, StoreError};
use journal::link::{self, Entry};
use journal::{Frontier, Hash, tree};
use std::collections::BTreeMap;

/// Clones are independent stores.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    events: Vec<StoredEvent>,
    frontier: Frontier,
    streams: BTreeMap<String, StreamRow>,
    receipts: BTreeMap<[u8; 16], Receipt>,
    lookups: BTreeMap<(String, String), String>,
    sealed: BTreeMap<(String, String), Vec<u8>>,
    /// Insertion number -> row; the second map finds a row by its id.
    outbox: BTreeMap<u64, OutboxRow>,
    outbox_ids: BTreeMap<String, u64>,
    outbox_next: u64,
    snapshots: BTreeMap<String, Snapshot>,
    leases: BTreeMap<String, (String, i64)>,
}

#[derive(Debug, Clone, Default)]
struct StreamRow {
    link: Hash,
    /// Places in `events`, by version - 1.
    positions: Vec<u64>,
    wakeup: Option<i64>,
}

impl View for MemoryStore {
    fn receipt(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        Ok(self.receipts.get(id).copied())
    }

    fn version(&mut self, stream: &str) -> Result<u64, StoreError> {
        Ok(self.version_of(stream))
    }

    fn has_lookup(&mut self, kind: &str, key: &str) -> Result<bool, StoreError> {
        Ok(self.lookups.contains_key(&(kind.to_owned(), key.to_owned())))
    }

    fn outbox_stream(&mut self, id: &str) -> Result<Option<String>, StoreError> {
        let row = self.outbox_ids.get(id).and_then(|n| self.outbox.get(n));
        Ok(row.map(|row| row.stream.clone()))
    }
}

impl MemoryStore {
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn version_of(&self, stream: &str) -> u64 {
        self.streams.get(stream).map_or(0, |row| row.positions.len() as u64)
    }

    fn write(&mut self, append: &Append) -> Receipt {
        let first_position = self.frontier.size();
        for change in &append.lookups {
            match change.clone() {
                LookupChange::Put { kind, key, value } => {
                    self.lookups.insert((kind, key), value);
                }
                LookupChange::Remove { kind, key } => {
                    self.lookups.remove(&(kind, key));
                }
            }
        }
        for change in &append.sealed {
            match change.clone() {
                SealedChange::Put { owner, name, bytes } => {
                    self.sealed.insert((owner, name), bytes);
                }
                SealedChange::Remove { owner, name } => {
                    self.sealed.remove(&(owner, name));
                }
            }
        }
        for change in &append.outbox {
            self.change_outbox(&append.stream, change);
        }
        self.write_events(append);
        let version = self.version_of(&append.stream);
        let receipt = Receipt { first_position, version };
        self.receipts.insert(append.id, receipt);
        receipt
    }

    fn write_events(&mut self, append: &Append) {
        if append.events.is_empty() && append.wakeup.is_none() {
            return;
        }
        let row = self.streams.entry(append.stream.clone()).or_default();
        if let Some(wakeup) = append.wakeup {
            row.wakeup = wakeup;
        }
        for event in &append.events {
            let (position, version) = (self.frontier.size(), row.positions.len() as u64 + 1);
            let entry = Entry { stream: &append.stream, version, tag: &event.tag, at: event.at, body: &event.body };
            row.link = link::next(&row.link, &entry);
            row.positions.push(position);
            self.frontier.push(tree::leaf(&row.link));
            self.events.push(StoredEvent {
                position,
                stream: append.stream.clone(),
                version,
                tag: event.tag.clone(),
                at: event.at,
                body: event.body.clone(),
                link: row.link,
            });
        }
    }

    fn change_outbox(&mut self, stream: &str, change: &OutboxChange) {
        match change {
            OutboxChange::Put { id, venue, body } => {
                let row =
                    OutboxRow { id: id.clone(), venue: venue.clone(), stream: stream.to_owned(), body: body.clone() };
                self.outbox_ids.insert(id.clone(), self.outbox_next);
                self.outbox.insert(self.outbox_next, row);
                self.outbox_next += 1;
            }
            OutboxChange::Done { id } => self.take(id),
            OutboxChange::Void { ids } => ids.iter().for_each(|id| self.take(id)),
            OutboxChange::VoidStream { stream } => {
                let rows = self.outbox.values().filter(|row| row.stream == *stream);
                let ids: Vec<String> = rows.map(|row| row.id.clone()).collect();
                ids.iter().for_each(|id| self.take(id));
            }
        }
    }

    fn take(&mut self, id: &str) {
        if let Some(number) = self.outbox_ids.remove(id) {
            self.outbox.remove(&number);
        }
    }
}

impl Store for MemoryStore {
    fn append(&mut self, batch: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError> {
        let mut answers = Vec::with_capacity(batch.len());
        for append in batch {
            let answer = admit::check(self, append)?;
            answers.push(answer.map(|()| self.write(append)));
        }
        Ok(answers)
    }

    fn outcome(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        Ok(self.receipts.get(id).copied())
    }

    fn load(&mut self, stream: &str, after_version: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let skip = usize::try_from(after_version).unwrap_or(usize::MAX);
        let positions = self.streams.get(stream).into_iter().flat_map(|row| &row.positions);
        let places = positions.skip(skip).take(limit);
        Ok(places.filter_map(|p| self.events.get(*p as usize).cloned()).collect())
    }

    fn tail(&mut self, from_position: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let skip = usize::try_from(from_position).unwrap_or(usize::MAX);
        let rest = self.events.get(skip..).unwrap_or_default();
        Ok(rest.iter().take(limit).cloned().collect())
    }

    fn streams(&mut self, prefix: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let from = self.streams.range(prefix.to_owned()..);
        let rows = from.take_while(|(name, _)| name.starts_with(prefix));
        let written = rows.filter(|(_, row)| !row.positions.is_empty());
        Ok(written.map(|(name, row)| (name.clone(), row.positions.len() as u64)).collect())
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        Ok(Head { size: self.frontier.size(), root: self.frontier.root() })
    }

    fn lookup(&mut self, kind: &str, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.lookups.get(&(kind.to_owned(), key.to_owned())).cloned())
    }

    fn lookups(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        let from = self.lookups.range((kind.to_owned(), String::new())..);
        let rows = from.take_while(|((other, _), _)| other == kind);
        Ok(rows.map(|((_, key), value)| (key.clone(), value.clone())).collect())
    }

    fn sealed(&mut self, owner: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.sealed.get(&(owner.to_owned(), name.to_owned())).cloned())
    }

    fn sealed_owners(&mut self, name: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.sealed.keys().filter(|(_, known)| known == name).map(|(owner, _)| owner.clone()).collect())
    }

    fn outbox(&mut self, venue: Option<&str>) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = self.outbox.values();
        Ok(rows.filter(|row| venue.is_none_or(|venue| row.venue == venue)).cloned().collect())
    }

    fn due(&mut self, now: i64, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
        let set = self.streams.iter().filter_map(|(name, row)| Some((row.wakeup?, name)));
        let mut due: Vec<(i64, &String)> = set.filter(|(at, _)| *at <= now).collect();
        due.sort();
        Ok(due.into_iter().take(limit).map(|(at, name)| (name.clone(), at)).collect())
    }

    fn next_wakeup(&mut self) -> Result<Option<i64>, StoreError> {
        Ok(self.streams.values().filter_map(|row| row.wakeup).min())
    }

    fn snapshot(&mut self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.snapshots.get(stream).cloned())
    }

    fn put_snapshot(&mut self, stream: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        let found = self.version_of(stream);
        if snapshot.version > found {
            return Err(StoreError::SnapshotAhead { version: snapshot.version, found });
        }
        self.snapshots.insert(stream.to_owned(), snapshot.clone());
        Ok(())
    }

    fn lease(&mut self, name: &str, holder: &str, now: i64, until: i64) -> Result<bool, StoreError> {
        let free = self.leases.get(name).is_none_or(|(who, end)| who == holder || *end <= now);
        if free {
            self.leases.insert(name.to_owned(), (holder.to_owned(), until));
        }
        Ok(free)
    }
}
