//! The carriers against a real SMTP server, a real receiver of Standard Webhooks, a push service and a collector of
//! spans, each a process of its own.
//!
//! All are installed by the tools step of `cargo xtask test`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod collector;
mod lines;
mod mail;
mod push;
mod receiver;
mod webhook;
