//! The portal: pages for people, rendered on the server.
#![forbid(unsafe_code)]

pub mod asset;
mod chart;
pub mod page;
