//! One batch: checks, rows, leaves and the head, between BEGIN and COMMIT.

use super::fail::{from_sqlite, to_sql};
use super::read;
use crate::admit::{self, View};
use crate::contract::{Append, LookupChange, OutboxChange, Receipt, SealedChange};
use crate::{Refused, StoreError};
use journal::link::{self, Entry};
use journal::{Frontier, Hash, tree};
use rusqlite::{Connection, Params, params};
use std::collections::HashMap;

pub(super) fn begin(db: &Connection) -> Result<(), StoreError> {
    // Left open only if the last roll-back failed.
    roll_back(db)?;
    run(db, "BEGIN IMMEDIATE", []).map(|_| ())
}

pub(super) fn commit(db: &Connection) -> Result<(), StoreError> {
    run(db, "COMMIT", []).map(|_| ())
}

/// SQLite may have rolled back by itself already.
pub(super) fn roll_back(db: &Connection) -> Result<(), StoreError> {
    if db.is_autocommit() { Ok(()) } else { run(db, "ROLLBACK", []).map(|_| ()) }
}

/// Everything of a batch but BEGIN and COMMIT.
pub(super) fn write(db: &Connection, batch: &[Append]) -> Result<Vec<Result<Receipt, Refused>>, StoreError> {
    let mut writing = Writing { db, frontier: read::frontier(db)?, heads: HashMap::new() };
    let mut answers = Vec::with_capacity(batch.len());
    for append in batch {
        answers.push(match admit::check(&mut writing, append)? {
            Ok(()) => Ok(writing.append(append)?),
            Err(refused) => Err(refused),
        });
    }
    writing.heads()?;
    Ok(answers)
}

struct Writing<'a> {
    db: &'a Connection,
    frontier: Frontier,
    /// Streams of this batch, read once and written once, however many appends they get.
    heads: HashMap<String, StreamHead>,
}

struct StreamHead {
    version: u64,
    link: Hash,
    moved: bool,
    wakeup: Option<Option<i64>>,
}

impl View for Writing<'_> {
    fn receipt(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError> {
        read::receipt(self.db, id)
    }

    fn version(&mut self, stream: &str) -> Result<u64, StoreError> {
        Ok(self.head(stream)?.version)
    }

    fn has_lookup(&mut self, kind: &str, key: &str) -> Result<bool, StoreError> {
        Ok(read::lookup(self.db, kind, key)?.is_some())
    }

    fn outbox_stream(&mut self, id: &str) -> Result<Option<String>, StoreError> {
        read::outbox_stream(self.db, id)
    }
}

