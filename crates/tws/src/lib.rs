//! The TWS socket protocol as bytes and values: both directions, in text (server versions 157 to 178)
//! and in protobuf (213).
//!
//! The crate does no IO: bytes go in, values come out, and the other way round. A server reads
//! [`Request`]s and writes [`Response`]s; a client of a real TWS does the reverse. Every message
//! has one layout, in one function, that both reads and writes it in either encoding (`wire.rs`).
#![forbid(unsafe_code)]

mod composed;
pub mod contract;
pub mod contract_details;
pub mod error;
pub mod frame;
pub mod handshake;
pub mod history;
mod named;
mod number;
pub mod open_order;
pub mod order;
mod reader;
pub mod request;
mod request_layout;
pub mod request_table;
pub mod response;
mod response_layout;
mod response_schema;
mod schema;
mod slot;
mod tags;
mod text;
pub mod version;
mod wire;

pub use contract::Contract;
pub use contract_details::{ContractDetails, SecurityId};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use frame::{FrameError, FrameReader, frame};
pub use handshake::{
    Hello, HelloError, HelloReader, Protocol, Refused, client_hello, negotiate, parse_server_hello, server_hello,
};
pub use open_order::{CompletedOrder, OpenOrder, OrderState};
pub use order::{Extra, Order, PlaceOrder};
pub use request::{ExecutionFilter, Request};
pub use request_table::{Class, class};
pub use response::{Execution, OrderStatus, PortfolioValue, Response};
pub use version::ServerVersion;
