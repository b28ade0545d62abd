//! The carriers against a real SMTP server and a real receiver of Standard Webhooks, each a process of its own.
//!
//! Both are installed by the tools step of `cargo xtask test`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod mail;
mod receiver;
mod webhook;
