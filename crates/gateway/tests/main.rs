//! The gateway against real sockets: strangers, thieves, buggy programs, and ends at the wrong moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod asked;
mod behind;
mod derived;
mod door;
mod ends;
mod families;
mod floods;
mod history;
mod margin;
mod messages;
mod month;
mod nasty;
mod orders;
mod protobuf;
mod reads;
mod silence;
mod types;
mod world;
