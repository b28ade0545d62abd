//! The handshake: the client says which versions it speaks, the server picks one.
use crate::frame::{FrameError, FrameReader, frame};
use crate::version::ServerVersion;
use thiserror::Error;

const GREETING: &[u8] = b"API\0";
/// Room for the version range and a connect-options string that carries a secret.
const HELLO_MAX: usize = 512;

/// What a client says first: the versions it speaks and a free string for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    pub min: u32,
    pub max: u32,
    /// The connect options, possibly empty. Plain text on the wire: treat it as a secret.
    pub options: String,
}

/// Why a first message is not one of this protocol.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HelloError {
    #[error("the connection does not begin with the API greeting")]
    NotTheApi,
    #[error("the greeting: {0}")]
    Frame(#[from] FrameError),
    #[error("the greeting does not name a version range like v157..178")]
    NotARange,
    #[error("the greeting's version range is empty: {min} to {max}")]
    EmptyRange { min: u32, max: u32 },
    #[error("the greeting's options are not plain text")]
    NotText,
    #[error("the server's answer is not a version and a time")]
    NotAnAnswer,
}

/// Why no version fits both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    #[error("the client speaks versions up to {max} only; the oldest here is 157")]
    ClientTooOld { max: u32 },
    #[error("the client wants version {min} at least; the newest here is 178 in text and 213 in protobuf")]
    ClientTooNew { min: u32 },
    #[error("the client speaks versions up to {max} only; protobuf begins at 213 here")]
    NoProtobuf { max: u32 },
    #[error("the client insists on version {version}, which is not spoken here")]
    NotSpoken { version: u32 },
}

/// Reads the greeting of a client as its bytes arrive.
#[derive(Clone, Debug)]
pub struct HelloReader {
    greeted: usize,
    failed: Option<HelloError>,
    frames: FrameReader,
}

impl Default for HelloReader {
    fn default() -> Self {
        HelloReader::new()
    }
}

impl HelloReader {
    pub fn new() -> HelloReader {
        HelloReader { greeted: 0, failed: None, frames: FrameReader::new(HELLO_MAX) }
    }

    /// Adds bytes as they came. A wrong greeting is noticed at its first wrong byte.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        let expected = GREETING.get(self.greeted..).unwrap_or_default();
        let compared = expected.len().min(bytes.len());
        let (head, rest) = bytes.split_at_checked(compared).unwrap_or((bytes, &[]));
        if !expected.starts_with(head) {
            self.failed = Some(HelloError::NotTheApi);
            return;
        }
        self.greeted = self.greeted.saturating_add(compared);
        self.frames.push(rest);
    }

    /// The greeting once it is whole; `None` when more bytes are needed.
    pub fn poll(&mut self) -> Result<Option<Hello>, HelloError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.frames.next() {
            Ok(None) => Ok(None),
            Ok(Some(payload)) => Hello::parse(&payload).map(Some),
            Err(error) => Err(error.into()),
        }
    }

    /// How many bytes wait for the rest of the greeting.
    pub fn buffered(&self) -> usize {
        self.frames.buffered()
    }

    /// The reader for what follows the greeting, with the bytes that already came.
    pub fn into_frames(self, max_len: usize) -> FrameReader {
        let mut frames = FrameReader::new(max_len);
        frames.push(&self.frames.into_rest());
        frames
    }
}

impl Hello {
    /// Reads the payload of the greeting's frame: `v<min>..<max>`, then a space and options.
    pub fn parse(payload: &[u8]) -> Result<Hello, HelloError> {
        if payload.len() > HELLO_MAX {
            let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            let max = HELLO_MAX;
            return Err(HelloError::Frame(FrameError::TooLong { length, max }));
        }
        if !payload.iter().all(|byte| (0x20..0x7f).contains(byte)) {
            return Err(HelloError::NotText);
        }
        let text = std::str::from_utf8(payload).map_err(|_| HelloError::NotText)?;
        let (range, options) = text.split_once(' ').unwrap_or((text, ""));
        let (min, max) =
            range.strip_prefix('v').and_then(|range| range.split_once("..")).ok_or(HelloError::NotARange)?;
        let (min, max) = (version_number(min)?, version_number(max)?);
        if min > max {
            return Err(HelloError::EmptyRange { min, max });
        }
        let options = options.to_owned();
        Ok(Hello { min, max, options })
    }
}

