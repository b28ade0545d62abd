//! The portal: pages for people, rendered on the server.
#![forbid(unsafe_code)]

pub mod asset;
mod chart;
mod connections;
mod cookies;
mod countries;
mod glances;
mod history;
mod hourly;
mod label;
mod letters;
mod live;
mod memory;
mod origin;
pub mod page;
mod person;
mod places;
mod progress;
mod protect;
mod prove;
mod qr;
mod route;
mod serve;
mod source;
mod streams;
mod texts;
pub mod tls;
mod turns;
mod typed;
mod uses;
mod visit;
mod wipe;
mod world;

pub use connections::Door;
pub use countries::{Countries, NoCountries};
pub use origin::{BadOrigin, Origin};
pub use serve::{router, serve};
pub use source::Source;
pub use world::{AfterChange, Hooks, NotOpened, Shared, World};
