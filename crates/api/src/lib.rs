//! The HTTP API: the owner's Unix socket now, the network later; it translates and holds no rule.
#![forbid(unsafe_code)]

mod alerts;
mod approvals;
mod ask;
mod create;
mod credential_view;
mod credentials;
mod diagnose;
mod door;
mod incidents;
mod journal_routes;
mod kill;
mod limits;
mod notices;
mod order_view;
mod orders;
mod owner;
mod places;
mod problem;
mod routes;
mod secret;
mod status;
mod usage;
mod users;
mod world;

pub use door::{NoSocket, open_socket};
pub use problem::Problem;
pub use routes::serve;
pub use world::{AfterChange, Closed, ClosedListeners, Hooks};
