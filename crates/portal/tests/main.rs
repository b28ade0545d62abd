//! The portal as a browser sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod house;
mod pages;
mod passwords;
mod proxies;
mod sms;