impl Writing<'_> {
    fn head(&mut self, stream: &str) -> Result<&mut StreamHead, StoreError> {
        if !self.heads.contains_key(stream) {
            let (version, link) = read::version_and_link(self.db, stream)?;
            let head = StreamHead { version, link, moved: false, wakeup: None };
            self.heads.insert(stream.to_owned(), head);
        }
        let gone = || StoreError::Other { what: "a stream of the batch is gone".to_owned() };
        self.heads.get_mut(stream).ok_or_else(gone)
    }

    fn append(&mut self, append: &Append) -> Result<Receipt, StoreError> {
        let db = self.db;
        append.lookups.iter().try_for_each(|change| change_lookup(db, change))?;
        append.sealed.iter().try_for_each(|change| change_sealed(db, change))?;
        append.outbox.iter().try_for_each(|change| change_outbox(db, &append.stream, change))?;
        let first_position = self.frontier.size();
        let version = self.events(append)?;
        let sql = "INSERT INTO append (id, first_position, version) VALUES (?1, ?2, ?3)";
        run(db, sql, params![&append.id[..], to_sql(first_position)?, to_sql(version)?])?;
        Ok(Receipt { first_position, version })
    }

    fn events(&mut self, append: &Append) -> Result<u64, StoreError> {
        let head = self.head(&append.stream)?;
        if append.wakeup.is_some() {
            head.wakeup = append.wakeup;
        }
        head.moved |= !append.events.is_empty();
        let (mut version, mut link) = (head.version, head.link);
        for event in &append.events {
            version = version.saturating_add(1);
            let entry = Entry { stream: &append.stream, version, tag: &event.tag, at: event.at, body: &event.body };
            link = link::next(&link, &entry);
            // Checked to be UTF-8 with the rest of its form, before anything was written.
            let body = core::str::from_utf8(&event.body)
                .map_err(|_| StoreError::Other { what: "a body is not UTF-8".to_owned() })?;
            let sql = "INSERT INTO event (position, stream, version, tag, at, body, link)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let position = to_sql(self.frontier.size())?;
            let (stream, tag, at) = (&append.stream, &event.tag, event.at);
            let values = params![position, stream, to_sql(version)?, tag, at, body, &link.0[..]];
            run(self.db, sql, values)?;
            self.frontier.push(tree::leaf(&link));
        }
        let head = self.head(&append.stream)?;
        (head.version, head.link) = (version, link);
        Ok(version)
    }

    /// The streams that moved and the head of the log.
    fn heads(self) -> Result<(), StoreError> {
        for (name, head) in &self.heads {
            if head.moved || head.wakeup.is_some() {
                let sql = "INSERT INTO stream (name, version, link, wakeup)
                           VALUES (?1, ?2, ?3, ?4)
                           ON CONFLICT (name) DO UPDATE SET version = excluded.version,
                               link = excluded.link,
                               wakeup = CASE WHEN ?5 THEN excluded.wakeup ELSE wakeup END";
                let (set, wakeup) = (head.wakeup.is_some(), head.wakeup.flatten());
                run(self.db, sql, params![name, to_sql(head.version)?, &head.link.0[..], wakeup, set])?;
            }
        }
        let sql = "UPDATE log_head SET size = ?1, frontier = ?2 WHERE one = 1";
        run(self.db, sql, params![to_sql(self.frontier.size())?, self.frontier.to_bytes()])?;
        Ok(())
    }
}

fn change_lookup(db: &Connection, change: &LookupChange) -> Result<(), StoreError> {
    match change {
        LookupChange::Put { kind, key, value } => {
            let sql = "INSERT INTO lookup (kind, key, value) VALUES (?1, ?2, ?3)";
            run(db, sql, [kind, key, value])?;
        }
        LookupChange::Remove { kind, key } => {
            run(db, "DELETE FROM lookup WHERE kind = ?1 AND key = ?2", [kind, key])?;
        }
    }
    Ok(())
}

fn change_sealed(db: &Connection, change: &SealedChange) -> Result<(), StoreError> {
    match change {
        SealedChange::Put { owner, name, bytes } => {
            let sql = "INSERT INTO sealed (owner, name, bytes) VALUES (?1, ?2, ?3)
                       ON CONFLICT (owner, name) DO UPDATE SET bytes = excluded.bytes";
            run(db, sql, params![owner, name, bytes])?;
        }
        SealedChange::Remove { owner, name } => {
            run(db, "DELETE FROM sealed WHERE owner = ?1 AND name = ?2", [owner, name])?;
        }
    }
    Ok(())
}

fn change_outbox(db: &Connection, stream: &str, change: &OutboxChange) -> Result<(), StoreError> {
    let remove = "DELETE FROM outbox WHERE id = ?1";
    match change {
        OutboxChange::Put { id, venue, body } => {
            let sql = "INSERT INTO outbox (id, venue, stream, body) VALUES (?1, ?2, ?3, ?4)";
            run(db, sql, params![id, venue, stream, body])?;
        }
        OutboxChange::Done { id } => {
            run(db, remove, [id])?;
        }
        OutboxChange::Void { ids } => {
            ids.iter().try_for_each(|id| run(db, remove, [id]).map(|_| ()))?;
        }
        OutboxChange::VoidStream { stream } => {
            run(db, "DELETE FROM outbox WHERE stream = ?1", [stream])?;
        }
    }
    Ok(())
}

fn run(db: &Connection, sql: &str, values: impl Params) -> Result<usize, StoreError> {
    let mut statement = db.prepare_cached(sql).map_err(from_sqlite)?;
    statement.execute(values).map_err(from_sqlite)
}
