//! Frames: a length of four bytes, big-endian, then that many bytes of payload.
use thiserror::Error;

const PREFIX: usize = 4;

/// A frame that is refused. The stream cannot be followed after it, so the reader stays refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// No message is empty: the shortest one is its own number and a terminator.
    #[error("a frame of no bytes")]
    Empty,
    /// Refused from its length alone, before any of it is kept.
    #[error("a frame of {length} bytes, more than the {max} allowed")]
    TooLong { length: u32, max: usize },
}

/// Cuts a stream of bytes into payloads. Call [`FrameReader::next`] until it yields nothing after
/// every push: what is buffered is then at most one unfinished frame.
#[derive(Clone, Debug)]
pub struct FrameReader {
    buffer: Vec<u8>,
    read: usize,
    max_len: usize,
    failed: Option<FrameError>,
}

impl FrameReader {
    /// A reader that refuses payloads longer than `max_len`.
    pub fn new(max_len: usize) -> FrameReader {
        FrameReader { buffer: Vec::new(), read: 0, max_len, failed: None }
    }

    /// Adds bytes as they came. After a refusal they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        if self.read > 0 {
            self.buffer.drain(..self.read);
            self.read = 0;
        }
        self.buffer.extend_from_slice(bytes);
        // A length that will be refused is not worth the memory of what follows it.
        if let Err(error) = self.length() {
            self.fail(error);
        }
    }

    /// The next whole payload, without its length; `None` when more bytes are needed.
    #[allow(clippy::should_implement_trait)] // an iterator would end at `None`; this goes on
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let length = match self.length() {
            Ok(Some(length)) => length,
            Ok(None) => return Ok(None),
            Err(error) => return Err(self.fail(error)),
        };
        let start = self.read.saturating_add(PREFIX);
        let end = start.saturating_add(length);
        let Some(payload) = self.buffer.get(start..end) else {
            return Ok(None);
        };
        let payload = payload.to_vec();
        self.read = end;
        Ok(Some(payload))
    }

    /// How many bytes wait for the rest of their frame.
    pub fn buffered(&self) -> usize {
        self.buffer.len().saturating_sub(self.read)
    }

    /// Every byte not yet read, for whoever reads the stream next.
    pub(crate) fn into_rest(mut self) -> Vec<u8> {
        self.buffer.split_off(self.read)
    }

    fn length(&self) -> Result<Option<usize>, FrameError> {
        let waiting = self.buffer.get(self.read..).unwrap_or_default();
        let Some((prefix, _)) = waiting.split_first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*prefix);
        let max = self.max_len;
        match usize::try_from(length) {
            Ok(0) => Err(FrameError::Empty),
            Ok(wanted) if wanted <= max => Ok(Some(wanted)),
            Ok(_) | Err(_) => Err(FrameError::TooLong { length, max }),
        }
    }

    fn fail(&mut self, error: FrameError) -> FrameError {
        self.failed = Some(error);
        self.buffer = Vec::new();
        self.read = 0;
        error
    }
}

/// Puts a payload into a frame. Payloads of this crate are far below the four gigabytes that the
/// length can say; a longer one is cut, never mislabelled.
pub fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let kept = usize::try_from(length).ok().and_then(|length| payload.get(..length));
    let kept = kept.unwrap_or(payload);
    let mut bytes = Vec::with_capacity(kept.len().saturating_add(PREFIX));
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(kept);
    bytes
}
