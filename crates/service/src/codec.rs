//! Events to canonical bytes and back, exactly: what is read is what would be written, to the byte.

use kernel::event::{Recorded, VERSION};
use store::{NewEvent, Store, StoredEvent};

/// Events that are read at once.
const LOAD: usize = 1_000;

/// Why an event cannot be read; every one of these stops a start and a verification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("event {position} ({stream} version {version}, {tag}) cannot be read: {why}")]
    Unreadable { position: u64, stream: String, version: u64, tag: String, why: String },
    #[error(
        "event {position} ({stream} version {version}, {tag}) has format {found}; this program reads up to {VERSION}"
    )]
    Newer { position: u64, stream: String, version: u64, tag: String, found: u32 },
    #[error(
        "event {position} ({stream} version {version}, {tag}) says more than this program understands, or says it \
         otherwise, from byte {at} on"
    )]
    NotExact { position: u64, stream: String, version: u64, tag: String, at: usize },
    #[error("event {position} ({stream} version {version}, {tag}) is filed under another {what} than its own")]
    Misfiled { position: u64, stream: String, version: u64, tag: String, what: &'static str },
    #[error("an event could not be written down: {0}")]
    Unwritable(String),
}

pub fn encode(recorded: &Recorded) -> Result<NewEvent, CodecError> {
    let body = journal::canonical::encode(recorded).map_err(|error| CodecError::Unwritable(error.to_string()))?;
    Ok(NewEvent { tag: recorded.event.tag().to_owned(), at: recorded.at.0, body })
}

/// A member that nobody knows, another spelling, another order: whoever wrote it meant something that would be
/// lost here, so it is refused. (An older format will be compared with its own shapes, before it is brought up.)
pub fn decode(stored: &StoredEvent) -> Result<Recorded, CodecError> {
    let place = || (stored.position, stored.stream.clone(), stored.version, stored.tag.clone());
    let unreadable = |why: String| {
        let (position, stream, version, tag) = place();
        CodecError::Unreadable { position, stream, version, tag, why }
    };
    // Looked at once as a whole, not text by text.
    let body = core::str::from_utf8(&stored.body).map_err(|error| unreadable(error.to_string()))?;
    let recorded: Recorded = serde_json::from_str(body).map_err(|error| unreadable(error.to_string()))?;
    if recorded.v > VERSION {
        let (position, stream, version, tag) = place();
        return Err(CodecError::Newer { position, stream, version, tag, found: recorded.v });
    }
    if recorded.v == 0 {
        return Err(unreadable("there is no format 0".to_owned()));
    }
    let difference = journal::canonical::difference(&recorded, &stored.body);
    if let Some(at) = difference.map_err(|error| unreadable(error.to_string()))? {
        let (position, stream, version, tag) = place();
        return Err(CodecError::NotExact { position, stream, version, tag, at });
    }
    let what = if stored.tag != recorded.event.tag() {
        "tag"
    } else if stored.at != recorded.at.0 {
        "time"
    } else {
        return Ok(recorded);
    };
    let (position, stream, version, tag) = place();
    Err(CodecError::Misfiled { position, stream, version, tag, what })
}

/// Every event of a stream of ours, in order, with its version.
pub(crate) fn each(store: &mut dyn Store, stream: &str, mut take: impl FnMut(&Recorded, u64)) -> Result<(), String> {
    let mut after = 0;
    loop {
        let events = store.load(stream, after, LOAD).map_err(|error| error.to_string())?;
        for stored in &events {
            take(&decode(stored).map_err(|error| error.to_string())?, stored.version);
            after = stored.version;
        }
        if events.len() < LOAD {
            return Ok(());
        }
    }
}

/// Streams of venue adapters hold their own shapes, and are read by them.
pub fn is_ours(stored: &StoredEvent) -> bool {
    let ours = |prefix: &str| stored.stream.starts_with(prefix);
    stored.stream == crate::actor::FIRM || ours("customer/") || ours("book/") || ours("source/")
}

/// For verification: an event of ours can be read, exactly.
pub fn verify(stored: &StoredEvent) -> Result<(), CodecError> {
    if is_ours(stored) { decode(stored).map(|_| ()) } else { Ok(()) }
}
