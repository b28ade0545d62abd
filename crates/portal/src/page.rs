//! The pages: pure functions of a frame and a view; no state, no clock, no rule.

pub mod account_limits;
pub mod activity;
pub mod alerts;
pub mod approvals;
pub mod authenticators;
pub mod credentials;
pub mod devices;
pub mod enrol;
pub mod frame;
pub mod home;
pub mod incidents;
pub mod limits;
mod mark;
pub mod new_device;
pub mod notices;
pub mod orders;
pub mod origins;
pub mod pair;
pub mod part;
pub mod people;
pub mod phone;
pub mod place;
pub mod positions;
pub mod push;
pub mod quotes;
pub mod refused;
mod remedy;
pub mod sign_in;
pub mod sms;
pub mod step_up;
pub mod ticket;
pub mod ticket_limits;
pub mod wizard;

pub use frame::{Capability, Engaged, Frame, Nav, Notice, Role, SignedIn, Tone};
pub use part::{Ask, Moment, Refusal};
