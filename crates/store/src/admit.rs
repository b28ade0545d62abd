//! Whether a store takes an append: the same answer, in the same order of checks, in every store.

use crate::contract::{Append, LookupChange, MAX_KEY, MAX_NAME, MAX_WITNESSES, OutboxChange};
use crate::contract::{Receipt, SealedChange};
use crate::{Malformed, Refused, StoreError};
use std::collections::{HashMap, HashSet};

/// What the checks need to see of a store, in the middle of its transaction.
pub(crate) trait View {
    fn receipt(&mut self, id: &[u8; 16]) -> Result<Option<Receipt>, StoreError>;
    fn version(&mut self, stream: &str) -> Result<u64, StoreError>;
    fn has_lookup(&mut self, kind: &str, key: &str) -> Result<bool, StoreError>;
    /// The stream that put the row, if it waits.
    fn outbox_stream(&mut self, id: &str) -> Result<Option<String>, StoreError>;
}

/// Nothing is written before this says yes, so a refused append leaves nothing.
pub(crate) fn check(view: &mut impl View, append: &Append) -> Result<Result<(), Refused>, StoreError> {
    if let Err(malformed) = well_formed(append) {
        return Ok(Err(malformed.into()));
    }
    if let Some(receipt) = view.receipt(&append.id)? {
        return Ok(Err(Refused::DuplicateAppend { receipt }));
    }
    let written = [(&append.stream, append.expected)];
    let witnessed = append.witnesses.iter().map(|(stream, version)| (stream, *version));
    for (stream, expected) in written.into_iter().chain(witnessed) {
        let found = view.version(stream)?;
        if found != expected {
            return Ok(Err(Refused::Conflict { stream: stream.clone(), expected, found }));
        }
    }
    if let Err(refused) = lookups(view, &append.lookups)? {
        return Ok(Err(refused));
    }
    outbox(view, &append.stream, &append.outbox)
}

fn lookups(view: &mut impl View, changes: &[LookupChange]) -> Result<Result<(), Refused>, StoreError> {
    // What the earlier changes of this append have made of a key.
    let mut changed: HashMap<(&str, &str), bool> = HashMap::new();
    for change in changes {
        match change {
            LookupChange::Remove { kind, key } => {
                changed.insert((kind, key), false);
            }
            LookupChange::Put { kind, key, .. } => {
                let taken = match changed.insert((kind, key), true) {
                    Some(taken) => taken,
                    None => view.has_lookup(kind, key)?,
                };
                if taken {
                    let (kind, key) = (kind.clone(), key.clone());
                    return Ok(Err(Refused::DuplicateLookup { kind, key }));
                }
            }
        }
    }
    Ok(Ok(()))
}

fn outbox(view: &mut impl View, stream: &str, changes: &[OutboxChange]) -> Result<Result<(), Refused>, StoreError> {
    let mut changed: HashMap<&str, bool> = HashMap::new();
    let mut voided: HashSet<&str> = HashSet::new();
    for change in changes {
        match change {
            OutboxChange::Put { id, .. } => {
                if waits(view, &changed, &voided, id)? {
                    return Ok(Err(Refused::DuplicateOutbox { id: id.clone() }));
                }
                changed.insert(id, true);
            }
            OutboxChange::Done { id } => {
                if !waits(view, &changed, &voided, id)? {
                    return Ok(Err(Refused::GoneFromOutbox { id: id.clone() }));
                }
                changed.insert(id, false);
            }
            OutboxChange::Void { ids } => {
                changed.extend(ids.iter().map(|id| (id.as_str(), false)));
            }
            OutboxChange::VoidStream { stream: other } => {
                voided.insert(other);
                if other == stream {
                    // Rows that this very append has put belong to the stream, too.
                    changed.values_mut().for_each(|waits| *waits = false);
                }
            }
        }
    }
    Ok(Ok(()))
}

fn waits(
    view: &mut impl View,
    changed: &HashMap<&str, bool>,
    voided: &HashSet<&str>,
    id: &str,
) -> Result<bool, StoreError> {
    if let Some(waits) = changed.get(id) {
        return Ok(*waits);
    }
    Ok(view.outbox_stream(id)?.is_some_and(|stream| !voided.contains(stream.as_str())))
}

pub(crate) fn well_formed(append: &Append) -> Result<(), Malformed> {
    name("stream", &append.stream)?;
    if append.witnesses.len() > MAX_WITNESSES {
        return Err(Malformed::Witnesses);
    }
    append.witnesses.iter().try_for_each(|(stream, _)| name("witness", stream))?;
    for (index, event) in append.events.iter().enumerate() {
        name("tag", &event.tag)?;
        journal::canonical::validate(&event.body).map_err(|error| Malformed::Body { index, error })?;
    }
    for change in &append.lookups {
        match change {
            LookupChange::Put { kind, key: k, value } => {
                name("lookup kind", kind)?;
                key("lookup key", k)?;
                key("lookup value", value)?;
            }
            LookupChange::Remove { kind, key: k } => {
                name("lookup kind", kind)?;
                key("lookup key", k)?;
            }
        }
    }
    for change in &append.sealed {
        let (SealedChange::Put { owner, name: n, .. } | SealedChange::Remove { owner, name: n }) = change;
        name("owner of a sealed row", owner)?;
        key("name of a sealed row", n)?;
    }
    for change in &append.outbox {
        match change {
            OutboxChange::Put { id, venue, .. } => {
                key("outbox id", id)?;
                name("venue", venue)?;
            }
            OutboxChange::Done { id } => key("outbox id", id)?,
            OutboxChange::Void { ids } => ids.iter().try_for_each(|id| key("outbox id", id))?,
            OutboxChange::VoidStream { stream } => name("stream", stream)?,
        }
    }
    Ok(())
}

fn name(what: &'static str, text: &str) -> Result<(), Malformed> {
    bounded(what, text, MAX_NAME)
}

fn key(what: &'static str, text: &str) -> Result<(), Malformed> {
    bounded(what, text, MAX_KEY)
}

/// Control characters are refused because tools that show a journal cut a text at a zero byte.
fn bounded(what: &'static str, text: &str, most: usize) -> Result<(), Malformed> {
    let control = text.bytes().any(|byte| byte < 0x20 || byte == 0x7f);
    if text.is_empty() || text.len() > most || control { Err(Malformed::Name(what)) } else { Ok(()) }
}
