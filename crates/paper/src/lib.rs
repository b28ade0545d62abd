//! The paper broker as a pure state machine: orders, fills from quotes that are computed or told, cash, positions, PnL.
//!
//! Nothing here knows a clock, dice, a file or a socket: time, prices and hours are arguments.
//! `decide` reads and returns events; `apply` writes and never judges; the state is exactly the
//! fold of the events, so a broker is rebuilt from its journal and nothing else.
#![forbid(unsafe_code)]

pub mod account;
pub mod bars;
pub mod broker;
pub mod calendar;
pub mod call;
mod check;
pub mod commission;
pub mod decide;
pub mod derived;
pub mod event;
mod expiry;
mod fill;
pub mod instrument;
mod margin;
pub mod market;
mod noise;
pub mod option;
pub mod order;
pub mod quote;
pub mod reason;
pub mod replay;
mod table;
pub mod tape;
pub mod view;
pub mod what_if;

pub use account::{Account, Position};
pub use broker::{Broker, apply};
pub use calendar::{Hours, Session, session, trading_hours};
pub use decide::decide;
pub use derived::{Derivative, Struck};
pub use event::{Command, Event, Execution, Given};
pub use instrument::{Class, Instrument};
pub use market::Market;
pub use option::Right;
pub use order::{Group, Kind, Order, OrderState, Side, Status, Tif, Trail};
pub use quote::{Quote, Touch};
pub use reason::Reason;
pub use replay::Replay;
pub use tape::{Tape, Wrong};
pub use view::{AccountView, PositionView, account_view};
pub use what_if::{WhatIf, what_if};
