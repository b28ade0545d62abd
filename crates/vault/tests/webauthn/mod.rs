//! Passkeys and security keys: what proves something, and what does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod assertions;
mod bytes;
mod ceremonies;
mod forge;
mod oracle;
mod published;
mod registrations;
mod software;
mod vectors;
