//! Passkeys and security keys: what a browser brings back is checked against what was asked, byte for byte.

mod assertion;
mod authenticator_data;
mod cbor;
mod ceremonies;
mod client_data;
mod public_key;
mod refusal;
mod registration;
mod relying_party;
mod sealed;
mod used;

pub use assertion::{Expected, Presented, Proven, Stored, verify};
pub use ceremonies::{Asked, Begun, Ceremonies, Purpose};
pub use public_key::{Algorithm, BadPublicKey, PublicKey};
pub use refusal::{BadOrigin, NotProven, Refused};
pub use registration::{ExpectedRegistration, Registered, register};
pub use relying_party::RelyingParty;
pub use sealed::named;
