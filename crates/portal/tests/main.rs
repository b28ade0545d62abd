//! The portal as a browser sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod alerts;
mod canaries;
mod ceremonies;
mod changes;
mod contained;
mod crowds;
mod devices;
mod house;
mod kills;
mod limits;
mod live;
mod networks;
mod notices;
mod pages;
mod passwords;
mod people;
mod phone;
mod proxies;
mod sms;
mod ticket;
