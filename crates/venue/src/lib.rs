//! Where orders go: the contract with a venue, and its adapters.
#![forbid(unsafe_code)]

pub mod contract;
pub mod derivative;
pub mod exact;
pub mod history;
pub mod paper;
pub mod report;
pub mod tws;
pub mod types;

pub use contract::{Contract, ContractQuery, Venue};
pub use report::{Report, What};
