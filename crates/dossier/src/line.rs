//! Line: one event of the journal with its link, the link before it, and its way up to the checkpoint's root.

use journal::canonical::{self, CanonicalError};
use journal::link::{self, Entry};
use journal::{Checkpoint, Hash, proof, tree};
use kernel::event::{Recorded, VERSION};
use serde::{Deserialize, Serialize};

/// One line of `events.jsonl`, in canonical JSON. The body is a text: its bytes are those that were recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub at: i64,
    pub body: String,
    pub link: String,
    pub position: u64,
    /// The link before it in its stream.
    pub prev: String,
    pub proof: Vec<String>,
    pub stream: String,
    pub tag: String,
    pub version: u64,
}

/// What does not hold of an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    #[error("it is not one line of canonical JSON: {0}")]
    NotCanonical(String),
    #[error("a hash is not 64 hexadecimal digits")]
    Hash,
    #[error("it does not come after the one before it")]
    Order,
    #[error("the link before it is not that of its neighbour in the stream")]
    Neighbour,
    #[error("the link is not that of the event")]
    Link,
    #[error("the proof does not lead to the root of the checkpoint: {0}")]
    Proof(#[from] proof::ProofError),
    #[error("its body is not canonical JSON: {0}")]
    Body(CanonicalError),
    #[error("its body says more than this program understands, or says it otherwise")]
    NotExact,
    #[error("its body has a newer format than this program reads")]
    Newer,
    #[error("it is filed under another {0} than its own")]
    Misfiled(&'static str),
}

impl Line {
    pub fn text(&self) -> Result<Vec<u8>, CanonicalError> {
        let mut bytes = canonical::encode(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the one spelling of a line, without its newline.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadLine> {
        let not_canonical = |why: String| BadLine::NotCanonical(why);
        canonical::validate(bytes).map_err(|error| not_canonical(error.to_string()))?;
        serde_json::from_slice(bytes).map_err(|error| not_canonical(error.to_string()))
    }

    /// Its link, once everything about it was worked out anew.
    pub fn check(&self, before: Option<&(u64, Hash)>, checkpoint: &Checkpoint) -> Result<Hash, BadLine> {
        let hash = |text: &str| text.parse::<Hash>().map_err(|_| BadLine::Hash);
        let (prev, link) = (hash(&self.prev)?, hash(&self.link)?);
        match before {
            Some((version, _)) if *version >= self.version => return Err(BadLine::Order),
            Some((version, known)) if version.checked_add(1) == Some(self.version) && *known != prev => {
                return Err(BadLine::Neighbour);
            }
            _ if self.version == 0 || self.version == 1 && prev != link::GENESIS => return Err(BadLine::Neighbour),
            _ => {}
        }
        let body = self.body.as_bytes();
        let entry = Entry { stream: &self.stream, version: self.version, tag: &self.tag, at: self.at, body };
        if link::next(&prev, &entry) != link {
            return Err(BadLine::Link);
        }
        let proof = self.proof.iter().map(|one| hash(one)).collect::<Result<Vec<_>, _>>()?;
        proof::verify_inclusion(&tree::leaf(&link), self.position, checkpoint.size, &proof, &checkpoint.root)?;
        canonical::validate(body).map_err(BadLine::Body)?;
        Ok(link)
    }

    /// The event, where it is one of ours.
    pub fn recorded(&self) -> Result<Option<Recorded>, BadLine> {
        recorded(&self.stream, &self.tag, self.at, &self.body)
    }
}

/// What an event says, exactly; `None` of a venue, which keeps books of its own in the same journal.
pub fn recorded(stream: &str, tag: &str, at: i64, body: &str) -> Result<Option<Recorded>, BadLine> {
    if !is_ours(stream) {
        return Ok(None);
    }
    let recorded: Recorded = serde_json::from_str(body).map_err(|_| BadLine::NotExact)?;
    if recorded.v > VERSION {
        return Err(BadLine::Newer);
    }
    let difference = canonical::difference(&recorded, body.as_bytes()).map_err(BadLine::Body)?;
    if recorded.v == 0 || difference.is_some() {
        return Err(BadLine::NotExact);
    }
    if recorded.event.tag() != tag {
        return Err(BadLine::Misfiled("tag"));
    }
    if recorded.at.0 == at { Ok(Some(recorded)) } else { Err(BadLine::Misfiled("time")) }
}

/// Whether the events of a stream have our shapes.
fn is_ours(stream: &str) -> bool {
    stream == "firm" || ["customer/", "book/", "source/"].iter().any(|prefix| stream.starts_with(prefix))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const BODY: &str = "{\"actor\":\"house\",\"at\":1790000000123,\"correlation\":\"cor_01m3250v3v0000000000000000\",\
        \"event\":{\"customer\":{\"opened\":{\"id\":\"cus_01m3250v3v0000000000000001\",\"name\":\"demo\"}}},\"v\":1}";

    /// As somebody forges it who holds the journal's key: link, tree and checkpoint are all right.
    fn forged(version: u64, prev: Hash) -> (Line, Checkpoint) {
        let (stream, tag, at) = ("customer/1", "customer.opened", 1_790_000_000_123);
        let link = link::next(&prev, &Entry { stream, version, tag, at, body: BODY.as_bytes() });
        let line = Line {
            at,
            body: BODY.to_owned(),
            link: link.to_string(),
            position: 0,
            prev: prev.to_string(),
            proof: Vec::new(),
            stream: stream.to_owned(),
            tag: tag.to_owned(),
            version,
        };
        (line, Checkpoint { origin: "x".to_owned(), size: 1, root: tree::leaf(&link) })
    }

    #[test]
    fn a_stream_begins_with_nothing_before_it_and_goes_on_from_its_neighbour() {
        let other = Hash([1; 32]);
        let before = |version, link| Some((version, link));
        for (version, prev, before, sound) in [
            (1, link::GENESIS, None, true),
            (1, other, None, false),
            (0, link::GENESIS, None, false),
            (3, other, None, true),
            (3, other, before(2, other), true),
            (3, other, before(2, link::GENESIS), false),
            // Those between are not in the dossier.
            (3, other, before(1, link::GENESIS), true),
            (3, other, before(3, other), false),
            (3, other, before(4, other), false),
        ] {
            let (line, checkpoint) = forged(version, prev);
            assert_eq!(line.check(before.as_ref(), &checkpoint).is_ok(), sound, "{version} {before:?}");
        }
    }

    #[test]
    fn an_event_is_filed_under_its_own_tag_and_time_and_in_its_own_words() {
        let (line, _) = forged(1, link::GENESIS);
        assert!(line.recorded().unwrap().is_some());
        let read = |edit: fn(&mut Line)| {
            let mut line = line.clone();
            edit(&mut line);
            line.recorded()
        };
        assert_eq!(read(|line| line.tag = "account.opened".to_owned()), Err(BadLine::Misfiled("tag")));
        assert_eq!(read(|line| line.at += 1), Err(BadLine::Misfiled("time")));
        assert_eq!(read(|line| line.body = line.body.replace("\"v\":1", "\"v\":2")), Err(BadLine::Newer));
        assert_eq!(read(|line| line.body = line.body.replace("\"v\":1", "\"v\":0")), Err(BadLine::NotExact));
        assert_eq!(read(|line| line.body = line.body.replace("}", ",\"z\":1}")), Err(BadLine::NotExact));
        assert_eq!(read(|line| line.stream = "paper".to_owned()), Ok(None));
    }
}
