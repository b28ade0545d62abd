//! The TWS listener: programs connect here unchanged, each through its own API credential.
#![forbid(unsafe_code)]

mod account;
mod connection;
mod contracts;
mod gate;
mod listener;
mod market;
mod orders;
mod peer;
mod refuse;
mod requests;
mod tell;

pub use gate::{Gate, NoListener};
