//! C2SP signed notes with Ed25519 keys: text, a blank line, signature lines. Strict.

use crate::{Hash, base64};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use core::fmt;

/// Longest note that is read: room for many signatures, some of them post-quantum.
pub const MAX_NOTE: usize = 128 << 10;
/// Most signature lines that are read (the specification asks for at least 16).
pub const MAX_SIGNATURES: usize = 64;

/// The type byte of Ed25519 in key ids and encoded keys.
const ED25519_TYPE: u8 = 1;
pub(crate) const DASH: &str = "\u{2014} ";
const PRIVATE: &str = "PRIVATE+KEY+";

/// Why a note or a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("the note is longer than {MAX_NOTE} bytes")]
    TooLong,
    #[error("the note is malformed: {0}")]
    Malformed(&'static str),
    #[error("no signature of the expected key")]
    NotSigned,
    #[error("the signature of the expected key does not hold")]
    BadSignature,
    #[error("the key is malformed: {0}")]
    BadKey(&'static str),
}

/// Who signs, as others know it: a name and an Ed25519 public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: [u8; 32],
}

impl PublicKey {
    pub fn new(name: &str, key: [u8; 32]) -> Result<PublicKey, NoteError> {
        check_name(name)?;
        Ok(PublicKey { name: name.to_owned(), key })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key).
    pub fn id(&self) -> [u8; 4] {
        let Hash([a, b, c, d, ..]) = Hash::of(&[self.name.as_bytes(), b"\n", &[ED25519_TYPE], &self.key]);
        [a, b, c, d]
    }

    /// The one-line text that is handed to auditors: `name+id+base64(type ‖ key)`.
    pub fn vkey(&self) -> String {
        format!("{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id()), typed(&self.key))
    }

    pub fn from_vkey(text: &str) -> Result<PublicKey, NoteError> {
        let (name, id, key) = split_key(text)?;
        let public = PublicKey::new(name, key)?;
        if id != format!("{:08x}", u32::from_be_bytes(public.id())) {
            return Err(NoteError::BadKey("the key id does not belong to the key"));
        }
        Ok(public)
    }

    fn holds(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.key).verify(text.as_bytes(), signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.vkey())
    }
}

/// Who signs, with the secret. It is never printed.
pub struct SigningKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// A key from 32 random bytes, which the caller draws. The name is the origin of the log.
    pub fn generate(name: &str, seed: [u8; 32]) -> Result<SigningKey, NoteError> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| NoteError::BadKey("the seed gives no key"))?;
        let key =
            pair.public_key().as_ref().try_into().map_err(|_| NoteError::BadKey("the public key is not 32 bytes"))?;
        Ok(SigningKey { seed, pair, public: PublicKey::new(name, key)? })
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// `PRIVATE+KEY+name+id+base64(type ‖ seed)` and a newline: the form of Go's note package.
    pub fn to_file_bytes(&self) -> Vec<u8> {
        let id = u32::from_be_bytes(self.public.id());
        format!("{PRIVATE}{}+{id:08x}+{}\n", self.public.name, typed(&self.seed)).into_bytes()
    }

    pub fn from_file_bytes(bytes: &[u8]) -> Result<SigningKey, NoteError> {
        let text = core::str::from_utf8(bytes).map_err(|_| NoteError::BadKey("not UTF-8"))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let rest = text.strip_prefix(PRIVATE).ok_or(NoteError::BadKey("not a private key"))?;
        let (name, id, seed) = split_key(rest)?;
        let key = SigningKey::generate(name, seed)?;
        if id != format!("{:08x}", u32::from_be_bytes(key.public.id())) {
            return Err(NoteError::BadKey("the key id does not belong to the key"));
        }
        Ok(key)
    }

    /// The note over `text`, which ends in a newline and has no control character besides.
    pub fn sign_note(&self, text: &str) -> Result<String, NoteError> {
        check_text(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Malformed("the text does not end in a newline"));
        }
        let mut signature = self.public.id().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        Ok(format!("{text}\n{DASH}{} {}\n", self.public.name, base64::encode(&signature)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The text of a note that `key` signed. Signatures of other keys are ignored, malformed lines
/// are not.
pub fn open<'a>(note: &'a str, key: &PublicKey) -> Result<&'a str, NoteError> {
    check_text(note)?;
    let blank = note.rfind("\n\n").ok_or(NoteError::Malformed("no blank line"))?;
    let (text, rest) = note.split_at(blank + 1);
    let lines = rest.strip_prefix('\n').unwrap_or(rest);
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("no newline at the end"))?;
    let mut signed = false;
    for (i, line) in lines.split('\n').enumerate() {
        if i >= MAX_SIGNATURES {
            return Err(NoteError::Malformed("too many signatures"));
        }
        let (name, id, signature) = split_signature(line)?;
        if name == key.name && id == key.id() {
            if !key.holds(text, &signature) {
                return Err(NoteError::BadSignature);
            }
            signed = true;
        }
    }
    if signed { Ok(text) } else { Err(NoteError::NotSigned) }
}

fn split_signature(line: &str) -> Result<(&str, [u8; 4], Vec<u8>), NoteError> {
    let bad = NoteError::Malformed("a signature line is not: dash, name, base64");
    let (name, data) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(bad)?;
    check_name(name).map_err(|_| bad)?;
    let data = base64::decode(data).ok_or(bad)?;
    match data.split_first_chunk::<4>() {
        Some((id, signature)) if !signature.is_empty() => Ok((name, *id, signature.to_vec())),
        _ => Err(bad),
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if text.len() > MAX_NOTE {
        return Err(NoteError::TooLong);
    }
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Malformed("a control character"));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), NoteError> {
    if name.is_empty() || name.chars().any(|c| c == '+' || c.is_whitespace() || c < ' ') {
        return Err(NoteError::BadKey("a name is not empty and has no space, plus or control"));
    }
    Ok(())
}

fn typed(key: &[u8; 32]) -> String {
    let mut bytes = vec![ED25519_TYPE];
    bytes.extend_from_slice(key);
    base64::encode(&bytes)
}

/// `name+id+base64(type ‖ 32 bytes)`; the base64 itself may hold a plus.
fn split_key(text: &str) -> Result<(&str, &str, [u8; 32]), NoteError> {
    let bad = NoteError::BadKey("not: name, id, base64, joined by plus");
    let (name, rest) = text.split_once('+').ok_or(bad)?;
    let (id, data) = rest.split_once('+').ok_or(bad)?;
    let data = base64::decode(data).ok_or(bad)?;
    match data.split_first() {
        Some((&ED25519_TYPE, key)) => Ok((name, id, key.try_into().map_err(|_| bad)?)),
        _ => Err(NoteError::BadKey("not an Ed25519 key")),
    }
}
