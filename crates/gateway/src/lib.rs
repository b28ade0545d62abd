//! The TWS listener: programs connect here unchanged, each through its own API credential.
#![forbid(unsafe_code)]

mod account;
pub mod bare;
mod closed;
mod connection;
mod contracts;
mod data;
mod gate;
mod history;
mod later;
mod listener;
mod lists;
mod market;
mod orders;
mod pace;
mod peer;
mod program;
mod reach;
mod reads;
mod recording;
mod refuse;
mod tell;
mod what_if;
mod wire;

pub use closed::Closed;
pub use gate::Gate;