fn version_number(text: &str) -> Result<u32, HelloError> {
    let plain = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain {
        return Err(HelloError::NotARange);
    }
    text.parse().map_err(|_| HelloError::NotARange)
}

/// Which encoding a client is answered in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Text, unless the client speaks no version of it.
    #[default]
    Auto,
    Text,
    Protobuf,
}

impl Protocol {
    pub fn parse(word: &str) -> Option<Protocol> {
        Some(match word {
            "auto" => Protocol::Auto,
            "text" => Protocol::Text,
            "protobuf" => Protocol::Protobuf,
            _ => return None,
        })
    }
}

/// The version that a client is answered. Two ranges are spoken and nothing between them, because between them some
/// messages are text and some are not.
pub fn negotiate(hello: &Hello, protocol: Protocol) -> Result<ServerVersion, Refused> {
    match protocol {
        Protocol::Auto if hello.min > ServerVersion::NEWEST.get() => protobuf(hello),
        Protocol::Auto | Protocol::Text => text(hello),
        Protocol::Protobuf => protobuf(hello),
    }
}

fn protobuf(hello: &Hello) -> Result<ServerVersion, Refused> {
    let version = ServerVersion::PROTOBUF;
    if hello.max < version.get() {
        return Err(Refused::NoProtobuf { max: hello.max });
    }
    if hello.min > version.get() {
        return Err(Refused::ClientTooNew { min: hello.min });
    }
    Ok(version)
}

/// The rule of the real server, `min(client's newest, ours)`, minus the two versions that clients
/// disagree about: those step down by one where the client's range allows it.
fn text(hello: &Hello) -> Result<ServerVersion, Refused> {
    if hello.max < ServerVersion::OLDEST.get() {
        return Err(Refused::ClientTooOld { max: hello.max });
    }
    if hello.min > ServerVersion::NEWEST.get() {
        return Err(Refused::ClientTooNew { min: hello.min });
    }
    let wanted = hello.max.min(ServerVersion::NEWEST.get());
    let below = wanted.saturating_sub(1);
    ServerVersion::new(wanted)
        .or_else(|| ServerVersion::new(below).filter(|version| version.get() >= hello.min))
        .ok_or(Refused::NotSpoken { version: wanted })
}

/// The server's answer, framed. Nothing else may be sent before START_API arrives: the official
/// client drops what comes in the same read.
pub fn server_hello(version: ServerVersion, time_text: &str) -> Vec<u8> {
    let mut payload = version.to_string().into_bytes();
    payload.push(0);
    crate::text::push_plain(&mut payload, time_text);
    payload.push(0);
    frame(&payload)
}

/// The client's greeting, ready to send: unframed letters, then the framed range.
pub fn client_hello(min: u32, max: u32, options: &str) -> Vec<u8> {
    let mut range = format!("v{min}..{max}").into_bytes();
    if !options.is_empty() {
        range.push(b' ');
        crate::text::push_plain(&mut range, options);
    }
    let mut bytes = GREETING.to_vec();
    bytes.extend(frame(&range));
    bytes
}

/// Reads the payload of the server's answer: the version it picked and its clock as text.
pub fn parse_server_hello(payload: &[u8]) -> Result<(u32, String), HelloError> {
    let text = std::str::from_utf8(payload).map_err(|_| HelloError::NotText)?;
    let mut fields = text.split('\0');
    match (fields.next(), fields.next(), fields.next(), fields.next()) {
        (Some(version), Some(time), Some(""), None) => {
            let version = version_number(version).map_err(|_| HelloError::NotAnAnswer)?;
            Ok((version, time.to_owned()))
        }
        _ => Err(HelloError::NotAnAnswer),
    }
}
