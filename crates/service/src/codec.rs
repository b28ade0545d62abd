//! Events to canonical bytes and back.

use kernel::event::{Recorded, VERSION};
use store::{NewEvent, StoredEvent};

#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error("event {position} ({tag}) cannot be read: {why}")]
    Unreadable { position: u64, tag: String, why: String },
    #[error("event {position} ({tag}) has version {found}; this program reads up to {VERSION}")]
    Newer { position: u64, tag: String, found: u32 },
    #[error("an event could not be written down: {0}")]
    Unwritable(String),
}

pub fn encode(recorded: &Recorded) -> Result<NewEvent, CodecError> {
    let wrong = |error: &dyn std::fmt::Display| CodecError::Unwritable(error.to_string());
    let value = serde_json::to_value(recorded).map_err(|error| wrong(&error))?;
    let body = journal::canonical::encode(&value).map_err(|error| wrong(&error))?;
    Ok(NewEvent { tag: recorded.event.tag().to_owned(), at: recorded.at.0, body })
}

pub fn decode(stored: &StoredEvent) -> Result<Recorded, CodecError> {
    let recorded: Recorded = serde_json::from_slice(&stored.body).map_err(|error| CodecError::Unreadable {
        position: stored.position,
        tag: stored.tag.clone(),
        why: error.to_string(),
    })?;
    if recorded.v > VERSION {
        let (position, tag) = (stored.position, stored.tag.clone());
        return Err(CodecError::Newer { position, tag, found: recorded.v });
    }
    Ok(recorded)
}
