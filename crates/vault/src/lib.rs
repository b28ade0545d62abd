//! Turns what a person shows into facts that can be checked: passkeys, passwords, codes; and keeps what is secret sealed.
#![forbid(unsafe_code)]

pub mod base64url;
pub mod codes;
mod crockford;
pub mod hasher;
pub mod index;
pub mod network;
pub mod password;
pub mod random;
pub mod seal;
pub mod sms;
pub mod token;
pub mod totp;
pub mod webauthn;
