//! What the vault does with good and bad proof.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod codes;
mod golden;
mod hasher;
mod index;
mod password;
mod seal;
mod sms;
mod totp;
mod webauthn;
