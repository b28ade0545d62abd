//! Passkeys and security keys: what a browser brings back is checked against what was asked, byte for byte.

mod assertion;
mod authenticator_data;
mod cbor;
mod ceremonies;
mod client_data;
mod pending;
mod public_key;
mod refusal;
mod registration;
mod relying_party;

pub use assertion::{Expected, Presented, Proven, Stored, verify};
pub use ceremonies::{Asked, Ceremonies, Purpose};
pub use pending::CeremonyId;
pub use public_key::{Algorithm, BadPublicKey, PublicKey};
pub use refusal::{BadOrigin, NotProven, Refused};
pub use registration::{ExpectedRegistration, Registered, register};
pub use relying_party::RelyingParty;
