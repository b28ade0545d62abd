//! Every rule and every word of the product: pure, without a clock, dice or IO.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

// Words.
pub mod id;
pub mod instrument;
pub mod money;
pub mod order;
pub mod reason;
pub mod scope;
mod spelling;
pub mod ties;
pub mod time;

pub mod actor;
mod canonical;
pub mod digest;
pub mod evidence;
pub mod given;

// Concepts.
pub mod account;
pub mod alert;
pub mod allowances;
pub mod api_credential;
pub mod approval;
pub mod attempt;
pub mod authenticator;
pub mod bounds;
pub mod change;
pub mod connection;
pub mod day_loss;
pub mod dead_man;
pub mod device;
pub mod enrolment;
pub mod expiry;
pub mod exposure;
pub mod group;
pub mod guard;
pub mod incident;
pub mod invitation;
pub mod kill_switch;
pub mod leverage;
pub mod limits;
pub mod meter;
pub mod network;
pub mod new_credential;
pub mod notice;
pub mod pairing;
pub mod people;
pub mod push;
pub mod seal;
pub mod session;
pub mod signature;
pub mod standing;
pub mod ticket;
pub mod user;
pub mod watch;
pub mod working;
pub mod worth;

// Aggregates.
pub mod book;
pub mod cover;
pub mod customer;
pub mod firm;
pub mod resting;
pub mod restore;
pub mod source;

// The three lists.
pub mod command;
pub mod event;
pub mod refusal;

// What the service calls.
pub mod decide;
pub mod effect;
pub mod needs;
pub mod state;
pub mod telling;
mod watching;
