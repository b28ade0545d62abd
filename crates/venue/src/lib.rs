//! Where orders go: the contract with a venue, and its adapters.
#![forbid(unsafe_code)]

pub mod contract;
pub mod exact;
pub mod paper;
pub mod report;
pub mod tws;

pub use contract::{Contract, ContractQuery, Venue};
pub use report::{Report, What};
